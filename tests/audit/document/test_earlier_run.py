"""A run that does not come to its end leaves the one before it in the folder as it was."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from golden.sample import sample

from fairwitness.audit import cli, document, runner
from fairwitness.audit.errors import BadData, BadRun, CannotWrite
from fairwitness.audit.records import Audit, Column, Evidence, Measured

DECIDED = (
    "y,d,sex,w\n" + "\n".join(f"{at % 2},{at % 3 % 2},{'fm'[at % 7 % 2]},{'pq'[at % 2]}" for at in range(400)) + "\n"
)
RUN = ("run", "predictions:d.csv", "--label", "y", "--prediction", "d", "--group", "sex", "-p", "group_fairness")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with decisions and the finished run `keep`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d.csv").write_text(DECIDED)
    assert cli.invoke([*RUN, "-o", "keep"]) == 1
    assert cli.invoke(["report", "keep", "-f", "md"]) == 0
    return tmp_path


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its path in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize("wrong", [("--group", "nix"), ("--favourable", "7"), ("--label", "w")])
def test_a_mistake_keeps_it(here: Path, wrong: tuple[str, str]) -> None:
    before = files(here / "keep")
    assert "evidence/group_fairness-decisions.parquet" in before
    assert cli.invoke([*RUN, *wrong, "-o", "keep"]) == 2
    assert files(here / "keep") == before


@pytest.mark.slow
def test_a_mistake_that_shows_once_the_model_was_asked_keeps_it(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise BadData("true outcomes and decisions have no value in common")

    before = files(here / "keep")
    monkeypatch.setattr(runner, "run_rounds", refused)
    assert cli.invoke([*RUN, "--seed", "5", "-o", "keep"]) == 2
    assert files(here / "keep") == before
    assert cli.invoke([*RUN, "-o", "new"]) == 2
    assert not (here / "new").exists()


@pytest.mark.slow
def test_a_crash_while_the_page_is_drawn_keeps_it(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fairwitness.reports import html

    def fails(_: Audit) -> str:
        raise ZeroDivisionError

    before = files(here / "keep")
    monkeypatch.setattr(html, "render", fails)
    assert cli.invoke([*RUN, "--seed", "5", "-o", "keep"]) == 3
    assert files(here / "keep") == before


@pytest.mark.slow
@pytest.mark.parametrize("step", [1, 2, 3, 4, 5, 6], ids="rename {}".format)
def test_a_full_disk_at_the_end_keeps_it(here: Path, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    before = files(here / "keep")
    real, count = Path.rename, 0

    def rename(path: Path, target: Path) -> Path:
        nonlocal count
        count += 1
        if count == step:
            raise OSError(28, "No space left on device", str(target))
        return real(path, target)

    monkeypatch.setattr(Path, "rename", rename)
    assert cli.invoke([*RUN, "--seed", "5", "-o", "keep"]) == 3
    monkeypatch.undo()
    assert {name: one for name, one in files(here / "keep").items() if name != "report.html"} == {
        name: one for name, one in before.items() if name != "report.html"
    }
    document.read(here / "keep")


@pytest.mark.slow
def test_ctrl_c_keeps_it(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    before = files(here / "keep")
    monkeypatch.setattr(runner, "run_rounds", interrupted)
    assert cli.invoke([*RUN, "--seed", "5", "-o", "keep"]) == 130
    assert files(here / "keep") == before
    assert "report:  none; keep keeps the run that it held" in capsys.readouterr().out


@pytest.mark.slow
def test_an_interrupted_run_in_a_new_folder_is_written(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(runner, "run_rounds", interrupted)
        assert cli.invoke([*RUN, "-o", "new"]) == 130
    assert document.read(here / "new").status == "incomplete"
    assert cli.invoke([*RUN, "-o", "new"]) == 1
    assert document.read(here / "new").status == "complete"


@pytest.mark.slow
def test_the_next_run_takes_its_place_with_all_its_files(here: Path) -> None:
    before = files(here / "keep")
    assert cli.invoke([*RUN, "--seed", "5", "-o", "keep"]) == 1
    after = files(here / "keep")
    assert document.read(here / "keep").manifest.seed == 5
    assert set(before) - set(after) == {"report.md"}  # it speaks of the run before
    assert after["log.jsonl"] != before["log.jsonl"]
    assert not [name for name in os.listdir(here / "keep") if name.startswith(".")]


def test_what_a_killed_write_moved_aside_is_found_again(tmp_path: Path) -> None:
    audit = with_rows()
    document.write(audit, tmp_path)
    (tmp_path / "evidence").rename(tmp_path / ".evidence.77.old")
    assert document.read(tmp_path) == audit
    document.prepare(tmp_path)
    assert document.read(tmp_path) == audit
    document.write(document.read(tmp_path), tmp_path)
    assert sorted(os.listdir(tmp_path)) == ["audit.json", "evidence"]


def test_evidence_that_is_a_link_is_replaced_and_its_target_stays(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "thesis.tex").write_text("years of work")
    document.write(sample(), tmp_path / "run")
    (tmp_path / "run" / "evidence").symlink_to(elsewhere)
    audit = with_rows()
    document.write(audit, tmp_path / "run")
    assert document.read(tmp_path / "run") == audit
    assert not (tmp_path / "run" / "evidence").is_symlink()
    assert os.listdir(elsewhere) == ["thesis.tex"]


@pytest.mark.slow
def test_all_of_a_run_is_its_owners_alone(here: Path) -> None:
    for path in (here / "keep", *(here / "keep").rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_name_that_no_file_system_holds_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadRun, match="cannot be the folder of a run: File name too long"):
        document.check_folder(tmp_path / ("a" * 300))
    with pytest.raises(BadRun, match="File name too long"):
        document.read(tmp_path / ("a" * 300))


def test_half_characters_come_back_as_they_were(tmp_path: Path) -> None:
    audit = replace(sample(), fairwitness_version="0.1\ud800")
    document.write(audit, tmp_path)
    assert document.read(tmp_path) == audit


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"exit_code": True}, "exit_code is no integer"),
        ({"verdicts": {}}, "verdicts is no array"),
        ({"more": 1}, "has an unknown key 'more'"),
        ({"manifest": {}}, "manifest lacks 'subject'"),
        ({"fairwitness_version": None}, "fairwitness_version is no string"),
    ],
)
def test_a_document_that_departs_from_the_schema_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(BadRun, match=message):
        document.from_json({**document.to_json(sample()), **change})


def test_a_later_minor_version_may_say_more() -> None:
    later = {**document.to_json(sample()), "schema_version": "2.99", "more": 1}
    assert document.from_json(later).schema_version == "2.99"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_a_number_that_is_none_is_refused(tmp_path: Path, number: str) -> None:
    path = document.write(sample(), tmp_path)
    path.write_text(path.read_text("utf-8").replace('"level": 0.95', f'"level": {number}', 1), "utf-8")
    with pytest.raises(BadRun, match=r"audit.json is damaged: .*level is no number"):
        document.read(tmp_path)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"schema_version": "2.0", "results": ' + "[" * 100_000])
def test_nesting_without_end_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "audit.json").write_text(text)
    with pytest.raises(BadRun, match="is damaged"):
        document.read(tmp_path)


def test_rows_that_are_no_parquet_are_refused_though_their_hash_fits(tmp_path: Path) -> None:
    import hashlib

    path = document.write(with_rows(), tmp_path)
    (file,) = (tmp_path / "evidence").iterdir()
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    file.write_bytes(file.read_bytes()[:40] + b"\xff" * 40 + file.read_bytes()[80:])
    after = hashlib.sha256(file.read_bytes()).hexdigest()
    path.write_text(path.read_text("utf-8").replace(before, after), "utf-8")
    with pytest.raises(BadRun, match="is damaged: no Parquet file of evidence"):
        document.read(tmp_path)


def test_a_log_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="cannot write"):
        runner.EventLog(tmp_path / "file" / "log.jsonl")


def with_rows() -> Audit:
    """A document with rows in a file."""
    rows = tuple((f"n{at}", at) for at in range(300))
    big = Evidence(
        id="big", caption="", kind="table", columns=(Column("name"), Column("size", "number")), rows=rows, total=300
    )
    result = next(one for one in sample().results if isinstance(one, Measured))
    return replace(sample(), results=(replace(result, metrics=(), evidence=(big,)),))
