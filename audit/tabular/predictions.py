"""Decisions that were already made: a predictions file as a subject."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
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
    """The decisions of a file, row by row. `scores` is empty when no score column was named."""

    info: SubjectInfo
    labels: tuple[str, ...]
    scores: tuple[float, ...]

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
        return Prediction(self.labels[row], self.scores[row] if self.scores else None)


def load_predictions(path: Path, *, label: str | None, prediction: str, score: str | None = None) -> PredictionsFile:
    """A CSV, TSV or Parquet file of decisions as a subject of kind `predictions` with the capability `Predict`.

    `prediction` names the column of decisions, `score` that of probabilities in [0, 1], `label` that of true outcomes,
    which is only checked to exist. The fingerprint covers the file's bytes and the choice of columns. Raises BadData,
    naming column, row count and an example row (rows count from 1), where a column is absent, a decision or score is
    missing, decisions mix numbers and text, or a score is no number in [0, 1].
    """
    names = [name for name in (prediction, score, label) if name]
    frame = _read(path, names)
    decided = frame[prediction]
    _refuse(path, prediction, decided.isna(), decided, "have no value")
    cells = decided.tolist()
    texts = {cell: spelled(cell) for cell in set(cells)}
    labels = tuple(texts[cell] for cell in cells)
    _refuse_mixture(path, prediction, labels)
    scores = _scores(path, score, frame[score]) if score else ()
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
        notes=(f"{len(labels)} rows; {chosen}",),
    )
    return PredictionsFile(info, labels, scores)


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
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeError, OSError, ArrowException) as error:
        raise BadData(f"{path}: cannot be read: {error}") from error
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


def _refuse(path: Path, column: str, bad: pd.Series[bool], cells: pd.Series[Any], what: str) -> None:
    """BadData when any row is bad, with the count and the first such row."""
    count = int(bad.sum())
    if count:
        first = int(bad.to_numpy().argmax())
        example = f"for example row {first + 1} ({cells.iloc[first]!r})"
        raise BadData(f"{path}: column {column!r}: {count} of {len(cells)} rows {what}, {example}")


def _refuse_mixture(path: Path, column: str, labels: Sequence[str]) -> None:
    import pandas as pd

    kinds = pd.Series(sorted(set(labels)))
    words = set(kinds[pd.to_numeric(kinds, errors="coerce").isna()])
    if 0 < len(words) < len(kinds):
        cells = pd.Series(labels)
        _refuse(path, column, cells.isin(words), cells, "hold text where the others hold numbers")


def _scores(path: Path, column: str, cells: pd.Series[Any]) -> tuple[float, ...]:
    import pandas as pd

    _refuse(path, column, cells.isna(), cells, "have no value")
    values = pd.to_numeric(cells, errors="coerce").astype("float64")
    _refuse(path, column, values.isna(), cells, "are not numbers")
    _refuse(path, column, ~values.between(0, 1), cells, "lie outside [0, 1], where a score is a probability")
    return tuple(values.tolist())


def _fingerprint(path: Path, columns: Sequence[tuple[str, str]]) -> str:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    digest.update(repr(list(columns)).encode())
    return digest.hexdigest()
