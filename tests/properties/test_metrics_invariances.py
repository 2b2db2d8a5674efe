"""What may not change the value of a metric, and what must mirror it."""

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from metric_rows import Array, columns, few, fewer, flat, scored, seeds, tables

from fairwitness.audit import metrics

every = pytest.mark.parametrize("definition", metrics.DEFINITIONS.values(), ids=metrics.DEFINITIONS)


@pytest.mark.slow
@every
@fewer
@given(seed=seeds)
def test_every_value_lies_in_its_range_and_no_group_is_compared_with_itself_unequal(
    definition: metrics.Definition, seed: int
) -> None:
    found = metrics.of_rows(definition, **columns(definition, seed))
    values = np.array(flat(found))
    known = values[~np.isnan(values)]
    assert known.size
    assert definition.low - 1e-12 <= known.min() <= known.max() <= definition.high + 1e-12
    if metrics.compares_groups(definition) and definition.kind != "gap":
        assert found.by_group is not None
        own = found.by_group[found.groups.index(found.reference)]
        assert own == pytest.approx(definition.ideal, nan_ok=True)


@pytest.mark.slow
@every
@fewer
@given(seed=seeds)
def test_the_order_of_rows_changes_nothing(definition: metrics.Definition, seed: int) -> None:
    made = columns(definition, seed)
    order = np.random.default_rng(seed + 1).permutation(len(made["groups"]))
    turned = {name: column[order] for name, column in made.items()}
    before, after = metrics.of_rows(definition, **made), metrics.of_rows(definition, **turned)
    assert flat(before) == pytest.approx(flat(after), abs=1e-9, nan_ok=True)


@pytest.mark.slow
@every
@fewer
@given(seed=seeds)
def test_new_names_for_groups_move_values_and_change_none(definition: metrics.Definition, seed: int) -> None:
    made = columns(definition, seed)
    names = {"x": "n", "y": "l", "z": "m"}
    renamed = {**made, "groups": np.array([names[name] for name in made["groups"]])}
    before, after = (
        metrics.of_rows(definition, **each, reference=name) for each, name in ((made, "y"), (renamed, "l"))
    )
    if before.overall is not None:
        assert after.overall == pytest.approx(before.overall, abs=1e-12, nan_ok=True)
    if before.by_group is not None and after.by_group is not None:
        places = [after.groups.index(names[name]) for name in before.groups]
        assert after.by_group[places] == pytest.approx(before.by_group, abs=1e-12, nan_ok=True)


REPEATED = [one for one in metrics.DEFINITIONS.values() if one.name != "consistency"]
"""A copy of a row is its nearest neighbour, so consistency must rise when every row comes twice."""


@pytest.mark.slow
@pytest.mark.parametrize("definition", REPEATED, ids=lambda one: one.name)
@fewer
@given(seed=seeds)
def test_every_row_twice_changes_nothing_but_the_number_of_rows(definition: metrics.Definition, seed: int) -> None:
    made = columns(definition, seed)
    twice = {name: np.concatenate([column, column]) for name, column in made.items()}
    before, after = flat(metrics.of_rows(definition, **made)), flat(metrics.of_rows(definition, **twice))
    factor = 2 if definition.name == "n" else 1
    assert after == pytest.approx(factor * np.array(before), abs=1e-9, nan_ok=True)


WEIGHTED = [one for one in metrics.DEFINITIONS.values() if "weights" in inspect.signature(one.function).parameters]


@pytest.mark.parametrize("definition", WEIGHTED, ids=lambda one: one.name)
@fewer
@given(seed=seeds)
def test_whole_number_weights_are_repetition(definition: metrics.Definition, seed: int) -> None:
    made = columns(definition, seed)
    taken: list[Any] = [made["predictions"]]
    taken += [np.float64(0.4)] if "median" in definition.needs else []
    taken += [made["references"]] if len(definition.needs) > len(taken) else []
    weights = np.random.default_rng(seed).integers(0, 4, len(made["groups"]))
    repeated = [np.repeat(column, weights) if np.ndim(column) else column for column in taken]
    weighted = definition.function(*taken, weights=weights)
    assert weighted == pytest.approx(definition.function(*repeated), abs=1e-9, nan_ok=True)


@few
@given(seeds)
def test_counts_and_bins_and_curves_take_weights_as_repetition(seed: int) -> None:
    scores, positive, codes = scored(seed, ties=True)
    weights = np.random.default_rng(seed).integers(0, 4, len(scores))
    more = [np.repeat(column, weights) for column in (scores, positive, codes)]
    assert metrics.counts(positive, scores > 0.5, codes, 3, weights).tolist() == (
        metrics.counts(more[1], more[0] > 0.5, more[2], 3).tolist()
    )
    assert metrics.median_score(scores, weights) == metrics.median_score(more[0])
    assert metrics.median_score(scores) == np.median(scores)
    for equal in ("width", "mass"):
        ours = metrics.calibration_bins(scores, positive, weights, equal=equal)
        theirs = metrics.calibration_bins(more[0], more[1], equal=equal)
        assert ours.rows.tolist() == theirs.rows.tolist()
        assert ours.score == pytest.approx(theirs.score, nan_ok=True)
    cuts = [0.25, 0.5]
    assert metrics.threshold_counts(scores, positive, cuts, codes, 3, weights).tolist() == (
        metrics.threshold_counts(more[0], more[1], cuts, more[2], 3).tolist()
    )
    assert metrics.histogram(scores, [0, 0.5, 1], weights) == pytest.approx(metrics.histogram(more[0], [0, 0.5, 1]))
    decided = (scores > 0.5).astype(int)
    assert metrics.confusion(positive, decided, 2, codes, 3, weights).tolist() == (
        metrics.confusion(more[1], (more[0] > 0.5).astype(int), 2, more[2], 3).tolist()
    )


@few
@given(tables())
def test_counting_the_other_outcome_mirrors_every_rate(table: Array) -> None:
    other = table[:, ::-1]  # tn, fp, fn, tp become tp, fn, fp, tn
    pairs = {
        "true_positive_rate": "true_negative_rate",
        "false_positive_rate": "false_negative_rate",
        "positive_predictive_value": "negative_predictive_value",
        "accuracy": "accuracy",
        "balanced_accuracy": "balanced_accuracy",
        "n": "n",
    }
    for one, two in pairs.items():
        mirrored = metrics.DEFINITIONS[two].function(other)
        assert metrics.DEFINITIONS[one].function(table) == pytest.approx(mirrored, nan_ok=True)
    for name in ("selection_rate", "base_rate"):
        mirrored = 1 - metrics.DEFINITIONS[name].function(other)
        assert metrics.DEFINITIONS[name].function(table) == pytest.approx(mirrored, nan_ok=True)
    for name in ("demographic_parity_difference", "average_odds_difference"):
        mirrored = -metrics.DEFINITIONS[name].function(other, 0)
        assert metrics.DEFINITIONS[name].function(table, 0) == pytest.approx(mirrored, abs=1e-12, nan_ok=True)


@few
@given(seeds)
def test_only_the_order_of_scores_matters_to_ranking(seed: int) -> None:
    scores, positive, codes = scored(seed, ties=True)
    turned = np.exp(3 * scores) - 7
    assert metrics.auc(turned, positive) == metrics.auc(scores, positive)
    assert metrics.auc(-scores, positive) == pytest.approx(1 - metrics.auc(scores, positive), abs=1e-12)
    assert metrics.auc(scores, ~positive) == pytest.approx(1 - metrics.auc(scores, positive), abs=1e-12)
    a, b = codes == 0, codes == 1
    assert metrics.abroca(turned[a], positive[a], scores[b], positive[b]) == pytest.approx(
        metrics.abroca(scores[a], positive[a], scores[b], positive[b]), abs=1e-12
    )
    median = metrics.median_score(scores)
    above = scores[scores > median]
    cut = (median + above.min()) / 2 if above.size else median + 1
    assert metrics.scoring_rate(turned, float(np.exp(3 * cut) - 7)) == metrics.scoring_rate(scores, median)


@pytest.mark.slow
@few
@given(tables())
def test_extra_axes_change_nothing(table: Array) -> None:
    """A bootstrap puts its draws before the groups; every formula of counts must bear that."""
    draws = np.stack([table, table[::-1], 2 * table])
    for definition in metrics.DEFINITIONS.values():
        if definition.needs[0] == "counts":
            extra = (0,) if "reference" in definition.needs else ()
            whole = definition.function(draws, *extra)
            for draw, value in zip(draws, whole, strict=True):
                assert value == pytest.approx(definition.function(draw, *extra), nan_ok=True)


@few
@given(tables())
def test_shares_are_the_rates_they_stand_for(table: Array) -> None:
    for name, share in metrics.SHARES.items():
        hits, base = share.of(table)
        value = metrics.DEFINITIONS[name].function(table)
        assert np.isnan(value).tolist() == (base == 0).tolist()
        assert np.nan_to_num(value) * base == pytest.approx(np.where(base > 0, hits, 0))
        assert not math.isnan(float(hits.sum()))
