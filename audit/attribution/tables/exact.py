"""Shapley values read from the structure of a model: trees and linear models over numbers, by the library `shap`.

Both are asked for all rows at once, against the same background as the sampling methods, so that they answer the same
question: hidden columns are filled from it independently of those that are shown (interventional values).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fairwitness.audit.attribution.shap import library, own_random_state
from fairwitness.audit.attribution.targets import Refused
from fairwitness.audit.requests import AttributeRow, RowMethod, RowScale, Scalar
from fairwitness.audit.subject import HoldsFitted, Subject

Floats = npt.NDArray[np.float64]
TREES = ("sklearn.tree", "sklearn.ensemble", "xgboost", "lightgbm", "catboost")
"""Modules of models whose trees the library reads."""
LINEAR = ("sklearn.linear_model",)


@dataclass(frozen=True, slots=True, eq=False)
class Exact:
    """Values [rows, columns], what they add up to without the row, and on which scale."""

    values: Floats
    base: float
    scale: RowScale
    note: str


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """A bare estimator that the library can read, the numbers of its rows and of the background, and its classes."""

    model: Any
    rows: Floats
    background: Floats
    classes: tuple[str, ...]
    labels: tuple[str, ...]

    @property
    def chances(self) -> bool:
        """Whether it gives probabilities of classes."""
        return bool(self.classes) and hasattr(self.model, "predict_proba")


def method_of(subject: Subject, request: AttributeRow) -> RowMethod:
    """The method that a request comes to: for `shap` the exact one where there is one, else permutations."""
    if request.method != "shap":
        return request.method
    if readable(subject, TREES, [request]):
        return "shap_tree"
    return "shap_linear" if readable(subject, LINEAR, [request]) else "shap_permutation"


def readable(subject: Subject, modules: Sequence[str], requests: Sequence[AttributeRow]) -> bool:
    """Whether a subject is a bare estimator of these modules, over numbers, of a target that it adds up to."""
    if not isinstance(subject, HoldsFitted) or not type(subject.fitted).__module__.startswith(tuple(modules)):
        return False
    if modules is LINEAR and not _linear_target(subject.fitted, subject.classes):
        return False
    if modules is TREES and not _tree_target(subject.fitted, subject.classes):
        return False
    try:
        structure_of(subject, requests)
    except Refused:
        return False
    return True


def structure_of(subject: Subject, requests: Sequence[AttributeRow]) -> Structure:
    """The estimator and its rows as numbers, in its own order of columns. Raises Refused where it is no such thing."""
    if not isinstance(subject, HoldsFitted):
        raise Refused("only a fitted estimator has trees or weights that can be read")
    first = requests[0]
    names = [name for name, _ in first.features]
    order = [names.index(name) for name in subject.columns or names]
    rows = [tuple(cell for _, cell in request.features) for request in requests]
    return Structure(
        subject.fitted, _numbers(rows, order), _numbers(first.background, order), subject.classes, first.labels
    )


def trees(structure: Structure) -> Exact:
    """Tree SHAP against a background (Lundberg et al. 2020): exact for what the trees add up to.

    That is the log-odds for boosted trees of two classes, and the probability for trees and forests, whose leaves
    average probabilities. Raises Refused for boosted trees of several classes, and what the library cannot read.
    """
    shap = library()
    with own_random_state():
        try:
            explainer = shap.TreeExplainer(
                structure.model, data=structure.background, feature_perturbation="interventional"
            )
            values = np.asarray(explainer.shap_values(structure.rows, check_additivity=False), dtype=np.float64)
            base = np.atleast_1d(np.asarray(explainer.expected_value, dtype=np.float64))
        except Exception as error:  # the library raises anything where it does not know a model
            raise Refused(f"Tree SHAP cannot read this model: {' '.join(str(error).split())[:200]}") from error
    note = f"SHAP {shap.__version__}, trees read exactly."
    if not structure.classes:
        return Exact(values, float(base[0]), "number", note)
    if values.ndim == 3 and values.shape[2] == len(structure.classes):
        if abs(float(base.sum()) - 1) > 1e-3:
            raise Refused("the trees of several classes add up to no log-odds")
        wanted = [place for place, name in enumerate(structure.classes) if name in structure.labels]
        return Exact(values[:, :, wanted].sum(axis=2), float(base[wanted].sum()), "probability", note)
    if len(structure.classes) != 2 or len(structure.labels) != 1:
        raise Refused("the trees of several classes add up to no log-odds")
    sign = 1.0 if structure.labels[0] == structure.classes[1] else -1.0
    return Exact(sign * values, sign * float(base[-1]), "log-odds", note)


def linear(structure: Structure) -> Exact:
    """Linear SHAP: weight times distance from the background's mean (Strumbelj & Kononenko 2014)."""
    shap = library()
    masker = shap.maskers.Independent(structure.background, max_samples=len(structure.background))
    with own_random_state():
        try:
            explainer = shap.LinearExplainer(structure.model, masker)
            values = np.asarray(explainer.shap_values(structure.rows), dtype=np.float64)
            base = float(np.atleast_1d(explainer.expected_value)[0])
        except Exception as error:  # as of trees
            raise Refused(f"Linear SHAP cannot read this model: {' '.join(str(error).split())[:200]}") from error
    note = f"SHAP {shap.__version__}, weights read exactly."
    values = values.reshape(len(structure.rows), -1)
    if not structure.classes:
        return Exact(values, base, "number", note)
    sign = 1.0 if structure.labels[0] == structure.classes[1] else -1.0
    return Exact(sign * values, sign * base, "log-odds", note)


EXACT: dict[str, Callable[[Structure], Exact]] = {"shap_tree": trees, "shap_linear": linear}


def _linear_target(model: Any, classes: Sequence[str]) -> bool:
    """Whether the weights add up to a number, or to the log-odds of two classes."""
    weights = np.asarray(getattr(model, "coef_", np.empty((0, 0, 0))))
    if not classes:
        return weights.ndim == 1 and _identity(model)
    logistic = type(model).__name__.startswith("Logistic") or getattr(model, "loss", "") == "log_loss"
    return len(classes) == 2 and weights.shape[0] == 1 and logistic and hasattr(model, "predict_proba")


def _identity(model: Any) -> bool:
    """Whether a linear regressor predicts its linear sum itself, and not the exponential of it."""
    return not type(model).__name__.startswith(("Poisson", "Gamma", "Tweedie"))


def _tree_target(model: Any, classes: Sequence[str]) -> bool:
    """Whether the trees add up to something that is asked: no categories that the library would read as numbers."""
    categorical = getattr(model, "is_categorical_", None)
    if categorical is not None and np.any(categorical):
        return False
    boosted = "Boosting" in type(model).__name__ or type(model).__module__.split(".")[0] not in ("sklearn",)
    return not (boosted and len(classes) > 2) and callable(getattr(model, "predict", None))


def _numbers(rows: Sequence[Sequence[Scalar]], order: Sequence[int]) -> Floats:
    """Rows as numbers; a missing cell is NaN. Raises Refused where a cell is text."""
    cells = [[row[place] for place in order] for row in rows]
    if any(isinstance(cell, str) for row in cells for cell in row):
        raise Refused("a column holds texts, and trees and weights are read over numbers alone")
    numbers = [[np.nan if cell is None else float(cell) for cell in row] for row in cells]
    return np.array(numbers, dtype=np.float64).reshape(len(rows), len(order))
