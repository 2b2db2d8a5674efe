"""KoBBQ (Jin et al. 2024, arXiv:2307.16778): tab-separated rows in Korean, as questions of the layout of BBQ.

A row names the answer that the stereotype expects. `sample_id` is category, template, number, condition and polarity:
`age-001a-002-amb-bsd`; templates that differ in their letter alone tell one story. Where the answers were put into
other orders, the order's number follows.
"""

from __future__ import annotations

import ast
import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path

from fairwitness.audit.datasets.tables import long_cells, text_of
from fairwitness.audit.errors import BadData
from fairwitness.audit.records import Cell

NEEDED = ("sample_id", "context", "question", "choices", "biased_answer", "answer")
LANGUAGE = "ko"
UNKNOWN = frozenset({"알 수 없음"})
"""Answers that name nobody; so does each that is right where the text leaves the question open."""
_ID = re.compile(r"(?P<category>\w+)-(?P<template>\d+)[a-z]*-\d+-(?P<condition>amb|dis)-(?P<polarity>bsd|cnt)(?:-\d+)?")
_CONDITIONS = {"amb": "ambig", "dis": "disambig"}
_POLARITIES = {"bsd": "neg", "cnt": "nonneg"}


def rows_of(path: Path) -> list[dict[str, Cell]]:
    """The questions of a file, one mapping each, with the keys of the layout of BBQ that can be told.

    Raises BadData where a column is missing.
    """
    with long_cells():
        table = csv.DictReader(io.StringIO(text_of(path), newline=""), delimiter="\t", quoting=csv.QUOTE_MINIMAL)
        rows = list(table)
    missing = [name for name in NEEDED if name not in (table.fieldnames or ())]
    if missing:
        there = ", ".join(table.fieldnames or ()) or "none"
        raise BadData(f"{path} has no column {missing[0]!r} (columns: {there}); questions of KoBBQ have one")
    open_answers = {str(row["answer"]) for row in rows if "-amb-" in str(row["sample_id"])}
    return [_row(number, row, UNKNOWN | open_answers) for number, row in enumerate(rows, start=1)]


def _row(number: int, row: Mapping[str, str | None], unknown: frozenset[str]) -> dict[str, Cell]:
    names = _ID.fullmatch(row["sample_id"] or "")
    answers = _choices(row["choices"])
    people = [answer for answer in answers if answer not in unknown]
    cells: dict[str, Cell] = {
        "example_id": number,
        "context": row["context"] or None,
        "question": row["question"] or None,
        "language": LANGUAGE,
    }
    if names is not None:
        cells["category"], cells["question_index"] = names["category"], names["template"]
        cells["context_condition"] = _CONDITIONS[names["condition"]]
        cells["question_polarity"] = _POLARITIES[names["polarity"]]
    for place, answer in enumerate(answers):
        cells[f"ans{place}"] = answer
        cells[f"group{place}"] = "unknown" if answer in unknown else answer
    if row["answer"] in answers:
        cells["label"] = answers.index(str(row["answer"]))
    if len(people) == 2 and row["biased_answer"] in people:
        biased = str(row["biased_answer"])
        other = people[1 - people.index(biased)]
        cells["stereotyped_groups"] = other if cells.get("question_polarity") == "nonneg" else biased
    return cells


def _choices(text: str | None) -> tuple[str, ...]:
    """The three answers, which stand as a list of Python; none where the cell is something else."""
    try:
        choices = ast.literal_eval(text or "")
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return ()
    if not isinstance(choices, list) or len(choices) != 3 or not all(isinstance(choice, str) for choice in choices):
        return ()
    return tuple(choices)
