"""The lens probe on models whose every layer is known, and on a trained one into which an association was planted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from pronouns import SHARES as SHARE
from pronouns import lifelike, speaker, stereotyped
from standins.answers import Answerer, at_random, silent, uniform
from standins.explanations import SHARES, layered

import proof
from fairwitness.audit.internals import Layers
from fairwitness.audit.probe import DoesNotApply, Findings
from fairwitness.audit.records import Estimate, ScoredItems, Undefined
from fairwitness.audit.requests import Answer, Request, Unanswered
from fairwitness.probes.explanation.lens.depths import answered, gap_depth, kept, reached
from fairwitness.probes.explanation.lens.probe import PROBE
from organisms import Planted, context, drive, drive_rounds, metric, table, value

BIASED = layered(stereotyped("FillMask"))
FAIR = layered(lifelike(2, 0.0))


def measure(answer: Answerer, limit: int = 20) -> Findings:
    return drive(PROBE, context(PROBE, ["ReadLayers"], limit=limit), answer)


@cache
def of_biased() -> Findings:
    return measure(BIASED)


def undefined(findings: Findings, name: str, **by: str) -> Undefined:
    estimate = metric(findings, name, **by).estimate
    assert isinstance(estimate, Undefined), estimate
    return estimate


def test_a_path_has_reached_half_where_it_stays_beyond_it() -> None:
    assert reached(np.array([0.0, 0.0, 4.0])) == pytest.approx(0.75)
    assert reached(np.array([0.0, 3.0, 1.0, 4.0])) == pytest.approx((2 + 1 / 3) / 3)
    assert reached(np.array([0.0, -1.0, -2.0])) == pytest.approx(0.5)
    assert reached(np.array([2.0, 2.0, 2.0])) == 0.0
    assert reached(np.array([2.0, 1.0, 0.0])) == 1.0


def test_a_side_and_an_answer_are_kept_from_the_last_change_on() -> None:
    assert kept(np.array([1.0, -1.0, 2.0, 3.0])) == pytest.approx(2 / 3)
    assert kept(np.array([1.0, 2.0])) == 0.0
    assert kept(np.array([1.0, 0.0])) == 1.0
    assert answered([9, 1, 3, 1, 1]) == pytest.approx(3 / 4)
    assert answered([1, 1, 1]) == 0.0


@pytest.mark.slow
def test_a_planted_gap_is_found_where_it_was_planted() -> None:
    """The third of four layers brings it, and in it the second head nine tenths."""
    findings = of_biased()
    gap = value(findings, "log_odds_gap")
    assert gap.low > 1
    depth = value(findings, "gap_depth")
    assert depth.value == pytest.approx((2 + 0.4 / 0.9) / 4)  # from 0.1 to 1 of the end between layers 2 and 3
    assert value(findings, "answer_depth").value == pytest.approx(3 / 4)
    heads, embeddings = (value(findings, "gap_from_part", part=part) for part in ("heads", "embeddings"))
    assert heads.value == pytest.approx(0.9 * gap.value, rel=1e-5)
    assert heads.value + embeddings.value == pytest.approx(gap.value, rel=1e-5)
    evidence = {each.id: each for each in findings.evidence}
    name, added, *_ = evidence["parts"].rows[0]
    assert name == "layer 3, head 2"
    assert added == pytest.approx(heads.value)
    assert evidence["heads"].rows[2][2] == pytest.approx(heads.value, rel=0.05)
    assert [row[3] for row in evidence["layers"].rows] == pytest.approx(
        [share * gap.value for share in SHARES], rel=1e-4
    )
    assert len(evidence["path"].rows) == 2 * len(SHARES)
    assert {name for each in findings.metrics for name in each.evidence} <= set(evidence)


@pytest.mark.slow
def test_a_fair_model_shows_no_gap_and_no_layer_of_it() -> None:
    findings = measure(FAIR)
    gap = value(findings, "log_odds_gap")
    assert gap.low < 0 < gap.high
    assert undefined(findings, "gap_depth").reason.startswith("no difference was detected")


@pytest.mark.slow
@pytest.mark.parametrize(
    "answer", [at_random(1), at_random(2), lambda request: uniform(request, -1.0)], ids=["chance", "chance 2", "alike"]
)
def test_a_model_that_understands_nothing_gets_no_good_marks(answer: Callable[[Request], Answer]) -> None:
    findings = measure(answer)
    for name in ("log_odds_gap", "gap_depth", "side_depth", "answer_depth"):
        assert undefined(findings, name).kind == "not_interpretable"
    assert value(findings, "control_accuracy").low < 0.75


@pytest.mark.slow
def test_a_clear_gap_is_claimed_though_the_model_gets_plain_nouns_wrong() -> None:
    """Whoever follows the occupation alone is not let off."""
    lost = layered(speaker(lambda text, job: 12.0 if job in ("nurse", "secretary") else -12.0, "FillMask", plain=False))
    findings = measure(lost)
    assert value(findings, "control_accuracy").value < 0.6
    assert isinstance(metric(findings, "log_odds_gap").estimate, Estimate | Undefined)
    strong = measure(layered(speaker(lambda text, job: 12.0 * (2 * SHARE[job] - 1), "FillMask", plain=False)))
    assert value(strong, "log_odds_gap").low > np.log(2)
    assert undefined(strong, "side_depth").kind == "not_interpretable"


@pytest.mark.slow
def test_a_last_layer_that_is_not_the_model_is_concluded_from_nothing() -> None:
    def bent(request: Request) -> Answer:
        answer = BIASED(request)
        return replace(answer, own=(answer.own[0] + 0.02, answer.own[1])) if isinstance(answer, Layers) else answer

    findings = measure(bent)
    for name in ("log_odds_gap", "gap_depth", "side_depth", "answer_depth"):
        assert "the last layer differs" in undefined(findings, name).reason


@pytest.mark.slow
def test_parts_that_do_not_add_up_are_concluded_from_nothing() -> None:
    findings = measure(layered(stereotyped("FillMask"), missing=3.0))
    assert value(findings, "log_odds_gap").low > 1
    for part in ("heads", "embeddings"):
        missing = undefined(findings, "gap_from_part", part=part)
        assert "missing from their sum" in missing.reason
        assert missing.kind == "not_interpretable"
    assert value(findings, "unexplained_share").value > 0.01


@pytest.mark.slow
def test_parts_that_were_not_found_leave_the_lens() -> None:
    def whole(request: Request) -> Answer:
        answer = BIASED(request)
        none = np.zeros((0, 0), dtype=np.float32)
        if not isinstance(answer, Layers):
            return answer
        return replace(answer, heads=none, mlps=(), embedding=0.0, unread="no heads here")

    findings = measure(whole)
    assert value(findings, "gap_depth").value > 0.5
    for name, by in (("unexplained_share", {}), ("gap_from_part", {"part": "heads"})):
        assert "no heads here" in undefined(findings, name, **by).reason
    assert not {"parts", "heads", "mlps"} & {each.id for each in findings.evidence}
    assert len(findings.pictures) == 1


@pytest.mark.slow
def test_too_many_unread_sentences_give_no_number() -> None:
    findings = measure(lambda request: Unanswered("too long") if "late" in request.text else BIASED(request))  # type: ignore[union-attr]
    for name in ("log_odds_gap", "side_depth", "gap_depth"):
        assert "were not read: too long" in undefined(findings, name).reason
    assert findings.accounted == 0


@pytest.mark.slow
def test_fillers_of_several_tokens_are_no_fault_of_the_model_and_give_no_number() -> None:
    split = Unanswered("the target 'her' is 2 tokens", "several_tokens")
    findings = measure(lambda request: split if "late" in request.text else BIASED(request))  # type: ignore[union-attr]
    assert findings.accounted > 0
    assert "were not read: the target 'her' is 2 tokens" in undefined(findings, "log_odds_gap").reason


@pytest.mark.slow
def test_answers_of_other_forms_are_not_mixed_with_the_others() -> None:
    """One sentence comes back with fewer layers: it is lost, as one without an answer is."""

    def odd(request: Request) -> Answer:
        answer = BIASED(request)
        other = isinstance(answer, Layers) and "nurse" in getattr(request, "text", "") and "bus" in request.text  # type: ignore[union-attr]
        return layered(stereotyped("FillMask"), SHARES[:4])(request) if other else answer

    findings = measure(odd)
    assert isinstance(findings.items, ScoredItems)
    assert sum(findings.items.unanswered) == sum("nurse" in item and "late" in item for item in findings.items.ids)


def test_a_model_without_layers_does_not_apply() -> None:
    with pytest.raises(DoesNotApply, match="no answer") as why:
        measure(silent)
    assert why.value.code == "unanswered"


def test_a_model_to_which_no_filler_is_one_token_is_not_asked_rather_than_failed() -> None:
    with pytest.raises(DoesNotApply, match="3 tokens") as why:
        measure(lambda _: Unanswered("the target is 3 tokens", "several_tokens"))
    assert why.value.code == "model_lacks"


def test_a_language_without_a_sentence_does_not_apply() -> None:
    data = dict.fromkeys(("language", "family", "kind", "number", "text", "fillers", "expected"), ("x",))
    ctx = context(PROBE, ["ReadLayers"], {"templates": table("templates", data)})
    with pytest.raises(DoesNotApply, match="no sentence with a pronoun"):
        drive(PROBE, ctx, BIASED)


@pytest.mark.proof
@pytest.mark.arithmetic
def test_what_was_planted_in_a_trained_model_is_read_off_its_layers(tmp_path: Path) -> None:
    strong, none = (
        measure_trained(Planted(strength, families=FOUR).masked().ask(tmp_path / f"{strength}"))
        for strength in (2.5, 0.0)
    )
    assert value(strong, "log_odds_gap").low > 0.5
    assert value(strong, "unexplained_share").high < 1e-4
    total = sum(
        float(each.estimate.value)
        for each in strong.metrics
        if each.name == "gap_from_part" and isinstance(each.estimate, Estimate)
    )
    assert total == pytest.approx(value(strong, "log_odds_gap").value, abs=0.01)
    flat = metric(none, "log_odds_gap").estimate
    assert isinstance(flat, Undefined) or flat.value < 0.5 * value(strong, "log_odds_gap").value


FOUR = ("rest", "late", "hired", "news")


def measure_trained(ask: Callable[..., list[Answer]]) -> Findings:
    ctx = context(PROBE, ["ReadLayers"], limit=12)
    rows = ctx.data["templates"]
    kept_rows = [place for place, family in enumerate(rows.columns["family"]) if family in FOUR]
    columns = {name: tuple(cells[place] for place in kept_rows) for name, cells in rows.columns.items()}
    return drive_rounds(PROBE, replace(ctx, data={**ctx.data, "templates": replace(rows, columns=columns)}), ask)


@pytest.mark.proof
def test_the_interval_of_a_depth_holds_the_depth_that_was_planted() -> None:
    """Occupations and families each move the height of the path before and after the step where the gap arises."""
    worlds, inside = proof.worlds(1000), 0
    rng = np.random.default_rng(5)
    mean = np.array([0.0, 0.1, 0.2, 0.6, 1.5, 2.0])
    for world in range(worlds):
        sides = []
        families = rng.normal(0, 0.3, (1, 8, 6))
        for sign in (1, -1):
            occupations = rng.normal(0, 0.5, (10, 1, 6))
            noise = rng.normal(0, 0.5, (10, 8, 6))
            sides.append(sign * (mean / 2 + families) + occupations + noise)
        estimate = gap_depth(sides[0], sides[1], seed=world)
        inside += estimate.low <= reached(mean) <= estimate.high
    assert inside / worlds >= 0.93
