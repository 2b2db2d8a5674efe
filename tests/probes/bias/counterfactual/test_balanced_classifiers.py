"""Classifiers that lean by sentence, kind of edit, single word and frequency of names, and by no group."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import proof
from fairwitness.audit.probe import Findings
from fairwitness.audit.requests import Answer, Classify, ClassScores, Request
from fairwitness.probes.bias.counterfactual.probe import PROBE
from organisms import context, drive, value
from worlds.cells import Rng
from worlds.swaps import Floats, written

KINDS = ("adjective", "noun", "frequent names", "rare name", "pronoun", "dialect")


@cache
def texts() -> dict[str, tuple[int, int, str, bool]]:
    """Of every text the numbers of its family and its phrase, its kind of edit, and whether a rare name is in it."""
    families: dict[str, int] = {}
    phrases: dict[str, int] = {}
    found = {}
    for one in written():
        family = families.setdefault(one.family, len(families))
        before, after = one.base or one.text, one.who.removeprefix(f"{one.base}/") if one.base else one.changed
        for text, phrase, rare in ((one.text, before, False), (one.changed, after, one.kind == "rare name")):
            found[text] = (family, phrases.setdefault(phrase, len(phrases)), one.kind, rare)
    return found


def logits(rng: Rng) -> Floats:
    """A logit for each text: how far single words of a kind move it differs from kind to kind and world to world."""
    families, phrases, kinds, rare = zip(*texts().values(), strict=True)
    scale = dict(zip(KINDS, rng.uniform(0.1, 1.2, len(KINDS)), strict=True))
    lean = dict(zip(KINDS, rng.normal(0, 0.5, len(KINDS)), strict=True))
    of_words = rng.normal(size=max(phrases) + 1)[list(phrases)]
    found: Floats = (
        rng.normal(0, 1.5, max(families) + 1)[list(families)]
        + np.array([scale[kind] for kind in kinds]) * of_words
        + np.array([lean[kind] for kind in kinds])
        + rng.normal(0, 0.7) * np.array(rare)
        + rng.normal(0, 0.3, len(kinds))
    )
    return found


def asked(seed: int) -> Findings:
    found = dict(zip(texts(), logits(np.random.default_rng([20_261_128, seed])).tolist(), strict=True))

    def answer(request: Request) -> Answer:
        assert isinstance(request, Classify)
        return ClassScores(("refuse", "grant"), (0.0, found[request.text]))

    return drive(PROBE, context(PROBE, ["Classify"], seed=seed), answer)


@pytest.mark.proof
@pytest.mark.timeout(3_600)
def test_no_more_than_the_level_of_balanced_classifiers_raise_an_alarm() -> None:
    worlds = proof.worlds(20)
    alarms = sizes = 0
    for seed in range(worlds):
        findings = asked(seed)
        flips, size = (value(findings, name) for name in ("flip_rate_less_control", "change_size_less_control"))
        alarms += not flips.low <= 0 <= flips.high
        sizes += not size.low <= 0 <= size.high
    print("size", sizes, worlds)  # noqa: T201
    assert sizes <= proof.allowed(worlds)
    proof.confirm_alarms("counterfactual", alarms, worlds)
