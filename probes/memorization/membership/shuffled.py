"""Does the model know any language? It must find texts likelier than the same words in another order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from fairwitness.audit.probe import expect
from fairwitness.audit.requests import Answer, Request, TokenScores
from fairwitness.probes.kit.choices import spread
from fairwitness.probes.memorization.membership.attacks import Asking
from fairwitness.probes.memorization.membership.items import Document, units
from fairwitness.probes.memorization.membership.scores import bits_per_byte

CONTROLS = 40
FEWEST_UNITS = 8
"""Words, or characters of Chinese and Japanese, that a text needs for another order to be another text."""


def controls(documents: Sequence[Document], seed: int) -> list[tuple[Document, str]]:
    """Non-members with their words in a drawn order; of a text written without spaces its characters are."""
    long = [row for row in documents if not row.member and len(units(row.text)) >= FEWEST_UNITS]
    pairs = []
    for number, document in enumerate(spread(long, CONTROLS, seed)):
        words = document.text.split()
        joint = " " if 2 * len(words) >= len(units(document.text)) else ""
        parts = words if joint else list(document.text)
        order = np.random.default_rng([seed, number, 6]).permutation(len(parts))
        pairs.append((document, joint.join(parts[place] for place in order)))
    return pairs


def preferred(
    pairs: Sequence[tuple[Document, str]], asking: Asking, answers: Mapping[Request, Answer]
) -> tuple[int, int]:
    """How many texts need fewer bits a byte than their shuffled copies, and how many were tried; no answer is wrong."""
    right = 0
    for document, text in pairs:
        audited = expect(answers[asking.request(document.text, moments=True)], TokenScores)
        other = expect(answers[asking.request(text)], TokenScores)
        if audited is None or other is None or not audited.log_probs or not other.log_probs:
            continue
        right += bits_per_byte(audited, document.text) < bits_per_byte(other, text)
    return right, len(pairs)
