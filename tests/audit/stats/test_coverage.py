"""How often intervals hold the truth: exactly where the outcomes can be listed, by seeded simulation elsewhere.

A short form of `benchmarks/interval_coverage.py`, whose table stands in docs/statistics.md.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from worlds import CELLS, Cell
from worlds.shares import FIVE, percentiles_of_a_gap, wilson_exactly

PAGE = Path(__file__).parents[3] / "docs" / "statistics.md"
SHORT, SHORT_BOOTSTRAP = 100, 20


@pytest.mark.proof
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: f"{cell.method}: {cell.situation}")
def test_intervals_hold_and_tests_keep_their_level(cell: Cell) -> None:
    worlds = 0 if not cell.worlds else SHORT if cell.worlds > 1_000 else SHORT_BOOTSTRAP
    found = cell.measure(worlds, seed=11)
    assert cell.holds(found, worlds), found


def test_the_bad_corners_are_as_bad_as_said() -> None:
    rng = np.random.default_rng(12)
    assert wilson_exactly(30, [0.005])(0, rng) == pytest.approx([0.86], abs=0.005)
    assert percentiles_of_a_gap(FIVE, 0.5)(200, rng)[0] >= 0.99


def test_the_page_names_every_cell() -> None:
    page = PAGE.read_text(encoding="utf-8")
    missing = [cell for cell in CELLS if f"| {cell.method} | {cell.situation} |" not in page]
    assert not missing, "run python benchmarks/interval_coverage.py and put its table into docs/statistics.md"
