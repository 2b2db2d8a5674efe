"""The table of docs/proof.md, read back: what a test measures must be what the page says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from scipy.stats import binom

PAGE = Path(__file__).parents[1] / "docs" / "proof.md"
LEVEL, TAIL = 0.05, 0.01


def allowed(seeds: int) -> int:
    """The most false alarms that pass: more have a chance of 1 % at most where each world has one of 5 %.

    >>> allowed(60), allowed(100), allowed(200)
    (7, 11, 18)
    """
    return int(binom.ppf(1 - TAIL, seeds, LEVEL))


@cache
def rows(heading: str) -> list[dict[str, str]]:
    """The rows of the table under a heading, by the names of its columns."""
    part = PAGE.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [[cell.strip() for cell in line.strip("|\n ").split("|")] for line in part.splitlines() if line[:1] == "|"]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[2:]]


def row(heading: str, key: str) -> dict[str, str]:
    """The row of this name."""
    [found] = [one for one in rows(heading) if next(iter(one.values())).replace("`", "") == key]
    return found


def numbers(cell: str) -> list[float]:
    """The numbers of a cell; the typographic minus counts as one."""
    return [float(one) for one in re.findall(r"-?\d+(?:\.\d+)?", cell.replace("−", "-"))]


def ranges(cell: str) -> list[tuple[float, float]]:
    """The ranges of a cell, `low to high` each.

    >>> ranges("−5 to −3, 0 to 0.5")
    [(-5.0, -3.0), (0.0, 0.5)]
    """
    ends = [numbers(one) for one in cell.split(",")]
    return [(low, high) for low, high in ends]


def confirm_found(key: str, strengths: Sequence[float], found: Sequence[float]) -> None:
    """Checks the strengths against the page, and that what was found at each lies in the range that it gives."""
    print(key, [round(one, 2) for one in found])  # noqa: T201
    told = row("Planted", key)
    assert numbers(told["strengths"]) == pytest.approx(list(strengths))
    for strength, one, (low, high) in zip(strengths, found, ranges(told["found"]), strict=True):
        assert low <= one <= high, f"{key} at {strength}: {one:.3f} is not within {low} to {high}"


def confirm_alarms(key: str, alarms: int, seeds: int) -> None:
    """Checks that false alarms stay within the level, and that the page has this count give or take two."""
    print(key, alarms, seeds)  # noqa: T201
    told = numbers(row("Left in peace", key)["alarms"])
    assert alarms <= allowed(seeds), f"{alarms} false alarms in {seeds} balanced worlds"
    assert told[1] == seeds
    assert abs(told[0] - alarms) <= 2
