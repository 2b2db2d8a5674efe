"""One mistake more never makes a verdict better: gaps of pairs of pronouns, of GAP's texts, and shares of sentences."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwitness.audit.records import Estimate, Interval, Undefined
from fairwitness.audit.stats.crossed.clustered import share_by_label
from fairwitness.audit.stats.crossed.shares import Side, gap, share
from fairwitness.probes.bias.gap.probe import accuracy_gap

pytestmark = pytest.mark.slow


def side(values: Sequence[int], labels: Sequence[int]) -> Side:
    array = np.array(values, dtype=np.float64)
    return Side(array, np.ones(len(array)), np.full(len(array), array.mean()), (labels, labels))


def of(found: object) -> Estimate:
    assert isinstance(found, Estimate)
    return found


def never_better(before: Estimate, after: Estimate) -> bool:
    """Whether no bound above 0 is kept, or no longer broken, that was not so before: at every level that is stored."""
    rungs = [[Interval(one.level, one.low, one.high), *one.wider] for one in (before, after)]
    return all(
        late.high >= early.high - 1e-9 and max(late.low, 0) >= max(early.low, 0) - 1e-9
        for early, late in zip(*rungs, strict=True)
    )


PAIRS = st.lists(st.sampled_from([(1, 1), (1, 1), (1, 0), (0, 0), (0, 1)]), min_size=8, max_size=80)


@settings(max_examples=150, deadline=None)
@given(PAIRS, st.data())
def test_one_pair_more_that_only_the_stereotype_resolves_is_never_better(
    pairs: list[tuple[int, int]], data: st.DataObject
) -> None:
    good = [at for at, (pro, anti) in enumerate(pairs) if pro == anti == 1]
    if not good:
        return
    worse = list(pairs)
    worse[data.draw(st.sampled_from(good))] = (1, 0)
    labels = list(range(len(pairs)))
    before, after = (
        of(gap(side([pro for pro, _ in own], labels), side([anti for _, anti in own], labels)))
        for own in (pairs, worse)
    )
    assert never_better(before, after)


@settings(max_examples=100, deadline=None)
@given(st.integers(5, 60), st.integers(5, 60), st.data())
def test_one_woman_more_who_is_missed_is_never_better(women: int, men: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, men))
    found = data.draw(st.integers(1, women))
    tables = [np.array([[at, women - at, 0], [right, men - right, 0]], dtype=np.float64) for at in (found, found - 1)]
    before, after = (of(accuracy_gap(table)) for table in tables)
    assert never_better(before, after)


def _by_template(row: list[float], labels: list[int]) -> Estimate | Undefined:
    found = share_by_label(row, labels)
    return found if isinstance(found, Undefined) else found.estimate()


@settings(max_examples=60, deadline=None)
@given(st.integers(6, 60))
def test_one_hit_more_never_lowers_a_share(count: int) -> None:
    labels = list(range(count))
    rows = [[1.0] * hits + [0.0] * (count - hits) for hits in range(count + 1)]
    for found in (
        [of(share(side(list(map(int, row)), labels))) for row in rows],
        [of(_by_template(row, labels)) for row in rows],
    ):
        for early, late in pairwise(found):
            assert early.low <= late.low + 1e-9
            assert early.high <= late.high + 1e-9


def test_no_gap_in_any_pair_is_better_than_one_gap() -> None:
    """With a t interval none of 60 left more room than one of 60 did."""
    for clusters in (6, 12, 60):
        labels = [at % clusters for at in range(60)]
        none, one = ([1] * 60, [1] * 60), ([1] * 60, [0] + [1] * 59)
        before, after = (of(gap(side(pro, labels), side(anti, labels))) for pro, anti in (none, one))
        assert before.high < after.high
