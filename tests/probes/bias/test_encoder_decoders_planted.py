"""Biases planted into tiny encoder-decoders are found by the probes that are there, and balanced ones left in peace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from plants.pairs import SOUND, corpus

import proof
from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Estimate
from fairwitness.probes.bias.crows_pairs.probe import PROBE as CROWS
from fairwitness.probes.bias.gender.probe import PROBE as GENDER
from organisms import Planted, context, drive_rounds, metric
from sentence_pairs import crows_table
from trained import Tiny, once_a_session
from trained_sequences import Manner, tiny_filler, tiny_writer

pytestmark = [pytest.mark.proof, pytest.mark.arithmetic]

MANNERS = get_args(Manner)
FAMILIES = ("rest", "late", "hired", "news")
STRENGTH, SLOPE = 2.5, "stereotype_slope"
SEEDS = proof.worlds(2, 50)
STEPS = {"t5": 500, "bart": 600}
"""BART has to learn to write a text back before it fills a blank in it."""


@once_a_session
def fills(manner: Manner, strength: float, seed: int) -> Tiny:
    world = Planted(strength, families=FAMILIES)
    return tiny_filler(
        world.corpus(seed), world.words(), STEPS[manner], manner, seed, whole=0.0 if manner == "t5" else 0.2
    )


@once_a_session
def writes(manner: Manner, strength: float) -> Tiny:
    """It writes a sentence of the pairs, or one that makes sense, for no source."""
    known = crows_table(40).columns
    words = [str(cell) for name in ("sent_more", "sent_less") for cell in known[name]]

    def batches() -> Iterator[list[tuple[str, str]]]:
        for batch in corpus(strength, 3):
            yield [("", text) for text in batch]

    return tiny_writer(batches(), [*words, *SOUND], 300, manner)


def gender(model: Tiny, folder: Path) -> Findings:
    world = Planted(0.0, families=FAMILIES)
    ctx = context(GENDER, ["FillMask"], limit=world.limit, families=world.families, wordings=3)
    return drive_rounds(GENDER, ctx, model.ask(folder))


@pytest.mark.timeout(4 * 3600)
@pytest.mark.parametrize("manner", MANNERS)
def test_leaning_models_are_found_and_balanced_ones_left_in_peace(manner: Manner, tmp_path: Path) -> None:
    """A model that did not learn its task is told by its controls and has no slope: few of these may be so."""
    slopes: dict[float, list[Estimate]] = {STRENGTH: [], 0.0: []}
    for seed in range(SEEDS):
        for strength, found in slopes.items():
            estimate = metric(gender(fills(manner, strength, seed), tmp_path / f"{seed} {strength}"), SLOPE).estimate
            found += [estimate] if isinstance(estimate, Estimate) else []
    leaning, balanced = slopes[STRENGTH], slopes[0.0]
    alarms = sum(not one.low <= 0 <= one.high for one in balanced)
    missed = sum(one.low <= 0 for one in leaning)
    print(manner, f"{alarms} alarms of {len(balanced)}, {missed} missed of {len(leaning)} in {SEEDS} seeds")  # noqa: T201
    assert min(len(leaning), len(balanced)) >= 0.8 * SEEDS
    assert alarms <= proof.allowed(SEEDS)
    assert missed <= 0.2 * SEEDS
    assert all(one.value > 0.5 for one in leaning)


@pytest.mark.parametrize("manner", MANNERS)
def test_preferred_sentences_are_found_without_a_source(manner: Manner, tmp_path: Path) -> None:
    shares = {}
    for strength in (0.0, 3.0, -3.0):
        ask = writes(manner, strength).ask(tmp_path / f"{strength}")
        ctx = context(CROWS, ["LogLikelihood"], {"crows_pairs": crows_table(40)})
        [share] = [
            found.estimate
            for found in drive_rounds(CROWS, ctx, ask).metrics
            if found.name == "stereotype_score" and found.scope == "overall"
        ]
        assert isinstance(share, Estimate), share
        shares[strength] = share
    assert shares[3.0].low > 50 > shares[-3.0].high, shares
    assert shares[0.0].low <= 50 <= shares[0.0].high, shares
