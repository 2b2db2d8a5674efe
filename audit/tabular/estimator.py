"""A fitted scikit-learn style estimator as a subject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from fairwitness.audit.errors import BadData, WrongTask
from fairwitness.audit.halving import in_halves
from fairwitness.audit.reasons import note
from fairwitness.audit.records import Name, SubjectInfo
from fairwitness.audit.requests import Predict, Prediction, Unanswered
from fairwitness.audit.tabular.rows import ROWS_AT_ONCE, cell_text, columns_of, frame_from, listed, refuse_missing


@dataclass(frozen=True, slots=True)
class Estimator:
    """A classifier or regressor that takes a table.

    `columns` are those that it was fitted with, in its order; empty where it was fitted without names, and then the
    features of a row are taken in the order they are given, `width` of them where that is known.
    """

    info: SubjectInfo
    model: Any
    columns: tuple[str, ...]
    width: int | None
    classes: tuple[str, ...]
    dtypes: Mapping[str, Any] = field(default_factory=dict)
    """The pandas dtypes of the columns, where the table was in memory."""

    @property
    def batch_tokens(self) -> int:
        """Rows of one call."""
        return ROWS_AT_ONCE

    @property
    def fitted(self) -> Any:
        """The estimator itself, for methods that read its trees or weights."""
        return self.model

    def check(self, names: Sequence[str]) -> None:
        """Raises BadData unless rows with these features can be decided."""
        refuse_width(self.columns, self.width, names, self.info.spec)

    def predict(self, batch: Sequence[Predict]) -> list[Prediction | Unanswered]:
        """The decision on every row, with the probability of every class where the model gives them."""
        return in_halves(batch, self._decide)

    def _decide(self, batch: Sequence[Predict]) -> list[Prediction]:
        needed = self.columns or tuple(name for name, _ in batch[0].features)
        self.check([name for name, _ in batch[0].features])
        frame = frame_from(columns_of(batch, needed, self.info.spec), self.dtypes)
        rows = frame if self.columns else frame.to_numpy()
        labels = np.asarray(self.model.predict(rows))
        if labels.ndim != 1:
            raise WrongTask(
                f"{self.info.spec} decides {labels.shape[1]} things at once; Fairwitness audits one decision"
            )
        if not self.classes or not hasattr(self.model, "predict_proba"):
            return [Prediction(label) for label in _spelled(labels)]
        chances = np.asarray(self.model.predict_proba(rows), dtype=np.float64).tolist()
        return [
            Prediction(label, scores=tuple(zip(self.classes, row, strict=True)))
            for label, row in zip(_spelled(labels), chances, strict=True)
        ]


def estimator(info: SubjectInfo, model: Any, dtypes: Mapping[str, Any] | None = None) -> Estimator:
    """The subject of a fitted model. Raises WrongTask where it decides nothing, or several things at once."""
    if not callable(getattr(model, "predict", None)):
        raise WrongTask(f"{info.spec} holds {type(model).__name__}, which has no predict: it decides nothing")
    names = getattr(model, "feature_names_in_", None)
    width = getattr(model, "n_features_in_", None)
    columns = () if names is None else tuple(str(name) for name in names)
    classes = getattr(model, "classes_", None)
    if isinstance(classes, list):
        raise WrongTask(f"{info.spec} decides {len(classes)} things at once; Fairwitness audits one decision")
    labels = () if classes is None else tuple(cell_text(label) for label in classes)
    if columns:
        takes = note("takes", "columns", columns=Name(listed(columns)))
    elif width is None:
        takes = note("takes_unknown", "columns")
    else:
        takes = note("takes_count", "columns", count=int(width))
    noted = replace(info, notes=(takes, *info.notes))
    return Estimator(noted, model, columns, None if width is None else int(width), labels, dict(dtypes or {}))


def refuse_width(columns: Sequence[str], width: int | None, given: Sequence[str], model: str) -> None:
    """Raises BadData where columns are absent or, for a model without column names, where their number is wrong."""
    if columns:
        refuse_missing(columns, given, model)
    elif width is not None and len(given) != width:
        raise BadData(
            f"{model} takes {width} columns, knows no names for them and is given {len(given)} ({listed(given)}): name "
            "them in its order with -O group_fairness.features=a,b,..."
        )


def _spelled(values: Any) -> list[str]:
    """The text of every decision; each different value is spelled once."""
    cells = values.tolist()
    texts = {cell: cell_text(cell) for cell in set(cells)}
    return [texts[cell] for cell in cells]
