"""Runs a notebook as Jupyter does, cell by cell in one namespace, without Jupyter."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Shown:
    """What a cell shows: the value of its last line, and the HTML that a notebook draws of it."""

    cell: int
    value: Any
    html: str


def code_of(path: Path) -> list[str]:
    """The code cells of a notebook, in order."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def execute(path: Path) -> tuple[dict[str, Any], list[Shown]]:
    """Every cell is run; gives the names that it leaves and what it shows. Raises whatever a cell raises."""
    names: dict[str, Any] = {"__name__": "__main__"}
    return names, list(_shown(path, names))


def _shown(path: Path, names: dict[str, Any]) -> Iterator[Shown]:
    for number, source in enumerate(code_of(path), 1):
        tree = ast.parse(source, filename=f"{path.name}[{number}]")
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, f"{path.name}[{number}]", "exec"), names)  # noqa: S102 - a notebook is code
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), f"{path.name}[{number}]", "eval"), names)  # noqa: S307
            if value is not None:
                draw = getattr(value, "_repr_html_", None)
                yield Shown(number, value, draw() if draw else "")
