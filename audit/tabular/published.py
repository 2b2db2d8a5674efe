"""Predictions as benchmarks publish them: scores by sentence (StereoSet), answers by line (BBQ)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from fairwitness.audit.datasets.tables import text_of
from fairwitness.audit.errors import BadData, nearest
from fairwitness.audit.reasons import note
from fairwitness.audit.records import Name, Note, SubjectInfo
from fairwitness.audit.requests import Predict, Prediction, Scalar, Unanswered
from fairwitness.audit.tabular.predictions import PredictionsFile

ID = "id"
"""Name of the one feature by which a sentence is asked for its score."""

JSON = ".json"
JSON_LINES = ".jsonl"
"""Suffixes of the two formats. Tables of decisions have them too: what stands in the file tells which it is."""

ANSWER = "ans0"
"""A key that every published line of answers has, beside the question that it answers."""


@dataclass(frozen=True, slots=True)
class PublishedScores:
    """Published scores of sentences, asked by the id of the sentence. None: the entry cannot be read."""

    info: SubjectInfo
    scores: Mapping[str, float | None]

    @property
    def batch_tokens(self) -> int:
        """Requests of one call: all of them, since they are only looked up."""
        return max(1, len(self.scores))

    def predict(self, batch: Sequence[Predict]) -> list[Prediction | Unanswered]:
        """The score of each asked sentence; `Unanswered` where the file has none."""
        return [self._one(dict(request.features).get(ID)) for request in batch]

    def _one(self, name: Scalar) -> Prediction | Unanswered:
        if not isinstance(name, str) or name not in self.scores:
            return Unanswered("the predictions file has no entry for this sentence")
        score = self.scores[name]
        return (
            Unanswered("the entry of the predictions file cannot be read") if score is None else Prediction("", score)
        )


def is_answers(path: Path) -> bool:
    """Whether the file holds lines of answers as BBQ publishes them, and is no table of decisions."""
    if path.suffix.lower() != JSON_LINES or not path.is_file():
        return False
    line = next((line for line in _text(path).split("\n") if line.strip()), "")
    try:
        first = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(first, dict) and ANSWER in first


def is_scores(path: Path) -> bool:
    """Whether the file holds scores of sentences as StereoSet publishes them, and is no table of decisions."""
    if path.suffix.lower() != JSON or not path.is_file():
        return False
    whole = _parsed(path, _text(path))
    if not isinstance(whole, dict) or not whole or not all(isinstance(listed, list) for listed in whole.values()):
        return False
    return all(isinstance(entry, dict) for listed in whole.values() for entry in listed)


def load_scores(path: Path) -> PublishedScores:
    """`{"intrasentence": [{"id": …, "score": …}], …}`, as StereoSet publishes predictions, as a subject.

    An entry whose score is no number, and an id that stands there with two scores, stay unanswered and are counted in
    the notes. Raises BadData where the file has another shape or no score can be read.
    """
    whole = _parsed(path, _text(path))
    if not isinstance(whole, dict) or not all(isinstance(listed, list) for listed in whole.values()):
        raise BadData(f'{path}: lists of scores are expected, as {{"intrasentence": [{{"id": …, "score": …}}]}}')
    scores: dict[str, float | None] = {}
    for number, entry in enumerate((entry for listed in whole.values() for entry in listed), start=1):
        name = entry.get(ID) if isinstance(entry, dict) else None
        if not isinstance(name, str):
            raise BadData(f"{path}: entry {number} has no text {ID!r}")
        score = _number(entry.get("score"))
        scores[name] = score if scores.get(name, score) == score else None
    read = sum(score is not None for score in scores.values())
    if not read:
        raise BadData(f"{path}: none of the {len(scores)} entries has a score")
    return PublishedScores(_info(path, "", len(scores), read, note("scores", "rows", count=len(scores))), scores)


def load_lines(path: Path, prediction: str = "") -> PredictionsFile:
    """One object a line, as BBQ publishes answers; `prediction` names the key that holds them.

    It may be left out where only one key holds `_pred`. A line without a text there stays unanswered. Raises BadData
    where a line is no object, the key is absent, or no answer can be read.
    """
    lines = [line for line in _text(path).split("\n") if line.strip()]
    entries = [_parsed(path, line, number) for number, line in enumerate(lines, start=1)]
    if not entries or not all(isinstance(entry, dict) for entry in entries):
        raise BadData(f"{path}: one object a line is expected")
    key = _key(path, entries[0], prediction)
    said = [entry.get(key) for entry in entries]
    labels = tuple(text if isinstance(text, str) and text.strip() else None for text in said)
    read = sum(label is not None for label in labels)
    if not read:
        raise BadData(f"{path}: key {key!r}: none of the {len(labels)} lines has an answer")
    what = note("answers", "rows", count=len(labels), key=Name(repr(key)))
    info = _info(path, key, len(labels), read, what)
    return PredictionsFile(info, labels, (), f"the line has no text under {key!r}")


def _info(path: Path, key: str, count: int, read: int, what: Note) -> SubjectInfo:
    odd = (note("unread", "cells", count=count - read, total=count),) if read < count else ()
    return SubjectInfo(
        spec=f"predictions:{path}",
        fingerprint=hashlib.sha256(path.read_bytes() + key.encode()).hexdigest(),
        kind="published",
        architecture="",
        parameters=None,
        dtype="",
        capabilities=(Predict.__name__,),
        notes=(what, *odd),
    )


def _text(path: Path) -> str:
    try:
        return text_of(path)
    except OSError as error:
        raise BadData(f"{path}: cannot be read: {error.strerror or error}") from error


def _parsed(path: Path, text: str, line: int = 0) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f"{path}, line {line}" if line else str(path)
        raise BadData(f"{where} is no JSON: {error}") from error


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if isfinite(number) else None


def _key(path: Path, first: Mapping[str, Any], prediction: str) -> str:
    """The key that holds the answers."""
    keys = [str(key) for key in first]
    if prediction in keys:
        return prediction
    if prediction:
        raise BadData(f"{path}: there is no key {prediction!r}{nearest(prediction, keys)} (keys: {', '.join(keys)})")
    answer_keys = [key for key in keys if "_pred" in key]
    if len(answer_keys) != 1:
        raise BadData(f"{path}: say which key holds the answers: --prediction {' or '.join(answer_keys or keys)}")
    return answer_keys[0]
