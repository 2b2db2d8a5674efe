"""Every reason that our code makes says its code: `other` is for probes of others, which have none that fits."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ("audit", "probes", "reports", "package")
CODE_AT = 2
"""The place of the code among the fields of `Undefined`."""


def without_code(tree: ast.AST) -> Iterator[int]:
    """The lines on which an `Undefined` is made without a code of its own."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and _name(call.func) == "Undefined" and not _coded(call):
            yield call.lineno


def _name(called: ast.expr) -> str:
    return called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""


def _coded(call: ast.Call) -> bool:
    named = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
    code = named[0] if named else call.args[CODE_AT] if len(call.args) > CODE_AT else ast.Constant("other")
    return not (isinstance(code, ast.Constant) and code.value == "other")


def test_every_reason_has_a_code() -> None:
    missing = [
        f"{path.relative_to(ROOT)}:{line}"
        for folder in SOURCE
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line in without_code(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert missing == []


def test_a_reason_without_a_code_is_seen() -> None:
    source = """
Undefined("few")
records.Undefined(reason="few", kind="not_asked")
Undefined("few", "not_asked", "other")
Undefined("few", code="few_units")
Undefined("few", "not_asked", "not_asked")
Undefined("few", kind, code, values)
"""
    assert list(without_code(ast.parse(source))) == [2, 3, 4]
