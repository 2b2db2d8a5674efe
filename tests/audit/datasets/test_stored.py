"""Columns of long texts stand in a file without a name: the same cells, and next to nothing of them in memory."""

from __future__ import annotations

import json
import os
import stat
import tracemalloc
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairwitness.audit.datasets import find, stored
from fairwitness.audit.datasets.stored import ColumnWriter, StoredColumn
from fairwitness.audit.errors import BadData
from fairwitness.audit.records import Table
from fairwitness.audit.runner.data_binding import BoundData
from fakes import need

TEXTS = [f"Text number {number}, “long” enough.\nIt has two lines, {'and more ' * number}" for number in range(1, 40)]
NUMBERS = [number * 1_000_003 for number in range(1, 40)]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns are long from 2,000 characters on, and files are read in portions of seven rows."""
    monkeypatch.setattr(stored, "HELD", 2_000)
    monkeypatch.setattr("fairwitness.audit.datasets.tables.PORTION", 7)


def written(folder: Path, kind: str) -> Path:
    path = folder / f"corpus.{kind}"
    columns = {"text": TEXTS, "number": NUMBERS, "place": [f"{number:03d}" for number in range(1, 40)]}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    if kind == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    elif kind == "json":
        path.write_text(json.dumps(rows), encoding="utf-8")
    elif kind == "parquet":
        pq.write_table(pa.table(columns), path)
    else:
        quoted = ['"' + row["text"].replace('"', '""') + f'",{row["number"]},{row["place"]}\n' for row in rows]
        path.write_text("text,number,place\n" + "".join(quoted), encoding="utf-8", newline="")
    return path


def read(path: Path, *columns: str) -> Table:
    return find(need(columns=columns), given=path)


@pytest.mark.parametrize("kind", ["jsonl", "json", "csv", pytest.param("parquet", marks=pytest.mark.slow)])
def test_long_texts_are_stored_and_read_as_they_stand(tmp_path: Path, kind: str) -> None:
    table = read(written(tmp_path, kind), "text")
    column = table.columns["text"]
    assert isinstance(column, StoredColumn)
    assert list(column) == TEXTS
    assert (column[3], column[-1], column[1:3]) == (TEXTS[3], TEXTS[-1], tuple(TEXTS[1:3]))
    assert len(column) == len(table) == len(TEXTS)
    with pytest.raises(IndexError):
        column[len(TEXTS)]
    assert table.columns["number"] == tuple(NUMBERS)
    assert table.columns["place"] == tuple(f"{number:03d}" for number in range(1, 40))


def test_a_folder_of_long_texts_is_stored(tmp_path: Path) -> None:
    for number, text in enumerate(TEXTS):
        (tmp_path / f"{number:02d}.txt").write_text(text, encoding="utf-8")
    table = read(tmp_path, "text")
    assert isinstance(table.columns["text"], StoredColumn)
    assert list(table.columns["text"]) == TEXTS
    assert table.columns["name"][1] == "01.txt"


def test_nobody_else_can_open_what_is_stored(tmp_path: Path) -> None:
    column = read(written(tmp_path, "jsonl"), "text").columns["text"]
    assert isinstance(column, StoredColumn)
    there = os.fstat(column._file.fileno())
    assert (there.st_nlink, stat.S_IMODE(there.st_mode)) == (0, 0o600)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_texts(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"text": f"{place} " + "word " * 400}) + "\n" for place in range(1_500))
    size = path.stat().st_size
    tracemalloc.start()
    try:
        table = read(path, "text")
        characters = sum(len(str(text)) for text in BoundData({"documents": table}).own_texts)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert characters > 0.9 * size
    assert peak < size / 5


def test_cells_that_are_no_texts_and_half_characters_come_back() -> None:
    writer = ColumnWriter(missing=2)
    cells = ["x" * 3_000, None, 7, True, 1.5, "\ud800 half", ""]
    writer.extend(cells)
    column = writer.column()
    assert isinstance(column, StoredColumn)
    assert list(column) == [None, None, *cells]


def test_an_empty_cell_of_a_table_of_text_is_none() -> None:
    writer = ColumnWriter(spelled=True)
    writer.extend(["x" * 3_000, "", "12"])
    assert list(writer.column()) == ["x" * 3_000, None, "12"]


def test_names_that_repeat_and_numbers_are_held(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("name,number\n" + "female,1234567890\n" * 2_000, encoding="utf-8")
    columns = read(path, "name").columns
    assert columns["name"] == ("female",) * 2_000
    assert columns["number"] == (1234567890,) * 2_000


@pytest.mark.parametrize("late", ["missing", "new"])
def test_keys_that_come_and_go_leave_empty_cells(tmp_path: Path, late: str) -> None:
    path = tmp_path / "t.jsonl"
    rows: list[dict[str, object]] = [{"text": text} for text in TEXTS]
    rows[20] = {"other": 5} if late == "missing" else {"text": TEXTS[20], "other": 5}
    path.write_text("\n\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    columns = read(path, "text").columns
    expected = [None if late == "missing" and place == 20 else text for place, text in enumerate(TEXTS)]
    assert list(columns["text"]) == expected
    assert list(columns["other"]) == [5 if place == 20 else None for place in range(len(TEXTS))]


@pytest.mark.parametrize(
    ("end", "message"),
    [
        (b'{"text": \n', "line 40: Expecting value"),
        (b"[1]\n", "line 40 is no object"),
        (b'{"text": "caf\xe9"}\n', "line 40, byte 14: 0xe9 is no UTF-8"),
    ],
)
def test_mistakes_far_down_are_named_by_their_line(tmp_path: Path, end: bytes, message: str) -> None:
    path = written(tmp_path, "jsonl")
    path.write_bytes(path.read_bytes() + end)
    with pytest.raises(BadData, match=message):
        read(path, "text")


def test_a_row_of_another_width_far_down_is_named_by_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, "csv")
    path.write_bytes(path.read_bytes() + b"a,b\n")
    with pytest.raises(BadData, match="line 80: 2 cells under 3 columns"):
        read(path, "text")


@pytest.mark.parametrize("coding", ["utf-8-sig", "utf-16", "utf-32"])
def test_other_encodings_are_read_line_by_line(tmp_path: Path, coding: str) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text("".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in TEXTS), encoding=coding)
    assert list(read(path, "text").columns["text"]) == TEXTS


def test_stored_texts_of_the_user_may_stand_in_no_message(tmp_path: Path) -> None:
    table = read(written(tmp_path, "jsonl"), "text")
    bound = BoundData({"documents": table}).own_texts
    assert set(bound) == set(TEXTS)
    assert (len(bound), bool(bound), TEXTS[5] in bound, "no text" in bound) == (len(TEXTS), True, True, False)
    assert not BoundData({}).own_texts
