"""The document and its folder: names, refusals, and what a write leaves behind."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from fairwitness.audit import document
from fairwitness.audit.errors import BadRun, CannotWrite
from fairwitness.audit.records import (
    Audit,
    Column,
    Evidence,
    Failed,
    Interval,
    Manifest,
    Measured,
    Metric,
    NotApplicable,
    PolicyInfo,
    Undefined,
    Verdict,
)
from fakes import INFO, metric, spec, table

RUN = {
    "started": "2026-01-01T00:00:00+00:00",
    "seconds": 1.5,
    "model_calls": 3,
    "cache_hits": 0,
    "host": "here",
    "probe_seconds": {"one": 1.0},
}
MANIFEST = Manifest(
    subject=INFO,
    config={"limit": 3},
    policy=PolicyInfo("default", "0" * 64),
    seed=0,
    data=(),
    environment={"python": "3"},
    git={"commit": None, "dirty": None},
    run=RUN,
)
LONG = table("long", [0.1 * at for at in range(201)])
MIXED = Evidence(
    id="mixed",
    caption="",
    kind="table",
    columns=(Column("any"),),
    rows=((1,), (1.0,), (True,), ("1",), (None,), (2**70,)) * 40,
    total=240,
)
AUDIT = Audit(
    fairwitness_version="0.1.0",
    status="complete",
    outcome="fail",
    manifest=MANIFEST,
    results=(
        Measured(
            probe=spec("one"),
            metrics=(metric("m", 0.1 + 0.2, 2, ("long",)),),
            evidence=(LONG, table("short", [1.0]), MIXED),
            requests=3,
            unanswered=0,
        ),
        NotApplicable(probe=spec("two"), reason="no labels"),
        Failed(probe=spec("three"), reason="ValueError: no", detail="place, line 3"),
    ),
    verdicts=(
        Verdict(
            ground="outside",
            rule="r", outcome="fail", probe="one", metric="m", by={"sex": "f"}, against="m", reason="above",
            severity="error", counts=True, fingerprint="abc", condition="<= 0.1", threshold=0.1,
            decided=Interval(0.95, -0.7, 1.3),
        ),
    ),
    exit_code=1,
)  # fmt: skip


def test_the_names_of_the_design() -> None:
    data = document.to_json(AUDIT)
    assert list(data) == [
        "schema_version", "fairwitness_version", "status", "outcome", "manifest", "results", "verdicts", "exit_code",
        "waivers",
    ]  # fmt: skip
    assert list(data["manifest"]) == [
        "subject", "config", "policy", "seed", "data", "environment", "git", "run", "facts",
    ]  # fmt: skip
    assert [result["status"] for result in data["results"]] == ["measured", "not_applicable", "failed"]
    [measured] = data["results"][0]["metrics"]
    assert measured["null"] is None
    assert measured["estimate"] == {
        "value": 0.30000000000000004, "low": 0.1 + 0.2 - 1, "high": 0.1 + 0.2 + 1,
        "level": 0.95, "n": 2, "method": "made up", "wider": [], "if_answered": None,
    }  # fmt: skip
    assert data["verdicts"][0]["decided"] == {"level": 0.95, "low": -0.7, "high": 1.3}


def test_an_absent_estimate_is_null_with_its_reason() -> None:
    absent = Metric(name="m", estimate=Undefined("no row"), unit="nats", better="none", claim="nothing", null=0.0)
    audit = replace(AUDIT, results=(Measured(probe=spec(), metrics=(absent,), evidence=(), requests=0, unanswered=0),))
    [spelled] = document.to_json(audit)["results"][0]["metrics"]
    assert (spelled["estimate"], spelled["undefined"], spelled["null"]) == (
        None,
        {"kind": "not_estimable", "reason": {"en": "no row"}, "code": "other", "values": {}},
        0.0,
    )


NUMBERS = tuple(Column(name, "number") for name in "abcdef")
LABELLED = (Column("series"), *NUMBERS)


@pytest.mark.parametrize(
    ("kind", "columns", "row", "said"),
    [
        ("curves", LABELLED[1:], (1.0,) * 6, "a label, then numbers, then flags; these columns are number, number"),
        ("curves", (), (), "these columns are none"),
        ("curves", (*LABELLED[:2], Column("mark", "flag"), LABELLED[2]), ("a", 1, True, 1), "then flags"),
        ("curves", LABELLED[:2], ("a", 1), "2 numbers a row, or 4 and more; these have 1"),
        ("curves", LABELLED[:4], ("a", 1, 1, 1), "2 numbers a row, or 4 and more; these have 3"),
        ("curves", LABELLED[:3], ("a", 1, "1"), "row 1 has a cell that is no number"),
        ("curves", LABELLED[:3], ("a", True, 1), "row 1 has a cell that is no number"),
        ("curves", LABELLED[:5], ("a", 0, 0.5, 0.6, 0.7), r"row 1: \[0.6, 0.7\] does not hold 0.5"),
        ("curves", LABELLED[:5], ("a", 0, 0.5, None, 0.7), "one end of an interval and not the other"),
        ("points", LABELLED[:6], ("a", 1, 1, 1, 1, 1), "6 numbers a row, or more; these have 5"),
        ("points", LABELLED, ("a", 1, 0, 2, 5, 0, 2), r"row 1: \[0, 2\] does not hold 5"),
    ],
)
def test_what_cannot_be_drawn_is_refused(kind: Any, columns: tuple[Column, ...], row: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Evidence(id="e", caption="", kind=kind, columns=columns, rows=(row,), total=1)


def test_curves_and_points_hold_breaks_reference_lines_and_marks() -> None:
    mark = Column("in use", "flag")
    rows = (
        ("a", 0.0, 0.5, 0.4, 0.6, 12, False),
        ("a", 0.5, None, None, None, 0, True),
        (None, 0, 0, None, None, None, None),
    )
    curves = Evidence(id="c", caption="", kind="curves", columns=(*LABELLED[:6], mark), rows=rows, total=3)
    points = Evidence(
        id="p",
        caption="",
        kind="points",
        columns=LABELLED,
        rows=(("a", 1, 0, 2, 5, 5, 5), (None, 1, None, None, 0, None, None)),
        total=2,
    )
    audit = replace(
        AUDIT, results=(Measured(probe=spec(), metrics=(), evidence=(curves, points), requests=0, unanswered=0),)
    )
    data = json.loads(document.dump(document.to_json(audit)))
    Draft202012Validator(document.schema()).validate(data)
    assert document.from_json(data) == audit


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.pop("outcome"),
        lambda data: data["results"][0].update(status="passed"),
        lambda data: data["results"][0]["metrics"][0].update(estimate=None),
        lambda data: data["results"][0]["metrics"][0].update(undefined="and yet"),
        lambda data: data["results"][0]["metrics"][0].update(better="more"),
        lambda data: data["results"][0]["evidence"][0].update(file="evidence/x.parquet"),
        lambda data: data["results"][1].pop("reason"),
        lambda data: data["verdicts"][0].update(outcome="warning"),
        lambda data: data["manifest"]["run"].pop("model_calls"),
        lambda data: data.update(schema_version="3.0"),
        lambda data: data.update(extra=1),
    ],
)
def test_the_schema_refuses_what_is_no_audit(change: Any) -> None:
    validator = Draft202012Validator(document.schema())
    data = json.loads(document.dump(document.to_json(AUDIT)))
    validator.validate(data)
    change(data)
    assert not validator.is_valid(data)


def test_numbers_that_are_not_finite_are_refused() -> None:
    bad = Evidence(id="e", caption="", kind="table", columns=(Column("a"),), rows=((float("nan"),),), total=1)
    with pytest.raises(ValueError, match="nan cannot stand"):
        document.to_json(
            replace(AUDIT, results=(Measured(probe=spec(), metrics=(), evidence=(bad,), requests=0, unanswered=0),))
        )


def test_more_than_200_rows_stand_in_a_file_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "new"
    path = document.write(AUDIT, folder)
    data = json.loads(path.read_text("utf-8"))
    Draft202012Validator(document.schema()).validate(data)
    long, short, mixed = data["results"][0]["evidence"]
    assert long["file"] == "evidence/one-long.parquet"
    assert "rows" not in long
    assert (long["shown"], long["total"]) == (201, 201)
    assert short["rows"] == [[0, 1.0]]
    assert mixed["file"] == "evidence/one-mixed.parquet"
    assert document.read(folder) == document.read(path) == AUDIT
    back = document.read(folder).results[0]
    assert isinstance(back, Measured)
    assert [type(row[0]).__name__ for row in back.evidence[2].rows[:6]] == [
        "int", "float", "bool", "str", "NoneType", "int",
    ]  # fmt: skip
    assert sorted(part.name for part in folder.iterdir()) == ["audit.json", "evidence"]


def test_names_that_no_file_can_have(tmp_path: Path) -> None:
    odd = [replace(LONG, id=name) for name in ("../a", "_/a", "..\\a", "__/a")]
    audit = replace(
        AUDIT, results=(Measured(probe=spec("x/y"), metrics=(), evidence=tuple(odd), requests=0, unanswered=0),)
    )
    document.write(audit, tmp_path / "run")
    assert document.read(tmp_path / "run") == audit
    assert len(list((tmp_path / "run" / "evidence").iterdir())) == 4


def test_a_second_write_leaves_nothing_of_the_first(tmp_path: Path) -> None:
    document.write(AUDIT, tmp_path)
    small = replace(AUDIT, results=AUDIT.results[1:])
    document.write(small, tmp_path)
    assert document.read(tmp_path) == small
    assert [part.name for part in tmp_path.iterdir()] == ["audit.json"]


class TestReading:
    @staticmethod
    def change(folder: Path, **known: object) -> Path:
        path = document.write(AUDIT, folder)
        path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **known}), "utf-8")
        return folder

    def test_a_later_minor_version_is_read(self, tmp_path: Path) -> None:
        assert document.read(self.change(tmp_path, schema_version="2.7", news=[])).results == AUDIT.results

    def test_what_was_added_within_the_version_need_not_be_there(self) -> None:
        """So that a run of an earlier release can be read, drawn and compared; `required.json` is that of 2.0."""
        first = json.loads((Path(__file__).parent / "required.json").read_text("utf-8"))
        schema = document.schema()
        for name, definition in {"Audit": schema, **schema["$defs"]}.items():
            required = set(definition.get("required", ()))
            assert not required - set(first.get(name, required)), name

    def test_another_major_version_is_refused(self, tmp_path: Path) -> None:
        for other in ("1.1", "3.0"):
            with pytest.raises(BadRun, match=f"schema version {other}; this Fairwitness reads 2.x"):
                document.read(self.change(tmp_path, schema_version=other))

    @pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"schema_version": 1}', '{"schema_version": "1.0"}'])
    def test_what_is_no_document_is_refused(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "audit.json").write_text(content)
        with pytest.raises(BadRun, match=r"audit\.json"):
            document.read(tmp_path)

    def test_a_folder_without_a_document_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(BadRun, match=r"is no Fairwitness run: cannot read audit\.json"):
            document.read(tmp_path)
        with pytest.raises(BadRun, match="is no Fairwitness run"):
            document.read(tmp_path / "nowhere")

    def test_a_value_that_the_records_refuse(self, tmp_path: Path) -> None:
        with pytest.raises(BadRun, match="is damaged"):
            document.read(self.change(tmp_path, status="done"))

    def test_evidence_that_is_gone_or_changed(self, tmp_path: Path) -> None:
        document.write(AUDIT, tmp_path)
        path = tmp_path / "evidence" / "one-long.parquet"
        path.write_bytes(path.read_bytes() + b" ")
        with pytest.raises(BadRun, match=r"one-long\.parquet is not the file"):
            document.read(tmp_path)
        path.unlink()
        with pytest.raises(BadRun, match=r"one-long\.parquet cannot be read"):
            document.read(tmp_path)


def test_columns_of_one_name_come_back_from_their_file(tmp_path: Path) -> None:
    twice = Evidence(
        id="twice",
        caption="",
        kind="table",
        columns=(Column("rows"), Column("rows", "number")),
        rows=(("a", 1),) * 300,
        total=300,
    )
    audit = replace(AUDIT, results=(Measured(probe=spec(), metrics=(), evidence=(twice,), requests=0, unanswered=0),))
    document.write(audit, tmp_path)
    assert list((tmp_path / "evidence").iterdir())
    assert document.read(tmp_path) == audit


class TestFolder:
    def test_of_something_else_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "thesis.tex").write_text("years of work")
        for use in (document.check_folder, document.prepare, lambda folder: document.write(AUDIT, folder)):
            with pytest.raises(BadRun, match=r"is not empty and holds no Fairwitness run: name another folder with -o"):
                use(tmp_path)
        assert [part.name for part in tmp_path.iterdir()] == ["thesis.tex"]

    def test_a_document_of_another_tool_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "audit.json").write_text('{"auditReportVersion": 2}')
        with pytest.raises(BadRun):
            document.prepare(tmp_path)

    def test_a_file_is_no_folder(self, tmp_path: Path) -> None:
        (tmp_path / "out").write_text("")
        with pytest.raises(BadRun, match="is a file"):
            document.prepare(tmp_path / "out")

    def test_of_an_earlier_run_keeps_it_and_loses_what_killed_runs_left(self, tmp_path: Path) -> None:
        document.write(AUDIT, tmp_path)
        for name in ("report.html", "log.jsonl", "notes.md", ".audit.json.77", ".report.html.77", ".log.jsonl.77"):
            (tmp_path / name).write_text("")
        (tmp_path / ".evidence.77").mkdir()
        document.prepare(tmp_path)
        kept = ["audit.json", "evidence", "log.jsonl", "notes.md", "report.html"]
        assert sorted(part.name for part in tmp_path.iterdir()) == kept
        assert document.read(tmp_path) == AUDIT

    def test_of_a_run_that_was_killed_is_taken_again(self, tmp_path: Path) -> None:
        (tmp_path / "log.jsonl").write_text('{"event": "run", "time": "now"}\n')
        document.prepare(tmp_path)
        with document.log_file(tmp_path) as place:
            assert place == tmp_path / "log.jsonl"

    def test_that_does_not_exist_is_made(self, tmp_path: Path) -> None:
        document.prepare(tmp_path / "a" / "b")
        assert (tmp_path / "a" / "b").is_dir()

    def test_that_cannot_be_written_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(CannotWrite, match=r"cannot write .*file"):
            document.write(AUDIT, tmp_path / "file" / "out")


FULL = """
import resource, sys
from pathlib import Path
from fairwitness.audit import document
from fairwitness.audit.errors import CannotWrite
audit = document.read(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))
try:
    document.write(audit, Path(sys.argv[1]))
except CannotWrite as error:
    sys.exit(f"said: {error}")
"""


@pytest.mark.slow
def test_a_full_disk_is_named_and_the_earlier_document_stays(tmp_path: Path) -> None:
    document.write(AUDIT, tmp_path)
    done = subprocess.run([sys.executable, "-c", FULL, tmp_path], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith(f"said: cannot write {tmp_path}")
    assert document.read(tmp_path) == AUDIT
    assert sorted(part.name for part in tmp_path.iterdir()) == ["audit.json", "evidence"]


def test_a_run_written_before_the_lines_of_its_policy_were_kept_is_read() -> None:
    data = document.to_json(AUDIT)
    assert "lines" in data["manifest"]["policy"]
    del data["manifest"]["policy"]["lines"]
    assert document.from_json(data).manifest.policy.lines == {}
