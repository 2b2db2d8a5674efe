"""Decisions among several classes: how often they are right, and each class against the rest, by group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.errors import BadOption
from fairwitness.audit.metrics import confusion
from fairwitness.audit.probe import Findings
from fairwitness.audit.reasons import CHECK
from fairwitness.audit.records import Evidence, Metric, Undefined
from fairwitness.audit.stats.unanswered import Ends
from fairwitness.probes.fairness.group_fairness import unmeasured
from fairwitness.probes.fairness.group_fairness.ends import mean_ends
from fairwitness.probes.fairness.group_fairness.evidence import PLACE, GroupRow, counts_head, decision_table, group_rows
from fairwitness.probes.fairness.group_fairness.gaps import GAPS, Gap, corrected, gaps
from fairwitness.probes.fairness.group_fairness.meaning import Meaning, alike, by_chance
from fairwitness.probes.fairness.group_fairness.measures import WORDS, defined
from fairwitness.probes.fairness.group_fairness.quantities import (
    MaybeStatistic,
    Quantity,
    contrasts,
    rate_quantity,
    values,
)
from fairwitness.probes.fairness.group_fairness.ratios import SELECTION, over_all
from fairwitness.probes.fairness.group_fairness.small import Small, small_groups
from fairwitness.probes.kit.decisions.categorical import Categorical, Codes, Flags
from fairwitness.probes.kit.decisions.counts import Group, Tied
from fairwitness.probes.kit.decisions.naming import RIGHT, Naming, OutcomeWords
from fairwitness.probes.kit.decisions.outcomes import Outcomes
from fairwitness.probes.kit.decisions.partition import RATE, Partition, Rate
from fairwitness.probes.kit.decisions.rows import decision_rows
from fairwitness.probes.kit.decisions.spelling import spells_missing
from fairwitness.probes.kit.decisions.table import DecisionTable
from fairwitness.probes.kit.tables import Listing, label, number

NAMES = {
    "selection_rate": "class_selection_rate",
    "true_positive_rate": "class_recall",
    "positive_predictive_value": "class_precision",
    "impact_ratio": "class_impact_ratio",
}
"""Rates of one class against the rest under their names for several classes."""
COMPARED_OVER_COLUMNS = ("selection_rate", "true_positive_rate")
"""Rates of one class whose largest gap between groups is given too: what rules on several classes read."""
MOST_CLASSES = 200
"""A column of more values holds numbers or texts, and names no classes."""
MACRO = defined("macro_recall", sentence="macro", evidence=("classes",))


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """True and decided class of each row by number, -1 where there is none."""

    names: tuple[str, ...]
    true: Codes
    decided: Codes

    @classmethod
    def of(cls, truth: Categorical, decided: Categorical) -> Classes:
        """One numbering for both columns, in the order of names. Raises BadOption for more than classes can be."""
        names = tuple(sorted(set(truth.counts) | set(decided.counts)))
        if len(names) > MOST_CLASSES:
            raise BadOption(
                f"decisions and true outcomes have {len(names)} different values, and classes are at most "
                f"{MOST_CLASSES}: numbers are measured with group_fairness.kind=regression, one value of many with "
                "--favourable"
            )
        numbers = {name: number for number, name in enumerate(names)}
        true, chosen = (
            np.array([*(numbers.get(value, -1) for value in column.values), -1], dtype=np.int64)[column.codes]
            for column in (truth, decided)
        )
        return cls(names, true, chosen)

    def outcomes(self, selected: Flags, positive: Flags, said: OutcomeWords, counted: str) -> Outcomes:
        """Two outcomes made from several; rows without a decision or without a true class are known."""
        answered = self.decided >= 0
        return Outcomes(
            answered=answered,
            labelled=answered & (self.true >= 0),
            selected=selected,
            positive=positive,
            said=said,
            counted=counted,
        )

    @property
    def right(self) -> Outcomes:
        """Whether each row got its true class."""
        same = self.true == self.decided
        return self.outcomes(same, np.ones_like(same), RIGHT, "a true class")

    def against_rest(self, number: int, naming: Naming) -> Outcomes:
        """One class against the rest."""
        name = self.names[number]
        said, counted = naming.outcome(name), f"the outcome '{name}'"
        return self.outcomes(self.decided == number, self.true == number, said, counted)


@dataclass(frozen=True, slots=True, eq=False)
class AgainstRest:
    """One class against the rest, by group."""

    name: str
    outcomes: Outcomes
    parts: Sequence[Partition]

    @property
    def single(self) -> list[Partition]:
        """All rows and the single columns."""
        return [part for part in self.parts if len(part.columns) <= 1]

    def rates(self, names: Sequence[str]) -> list[Rate]:
        """Those of the named rates that can be measured, all of them compared."""
        known = [RATE[name] for name in names if self.outcomes.has_labels or not RATE[name].needs_labels]
        return [replace(rate, compared=True) for rate in known]

    def metrics(self, among: int) -> Iterator[Metric]:
        """Selection rate, recall and precision, their differences, ratios, and how far small groups lie apart.

        The differences of one class hold at once over groups and not over classes, so no rule may count them as one;
        their claims are corrected for the classes they are looked at `among`.
        """
        words = self.outcomes.said.names
        quantities = [rate_quantity(rate) for rate in self.rates([name for name in NAMES if name in RATE])]
        yield from map(self.renamed, values(quantities, self.single, **words))
        yield from map(self.renamed, contrasts(quantities, self.single, among, **words))
        for small in small_groups([SELECTION], self.parts):
            yield from map(self.renamed, self._ratio(small))
        for small in small_groups([SELECTION], self.single):
            for metric in small.metrics(self.outcomes):
                if metric.name.endswith(("_spread", "_distance")):
                    yield self.renamed(metric)

    def gaps(self, seed: int) -> list[Gap]:
        """Between the groups of each column, those that are too small for a rate taken as one."""
        values = []
        for rate in self.rates(COMPARED_OVER_COLUMNS):
            for small in small_groups([rate], self.single):
                part, why = _all_groups(small)
                (gap,) = gaps([rate], [part], seed, outcome=self.name)
                values.append(gap if why is None else replace(gap, estimate=why, null=None))
        return values

    def _ratio(self, small: Small) -> Iterator[Metric]:
        """How often the groups of a column or crossing get this class, the lowest over the highest rate.

        Small groups are taken as one. A difference of points says little of a class that few get. What nobody gets has
        no ratio, and none is asked for.
        """
        part, why = _all_groups(small)
        ratio = over_all(part)
        hits = [part.counted(SELECTION, group)[0] for group in ratio.groups]
        if why is None and len(hits) > 1 and not any(hits):
            why = WORDS.undefined("reason.nobody_gets", "not_asked", "not_asked")
        return (ratio if why is None else replace(ratio, estimate=why)).metrics(self.outcomes.said)

    def renamed(self, metric: Metric, evidence: str = "classes") -> Metric:
        """A rate of one class under its own name, labelled with the class."""
        variant = {"outcome": self.name, **metric.variant}
        return replace(
            metric,
            name=WORDS.term("metrics", name_of_class(metric.name)),
            variant=variant,
            joint=False,
            evidence=(evidence,),
        )


def name_of_class(name: str) -> str:
    """The name of a metric of one class against the rest, by that which it has where there are two outcomes."""
    rate = next(rate for rate in NAMES if name.startswith(rate))
    return NAMES[rate] + name.removeprefix(rate)


def findings(
    table: DecisionTable, decided: Categorical, classes: Classes, views: Sequence[AgainstRest], seed: int
) -> Findings:
    """Accuracy and recall averaged over classes; each class against the rest, by single columns alone.

    The first of `views` is of rows that got their true class, the others are of each class against the rest.
    """
    right, *each = views
    metrics = [metric for view in each for metric in view.metrics(len(each))]
    class_gaps = [(view, gap) for view in each for gap in view.gaps(seed)]
    truly = {view.name: view.parts for view in each if view.name in table.truth.counts}
    if right.outcomes.has_labels:
        class_gaps += [(right, gap) for gap in gaps([RATE["accuracy"]], right.parts, seed)]
        accuracy = [rate_quantity(RATE["accuracy"])]
        metrics += (replace(metric, evidence=("classes",)) for metric in values(accuracy, right.parts))
        metrics += (replace(metric, evidence=("classes",)) for metric in contrasts(accuracy, right.parts))
        metrics += _macro(right.parts, truly)
    shown = corrected([gap for _, gap in class_gaps])
    for (view, _), gap in zip(class_gaps, shown, strict=True):
        metric = gap.metric(view.outcomes.said)
        metrics.append(metric if view is right else view.renamed(metric, "gaps"))
    meaning = _meaning(classes, right, truly, table.counting)
    items = decision_rows(table, decided)
    decisions, notes = decision_table(table, items)
    unasked = unmeasured.of_classes(right.outcomes, right.parts, named=bool(table.columns.label))
    return Findings(
        metrics=[*map(meaning.of_metric, metrics), *unasked],
        evidence=[_groups(right), _confusion(classes, right.parts), GAPS.of(shown), *decisions],
        notes=[*_notes(classes), *notes],
        items=items,
    )


def _notes(classes: Classes) -> Iterator[str]:
    """What a reader may want to do about so many outcomes."""
    yield WORDS("note.classes", count=len(classes.names))
    absent = [name for name in classes.names if spells_missing(name)]
    if absent:
        kept = ",".join(name for name in classes.names if name not in absent)
        yield CHECK + WORDS("note.missing_class", names=", ".join(map(repr, absent)), kept=kept)


def _meaning(
    classes: Classes, right: AgainstRest, truly: Mapping[str, Sequence[Partition]], counting: Flags
) -> Meaning:
    """Whether anything was decided, and whether the mean recall is above that of decisions drawn by chance."""
    whole = {name: parts[0] for name, parts in truly.items()}
    caution = WORDS("caution.no_outcomes")
    if right.outcomes.has_labels:
        caution = by_chance(mean_recall(whole, ()), "mean_recall", 1 / len(whole))
    decided, labelled = (rows & counting for rows in (right.outcomes.answered, right.outcomes.labelled))
    return Meaning(alike(classes.decided, decided), alike(classes.decided, labelled), caution)


def _all_groups(small: Small) -> tuple[Partition, Undefined | None]:
    """The groups of a column, those too small for the rate taken as one; and why that one is too small, if so."""
    if small.reason:
        return small.part, None
    judged = small.as_one.judged(small.rate, small.name)
    return small.as_one, judged if isinstance(judged, Undefined) else None


def _macro(parts: Sequence[Partition], truly: Mapping[str, Sequence[Partition]]) -> Iterator[Metric]:
    """The mean of the recalls of all classes that truly occur, by group, and its contrasts."""
    of_classes = {part.columns: {name: each[place] for name, each in truly.items()} for place, part in enumerate(parts)}
    recall = RATE["true_positive_rate"]

    def ends(part: Partition, group: Group) -> Ends | None:
        return mean_ends([each.ends(recall, group) for each in of_classes[part.columns].values()])

    quantity = Quantity(
        measure=MACRO,
        statistic=lambda part, group: mean_recall(of_classes[part.columns], group),
        ends=ends,
        method="square-and-add",
    )
    for part in parts:
        yield from values([quantity], [part], count=len(truly))
        yield from contrasts([quantity], [part], count=len(truly))


def mean_recall(parts: Mapping[str, Partition], group: Group) -> MaybeStatistic:
    """The mean of the recalls of all classes; each must be estimable, so that groups are compared in the same."""
    if not parts:
        return WORDS.undefined("reason.no_true_outcome", "no_units")
    recall = RATE["true_positive_rate"]
    people = {name: part.groups[group].people for name, part in parts.items()}
    terms = []
    for name, part in parts.items():
        others = [each for other, each in people.items() if other != name and each is not None]
        beside: list[Tied] = [(each, recall.share, 1.0) for each in others]
        statistic = part.statistic(replace(recall, condition="class", value=name), group, beside)
        if isinstance(statistic, Undefined):
            return statistic
        terms.append((1 / len(parts), statistic))
    return stats.linear_combination(terms)


def _groups(right: AgainstRest) -> Evidence:
    """How many rows with a decision each group has, and how many of these have a true outcome too."""
    heads = [*PLACE, counts_head("rows", lambda counts: counts.decided)]
    if right.outcomes.has_labels:
        heads.append(counts_head("with a true outcome", lambda counts: counts.labelled))
    return Listing("groups", WORDS, tuple(heads)).of(group_rows(right.parts))


@dataclass(frozen=True, slots=True)
class Cell:
    """How many rows of a group with a true class got a decision."""

    place: GroupRow
    true: str
    decided: str
    rows: int


CONFUSION: Listing[Cell] = Listing(
    "classes",
    WORDS,
    label("by", lambda cell: PLACE[0].cell(cell.place)),
    label("group", lambda cell: PLACE[1].cell(cell.place)),
    label("true outcome", lambda cell: cell.true),
    label("decision", lambda cell: cell.decided),
    number("rows", lambda cell: cell.rows),
)


def _confusion(classes: Classes, parts: Sequence[Partition]) -> Evidence:
    """How many rows of each true class got each decision, by group; empty cells are left out."""
    known = (classes.true >= 0) & (classes.decided >= 0)
    names, cells = classes.names, []
    for part in parts:
        codes, groups = part.codes[known], list(part.groups)
        tables = confusion(classes.true[known], classes.decided[known], len(names), codes, len(groups))
        for group, table in zip(groups, tables, strict=True):
            for true, decided in zip(*np.nonzero(table), strict=True):
                cells.append(Cell((part, group), names[true], names[decided], int(table[true, decided])))
    return CONFUSION.of(cells)
