"""DataFrames as data: what a cell becomes, what is refused with one message, and when two tables have one hash."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from fairwitness.audit.datasets.frames import dtypes_of, is_frame, pandas_of, table_of
from fairwitness.audit.errors import BadData
from fairwitness.audit.records import Cell


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        (pd.Categorical(["x", "y", None]), ("x", "y", None)),
        (pd.array([1, None, 3], dtype="Int64"), (1, None, 3)),
        (pd.array([True, None, False], dtype="boolean"), (True, None, False)),
        (
            pd.Series(["2020-01-01", "2020-01-02", pd.NaT], dtype="datetime64[ns]"),
            ("2020-01-01 00:00:00", "2020-01-02 00:00:00", None),
        ),
        (pd.array(["p", "q", None], dtype="string[pyarrow]"), ("p", "q", None)),
        (pd.array([1, None, 2], dtype="int64[pyarrow]"), (1, None, 2)),
        (np.array([1.5, np.nan, np.inf]), (1.5, None, None)),
        (np.array([1, 2, 3], dtype=np.int8), (1, 2, 3)),
        (np.array([True, False, True]), (True, False, True)),
        ([1, "a", None], (1, "a", None)),
        ([[1], {"a": 2}, np.array([0.5])], ("[1]", '{"a": 2}', "[0.5]")),
        (pd.period_range("2020", periods=3, freq="M"), ("2020-01", "2020-02", "2020-03")),
        (["", " ", "x"], (None, " ", "x")),
        ([10**30, 1, 2], (10**30, 1, 2)),
        (pd.arrays.SparseArray([0, 0, 1]), (0, 0, 1)),
    ],
    ids=str,
)
def test_what_cells_become(column: Any, cells: tuple[Cell, ...]) -> None:
    table = table_of(pd.DataFrame({"c": column}))
    assert table.columns["c"] == cells
    assert [type(cell) for cell in table.columns["c"]] == [type(cell) for cell in cells], "1 is not True, nor 1.0"
    assert len(table) == 3


def test_other_libraries_are_read() -> None:
    expected = {"a": (1, 2), "b": ("x", None)}
    assert table_of(pa.table({"a": [1, 2], "b": ["x", None]})).columns == expected

    class Polars:
        """What polars looks like: a DataFrame of another library that gives one of pandas."""

        def __dataframe__(self) -> None:
            raise AssertionError

        def to_pandas(self) -> pd.DataFrame:
            return pd.DataFrame({"a": [1, 2], "b": ["x", None]})

    assert is_frame(Polars())
    assert table_of(Polars()).columns == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (pd.DataFrame({"a": []}), "holds no rows"),
        (pd.DataFrame(), "has no columns"),
        (pd.DataFrame(index=["a"]), r"no columns but an index: call reset_index\(\)"),
        (pd.DataFrame({("a", "b"): [1]}), "names in 2 levels .MultiIndex.: flatten them"),
        (pd.DataFrame(np.zeros((1, 1_000_000))), "has 1,000,000 columns, more than 10,000"),
        (pd.DataFrame({"a": [1, object()]}), "column 'a', row 2 holds a value of type object"),
        (pd.DataFrame({"a": [b"x"]}), "column 'a', row 1 holds a value of type bytes"),
        ([1, 2], "it is list; give a pandas DataFrame"),
        (pd.DataFrame, "it is type; give a pandas DataFrame"),
    ],
)
def test_what_is_no_table_is_one_message(value: Any, message: str) -> None:
    with pytest.raises(BadData, match=message) as caught:
        table_of(value, "people")
    assert str(caught.value).startswith("people")
    assert "\n" not in str(caught.value)


def test_columns_of_one_name_are_numbered_as_in_a_file() -> None:
    table = table_of(pd.DataFrame([[1, 2, 3]], columns=["a", "a", 7]))
    assert table.columns == {"a": (1,), "a (2)": (2,), "7": (3,)}
    assert table.repeats("a")


def test_a_multi_index_of_rows_is_left_out() -> None:
    index = pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])
    assert table_of(pd.DataFrame({"c": [1, 2]}, index=index)).columns == {"c": (1, 2)}


def test_equal_tables_have_one_hash_and_others_another() -> None:
    frame = pd.DataFrame({"sex": ["f", "m"], "age": [30, 40]})
    first = table_of(frame).source
    assert first.sha256 == table_of(frame.set_index("age", drop=False)).source.sha256
    assert first.sha256 == table_of(frame.astype({"sex": "category"})).source.sha256
    others = [
        frame.assign(age=[30, 41]),
        frame.assign(age=["30", "40"]),
        frame.assign(age=[30.0, 40.0]),
        frame.rename(columns={"age": "years"}),
        frame[::-1],
        frame[["age", "sex"]],
        frame.assign(age=pd.Series([30, None])),
        frame.assign(age=[30, "40"]),
    ]
    hashes = {table_of(other).source.sha256 for other in others}
    assert len(hashes | {first.sha256}) == len(others) + 1
    assert (first.name, first.source, first.rows) == ("DataFrame", "DataFrame", 2)


@pytest.mark.slow
def test_the_hash_is_that_of_another_process() -> None:
    code = (
        "import pandas as pd; from fairwitness.audit.datasets.frames import table_of; "
        "print(table_of(pd.DataFrame({'a': [1, 'x', None], 'b': [0.5, 1.5, 2.5]})).source.sha256)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert told == table_of(pd.DataFrame({"a": [1, "x", None], "b": [0.5, 1.5, 2.5]})).source.sha256


def test_a_table_does_not_change_with_its_frame() -> None:
    frame = pd.DataFrame({"a": [1, 2]})
    table = table_of(frame)
    frame.loc[0, "a"] = 9
    assert table.columns["a"] == (1, 2)


def test_dtypes_are_remembered() -> None:
    frame = pd.DataFrame({"sex": pd.Categorical(["f"]), "age": [1]})
    assert dtypes_of(frame) == {"sex": frame["sex"].dtype, "age": np.dtype("int64")}
    assert dtypes_of("people.csv") == {}
    assert pandas_of(frame) is frame
