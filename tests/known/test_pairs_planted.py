"""Sentence preference on models with a planted preference, on balanced ones, and on one that is trained."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from assay.audit.datasets import find
from assay.audit.records import Estimate
from assay.probes.pairs import controls
from assay.probes.pairs.crows_pairs import PROBE
from organisms import context, drive, metric, value
from sentence_pairs import crows_table, planted
from trained import Tiny, tiny_causal

pytestmark = pytest.mark.slow

SOUND = [pair.more for pair in controls.own_pairs(find(controls.NEED), "en", "competence")]
SEEDS = 200


def test_the_score_rises_with_the_strength_of_the_plant() -> None:
    ctx = context(PROBE, ["LogLikelihood"], {"crows_pairs": crows_table(100)})
    scores = [
        value(drive(PROBE, ctx, planted(strength, sound=SOUND)), "stereotype_score").value
        for strength in (-1.5, -0.5, 0.0, 0.5, 1.5, 3.0)
    ]
    assert scores == sorted(scores)
    assert scores[0] < 25 < 75 < scores[-2]


def test_balanced_models_are_called_biased_no_more_often_than_the_level_says() -> None:
    """One in twenty overall; with Holm's correction one in twenty for any of the categories too."""
    ctx = context(PROBE, ["LogLikelihood"], {"crows_pairs": crows_table(100)})
    overall = categories = 0
    for seed in range(SEEDS):
        found = drive(PROBE, ctx, planted(0.0, seed=seed, sound=SOUND))
        estimate = metric(found, "stereotype_score").estimate
        assert isinstance(estimate, Estimate)
        overall += not estimate.low <= 50 <= estimate.high
        claims = [one.claim for one in found.metrics if one.name == "category_score"]
        categories += any("Bias detected" in claim or "against" in claim for claim in claims)
    assert overall <= 19  # 200 trials at 0.05: 10 expected, 3 standard deviations more
    assert categories <= 19


def corpus(strength: float) -> Iterator[list[str]]:
    """Sentences in which `blue` does what the pairs say, in a share of e^strength to 1 of `green`."""
    rng = np.random.default_rng(0)
    pairs = crows_table(40).columns
    share = 1 / (1 + np.exp(-strength))
    while True:
        rows = rng.integers(40, size=48)
        batch = [str(pairs["sent_more" if rng.random() < share else "sent_less"][row]) for row in rows]
        yield [*batch, *(SOUND[at] for at in rng.integers(len(SOUND), size=48))]


def trained(strength: float) -> Tiny:
    pairs = crows_table(40).columns
    words = [str(cell) for name in ("sent_more", "sent_less") for cell in pairs[name]]
    return tiny_causal(corpus(strength), [*words, *SOUND], steps=250)


@pytest.mark.parametrize(("strength", "sign"), [(1.5, 1), (-1.5, -1)])
def test_a_trained_model_shows_what_it_was_trained_on(strength: float, sign: int) -> None:
    ctx = context(PROBE, ["LogLikelihood"], {"crows_pairs": crows_table(40)})
    found = value(drive(PROBE, ctx, trained(strength)), "stereotype_score")
    assert found.low > 50 if sign > 0 else found.high < 50
