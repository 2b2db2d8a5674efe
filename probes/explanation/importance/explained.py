"""What is asked of explained rows, and the values of their columns by method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.probe import expect
from fairwitness.audit.records import Name
from fairwitness.audit.requests import Answer, AttributeRow, Predict, RowAttribution, RowScale, Unanswered
from fairwitness.probes.explanation.importance.options import NAMES, ImportanceOptions, MethodName
from fairwitness.probes.kit.decisions.asked_rows import Row, Target
from fairwitness.probes.kit.decisions.categorical import Codes, Floats

REMOVED = 8
"""Most columns that the check by removal hides."""
RANDOM = 3
"""Random orders that it compares with."""


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """Which rows of the sample are explained, which are explained again, and two backgrounds of rows."""

    explained: Codes
    again: Codes
    backgrounds: tuple[Codes, Codes]

    @classmethod
    def of(cls, answered: Codes, rows: int, options: ImportanceOptions, seed: int, row: int | None) -> Draw:
        """Drawn with the seed; explained rows, which no answer decides, overlap with backgrounds where rows are few.

        A background is made of answered rows.
        """
        rng = np.random.default_rng([seed, 1])
        order = rng.permutation(rows).tolist()
        explained = np.sort(order[: options.explained]) if row is None else np.array([row])
        known = set(answered.tolist())
        others = [place for place in (*order[options.explained :], *order[: options.explained]) if place in known]
        others = [place for place in others if place != row]
        size = options.background
        second = others[size : 2 * size] if len(others) >= 2 * size else rng.permutation(others)[:size]
        backgrounds = np.array(others[:size], dtype=np.int64), np.array(second, dtype=np.int64)
        return cls(explained, explained[: options.again], backgrounds)


def requests_of(
    method: MethodName, names: Sequence[str], rows: Sequence[Row], draw: Draw, target: Target, budget: int, seed: int
) -> tuple[list[AttributeRow], list[AttributeRow]]:
    """The requests of one method: of each explained row, and of some again with another seed and background."""
    first, second = (tuple(rows[place] for place in places.tolist()) for places in draw.backgrounds)

    def request(place: int, background: tuple[Row, ...], turn: int) -> AttributeRow:
        features = tuple(zip(names, rows[place], strict=True))
        return AttributeRow(features, background, target.labels, method, budget, seed + turn)

    return (
        [request(place, first, 0) for place in draw.explained.tolist()],
        [request(place, second, 1) for place in draw.again.tolist()],
    )


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """The values of one method: `values` [row, column] of the rows at `rows` of the sample, which it explained.

    `again` are the values of some of them under another seed and background, at `again_rows`. `reason` says why there
    are none. `taken` marks the columns that the model may take at all.
    """

    method: MethodName
    rows: Codes
    answers: tuple[RowAttribution, ...]
    values: Floats
    again_rows: Codes
    again: Floats
    taken: tuple[bool, ...]
    reason: str = ""

    @classmethod
    def of(
        cls, method: MethodName, draw: Draw, answers: Sequence[Answer], again: Sequence[Answer], width: int
    ) -> Explained:
        """From the answers to both lists of requests."""
        rows, given = _given(draw.explained, answers)
        again_rows, given_again = _given(draw.again, again)
        reason = next((answer.reason for answer in answers if isinstance(answer, Unanswered)), "")
        untaken = set(given[0].untaken) if given else set()
        taken = tuple(name not in untaken for name in given[0].columns) if given else (True,) * width
        return cls(
            method, rows, tuple(given), _matrix(given, width), again_rows, _matrix(given_again, width), taken, reason
        )

    @property
    def used(self) -> str:
        """The name of the method that was used: `shap` is one of several."""
        return NAMES[self.answers[0].method if self.answers else self.method]

    @property
    def scale(self) -> RowScale:
        """What the values are measured in."""
        return self.answers[0].scale if self.answers else "number"

    @property
    def why_silent(self) -> str:
        """Why it explained nothing, as the model or the library says it."""
        return Name(self.reason)

    @property
    def sizes(self) -> Floats:
        """The share of each column in the values of a row, without signs: [row, column], NaN where all are 0."""
        total = np.abs(self.values).sum(axis=1, keepdims=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(total > 0, np.abs(self.values) / total, np.nan)


def _given(places: Codes, answers: Sequence[Answer]) -> tuple[Codes, list[RowAttribution]]:
    pairs = [(place, expect(answer, RowAttribution)) for place, answer in zip(places.tolist(), answers, strict=True)]
    given = [(place, answer) for place, answer in pairs if answer is not None]
    return np.array([place for place, _ in given], dtype=np.int64), [answer for _, answer in given]


def _matrix(answers: Sequence[RowAttribution], width: int) -> Floats:
    return np.array([answer.values for answer in answers], dtype=np.float64).reshape(len(answers), width)


def removals(explained: Explained, names: Sequence[str], rows: Sequence[Row], hidden: Row, seed: int) -> list[Predict]:
    """Explained rows whose columns are hidden one after the other: by value, and in random orders, `steps` rows each.

    Hidden is what speaks for the target first. A hidden column takes the typical value of its column, which is not how
    the method hides it.
    """
    places = np.flatnonzero(explained.taken)
    rng = np.random.default_rng([seed, 2])
    made = []
    for place, values in zip(explained.rows.tolist(), explained.values, strict=True):
        orders = [places[np.argsort(-values[places], kind="stable")]]
        orders += [rng.permutation(places) for _ in range(RANDOM)]
        for order in orders:
            cells = list(rows[place])
            for column in order[: steps(explained)].tolist():
                cells[column] = hidden[column]
                made.append(Predict(tuple(zip(names, cells, strict=True))))
    return made


def steps(explained: Explained) -> int:
    """Columns that are hidden in turn: all but one, or the first few."""
    return max(0, min(REMOVED, sum(explained.taken) - 1))


def removal_gains(explained: Explained, answers: Sequence[Answer], target: Target) -> Floats:
    """How much further the target falls by the method's order than by chance, mean over steps; NaN without answers."""
    width = steps(explained)
    values = np.array([target.value(answer) for answer in answers]).reshape(len(explained.rows), 1 + RANDOM, width)
    means = values.mean(axis=2)
    return np.asarray(means[:, 1:].mean(axis=1) - means[:, 0], dtype=np.float64)
