"""Texts that a classifier cannot read: the tables are drawn of the others, and ratios say where they could lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from bad_input import Model

from fairwitness.audit import policy, runner
from fairwitness.audit.engine import Engine
from fairwitness.audit.records import Cell, Estimate, Failed, Measured, Metric, ProbeResult, Undefined
from fairwitness.audit.requests import Answer, Classify, ClassScores, Prediction, Request, Unanswered
from fairwitness.audit.runner.data_binding import BoundData
from fairwitness.probes.fairness.ll144 import PROBE
from organisms import context, drive, table

PERSONS = 400
WHY = "the text has 40 tokens and the model reads at most 20"


def chosen(at: int) -> bool:
    """Nine of ten men and nine of ten women."""
    return at // 2 % 10 > 0


def reads(request: Request) -> Answer:
    assert isinstance(request, Classify)
    words = request.text.split()
    if len(words) > 20:
        return Unanswered(WHY, "long_text")
    return ClassScores(("LABEL_0", "LABEL_1"), (0.0, 4.0) if chosen(int(words[-1])) else (4.0, 0.0))


def asked(long: Sequence[int], **options: Any) -> ProbeResult:
    """Men and women in turn, the texts of these persons longer than the model reads."""
    texts: list[Cell] = [f"{'word ' * 39 * (at in long)}{at}" for at in range(PERSONS)]
    sexes: list[Cell] = ["female" if at % 2 else "male" for at in range(PERSONS)]
    data = table("table", {"text": texts, "sex": sexes})
    named = {"groups": ("sex",), "text": "text", "favourable": "LABEL_1", **options}
    ctx = context(PROBE, ("Classify",), {"table": data}, **named)
    model = Model(reads, ("Classify",))
    supplied = {PROBE.spec.name: BoundData(ctx.data)}
    audit = runner.run([(PROBE, ctx.options)], Engine(model), model.info, supplied, {}, *policy.load(None))
    return audit.results[0]


def of(metrics: Sequence[Metric], name: str, **by: str) -> Estimate | Undefined:
    [found] = [one.estimate for one in metrics if one.name == name and dict(one.by) == by]
    return found


def test_are_named_and_the_others_are_measured() -> None:
    result = asked(range(1, 80, 2))
    assert isinstance(result, Measured), result
    assert (result.requests, result.unanswered) == (PERSONS, 40)
    [note] = [one for one in result.notes if "left out" in one]
    assert note.startswith("40 of 400 rows were left out (number 2, 4, 6")
    assert "shorten it or split it" in note
    [lost] = [one for one in result.evidence if one.id == "left_out"]
    assert [row[0] for row in lost.rows] == list(range(2, 81, 2))
    rate = of(result.metrics, "selection_rate", sex="Female")
    assert isinstance(rate, Estimate)
    assert (rate.value, rate.n) == (0.9, 160)
    assert rate.if_answered == pytest.approx((144 / 200, 184 / 200))


def test_could_have_brought_a_ratio_under_four_fifths() -> None:
    """Nine of ten are chosen of either sex; the 50 of 200 women who were not read could all be refused."""
    result = asked(range(3, 103, 2))
    assert isinstance(result, Measured), result
    [ratio] = [one.estimate for one in result.metrics if one.name == "impact_ratio"]
    assert isinstance(ratio, Estimate)
    assert ratio.value == pytest.approx(1.0)
    assert ratio.if_answered == pytest.approx((135 / 200 / 0.9, 1.0))
    whole = asked([])
    assert isinstance(whole, Measured)
    assert all(one.estimate.if_answered is None for one in whole.metrics if isinstance(one.estimate, Estimate))


def test_that_are_too_many_fail_the_probe_with_a_remedy() -> None:
    failed = asked(range(100))
    assert isinstance(failed, Failed)
    assert failed.reason.startswith("too many unanswered: 100 of 400")
    assert "shorten it or split it" in failed.reason


def categories(hits: Sequence[int], persons: Sequence[int], unassessed: Sequence[int], **options: Any) -> list[Metric]:
    """The metrics of decisions about so many persons of three categories, of whom some have none."""
    races = ("Asian", "White", "Hispanic or Latino")
    rows = [
        (race, None if at >= n else float(at < k))
        for race, k, n, u in zip(races, hits, persons, unassessed, strict=True)
        for at in range(n + u)
    ]
    answers: list[Answer] = [Unanswered("no") if one is None else Prediction(str(int(one)), one) for _, one in rows]
    ctx = context(PROBE, ("Predict",), {"table": table("table", {"race": [race for race, _ in rows]})}, **options)
    told = iter(answers)
    return list(drive(PROBE, ctx, lambda _: next(told)).metrics)


def test_a_category_of_which_nobody_was_read_is_not_measured_and_could_be_the_highest() -> None:
    metrics = categories((50, 45, 0), (100, 100, 0), (0, 0, 40), race="race", favourable="1")
    for name in ("impact_ratio", "selection_rate"):
        silent = of(metrics, name, race="Hispanic or Latino")
        assert isinstance(silent, Undefined)
        assert silent.reason == "not estimable: none of the 40 persons in Hispanic or Latino got a decision"
    ratio = of(metrics, "impact_ratio", race="White")
    assert isinstance(ratio, Estimate)
    assert ratio.value == pytest.approx(0.9)
    assert ratio.if_answered == pytest.approx((0.45, 0.9))


def test_the_highest_of_two_could_have_come_last() -> None:
    metrics = categories((90, 85, 0), (100, 100, 0), (100, 0, 0), race="race", favourable="1")
    ratio = of(metrics, "impact_ratio", race="White")
    assert isinstance(ratio, Estimate)
    assert ratio.if_answered == pytest.approx((0.45 / 0.85, 1.0))


def test_scores_that_are_missing_move_the_median() -> None:
    """Scores 0 and 1: with 60 scores more the median of 200 is 0, 1 or beyond, so anybody could be above it or not."""
    metrics = categories((50, 50, 0), (100, 100, 0), (30, 30, 0), race="race", rates="scoring")
    rate = of(metrics, "scoring_rate", race="White")
    assert isinstance(rate, Estimate)
    assert rate.if_answered == pytest.approx((0.0, 80 / 130))
