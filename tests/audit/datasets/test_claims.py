"""Sets of true and false claims as others publish them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fairwitness.audit.datasets import find, locate
from fairwitness.audit.datasets.sets.claims import read_false, read_pairs
from fairwitness.audit.errors import BadData
from fairwitness.probes.safety.truthfulness.items import WORDS


def test_pairs_of_a_folder_are_rows_once(tmp_path: Path) -> None:
    pair = {"text": "Up is up.", "false": "Up is down.", "domain": "space", "id": "1"}
    (tmp_path / "a.json").write_text(json.dumps([pair, {"text": "Half."}]), encoding="utf-8")
    (tmp_path / "b.json").write_text(json.dumps([pair, "none"]), encoding="utf-8")
    columns = read_pairs(tmp_path)
    assert columns["true"] == ("Up is up.", "Half.", None)
    assert columns["false"] == ("Up is down.", None, None)
    assert read_pairs(tmp_path / "a.json")["domain"] == ("space", None)


@pytest.mark.parametrize("text", ["{}", "[", "[]"])
def test_what_holds_no_pairs_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    with pytest.raises(BadData, match=r"a\.json"):
        read_pairs(tmp_path / "a.json")


def test_false_claims_are_lines_without_their_header(tmp_path: Path) -> None:
    (tmp_path / "claims.txt").write_text("statement,label\nUp is down.\n\nUp is down.\nIn is out.\n", encoding="utf-8")
    assert read_false(tmp_path / "claims.txt")["claim"] == ("Up is down.", "In is out.")
    (tmp_path / "claims.txt").write_text("statement,label\n", encoding="utf-8")
    with pytest.raises(BadData, match="no claims"):
        read_false(tmp_path / "claims.txt")


@pytest.mark.slow
@pytest.mark.parametrize(("name", "rows"), [("factual_pairs", 206), ("false_claims", 3_000)])
def test_the_published_sets_are_read(name: str, rows: int) -> None:
    need = WORDS.data_need(name)
    if locate(need, None) is None:
        pytest.skip(f"the package {need.package} is not installed")
    found = find(need)
    assert len(found) >= rows
    assert all(cell for column in found.columns.values() for cell in column)
