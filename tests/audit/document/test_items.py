"""Scored items and decision rows in the folder of a run: back as they were, the same bytes, hashes that are checked."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pairs import audit, decisions
from pairs import run as undecided

from fairwitness.audit import document
from fairwitness.audit.document.items import described, items_bytes, items_of
from fairwitness.audit.errors import BadRun
from fairwitness.audit.outcomes import outcome_of
from fairwitness.audit.records import Audit, DecisionRows, Items, Measured, ScoredItems, StoredItems

SCORED = ScoredItems(
    ids=("a", "b", "c"),
    scores={"gap": (0.5, None, -1.25), "id": (1.0, 0.0, 1.0)},
    clusters={"unanswered": ("x", "x", "y")},
    unanswered=(False, True, False),
)
NAMED_LIKE_COLUMNS = DecisionRows(
    rows=(3, 4),
    groups={"row": ("a", "b"), "score": ("女", "m"), "__class__": ("x", "(missing)")},
    decisions=("1", None),
    selected=(True, False),
    outcomes=(None, "0"),
    counted=(None, False),
    rule="the outcome '1'",
    scores=(0.1, None),
    weights=(1.0, 0.0),
    persons=(1, 1),
)
names = st.text(max_size=8)


def run(sex: list[str], truth: list[int], selected: list[int], scores: list[float] | None = None) -> Audit:
    """A run with the outcome that follows from it."""
    return settled(undecided(sex, truth, selected, scores))


def settled(made: Audit) -> Audit:
    outcome, code = outcome_of(made.verdicts, made.results, made.status)
    return replace(made, outcome=outcome, exit_code=code)


def restored(items: Items) -> Items:
    content = items_bytes(items)
    return items_of(content, described(items, "items/x.parquet", content))


@pytest.mark.parametrize("items", [SCORED, NAMED_LIKE_COLUMNS, DecisionRows(rows=(1,), groups={})])
def test_rows_come_back_as_they_were_whatever_a_column_is_called(items: Items) -> None:
    assert restored(items) == items
    assert items_bytes(items) == items_bytes(items)


@settings(deadline=None)
@given(st.lists(names, unique=True, max_size=5), names, st.data())
@pytest.mark.slow
def test_any_scores_come_back(ids: list[str], name: str, data: st.DataObject) -> None:
    cells = st.none() | st.floats(allow_nan=False, allow_infinity=False)
    scores = tuple(data.draw(cells) for _ in ids)
    labels = tuple(data.draw(names) for _ in ids)
    unanswered = tuple(score is None for score in scores)
    items = ScoredItems(ids=tuple(ids), scores={name: scores}, clusters={name: labels}, unanswered=unanswered)
    assert restored(items) == items


def with_items(made: Audit, items: Items) -> Audit:
    (result,) = made.results
    assert isinstance(result, Measured)
    return replace(made, results=(replace(result, items=items),))


def stored(made: Audit) -> StoredItems:
    (result,) = made.results
    assert isinstance(result, Measured)
    assert isinstance(result.items, StoredItems)
    return result.items


def test_the_document_names_the_file_and_reads_it_where_that_is_asked_for(tmp_path: Path) -> None:
    made = run(["f", "m"], [1, 0], [1, 1], [0.5, 0.75])
    document.write(made, tmp_path)
    data = json.loads((tmp_path / "audit.json").read_text())
    Draft202012Validator(document.schema()).validate(data)
    assert data == document.to_json(made)
    read = document.read(tmp_path)
    assert (stored(read).kind, stored(read).rows, stored(read).groups) == ("decision_rows", 2, ("sex",))
    assert document.read_items(tmp_path, stored(read)) == decisions(["f", "m"], [1, 0], [1, 1], [0.5, 0.75])
    for place in (tmp_path, tmp_path / "audit.json"):
        assert document.with_items(document.read(place), place) == made
    assert pq.read_table(tmp_path / stored(read).file).column_names == [
        *("row", "group.sex", "decision", "selected", "outcome", "counted", "score")
    ]


def test_scored_items_are_named_by_what_they_hold(tmp_path: Path) -> None:
    made = with_items(run(["f", "m"], [1, 0], [1, 1]), SCORED)
    document.write(made, tmp_path)
    named = stored(document.read(tmp_path))
    assert (named.kind, named.measures, named.clusters) == ("scored_items", ("gap", "id"), ("unanswered",))
    assert document.with_items(document.read(tmp_path), tmp_path) == made


@pytest.mark.slow
def test_a_run_that_is_written_again_keeps_its_rows_and_only_its_own(tmp_path: Path) -> None:
    made = run(["f", "m"], [1, 0], [1, 1])
    document.write(made, tmp_path / "run")
    read = document.read(tmp_path / "run")
    document.write(read, tmp_path / "run")
    assert document.with_items(document.read(tmp_path / "run"), tmp_path / "run") == made
    with pytest.raises(BadRun, match="copy the whole folder"):
        document.write(read, tmp_path / "elsewhere")
    document.write(settled(audit([])), tmp_path / "run")
    assert not (tmp_path / "run" / "items").exists()


def test_other_rows_and_missing_ones_are_told(tmp_path: Path) -> None:
    document.write(run(["f", "m"], [1, 0], [1, 1]), tmp_path)
    read = document.read(tmp_path)
    file = tmp_path / stored(read).file
    file.write_bytes(file.read_bytes() + b"?")
    with pytest.raises(BadRun, match="its hash differs"):
        document.read(tmp_path)
    with pytest.raises(BadRun, match="its hash differs"):
        document.with_items(read, tmp_path)
    file.unlink()
    with pytest.raises(BadRun, match="it is not there"):
        document.read(tmp_path)


def test_a_file_that_holds_something_else_is_damaged(tmp_path: Path) -> None:
    """Its hash is that of the document, its columns are not those that the document names."""
    document.write(run(["f", "m"], [1, 0], [1, 1]), tmp_path)
    named = stored(document.read(tmp_path))
    for other in (replace(named, groups=("age",)), replace(named, kind="scored_items")):
        with pytest.raises(BadRun, match="are damaged"):
            document.read_items(tmp_path, other)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"ids": ("a", "a", "c")}, "'a' stands there 2 times"),
        ({"scores": {"gap": (0.5,)}}, "'gap' has 1 cells of 3 rows"),
        ({"scores": {"gap": (0.5, None, float("nan"))}}, "score 'gap' holds nan"),
        ({"unanswered": ()}, "'unanswered' has 0 cells of 3 rows"),
    ],
)
def test_items_check_themselves(wrong: dict[str, tuple[object, ...]], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        replace(SCORED, **wrong)  # type: ignore[arg-type]


def test_decision_rows_check_themselves() -> None:
    for wrong in ({"rows": (3, 3)}, {"scores": (float("inf"), 0.0)}, {"decisions": ("1",)}, {"groups": {"g": ()}}):
        with pytest.raises(ValueError, match=r"decision rows|scores"):
            replace(NAMED_LIKE_COLUMNS, **wrong)
    assert NAMED_LIKE_COLUMNS.where([False, True]).rows == (4,)
    assert NAMED_LIKE_COLUMNS.where([False, True]).groups["score"] == ("m",)


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=8), st.sampled_from([SCORED, NAMED_LIKE_COLUMNS]))
@pytest.mark.slow
def test_damaged_bytes_are_told_or_are_rows_and_nothing_else(place: int, other: bytes, items: Items) -> None:
    content = items_bytes(items)
    start = place % len(content)
    damaged = content[:start] + other + content[start + len(other) :]
    with suppress(ValueError):  # any other error is a bug
        assert isinstance(items_of(damaged, described(items, "items/x.parquet", content)), type(items))
