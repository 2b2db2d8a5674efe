"""WEAT, SEAT and CEAT on encoders that learned a known association from texts, and on many balanced vectors."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from plants.association import reader, words_table

import proof
from fairwitness.audit.probe import Findings, Probe
from fairwitness.audit.records import Estimate
from fairwitness.audit.requests import Answer, Embed, Embedding, Request
from fairwitness.audit.subject import Ask
from fairwitness.probes.bias.association.contexts import contextual_result
from fairwitness.probes.bias.association.items import CONTROL, read_lists
from fairwitness.probes.bias.association.probe import CEAT, SEAT, WEAT
from organisms import context, drive, drive_rounds, value

pytestmark = pytest.mark.proof

PROBES: list[Probe] = [WEAT, SEAT, CEAT]
NAMES = [str(probe.spec.name) for probe in PROBES]
STRENGTHS = (-2.5, 0.0, 2.5)
WORLDS = 3
"""Draws of the texts for each strength."""
SEEDS = 20
TESTS, _ = read_lists(words_table())
WIDTH = 24


def options(probe: Probe) -> dict[str, Any]:
    return {"draws": 30, "limit": 4} if probe is CEAT else {}


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> list[dict[float, Ask]]:
    """A reader of each strength in each world."""
    return [
        {one: reader(one, seed).ask(tmp_path_factory.mktemp("reader")) for one in STRENGTHS} for seed in range(WORLDS)
    ]


def audited(probe: Probe, ask: Ask) -> Findings:
    return drive_rounds(probe, context(probe, ["Embed"], {"association_words": words_table()}, **options(probe)), ask)


@pytest.mark.arithmetic
@pytest.mark.parametrize("probe", PROBES, ids=NAMES)
def test_what_the_texts_taught_is_found_with_its_sign_and_in_order_of_strength(
    probe: Probe, readers: list[dict[float, Ask]]
) -> None:
    for world in readers:
        found = [value(audited(probe, ask), "association") for ask in world.values()]
        assert found[0].high < 0 < found[2].low
        assert found[1].low <= 0 <= found[1].high
        proof.confirm_found(probe.spec.name, STRENGTHS, [one.value for one in found])


@cache
def towards(seed: int, word: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.random.default_rng([seed, *word.encode()]).normal(size=WIDTH)


def balanced(seed: int) -> Any:
    """Words lean as they like, three times as far as contexts move them; sets of people share nothing."""

    def answer(request: Request) -> Answer:
        assert isinstance(request, Embed)
        values = towards(seed, request.word) + 0.3 * towards(seed, request.text)
        for at, test in enumerate(TESTS):
            for letter, one in zip("XYAB", test.sets, strict=True):
                if request.word in one.words and (test.topic == CONTROL or letter in "AB"):
                    values[at] += 3.0 * (1 if letter in "XA" else -1)
        return Embedding(values.astype(np.float32), 1)

    return answer


def test_seat_leaves_balanced_vectors_in_peace() -> None:
    """The mean over topics, whose words are drawn anew in every world; WEAT's own worlds are in test_association."""
    alarms, sizes, worlds = 0, 0, proof.worlds(SEEDS)
    for seed in range(worlds):
        findings = drive(SEAT, context(SEAT, ["Embed"], {"association_words": words_table()}, seed), balanced(seed))
        mean = value(findings, "association")
        alarms += not mean.low <= 0 <= mean.high
        sizes += value(findings, "association_size").low > 0
    proof.confirm_alarms("seat", alarms, worlds)
    assert sizes <= proof.allowed(worlds)


def test_ceat_leaves_balanced_vectors_in_peace() -> None:
    """One test in three contexts a word; more contexts of the same words are no more evidence."""
    [test] = [one for one in TESTS if one.name == "weat6"]
    alarms, worlds = 0, proof.worlds(SEEDS)
    for seed in range(worlds):
        texts = {word: [Embed(f"{word} {at}", word, "word") for at in range(3)] for word in test.words}
        vectors = {word: np.array([balanced(seed)(one).values for one in own], float) for word, own in texts.items()}
        found = contextual_result(test, vectors, 20, seed).effect
        assert isinstance(found, Estimate)
        alarms += not found.low <= 0 <= found.high
    proof.confirm_alarms("ceat", alarms, worlds)
