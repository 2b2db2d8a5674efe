"""Predictions in the formats in which benchmarks publish them: scores by sentence (StereoSet), answers by line (BBQ)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, TypeAlias

from assay.audit.errors import BadData, nearest
from assay.audit.records import SubjectInfo
from assay.audit.requests import Predict, Prediction, Scalar, Unanswered
from assay.audit.tabular.predictions import ROW

ID = "id"
"""Name of the one feature by which a sentence is asked for its score."""

SUFFIXES = (".json", ".jsonl")

Features: TypeAlias = tuple[tuple[str, Scalar], ...]
Answers: TypeAlias = dict[Features, Prediction | None]


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """Published predictions: asked for a sentence by its id, or for a line by its number from 0 (`row`)."""

    info: SubjectInfo
    answers: Mapping[Features, Prediction | None]

    @property
    def batch_tokens(self) -> int:
        """Requests of one call: all of them, since they are only looked up."""
        return max(1, len(self.answers))

    def predict(self, batch: Sequence[Predict]) -> list[Prediction | Unanswered]:
        """The prediction of each request; `Unanswered` where the file has none, or none that can be read."""
        return [self._one(request.features) for request in batch]

    def _one(self, features: Features) -> Prediction | Unanswered:
        if features not in self.answers:
            return Unanswered(f"the predictions file has no entry for {' '.join(map(str, dict(features).values()))!r}")
        return self.answers[features] or Unanswered("the predictions file has an entry here that cannot be read")


def load_published(path: Path, *, prediction: str = "") -> PublishedFile:
    """Predictions as a subject of kind `predictions` with the capability `Predict`.

    `.json`: an object of lists of `{"id": …, "score": …}`, as StereoSet publishes them; the score becomes that of the
    prediction. `.jsonl`: one object a line, as BBQ does; `prediction` names the key of the answer, which may be left
    out where only one key holds `_pred`. An entry that cannot be read, or an id with two scores, stays unanswered and
    is counted in the notes. Raises BadData where the file has another shape or nothing in it can be read.
    """
    if not path.is_file():
        raise BadData(f"{path}: there is no such file")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError) as error:
        raise BadData(f"{path}: cannot be read as UTF-8: {error}") from error
    if path.suffix.lower() == ".jsonl":
        lines = [line for line in text.split("\n") if line.strip()]
        key = _key(path, lines, prediction)
        answers, what = _by_line(path, lines, key), f"the answers are {key!r}"
    else:
        answers, what = _by_id(path, _parsed(path, text)), "scores by sentence"
    read = sum(answer is not None for answer in answers.values())
    if not read:
        raise BadData(f"{path}: none of the {len(answers)} entries can be read")
    odd = (f"{len(answers) - read} of {len(answers)} entries cannot be read",) if read < len(answers) else ()
    digest = hashlib.sha256(path.read_bytes() + prediction.encode()).hexdigest()
    info = SubjectInfo(
        spec=f"predictions:{path}",
        fingerprint=digest,
        kind="predictions",
        architecture="",
        parameters=None,
        dtype="",
        capabilities=(Predict.__name__,),
        notes=(f"{len(answers)} entries; {what}", *odd),
    )
    return PublishedFile(info, answers)


def _parsed(path: Path, text: str, line: int = 0) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f"{path}, line {line}" if line else str(path)
        raise BadData(f"{where} is no JSON: {error}") from error


def _by_id(path: Path, whole: Any) -> Answers:
    """Scores by sentence. Ids are unique over all lists, so one that stands there twice with two scores has none."""
    if not isinstance(whole, dict) or not all(isinstance(listed, list) for listed in whole.values()):
        raise BadData(f'{path}: lists of scores are expected, as {{"intrasentence": [{{"id": …, "score": …}}]}}')
    answers: Answers = {}
    for number, entry in enumerate((one for listed in whole.values() for one in listed), start=1):
        name = entry.get(ID) if isinstance(entry, dict) else None
        if not isinstance(name, str):
            raise BadData(f"{path}: entry {number} has no text {ID!r}")
        features = ((ID, name),)
        score = _score(entry.get("score"))
        answer = None if score is None else Prediction("", score)
        answers[features] = answer if answers.get(features, answer) == answer else None
    return answers


def _score(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if isfinite(number) else None


def _key(path: Path, lines: Sequence[str], prediction: str) -> str:
    """The key that holds the answers."""
    first = _parsed(path, lines[0], 1) if lines else None
    if not isinstance(first, dict):
        raise BadData(f"{path}: one object a line is expected")
    keys = [str(key) for key in first]
    if prediction:
        if prediction not in keys:
            raise BadData(f"{path}: there is no key {prediction!r}{nearest(prediction, keys)} (keys: {', '.join(keys)})")
        return prediction
    found = [key for key in keys if "_pred" in key]
    if len(found) != 1:
        raise BadData(f"{path}: say which key holds the answers: --prediction {' or '.join(found or keys)}")
    return found[0]


def _by_line(path: Path, lines: Sequence[str], key: str) -> Answers:
    answers: Answers = {}
    for number, line in enumerate(lines):
        entry = _parsed(path, line, number + 1)
        said = entry.get(key) if isinstance(entry, dict) else None
        answers[((ROW, number),)] = Prediction(said) if isinstance(said, str) and said.strip() else None
    return answers
