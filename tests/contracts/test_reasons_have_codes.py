"""Every reason and note that our code makes says its code: `other` is for what others write, where none fits."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest

from fairwitness.audit import records

ROOT = Path(__file__).parents[2]
SOURCE = ("audit", "probes", "reports", "package")
CODE_AT = {"Undefined": 2, "DoesNotApply": 1, "Note": 1, "NotApplicable": 2, "Failed": 2}
"""The place of the code among the fields of what carries a reason."""
LISTS: tuple[tuple[object, Mapping[Any, str]], ...] = (
    (records.ReasonCode, records.REASON_CODES),
    (records.AbsenceCode, records.ABSENCE_CODES),
    (records.FailureCode, records.FAILURE_CODES),
    (records.NoteCode, records.NOTE_CODES),
)


def without_code(tree: ast.AST) -> Iterator[int]:
    """The lines on which something with a reason is made without a code of its own."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and _name(call.func) in CODE_AT and not _coded(call, CODE_AT[_name(call.func)]):
            yield call.lineno


def _name(called: ast.expr) -> str:
    return called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""


def _coded(call: ast.Call, place: int) -> bool:
    named = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
    code = named[0] if named else call.args[place] if len(call.args) > place else ast.Constant("other")
    return not (isinstance(code, ast.Constant) and code.value == "other")


@pytest.mark.slow
def test_every_reason_has_a_code() -> None:
    missing = [
        f"{path.relative_to(ROOT)}:{line}"
        for folder in SOURCE
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line in without_code(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert missing == []


@pytest.mark.parametrize(("codes", "descriptions"), LISTS)
def test_every_code_is_described(codes: object, descriptions: Mapping[Any, str]) -> None:
    assert set(descriptions) == set(get_args(codes))
    assert all(descriptions.values())


def test_a_reason_without_a_code_is_seen() -> None:
    source = """
Undefined("few")
records.Undefined(reason="few", kind="not_asked")
Undefined("few", "not_asked", "other")
Undefined("few", code="few_units")
Undefined("few", "not_asked", "not_asked")
Undefined("few", kind, code, values)
DoesNotApply("no rows")
DoesNotApply("no rows", "data_unfit")
Note("slow")
Note("slow", "slower", values)
NotApplicable(probe=spec, reason="none")
NotApplicable(probe=spec, reason="none", code=code)
Failed(probe=spec, reason="none")
"""
    assert list(without_code(ast.parse(source))) == [2, 3, 4, 8, 10, 12, 14]
