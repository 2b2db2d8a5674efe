"""Outputs that other programs make: a tagged PDF by Chromium, a run of MLflow; and one line where these are missing."""

from __future__ import annotations

import builtins
import itertools
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from browsing import NEEDED
from golden.sample import sample
from hostile import Planter, corpus

from fairwitness.audit import cli, document
from fairwitness.audit.cli import printing
from fairwitness.audit.records import Audit, Estimate, Measured
from fairwitness.reports.outputs.tracking import tracked

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,249}")
"""Names that MLflow takes and that are no path."""


def planted() -> Audit:
    return Planter(itertools.cycle(corpus())).audit(sample())


@pytest.fixture
def run(tmp_path: Path) -> Path:
    document.write(sample(), tmp_path / "run")
    return tmp_path / "run"


@NEEDED[0]
@pytest.mark.browser
@pytest.mark.slow
def test_the_page_is_printed_with_tags_and_the_same_length_each_time(run: Path) -> None:
    command = ["report", str(run), "-f", "pdf", "--lang", "zh"]
    assert cli.invoke(command) == 0
    first = (run / "report.pdf").read_bytes()
    assert first.startswith(b"%PDF")
    for said in (b"/StructTreeRoot", b"/Marked true", b"/Lang (zh)", b"(D:20261122094107"):
        assert said in first
    assert (run / "report.pdf").stat().st_mode & 0o077 == 0
    assert cli.invoke(command) == 0
    assert len((run / "report.pdf").read_bytes()) == len(first)  # the browser names nodes in one of few orders
    assert cli.invoke(["runs", "prune", str(run.parent), "--keep", "0"]) == 0
    assert not run.exists()


def test_a_printed_page_links_to_no_file_beside_it() -> None:
    page = '<a href="evidence/x.parquet">x</a> <a href="#f-1">y</a> <a href="https://law.example/1">z</a>'
    assert printing.alone(page) == '<a>x</a> <a href="#f-1">y</a> <a href="https://law.example/1">z</a>'


def test_without_chromium_one_line_says_so(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert cli.invoke(["report", str(run), "-f", "pdf"]) == 2
    said = capsys.readouterr().err
    assert "Chromium" in said
    assert len(said.splitlines()) == 1


@pytest.mark.slow
def test_a_browser_that_prints_nothing_is_no_success(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(printing.shutil, "which", lambda name: shutil.os.path.join("/bin", "true"))  # type: ignore[attr-defined]
    assert cli.invoke(["report", str(run), "-f", "pdf"]) == 3
    assert "printed no tagged PDF" in capsys.readouterr().err
    assert not (run / "report.pdf").exists()


@pytest.mark.slow
@pytest.mark.parametrize("audit", [sample, planted])
def test_every_number_and_verdict_has_a_name_that_is_taken(audit: Any) -> None:
    made = audit()
    told = tracked(made)
    numbers = [
        metric.estimate.value
        for result in made.results
        if isinstance(result, Measured)
        for metric in result.metrics
        if isinstance(metric.estimate, Estimate)
    ]
    values = [value for name, value in told.metrics.items() if not name.endswith((".low", ".high"))]
    assert values == numbers
    assert len(told.metrics) == 3 * len(numbers)
    names = [*told.metrics, *told.parameters, *told.tags]
    assert [name for name in names if not NAME.fullmatch(name)] == []
    said = {name.rpartition(".")[2]: value for name, value in told.tags.items() if ".verdict." in name}
    assert said == {verdict.fingerprint: verdict.outcome for verdict in made.verdicts if verdict.asked}
    assert (told.tags["fairwitness.outcome"], told.tags["fairwitness.exit_code"]) == (made.outcome, str(made.exit_code))
    assert not [text for text in [*told.parameters.values(), *told.tags.values()] if "\n" in text or "\x1b" in text]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("audit", [sample, planted])
def test_a_store_of_mlflow_holds_them(audit: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("mlflow", reason="mlflow is not installed")
    from mlflow.tracking import MlflowClient

    made = audit()
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "store").as_uri())
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "audits")
    from fairwitness.audit.cli.tracking import log_run

    log_run(made, tmp_path)
    client = MlflowClient()
    experiment = client.get_experiment_by_name("audits")
    assert experiment is not None
    (stored,) = client.search_runs([experiment.experiment_id])
    told = tracked(made)
    assert stored.data.metrics == told.metrics
    assert told.parameters.items() <= stored.data.params.items()
    assert told.tags.items() <= stored.data.tags.items()
    assert stored.info.status == "FAILED"
    (artifact,) = client.list_artifacts(stored.info.run_id)
    assert artifact.path == "report.md"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_store_that_takes_nothing_is_told_in_one_line(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("mlflow", reason="mlflow is not installed")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "nonsense://x")
    assert cli.invoke(["report", str(run), "-f", "mlflow"]) == 3
    said = capsys.readouterr().err
    assert said.startswith("error: MLflow did not take the run")
    assert len(said.splitlines()) == 1


def test_without_mlflow_one_line_says_what_to_install(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    original = builtins.__import__

    def lacking(name: str, *rest: Any) -> Any:
        if name.startswith("mlflow"):
            raise ImportError("No module named 'mlflow'")
        return original(name, *rest)

    monkeypatch.setattr(builtins, "__import__", lacking)
    assert cli.invoke(["report", str(run), "-f", "mlflow"]) == 2
    said = capsys.readouterr().err
    assert "fairwitness[mlflow]" in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("name", ["pdf", "mlflow"])
def test_formats_of_other_programs_are_known_by_name(name: str, run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.invoke(["report", str(run), "-f", f"{name}x"]) == 2
    assert f"did you mean '{name}'" in capsys.readouterr().err
    assert cli.invoke(["report", str(run), "-f", name, "--lang", "xx"]) == 2
