"""The source speaks the field's words: names that were given up name nothing any more, and loop variables are nouns.

The left-hand words of the glossary, as whole identifiers: classes, functions, modules, parameters, and what a loop or
an assignment binds. Where a word has the field's own meaning too it is not listed (a crossing of two group columns).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("audit", "package", "probes", "reports")
FILES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))

VARIABLES = frozenset({"at", "found", "one", "own", "told"})
"""Bound by nothing: the noun stands in their place."""

NAMES = frozenset(
    {
        *(
            "Asked",
            "Chosen",
            "Coded",
            "Frame",
            "Judged",
            "Marked",
            "Part",
            "Sample",
            "Seen",
            "Sliced",
            "Tried",
            "Written",
        ),
        *("Game", "Play", "Shares", "Stretch", "Walk", "Supply", "SpellsTokens", "NamesTokens"),
        *(
            "addressed",
            "below_floor",
            "concluded",
            "deaf",
            "door",
            "four",
            "heard",
            "ladder",
            "lean",
            "leaning",
            "leans",
        ),
        *("less_control", "pieces", "play", "rising", "rung", "rungs", "spell", "stretch", "supply"),
        *("swapping", "swayed", "twin", "twins", "unable", "unheard", "unless_leaning", "unwritten", "walk"),
        *("among_others", "holds_among", "process_code", "unshown"),
    }
)
"""Named by nothing: not a class, a function, a module, a parameter or a variable."""


def bound(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every identifier that a file binds, with its line."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.arg(arg=name):
                yield node.lineno, name
            case ast.Name(id=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.MatchAs(name=str() as name) | ast.MatchStar(name=str() as name):
                yield node.lineno, name
            case ast.ExceptHandler(name=str() as name):
                yield node.lineno, name
            case ast.alias(asname=str() as name):
                yield node.lineno, name
            case _:
                pass


def attributes(tree: ast.AST) -> set[tuple[int, str]]:
    """Methods and fields of classes: what reads well after a dot (`estimate.at(level)`, `request.at`) may stay."""
    kept: set[tuple[int, str]] = set()
    for node in ast.walk(tree):
        for item in node.body if isinstance(node, ast.ClassDef) else ():
            match item:
                case ast.FunctionDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                    kept.add((item.lineno, name))
                case _:
                    pass
    return kept


def given_up(text: str) -> list[str]:
    """The names of a file that were given up, each with its line."""
    tree = ast.parse(text)
    kept = attributes(tree)
    return [
        f"{line}: {name}"
        for line, name in bound(tree)
        if name.strip("_") in NAMES or (name in VARIABLES and (line, name) not in kept)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_name_is_one_that_was_given_up(path: Path) -> None:
    modules = [part for part in path.relative_to(ROOT).with_suffix("").parts if part.strip("_") in NAMES]
    assert modules == []
    assert given_up(path.read_text()) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("class Sample: ...", "Sample"),
        ("def spell(): ...", "spell"),
        ("def total(*, floor, heard): ...", "heard"),
        ("kept = [one for one in items]", "one"),
        ("for at, item in enumerate(items): ...", "at"),
        ("if (found := search()): ...", "found"),
        ("from stats import mean as rising", "rising"),
        ("match value:\n    case [int() as own]: ...", "own"),
    ],
)
def test_a_name_that_was_given_up_is_seen(text: str, name: str) -> None:
    assert [seen.split(": ")[1] for seen in given_up(text)] == [name]


def test_what_reads_well_after_a_dot_may_stay() -> None:
    assert given_up("class Estimate:\n    at: int\n    def at(self, level): ...") == []
