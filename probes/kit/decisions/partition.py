"""Rows divided into groups, and the rates of these: how often what happens among which rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from fairwitness.audit import reasons, stats
from fairwitness.audit.metrics import DEFINITIONS, SHARES, Share
from fairwitness.audit.records import Better, Name, Undefined
from fairwitness.audit.stats.unanswered import Ends
from fairwitness.probes.kit.decisions.categorical import MISSING, Codes, Flags
from fairwitness.probes.kit.decisions.counts import Group, GroupCounts, Tied, confusion_counts, in_several, together
from fairwitness.probes.kit.decisions.naming import ROWS, Naming
from fairwitness.probes.kit.decisions.words import WORDS

TOGETHER, OTHERS = "(smaller groups together)", "(all other groups)"
"""Names of the groups that a partition has where its groups below the minimum are judged as one."""
LEAST_SHARE = 0.02
"""Groups below the minimum, and rows without a group value, that together hold less of the rows than this are listed
and not judged (New York City's Local Law 144 lets an audit leave out a category of under 2 % of the data)."""
LEAST_ROWS, LEAST_IN_CONDITION = 30, 10
"""Rows that a group, and that the condition of a conditional rate, needs where nothing else is asked."""
LEAST_EFFECTIVE = 2
"""Weights may leave no fewer equally weighted rows than these."""
POSITIVES, NEGATIVES = "positives", "negatives"
"""Conditions of `[condition]` in the words."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate that is a share of rows.

    A conditional rate has only some rows as its base; `condition` is the key of what they are called, filled with
    `value`. `compared` says whether groups are contrasted in it.
    """

    name: str
    share: Share
    condition: str = ""
    needs_labels: bool = True
    compared: bool = False
    value: str = ""

    @property
    def better(self) -> Better:
        """Which direction is better for a group."""
        return DEFINITIONS[self.name].better


def rate(name: str, condition: str = "", *, needs_labels: bool = True, compared: bool = False) -> Rate:
    """The rate of that name in `fairwitness.audit.metrics`."""
    return Rate(name, SHARES[name], condition, needs_labels, compared)


RATES: tuple[Rate, ...] = (
    rate("base_rate"),
    rate("selection_rate", needs_labels=False, compared=True),
    rate("accuracy", compared=True),
    rate("true_positive_rate", POSITIVES, compared=True),
    rate("false_positive_rate", NEGATIVES, compared=True),
    rate("false_negative_rate", POSITIVES),
    rate("true_negative_rate", NEGATIVES),
    rate("positive_predictive_value", "selected", compared=True),
    rate("negative_predictive_value", "not_selected", compared=True),
)
RATE: Mapping[str, Rate] = {each.name: each for each in RATES}


@dataclass(frozen=True, slots=True)
class Limits:
    """How many rows a group needs, and how many the condition of a conditional rate needs."""

    group: int = LEAST_ROWS
    condition: int = LEAST_IN_CONDITION

    @property
    def at_most_usual(self) -> Limits:
        """These, where they are above what groups need if nothing else is asked, as that."""
        return Limits(min(self.group, LEAST_ROWS), min(self.condition, LEAST_IN_CONDITION))

    def enough(self, rows: int, unit: str) -> Undefined | None:
        """Why so many rows (people) are too few for a group, if so; `unit` is what they are called."""
        return reasons.few(rows, self.group, unit) if rows < self.group else None

    def condition_of(self, base: int, what: str) -> Undefined | None:
        """Why so many rows that meet a condition are too few, if so."""
        return reasons.few(base, self.condition, what) if base < self.condition else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """The rows divided by one column or by the crossing of several: what is counted of each group.

    Without columns it is the one group of all rows. `codes` numbers the group of each row in the order of `groups`.
    `note` says what a reader should know of the choice of the reference. `small` says, by name of rate, what becomes of
    groups below the minimum where something else judges them or nothing need: what is missing of them alone was then
    not asked. `naming` says how sentences call its rows. `unnamed` says whether rows without a group value are compared
    like a group. `several` names, of each group, the others in which its people have rows too.
    """

    columns: tuple[str, ...]
    groups: Mapping[Group, GroupCounts]
    limits: Limits = Limits()
    reference: Group | None = None
    codes: Codes = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    note: str = ""
    small: Mapping[str, str] = field(default_factory=dict)
    unnamed: bool = False
    naming: Naming = ROWS
    several: Mapping[Group, tuple[Group, ...]] = field(init=False)

    def __post_init__(self) -> None:
        people = {group: counts.people for group, counts in self.groups.items() if counts.people is not None}
        object.__setattr__(self, "several", in_several(people))

    @property
    def name(self) -> str:
        """The columns in words."""
        return " × ".join(self.columns) or "all rows"

    @property
    def compared(self) -> list[Group]:
        """Groups that can be compared: those whose value is known, and where `unnamed` says so those without one."""
        return [group for group in self.groups if self.unnamed or MISSING not in group]

    @property
    def others(self) -> list[Group]:
        """The groups that are compared with the reference; none without a reference."""
        return [group for group in self.compared if self.reference is not None and group != self.reference]

    @property
    def valueless(self) -> list[Group]:
        """Groups of rows without a value in one of the columns."""
        return [group for group in self.groups if MISSING in group]

    @property
    def of_people(self) -> bool:
        """Whether some people have several rows."""
        return any(counts.people is not None for counts in self.groups.values())

    @property
    def weighted(self) -> bool:
        """Whether rows have weights."""
        return any(counts.sums is not None for counts in self.groups.values())

    @property
    def pooled(self) -> bool:
        """Whether it sets the groups below the minimum, as one, beside all others."""
        return self.reference is not None and OTHERS in self.reference

    def rows_of(self, group: Group) -> Flags:
        """Which rows are of a group."""
        return np.asarray(self.codes == list(self.groups).index(group))

    def by(self, group: Group) -> dict[str, str]:
        """The group as labels of a metric."""
        return dict(zip(self.columns, group, strict=True))

    def held(self, groups: Sequence[Group], among: Sequence[Group]) -> float:
        """The share of the rows of all groups `among` that these hold, decided or not; of the weights if more."""
        shares = []
        for weighted in (False, True) if self.weighted else (False,):
            sizes = {group: self._held(self.groups[group], weighted=weighted) for group in among}
            whole = sum(sizes.values())
            shares.append(sum(sizes[group] for group in groups) / whole if whole else 1.0)
        return max(shares)

    def _held(self, counts: GroupCounts, *, weighted: bool) -> float:
        if weighted:
            return float(counts.weights[:2].sum() + counts.missing.sum())
        return counts.decided + (0.0 if self.weighted else float(counts.missing.sum()))

    def merged(self, named: Mapping[Group, Sequence[Group]]) -> Partition:
        """The partition whose groups are these unions of groups of this one, by their new names; no reference."""
        groups = {name: together([self.groups[group] for group in members]) for name, members in named.items()}
        shared: dict[str, Any] = {"limits": self.limits, "unnamed": self.unnamed, "naming": self.naming}
        return Partition(columns=self.columns, groups=groups, **shared)

    def in_both(self, group: Group, other: Group) -> int:
        """How many people have rows in both groups."""
        people, others = self.groups[group].people, self.groups[other].people
        if people is None or others is None or other not in self.several.get(group, ()):
            return 0
        return len(np.intersect1d(people.codes, others.codes))

    def counted(self, rate: Rate, group: Group, beside: Sequence[Tied] = ()) -> tuple[float, float]:
        """Hits and base of a rate in a group, effective counts where rows do not count alike.

        Of people they allow for those who have rows in other groups too, with which the rate may be compared, and in
        the shares `beside` it.
        """
        tied = list(beside)
        for other in self.several.get(group, ()):
            if (people := self.groups[other].people) is not None:
                tied.append((people, rate.share, -1.0))
        return self.groups[group].effective(rate.share, labelled=rate.needs_labels, tied=tied)

    def could_count(self, rate: Rate, group: Group) -> float:
        """How many rows without a decision could have been in the base of a rate, on the scale of `counted`.

        A rate among rows with (without) the true outcome could have held those that have (lack) it or where it is not
        known; every other rate all of them.
        """
        counts = self.groups[group]
        positives, negatives, unknown = counts.missing.tolist()
        rows = positives + negatives + unknown
        if set(rate.share.base) == {"fn", "tp"}:
            rows = positives + unknown
        elif set(rate.share.base) == {"tn", "fp"}:
            rows = negatives + unknown
        if not rows or counts.plain:
            return float(rows)
        base = float(rate.share.of(confusion_counts(counts.weights, labelled=rate.needs_labels))[1])
        return rows * self.counted(rate, group)[1] / base if base else float(rows)

    def ends(self, rate: Rate, group: Group) -> Ends | None:
        """The lowest and highest rate of a group over all ways to decide its rows that have no decision."""
        return self.groups[group].ends(rate.share, labelled=rate.needs_labels)

    def statistic(self, rate: Rate, group: Group, beside: Sequence[Tied] = ()) -> stats.Statistic | Undefined:
        """The rate of a group with its limits, or why it cannot be estimated; `beside` as in `counted`."""
        counts = self.groups[group]
        problem = self._too_few(rate, counts)
        if problem is not None:
            return problem
        hits, base = self.counted(rate, group, beside)
        if not counts.plain and base < LEAST_EFFECTIVE:
            what, weight = self._condition(rate) or self.naming.units, f"{base:.3g}"
            return WORDS.undefined("reason.weighs", "few_units", what=what, weight=weight, needed=LEAST_EFFECTIVE)
        return stats.rate_statistic(hits, base)

    def _too_few(self, rate: Rate, counts: GroupCounts) -> Undefined | None:
        """Why a group, or the condition of a rate, has too few rows; people, where they have several."""
        unit, size, condition = self.naming.units, counts.decided, self._condition(rate)
        labelled = counts.labelled
        if counts.people is not None:
            size, labelled = len(counts.people), counts.people.labelled
        if rate.needs_labels and labelled < size:
            unit, size = WORDS("condition.labelled", rows=unit), labelled
        problem = self.limits.enough(size, unit)
        if problem or not condition:
            return problem
        return self.limits.condition_of(counts.in_base(rate.share, labelled=rate.needs_labels), condition)

    def _condition(self, rate: Rate) -> str:
        """What the rows in the base of a conditional rate are called; empty where all are in it."""
        return self.naming.condition(rate.condition, value=Name(rate.value)) if rate.condition else ""

    def judged(self, rate: Rate, group: Group) -> stats.Statistic | Undefined:
        """The same, not asked where `small` says who judges a group that is too small instead.

        A reference group that is too small stays not estimable: what is compared with it is missing too.
        """
        statistic_of_group = self.statistic(rate, group)
        elsewhere = rate.name in self.small and (self.unnamed or MISSING not in group) and group != self.reference
        if isinstance(statistic_of_group, Undefined) and elsewhere:
            return self._elsewhere(rate, statistic_of_group)
        return statistic_of_group

    def _decided_by_too_few(self, rate: Rate) -> Undefined | None:
        """Why nothing is said of all groups at once: one is too small only because its rows lack decisions."""
        for group in self.compared:
            if not isinstance(self.judged(rate, group), Undefined):
                continue
            counts = self.groups[group]
            base = float(rate.share.of(confusion_counts(counts.rows, labelled=rate.needs_labels))[1])
            whole = counts.decided + float(counts.missing.sum())
            based = base + self.could_count(rate, group)
            lacking = counts.decided < self.limits.group <= whole
            if lacking or (rate.condition and base < self.limits.condition <= based):
                decided, rows, name = f"{counts.decided:g}", f"{whole:g}", " × ".join(group)
                return WORDS.undefined("reason.few_decisions", "unanswered", decided=decided, rows=rows, group=name)
        return None

    def large(self, rate: Rate) -> tuple[dict[Group, stats.Statistic], Undefined | None]:
        """The rates of all groups that are large enough, and why they cannot be compared over all groups, if so."""
        judged = {group: self.judged(rate, group) for group in self.compared}
        large = {group: statistic for group, statistic in judged.items() if isinstance(statistic, stats.Statistic)}
        if len(large) >= 2:
            return large, self._decided_by_too_few(rate)
        few = WORDS.undefined("reason.few_large", "few_units", count=len(large), groups=len(judged), needed=2)
        return large, self._elsewhere(rate, few) if rate.name in self.small and len(judged) > 1 else few

    def _elsewhere(self, rate: Rate, few: Undefined) -> Undefined:
        """What is not asked of small groups here, because `small` says who judges them."""
        text = WORDS("reason.elsewhere", reason=few.reason, where=self.small[rate.name])
        return replace(few, reason=text, kind="not_asked")

    def incomparable(self, statistics: Mapping[Group, stats.Statistic | Undefined]) -> dict[Group, Undefined]:
        """Of each group that cannot be compared with the reference why: what it lacks itself, else what that lacks.

        `statistics` are those of all groups that are compared. Empty without a reference.
        """
        lacking = {group: each for group, each in statistics.items() if isinstance(each, Undefined)}
        if self.reference is None:
            return {}
        if self.reference not in lacking:
            return lacking
        why = self.reference_lacks(lacking[self.reference])
        return {group: lacking.get(group, why) for group in statistics if group != self.reference}

    def reference_lacks(self, problem: Undefined) -> Undefined:
        """Why nothing can be compared with a reference group of which this is missing."""
        name, why = " × ".join(self.reference or ()), reasons.cause(problem.reason)
        return WORDS.undefined("reason.reference", "no_reference", problem.kind, name=name, why=why)
