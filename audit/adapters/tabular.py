"""A function from rows of a table to decisions or probabilities as a subject."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fairwitness.audit.adapters import returned
from fairwitness.audit.adapters.function import FunctionSubject
from fairwitness.audit.errors import BadOption
from fairwitness.audit.halving import BadAnswer
from fairwitness.audit.requests import Predict, Prediction, Unanswered
from fairwitness.audit.tabular.rows import ROWS_AT_ONCE, cell_text, columns_of, frame_from, refuse_missing

_MISSING = frozenset({"", "nan", "none", "<na>", "nat"})


class Tabular(FunctionSubject):
    """A model over a table: `fn(rows)` is called with a DataFrame and gives a decision or probabilities for each row.

    Decisions are texts, whole numbers or true and false. Probabilities of several classes are a list per row in the
    order of `classes`, or a dict per row; the likeliest is the decision, the first of equals. One probability per row
    is that of the last of two `classes` (of "1", where none are named), which is decided from `threshold` on. Numbers
    of a regression need `regression=True`. `columns` names those that the function is given, in its order; else it is
    given the features that the probe is told. `dtypes` are the pandas dtypes of the columns, where they matter.
    Raises UnfitObject, BadOption.

    >>> subject = Tabular(lambda rows: (rows["age"] > 40).astype(int))
    >>> subject.predict([Predict((("age", 50),))])
    [Prediction(label='1', score=None, scores=())]
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        *,
        classes: Sequence[str] = (),
        threshold: float | None = None,
        regression: bool = False,
        columns: Sequence[str] = (),
        dtypes: Mapping[str, Any] | None = None,
        name: str = "",
        batch_size: int = ROWS_AT_ONCE,
    ) -> None:
        super().__init__(fn, ("rows",), "tabular", ("Predict", "AttributeRow"), name=name, batch_size=batch_size)
        self.classes = _classes(classes, threshold)
        self.threshold = _threshold(threshold)
        self.regression = regression
        self.columns = tuple(columns)
        self.dtypes = dict(dtypes or {})

    def check(self, names: Sequence[str]) -> None:
        """Raises BadData where rows with these features lack a column."""
        refuse_missing(self.columns, names, self.info.spec)

    def predict(self, batch: Sequence[Predict]) -> list[Prediction | Unanswered]:
        """The decision on every row, in order."""
        return self.ask(batch, self._decided)

    def _decided(self, batch: Sequence[Predict]) -> list[Prediction | Unanswered]:
        needed = self.columns or tuple(name for name, _ in batch[0].features)
        rows = frame_from(columns_of(batch, needed, self.info.spec), self.dtypes)
        answers = returned.items(self.call(rows), len(batch), self.info.spec, "row")
        read = self._reader(answers)
        return [_read(answer, read) for answer in answers]

    def _reader(self, answers: Sequence[Any]) -> Callable[[Any], Prediction]:
        """How these answers are read. Raises BadAnswer where numbers may be probabilities or decisions."""
        if self.threshold is not None:
            return self._above
        flat = [_single(answer) for answer in answers]
        if any(isinstance(answer, Mapping | list | tuple) for answer in flat):
            return self._likeliest
        floats = [answer for answer in flat if isinstance(answer, float) and math.isfinite(answer)]
        if not self.regression and any(not value.is_integer() for value in floats):
            raise BadAnswer(
                f"{self.info.spec} returned numbers that are not whole, and nothing says what they decide: say "
                "threshold= where they are probabilities, or regression=True where they are the decisions"
            )
        return self._decision

    def _above(self, answer: Any) -> Prediction:
        no, yes = self.classes or ("0", "1")
        (chance,) = returned.probabilities(answer, (yes,), self.info.spec)
        decided = yes if self.threshold is not None and chance >= self.threshold else no
        return Prediction(decided, scores=((no, 1 - chance), (yes, chance)))

    def _likeliest(self, answer: Any) -> Prediction:
        if not self.classes:
            raise BadAnswer(f"{self.info.spec} returned several numbers for a row: name them with classes=[...]")
        shares = returned.probabilities(answer, self.classes, self.info.spec)
        decided = self.classes[shares.index(max(shares))]
        return Prediction(decided, scores=tuple(zip(self.classes, shares, strict=True)))

    def _decision(self, answer: Any) -> Prediction:
        value = _single(answer)
        if isinstance(value, float) and not math.isfinite(value):
            raise BadAnswer(f"{self.info.spec} returned {value}, which is no decision")
        label = "" if value is None else cell_text(value)
        if label.lower() in _MISSING:
            raise BadAnswer(f"{self.info.spec} returned no decision for the row")
        return Prediction(label)


def _read(answer: Any, read: Callable[[Any], Prediction]) -> Prediction | Unanswered:
    try:
        return read(answer)
    except BadAnswer as error:
        return Unanswered(str(error))


def _single(answer: Any) -> Any:
    """A value alone: of a list, a record or an array of one the one in it."""
    value = answer.tolist() if hasattr(answer, "tolist") else answer
    if isinstance(value, Mapping) and len(value) == 1:
        return next(iter(value.values()))
    return value[0] if isinstance(value, list | tuple) and len(value) == 1 else value


def _classes(classes: Sequence[str], threshold: float | None) -> tuple[str, ...]:
    if isinstance(classes, str):
        raise BadOption(f"Tabular(classes={classes!r}): give a list of names, such as ['no', 'yes']")
    names = tuple(cell_text(name) for name in classes)
    if len(set(names)) < len(names) or len(names) == 1:
        raise BadOption(f"Tabular(classes={list(names)!r}): two classes or more are needed, each with its own name")
    if threshold is not None and len(names) > 2:
        raise BadOption(f"Tabular(threshold={threshold}): a threshold decides between two classes, not {len(names)}")
    return names


def _threshold(threshold: float | None) -> float | None:
    is_number = isinstance(threshold, int | float) and not isinstance(threshold, bool)
    if threshold is not None and not (is_number and 0 <= threshold <= 1):
        raise BadOption(f"Tabular(threshold={threshold!r}): a threshold of a probability lies from 0 to 1")
    return None if threshold is None else float(threshold)
