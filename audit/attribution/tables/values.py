"""What a model says of a row in which only some columns are known: a value function of coalitions of columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from fairwitness.audit.attribution.coalitions import Presence, Values
from fairwitness.audit.attribution.targets import Refused
from fairwitness.audit.requests import Answer, AttributeRow, Predict, Prediction, RowScale, Scalar, Unanswered
from fairwitness.audit.subject import Ask

ROUND = 50_000
"""Rows that are asked for at once."""
LEAST_CHANCE = 1e-4
"""Probabilities nearer to 0 or 1 than this are taken as this: a forest of a hundred trees knows no smaller ones."""

Row = tuple[Scalar, ...]


def log_odds(chance: float) -> float:
    """The log-odds of a probability, which is kept `LEAST_CHANCE` away from 0 and 1: within ±9.2.

    >>> log_odds(0.5), round(log_odds(1.0), 2)
    (0.0, 9.21)
    """
    kept = min(max(chance, LEAST_CHANCE), 1 - LEAST_CHANCE)
    return math.log(kept / (1 - kept))


def scale_of(answer: Prediction, labels: Sequence[str]) -> RowScale:
    """What values are measured in: log-odds where the model gives probabilities, else the decision itself."""
    if not labels:
        return "number"
    return "log-odds" if answer.scores else "decision"


def chance_of(answer: Prediction, labels: Sequence[str]) -> float:
    """The probability of any of these decisions."""
    return math.fsum(chance for name, chance in answer.scores if name in labels)


def target_of(answer: Answer, labels: Sequence[str]) -> float:
    """The value that is explained. Raises Refused where there is no answer, or no number where one is expected."""
    if not isinstance(answer, Prediction):
        raise Refused(answer.reason if isinstance(answer, Unanswered) else "the model gave no decision")
    match scale_of(answer, labels):
        case "log-odds":
            return log_odds(chance_of(answer, labels))
        case "decision":
            return float(answer.label in labels)
        case _:
            try:
                return float(answer.label)
            except ValueError:
                raise Refused(f"the model decided {answer.label!r}, which is no number") from None


@dataclass(slots=True, eq=False)
class ColumnValues:
    """The mean of the target over a background that fills the hidden columns (Lundberg & Lee 2017, eq. 10).

    Only the columns that the model takes are in the game: `places` are theirs among the features. What was asked is
    remembered by coalition. `[coalition, column]` in, one value a coalition out. Raises Refused where a row of a
    coalition has no answer: a mean of the others would be of other people.
    """

    request: AttributeRow
    places: tuple[int, ...]
    ask: Ask
    known: dict[bytes, float] = field(default_factory=dict)
    scale: RowScale = "number"

    @property
    def names(self) -> tuple[str, ...]:
        """All features of the row."""
        return tuple(name for name, _ in self.request.features)

    @property
    def row(self) -> Row:
        """The row that is explained."""
        return tuple(cell for _, cell in self.request.features)

    def __call__(self, present: Presence) -> Values:
        """The value of each coalition."""
        present = np.ascontiguousarray(present, dtype=np.bool_)
        keys = [shown.tobytes() for shown in present]
        new = {key: shown for key, shown in zip(keys, present, strict=True) if key not in self.known}
        rows: list[Row] = []
        for shown in new.values():
            rows += self.filled(shown)
        values = self.targets(rows).reshape(len(new), -1).mean(axis=1) if new else np.empty(0)
        self.known.update(zip(new, values.tolist(), strict=True))
        return np.array([self.known[key] for key in keys], dtype=np.float64)

    def filled(self, shown: Presence) -> list[Row]:
        """The row with its hidden columns filled from each row of the background."""
        hidden = [place for place, present in zip(self.places, shown.tolist(), strict=True) if not present]
        if not hidden:
            return [self.row] * len(self.request.background)
        rows = []
        for other in self.request.background:
            cells = list(self.row)
            for place in hidden:
                cells[place] = other[place]
            rows.append(tuple(cells))
        return rows

    def targets(self, rows: Sequence[Row]) -> Values:
        """The target of whole rows. Raises Refused where one has none."""
        values: list[float] = []
        for start in range(0, len(rows), ROUND):
            asked = [Predict(tuple(zip(self.names, row, strict=True))) for row in rows[start : start + ROUND]]
            answers = self.ask(asked)
            values += [target_of(answer, self.request.labels) for answer in answers]
            if isinstance(answers[0], Prediction):
                self.scale = scale_of(answers[0], self.request.labels)
        return np.array(values, dtype=np.float64)
