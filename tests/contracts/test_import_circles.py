"""No module of ours imports itself by way of others: what is imported first is never seen half made."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def modules() -> dict[str, Path]:
    """Every module of the package by its name."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    files: dict[str, Path] = {}
    for package, folder in settings["package-dir"].items():
        for file in sorted((ROOT / folder).rglob("*.py")):
            inner = file.relative_to(ROOT / folder).with_suffix("").parts
            parts = inner[:-1] if inner[-1] == "__init__" else inner
            files[".".join((package, *parts))] = file
    return files


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """What is run when a module is imported: nothing within functions, nor what only a type checker reads."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING":
            yield from statements(statement.orelse)
            continue
        yield statement
        for name in ("body", "orelse", "finalbody"):
            yield from statements(getattr(statement, name, []))


def imports(source: str, known: set[str]) -> set[str]:
    """Which of the known modules a source imports by name when it is run."""
    names: set[str] = set()
    for statement in statements(ast.parse(source).body):
        if isinstance(statement, ast.Import):
            names.update(alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module is not None:
            inner = {f"{statement.module}.{alias.name}" for alias in statement.names}
            names |= inner & known
            if inner - known:
                names.add(statement.module)
    return names & known


def circle(sources: dict[str, str]) -> list[str]:
    """Modules that import one another in a ring, the first again at the end; empty where there is none."""
    try:
        TopologicalSorter({name: imports(source, set(sources)) for name, source in sources.items()}).prepare()
    except CycleError as error:
        ring: list[str] = error.args[1]
        return ring
    return []


@pytest.mark.slow
def test_no_module_of_ours_stands_in_a_circle() -> None:
    assert circle({name: file.read_text(encoding="utf-8") for name, file in modules().items()}) == []


@pytest.mark.parametrize(
    ("second", "found"),
    [
        ("import p.a", True),
        ("from p import a", True),
        ("from p.a import x", True),
        ("try:\n    import p.a\nexcept ImportError:\n    pass", True),
        ("class C:\n    import p.a", True),
        ("def f():\n    import p.a", False),
        ("if TYPE_CHECKING:\n    import p.a", False),
        ("import other", False),
    ],
)
def test_what_is_a_circle(second: str, found: bool) -> None:
    ring = circle({"p": "", "p.a": "from p.b import y", "p.b": second})
    assert bool(ring) == found
