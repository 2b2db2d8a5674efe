"""The probe of extraction on a tiny model that learned documents by heart: it finds each, and none of the others."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from fairwitness.probes.memorization.extraction.probe import PROBE
from organisms import context, drive, table, value
from trained import Tiny, once_a_session, tiny_causal

pytestmark = [pytest.mark.slow, pytest.mark.arithmetic]

NAMES = ("amber", "basket", "candle", "dagger", "ember", "falcon", "garnet", "hollow", "island", "jasmine", "kernel")
MORE = ("linen", "marble", "needle", "oyster", "pepper", "quiver", "ribbon", "saddle", "tassel", "umber", "velvet")
WORDS = [f"{first}{second}" for first in NAMES for second in MORE]
LEARNED, OTHERS = 8, 24


def document(seed: int) -> str:
    """Forty words in an order that no rule gives."""
    return " ".join(np.random.default_rng(seed).choice(WORDS, 40, replace=False))


DOCUMENTS = [document(seed) for seed in range(LEARNED + OTHERS)]


@once_a_session
def overfitted() -> Tiny:
    """Learned the first documents by heart, and of the words in any order no more than which there are."""
    rng = np.random.default_rng(0)

    def batches() -> Iterator[list[str]]:
        while True:
            yield [*DOCUMENTS[:LEARNED], *(" ".join(rng.choice(WORDS, 40, replace=False)) for _ in range(8))]

    return tiny_causal(batches(), WORDS, steps=200, width=64, bos=False)


@pytest.mark.proof
def test_every_learned_document_is_found_and_none_of_the_others() -> None:
    fresh = {
        "id": [f"text {at}" for at in range(40)],
        "kind": ["written"] * 40,
        "title": [f"text {at}" for at in range(40)],
        "source": ["test"] * 40,
        "text": [document(1_000 + at) for at in range(40)],
    }
    data = {
        "documents": table("documents", {"text": DOCUMENTS, "id": [f"d{at}" for at in range(len(DOCUMENTS))]}),
        "memorization_texts": table("memorization_texts", fresh),
    }
    ctx = context(PROBE, ["LogLikelihood", "Generate"], data, prefix=10, suffix=20, prefixes=(5, 10))
    findings = drive(PROBE, ctx, overfitted())
    [listed] = [one for one in findings.evidence if one.id == "documents"]
    given = {str(row[0]) for row in listed.rows if row[3]}
    assert given == {f"d{at}" for at in range(LEARNED)}
    assert value(findings, "extractable").value == LEARNED / len(DOCUMENTS)
    known = [str(row[0]) for row in listed.rows if row[1] in ("given away", "known by heart in part")]
    assert set(known) == given
    [written] = [one for one in findings.evidence if one.id == "extracted"]
    assert [row[5] for row in written.rows] == [1.0] * 5  # what is written is the suffix, sign by sign
