"""Rates in words, and the groups in which they are counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.metrics import CELLS, DEFINITIONS, SHARES, Share
from fairwitness.audit.records import Better, Undefined
from fairwitness.probes.fairness.group_fairness.cells import MISSING
from fairwitness.probes.fairness.group_fairness.people import People, Tied, in_several
from fairwitness.probes.fairness.group_fairness.people import merged as merged_people

Counts = Mapping[str, int]
Group = tuple[str, ...]
Number = TypeVar("Number", int, float)
NOT_ESTIMABLE = "not estimable: "
TOGETHER, OTHERS = "(smaller groups together)", "(all other groups)"
"""Names of the groups that a part divides into where its groups below the minimum are judged as one."""
LEAST_SHARE = 0.02
"""Groups below the minimum, and rows without a group value, that together hold less of the rows than this are listed
and not judged (New York City's Local Law 144 lets an audit leave out a category of under 2 % of the data)."""
LEAST_ROWS, LEAST_IN_CONDITION = 30, 10
"""Rows that a group, and that the condition of a conditional rate, needs where nothing else is asked."""
LEAST_EFFECTIVE = 2
"""Weights may leave no fewer equally weighted rows than these."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate that is a share of rows, and the words for it; its formula is that of `fairwitness.audit.metrics`.

    `verb` and `among` make the sentence "a share of the rows `among` `verb`". A conditional rate has only some rows as
    its base; `condition` names them. `compared` says whether groups are contrasted in it.
    """

    name: str
    verb: str
    among: str = ""
    condition: str = ""
    needs_labels: bool = True
    compared: bool = False

    @property
    def share(self) -> Share:
        """Which cells it is the share of."""
        return SHARES[self.name]

    @property
    def better(self) -> Better:
        """Which direction is better for a group."""
        return DEFINITIONS[self.name].better


def four(counts: Mapping[str, float], *, labelled: bool) -> list[float]:
    """Counts as tn, fp, fn, tp; without true outcomes every row counts as truly negative."""
    if labelled:
        return [counts[name] for name in CELLS]
    return [counts["rows"] - counts["selected"], counts["selected"], 0, 0]


POSITIVES, NEGATIVES = "rows with that true outcome", "rows without that true outcome"
RATES: tuple[Rate, ...] = (
    Rate("base_rate", "truly have {counted}"),
    Rate("selection_rate", "get {chosen}", needs_labels=False, compared=True),
    Rate("accuracy", "are decided rightly", compared=True),
    Rate("true_positive_rate", "get {chosen}", " that truly have {counted}", POSITIVES, compared=True),
    Rate("false_positive_rate", "get {chosen}", " that truly do not have {counted}", NEGATIVES, compared=True),
    Rate("false_negative_rate", "do not get {chosen}", " that truly have {counted}", POSITIVES),
    Rate("true_negative_rate", "do not get {chosen}", " that truly do not have {counted}", NEGATIVES),
    Rate("positive_predictive_value", "truly have {counted}", " that get {chosen}", "selected rows", compared=True),
    Rate(
        "negative_predictive_value",
        "truly do not have {counted}",
        " that do not get {chosen}",
        "rows not selected",
        compared=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How many rows a group needs, and how many the condition of a conditional rate needs."""

    group: int
    condition: int

    @property
    def at_most_usual(self) -> Limits:
        """These, where they are above what groups need if nothing else is asked, as that."""
        return Limits(min(self.group, LEAST_ROWS), min(self.condition, LEAST_IN_CONDITION))

    def too_few(self, counts: Counts, *, labelled: bool, unit: str = "rows") -> Undefined | None:
        """Why a group of so many rows, or people where `unit` says so, cannot be measured, if so."""
        rows = counts["labelled"] if labelled else counts["rows"]
        what = f"{unit} with a true outcome" if labelled and rows < counts["rows"] else unit
        return Undefined(f"{NOT_ESTIMABLE}{rows} {what}, {self.group} needed") if rows < self.group else None

    def enough(self, rows: int, unit: str = "rows") -> Undefined | None:
        """Why so many rows (people) with a known number are too few, if so."""
        return Undefined(f"{NOT_ESTIMABLE}{rows} {unit}, {self.group} needed") if rows < self.group else None

    def condition_of(self, base: int, what: str) -> Undefined | None:
        """Why so many rows that meet a condition are too few, if so."""
        return Undefined(f"{NOT_ESTIMABLE}{base} {what}, {self.condition} needed") if base < self.condition else None


@dataclass(frozen=True, slots=True)
class Weighted:
    """Sums of the weights and of their squares, under the names of the counts."""

    sums: Mapping[str, float]
    squares: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Undecided:
    """Rows of a group that got no decision: all, those that truly have the counted outcome, those that do not.

    The rest of `rows` has no known true outcome. In rows, or in sums of weights where rows have weights.
    """

    rows: float = 0
    positives: float = 0
    negatives: float = 0

    @property
    def unlabelled(self) -> float:
        """Those whose true outcome is not known either: in a rate with a condition they may or may not count."""
        return self.rows - self.positives - self.negatives


@dataclass(frozen=True, slots=True)
class Part:
    """The rows divided by one column or by the crossing of several: counts of each group, and the reference group.

    Without columns it is the one group of all rows. `note` says what a reader should know of the choice; `weighted`
    holds the sums of weights of each group where rows have weights. `groups` and `weighted` count rows with a decision;
    `missing` those without, for each group. `small` says, by name of rate, what becomes of groups below the minimum
    where something else judges them or nothing need: what is missing of them alone was then not asked. `unnamed` says
    whether rows without a group value are compared like a group. `people` has the people of each group where some of
    all have several rows: rates then stand on people. `several` names the groups in which people of a group have rows
    too.
    """

    columns: tuple[str, ...]
    groups: Mapping[Group, Counts]
    reference: Group | None = None
    note: str = ""
    weighted: Mapping[Group, Weighted] = field(default_factory=dict)
    missing: Mapping[Group, Undecided] = field(default_factory=dict)
    small: Mapping[str, str] = field(default_factory=dict)
    unnamed: bool = False
    people: Mapping[Group, People] = field(default_factory=dict)
    several: Mapping[Group, tuple[Group, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The columns in words."""
        return " × ".join(self.columns) or "all rows"

    @property
    def compared(self) -> list[Group]:
        """Groups that can be compared: those whose value is known, and where `unnamed` says so those without one."""
        return [group for group in self.groups if self.unnamed or MISSING not in group]

    @property
    def valueless(self) -> list[Group]:
        """Groups of rows without a value in one of the columns."""
        return [group for group in self.groups if MISSING in group]

    def held(self, groups: Sequence[Group], among: Sequence[Group]) -> float:
        """The share of the rows of all groups `among` that these hold, decided or not; of the weights if more."""

        def rows(group: Group) -> float:
            return self.groups[group]["rows"] + (0 if self.weighted else self.missing[group].rows)

        def weight(group: Group) -> float:
            return self.weighted[group].sums["rows"] + self.missing[group].rows

        shares = []
        for size in (rows, weight) if self.weighted else (rows,):
            whole = sum(map(size, among))
            shares.append(sum(map(size, groups)) / whole if whole else 1.0)
        return max(shares)

    @property
    def pooled(self) -> bool:
        """Whether it sets the groups below the minimum, as one, beside all others."""
        return self.reference is not None and OTHERS in self.reference

    def merged(self, named: Mapping[Group, Sequence[Group]]) -> Part:
        """The part whose groups are these unions of groups of this one, by their new names; without a reference."""
        groups, weighted, missing = {}, {}, {}
        for name, members in named.items():
            groups[name] = _added([self.groups[group] for group in members])
            undecided = [self.missing[group] for group in members if group in self.missing]
            missing[name] = Undecided(
                sum(one.rows for one in undecided),
                sum(one.positives for one in undecided),
                sum(one.negatives for one in undecided),
            )
            if self.weighted:
                of = [self.weighted[group] for group in members]
                weighted[name] = Weighted(_added([one.sums for one in of]), _added([one.squares for one in of]))
        part = Part(self.columns, groups, weighted=weighted, missing=missing, unnamed=self.unnamed)
        if not self.people:
            return part
        joined = {name: [self.people[group] for group in members] for name, members in named.items()}
        return part.of_people({name: merged_people(members) for name, members in joined.items() if members})

    def of_people(self, people: Mapping[Group, People]) -> Part:
        """The part where some people have several rows."""
        return replace(self, people=people, several=in_several(people))

    def in_both(self, one: Group, other: Group) -> int:
        """How many people have rows in both groups."""
        if other not in self.several.get(one, ()):
            return 0
        return len(np.intersect1d(self.people[one].codes, self.people[other].codes))

    def by(self, group: Group) -> dict[str, str]:
        """The group as labels of a metric."""
        return dict(zip(self.columns, group, strict=True))

    def counted(
        self, share: Share, group: Group, *, labelled: bool = True, beside: Sequence[Tied] = ()
    ) -> tuple[float, float]:
        """Hits and base of a share in a group; effective counts where rows have weights or people several rows.

        (`stats.effective_counts`, `stats.clustered_counts`.) Of people they allow for those who have rows in other
        groups too, with which the share may be compared, and in the shares `beside` it.
        """
        if self.people:
            others: list[Tied] = [(self.people[one], share, -1.0) for one in self.several.get(group, ())]
            return self.people[group].counted(share, [*others, *beside], labelled=labelled)
        if group not in self.weighted:
            hits, base = share.of(four(self.groups[group], labelled=labelled))
            return int(hits), int(base)
        weighted = self.weighted[group]
        sums, squares = (share.of(four(table, labelled=labelled)) for table in (weighted.sums, weighted.squares))
        found, size = stats.effective_counts(*sums, *squares)
        return float(found), float(size)

    def undecided(self, share: Share, group: Group, *, labelled: bool = True) -> float:
        """How many rows without a decision could have been in the base of a share, on the scale of `counted`.

        A rate among rows with (without) the true outcome could have held those that have (lack) it or where it is not
        known; every other rate all of them. Where rows do not count as one each it is a number of effective rows.
        """
        missing = self.missing.get(group, Undecided())
        rows = missing.rows
        if set(share.base) == {"fn", "tp"}:
            rows = missing.positives + missing.unlabelled
        elif set(share.base) == {"tn", "fp"}:
            rows = missing.negatives + missing.unlabelled
        if not rows or not (self.people or group in self.weighted):
            return rows
        sums = self.weighted[group].sums if group in self.weighted else self.groups[group]
        base = float(share.of(four(sums, labelled=labelled))[1])
        return rows * self.counted(share, group, labelled=labelled)[1] / base if base else rows

    def sample(
        self,
        share: Share,
        group: Group,
        limits: Limits,
        *,
        condition: str = "",
        labelled: bool = True,
        beside: Sequence[Tied] = (),
    ) -> stats.Sample | Undefined:
        """The share of a group with its limits, or why it cannot be estimated.

        `condition` names the rows of the base where these are not all; `labelled` says that it needs true outcomes.
        `beside` as in `counted`.
        """
        problem = self._too_few(share, group, limits, condition, labelled=labelled)
        if problem is not None:
            return problem
        hits, base = self.counted(share, group, labelled=labelled, beside=beside)
        if (self.people or group in self.weighted) and base < LEAST_EFFECTIVE:
            weigh = f"weigh as much as {base:.3g} equal rows, {LEAST_EFFECTIVE} needed"
            return Undefined(f"{NOT_ESTIMABLE}{condition or 'rows'} {weigh}")
        return stats.rate_sample(hits, base)

    def _too_few(
        self, share: Share, group: Group, limits: Limits, condition: str, *, labelled: bool
    ) -> Undefined | None:
        """Why a group, or the condition of a share, has too few rows; people, where they have several."""
        counts = self.groups[group]
        if not self.people:
            problem = limits.too_few(counts, labelled=labelled)
            base = int(share.of(four(counts, labelled=labelled))[1])
            return problem or (limits.condition_of(base, condition) if condition else None)
        own = self.people[group]
        found = {"rows": own.decided, "labelled": own.labelled}
        problem = limits.too_few(found, labelled=labelled, unit="people")
        people = own.among(share, labelled=labelled)
        return problem or (limits.condition_of(people, f"people with {condition}") if condition else None)

    def sample_of(self, rate: Rate, group: Group, limits: Limits) -> stats.Sample | Undefined:
        """A rate of a group with its limits, or why there is none; not asked where `small` says who judges instead.

        A reference group that is too small stays not estimable: what is compared with it is missing too.
        """
        found = self.sample(rate.share, group, limits, condition=rate.condition, labelled=rate.needs_labels)
        comparable = self.unnamed or MISSING not in group
        judged = rate.name in self.small and comparable and group != self.reference
        if isinstance(found, Undefined) and judged:
            return Undefined(f"{found.reason}: {self.small[rate.name]}", "not_asked")
        return found

    def unheard(self, rate: Rate, limits: Limits) -> Undefined | None:
        """Why nothing is said of all groups at once: one is too small only because its rows lack decisions."""
        for group in self.compared:
            if not isinstance(self.sample_of(rate, group, limits), Undefined):
                continue
            counts = self.groups[group]
            base = float(rate.share.of(four(counts, labelled=rate.needs_labels))[1])
            whole, based = counts["rows"] + self.missing_rows(group), base + self.undecided(rate.share, group)
            lacking = counts["rows"] < limits.group <= whole
            if lacking or (rate.condition and base < limits.condition <= based):
                heard = f"{counts['rows']:g} of {whole:g} rows of {' × '.join(group)} have a decision"
                return Undefined(f"{NOT_ESTIMABLE}{heard}, and a group that was not heard may be the lowest or highest")
        return None

    def missing_rows(self, group: Group) -> float:
        """How many rows of a group have no decision."""
        return self.missing.get(group, Undecided()).rows

    def too_few_large(self, rate: Rate, large: int) -> Undefined:
        """Why a rate cannot be compared over all groups where fewer than two are large enough."""
        why = f"{NOT_ESTIMABLE}{large} of {len(self.compared)} groups are large enough, 2 needed"
        together = rate.name in self.small and len(self.compared) > 1
        return Undefined(f"{why}: {self.small[rate.name]}", "not_asked") if together else Undefined(why)


def _added(tables: Sequence[Mapping[str, Number]]) -> dict[str, Number]:
    return {name: sum(table[name] for table in tables) for name in tables[0]} if tables else {}
