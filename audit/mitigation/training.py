"""A plain scikit-learn model trained on a table, with weights for its rows or without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

from fairwitness.audit.errors import BadData, MissingExtra
from fairwitness.audit.records import Cell

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

ESTIMATORS: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
    "logistic_regression": ("sklearn.linear_model", "LogisticRegression", {"max_iter": 1000}),
    "decision_tree": ("sklearn.tree", "DecisionTreeClassifier", {"min_samples_leaf": 20}),
    "random_forest": ("sklearn.ensemble", "RandomForestClassifier", {"n_estimators": 200, "min_samples_leaf": 5}),
}
"""Models by name: the module, the class, and what is set otherwise than by default."""
DEFAULT = "logistic_regression"
MISSING = "(missing)"


def scores(
    columns: Mapping[str, Sequence[Cell]],
    positive: Flags,
    fitted: Flags,
    weights: Floats | None,
    *,
    estimator: str = DEFAULT,
    seed: int = 0,
) -> Floats:
    """The probability of the counted outcome for every row, by a model that was trained on the `fitted` rows alone.

    Numbers are standardised, and the median of the fitted rows stands in for what is missing; texts are one column a
    value, what is missing among them. `weights` are those of all rows; None counts each once. Raises MissingExtra
    without scikit-learn, and BadData where no column is left or the fitted rows have one outcome alone.
    """
    if not columns:
        raise BadData("no column is left to train a model on: name some with --feature")
    if len(set(positive[fitted].tolist())) < 2:
        raise BadData(f"all {int(fitted.sum())} rows that a model would be trained on have the same true outcome")
    try:
        extraction: Any = import_module("sklearn.feature_extraction")
        preprocessing: Any = import_module("sklearn.preprocessing")
        pipeline: Any = import_module("sklearn.pipeline")
        module, name, settings = ESTIMATORS[estimator]
        kind: Any = getattr(import_module(module), name)
    except ImportError as error:
        raise MissingExtra('models are trained by scikit-learn: pip install "fairwitness[tabular]"') from error
    rows = _rows(columns, fitted)
    model = pipeline.make_pipeline(
        extraction.DictVectorizer(sparse=False),
        preprocessing.StandardScaler(),
        kind(random_state=seed, **settings),
    )
    chosen = np.flatnonzero(fitted).tolist()
    last = model.steps[-1][0]
    given = {} if weights is None else {f"{last}__sample_weight": weights[fitted]}
    model.fit([rows[row] for row in chosen], positive[fitted].astype(int), **given)
    probabilities: Floats = np.asarray(model.predict_proba(rows)[:, 1], dtype=np.float64)
    return probabilities


def _rows(columns: Mapping[str, Sequence[Cell]], fitted: Flags) -> list[dict[str, float | str]]:
    """Each row as features by name: numbers, or texts that become one feature a value."""
    filled: dict[str, list[float | str]] = {}
    for name, cells in columns.items():
        if all(cell is None or isinstance(cell, int | float) for cell in cells):
            known = [
                float(cell) for cell, is_fitted in zip(cells, fitted, strict=True) if is_fitted and cell is not None
            ]
            middle = median(known) if known else 0.0
            filled[name] = [middle if cell is None else float(cell) for cell in cells]
        else:
            filled[name] = [MISSING if cell is None or cell == "" else str(cell) for cell in cells]
    return [dict(zip(filled, cells, strict=True)) for cells in zip(*filled.values(), strict=True)]
