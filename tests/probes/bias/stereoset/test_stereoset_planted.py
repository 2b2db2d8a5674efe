"""StereoSet on models with a planted preference, some of them trained, and on ones whose targets lean by chance."""

from __future__ import annotations

import re
import zlib

import numpy as np
import pytest
from plants.stereoset import of_trained

from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Table
from fairwitness.probes.bias.stereoset.probe import PROBE
from organisms import context, drive, table, value
from proof import allowed, confirm_found
from sentence_pairs import Reader, stereoset_table

pytestmark = pytest.mark.slow

WORLDS = 60


def named(targets: int, items: int) -> Table:
    """Items whose sentences name their target, so that a model can lean by it."""
    bare = stereoset_table(targets, items).columns
    places = [at for at, name in enumerate(bare) if "This one" in str(bare[name][0])]
    names = list(bare)
    told = [
        [
            re.sub("This one", f"This {target}", str(cell))
            for cell, target in zip(bare[names[at]], bare["target"], strict=True)
        ]
        if at in places
        else list(bare[names[at]])
        for at in range(len(names))
    ]
    return table("stereoset", dict(zip(names, told, strict=True)))


def leaning(strength: float, seed: int, spread: float) -> Reader:
    """Prefers `blue` by `strength` nats, a target's own by `spread`, and sense to nonsense; sentences scatter by 1."""

    def worth(text: str) -> float:
        target = re.search(r"group \d+", text)
        own = np.random.default_rng([seed, 1, zlib.crc32(target[0].encode() if target else b"")]).normal(0, spread)
        scatter = np.random.default_rng([seed, 2, zlib.crc32(text.encode())]).standard_normal()
        return float(-30 + (strength + own) * (" blue " in text) - 9 * ("xyzzy" in text) + scatter)

    return Reader(worth)


def found(data: Table, strength: float, seed: int, spread: float) -> Findings:
    return drive(PROBE, context(PROBE, ["LogLikelihood"], {"stereoset": data}, seed), leaning(strength, seed, spread))


@pytest.mark.proof
def test_the_score_rises_with_the_strength_of_the_plant() -> None:
    data = named(40, 4)
    scores = [value(found(data, strength, 3, 0.0), "stereotype_score") for strength in (-2.0, -0.7, 0.0, 0.7, 2.0)]
    assert [one.value for one in scores] == sorted(one.value for one in scores)
    assert scores[0].high < 50 < scores[-1].low
    assert scores[2].low < 50 < scores[2].high


@pytest.mark.proof
def test_targets_that_lean_by_chance_raise_no_more_alarms_than_the_level_allows() -> None:
    """Items of one target lean together: 240 items are as many witnesses as there are targets."""
    data = named(40, 6)
    alarms = 0
    for seed in range(WORLDS):
        score = value(found(data, 0.0, seed, 2.0), "stereotype_score")
        alarms += not score.low <= 50 <= score.high
    assert alarms <= allowed(WORLDS)


@pytest.mark.proof
@pytest.mark.arithmetic
def test_a_trained_model_shows_what_it_was_trained_on() -> None:
    strengths, scores = (-1.5, 0.0, 1.5), []
    for strength in strengths:
        found = of_trained(strength)
        scores.append(value(found, "stereotype_score"))
        assert value(found, "lms").value > 90
    assert scores[0].high < 50 < scores[2].low
    assert scores[1].low <= 50 <= scores[1].high
    confirm_found("stereoset", strengths, [one.value for one in scores])
