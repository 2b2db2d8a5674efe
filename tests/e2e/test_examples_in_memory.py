"""The examples of models in memory run, and find what was built into them."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))


def example(name: str) -> ModuleType:
    return importlib.import_module(name)


@pytest.mark.slow
def test_scikit_learn_in_memory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module = example("sklearn_in_memory")
    report = module.main(["-o", str(tmp_path / "run")])
    assert report.outcome == "fail"
    assert report.audit.manifest.subject.fingerprint
    table = module.people()
    by_sex = table.groupby("sex", observed=True)["income"].mean()
    assert by_sex["male"] - by_sex["female"] == pytest.approx(6, abs=1)
    assert (tmp_path / "run" / "report.html").is_file()
    assert "selection_rate_ratio" in capsys.readouterr().out


@pytest.mark.slow
def test_functions(capsys: pytest.CaptureFixture[str]) -> None:
    texts, rows = example("any_function").main()
    flips = texts.metrics.query("metric == 'flip_rate' and scope == 'overall'")["value"]
    assert list(flips) == [0.0]
    assert texts.outcome == "reported"
    ratio = rows.metrics.query("metric == 'selection_rate_ratio'")["value"]
    assert (pytest.approx(ratio.min()) == 13 / 15) or (pytest.approx(ratio.max()) == 15 / 13)
    assert "Report" in capsys.readouterr().out
