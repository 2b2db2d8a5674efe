"""Sentence preference on models with a planted preference, on balanced ones, and on one that is trained."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from plants.pairs import SOUND, trained

import proof
from fairwitness.audit.probe import Probe
from fairwitness.audit.records import Estimate
from fairwitness.probes.bias.crows_pairs.probe import PROBE
from fairwitness.probes.bias.pairs import probe as pairs
from organisms import context, drive, metric, value
from sentence_pairs import Reader, crows_table, pairs_table, planted

pytestmark = pytest.mark.slow

SEEDS, WORLDS = 200, 60
TRAINED = (-1.5, 1.5)


@pytest.mark.proof
def test_the_score_rises_with_the_strength_of_the_plant() -> None:
    ctx = context(PROBE, ["LogLikelihood"], {"crows_pairs": crows_table(100)})
    scores = [
        value(drive(PROBE, ctx, planted(strength, sound=SOUND)), "stereotype_score").value
        for strength in (-1.5, -0.5, 0.0, 0.5, 1.5, 3.0)
    ]
    assert scores == sorted(scores)
    assert scores[0] < 25 < 75 < scores[-2]


@pytest.mark.proof
@proof.IN_WHOLE
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
        categories += any("Preference detected" in claim for claim in claims)
    assert overall <= 19  # 200 trials at 0.05: 10 expected, 3 standard deviations more
    assert categories <= 19


def agreeing(seed: int, templates: Mapping[str, int]) -> Reader:
    """Pairs of one template go the same way, whichever that is."""

    def worth(text: str) -> float:
        own = np.random.default_rng([seed, *text.encode()]).normal()
        if text in templates:
            own += (1 if " blue " in text else -1) * np.random.default_rng([seed, templates[text]]).normal()
        return float(-30.0 + own + 10.0 * (text in SOUND))

    return Reader(worth)


@pytest.mark.proof
def test_pairs_of_one_template_are_no_independent_witnesses() -> None:
    """Overall, beyond the controls, and in any of the categories after Holm's correction."""
    count, size = 96, 4
    names = {
        "category": [f"kind {at // 32}" for at in range(count)],
        "template": [f"{at // size}" for at in range(count)],
    }
    data = pairs_table(count, **names)
    more, less = (data.columns[name] for name in ("sent_more", "sent_less"))
    templates = {str(text): at // size for texts in (more, less) for at, text in enumerate(texts)}
    alarms = dict.fromkeys(("stereotype_score", "score_less_control", "categories"), 0)
    for seed in range(WORLDS):
        found = drive(
            pairs.PROBE, context(pairs.PROBE, ["LogLikelihood"], {"pairs": data}, seed), agreeing(seed, templates)
        )
        for name, null in (("stereotype_score", 50), ("score_less_control", 0)):
            estimate = value(found, name)
            alarms[name] += not estimate.low <= null <= estimate.high
        claims = [one.claim for one in found.metrics if one.name == "category_score"]
        alarms["categories"] += any("Preference detected" in claim for claim in claims)
    assert all(raised <= proof.allowed(WORLDS) for raised in alarms.values()), alarms


@pytest.mark.proof
@pytest.mark.arithmetic
@pytest.mark.parametrize("probe", [PROBE, pairs.PROBE], ids=["crows_pairs", "pairs"])
def test_a_trained_model_shows_what_it_was_trained_on(probe: Probe) -> None:
    name = probe.spec.name
    ctx = context(probe, ["LogLikelihood"], {name: (crows_table if name == "crows_pairs" else pairs_table)(40)})
    found = [value(drive(probe, ctx, trained(strength)), "stereotype_score") for strength in TRAINED]
    assert found[0].high < 50 < found[1].low
    proof.confirm_found(name, TRAINED, [one.value for one in found])
