"""Local linear explanations of a row by the library `lime` (tabular)."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt

from fairwitness.audit.attribution.coalitions import WordAttributions
from fairwitness.audit.attribution.tables.values import ColumnValues
from fairwitness.audit.requests import Scalar

DRAWS = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Encoding:
    """A column as the library wants it: numbers as they are, all else as the place of the cell among `cells`."""

    cells: tuple[Scalar, ...] | None

    @classmethod
    def of(cls, cells: Sequence[Scalar]) -> Encoding:
        """Numbers that are all there stay numbers; a column with an empty cell, a text or a flag has categories."""
        if all(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in cells) and len(set(cells)) > 2:
            return cls(None)
        return cls(tuple(dict.fromkeys(cells)))

    def number(self, cell: Scalar) -> float:
        """The cell as a number."""
        return float(cell or 0) if self.cells is None else float(self.cells.index(cell))

    def cell(self, number: float, whole: bool) -> Scalar:
        """The number as a cell; a column of whole numbers stays one."""
        if self.cells is not None:
            return self.cells[round(number)]
        return round(number) if whole else number


def surrogate(values_of: ColumnValues, budget: int, seed: int) -> WordAttributions:
    """Weights of the ridge regression that LIME fits around the row (Ribeiro et al. 2016, tabular), in log-odds.

    Each weight is what it adds that a column lies in the quartile, or has the category, of the row. The library draws
    rows from the quartiles and categories of the background; its own settings hold. They do not add up to full - base.
    """
    lime_tabular: Any = importlib.import_module("lime.lime_tabular")
    background, row = values_of.request.background, values_of.row
    encodings = [Encoding.of([*(other[place] for other in background), row[place]]) for place in values_of.places]
    cells = [[other[place] for place in values_of.places] for other in background]
    data = np.array([_encoded(encodings, other) for other in cells])
    whole = [all(isinstance(other[k], int) for other in cells) for k in range(len(encodings))]

    def predict(drawn: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        rows = []
        for numbers in drawn.tolist():
            changed = list(row)
            for place, encoding, number, is_whole in zip(values_of.places, encodings, numbers, whole, strict=True):
                changed[place] = encoding.cell(number, is_whole)
            rows.append(tuple(changed))
        return values_of.targets(rows)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of columns that never vary in the background: their quartiles are one
        explainer = lime_tabular.LimeTabularExplainer(
            data,
            mode="regression",
            categorical_features=[k for k, encoding in enumerate(encodings) if encoding.cells is not None],
            random_state=seed % 2**32,
        )
        explained = explainer.explain_instance(
            np.array(_encoded(encodings, [row[place] for place in values_of.places])),
            predict,
            num_features=len(encodings),
            num_samples=budget or DRAWS,
        )
    weights = dict(explained.local_exp[1])
    note = f"LIME {version('lime')}, {budget or DRAWS} draws, R² of the local fit {float(explained.score):.3f}."
    return WordAttributions(np.array([weights[k] for k in range(len(encodings))], dtype=np.float64), None, note)


def _encoded(encodings: Sequence[Encoding], cells: Sequence[Scalar]) -> list[float]:
    return [encoding.number(cell) for encoding, cell in zip(encodings, cells, strict=True)]
