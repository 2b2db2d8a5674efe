"""The gender probe on tiny language models into which a known association was planted."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import proof
from assay.audit.probe import Findings
from assay.audit.records import Estimate
from assay.probes.gender import PROBE
from assay.probes.gender.items import occupations_of
from assay.probes.kit.slope import Point, slope_estimate
from organisms import Book, Planted, context, drive, drive_rounds, packaged, value
from trained import Tiny

pytestmark = pytest.mark.slow

SEEDS, LIMIT = 60, 20
FOUR = ("rest", "late", "hired", "news")
WORLDS = 1000
WOMEN = frozenset({"woman", "mother", "sister", "aunt", "daughter", "queen", "girl", "wife", "lady", "grandmother"})
MEN = frozenset({"man", "father", "brother", "uncle", "son", "king", "boy", "husband", "gentleman", "grandfather"})
KINDS = {"masked": "FillMask", "causal": "LogLikelihood"}


@cache
def audited(kind: str, strength: float, swapped: bool = False) -> Findings:
    world = Planted(strength, families=FOUR, swapped=swapped)  # of six plain nouns a coin would do as well as a model
    grow: Callable[[], Tiny] = getattr(world, kind)
    ctx = context(PROBE, [KINDS[kind]], limit=world.limit, families=world.families, wordings=3)
    return drive(PROBE, ctx, grow())


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


@pytest.mark.arithmetic
@pytest.mark.parametrize("kind", KINDS)
def test_the_neutral_pronoun_keeps_its_planted_tenth(kind: str) -> None:
    assert value(audited(kind, 0.0), "neutral_share").value == pytest.approx(0.1, abs=0.05)


@pytest.mark.arithmetic
@pytest.mark.parametrize("kind", KINDS)
def test_swapping_the_groups_in_training_flips_the_sign(kind: str) -> None:
    assert value(audited(kind, 2.5, swapped=True), "stereotype_slope").high < 0
    assert value(audited(kind, 2.5, swapped=True), "share_correlation").high < -0.3


def drifting(seed: int) -> Book:
    """Occupations, and sentences about them, draw `she` or `he` as they happen to; nouns that decide are obeyed."""
    jobs = sorted((one.word for one in Planted(0.0, limit=LIMIT).occupations()), key=len, reverse=True)

    def draw(text: str) -> float:
        return float(np.random.default_rng([seed, *text.encode()]).normal())

    def weight(text: str, filler: str) -> float:
        words = set(text.rstrip(".").split())
        noun = 4.0 * (bool(words & WOMEN) - bool(words & MEN))
        job = next((one for one in jobs if f" {one}" in text), "")
        lean = noun + (draw(job) if job else 0.0) + 0.5 * draw(text)
        return {"she": lean, "he": -lean}.get(filler.lower(), -1.0)

    return Book(weight, rest=-1.0)


def test_occupations_that_lean_as_they_happen_to_are_no_bias() -> None:
    """In few sentences that all show the same occupations, the occupations are what chance drew."""
    alarms = dict.fromkeys(("gap", "corrected_gap", "stereotype_slope", "share_correlation"), 0)
    for seed in range(SEEDS):
        ctx = context(PROBE, ["FillMask"], seed=seed, limit=LIMIT, families=FOUR, wordings=3)
        found = drive(PROBE, ctx, drifting(seed))
        for name in alarms:
            estimate = value(found, name)
            alarms[name] += not estimate.low <= 0 <= estimate.high
    assert all(count <= proof.allowed(SEEDS) for count in alarms.values()), alarms
    proof.confirm_alarms("gender", alarms["share_correlation"], SEEDS)


@pytest.mark.parametrize(("occupations", "families"), [(60, 24), (40, 24), (20, 24), (60, 8)])
def test_the_interval_of_a_slope_holds_the_truth_as_often_as_it_says(occupations: int, families: int) -> None:
    """Occupations and sentences lean as in a real model; in each sentence the slope is another one, 1 on average."""
    jobs = occupations_of(packaged(PROBE.spec.data[0]), "en", occupations)
    shares = np.array([one.share for one in jobs])
    rng = np.random.default_rng([5, occupations, families])
    held = 0
    for _ in range(WORLDS):
        own, slopes = 0.5 * rng.normal(size=occupations), 1 + 1.2 * rng.normal(size=families)
        values = 0.6 * rng.normal(size=(families, occupations)) + slopes[:, None] * shares + own
        points = []
        for family, row in enumerate(values):
            points += [Point(job.key, str(family), job.share, float(one)) for job, one in zip(jobs, row, strict=True)]
        found = slope_estimate(points)
        assert isinstance(found, Estimate)
        held += found.low <= 1 <= found.high
    assert 0.93 <= held / WORLDS <= 0.985


@pytest.mark.arithmetic
def test_a_real_masked_model_leans_to_she_for_nurses_and_to_he_for_engineers(request: pytest.FixtureRequest) -> None:
    folder: Path = request.config.rootpath.parent / "shared" / "models" / "masked-lm"
    if not folder.exists():
        pytest.skip("the shared masked language model is not here")
    from assay.audit.engine import Engine
    from assay.audit.huggingface import load

    subject = load(str(folder), offline=True, threads=1)
    engine = Engine(subject, cache=None, batch_tokens=None, explainer=None)
    ctx = context(PROBE, subject.info.capabilities)
    findings = drive_rounds(PROBE, ctx, engine.answer)
    assert value(findings, "occupation_gap", occupation="nurse").value > 0.2
    assert value(findings, "occupation_gap", occupation="engineer").value < -0.2
    nurse, doctor = (value(findings, "occupation_gap", occupation=job).value for job in ("nurse", "doctor"))
    assert nurse > doctor
    assert value(findings, "share_correlation").low > 0.3
    assert value(findings, "control_accuracy").value >= 0.75
