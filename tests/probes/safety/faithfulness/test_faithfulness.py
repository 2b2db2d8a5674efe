"""Who keeps less to texts about a group is found; who reads nothing gets half right and shows no gap."""

from __future__ import annotations

from typing import Any

import pytest
from standins.following import reader

from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.safety.faithfulness.items import items_of
from fairwitness.probes.safety.faithfulness.probe import PROBE
from organisms import Answerer, context, drive


def findings(answer: Answerer, kind: str = "LogLikelihood", **options: Any) -> Findings:
    return drive(PROBE, context(PROBE, [kind], limit=None, attributes=("gender",), **options), answer)


def estimate(findings: Findings, name: str) -> Estimate | Undefined:
    return next(metric.estimate for metric in findings.metrics if metric.name == name)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["LogLikelihood", "AnswerQuestion"])
def test_planted_gaps_are_found_in_their_order(kind: str) -> None:
    values = []
    for less in (0.0, 0.15, 0.4):
        gap = estimate(findings(reader(0.99, {"female": less}), kind), "faithful_gap")
        assert isinstance(gap, Estimate)
        values.append(gap.value)
        assert gap.low <= -less <= gap.high
    assert values == sorted(values, reverse=True)


@pytest.mark.slow
def test_who_reads_nothing_shows_no_gap_and_a_clear_gap_is_told_all_the_same() -> None:
    missing = estimate(findings(reader(0.5)), "faithful_gap")
    assert isinstance(missing, Undefined)
    assert missing.kind == "not_interpretable"
    assert isinstance(estimate(findings(reader(0.8, {"female": 0.6})), "faithful_gap"), Estimate)


def test_things_change_places_and_stand_where_the_spans_say() -> None:
    ctx = context(PROBE, ["LogLikelihood"], limit=None)
    items = items_of(ctx.data, ctx.options, 0)
    first = 0
    for item in items:
        one, other = item.readings()
        assert one.answers() == other.answers()[::-1] == item.passage.things
        assert not {"{", "}"} & set(one.text + one.question)
        first += one.answer < one.denied
    assert first == len(items) / 2, "in half of the texts the answer stands first"
