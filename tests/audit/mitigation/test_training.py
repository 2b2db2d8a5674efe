"""A model that is trained learns from the fitted rows alone, by their weights, whatever kinds of columns there are."""

from __future__ import annotations

import numpy as np
import pytest

from fairwitness.audit.errors import BadData
from fairwitness.audit.mitigation import training
from fairwitness.audit.records import Cell

pytest.importorskip("sklearn")
RNG = np.random.default_rng(3)
SEX: list[Cell] = [str(sex) for sex in RNG.choice(["m", "f"], 600)]
SKILL = RNG.normal(size=600)
POSITIVE = SKILL + np.array([0.8 if sex == "m" else -0.8 for sex in SEX]) + RNG.normal(size=600) > 0
FITTED = np.arange(600) < 400
COLUMNS: dict[str, list[Cell]] = {"sex": SEX, "skill": [*map(float, SKILL)]}


@pytest.mark.slow
@pytest.mark.parametrize("estimator", training.ESTIMATORS)
def test_every_estimator_learns_what_was_planted(estimator: str) -> None:
    scores = training.scores(COLUMNS, POSITIVE, FITTED, None, estimator=estimator)
    assert scores.shape == (600,)
    assert np.mean((scores >= 0.5)[~FITTED] == POSITIVE[~FITTED]) > 0.7
    again = training.scores(COLUMNS, POSITIVE, FITTED, None, estimator=estimator)
    assert np.array_equal(scores, again)


def test_weights_change_what_is_learned_and_those_of_other_rows_do_not() -> None:
    women = np.array([5.0 if sex == "f" and positive else 1.0 for sex, positive in zip(SEX, POSITIVE, strict=True)])
    plain, weighted = (training.scores(COLUMNS, POSITIVE, FITTED, weights) for weights in (None, women))
    is_woman = np.array([sex == "f" for sex in SEX])
    assert weighted[is_woman].mean() > plain[is_woman].mean() + 0.1
    others = np.where(FITTED, women, 100.0)
    assert np.array_equal(training.scores(COLUMNS, POSITIVE, FITTED, others), weighted)


def test_rows_that_are_not_fitted_teach_nothing() -> None:
    shuffled = np.where(FITTED, POSITIVE, ~POSITIVE)
    assert np.array_equal(
        training.scores(COLUMNS, POSITIVE, FITTED, None), training.scores(COLUMNS, shuffled, FITTED, None)
    )


def test_what_is_missing_is_a_value_of_texts_and_the_median_of_numbers() -> None:
    cells: list[Cell] = [None, *COLUMNS["skill"][1:]]
    texts: list[Cell] = ["", None, *SEX[2:]]
    scores = training.scores({"skill": cells, "sex": texts}, POSITIVE, FITTED, None)
    assert np.isfinite(scores).all()
    middle = float(np.median([float(SKILL[row]) for row in range(1, 400)]))
    filled = training.scores({"skill": [middle, *cells[1:]], "sex": texts}, POSITIVE, FITTED, None)
    assert np.array_equal(scores, filled)


def test_what_cannot_be_trained_on_is_refused() -> None:
    with pytest.raises(BadData, match="no column is left"):
        training.scores({}, POSITIVE, FITTED, None)
    with pytest.raises(BadData, match="have the same true outcome"):
        training.scores(COLUMNS, np.ones(600, dtype=bool), FITTED, None)
