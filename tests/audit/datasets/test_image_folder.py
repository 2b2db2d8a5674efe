"""A folder of pictures with its table, and what may be wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from drawn_images import folder_of, shape

from fairwitness.audit import datasets, images
from fairwitness.audit.datasets.frames import table_of
from fairwitness.audit.errors import BadData
from fairwitness.audit.records import DataNeed, Table
from fairwitness.audit.runner.data_binding import BoundData

NEED = DataNeed(name="pictures", what="pictures", format="images")
PICTURES = {"red one here now.png": shape("red", "square"), "in/blue.png": shape("blue", "circle")}
ROWS = [
    {"file": "red one here now.png", "group": "red", "caption": "a red square on a white sheet"},
    {"file": "in/blue.png", "group": "blue", "caption": "a blue circle on a white sheet"},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return folder_of(tmp_path / "pictures", ROWS, PICTURES)


def read(path: Path) -> Table:
    return datasets.find(NEED, given=path)


def test_each_row_has_its_picture_and_the_columns_of_the_user(folder: Path) -> None:
    table = read(folder)
    assert table.columns["group"] == ("red", "blue")
    assert table.columns[images.FILE] == ("red one here now.png", "in/blue.png")
    pictures = images.images_of(table)
    assert [Path(picture.path).name for picture in pictures] == ["red one here now.png", "blue.png"]
    assert len({picture.sha256 for picture in pictures}) == 2
    assert images.name_of(table.columns[images.FILE][0], pictures[0]).startswith("red one here now.png · ")
    assert read(folder / "table.csv").columns == table.columns


def test_the_hash_of_the_data_is_that_of_table_and_pictures(folder: Path) -> None:
    first = read(folder).source.sha256
    assert read(folder).source.sha256 == first
    shape("green", "circle").save(folder / "in/blue.png")
    assert read(folder).source.sha256 != first
    second = read(folder).source.sha256
    (folder / "other.png").write_bytes(b"no part of it")
    assert read(folder).source.sha256 == second


def test_a_picture_of_several_rows_is_one_picture(folder: Path) -> None:
    folder_of(folder, [*ROWS, ROWS[0]], PICTURES)
    pictures = images.images_of(read(folder))
    assert pictures[0] == pictures[2]


@pytest.mark.parametrize("name", ["file_name", "image", "filename", "path", "which picture"])
def test_the_column_of_files_is_known_by_its_name_or_by_its_cells(folder: Path, name: str) -> None:
    folder_of(folder, [{name: row["file"], "group": row["group"]} for row in ROWS], PICTURES)
    assert read(folder).columns[images.FILE] == ("red one here now.png", "in/blue.png")


def test_names_of_files_are_no_texts_that_are_hidden_and_captions_are(folder: Path) -> None:
    texts = set(BoundData({"pictures": read(folder)}).own_texts)
    assert texts == {row["caption"] for row in ROWS}


def linked_away(folder: Path) -> None:
    (folder / "away.png").symlink_to("/etc/hostname")
    rows("away.png")(folder)


def rows(*files: str) -> Callable[[Path], None]:
    return lambda folder: (folder_of(folder, [{"file": file, "group": "a"} for file in files], {}), None)[1]


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "no table": (lambda folder: (folder / "table.csv").unlink(), "holds 1 pictures and no table: write a CSV file"),
    "two tables": (lambda folder: (folder / "b.csv").write_text("file\n"), "several tables (b.csv, table.csv)"),
    "missing": (
        rows("rad one here now.png", "in/blue.png"),
        "a file that is not in {folder}: 'rad one here now.png'; did",
    ),
    "all missing": (rows(*(f"{n}.png" for n in range(9))), "9 files that are not in {folder}: '0.png', '1.png', "),
    "above": (rows("../secret.png"), "'../secret.png' lies outside the folder of the table"),
    "absolute": (rows("/etc/passwd"), "'/etc/passwd' lies outside"),
    "of another system": (rows("C:\\pictures\\a.png"), "lies outside"),
    "linked away": (
        linked_away,
        "'away.png' lies outside",
    ),
    "a folder": (rows("in"), "a file that is not in {folder}: 'in'"),
    "a null": (rows("a\0b.png"), "name of no file"),
    "unnamed": (rows("in/blue.png", ""), "row 2 names no file"),
    "no column": (
        lambda folder: (folder / "table.csv").write_text("fil,group\nx,a\n"),
        "no column that names the files of the pictures: call it file (columns: 'fil', 'group'); did you mean 'fil'?",
    ),
    "no rows": (lambda folder: (folder / "table.csv").write_text("file,group\n"), "holds no rows"),
    "ours": (
        lambda folder: (folder / "table.csv").write_text("file,[image] path\nin/blue.png,/etc/passwd\n"),
        "has a column '[image] path'",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_with_a_folder_is_said_in_one_line(folder: Path, name: str) -> None:
    spoil, why = BAD[name]
    spoil(folder)
    with pytest.raises(BadData, match=re.escape(why.format(folder=folder))) as error:
        read(folder)
    assert "\n" not in str(error.value)


def test_a_picture_is_no_table(folder: Path) -> None:
    with pytest.raises(BadData, match="is a picture: give the folder with a table"):
        read(folder / "in/blue.png")


def test_a_table_in_memory_has_no_files_beside_it() -> None:
    with pytest.raises(BadData, match="give the path of the folder"):
        datasets.find(NEED, given=table_of(pd.DataFrame({"file": ["a.png"]})))


def test_whoever_gives_nothing_is_told_what_to_give() -> None:
    with pytest.raises(BadData, match="give a folder of pictures with a table that has a column file: --data PROBE="):
        datasets.find(NEED)
