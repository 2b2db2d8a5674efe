"""Ratios of selection rates beside classes or numbers: what the two values of decisions are judged by all the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from fairwitness.audit.errors import BadOption
from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Metric, Undefined
from fairwitness.probes.fairness.group_fairness import asked, words
from fairwitness.probes.fairness.group_fairness.cells import Coded
from fairwitness.probes.fairness.group_fairness.meaning import Meaning
from fairwitness.probes.fairness.group_fairness.parts import partitions
from fairwitness.probes.fairness.group_fairness.rates import NOT_ESTIMABLE, Limits, Part
from fairwitness.probes.fairness.group_fairness.ratios import (
    IMPACT,
    RATIO,
    SELECTION,
    ratio_metrics,
    ratio_table,
    ratios,
)
from fairwitness.probes.fairness.group_fairness.rows import Frame, Outcomes
from fairwitness.probes.fairness.group_fairness.rules import counted_of
from fairwitness.probes.fairness.group_fairness.small import judged_together, small_groups, small_metrics, small_table
from fairwitness.probes.fairness.group_fairness.spelling import spells_missing
from fairwitness.probes.fairness.group_fairness.unmeasured import of_columns, of_valueless
from fairwitness.probes.kit.standing import standing


def with_selection(
    found: Findings, frame: Frame, decided: Coded, references: Mapping[str, str], limits: Limits, *, crossed: bool
) -> Findings:
    """What was found of classes or numbers, and the selection ratios where decisions have two values.

    Labels of other values, or a kind that was named, make no other decision of a yes or no. Values that spell "missing"
    are no third value. Where nothing says which of two values is the favourable one the ratios are not estimable; where
    a value that spells "missing" is decided too, it may be a class, and they are not asked.
    """
    known = Counter({value: rows for value, rows in decided.counts.items() if not spells_missing(value)})
    if len(known) != 2:
        return found
    try:
        counted = counted_of("", Counter(), known)
    except BadOption:
        return found if len(decided.counts) > 2 else _with(found, Findings([*_untold(frame, known)], []))
    outcomes = Outcomes(
        answered=decided.known,
        labelled=frame.truth.known & decided.known,
        selected=decided.where(lambda value: value == counted),
        positive=frame.truth.where(lambda value: value == counted),
        decisions=(),
        scores=(),
        chosen=f"the decision '{counted}'",
        counted=f"the outcome '{counted}'",
        notes=(f"Decisions have two values, so how often groups get {counted!r} is compared as a ratio too.",),
    )
    return _with(found, _findings(frame, outcomes, references, limits, crossed=crossed))


def _with(found: Findings, more: Findings) -> Findings:
    """Both; what the first gives as not asked for, of no group, goes where the second has it."""
    names = {metric.name for metric in more.metrics}
    kept = [metric for metric in found.metrics if metric.by or metric.name not in names]
    return Findings([*kept, *more.metrics], [*found.evidence, *more.evidence], (*found.notes, *more.notes))


def _findings(
    frame: Frame, outcomes: Outcomes, references: Mapping[str, str], limits: Limits, *, crossed: bool
) -> Findings:
    parts = partitions(frame, outcomes, references, limits, crossed=crossed)
    small = small_groups([SELECTION], parts, limits)
    parts = judged_together(parts, small)
    pairs = ratios(parts, limits)
    meaning = Meaning.of(outcomes, parts[0], limits)
    between = [replace(metric, evidence=("ratios",)) for metric in ratio_metrics(pairs, outcomes)]
    metrics = [
        *map(meaning.of_metric, [*between, *small_metrics(small, outcomes, limits)]),
        *of_valueless(parts, (RATIO,)),
        *of_columns(frame, references, limits, (RATIO,), (IMPACT,)),
        *asked.without_crossings(parts, (RATIO,)),
    ]
    return Findings(metrics, [ratio_table(pairs), small_table(small)], outcomes.notes)


def _untold(frame: Frame, values: Sequence[str] | Mapping[str, int]) -> Iterator[Metric]:
    """The ratios of every column, where nothing says which of the two values of decisions is the favourable one."""
    named = " and ".join(repr(value) for value in sorted(values))
    reason = f"decisions are {named}, and nothing says which is the favourable one"
    why = Undefined(f"{NOT_ESTIMABLE}{reason}: name it with --favourable and leave out group_fairness.kind")
    for column in frame.requested:
        for name in (RATIO, IMPACT):
            claim = words.not_measured(f"The {words.title(name)} by {column}", why)
            tags = words.contrast_tags(Part((column,), {}))
            yield Metric(
                name=name,
                estimate=why,
                unit="ratio",
                better="higher",
                claim=claim,
                null=1.0,
                variant={"groups": column},
                evidence=(),
                tags=tags,
                **standing(tags, "higher", part=True),
            )
    if len(frame.requested) == 1:
        yield from asked.without_crossings([], (RATIO,))
