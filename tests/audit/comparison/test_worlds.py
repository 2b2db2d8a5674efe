"""How often `compare` cries wolf where nothing changed, and how often its intervals hold a change that did happen.

Long proofs run 1,000 pairs of runs, in short form as many as tell an alarm rate of twice the level.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from pairs import item_run, mean_metric, run
from scipy.stats import binom

from fairwitness.audit.comparison import Comparison, compare, drafted
from fairwitness.audit.comparison.paired import TableStatistic, contrast_change, delta_change, pairs
from fairwitness.audit.comparison.people import People
from fairwitness.audit.records import Estimate
from proof import allowed, worlds

ROWS = 300
GATES = ("selection_rate_ratio_to_reference", "true_positive_rate_difference", "false_positive_rate_difference")


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
    seeds = worlds(40)
    alarms = Counter(gated for seed in range(seeds) for gated in moved(unchanged(seed)))
    assert all(count <= allowed(seeds) for count in alarms.values()), f"{alarms} of {seeds}"


def moved(found: Comparison) -> set[bool]:
    """Whether gated metrics and whether others are said to have changed."""
    return {change.gated for change in found.changes if change.finding in ("worse", "better", "changed")}


TEMPLATES, EACH = 24, 5


def same_items(seed: int) -> Comparison:
    """Two models that are as often right, each template being easier for one of them by chance.

    Items of a template go together, so that items one by one would be too many units; half of the templates are of
    each of two groups, of which the probe tells metrics too.
    """
    rng = np.random.default_rng(seed)
    templates = [f"t{place // EACH}" for place in range(TEMPLATES * EACH)]
    groups = ["ab"[place // EACH % 2] for place in range(TEMPLATES * EACH)]
    hard = np.repeat(rng.normal(0.5, 0.8, TEMPLATES), EACH)
    runs = []
    for name in "ab":
        chance = 1 / (1 + np.exp(-hard - np.repeat(rng.normal(0, 0.8, TEMPLATES), EACH)))
        scores = [float(right) for right in rng.random(TEMPLATES * EACH) < chance]
        metrics = [mean_metric("right", scores, templates)]
        for group in "ab":
            kept = [place for place, label in enumerate(groups) if label == group]
            part, ties = [scores[place] for place in kept], [templates[place] for place in kept]
            metrics.append(mean_metric("right", part, ties, {"group": group}))
        labels = {"template": templates, "group": groups}
        runs.append(item_run({"right": scores}, clusters=labels, metrics=metrics, gates=["right"], fingerprint=name))
    return compare(*runs)


@pytest.mark.proof
def test_nothing_is_called_a_change_of_items_where_nothing_changed() -> None:
    seeds = worlds(60)
    alarms = sum(bool(moved(same_items(seed))) for seed in range(seeds))
    assert alarms <= allowed(seeds), f"{alarms} of {seeds}"


def test_a_world_of_items_is_compared_item_by_item() -> None:
    assert {change.pairing for change in same_items(0).changes} == {"paired"}


@pytest.mark.proof
def test_a_loss_as_large_as_the_limit_passes_a_rule_on_the_change_in_one_of_forty() -> None:
    """A model that truly decides five points fewer rows rightly meets `>= -0.05` in 2.5 % of pairs of runs."""
    seeds = worlds(60)
    passed = 0
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        truth = np.ones(ROWS, dtype=np.int64)
        before = rng.random(ROWS) < 0.8
        after = np.where(rng.random(ROWS) < 0.1, rng.random(ROWS) < 0.3, before)  # 0.8 · 0.9 + 0.3 · 0.1 = 0.75
        runs = [run(["m"] * ROWS, truth.tolist(), decided.astype(int).tolist()) for decided in (before, after)]
        change = next(one.change for one in drafted(*runs).changes if one.metric.name == "accuracy")
        passed += isinstance(change, Estimate) and change.low >= -0.05
    assert passed <= binom.ppf(0.99, seeds, 0.025), f"{passed} of {seeds}"


@pytest.mark.proof
def test_intervals_of_changes_hold_the_true_change() -> None:
    """Women lose 15 points of selection: 95 % intervals of change, contrast, predictive value and factor hold it."""
    rng = np.random.default_rng(7)
    seeds = 1000
    held = {"contrast": 0, "predictive value": 0, "factor": 0}
    for _ in range(seeds):
        women, men = (drawn(rng, loss) for loss in (0.3, 0.0))
        change = contrast_change(selections(women), selections(men))
        held["contrast"] += holds(change, -0.15)
        value = delta_change([women.joint(everyone(women))], predictive(0), predictive(1))
        held["predictive value"] += holds(value, 0.0)  # selection is lost at random, so who is left is no other
        joints = [women.joint(everyone(women)), men.joint(everyone(men))]
        held["factor"] += holds(delta_change(joints, ratio(0), ratio(1), factor=True), 0.7)
    shares = {name: count / seeds for name, count in held.items()}
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
