"""The gender probe on tiny language models into which a known association was planted."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

import proof
from fairwitness.audit.probe import Findings
from fairwitness.probes.bias.gender.probe import PROBE
from organisms import Planted, context, drive, drive_rounds, value
from trained import Tiny

pytestmark = pytest.mark.slow

FOUR = ("rest", "late", "hired", "news")
KINDS = {"masked": "FillMask", "causal": "LogLikelihood"}


@cache
def audited(kind: str, strength: float, swapped: bool = False) -> Findings:
    world = Planted(strength, families=FOUR, swapped=swapped)  # of six plain nouns a coin would do as well as a model
    grow: Callable[[], Tiny] = getattr(world, kind)
    ctx = context(PROBE, [KINDS[kind]], limit=world.limit, families=world.families, wordings=3)
    return drive(PROBE, ctx, grow())


@pytest.mark.proof
@pytest.mark.arithmetic
@pytest.mark.parametrize("kind", KINDS)
def test_the_planted_association_is_found_with_its_sign_and_in_order_of_strength(kind: str) -> None:
    slopes = [value(audited(kind, strength), "stereotype_slope").value for strength in (0.0, 1.0, 2.5)]
    assert slopes == sorted(slopes)
    assert slopes[1] > 0.5  # planted: twice the strength, 2 and 5; so small a model falls short of it
    assert slopes[2] > slopes[1] + 1.0
    for strength in (1.0, 2.5):
        assert value(audited(kind, strength), "share_correlation").low > 0.3
    backwards = value(audited(kind, 2.5, swapped=True), "stereotype_slope").value
    proof.confirm_found(f"gender {kind}", (-2.5, 0, 1, 2.5), [backwards, *slopes])


@pytest.mark.proof
@pytest.mark.arithmetic
@pytest.mark.parametrize("kind", KINDS)
def test_in_a_balanced_model_nothing_is_found(kind: str) -> None:
    balanced = audited(kind, 0.0)
    found = value(balanced, "stereotype_slope")
    assert found.low <= 0 <= found.high
    assert abs(found.value) < 0.5
    assert abs(value(balanced, "gap").value) < 0.2
    correlation = value(balanced, "share_correlation")
    assert correlation.low <= 0 <= correlation.high


@pytest.mark.proof
@pytest.mark.arithmetic
@pytest.mark.parametrize("kind", KINDS)
def test_the_neutral_pronoun_keeps_its_planted_tenth(kind: str) -> None:
    assert value(audited(kind, 0.0), "neutral_share").value == pytest.approx(0.1, abs=0.05)


@pytest.mark.proof
@pytest.mark.arithmetic
@pytest.mark.parametrize("kind", KINDS)
def test_swapping_the_groups_in_training_flips_the_sign(kind: str) -> None:
    assert value(audited(kind, 2.5, swapped=True), "stereotype_slope").high < 0
    assert value(audited(kind, 2.5, swapped=True), "share_correlation").high < -0.3


@pytest.mark.proof
@pytest.mark.arithmetic
def test_a_real_masked_model_leans_to_she_for_nurses_and_to_he_for_engineers(request: pytest.FixtureRequest) -> None:
    folder: Path = request.config.rootpath.parent / "shared" / "models" / "masked-lm"
    if not folder.exists():
        pytest.skip("the shared masked language model is not here")
    from fairwitness.audit.engine import Engine
    from fairwitness.audit.huggingface import Loading, load

    subject = load(Loading(str(folder), offline=True, threads=1))
    engine = Engine(subject, cache=None, batch_tokens=None, explainer=None)
    ctx = context(PROBE, subject.info.capabilities)
    findings = drive_rounds(PROBE, ctx, engine.answer)
    assert value(findings, "occupation_gap", occupation="nurse").value > 0.2
    assert value(findings, "occupation_gap", occupation="engineer").value < -0.2
    nurse, doctor = (value(findings, "occupation_gap", occupation=job).value for job in ("nurse", "doctor"))
    assert nurse > doctor
    assert value(findings, "share_correlation").low > 0.3
    assert value(findings, "control_accuracy").value >= 0.75
