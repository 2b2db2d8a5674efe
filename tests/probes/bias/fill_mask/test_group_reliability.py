"""Reliability of the LPBS of groups: groups that lean are told apart, and noise is not."""

from __future__ import annotations

import zlib

import pytest
from plants.fill_mask import WORDS, answerer, asked

from organisms import metric, value


def _own(word: str) -> float:
    """A lean of each group, fixed by its name."""
    return zlib.crc32(WORDS[word].group.encode()) % 7 - 3.0


@pytest.mark.proof
@pytest.mark.parametrize("kind", ["FillMask", "LogLikelihood"])
def test_groups_that_lean_are_told_apart_and_noise_is_not(kind: str) -> None:
    leaning = asked(kind, answerer(_own, noise=0.2), limit=24)
    assert value(leaning, "split_half_reliability").low > 0.8
    assert value(leaning, "scoring_agreement", scorings="LPBS / LPBS per token").low > 0.8
    assert "scores of groups, over halves of the sentence families" in metric(leaning, "split_half_reliability").claim
    noise = value(asked(kind, answerer(lambda word: 1.0, noise=1.0), limit=24), "split_half_reliability")
    assert noise.low < 0.5
