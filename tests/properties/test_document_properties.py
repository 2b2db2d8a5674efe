"""Any audit survives JSON, its schema and a folder, cell by cell and bit by bit."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from audits import audits, cells
from fairwitness.audit import document
from fairwitness.audit.document.evidence import read_rows, table_bytes
from fairwitness.audit.records import Audit


@cache
def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(document.schema())
    return Draft202012Validator(document.schema())


@pytest.mark.slow
@given(audits)
@settings(max_examples=30, deadline=None)
def test_json_and_back(audit: Audit) -> None:
    text = document.dump(document.to_json(audit))
    data = json.loads(text)
    validator().validate(data)
    back = document.from_json(data)
    assert back == audit
    assert document.dump(document.to_json(back)) == text


@pytest.mark.slow
@given(audits, st.integers(0, 3))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_folder_and_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, audit: Audit, inline: int) -> None:
    monkeypatch.setattr(document, "INLINE_ROWS", inline)
    folder = tmp_path / "run"
    shutil.rmtree(folder, ignore_errors=True)
    document.write(audit, folder)
    validator().validate(json.loads((folder / "audit.json").read_text("utf-8")))
    assert document.read(folder) == audit
    first = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    document.write(audit, folder)
    assert {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == first


@pytest.mark.slow
@given(st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), max_size=8)))
@settings(deadline=None)
def test_cells_keep_value_and_type_in_parquet(rows: list[list[Any]]) -> None:
    names = [f"column {at}" for at in range(len(rows[0]) if rows else 1)]
    back = read_rows(table_bytes(names, rows))
    assert back == rows
    assert [[type(cell) for cell in row] for row in back] == [[type(cell) for cell in row] for row in rows]
