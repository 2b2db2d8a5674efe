"""What depends on the processor is marked, so that `make proof-machines` repeats it with other arithmetic."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
MODELS = re.compile(
    r"^ *(?:from|import) (?:torch|transformers|tiny_models|trained|marking import .*World|biased_\w+"
    r"|fairwitness\.audit\.huggingface|plants\.(?:association|generation)|sklearn\.(?:ensemble|linear_model|svm))\b",
    re.MULTILINE,
)
FREE = {
    "audit/adapters/test_adapting.py": "asks what an object is, not what it answers",
    "audit/adapters/test_classifier.py": "reads what functions return, tensors among it",
    "audit/adapters/test_tabular.py": "reads what functions return, tensors among it",
    "audit/huggingface/test_card.py": "reads what is written beside a model",
    "audit/huggingface/test_damaged_files.py": "opens files that are refused",
    "audit/huggingface/test_gguf_whole.py": "reads headers",
    "audit/huggingface/test_split_models.py": "reads files",
    "audit/huggingface/test_misspelt_folder.py": "looks for a folder that is not there",
    "audit/cli/test_before_the_model.py": "what is told before a model is asked",
    "audit/test_watermark_key.py": "reads and makes keys",
    "contracts/test_kinds_page.py": "reads a table",
    "contracts/test_bad_input.py": "builds a model to be refused",
    "e2e/test_killed_run.py": "compares runs of one machine with each other, for minutes",
    "e2e/test_planted_canaries.py": "looks for texts, whatever a model answers",
    "e2e/test_planted_secrets.py": "looks for texts, whatever a model answers",
    "golden/test_report_weight.py": "reads the table of kinds",
    "package/test_explain.py": "its values are those of a function; a model is only asked which methods there are",
}
"""Files that name a model and compare no number of one with what stands in a test."""


def test_every_file_that_asks_a_model_has_tests_of_its_arithmetic() -> None:
    files = {str(path.relative_to(TESTS)): path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py")}
    asking = {name for name, text in files.items() if MODELS.search(text)}
    marked = {name for name, text in files.items() if "pytest.mark.arithmetic" in text}
    assert len(marked) > 25
    assert sorted(asking - marked - set(FREE)) == []
    assert sorted(set(FREE) - asking) == []
