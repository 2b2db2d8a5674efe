"""Random tables of counts, random scored rows, and columns that suit a metric, for tests of metrics."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from fairwitness.audit import metrics

Array = npt.NDArray[Any]
few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
fewer = settings(few, max_examples=10)
seeds = st.integers(0, 100_000)


@st.composite
def full_tables(draw: st.DrawFn) -> Array:
    """Counts [groups, 4] with no empty cell, so that every rate of every peer is defined."""
    groups = draw(st.integers(2, 4))
    return np.array(
        draw(st.lists(st.lists(st.integers(1, 12), min_size=4, max_size=4), min_size=groups, max_size=groups))
    )


@st.composite
def tables(draw: st.DrawFn) -> Array:
    """Counts [groups, 4] in which cells and whole groups may be empty."""
    groups = draw(st.integers(1, 4))
    return np.array(
        draw(st.lists(st.lists(st.integers(0, 9), min_size=4, max_size=4), min_size=groups, max_size=groups))
    )


def rows(table: Array) -> tuple[Array, Array, Array]:
    """True outcome, decision and group of every row that the table counts."""
    groups, cells = np.divmod(np.repeat(np.arange(table.size), table.ravel()), 4)
    return cells // 2, cells % 2, groups


def scored(seed: int, *, ties: bool) -> tuple[Array, Array, Array]:
    """Scores in 0..1, true outcomes of both kinds in each group, and three groups."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(30, 200))
    scores = rng.random(n)
    if ties:
        scores = np.round(scores * 8) / 8
    codes = np.arange(n) % 3
    positive = rng.random(n) < 0.2 + 0.6 * scores
    positive[:6] = [True, True, True, False, False, False]
    return scores, positive, codes


def columns(definition: metrics.Definition, seed: int) -> dict[str, Array]:
    """Random columns that suit the metric, with groups."""
    scores, positive, codes = scored(seed, ties=seed % 2 == 0)
    rng, n = np.random.default_rng(seed), len(scores)
    made: dict[str, Array] = {"groups": np.array(["x", "y", "z"])[codes]}
    first = definition.needs[0]
    decided = rng.integers(0, 2, n)
    decided[3:6] = 1  # a false positive in each group, without which treatment equality is undefined
    made["predictions"], made["references"] = decided, positive.astype(int)
    if first == "confusion":
        made["predictions"], made["references"] = rng.integers(0, 3, n), rng.integers(0, 3, n)
    if first in {"scores", "scores_a"}:
        made["predictions"] = scores
    if first == "predicted":
        made["predictions"], made["references"] = rng.normal(size=n), rng.normal(size=n)
    if "features" in definition.needs:
        made["features"] = rng.integers(0, 4, (n, 2)).astype(float)
    if "counterfactuals" in definition.needs:
        made["counterfactuals"] = rng.integers(0, 2, (n, 2))
    return made


def flat(values: metrics.Values) -> list[float]:
    """All numbers of a result, those of groups in the order of their names."""
    parts = [np.ravel(part) for part in (values.overall, values.by_group) if part is not None]
    return [float(number) for part in parts for number in part]
