"""Tables that are written while a probe runs: in the document while small, from then on in a file beside it."""

from __future__ import annotations

import json
import shutil
import tracemalloc
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from jsonschema import Draft202012Validator

from asking import Guesser, bbq_table
from fairwitness.audit import document, policy, runner
from fairwitness.audit.engine import Engine
from fairwitness.audit.errors import BadRun
from fairwitness.audit.probe import Context, Findings, Options, ProbeRun
from fairwitness.audit.records import Audit, Column, Failed, Measured, StoredRows
from fairwitness.audit.requests import Classify
from fairwitness.audit.runner.row_writers import GROUP, table_opener
from fairwitness.probes.bias.bbq.probe import PROBE as BBQ
from fairwitness.reports import html
from fakes import INFO, FakeModel, FakeProbe, spec
from organisms import context, drive

pytestmark = pytest.mark.slow

COLUMNS = (Column("row", "number"), Column("text", "text", secret=True), Column("odd", "flag"))
MANY = 2 * GROUP + 300


def writer(rows: int, name: str = "writer", *, fails: bool = False, last: object = "end") -> FakeProbe:
    """A probe that writes so many rows over two rounds."""

    def body(ctx: Context) -> ProbeRun:
        writer = ctx.open_table("all", "every row", COLUMNS)
        for start in (0, rows // 2):
            yield [Classify(f"text {start}")]
            for at in range(start, rows // 2 if start == 0 else rows):
                writer.add((at, f"the secret text of row {at}", at % 2 == 1))
        writer.add((rows, last, None))  # type: ignore[arg-type]
        if fails:
            raise ValueError("after all was written")
        return Findings(metrics=[], evidence=[writer.evidence()])

    return FakeProbe(spec(name), body)


def run(folder: Path, *probes: FakeProbe, show_secrets: bool = False) -> Audit:
    judging, info = policy.load(None)
    folder.mkdir(exist_ok=True)
    (folder / document.LOG).write_text('{"event": "run"')
    made = runner.run(
        [(probe, Options()) for probe in probes],
        Engine(FakeModel()),
        INFO,
        runner.provide([probe.spec for probe in probes], {}),
        {},
        judging,
        info,
        output=folder,
        show_secrets=show_secrets,
    )
    document.write(made, folder)
    return made


def test_few_rows_stand_in_the_document(tmp_path: Path) -> None:
    run(tmp_path, writer(5))
    [item] = json.loads((tmp_path / "audit.json").read_text())["results"][0]["evidence"]
    assert item["shown"] == item["total"] == 6
    assert item["rows"][1][0] == 1
    assert "[text: 24 characters, begins 'the ']" in item["rows"][1]
    assert not (tmp_path / "evidence").exists()


@pytest.mark.parametrize("rows", [document.INLINE_ROWS, GROUP - 1, GROUP, MANY])
def test_many_rows_stand_in_a_file_and_not_in_memory(tmp_path: Path, rows: int) -> None:
    made = run(tmp_path, writer(rows), show_secrets=True)
    data = json.loads((tmp_path / "audit.json").read_text())
    Draft202012Validator(document.schema()).validate(data)
    [item] = data["results"][0]["evidence"]
    assert (item["file"], item["stored"], item["shown"]) == ("evidence/writer-all.parquet", True, rows + 1)
    table = pq.read_table(tmp_path / item["file"])
    assert table.column("row").to_pylist() == list(range(rows + 1))
    assert table.column("text").to_pylist() == [f"the secret text of row {at}" for at in range(rows)] + ["end"]
    assert table.column("odd").to_pylist()[-3:] == [(rows - 2) % 2 == 1, (rows - 1) % 2 == 1, None]
    assert document.read(tmp_path) == made
    [result] = made.results
    assert isinstance(result, Measured)
    assert result.evidence[0].rows == ()
    assert isinstance(result.evidence[0].stored, StoredRows)


def test_the_same_rows_give_the_same_file(tmp_path: Path) -> None:
    first, second = (run(tmp_path / name, writer(MANY)).results for name in ("a", "b"))
    assert first == second


def test_secrets_are_hidden_in_the_file_too(tmp_path: Path) -> None:
    run(tmp_path, writer(MANY))
    table = pq.read_table(tmp_path / "evidence" / "writer-all.parquet")
    assert table.column("text")[0].as_py() == "[text: 24 characters, begins 'the ']"
    assert b"secret text" not in (tmp_path / "evidence" / "writer-all.parquet").read_bytes()


def test_a_bad_cell_or_a_crash_fails_its_probe_alone_and_leaves_no_file(tmp_path: Path) -> None:
    probes = [writer(MANY, "sound"), writer(MANY, "nan", last=float("nan")), writer(MANY, "crash", fails=True)]
    made = {result.probe.name: result for result in run(tmp_path, *probes).results}
    assert isinstance(made["sound"], Measured)
    assert isinstance(made["nan"], Failed)
    assert "column 'text' holds nan" in made["nan"].reason
    assert isinstance(made["crash"], Failed)
    assert [path.name for path in (tmp_path / "evidence").iterdir()] == ["sound-all.parquet"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["audit.json", "evidence", "log.jsonl"]


def test_a_number_in_a_column_of_text_is_told(tmp_path: Path) -> None:
    [result] = run(tmp_path, writer(MANY, last=7), show_secrets=True).results
    assert isinstance(result, Failed)
    assert "does not fit its column" in result.reason


def test_a_run_is_written_again_with_its_file_and_not_without(tmp_path: Path) -> None:
    made = run(tmp_path / "run", writer(MANY))
    document.write(document.read(tmp_path / "run"), tmp_path / "run")
    assert document.read(tmp_path / "run") == made
    with pytest.raises(BadRun, match="copy the whole folder"):
        document.write(made, tmp_path / "elsewhere")
    file = tmp_path / "run" / "evidence" / "writer-all.parquet"
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    with pytest.raises(BadRun, match="its hash differs"):
        document.read(tmp_path / "run")
    shutil.rmtree(file.parent)
    with pytest.raises(BadRun, match="cannot be read"):
        document.read(tmp_path / "run")


def test_the_page_names_the_file(tmp_path: Path) -> None:
    page = html.render(run(tmp_path, writer(MANY)))
    assert f"{MANY + 1:,} rows, too many for a page, are in" in page
    assert '<a href="evidence/writer-all.parquet">' in page


@pytest.mark.slow
def test_rows_in_the_number_of_bbq_are_written_in_bounded_memory(tmp_path: Path) -> None:
    writer = table_opener(tmp_path, "bbq", show_secrets=False)("all", "", COLUMNS)
    tracemalloc.start()
    for at in range(58_492):
        writer.add((at, f"{at}" * 120, False))
    found = writer.evidence()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.shown == 58_492
    assert peak < 12e6  # two groups of 2,000 rows of 600 characters are 2.4 MB; all rows would be 35


@pytest.mark.slow
def test_every_question_of_bbq_is_kept() -> None:
    data = bbq_table(60, 1)
    found = drive(BBQ, context(BBQ, ["LogLikelihood"], {"bbq": data}), Guesser(data))
    [table] = [item for item in found.evidence if item.id == "questions"]
    assert table.shown == table.total == 240
    [asked, chosen, right] = [
        [column.name for column in table.columns].index(name) for name in ("asked", "chosen", "right")
    ]
    assert len({row[asked] for row in table.rows}) == 240
    accuracy = sum(row[chosen] == row[right] for row in table.rows if row[3] == "disambiguated") / 120
    [metric] = [one for one in found.metrics if one.name == "accuracy_disambiguated" and not one.by and not one.variant]
    assert metric.estimate.value == pytest.approx(accuracy)  # type: ignore[union-attr]
