"""Every rule of the shipped policy rests on an estimator that is simulated, and the page shows each simulation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fairwitness.audit import policy
from fairwitness.audit.records import Estimate, Undefined
from worlds.behind import sections
from worlds.behind.rows import SURE_OF_FEW, Case, Row, limits

PAGE = Path(__file__).parents[2] / "docs" / "statistics.md"
FEW, QUICK = 8, 60
"""Worlds a case in the short form: of rows that the page counts in thousands, and of those in tens of thousands."""
ALL = [(name, row) for name, rows in sections().items() for row in rows]


def _selected() -> list[tuple[str, str]]:
    """Probe and metric of every rule, one for each probe that it names."""
    found: dict[tuple[str, str], None] = {}
    for rule in policy.load(None)[0].rules:
        for probe in rule.selector.probe.split("|"):
            found[probe, rule.selector.metric] = None
    return list(found)


def _speaks_of(row: Row, selector: policy.Selector) -> bool:
    return any(selector.takes_name(*name.split("/")) for name in row.behind)


@pytest.mark.parametrize("selected", _selected(), ids="/".join)
def test_every_rule_has_a_row_at_its_limit(selected: tuple[str, str]) -> None:
    rows = [row for _, row in ALL if _speaks_of(row, policy.Selector(*selected))]
    assert rows, f"no row of tests/support/worlds/behind speaks of {selected}"
    assert any(row.limit and any(case.edge for case in row.cases) for row in rows), (
        f"no case at the limit of {selected}"
    )


@pytest.mark.proof
@pytest.mark.parametrize(("name", "row"), ALL, ids=lambda part: part if isinstance(part, str) else part.situation)
def test_intervals_hold_and_wrong_passes_are_rare(name: str, row: Row) -> None:
    found = row.measure(QUICK if row.worlds > 1_000 else FEW, seed=3)
    assert row.faults(found, SURE_OF_FEW) == []


@pytest.mark.parametrize(("name", "row"), ALL, ids=lambda part: part if isinstance(part, str) else part.situation)
def test_the_page_has_every_row(name: str, row: Row) -> None:
    section = PAGE.read_text(encoding="utf-8").split(f"<!-- behind {name} -->")[1].split(f"<!-- end {name} -->")[0]
    lines = [line for line in section.splitlines() if f"| {row.estimator} | {row.situation} |" in line]
    assert len(lines) == 1, f"run python benchmarks/interval_coverage.py --behind {name} --write"
    assert "**missed**" not in lines[0]


def _row(width: float, truth: float = 0.0, limit: float = 0.1) -> Row:
    def draw(rng: np.random.Generator) -> tuple[Estimate | Undefined, float]:
        value = float(rng.normal(truth, 1))
        return Estimate(value=value, low=value - width, high=value + width, level=0.95, n=100, method="test"), truth

    return Row(behind=(), estimator="e", situation="s", cases=[Case("c", draw, edge=True)], limit=("within", limit))


def test_a_row_fails_where_the_interval_is_too_narrow_or_passes_wrongly() -> None:
    good, narrow, wrong = _row(1.96), _row(1.4), _row(1.96, truth=5.0, limit=7.0)
    assert good.faults(good.measure(1_000, 1)) == []
    assert "holds the truth in" in narrow.faults(narrow.measure(1_000, 1))[0]
    assert "passes wrongly" in wrong.faults(wrong.measure(1_000, 1))[0]
    assert narrow.faults(narrow.measure(1_000, 1), SURE_OF_FEW) != []


def test_a_row_without_estimates_is_a_fault() -> None:
    row = Row(behind=(), estimator="e", situation="s", cases=[Case("c", lambda _: (Undefined("few"), 0.0))])
    assert "only 0 of 50 worlds" in row.faults(row.measure(50, 1))[0]


def test_limits_of_a_share_are_exact() -> None:
    assert limits(0, 10, 0.95) == pytest.approx((0.0, 0.3085), abs=1e-4)
    assert limits(10, 10, 0.95) == pytest.approx((0.6915, 1.0), abs=1e-4)
