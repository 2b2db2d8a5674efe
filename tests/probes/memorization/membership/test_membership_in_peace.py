"""Documents dealt to both sides by chance: how often the split is called shifted, though nothing sets it apart."""

from __future__ import annotations

import numpy as np
import pytest

import proof
from fairwitness.probes.memorization.membership import results
from fairwitness.probes.memorization.membership.blind import blind_baseline
from fairwitness.probes.memorization.membership.items import Document

pytestmark = pytest.mark.proof
SIDE, FEW = 40, 30
WORDS = np.array([f"{first}{last}" for first in "bcdfglmnprst" for last in ("alo", "emi", "oru", "ine", "uva")])


def dealt(seed: int) -> list[Document]:
    """Documents of 8 to 29 words and a year, the first half of them members."""
    rng = np.random.default_rng([seed, 7])
    documents = []
    for place in range(2 * SIDE):
        text = f"{' '.join(rng.choice(WORDS, int(rng.integers(8, 30))))} {rng.integers(2000, 2020)}"
        documents.append(Document(str(place), place < SIDE, text, len(text)))
    return documents


def test_a_clean_split_is_seldom_called_shifted() -> None:
    """By the interval of the blind AUC or by the permutation test over all families of features."""
    worlds, alarms = proof.worlds(FEW), 0
    for seed in range(worlds):
        documents = dealt(seed)
        found = blind_baseline(documents, seed)
        auc = results.blind_auc(found, np.array([document.member for document in documents]))
        alarms += bool(results.shifted(found, auc))
    proof.confirm_alarms("membership", alarms, worlds)
