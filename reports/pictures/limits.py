"""The limit of a metric of groups: that of its own rule, or of the rule on its comparison with a group of reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fairwitness.audit.records import Estimate, Measured, Metric, Verdict
from fairwitness.reports.labels import Labels
from fairwitness.reports.rules import condition, limits, worst
from fairwitness.reports.scorecard import Judgements
from fairwitness.reports.svg import Limit
from fairwitness.reports.text import line


@dataclass(frozen=True, slots=True)
class Compared:
    """By row, which values break a rule and what the rule came to; `reference` is the value of the group `of`."""

    limits: Mapping[str, Limit] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=dict)
    of: str = ""
    reference: float | None = None
    rule: str = ""
    bound: str = ""


def compared(result: Measured, judgements: Judgements, members: Mapping[str, Metric], other: str) -> Compared:
    """What the rules say of these metrics by row, or, where `other` is named, of the metrics of that name."""
    if not other:
        verdicts = {row: judgements.of(result.probe.name, metric) for row, metric in members.items()}
        return _judged({row: (some, members[row].null) for row, some in verdicts.items() if some})
    keys = {tuple(sorted(metric.by.items())): row for row, metric in members.items()}
    comparisons = {
        row: metric
        for metric in result.metrics
        if metric.name == other and not metric.variant and (row := keys.get(tuple(sorted(metric.by.items()))))
    }
    named = {Labels.of(metric).against for metric in comparisons.values()} - {None}
    of = named.pop() or "" if len(named) == 1 else ""
    base = members[of].estimate if of in members else None
    verdicts = {row: judgements.of(result.probe.name, metric) for row, metric in comparisons.items()}
    if not isinstance(base, Estimate):
        return Compared(outcomes=_outcomes({row: some for row, some in verdicts.items() if some}))
    made = {}
    share = all(metric.unit == "share" for metric in members.values())
    for row, metric in comparisons.items():
        moved = _moved(limits(verdicts[row], metric.null), base.value, metric)
        made[row] = _possible(moved) if share else moved
    rule, bound = _rule([(some, comparisons[row].null) for row, some in verdicts.items() if some])
    return Compared(
        limits=made,
        outcomes=_outcomes({row: some for row, some in verdicts.items() if some}),
        of=of,
        reference=base.value,
        rule=rule,
        bound=bound,
    )


def _judged(rows: Mapping[str, tuple[list[Verdict], float | None]]) -> Compared:
    rule, bound = _rule(list(rows.values()))
    return Compared(
        limits={row: limits(verdicts, null) for row, (verdicts, null) in rows.items()},
        outcomes=_outcomes({row: verdicts for row, (verdicts, _) in rows.items()}),
        rule="own" if rule else "",
        bound=bound,
    )


def _outcomes(rows: Mapping[str, list[Verdict]]) -> dict[str, str]:
    leading = {row: worst(verdicts) for row, verdicts in rows.items()}
    return {row: verdict.outcome for row, verdict in leading.items() if verdict is not None}


def _rule(rows: list[tuple[list[Verdict], float | None]]) -> tuple[str, str]:
    """The key of the words for a limit, and the limit; empty where the rows have several or none."""
    bounds = dict.fromkeys(
        (null == 1.0, line(condition(verdict, null)))
        for verdicts, null in rows
        for verdict in verdicts
        if verdict.threshold is not None
    )
    if len(bounds) != 1:
        return "", ""
    [(factor, bound)] = bounds
    return "ratio" if factor else "difference", bound


def _moved(limit: Limit, base: float, metric: Metric) -> Limit:
    """A limit on a ratio or a difference as a limit on the value itself, beside the value of the reference.

    A ratio that is best at no difference and better the higher is that of the lower value over the higher: a value
    above the reference breaks its limit too.
    """
    factor = metric.null == 1.0
    if factor and metric.better == "higher":
        least = limit.bad_to
        return Limit() if least is None else Limit(bad_from=base / least if least > 0 else None, bad_to=base * least)

    def move(mark: float | None) -> float | None:
        return None if mark is None else mark * base if factor else mark + base

    return Limit(bad_from=move(limit.bad_from), bad_to=move(limit.bad_to))


def _possible(limit: Limit) -> Limit:
    """The limit without a side that no share can be on."""
    low = limit.bad_to if limit.bad_to is None or limit.bad_to >= 0 else None
    high = limit.bad_from if limit.bad_from is None or limit.bad_from <= 1 else None
    return Limit(bad_from=high, bad_to=low)
