"""Data files as programs and people save them: read where that is safe, else named with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairwitness.audit.datasets import find
from fairwitness.audit.errors import BadData
from fairwitness.audit.records import Cell, Table
from fairwitness.probes.kit.decisions.categorical import MISSING, Categorical, group
from fakes import need

PLAIN = "sex,dec\nä,1\nb,0\n"


def read(folder: Path, name: str, content: str | bytes, *columns: str) -> Table:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return find(need(columns=columns), given=path)


def column(folder: Path, *cells: str) -> tuple[Cell, ...]:
    return tuple(read(folder, "t.csv", "\n".join(["code", *cells]) + "\n").columns["code"])


@pytest.mark.parametrize(
    "cells",
    [
        ("12345678901234567890", "12345678901234567891"),
        ("1790000000000000000", "1790000000000000001"),
        ("1E2", "100", "2E2", "200"),
        ("1e2", "3e4"),
        ("007", "7"),
        ("1234567890123456", "0.5"),
        ("9007199254740992.5", "9007199254740993.5"),
    ],
    ids=["20 digits", "19 digits", "wards", "only exponents", "leading zero", "16 digits", "one float for two"],
)
def test_codes_that_look_like_numbers_stay_as_they_are_written(tmp_path: Path, cells: tuple[str, ...]) -> None:
    assert column(tmp_path, *cells) == cells


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (("1e-05", "1E+05", "0.5"), (1e-05, 1e5, 0.5)),
        (("1.0E5", "2"), (1e5, 2.0)),
        (("0.7310585786300049", "0.50"), (0.7310585786300049, 0.5)),
        (("123456789012345678", "1"), (123456789012345678, 1)),
    ],
    ids=["signed exponents", "a point", "17 digits", "18 digits"],
)
def test_numbers_as_programs_write_them_are_numbers(
    tmp_path: Path, cells: tuple[str, ...], numbers: tuple[float, ...]
) -> None:
    assert column(tmp_path, *cells) == numbers


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_texts_that_say_their_coding_are_read(tmp_path: Path, coding: str) -> None:
    assert dict(read(tmp_path, "t.csv", PLAIN.encode(coding)).columns) == {"sex": ("ä", "b"), "dec": (1, 0)}


@pytest.mark.parametrize("line", ["sep=;\r\n", "SEP=|\n", "sep=\t\n", "sep=,\n"])
def test_a_first_line_that_names_the_separator_is_taken_at_its_word(tmp_path: Path, line: str) -> None:
    text = line + PLAIN.replace(",", line.strip("\r\n")[4])
    assert dict(read(tmp_path, "t.csv", text).columns) == {"sex": ("ä", "b"), "dec": (1, 0)}
    with pytest.raises(BadData, match="line 5: 3 cells under 2 columns"):
        read(tmp_path, "t.csv", text + line.strip("\r\n")[4] * 2 + "\n")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.csv", PLAIN.encode("latin-1"), "line 2, byte 1: 0xe4 is no UTF-8 .*Latin-1.*save the file as UTF-8"),
        ("t.csv", PLAIN.encode("utf-16-le"), "seems to be UTF-16 without the mark"),
        ("t.csv", b"\xff\xfe\x00", "begins as UTF-16 and cannot be read"),
        ("t.csv", b"PK\x03\x04...", "is a workbook .* save the sheet as CSV"),
        ("t.csv", b"\xd0\xcf\x11\xe0...", "Excel workbook, .*save the sheet as CSV"),
        ("t.csv", b"\x1f\x8b\x08", "gzip: unpack it"),
        ("t.csv", b"PAR1....", "suffix .parquet"),
        ("t.xlsx", b"PK\x03\x04...", "Excel workbooks are not read: save the sheet as CSV"),
        ("t.csv.gz", b"\x1f\x8b\x08", "compressed files are not read: unpack it"),
        ("t.csv", b"", "t.csv is empty: it holds no table"),
        ("t.csv", b"\n1,2\n", "the first line is empty, and it must name the columns"),
        ("t.csv", b"sex\tdec\nm\t1\n", "separated by tabs: save it with commas, or give the file the suffix .tsv"),
        ("t.csv", b"sex|dec\nm|1\n", "separated by vertical bars: save it with commas"),
        ("t.csv", b"sex;dec\nm;0,5\n", "line 2: 2 cells under 1 columns; .*separated by semicolons"),
        ("t.csv", b"text,dec,text\nm,1,w\n", "column 'text' occurs twice, and nothing says which one is meant"),
        ("t.jsonl", b'{"dec": 1, "dec": 0}\n', "line 1: the key 'dec' stands twice in one object"),
        ("t.json", b'[{"dec": 1, "dec": 0}]', "the key 'dec' stands twice in one object"),
        ("t.csv", b"dec,dec,dec (2)\n1,2,3\n", r"a column is named 'dec \(2\)'"),
    ],
)
def test_what_is_no_table_of_ours_is_named_with_the_remedy(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    with pytest.raises(BadData, match=said):
        read(tmp_path, name, content, "dec")


def test_two_columns_of_one_name_in_parquet_are_told_apart(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"]), tmp_path / "t.parquet")
    table = find(need(), given=tmp_path / "t.parquet")
    assert dict(table.columns) == {"a": (1,), "a (2)": (2,)}
    assert table.repeats("a")


@pytest.mark.parametrize("kind", ["object", "string", "category", "Int64", "float64"])
def test_groups_of_a_parquet_column_are_those_of_its_values_in_whatever_type(tmp_path: Path, kind: str) -> None:
    """A category that no row has is no group, and an absent value of any type is a group of its own."""
    pd = pytest.importorskip("pandas")
    numbers = kind in ("Int64", "float64")
    values: list[Cell] = [1, 2, None, 1] if numbers else ["f", "m", None, "f"]
    given = pd.Series(values, dtype=kind)
    if kind == "category":
        given = given.cat.add_categories(["d"])
    pd.DataFrame({"sex": given}).to_parquet(tmp_path / "t.parquet")
    cells = find(need(), given=tmp_path / "t.parquet").columns["sex"]
    found = Categorical.of(cells, group)
    first, second = ("1", "2") if numbers else ("f", "m")
    assert found.texts(None) == (first, second, MISSING, first)
    assert len(found.values) == 3
