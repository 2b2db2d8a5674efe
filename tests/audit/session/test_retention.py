"""Old runs go by number or by age; what is no finished run of ours, or holds anything else, never does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from golden.sample import sample

from fairwitness.audit import cli, document
from fairwitness.audit.records import Measured, ScoredItems
from fairwitness.audit.session import retention
from fairwitness.reports import FORMATS

SMALL = replace(sample(), results=(), verdicts=(), outcome="nothing_ran", exit_code=4)


def make(folder: Path, days: float) -> Path:
    """A finished run of so many days ago."""
    started = (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    manifest = replace(SMALL.manifest, run={**SMALL.manifest.run, "started": started})
    document.write(replace(SMALL, manifest=manifest), folder, {"report.html": "page"})
    (folder / document.LOG).write_text('{"event": "run"}\n')
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Five runs, the newest of today."""
    for number, days in enumerate((100, 0, 50, 91, 89.5)):
        make(tmp_path / "runs" / f"run-{number}", days)
    return tmp_path / "runs"


def names(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir())


@pytest.mark.parametrize(
    ("options", "left"),
    [
        (["--keep", "2"], ["run-1", "run-2"]),
        (["--keep", "0"], []),
        (["--keep", "9"], ["run-0", "run-1", "run-2", "run-3", "run-4"]),
        (["--older-than", "90d"], ["run-1", "run-2", "run-4"]),
        (["--older-than", "13w"], ["run-1", "run-2", "run-4"]),
        (["--older-than", "1h"], ["run-1"]),
        (["--older-than", "999d"], ["run-0", "run-1", "run-2", "run-3", "run-4"]),
    ],
)
def test_old_runs_go(options: list[str], left: list[str], place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = names(place)
    assert cli.invoke(["runs", "prune", str(place), *options, "--dry-run"]) == 0
    planned = capsys.readouterr().out
    assert names(place) == before
    assert planned.count("would delete") == 6 - len(left)
    assert cli.invoke(["runs", "prune", str(place), *options]) == 0
    assert names(place) == left
    assert capsys.readouterr().out == planned.replace("would delete", "deleted")


def note(run: Path) -> None:
    (run / "notes.txt").write_text("mine")


def inner_note(run: Path) -> None:
    (run / "evidence").mkdir()
    (run / "evidence" / "notes.txt").write_text("mine")


def folder_of_mine(run: Path) -> None:
    (run / "mine").mkdir()


def labels_of_mine(run: Path) -> None:
    (run / "items").mkdir()
    (run / "items" / "labels.parquet").write_text("mine")


def evidence_of_mine(run: Path) -> None:
    (run / "evidence").mkdir()
    (run / "evidence" / "mine.parquet").write_text("mine")


def table_of_mine(run: Path) -> None:
    (run / "report.tables").mkdir()
    (run / "report.tables" / "my_notes.csv").write_text("mine")


def hidden(run: Path) -> None:
    (run / ".mine").mkdir()


def hidden_table(run: Path) -> None:
    (run / "report.tables").mkdir()
    (run / "report.tables" / ".mine.csv").write_text("mine")


def nested(run: Path) -> None:
    (run / "items" / "deep.parquet").mkdir(parents=True)


def linked(run: Path) -> None:
    (run / "report.html").unlink()
    (run / "report.html").symlink_to(run.parent.parent / "outside")


def written(run: Path) -> None:
    (run / ".log.jsonl.12345").touch()


def rows_waiting(run: Path) -> None:
    (run / ".items.12345.rows").mkdir()


def stopped(run: Path) -> None:
    document.write(replace(SMALL, status="incomplete", outcome="incomplete", exit_code=130), run)


def begun(run: Path) -> None:
    (run / document.AUDIT).unlink()


def damaged(run: Path) -> None:
    (run / document.AUDIT).write_text("{}")


def foreign(run: Path) -> None:
    for path in run.iterdir():
        path.unlink()
    (run / "audit.json").write_text('{"status": "complete"}')


MINE = (
    note,
    inner_note,
    folder_of_mine,
    labels_of_mine,
    evidence_of_mine,
    table_of_mine,
    hidden,
    hidden_table,
    nested,
    linked,
)
"""What a user can have put into a run."""


@pytest.mark.parametrize(
    "change",
    [*MINE, written, rows_waiting, stopped, begun, damaged, foreign],
)
def test_what_is_no_finished_run_of_ours_alone_is_never_touched(
    change: Callable[[Path], None], place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(place / "run-0")
    before = sorted(place.joinpath("run-0").rglob("*"))
    assert cli.invoke(["runs", "prune", str(place), "--keep", "0"]) == 0
    assert names(place) == ["run-0"]
    assert sorted(place.joinpath("run-0").rglob("*")) == before
    said = capsys.readouterr().out
    told: dict[Callable[[Path], None], str] = {
        written: "is being written",
        rows_waiting: "is being written",
        stopped: "did not come to its end",
    }
    told |= dict.fromkeys(MINE, "which no run writes")
    assert told.get(change, "") in said


def test_other_things_beside_runs_stay(place: Path, tmp_path: Path) -> None:
    outside = make(tmp_path / "outside", 500)
    (place / "link").symlink_to(outside)
    (place / "text.txt").write_text("mine")
    (place / "folder").mkdir()
    make(place / "folder" / "deep", 500)
    assert cli.invoke(["runs", "prune", str(place), "--older-than", "1h"]) == 0
    assert names(place) == ["folder", "link", "run-1", "text.txt"]
    assert (place / "folder" / "deep" / "audit.json").exists()
    assert (outside / "audit.json").exists()


def test_hidden_runs_stay_but_for_half_deleted_ones(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make(place / ".mine", 500)
    make(place / ".run-9.pruned", 500)
    assert cli.invoke(["runs", "prune", str(place), "--keep", "0"]) == 0
    assert names(place) == [".mine"]
    assert "is hidden" in capsys.readouterr().out


@pytest.mark.slow
def test_all_outputs_of_a_run_are_its_own(place: Path) -> None:
    run = place / "run-0"
    for format in FORMATS:
        assert cli.invoke(["report", str(run), "-f", format]) == 0
    (run / "comparison.json").touch()
    assert cli.invoke(["runs", "prune", str(place), "--older-than", "90d"]) == 0
    assert "run-0" not in names(place)


def with_rows(place: Path) -> Path:
    """An old run whose document names files of rows and of items, with all tables drawn."""
    first, *others = sample().results
    assert isinstance(first, Measured)
    table = replace(first.evidence[0], rows=first.evidence[0].rows[:1] * 300, total=300)
    items = ScoredItems(ids=("a", "b"), scores={"loss": (0.5, 1.0)}, unanswered=(False, False))
    first = replace(first, evidence=(table, *first.evidence[1:]), items=items)
    run = place / "rows"
    document.write(replace(sample(), results=(first, *others)), run)
    for format in ("csv", "parquet"):
        assert cli.invoke(["report", str(run), "-f", format]) == 0
    return run


@pytest.mark.slow
def test_files_of_rows_go_with_the_run_that_names_them(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = with_rows(place)
    names_inside = {path.parent.name for path in run.rglob("*") if path.is_file()}
    assert names_inside == {"rows", "evidence", "items", "report.tables"}
    foreign = [run / "items" / "labels.parquet", run / "report.tables" / "my_notes.csv"]
    for path in foreign:
        path.write_text("mine")
    assert cli.invoke(["runs", "prune", str(place), "--keep", "0"]) == 0
    assert names(place) == ["rows"]
    assert "items/labels.parquet and 1 more" in capsys.readouterr().out
    for path in foreign:
        path.unlink()
    assert cli.invoke(["runs", "prune", str(place), "--keep", "0"]) == 0
    assert names(place) == []


def test_a_run_that_begins_between_look_and_deletion_stays(place: Path) -> None:
    runs, _ = retention.survey(place)
    oldest = runs[-1]
    (oldest.folder / ".log.jsonl.7").touch()
    assert not retention.delete(oldest)
    assert (oldest.folder / "audit.json").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "either --keep N or --older-than"),
        (["--keep", "1", "--older-than", "1d"], "either --keep N or --older-than"),
        (["--older-than", "90"], "as in 90d"),
        (["--older-than", "-1d"], "as in 90d"),
        (["--older-than", "1y"], "as in 90d"),
        (["--keep", "-1"], "--keep"),
    ],
)
def test_what_goes_is_said_in_writing(
    options: list[str], said: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.invoke(["runs", "prune", str(place), *options]) == 2
    assert said in capsys.readouterr().err
    assert len(names(place)) == 5


@pytest.mark.parametrize("name", ["nowhere", "runs/run-0", "runs/run-0/audit.json"])
def test_the_folder_is_one_of_runs(name: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.invoke(["runs", "prune", str(place.parent / name), "--keep", "0"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert len(names(place)) == 5
