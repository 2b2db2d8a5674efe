"""A classifier that was taught one word: methods that pass their card name it, and maps that are none fail."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from explained_texts import evidence
from shortcut import SHORTCUT, explained, shortcut_classifier

from fairwitness.audit.probe import Findings
from trained import Tiny

pytestmark = [pytest.mark.slow, pytest.mark.proof, pytest.mark.arithmetic]
METHODS = (
    *("shap", "shap_partition", "lime", "integrated_gradients", "expected_gradients", "gradient_x_input"),
    *("leave_one_out", "rollout"),
)


def cards(findings: Findings) -> dict[str, dict[str, str]]:
    outcomes: dict[str, dict[str, str]] = {}
    for row in evidence(findings, "card").rows:
        outcomes.setdefault(str(row[1]), {})[str(row[2])] = str(row[3])
    return outcomes


def firsts(findings: Findings) -> dict[str, list[str]]:
    """By method that is not grey, the word of largest value in each text."""
    found: dict[str, list[str]] = {}
    for item in findings.evidence:
        if not item.id.startswith("strip-"):
            continue
        for place, column in enumerate(item.columns):
            if column.role == "weight":
                words = [(float(row[place] or 0.0), str(row[0])) for row in item.rows]
                found.setdefault(column.name, []).append(max(words)[1])
    return found


def _passed(checks: dict[str, str]) -> bool:
    """Whether nothing is left open but what a random head cannot tell of a model that reacts alike with any."""
    open_checks = {name for name, outcome in checks.items() if outcome in ("failed", "undecided")}
    return open_checks <= {"changes with a random head"} and "failed" not in checks.values()


def test_methods_whose_card_holds_rank_the_planted_word_first(tmp_path: Path) -> None:
    findings = explained(shortcut_classifier(), tmp_path, METHODS)
    outcomes = cards(findings)
    passed = {method for method, checks in outcomes.items() if _passed(checks)}
    named = firsts(findings)
    assert {"SHAP", "SHAP (partition)", "LIME", "leave-one-out"} <= passed <= set(named), outcomes
    for method in passed:
        assert set(named[method]) == {SHORTCUT}, method
    # a gradient at the text itself is about 0 where the model is sure: where it ranks another word first, it is grey
    by_slope = named.get("gradient × input", [])
    assert set(by_slope) <= {SHORTCUT}
    assert len(by_slope) == 8 or "gradient × input" not in passed
    assert outcomes["attention rollout"]["changes with a random head"] == "failed"
    assert "attention rollout" not in named
    assert outcomes["SHAP"]["changes with random weights"] == "passed"


@pytest.mark.parametrize("ignores", ["everything", "the text"])
def test_a_model_that_no_text_moves_has_no_card_that_passes(ignores: str, tmp_path: Path) -> None:
    model = Tiny(shortcut_classifier().model, shortcut_classifier().tokenizer)
    head = model.model.classifier
    before = {name: value.clone() for name, value in head.state_dict().items()}
    with torch.no_grad():
        head.weight.zero_()
        head.bias.copy_(torch.tensor([0.0, 0.0 if ignores == "everything" else 2.0]))
    try:
        findings = explained(model, tmp_path, ("shap", "leave_one_out"), 4)
    finally:
        head.load_state_dict(before)
    assert findings.notes[0].startswith("These explanations describe a model that does not know the task")
    for checks in cards(findings).values():
        assert checks["comprehensiveness above random orders"] == "failed"
        assert "passed" not in checks.values()
