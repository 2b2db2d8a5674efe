"""What is asked about a row of a table: the decision, and what each of its columns has to do with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Scalar: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Predict:
    """The decision for one table row: feature names and values; a predictions file is asked by {"row": number}.

    The order of the features is that of the table; it counts only for a model that knows no names of columns.
    """

    features: tuple[tuple[str, Scalar], ...]


RowMethod: TypeAlias = Literal["shap", "shap_tree", "shap_linear", "shap_permutation", "shap_kernel", "lime"]
"""`shap` is the exact method where the model is a bare tree ensemble or linear in numbers, else it samples."""


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """Share of each column of a table row in what the model says of it, against a background of other rows.

    Explained are the log-odds of the decisions `labels` against all others; without any the predicted number. A hidden
    column takes the values that it has in the background, whose rows have their values in the order of the features.
    `budget` is coalitions of columns (SHAP) or draws (LIME), 0 the method's default.
    """

    features: tuple[tuple[str, Scalar], ...]
    background: tuple[tuple[Scalar, ...], ...]
    labels: tuple[str, ...] = ()
    method: RowMethod = "shap"
    budget: int = 0
    seed: int = 0

    def __hash__(self) -> int:
        """Of all but the rows of the background, which many requests share: hashing them costs more than an answer."""
        return hash((self.features, len(self.background), self.labels, self.method, self.budget, self.seed))


@dataclass(frozen=True, slots=True)
class Prediction:
    """The decided label as text, and how sure the model is.

    `score` is the probability of the favourable label where only that is known (a file of decisions), `scores` the
    probability of every label where a model gives them.
    """

    label: str
    score: float | None = None
    scores: tuple[tuple[str, float], ...] = ()


RowScale: TypeAlias = Literal["log-odds", "probability", "decision", "number"]
"""What values of columns add up to: log-odds or probability of a decision, 1 or 0 for it, or the predicted number."""


@dataclass(frozen=True, slots=True)
class RowAttribution:
    """Value per column, in the order of the features, by a method and on a scale that may be the model's own choice.

    `base` is the target's mean over the background, `full` that of the row; `residual` = full - base - sum(values) is
    zero for a complete method. `errors` are Monte-Carlo standard errors, empty where the method has none. `exact` says
    that nothing was sampled but the background. `untaken` columns are known not to be read by the model at all.
    """

    columns: tuple[str, ...]
    values: tuple[float, ...]
    base: float
    full: float
    residual: float
    evaluations: int
    method: RowMethod
    scale: RowScale
    exact: bool = False
    errors: tuple[float, ...] = ()
    untaken: tuple[str, ...] = ()
    note: str = ""
