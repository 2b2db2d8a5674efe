"""Decisions that were already made: a predictions file as a subject."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.audit.errors import BadData, nearest, separated
from assay.audit.records import SubjectInfo
from assay.audit.requests import Predict, Prediction, Unanswered
from assay.audit.tabular.rows import spelled

if TYPE_CHECKING:
    import pandas as pd

ROW = "row"
"""Name of the one feature by which a predictions file is asked: the number of a data row, from 0."""

_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_PARQUET = (".parquet", ".pq")
_EMPTY = ["", "nan", "NaN"]


@dataclass(frozen=True, slots=True)
class PredictionsFile:
    """The decisions of a file, row by row. `scores` is empty when no score column was named.

    A row whose decision cannot be read has none, and `odd` says why; a score that is no number is None.
    """

    info: SubjectInfo
    labels: tuple[str | None, ...]
    scores: tuple[float | None, ...]
    odd: str = ""

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with cells of the file, a clause a column; empty where every row has a decision and a score."""
        return self.info.notes[1:]

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
            return Unanswered(self.odd)
        return Prediction(label, self.scores[row] if self.scores else None)


def load_predictions(path: Path, *, label: str | None, prediction: str, score: str | None = None) -> PredictionsFile:
    """A CSV, TSV or Parquet file of decisions as a subject of kind `predictions` with the capability `Predict`.

    `prediction` names the column of decisions, `score` that of scores, `label` that of true outcomes, which is only
    checked to exist. The fingerprint covers the file's bytes and the choice of columns. Rows whose decision is missing,
    or text among numbers (or the reverse, whichever is rarer), stay unanswered; scores that are no numbers are left
    out; the notes of the subject name column, row count and an example row (rows count from 1). Raises BadData where
    the file cannot be read, a column is absent, or no row has a decision.
    """
    names = [name for name in (prediction, score, label) if name]
    frame = _read(path, names)
    decided = frame[prediction]
    cells = [None if bad else cell for bad, cell in zip(decided.isna().tolist(), decided.tolist(), strict=True)]
    if not all(isinstance(cell, Hashable) for cell in cells):
        raise BadData(f"{path}: column {prediction!r} holds lists, and a decision is one value")
    texts = {cell: None if cell is None else spelled(cell) for cell in set(cells)}
    if not any(texts.values()):
        raise BadData(f"{path}: column {prediction!r}: none of the {len(cells)} rows has a decision")
    rare = _rare(set(texts.values()) - {None})
    labels = tuple(None if (text := texts[cell]) in rare else text for cell in cells)
    empty = _told(prediction, decided.isna(), decided, "have no value")
    mixed = _told(prediction, decided.map(lambda cell: texts.get(cell) in rare), decided, "mix text with numbers")
    scores, odd = _scores(score, frame[score]) if score else ((), ())
    columns = {"label": label, "prediction": prediction, "score": score}
    chosen = ", ".join(f"{role} {name!r}" for role, name in columns.items() if name)
    info = SubjectInfo(
        spec=f"predictions:{path}",
        fingerprint=_fingerprint(path, sorted((role, name or "") for role, name in columns.items())),
        kind="predictions",
        architecture="",
        parameters=None,
        dtype="",
        capabilities=("Predict",),
        notes=(f"{len(labels)} rows; {chosen}", *empty, *mixed, *odd),
    )
    return PredictionsFile(info, labels, scores, "; ".join((*empty, *mixed)))


def _read(path: Path, names: Sequence[str]) -> pd.DataFrame:
    """The named columns of the file as text cells (CSV, TSV) or as stored (Parquet)."""
    import pandas as pd
    from pyarrow import ArrowException

    kind = path.suffix.lower()
    if kind not in (*_SEPARATORS, *_PARQUET):
        raise BadData(
            f"{path}: cannot read {kind or 'a file without a suffix'!r}; predictions are .csv, .tsv or .parquet"
        )
    if not path.is_file():
        raise BadData(f"{path}: there is no such file")
    try:
        header = _header(path, kind)
        _refuse_columns(path, names, header)
        wanted = list(dict.fromkeys(names))
        if kind in _PARQUET:
            frame = pd.read_parquet(path, columns=wanted)
        else:
            frame = pd.read_csv(
                path,
                sep=_SEPARATORS[kind],
                usecols=wanted,
                dtype=str,
                encoding="utf-8-sig",
                keep_default_na=False,
                na_values=_EMPTY,
            )
    except OSError as error:
        raise BadData(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ArrowException, ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise BadData(f"{path}: cannot be read: {' '.join(str(error).split())[:300]}") from error
    if frame.empty:
        raise BadData(f"{path}: the file has no rows")
    return frame


def _header(path: Path, kind: str) -> list[str]:
    import pandas as pd
    from pyarrow import parquet

    if kind in _PARQUET:
        return [str(name) for name in parquet.read_schema(path).names]
    first = pd.read_csv(
        path, sep=_SEPARATORS[kind], header=None, nrows=1, dtype=str, encoding="utf-8-sig", keep_default_na=False
    )
    return [str(name) for name in first.iloc[0].tolist()]


def _refuse_columns(path: Path, names: Sequence[str], header: Sequence[str]) -> None:
    for name in names:
        if name not in header:
            listed = ", ".join(repr(known) for known in header[:20]) + (", ..." if len(header) > 20 else "")
            raise BadData(
                f"{path}: there is no column {name!r}{nearest(name, header)} (columns: {listed}){separated(header)}"
            )
        if header.count(name) > 1:
            raise BadData(f"{path}: column {name!r} occurs {header.count(name)} times")


def _told(column: str, bad: pd.Series[bool], cells: pd.Series[Any], what: str) -> tuple[str, ...]:
    """What is wrong with a column, with the count and the first such row; nothing where no row is bad."""
    count = int(bad.sum())
    if not count:
        return ()
    first = int(bad.to_numpy().argmax())
    return (
        f"column {column!r}: {count} of {len(cells)} rows {what}, for example row {first + 1} ({cells.iloc[first]!r})",
    )


def _rare(decisions: set[str | None]) -> set[str | None]:
    """The different decisions that do not go with the others: words among numbers, or numbers among words."""
    words = {text for text in decisions if text is not None and not _is_number(text)}
    numbers = decisions - words
    if not words or not numbers:
        return set()
    return {*words} if len(words) <= len(numbers) else numbers


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _scores(column: str, cells: pd.Series[Any]) -> tuple[tuple[float | None, ...], tuple[str, ...]]:
    """Scores, None where there is no number, and what is wrong with them. Any number is a score, not only a share."""
    import pandas as pd

    values = pd.to_numeric(cells, errors="coerce").astype("float64")
    values = values.where(values.abs() < float("inf"))
    told = (
        *_told(column, cells.isna(), cells, "have no value"),
        *_told(column, values.isna() & cells.notna(), cells, "are not numbers"),
        *_told(column, ~values.between(0, 1) & values.notna(), cells, "lie outside [0, 1]"),
    )
    return tuple(None if bad else value for bad, value in zip(values.isna(), values.tolist(), strict=True)), told


def _fingerprint(path: Path, columns: Sequence[tuple[str, str]]) -> str:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    digest.update(repr(list(columns)).encode())
    return digest.hexdigest()
