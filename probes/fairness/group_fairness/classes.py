"""Decisions among several classes: how often they are right, and each class against the rest, by group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fairwitness.audit.errors import BadOption
from fairwitness.audit.metrics import confusion
from fairwitness.audit.probe import Findings
from fairwitness.audit.records import CHECK, Cell, Column, Evidence, Metric, Undefined
from fairwitness.probes.fairness.group_fairness import asked
from fairwitness.probes.fairness.group_fairness.cells import Coded, Codes, Flags
from fairwitness.probes.fairness.group_fairness.evidence import decision_table
from fairwitness.probes.fairness.group_fairness.gaps import Gap, corrected, gap_metric, gap_table, uncorrected
from fairwitness.probes.fairness.group_fairness.macro import macro, mean_recall
from fairwitness.probes.fairness.group_fairness.meaning import NO_OUTCOMES, Meaning, alike, by_chance
from fairwitness.probes.fairness.group_fairness.metrics import rate_differences, rates_of_groups
from fairwitness.probes.fairness.group_fairness.parts import coded, partitions
from fairwitness.probes.fairness.group_fairness.rates import RATES, Limits, Part, Rate
from fairwitness.probes.fairness.group_fairness.ratios import SELECTION, over_all, ratio_metrics
from fairwitness.probes.fairness.group_fairness.rows import Frame, Outcomes
from fairwitness.probes.fairness.group_fairness.small import Small, small_groups, small_metrics
from fairwitness.probes.fairness.group_fairness.spelling import spells_missing

NAMES = {
    "selection_rate": "class_selection_rate",
    "true_positive_rate": "class_recall",
    "positive_predictive_value": "class_precision",
}
"""Rates of one class against the rest under their names for several classes."""
ENDINGS = ("", "_difference", "_gap", "_spread", "_distance")
RENAMED = {
    **{old + suffix: new + suffix for old, new in NAMES.items() for suffix in ENDINGS},
    "impact_ratio": "class_impact_ratio",
}
GAPS = ("selection_rate", "true_positive_rate")
"""Rates of one class whose largest gap between groups is given too: what rules on several classes read."""
PLAIN = {rate.name: rate for rate in RATES}
MOST_CLASSES = 200
"""A column of more values holds numbers or texts, and names no classes."""
OF_CLASS = "outcome"
"""The label that says which class a metric is of."""


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """True and decided class of each row by number, -1 where there is none."""

    names: tuple[str, ...]
    true: Codes
    decided: Codes

    @classmethod
    def of(cls, truth: Coded, decided: Coded) -> Classes:
        """One numbering for both columns, in the order of names."""
        names = tuple(sorted(set(truth.counts) | set(decided.counts)))
        numbers = {name: at for at, name in enumerate(names)}
        true, chosen = (
            np.array([*(numbers.get(value, -1) for value in column.values), -1], dtype=np.int64)[column.codes]
            for column in (truth, decided)
        )
        return cls(names, true, chosen)

    def outcomes(self, selected: Flags, positive: Flags, chosen: str, counted: str) -> Outcomes:
        """Two outcomes made from several; rows without a decision or without a true class are known."""
        answered = self.decided >= 0
        labelled = answered & (self.true >= 0)
        return Outcomes(answered, labelled, selected, positive, (), (), chosen, counted, ())


def findings(
    frame: Frame, decided: Coded, references: Mapping[str, str], limits: Limits, seed: int, *, crossed: bool
) -> Findings:
    """Accuracy and recall averaged over classes; each class against the rest, by single columns alone.

    Raises BadOption for more values than classes can have.
    """
    classes = Classes.of(frame.truth, decided)
    if len(classes.names) > MOST_CLASSES:
        raise BadOption(
            f"decisions and true outcomes have {len(classes.names)} different values, and classes are at most "
            f"{MOST_CLASSES}: numbers are measured with group_fairness.kind=regression, one value of many with "
            "--favourable"
        )
    same = classes.true == classes.decided
    right = classes.outcomes(same, np.ones_like(same), "the true class", "a true class")
    parts = partitions(frame, right, references, limits, crossed=crossed)
    single = sum(len(part.columns) <= 1 for part in parts)
    of_each: dict[str, list[Part]] = {}
    metrics: list[Metric] = []
    found: list[Gap] = []
    for at, name in enumerate(classes.names):
        own = classes.outcomes(
            classes.decided == at, classes.true == at, f"the decision '{name}'", f"the outcome '{name}'"
        )
        of_each[name] = partitions(frame, own, references, limits, crossed=crossed)
        metrics += _of_class(name, of_each[name][:single], own, limits, len(classes.names))
        found += _gaps_of_class(name, of_each[name][:single], own, limits, seed)
        metrics += _ratios_of_class(name, of_each[name], own, limits)
        metrics += _small_of_class(name, of_each[name][:single], own, limits)
    truly = {name: of_each[name] for name in classes.names if name in frame.truth.counts}
    if right.has_labels:
        found += uncorrected([PLAIN["accuracy"]], parts, limits, seed)
        metrics += _accuracy(parts, right, limits)
        metrics += macro(truly, limits)
    found = corrected(found)
    metrics += [_renamed(gap_metric(gap), gap.outcome, ("gaps",)) for gap in found]
    meaning = _meaning(classes, right, truly, limits, frame.counting)
    table, notes = decision_table(frame, [text or "" for text in decided.texts("")], decided.known)
    return Findings(
        [*map(meaning.of_metric, metrics), *asked.of_classes(right, parts, named=bool(frame.columns.label))],
        [_groups(right, parts), _confusion(frame, classes, parts), gap_table(found), *table],
        (*frame.notes, *_notes(frame, classes), *notes, *(part.note for part in parts if part.note)),
    )


def _notes(frame: Frame, classes: Classes) -> list[str]:
    """What a reader may want to do about so many outcomes."""
    found = [
        f"{len(classes.names)} outcomes: each is measured against the rest. Name one with --favourable to measure "
        "that one alone."
    ]
    absent = [name for name in classes.names if spells_missing(name)]
    if absent:
        named = ", ".join(repr(name) for name in absent)
        kept = ",".join(name for name in classes.names if name not in absent)
        found.append(
            f"{CHECK}outcome {named} reads like a missing value and is counted as an outcome of its own. If it is "
            f"missing, -O group_fairness.outcomes={kept} leaves it out."
        )
    return found


def _meaning(
    classes: Classes, right: Outcomes, truly: Mapping[str, Sequence[Part]], limits: Limits, counting: Flags
) -> Meaning:
    """Whether anything was decided, and whether the mean recall is above that of decisions drawn by chance."""
    whole = {name: parts[0] for name, parts in truly.items()}
    caution = NO_OUTCOMES
    if right.has_labels:
        caution = by_chance(mean_recall(whole, (), limits), "mean recall", 1 / len(whole))
    decided, labelled = (rows & counting for rows in (right.answered, right.labelled))
    return Meaning(alike(classes.decided, decided), alike(classes.decided, labelled), caution)


def _accuracy(parts: Sequence[Part], right: Outcomes, limits: Limits) -> Iterator[Metric]:
    rates = [PLAIN["accuracy"]]
    for metric in rates_of_groups(rates, parts, right, limits) + rate_differences(rates, parts, right, limits):
        yield replace(metric, evidence=("classes",))


def _rates(own: Outcomes, names: Iterable[str]) -> list[Rate]:
    """Those of the named rates that can be measured, all of them compared."""
    known = (PLAIN[name] for name in names)
    return [replace(rate, compared=True) for rate in known if own.has_labels or not rate.needs_labels]


def _of_class(name: str, parts: Sequence[Part], own: Outcomes, limits: Limits, among: int) -> Iterator[Metric]:
    """Selection rate, recall and precision of one class, and their differences.

    The differences of one class hold at once over groups and not over classes, so no rule may count them as one; their
    claims are corrected for the classes.
    """
    rates = _rates(own, NAMES)
    for metric in rates_of_groups(rates, parts, own, limits) + rate_differences(rates, parts, own, limits, among):
        tags = tuple(tag for tag in metric.tags if tag != "simultaneous")
        yield _renamed(replace(metric, tags=tags, joint=False), name, ("classes",))


def _gaps_of_class(name: str, parts: Sequence[Part], own: Outcomes, limits: Limits, seed: int) -> list[Gap]:
    """Between the groups of each column, those that are too small for a rate taken as one."""
    found: list[Gap] = []
    for rate in _rates(own, GAPS):
        for small in small_groups([rate], parts, limits):
            part, why = _all_groups(small, limits)
            (gap,) = uncorrected([rate], [part], limits, seed, outcome=name)
            found.append(gap if why is None else replace(gap, estimate=why, null=None))
    return found


def _ratios_of_class(name: str, parts: Sequence[Part], own: Outcomes, limits: Limits) -> Iterator[Metric]:
    """How often the groups of each column and crossing get this class, the lowest over the highest rate.

    Small groups are taken as one. A difference of points says little of a class that few get. What nobody gets has no
    ratio, and none is asked for.
    """
    for small in small_groups([SELECTION], parts, limits):
        part, why = _all_groups(small, limits)
        ratio = over_all(part, limits)
        hits = [part.counted(SELECTION.share, group, labelled=False)[0] for group in ratio.groups]
        if why is None and len(hits) > 1 and not any(hits):
            why = Undefined("no row of any group gets this outcome: there are no rates to compare", "not_asked")
        (metric,) = ratio_metrics([ratio if why is None else replace(ratio, estimate=why)], own)
        yield _renamed(metric, name, ("classes",))


def _all_groups(small: Small, limits: Limits) -> tuple[Part, Undefined | None]:
    """The groups of a column, those too small for the rate taken as one; and why that one is too small, if so."""
    if small.reason:
        return small.part, None
    part = with_small_as_one(small)
    found = part.sample_of(small.rate, small.whole[1], limits)
    return part, found if isinstance(found, Undefined) else None


def _small_of_class(name: str, parts: Sequence[Part], own: Outcomes, limits: Limits) -> Iterator[Metric]:
    """How far apart groups that are too small lie in how often they get this class, which taking them as one hides."""
    for metric in small_metrics(small_groups([PLAIN["selection_rate"]], parts, limits), own, limits):
        if metric.name.endswith(("_spread", "_distance")):
            yield _renamed(metric, name, ("classes",))


def with_small_as_one(small: Small) -> Part:
    """The part with the groups that are too small for a rate as one group beside the others."""
    part, name = small.part, small.whole[1]
    kept = {group: (group,) for group in part.groups if group not in set(small.groups)}
    return part.merged({**kept, name: small.groups})


def _renamed(metric: Metric, outcome: str, evidence: tuple[str, ...]) -> Metric:
    """A rate of one class under its own name, labelled with the class; what is of no class keeps its name."""
    if not outcome:
        return replace(metric, evidence=evidence)
    return replace(metric, name=RENAMED[metric.name], variant={OF_CLASS: outcome, **metric.variant}, evidence=evidence)


def _groups(right: Outcomes, parts: Sequence[Part]) -> Evidence:
    """How many rows with a decision each group has, and how many of these have a true outcome too."""
    columns = [Column("by"), Column("group"), Column("rows", "number", "rows")]
    if right.has_labels:
        columns.append(Column("with true outcome", "number", "rows"))
    named = ("rows", "labelled") if right.has_labels else ("rows",)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (part.name, " × ".join(group) or "all rows", *(counts[name] for name in named))
        for part in parts
        for group, counts in part.groups.items()
    )
    return Evidence("groups", "How many rows each group has", "table", tuple(columns), rows, len(rows))


def _confusion(frame: Frame, classes: Classes, parts: Sequence[Part]) -> Evidence:
    """How many rows of each true class got each decision, by group; empty cells are left out."""
    columns = (Column("by"), Column("group"), Column("true outcome"), Column("decision"), Column("rows", "number"))
    known = (classes.true >= 0) & (classes.decided >= 0)
    rows = []
    for part in parts:
        keys, codes = coded(frame, part.columns)
        size = len(classes.names)
        tables = confusion(classes.true[known], classes.decided[known], size, codes[known], len(keys))
        for group in part.groups:
            table = tables[keys.index(group)]
            for true, chosen in zip(*np.nonzero(table), strict=True):
                names = classes.names[true], classes.names[chosen]
                rows.append((part.name, " × ".join(group) or "all rows", *names, int(table[true, chosen])))
    caption = "How many rows of each true outcome got each decision, by group"
    return Evidence("classes", caption, "table", columns, tuple(rows), len(rows))
