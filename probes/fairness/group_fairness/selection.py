"""Ratios of selection rates beside classes or numbers: what the two values of decisions are judged by all the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from fairwitness.audit.errors import BadOption
from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Metric, quoted
from fairwitness.probes.fairness.group_fairness import unmeasured
from fairwitness.probes.fairness.group_fairness.meaning import Meaning
from fairwitness.probes.fairness.group_fairness.measures import WORDS
from fairwitness.probes.fairness.group_fairness.options import GroupFairnessOptions
from fairwitness.probes.fairness.group_fairness.ratios import IMPACT, RATIO, SELECTION, ratio_table, ratios
from fairwitness.probes.fairness.group_fairness.small import judged_together, small_groups, small_table
from fairwitness.probes.kit.decisions.categorical import Categorical
from fairwitness.probes.kit.decisions.counted import counted_of
from fairwitness.probes.kit.decisions.outcomes import Outcomes
from fairwitness.probes.kit.decisions.partition import Partition
from fairwitness.probes.kit.decisions.partitions import partitions
from fairwitness.probes.kit.decisions.spelling import spells_missing
from fairwitness.probes.kit.decisions.table import DecisionTable


def selection_beside(
    table: DecisionTable, decided: Categorical, references: Mapping[str, str], options: GroupFairnessOptions
) -> Findings:
    """The selection ratios where decisions have two values, whatever else they are measured as.

    Labels of other values, or a kind that was named, make no other decision of a yes or no. Values that spell "missing"
    are no third value. Where nothing says which of two values is the favourable one the ratios are not estimable; where
    a value that spells "missing" is decided too, it may be a class, and they are not asked.
    """
    values = Counter({value: rows for value, rows in decided.counts.items() if not spells_missing(value)})
    if len(values) != 2:
        return Findings(metrics=[])
    try:
        counted = counted_of("", Counter(), values)
    except BadOption:
        return Findings(metrics=[] if len(decided.counts) > 2 else [*_unnamed(table, values)])
    outcomes = Outcomes(
        answered=decided.known,
        labelled=table.truth.known & decided.known,
        selected=decided.where(lambda value: value == counted),
        positive=table.truth.where(lambda value: value == counted),
        said=table.naming.outcome(counted),
        counted=f"the outcome '{counted}'",
    )
    limits, crossed = options.limits, options.intersections
    parts = partitions(table, outcomes, references, limits, crossed=crossed)
    small = small_groups([SELECTION], parts)
    parts = judged_together(parts, small)
    ratio_results = ratios(parts)
    between = [
        replace(metric, evidence=("ratios",)) for ratio in ratio_results for metric in ratio.metrics(outcomes.said)
    ]
    between += [metric for each in small for metric in each.metrics(outcomes)]
    metrics = [
        *map(Meaning.of(outcomes, parts[0]).of_metric, between),
        *unmeasured.of_valueless(parts, [RATIO.name]),
        *unmeasured.of_columns(table, references, limits, [RATIO.name], [IMPACT.name]),
        *unmeasured.without_crossings(parts, [RATIO.name]),
    ]
    note = WORDS("note.two_values", counted=quoted(counted))
    return Findings(metrics=metrics, evidence=[ratio_table(ratio_results), small_table(small)], notes=[note])


def merged(findings: Findings, more: Findings) -> Findings:
    """Both; what the first gives as not asked for, of no group, goes where the second has it."""
    names = {metric.name for metric in more.metrics}
    kept = [metric for metric in findings.metrics if metric.by or metric.variant or metric.name not in names]
    return replace(
        findings,
        metrics=[*kept, *more.metrics],
        evidence=[*findings.evidence, *more.evidence],
        notes=[*findings.notes, *more.notes],
    )


def _unnamed(table: DecisionTable, values: Sequence[str] | Mapping[str, int]) -> Iterator[Metric]:
    """The ratios of every column, where nothing says which of the two values of decisions is the favourable one."""
    why = WORDS.undefined("reason.unnamed_outcome", "ambiguous", values=" and ".join(map(repr, sorted(values))))
    for column in table.requested:
        part = Partition(columns=(column,), groups={})
        for measure in (RATIO, IMPACT):
            named = replace(measure, title=measure.name, sentence="column", about="column", tags=(), evidence=())
            yield named.of(part, why)
    if len(table.requested) == 1:
        yield from unmeasured.without_crossings([], [RATIO.name])
