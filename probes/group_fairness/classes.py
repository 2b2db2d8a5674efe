"""Decisions among several classes: how often they are right, and each class against the rest, by group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.audit import stats
from assay.audit.metrics import DEFINITIONS, SHARES, confusion
from assay.audit.probe import Findings
from assay.audit.records import Column, Evidence, Metric, Undefined
from assay.probes.claims import concluded, escaped, stated
from assay.probes.group_fairness import words
from assay.probes.group_fairness.cells import Coded, Codes, Flags
from assay.probes.group_fairness.contrasts import differences
from assay.probes.group_fairness.evidence import decision_table, gap_table
from assay.probes.group_fairness.metrics import gap_metric, gaps, of_rates
from assay.probes.group_fairness.parts import coded, partitions
from assay.probes.group_fairness.rates import NOT_ESTIMABLE, RATES, Group, Limits, Part
from assay.probes.group_fairness.rows import Frame, Outcomes

MACRO = DEFINITIONS["macro_recall"]
NAMES = {
    "selection_rate": "class_selection_rate",
    "true_positive_rate": "class_recall",
    "positive_predictive_value": "class_precision",
}
"""Rates of one class against the rest under their names for several classes."""
RENAMED = {old + suffix: new + suffix for old, new in NAMES.items() for suffix in ("", "_difference")}
PLAIN = {rate.name: rate for rate in RATES}
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
    """Accuracy and recall averaged over classes; each class against the rest, by single columns alone."""
    classes = Classes.of(frame.truth, decided)
    same = classes.true == classes.decided
    right = classes.outcomes(same, np.ones_like(same), "the true class", "a true class")
    parts = partitions(frame, right, references, limits, crossed=crossed)
    found = gaps([PLAIN["accuracy"]], parts, limits, seed)
    metrics = of_rates([PLAIN["accuracy"]], parts, right, limits) + [gap_metric(gap) for gap in found]
    single = [part for part in parts if len(part.columns) <= 1]
    of_each: dict[str, list[Part]] = {}
    for at, name in enumerate(classes.names):
        own = classes.outcomes(
            classes.decided == at, classes.true == at, f"the decision '{name}'", f"the outcome '{name}'"
        )
        of_each[name] = partitions(frame, own, references, limits, crossed=crossed)
        metrics += _of_class(name, of_each[name][: len(single)], own, limits)
    metrics += _macro({name: of_each[name] for name in classes.names if name in frame.truth.counts}, limits)
    table, notes = decision_table(frame, [text or "" for text in decided.texts("")], decided.known)
    return Findings(
        metrics,
        [_confusion(frame, classes, parts), gap_table(found), *table],
        (
            *frame.notes,
            f"{len(classes.names)} outcomes: each is measured against the rest. Name one with --favourable to measure "
            "that one alone.",
            *notes,
            *(part.note for part in parts if part.note),
        ),
    )


def _of_class(name: str, parts: Sequence[Part], own: Outcomes, limits: Limits) -> Iterator[Metric]:
    """Selection rate, recall and precision of one class, without ratios."""
    rates = [replace(PLAIN[rate], compared=True) for rate in NAMES]
    for metric in of_rates(rates, parts, own, limits):
        if metric.name in RENAMED:
            yield replace(metric, name=RENAMED[metric.name], by={OF_CLASS: name, **metric.by}, evidence=("classes",))


def _macro(of_each: Mapping[str, Sequence[Part]], limits: Limits) -> Iterator[Metric]:
    """The mean of the recalls of all classes that truly occur, by group, and its contrasts."""
    for parts in zip(*of_each.values(), strict=True):
        part, named = parts[0], dict(zip(of_each, parts, strict=True))
        samples = {group: _mean_recall(named, group, limits) for group in part.groups}
        for group, sample in samples.items():
            estimate = sample if isinstance(sample, Undefined) else sample.estimate("square-and-add", (0.0, 1.0))
            what = f"The mean recall over {len(of_each)} outcomes of {words.of_group(part, group)}"
            claim = stated(what, estimate, f"{escaped(what)} is {{value}}")
            tags = words.group_tags(part)
            yield Metric(
                MACRO.name, estimate, MACRO.unit, MACRO.better, claim, None, part.by(group), ("classes",), tags
            )
        if part.reference is not None:
            yield from _macro_differences(part, part.reference, {group: samples[group] for group in part.compared})


def _macro_differences(
    part: Part, reference: Group, samples: Mapping[Group, stats.Sample | Undefined]
) -> Iterator[Metric]:
    for group, estimate in differences(samples, reference, "square-and-add", (-1.0, 1.0)).items():
        who, other = words.of_group(part, group), words.of_group(part, reference)
        what = f"The difference in mean recall between {who} and {other}"
        who, other = escaped(who), escaped(other)
        claim = concluded(
            what,
            estimate,
            above=f"The mean recall of {who} is {{size}} higher than that of {other}",
            below=f"The mean recall of {who} is {{size}} lower than that of {other}",
            unshown=f"Whether the mean recalls of {who} and of {other} differ is not shown",
        )
        by, tags = words.against_by(part, group, reference), words.contrast_tags(part, "simultaneous")
        name = f"{MACRO.name}_difference"
        yield Metric(name, estimate, MACRO.unit, "near_zero", claim, 0.0, by, ("classes",), tags)


def _mean_recall(parts: Mapping[str, Part], group: Group, limits: Limits) -> stats.Sample | Undefined:
    """The mean of the recalls of all classes; each must be estimable, so that groups are compared in the same."""
    samples: list[tuple[float, stats.Sample]] = []
    for name, part in parts.items():
        condition = f"rows that truly are {name!r}"
        sample = part.sample(SHARES["true_positive_rate"], group, limits, condition=condition)
        if isinstance(sample, Undefined):
            return sample
        samples.append((1 / len(parts), sample))
    return stats.linear(samples) if samples else Undefined(f"{NOT_ESTIMABLE}no true outcome is known")


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
