"""From the rows of a table and the answers about them to outcomes that can be counted."""

from __future__ import annotations

import math
import operator
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from assay.audit.errors import BadData, BadOption, nearest
from assay.audit.probe import DoesNotApply
from assay.audit.records import Cell, Table
from assay.audit.requests import Answer, Classify, ClassScores, Predict, Prediction, Request

MISSING = "(missing)"
"""The group of rows whose group column is empty: a line of its own."""

MOST_GROUPS = 200
POSITIVE_WORDS = ("1", "yes", "y", "positive", "pos", "good", "granted", "accept", "accepted", "approved", "hired")

Flags = npt.NDArray[np.bool_]
_RULE = re.compile(r"\s*(>=|<=|>|<)\s*([-+]?\d+(?:\.\d+)?)\s*")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_COMPARE: dict[str, Callable[[npt.NDArray[np.float64], float], Any]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of the table mean what; an empty name means that there is none."""

    groups: tuple[str, ...]
    label: str
    text: str


class Frame:
    """The table, checked against the options: group names by row, true outcomes, texts. Raises BadOption, BadData."""

    def __init__(self, table: Table, columns: Columns) -> None:
        for role, name in (*(("group", group) for group in columns.groups), ("label", columns.label)):
            _known(table, role, name)
        if columns.text:
            _known(table, "text", columns.text)
        self.columns = columns
        self.source = table.source.name
        self.rows = len(table)
        self.groups = {name: tuple(_group(cell) for cell in table.columns[name]) for name in columns.groups}
        self.labels = tuple(outcome(cell) for cell in table.columns[columns.label]) if columns.label else ()
        self.texts = _texts(table, columns.text) if columns.text else ()
        self.notes = tuple(_missing_note(name, cells) for name, cells in self.groups.items() if MISSING in cells)
        for name, cells in self.groups.items():
            kinds = len(set(cells))
            if kinds > MOST_GROUPS:
                raise BadOption(
                    f"group column {name!r} has {kinds} different values in {self.rows} rows, for example "
                    f"{cells[0]!r} in row 1; a group column has at most {MOST_GROUPS}"
                )

    @property
    def known_labels(self) -> list[str]:
        """True outcomes, missing ones left out."""
        return [label for label in self.labels if label is not None]

    def requests(self) -> list[Request]:
        """One request a row: its text for a classifier, its number for a predictions file."""
        if self.columns.text:
            return [Classify(text) for text in self.texts]
        return [Predict((("row", row),)) for row in range(self.rows)]


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """What was decided and what was true, row by row.

    `answered` rows have a decision; of these `labelled` rows have a true outcome. `selected` and `positive` say
    whether decision and true outcome are the counted one; `chosen` and `counted` say in words what that is.
    """

    answered: Flags
    labelled: Flags
    selected: Flags
    positive: Flags
    decisions: tuple[str, ...]
    scores: tuple[float | None, ...]
    chosen: str
    counted: str
    notes: tuple[str, ...]

    @property
    def has_labels(self) -> bool:
        """Whether any true outcome is known."""
        return bool(self.labelled.any())


def decide(
    frame: Frame, answers: Sequence[Answer], *, favourable: str = "", threshold: float | None = None
) -> Outcomes:
    """Decisions from answers. Raises BadOption when the counted outcome cannot be found, BadData on odd cells."""
    read = [_decision(answer) for answer in answers]
    answered = np.array([decision is not None for decision in read], dtype=np.bool_)
    if not answered.any():
        raise DoesNotApply("the model answered none of the rows")
    decisions = tuple(decision or "" for decision in read)
    labels = frame.known_labels
    seen = [decision for decision in decisions if decision] if threshold is None else []
    counted = counted_outcome(favourable, labels, seen)
    scores = tuple(_score(answer, counted) for answer in answers)
    if threshold is None:
        selected, chosen = _matches("decision", counted, decisions, answered), f"the decision '{counted}'"
    else:
        selected, chosen = _above(threshold, decisions, scores, answered)
    known = np.array([label is not None for label in frame.labels] or [False] * frame.rows, dtype=np.bool_)
    texts = tuple(label or "" for label in frame.labels)
    positive = _matches(f"label {frame.columns.label!r}", counted, texts, known) if labels else np.zeros_like(known)
    return Outcomes(
        answered,
        known & answered,
        selected,
        positive,
        decisions,
        scores,
        chosen,
        f"the outcome '{counted}'",
        tuple(_notes(frame, answered, known, counted, labels, seen)),
    )


@lru_cache(maxsize=4096)
def outcome(cell: Cell) -> str | None:
    """One spelling for equal outcomes: 1, 1.0, '1' and true are '1'; None where there is none."""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    text = "" if cell is None else str(cell).strip()
    if text.lower() in {"true", "false"}:
        return "1" if text.lower() == "true" else "0"
    if text.lower() in {"", "nan"}:
        return None
    if _NUMBER.fullmatch(text):
        number = float(text)
        return str(int(number)) if math.isfinite(number) and number.is_integer() else repr(number)
    return text


def _group(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = "" if cell is None else str(cell).strip()
    return MISSING if text.lower() in {"", "nan"} else text


def _known(table: Table, role: str, name: str) -> None:
    if name and name not in table.columns:
        listed = ", ".join(repr(column) for column in list(table.columns)[:20])
        raise BadOption(f"{role} column {name!r} is not in the table{nearest(name, table.columns)} (columns: {listed})")


def _texts(table: Table, column: str) -> tuple[str, ...]:
    cells = tuple("" if cell is None else str(cell) for cell in table.columns[column])
    empty = np.array([not cell.strip() for cell in cells], dtype=np.bool_)
    if empty.any():
        count = int(empty.sum())
        raise BadData(f"column {column!r}: {count} of {len(cells)} rows have no text, for example row {_first(empty)}")
    return cells


def _missing_note(name: str, cells: Sequence[str]) -> str:
    return (
        f"{cells.count(MISSING)} of {len(cells)} rows have no value in group column {name!r}: they are a line of their "
        "own and are not compared with groups."
    )


def _decision(answer: Answer) -> str | None:
    if isinstance(answer, Prediction):
        return outcome(answer.label)
    if isinstance(answer, ClassScores):
        return _class(answer.labels[int(np.argmax(answer.logits))])
    return None


def _class(name: str) -> str | None:
    """A classifier's class as an outcome; LABEL_1, the name of a class that nobody named, is 1."""
    unnamed = re.fullmatch(r"LABEL_(\d+)", name)
    return unnamed[1] if unnamed else outcome(name)


def _score(answer: Answer, counted: str) -> float | None:
    """Probability of the counted outcome, where the answer gives one."""
    if isinstance(answer, Prediction):
        return answer.score
    if isinstance(answer, ClassScores):
        names = [_class(label) for label in answer.labels]
        if counted not in names:
            return None
        logits = np.asarray(answer.logits, dtype=np.float64)
        weights = np.exp(logits - logits.max())
        at = names.index(counted)
        return float(1 / (1 + np.exp(-logits[at])) if answer.multi_label else weights[at] / weights.sum())
    return None


def counted_outcome(given: str, labels: Sequence[str], decisions: Sequence[str]) -> str:
    """The counted outcome as named, or the only sensible one of two; BadOption where there is none.

    Without decisions it is what the true outcomes alone say, to find a mistake before anything is asked.
    """
    if _RULE.fullmatch(given):
        return given.strip()
    values = Counter([*labels, *decisions])
    if labels and decisions and not set(labels) & set(decisions):
        raise BadOption(
            f"true outcomes and decisions have no value in common ({_listed(Counter(labels))}; decisions: "
            f"{', '.join(sorted(set(decisions))[:10])})"
        )
    named = outcome(given)
    if named is not None:
        if values and named not in values:
            raise BadOption(f"favourable outcome {given!r} never occurs{nearest(named, values)} ({_listed(values)})")
        return named
    known = [value for value in values if value.lower() in POSITIVE_WORDS]
    if not values:
        return "1"
    if len(known) == 1 and len(values) <= 2:
        return known[0]
    raise BadOption(f"say which outcome counts as selected with --favourable ({_listed(values)})")


def _listed(values: Counter[str]) -> str:
    shown = ", ".join(f"{value!r} {count} times" for value, count in values.most_common(10))
    return f"outcomes: {shown}{', ...' if len(values) > 10 else ''}"


def _matches(what: str, rule: str, values: Sequence[str], known: Flags) -> Flags:
    """Whether each known value is the counted one, by equality or by a numeric rule."""
    match = _RULE.fullmatch(rule)
    if match is None:
        return np.array([value == rule for value in values], dtype=np.bool_) & known
    return np.asarray(_COMPARE[match[1]](_numbers(what, values, known), float(match[2]))) & known


def _above(
    threshold: float, decisions: Sequence[str], scores: Sequence[float | None], known: Flags
) -> tuple[Flags, str]:
    """Whether the score, or the decision as a number where there is no score, reaches the threshold; and in words."""
    if any(score is not None for score in scores):
        values, what = np.array([math.nan if score is None else score for score in scores]), "score"
        absent = np.isnan(values) & known
        if absent.any():
            raise BadData(f"{int(absent.sum())} of {len(values)} rows have no score, for example row {_first(absent)}")
    else:
        values, what = _numbers("decision", decisions, known), "decision"
    return np.asarray(np.nan_to_num(values, nan=-math.inf) >= threshold) & known, f"a {what} of at least {threshold:g}"


def _numbers(what: str, values: Sequence[str], known: Flags) -> npt.NDArray[np.float64]:
    odd = np.array(
        [bool(is_known) and not _NUMBER.fullmatch(value) for value, is_known in zip(values, known, strict=True)]
    )
    if odd.any():
        row = _first(odd)
        raise BadData(
            f"{what}: {int(odd.sum())} of {len(values)} rows are not numbers, as a numeric rule needs, for example row "
            f"{row} ({values[row - 1]!r})"
        )
    return np.array([float(value) if is_known else math.nan for value, is_known in zip(values, known, strict=True)])


def _first(flags: Flags) -> int:
    return int(flags.argmax()) + 1


def _notes(
    frame: Frame, answered: Flags, known: Flags, counted: str, labels: Sequence[str], decisions: Sequence[str]
) -> list[str]:
    notes = []
    if not answered.all():
        notes.append(f"{int((~answered).sum())} of {frame.rows} rows got no decision and are left out.")
    if not labels:
        notes.append("No column of true outcomes: only selection rates are measured.")
    elif not known.all():
        count = int((~known).sum())
        notes.append(f"{count} of {frame.rows} rows have no true outcome: they count in selection rates alone.")
    strange = sorted(set(decisions) - set(labels)) if labels and not _RULE.fullmatch(counted) else []
    if strange and set(strange) != set(decisions):
        notes.append(f"Decided but never a true outcome: {', '.join(strange[:10])}.")
    if len(set(labels) | set(decisions)) > 2:
        notes.append(f"More than two outcomes: everything is measured as {counted!r} against the rest.")
    return notes
