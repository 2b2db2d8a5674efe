"""docs/models.md is what comes of loading the architectures it names, and their answers are those of the reference."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

import proof

pytestmark = pytest.mark.arithmetic

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "models.md").read_text(encoding="utf-8")
STALE = "run python docs/make_models.py"
QUICK = (
    ("BertForMaskedLM", ""),
    ("FNetForMaskedLM", ""),
    ("GptOssForCausalLM", ""),
    ("LlamaForCausalLM", ""),
    ("BertLMHeadModel", "without is_decoder"),
    ("XLNetForSequenceClassification", ""),
    ("RobertaForQuestionAnswering", ""),
    ("DebertaV2ForTokenClassification", ""),
)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(DOCS))
    return importlib.import_module("make_models")


def test_the_page_names_every_architecture_once(script: Any) -> None:
    examples = [example for kind in script.KINDS.values() for example in kind]
    assert len({example.architecture for example in examples}) >= 60
    for example in examples:
        named = f"\n| `{example.architecture}`{f', {example.about}' if example.about else ''} |"
        assert PAGE.count(named) == 1, STALE


@pytest.mark.parametrize("named", QUICK, ids=lambda named: " ".join(named).strip())
def test_a_row_is_what_comes_out(named: tuple[str, str], script: Any) -> None:
    """Asked in batches, its answers are within 1e-4 of one text at a time: `row` raises where they are not."""
    examples = [example for kind in script.KINDS.values() for example in kind]
    example = next(one for one in examples if (one.architecture, one.about) == named)
    assert script.line(script.row(example)) in PAGE, STALE


@pytest.mark.proof
@proof.IN_WHOLE
def test_the_page_is_what_comes_out(script: Any) -> None:
    """Some 130 models, about half a second each."""
    assert script.page() == PAGE, STALE
