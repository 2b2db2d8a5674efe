"""How far what is not known of some rows could move a share: worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fairwitness.audit.metrics.rates import SHARES
from fairwitness.probes.kit.decisions.counts import GroupCounts

KNOWN = np.array([6.0, 6.0, 4.0, 1.0, 2.0, 5.0])
"""Refused, selected; tn, fp, fn, tp: of every decided row the true outcome is known."""
UNLABELLED = np.array([10.0, 8.0, 4.0, 1.0, 2.0, 5.0])
"""The same and four refused and two selected ones of which it is not."""


@pytest.mark.parametrize(
    ("rows", "undecided", "name", "ends"),
    [
        (KNOWN, None, "true_positive_rate", (5 / 7, 5 / 7)),
        (UNLABELLED, None, "true_positive_rate", (5 / 11, 7 / 9)),
        (UNLABELLED, None, "false_positive_rate", (1 / 9, 3 / 7)),
        (UNLABELLED, None, "accuracy", (9 / 18, 15 / 18)),
        (KNOWN, [3.0, 0.0, 0.0], "true_positive_rate", (5 / 10, 8 / 10)),
        (KNOWN, [0.0, 0.0, 3.0], "true_positive_rate", (5 / 10, 8 / 10)),
        (KNOWN, [0.0, 0.0, 3.0], "false_positive_rate", (1 / 8, 4 / 8)),
    ],
)
def test_rows_of_which_something_is_not_known_could_move_a_share(
    rows: np.ndarray, undecided: list[float] | None, name: str, ends: tuple[float, float]
) -> None:
    missing = None if undecided is None else np.array(undecided)
    assert GroupCounts(rows, undecided=missing).ends(SHARES[name]) == pytest.approx(ends)


def test_a_selection_rate_needs_no_true_outcome() -> None:
    counts = GroupCounts(UNLABELLED, undecided=np.array([1.0, 0.0, 1.0]))
    assert counts.ends(SHARES["selection_rate"], labelled=False) == pytest.approx((8 / 20, 10 / 20))
    assert GroupCounts(UNLABELLED).ends(SHARES["selection_rate"], labelled=False) == pytest.approx((8 / 18, 8 / 18))
