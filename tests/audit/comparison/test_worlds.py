"""How often `compare` cries wolf where nothing changed, and how often its intervals hold a change that did happen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from pairs import run
from scipy.stats import binom

from fairwitness.audit.comparison import Comparison, compare
from fairwitness.audit.comparison.paired import TableStatistic, contrast_change, delta_change, pairs
from fairwitness.audit.comparison.people import People
from fairwitness.audit.records import Estimate

WORLDS = 200
ROWS = 300
GATES = ("selection_rate_ratio_to_reference", "true_positive_rate_difference", "false_positive_rate_difference")
MOST = int(binom.ppf(0.99, WORLDS, 0.05))
"""What a test with a false alarm rate of exactly 5 % would reach in one of a hundred such simulations."""


def unchanged(seed: int) -> Comparison:
    """Two models with the same errors: each row is decided anew with the same chances."""
    rng = np.random.default_rng(seed)
    sex = np.where(rng.random(ROWS) < 0.4, "f", "m").tolist()
    truth = rng.integers(0, 2, ROWS)
    hard = rng.random(ROWS) < 0.3  # rows that both models decide by chance, so that errors go together
    first, second = (np.where(hard & (rng.random(ROWS) < 0.5), 1 - truth, truth) for _ in range(2))
    base = run(sex, truth.tolist(), first.tolist(), gates=GATES)
    return compare(base, run(sex, truth.tolist(), second.tolist(), gates=GATES, fingerprint="b"))


@pytest.mark.proof
def test_nothing_is_called_a_change_where_nothing_changed() -> None:
    gated = other = 0
    for seed in range(WORLDS):
        found = unchanged(seed)
        moved = [one for one in found.changes if one.finding in ("worse", "better", "changed")]
        gated += any(one.gated for one in moved)
        other += any(not one.gated for one in moved)
    assert gated <= MOST, f"{gated} of {WORLDS}"
    assert other <= MOST, f"{other} of {WORLDS}"


@pytest.mark.proof
def test_intervals_of_changes_hold_the_true_change() -> None:
    """Women lose 15 points of selection: 95 % intervals of change, contrast, predictive value and factor hold it."""
    rng = np.random.default_rng(7)
    worlds = 1000
    held = {"contrast": 0, "predictive value": 0, "factor": 0}
    for _ in range(worlds):
        women, men = (drawn(rng, loss) for loss in (0.3, 0.0))
        change = contrast_change(selections(women), selections(men))
        held["contrast"] += holds(change, -0.15)
        value = delta_change([women.joint(everyone(women))], predictive(0), predictive(1))
        held["predictive value"] += holds(value, 0.0)  # selection is lost at random, so who is left is no other
        joints = [women.joint(everyone(women)), men.joint(everyone(men))]
        held["factor"] += holds(delta_change(joints, ratio(0), ratio(1), factor=True), 0.7)
    shares = {name: count / worlds for name, count in held.items()}
    assert all(0.93 <= share <= 0.985 for share in shares.values()), shares


def drawn(rng: np.random.Generator, loss: float) -> People:
    """A hundred and fifty people, half selected, of whom a share loses that and as many others stay as they were."""
    truth = rng.integers(0, 2, 150)
    before = rng.random(150) < 0.5
    after = before & (rng.random(150) >= loss)
    return People({}, truth.astype(np.int64), (before, after), None, np.ones(150))


def everyone(people: People) -> npt.NDArray[np.bool_]:
    return np.ones(len(people.truth), dtype=np.bool_)


def selections(people: People) -> npt.NDArray[np.float64]:
    assert people.selected is not None
    before, after = people.selected
    return np.bincount(2 * before + after, minlength=4).astype(np.float64).reshape(2, 2)


def predictive(moment: int) -> TableStatistic:
    def value(tables: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        decided = tables[..., 0, :, :, :].sum(axis=-1 if moment == 0 else -2)
        return np.asarray(decided[..., 1, 1] / decided[..., :2, 1].sum(axis=-1))

    return value


def ratio(moment: int) -> TableStatistic:
    def value(tables: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        decided = tables.sum(axis=-1 if moment == 0 else -2).sum(axis=-2)
        shares = decided[..., 1] / decided.sum(axis=-1)
        return np.asarray(shares[..., 0] / shares[..., 1])

    return value


def holds(found: object, truth: float) -> bool:
    return isinstance(found, Estimate) and found.low <= truth <= found.high


def test_pairs_are_named_in_order() -> None:
    table: Sequence[Sequence[float]] = [[4, 3], [2, 1]]  # before no: 4 stay, 3 gain; before yes: 2 lose, 1 stays
    assert pairs(np.array(table, dtype=np.float64)) == (1, 3, 2, 4)
