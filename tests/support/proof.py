"""The table of docs/proof.md, read back: what a test measures must be what the page says."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from scipy.stats import binom

PAGE = Path(__file__).parents[2] / "docs" / "proof.md"
LEVEL, TAIL = 0.05, 0.01
WHOLE = 1_000


def allowed(seeds: int) -> int:
    """The most false alarms that pass: more have a chance of 1 % at most where each world has one of 5 %.

    >>> allowed(60), allowed(100), allowed(200), allowed(1000)
    (7, 11, 18, 67)
    """
    return int(binom.ppf(1 - TAIL, seeds, LEVEL))


def table(page: str, heading: str) -> list[dict[str, str]]:
    """The rows of the table under a heading of a page, by the names of its columns."""
    part = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [[cell.strip() for cell in line.strip("|\n ").split("|")] for line in part.splitlines() if line[:1] == "|"]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[2:]]


@cache
def rows(heading: str) -> list[dict[str, str]]:
    """The rows of the table under a heading of docs/proof.md."""
    return table(PAGE.read_text(encoding="utf-8"), heading)


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


def whole() -> bool:
    """Whether `make proof` runs, which measures what the page says; the short form compares with it."""
    return os.environ.get("PROOF") == "whole"


IN_WHOLE = pytest.mark.skipif(not whole(), reason="takes long, and is run by `make proof` alone")
"""A mark of proofs that the short form leaves out."""
AT_LENGTH = (pytest.mark.proof, IN_WHOLE)
"""Marks of parameters with which `make proof` repeats what every run of the tests does in part."""


def worlds(few: int, many: int = WHOLE) -> int:
    """How many worlds a test looks at: few in the short form, all of them in `make proof`."""
    return many if whole() else few


def confirm_alarms(key: str, alarms: int, seeds: int) -> None:
    """Checks that false alarms stay within the level, and that the page has this share of all worlds.

    The page's count is that of a thousand worlds; fewer of them may differ from it by three standard errors. All of
    them are what the page is to say: they are noted in the file that `PROOF_COUNTS` names.
    """
    print(key, alarms, seeds)  # noqa: T201
    told, among = numbers(row("Left in peace", key)["alarms"].replace(",", ""))
    assert alarms <= allowed(seeds), f"{alarms} false alarms in {seeds} balanced worlds"
    if whole():
        if counts := os.environ.get("PROOF_COUNTS"):
            with Path(counts).open("a", encoding="utf-8") as file:
                file.write(json.dumps([key, alarms]) + "\n")
        return
    assert among == WHOLE, f"the page tells of {among:g} worlds, {WHOLE} are asked"
    assert told <= allowed(WHOLE), f"the page tells of {told:g} false alarms in {WHOLE} balanced worlds"
    share = max(told, alarms * WHOLE / seeds, 1) / WHOLE
    slack = 3 * math.sqrt(share * (1 - share) * (1 / seeds + 1 / WHOLE))
    assert abs(alarms / seeds - told / WHOLE) <= slack, f"{alarms} of {seeds} here, {told:g} of {WHOLE} on the page"
