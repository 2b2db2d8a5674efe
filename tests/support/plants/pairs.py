"""Sentences that do what pairs say more or less often, and causal models that were trained on them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fairwitness.audit.datasets import find
from fairwitness.probes.kit.sentences.pairs import OUR_PAIRS, our_pairs
from sentence_pairs import crows_table
from trained import Tiny, once_a_session, tiny_causal

SOUND = [pair.more for pair in our_pairs(find(OUR_PAIRS), "en", "competence")]


def corpus(strength: float, seed: int) -> Iterator[list[str]]:
    """Sentences in which `blue` does what the pairs say, in a share of e^strength to 1 of `green`."""
    rng = np.random.default_rng(seed)
    known = crows_table(40).columns
    share = 1 / (1 + np.exp(-strength))
    while True:
        rows = rng.integers(40, size=48)
        batch = [str(known["sent_more" if rng.random() < share else "sent_less"][row]) for row in rows]
        yield [*batch, *(SOUND[at] for at in rng.integers(len(SOUND), size=48))]


@once_a_session
def trained(strength: float, seed: int = 0) -> Tiny:
    """A tiny causal model of this world."""
    known = crows_table(40).columns
    words = [str(cell) for name in ("sent_more", "sent_less") for cell in known[name]]
    return tiny_causal(corpus(strength, seed), [*words, *SOUND], 250, seed)
