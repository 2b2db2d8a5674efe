"""A score that is that of the other decision is told, and one that ranks as it should is not."""

from __future__ import annotations

import pytest
from decision_tables import audit

from fairwitness.audit.reasons import CHECK
from fairwitness.audit.records import languages

GOOD = {"sex": ["m", "f"] * 40, "prediction": ["1", "1", "0", "0"] * 20, "y": ["1", "1", "0", "0"] * 20}
RISK = [0.2, 0.3, 0.7, 0.8] * 20


def notes(score: list[float], **columns: list[str]) -> list[str]:
    found = audit({**GOOD, **columns, "score": score}, label="y", favourable="1", flips=0)
    return [note for note in found.notes if note.startswith(CHECK) and "score" in note]


@pytest.mark.proof
@pytest.mark.parametrize("prediction", [GOOD["prediction"], ["1", "1", "1", "1", "0", "0", "0", "0"] * 10])
def test_a_reversed_score_is_told_by_decisions_or_by_true_outcomes(prediction: list[str]) -> None:
    (note,) = notes(RISK, prediction=prediction)
    assert "give the score of the favourable decision" in note
    assert languages(note)["zh"].endswith("请提供有利决定的得分。")
    assert notes([1 - risk for risk in RISK], prediction=prediction) == []


@pytest.mark.slow
def test_the_note_says_both_means() -> None:
    assert "(mean 0.25 against 0.75)" in notes(RISK)[0]
