"""Decisions that were already made: a predictions file as a subject."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fairwitness.audit.datasets.foreign import remedy
from fairwitness.audit.datasets.tables import Columns, read_columns
from fairwitness.audit.errors import BadData, nearest, separated, twice_named
from fairwitness.audit.own_cells import DECIMAL_COMMA, LARGEST, THOUSANDS, listed_columns, shown_cell
from fairwitness.audit.reasons import SEMICOLON, WORDS, cells, note
from fairwitness.audit.records import Cell, Name, Note, SubjectInfo, again, joined
from fairwitness.audit.requests import Fault, Predict, Prediction, Unanswered
from fairwitness.audit.tabular.rows import cell_text

ROW = "row"
"""Name of the one feature by which a predictions file is asked: the number of a data row, from 0."""

SUFFIXES = (".csv", ".tsv", ".parquet", ".pq", ".json", ".jsonl")
_EMPTY = frozenset({"", "nan"})
_NOT_NUMBERS = (
    (re.compile(r"[-+]?[0-9.,]+ ?%"), "write per cent as shares, 63.6% as 0.636"),
    (THOUSANDS, "write numbers without commas between thousands"),
    (DECIMAL_COMMA, "write numbers with a decimal point, 0,636 as 0.636"),
    (re.compile(r"[-+]?[0-9.]+([eE][-+]?[0-9]+)?"), f"numbers beyond {LARGEST:g} cannot be averaged"),
)
"""How people write scores that are no numbers to a computer, and what to do about each."""


@dataclass(frozen=True, slots=True)
class PredictionsFile:
    """The decisions of a file, row by row. `scores` is empty when no score column was named.

    A row whose decision cannot be read has none; `odd` says why, `fault` what is at fault. A score that is no number is
    None.
    """

    info: SubjectInfo
    labels: tuple[str | None, ...]
    scores: tuple[float | None, ...]
    odd: str = ""
    fault: Fault = "model"

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with cells of the file, a clause a column; empty where every row has a decision and a score."""
        return tuple(problem.text for problem in self.info.notes if problem.code == "cells")

    @property
    def batch_tokens(self) -> int:
        """Rows of one call: all of them, since they are only looked up."""
        return len(self.labels)

    def predict(self, batch: Sequence[Predict]) -> list[Prediction | Unanswered]:
        """The decision of each asked row; `Unanswered` for a row that the file does not have."""
        return [self._row(dict(request.features).get(ROW)) for request in batch]

    def _row(self, row: object) -> Prediction | Unanswered:
        if not isinstance(row, int) or not 0 <= row < len(self.labels):
            return Unanswered(f"the predictions file has {len(self.labels)} rows and no row {row!r}")
        label = self.labels[row]
        if label is None:
            return Unanswered(self.odd, self.fault)
        return Prediction(label, self.scores[row] if self.scores else None)


def load_predictions(path: Path, *, label: str | None, prediction: str, score: str | None = None) -> PredictionsFile:
    """A table of decisions (CSV, TSV, Parquet, JSON, JSON lines) as a subject of kind `predictions` that can `Predict`.

    `prediction` names the column of decisions, `score` that of scores, `label` that of true outcomes, which is only
    checked to exist. The fingerprint covers the file's bytes and the choice of columns. Rows whose decision is missing,
    or text among numbers (or the reverse, whichever is rarer), stay unanswered; scores that are no numbers are left
    out; the notes of the subject name column, row count and an example row (rows count from 1). Raises BadData where
    the file cannot be read, a column is absent or there twice, no row has a decision, or none has a score.
    """
    columns = _read(path)
    chosen = {"prediction": prediction, "score": score, "label": label}
    print_of = _fingerprint(path, sorted((role, name or "") for role, name in chosen.items()))
    return decisions_of(columns, chosen, where=str(path), spec=f"predictions:{path}", fingerprint=print_of)


def decisions_of(
    columns: Mapping[str, Sequence[Cell]],
    chosen: Mapping[str, str | None],
    *,
    where: str,
    spec: str,
    fingerprint: str,
) -> PredictionsFile:
    """The decisions in columns as a subject; `chosen` names those of role `prediction`, `score` and `label`.

    `where` is how messages name the table. Raises BadData as `load_predictions` does.
    """
    _refuse_columns(where, [name for name in chosen.values() if name], columns)
    prediction, score = chosen["prediction"] or "", chosen["score"]
    decided = columns[prediction]
    texts = {cell: _text(cell) for cell in set(decided)}
    if not any(texts.values()):
        raise BadData(f"{where}: column {prediction!r}: none of the {len(decided)} rows has a decision")
    rare = _rare({text for text in texts.values() if text is not None})
    labels = tuple(None if (text := texts[cell]) in rare else text for cell in decided)
    empty = _told(prediction, decided, lambda cell: texts[cell] is None, "no_value")
    mixed = _told(prediction, decided, lambda cell: texts[cell] in rare, "mixed")
    scores, odd = _scores(where, score, columns[score]) if score else ((), ())
    what = ", ".join(f"{role} {chosen[role]!r}" for role in ("label", "prediction", "score") if chosen[role])
    info = SubjectInfo(
        spec=spec,
        fingerprint=fingerprint,
        kind="predictions",
        architecture="",
        parameters=None,
        dtype="",
        capabilities=("Predict",),
        notes=(note("rows", "rows", rows=len(labels), columns=Name(what)), *empty, *mixed, *odd),
    )
    fault: Fault = "no_decision" if empty else "mixed_decisions" if mixed else "model"
    return PredictionsFile(
        info, labels, scores, joined(SEMICOLON, [problem.text for problem in (*empty, *mixed)]), fault
    )


def check_predictions(path: Path) -> None:
    """Raises BadData where nothing is there, or a folder, or a file of a kind that is not read."""
    if path.is_dir():
        raise BadData(f"{path}: it is a folder; name one file ({', '.join(SUFFIXES)})")
    if not path.is_file():
        raise BadData(f"{path}: there is no such file{_near(path)}")
    kind = path.suffix.lower()
    if kind not in SUFFIXES:
        what = remedy(kind) or f"predictions are {', '.join(SUFFIXES)}"
        raise BadData(f"{path}: cannot read {kind or 'a file without a suffix'!r}; {what}")


def _near(path: Path) -> str:
    """The file of a like name in the same folder, as a clause."""
    try:
        return nearest(path.name, [entry.name for entry in path.parent.iterdir() if entry.is_file()])
    except OSError:
        return ""


def _read(path: Path) -> Columns:
    """The columns of the file."""
    check_predictions(path)
    return read_columns(path)


def _refuse_columns(where: str, names: Sequence[str], columns: Mapping[str, Sequence[Cell]]) -> None:
    """Raises BadData unless the named columns are there, each once, and have rows."""
    for name in names:
        if name not in columns:
            hints = nearest(name, columns), separated(columns)
            raise BadData(
                f"{where}: there is no column {name!r}{hints[0]} (columns: {listed_columns(columns)}){hints[1]}"
            )
        if again(name, 2) in columns:
            raise BadData(f"{where}: {twice_named(name)}")
    if not len(next(iter(columns.values()), ())):
        raise BadData(f"{where}: the file has no rows")


def _text(cell: Cell) -> str | None:
    """A decision as text; None where there is none."""
    text = "" if cell is None else cell_text(cell)
    return None if text.lower() in _EMPTY else text


def _told(column: str, given: Sequence[Cell], bad: Callable[[Cell], bool], what: str) -> tuple[Note, ...]:
    """What is wrong with a column, with the count and the first such row; nothing where no row is bad."""
    rows = [row for row, cell in enumerate(given, start=1) if bad(cell)]
    if not rows:
        return ()
    first = given[rows[0] - 1]
    values = {"column": Name(repr(column)), "count": len(rows), "total": len(given), "row": rows[0]}
    if first is not None:
        what, values = "blank" if what == "no_value" else what, {**values, "cell": Name(shown_cell(first, given))}
    return (Note(WORDS(f"cells.{what}", **values), "cells", cells(values)),)


def _rare(decisions: set[str]) -> set[str | None]:
    """The different decisions that do not go with the others: words among numbers, or numbers among words."""
    words: set[str | None] = {text for text in decisions if math.isnan(_number(text))}
    numbers = decisions - words
    if not words or not numbers:
        return set()
    return words if len(words) <= len(numbers) else {*numbers}


def _number(cell: Cell) -> float:
    """The number in a cell; NaN where there is none, and where it is too large to be averaged."""
    try:
        number = math.nan if cell is None else float(cell)
    except (ValueError, OverflowError):
        return math.nan
    return number if abs(number) <= LARGEST else math.nan


def _scores(where: str, column: str, given: Sequence[Cell]) -> tuple[tuple[float | None, ...], tuple[Note, ...]]:
    """Scores, None where there is no number, and what is wrong with them. Any number is a score, not only a share.

    Raises BadData where no row has a number: whoever names a column of scores wants it used.
    """
    values = {cell: _number(cell) for cell in set(given)}
    blank = {cell for cell in values if cell is None or str(cell).strip().lower() in _EMPTY}
    if all(map(math.isnan, values.values())):
        raise BadData(f"{where}: {_no_score(column, given, blank)}")
    absent = {cell for cell, value in values.items() if math.isnan(value)}
    odd = absent - blank
    outside = {cell for cell, value in values.items() if not (cell in absent or 0 <= value <= 1)}
    notes = (
        *_told(column, given, lambda cell: cell in blank, "no_value"),
        *_told(column, given, lambda cell: cell in odd, "no_numbers"),
        *_told(column, given, lambda cell: cell in outside, "outside"),
    )
    return tuple(None if cell in absent else values[cell] for cell in given), notes


def _no_score(column: str, given: Sequence[Cell], blank: set[Cell]) -> str:
    """Why a column holds no score, with an example and, where that is plain, what to write instead."""
    count = len(given)
    row, first = next(((row, cell) for row, cell in enumerate(given, start=1) if cell not in blank), (0, None))
    if not row:
        return f"score column {column!r}: all {count} rows are empty"
    text = str(first).strip()
    hint = next((f": {what}" for pattern, what in _NOT_NUMBERS if pattern.fullmatch(text)), "")
    where = f"for example row {row} ({shown_cell(first, given)}){hint}"
    return f"score column {column!r}: none of the {count} rows has a number, {where}"


def _fingerprint(path: Path, columns: Sequence[tuple[str, str]]) -> str:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    digest.update(repr(list(columns)).encode())
    return digest.hexdigest()
