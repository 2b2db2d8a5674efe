"""Rows of private people leave a run whole, and a signature made before still holds for what is left."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from golden.sample import sample

from fairwitness import frames
from fairwitness.audit import cli, comparison, document, signing
from fairwitness.audit.document import redaction
from fairwitness.audit.errors import BadRun, UnknownProbe
from fairwitness.audit.records import Audit, DataSource, DecisionRows, Evidence, Measured, ScoredItems
from fairwitness.audit.session.run import COMPARED
from fairwitness.reports import FORMATS

pytestmark = pytest.mark.slow

MARK = "PRIVATE-PERSON"
OWN = "ab" * 32
OF_THE_USER = ("group_fairness", "known_texts", "attention", "attribution")


def marked(evidence: Evidence, rows: int) -> Evidence:
    """The evidence with a mark of a person in each text of its rows, and so many rows."""
    lines = [
        tuple(f"{MARK}-{number}" if isinstance(cell, str) else cell for cell in evidence.rows[0])
        for number in range(rows)
    ]
    return replace(evidence, rows=tuple(lines), total=max(rows, evidence.total))


def people() -> Audit:
    """The sample, in which four probes read tables of the user's: decisions, texts, and the words of texts."""
    own = DataSource(name="texts", source="mine.csv", sha256=OWN, licence="", rows=3)
    results = []
    for result in sample().results:
        if isinstance(result, Measured) and result.probe.name in OF_THE_USER:
            result = replace(result, evidence=tuple(_planted(result)), sources=(OWN,))
        if isinstance(result, Measured) and result.probe.name == "group_fairness":
            names = tuple(f"{MARK}-{number}" for number in range(300))
            items = DecisionRows(rows=tuple(range(1, 301)), groups={"sex": names}, decisions=names)
            result = replace(result, items=items, sources=())
        if isinstance(result, Measured) and result.probe.name == "gender":
            result = replace(result, items=ScoredItems(ids=("a",), scores={"gap": (0.5,)}, unanswered=(False,)))
        results.append(result)
    manifest = replace(sample().manifest, data=(*sample().manifest.data, own))
    return replace(sample(), manifest=manifest, results=tuple(results))


def _planted(result: Measured) -> Iterator[Evidence]:
    for number, evidence in enumerate(result.evidence):
        if evidence.kind == "table":
            yield marked(evidence, 250 if number % 2 else 5)
        elif evidence.kind in redaction.WORDED:
            words = [replace(column, name=f"{MARK} {column.name}") for column in evidence.columns[1:]]
            columns = (evidence.columns[0], *words)
            yield replace(evidence, columns=columns, caption=f"Of {MARK}")
        else:
            yield evidence


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    pytest.importorskip("securesystemslib", reason="securesystemslib is not installed")
    private, public = signing.new_keys(tmp_path_factory.mktemp("keys") / "key")
    return str(private), str(public)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory, keys: tuple[str, str]) -> Path:
    folder = tmp_path_factory.mktemp("signed") / "run"
    document.write(people(), folder, FORMATS["html"].draw(people()))
    assert cli.invoke(["report", str(folder), "-f", "csv,junit"]) == 0
    for name in COMPARED:
        document.write_file(folder / name, f"decisions about {MARK} changed")
    assert cli.invoke(["sign", str(folder), "--key", keys[0]]) == 0
    return folder


@pytest.fixture
def run(signed: Path, tmp_path: Path) -> Path:
    return shutil.copytree(signed, tmp_path / "run")


@pytest.mark.slow
def test_nothing_of_a_person_is_left_and_the_signature_holds(
    run: Path, keys: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert MARK in (run / "audit.json").read_text(encoding="utf-8")
    assert MARK in (run / "report.html").read_text(encoding="utf-8")
    before = document.read(run)
    assert cli.invoke(["report", str(run), "--redact-rows"]) == 0
    left = {path.relative_to(run).as_posix(): path.read_bytes() for path in run.rglob("*") if path.is_file()}
    assert not [name for name, content in left.items() if MARK.encode() in content]
    assert sorted(left) == ["audit.json", "items/gender.parquet", "report.html", "report.intoto.jsonl"]
    after = document.read(run)
    assert (after.outcome, after.exit_code, after.verdicts) == (before.outcome, before.exit_code, before.verdicts)
    for was, now in zip(before.results, after.results, strict=True):
        if isinstance(was, Measured) and isinstance(now, Measured):
            assert was.metrics == now.metrics
            assert [item.id for item in was.evidence] == [item.id for item in now.evidence]
    capsys.readouterr()
    assert cli.invoke(["verify", str(run), "--key", keys[1]]) == 0
    said = capsys.readouterr().out.splitlines()
    assert "removed by redaction, hash on record: items/group_fairness.parquet" in said
    assert "redacted: rows are out of audit.json, and the signature covers what is left" in said
    assert "redacted: rows are out of report.html, and the signature covers what is left" in said
    assert said[-1].startswith("verified: ")


@pytest.mark.slow
def test_hashes_of_what_went_stay_on_record(run: Path) -> None:
    import hashlib

    digests = {path.relative_to(run).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
               for path in run.rglob("*.parquet")}  # fmt: skip
    before = json.loads((run / "audit.json").read_text(encoding="utf-8"))
    assert cli.invoke(["report", str(run), "--redact-rows"]) == 0
    after = json.loads((run / "audit.json").read_text(encoding="utf-8"))
    recorded = {}
    for was, now in zip(before["results"], after["results"], strict=True):
        if (now.get("items") or {}).get("redacted"):
            recorded[now["items"]["file"]] = now["items"]["sha256"]
        for old, item in zip(was.get("evidence", ()), now.get("evidence", ()), strict=True):
            if taken := item.get("redacted"):
                assert (item["rows"], item["shown"], taken["rows"]) == ([], 0, old["shown"])
                recorded[taken["file"]] = taken["sha256"]
                if not taken["file"]:
                    whole = json.dumps(old, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
                    assert taken["sha256"] == hashlib.sha256(whole.encode()).hexdigest()
    gone = {name: digest for name, digest in digests.items() if not (run / name).exists()}
    assert gone.items() <= recorded.items()
    assert sorted(gone) == ["evidence/group_fairness-people.parquet", "items/group_fairness.parquet"]


@pytest.mark.slow
def test_what_is_changed_besides_is_still_found(
    run: Path, keys: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    verify = ["verify", str(run), "--key", keys[1]]
    (run / "items" / "group_fairness.parquet").unlink()
    assert cli.invoke(verify) == 1
    assert "missing: items/group_fairness.parquet" in capsys.readouterr().err
    assert cli.invoke(["report", str(run), "--redact-rows"]) == 0
    assert cli.invoke(verify) == 0
    for name in ("audit.json", "report.html", "items/gender.parquet"):
        content = (run / name).read_bytes()
        capsys.readouterr()
        (run / name).write_bytes(content.replace(b"fail", b"pass", 1) + b" ")
        assert cli.invoke(verify) == 1
        assert f"changed: {name}" in capsys.readouterr().err
        (run / name).write_bytes(content)
    (run / "items" / "gender.parquet").unlink()
    assert cli.invoke(verify) == 1
    assert "missing: items/gender.parquet" in capsys.readouterr().err


@pytest.mark.slow
def test_a_second_redaction_finds_nothing_or_ends_the_first(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = {path: path.read_bytes() for path in run.rglob("*.parquet")}
    redact = ["report", str(run), "--redact-rows"]
    assert cli.invoke(redact) == 0
    once = (run / "audit.json").read_bytes()
    for path, content in kept.items():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)  # as where the first was killed before it had deleted them
    assert cli.invoke(redact) == 0
    assert [path.name for path in run.rglob("*.parquet")] == ["gender.parquet"]
    capsys.readouterr()
    assert cli.invoke(redact) == 0
    assert "nothing was taken out" in capsys.readouterr().out
    assert (run / "audit.json").read_bytes() == once


@pytest.mark.slow
def test_a_redacted_run_can_be_drawn_compared_and_signed_again(run: Path, keys: tuple[str, str]) -> None:
    whole = document.with_items(document.read(run), run)
    assert cli.invoke(["report", str(run), "--redact-rows"]) == 0
    for name in FORMATS:
        assert cli.invoke(["report", str(run), "-f", name]) == 0
    assert not (run / "report.tables" / "items-group_fairness.csv").exists()
    audit = document.with_items(document.read(run), run)
    comparison.compare(whole, audit)
    comparison.compare(audit, audit)
    with pytest.raises(UnknownProbe, match="taken out"):
        frames.items(audit, run, "group_fairness")
    stored = next(result.items for result in audit.results if result.probe.name == "group_fairness")  # type: ignore[union-attr]
    with pytest.raises(BadRun, match="taken out"):
        document.read_items(run, stored)  # type: ignore[arg-type]
    assert cli.invoke(["verify", str(run), "--key", keys[1]]) == 1
    assert cli.invoke(["sign", str(run), "--key", keys[0]]) == 0
    assert cli.invoke(["verify", str(run), "--key", keys[1]]) == 0
    document.write(document.read(run), run)
    assert document.redact(run).changed is False


@pytest.mark.slow
def test_the_page_says_what_was_taken_out(run: Path) -> None:
    assert cli.invoke(["report", str(run), "--redact-rows"]) == 0
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "250 rows of private people were taken out of this run" in page


@pytest.mark.slow
def test_published_data_stay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document.write(sample(), tmp_path / "run")
    content = (tmp_path / "run" / "audit.json").read_bytes()
    assert cli.invoke(["report", str(tmp_path / "run"), "--redact-rows"]) == 0
    assert "holds no rows of private people" in capsys.readouterr().out
    assert (tmp_path / "run" / "audit.json").read_bytes() == content


@pytest.mark.slow
@pytest.mark.parametrize("more", [["-f", "md"], ["--card", "README.md"]])
def test_redaction_draws_nothing_else(more: list[str], run: Path) -> None:
    assert cli.invoke(["report", str(run), "--redact-rows", *more]) == 2
    assert (run / "report.junit.xml").exists()


def test_a_run_that_is_being_written_is_left(run: Path) -> None:
    (run / ".log.jsonl.1").touch()
    assert cli.invoke(["report", str(run), "--redact-rows"]) == 2
    assert MARK in (run / "audit.json").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_run_over_a_table_of_people(tmp_path: Path, keys: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))
    table, run = tmp_path / "people.csv", tmp_path / "run"
    with table.open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["person", "repaid", "granted", "sex"])
        for row in range(240):
            lines.writerow([f"{MARK}-{row}", row % 2, (row // 2) % 2, "fm"[row % 3 == 0]])
    columns = ["--label", "repaid", "--prediction", "granted", "--group", "sex", "--id", "person", "--favourable", "1"]
    command = ["run", f"predictions:{table}", "-p", "group_fairness", *columns, "-q", "--offline", "-o", str(run)]
    assert cli.invoke(command) in (0, 1)
    assert cli.invoke(["sign", str(run), "--key", keys[0]]) == 0
    assert MARK.encode() in (run / "report.html").read_bytes()
    assert cli.invoke(["report", str(run), "--redact-rows"]) == 0
    assert not [path for path in run.rglob("*") if path.is_file() and MARK.encode() in path.read_bytes()]
    assert not list(run.rglob("*.parquet"))
    assert cli.invoke(["verify", str(run), "--key", keys[1]]) == 0
    assert cli.invoke(command) in (0, 1)
    assert not (run / signing.SIGNATURE).exists()
