"""A torch module over numeric columns as a subject. Torch stays in its own adapter, which hands in `forward`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from fairwitness.audit.errors import BadData, WrongTask
from fairwitness.audit.halving import in_halves
from fairwitness.audit.own_cells import shown_cell
from fairwitness.audit.reasons import note
from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.requests import Predict, Prediction, Scalar, Unanswered
from fairwitness.audit.tabular.load import fingerprint
from fairwitness.audit.tabular.rows import ROWS_AT_ONCE, cell_text, columns_of

Forward: TypeAlias = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]
"""float32 [rows, features] -> float32 [rows] or [rows, outputs]."""

TASKS = ("classifier", "regressor")


@dataclass(frozen=True, slots=True)
class TableModule:
    """A module that takes the features of a row as numbers, in the order they are given.

    Several outputs are the logits of the classes 0, 1, ... One output is a number, or with `task="classifier"` the
    log-odds of class 1.
    """

    info: SubjectInfo
    forward: Forward
    task: str | None

    @property
    def batch_tokens(self) -> int:
        """Rows of one call."""
        return ROWS_AT_ONCE

    def predict(self, batch: Sequence[Predict]) -> list[Prediction | Unanswered]:
        """The decision on every row, with the probability of every class where it is a classifier."""
        return in_halves(batch, self._decide)

    def check(self, names: Sequence[str]) -> None:
        """Raises BadData unless there are features; whether their number fits, only the module knows."""
        if not names:
            raise BadData(f"{self.info.spec} is given no columns: name them with -O group_fairness.features=a,b,...")

    def _decide(self, batch: Sequence[Predict]) -> list[Prediction]:
        names = [name for name, _ in batch[0].features]
        self.check(names)
        columns = columns_of(batch, names, self.info.spec)
        rows = np.array([_numbers(name, cells) for name, cells in columns.items()], dtype=np.float32).T
        values = np.asarray(self.forward(np.ascontiguousarray(rows)), dtype=np.float64).reshape(len(batch), -1)
        if values.shape[1] > 1 and self.task == "regressor":
            raise WrongTask(f"{self.info.spec} gives {values.shape[1]} numbers a row and is no regressor")
        if values.shape[1] == 1 and self.task != "classifier":
            return [Prediction(cell_text(value)) for value in values[:, 0].tolist()]
        logits = np.column_stack([np.zeros(len(values)), values]) if values.shape[1] == 1 else values
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        chances = weights / weights.sum(axis=1, keepdims=True)
        classes = [str(index) for index in range(logits.shape[1])]
        return [
            Prediction(classes[chosen], scores=tuple(zip(classes, row, strict=True)))
            for chosen, row in zip(logits.argmax(axis=1).tolist(), chances.tolist(), strict=True)
        ]


def table_module(
    spec: str,
    forward: Forward,
    *,
    architecture: str,
    parameters: int | None,
    task: str | None,
    libraries: Sequence[str] = ("torch",),
) -> TableModule:
    """The subject of a module that its adapter has loaded from the file `spec`. Raises WrongTask on another task."""
    if task not in (None, *TASKS):
        raise WrongTask(f"{spec} is a module over a table: --task is {' or '.join(TASKS)}, not {task!r}")
    info = SubjectInfo(
        spec=spec,
        fingerprint=fingerprint(Path(spec), libraries, task or ""),
        kind="tabular",
        architecture=architecture,
        parameters=parameters,
        dtype="float32",
        capabilities=("Predict", "AttributeRow"),
        notes=(note("module", "columns"),),
    )
    return TableModule(info, forward, task)


def _numbers(name: str, cells: Sequence[Scalar]) -> list[float]:
    """Cells as numbers. Raises ValueError with column and example where one is not."""
    for cell in cells:
        if not isinstance(cell, bool | int | float):
            what = "no value" if cell is None else shown_cell(cell, cells)
            raise ValueError(f"column {name!r} holds {what} where the module takes a number")
    return [float(cell) for cell in cells if cell is not None]
