"""Files of logs -> plain values: whole lines of JSON alone, numbers that are numbers, one message for each mistake."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from fairwitness.audit.datasets.tables import text_of
from fairwitness.audit.errors import BadData, shortened
from fairwitness.audit.records import Cell, DataSource

Json: TypeAlias = Mapping[str, Any]
LONGEST_NUMBER = 300
"""Digits of the longest whole number that is read: one of some more is no floating-point number."""
LARGEST_COUNT = 10**12
"""No log has more samples."""


def source_of(name: str, path: Path, rows: int) -> DataSource:
    """What the manifest says of a file that was read."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return DataSource(name=name, source=str(path), sha256=digest, licence="", rows=rows)


def json_file(path: Path) -> Json:
    """The one object of a JSON file. Raises BadData."""
    return json_text(read_text(path), str(path))


def json_text(text: str, where: str) -> Json:
    """The one object of a text. Raises BadData where it is cut off, is no object, or repeats a key."""
    if not text.strip():
        raise BadData(f"{where} is empty")
    try:
        value = json.loads(text, object_pairs_hook=partial(_object, where), parse_int=partial(_whole, where))
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        place = f", line {line}" if line else ""
        raise BadData(f"{where}{place}: it is no whole JSON; the log may be cut off") from error
    if not isinstance(value, dict):
        raise BadData(f"{where}: an object is expected, got {type(value).__name__}")
    return value


def _object(where: str, pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object by its keys. Raises BadData where one repeats: which of its values is meant, nobody can tell."""
    tree = dict(pairs)
    if len(tree) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        twice = next(key for key, count in counts.items() if count > 1)
        raise BadData(f"{where}: the key {shortened(twice)} stands in one object {counts[twice]} times")
    return tree


def _whole(where: str, digits: str) -> int:
    """A whole number. Raises BadData where it is too long to be calculated with."""
    if len(digits) > LONGEST_NUMBER:
        raise BadData(f"{where}: a whole number of {len(digits)} digits is neither a score nor a count")
    return int(digits)


def json_lines(path: Path) -> Iterator[tuple[int, Json]]:
    """The objects of a file with their lines, from 1. Raises BadData; a last line that breaks off is a cut-off log."""
    text = read_text(path)
    if not text.strip():
        raise BadData(f"{path} is empty")
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, json_text(line, f"{path}, line {number}")


def read_text(path: Path) -> str:
    """A file's text. Raises BadData."""
    try:
        return text_of(path)
    except OSError as error:
        raise BadData(f"cannot read {path}: {error.strerror or error}") from error


def member(tree: Json, key: str, kind: type[Any], where: str) -> Any:
    """The value of a key, of this type. Raises BadData where it is absent or another."""
    value = tree.get(key)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        got = "nothing" if key not in tree else type(value).__name__
        raise BadData(f"{where}: {key!r} should be {_KINDS[kind]}, got {got}")
    return value


_KINDS: Mapping[type[Any], str] = {dict: "an object", list: "a list", str: "a text", int: "a whole number"}


def count_of(tree: Json, key: str, where: str) -> int | None:
    """How many a log says that there are; None where the key is absent or null.

    Raises BadData where it is no whole number from 0: what is no count must not be taken for a log that does not count.
    """
    value = tree.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_COUNT:
        got = f"{value:g}" if isinstance(value, int | float) else type(value).__name__
        raise BadData(f"{where}: {key!r} should be a whole number from 0, got {got}")
    return value


def largest(counts: Iterable[int | None]) -> int | None:
    """The largest of what a log says in several places: fewer samples are incomplete. None where it says nothing."""
    return max((count for count in counts if count is not None), default=None)


def number_of(value: object, where: str) -> float | None:
    """A number as a score: true is 1 and false 0; None where it is nothing or no single number.

    Raises BadData where it is NaN or infinite, which JSON does not have and some harnesses write: it is no score, and
    leaving it out would raise the mean of the others.
    """
    if isinstance(value, bool):
        return float(value)
    if not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        refuse_number(where, number)
    return number


def refuse_number(where: str, number: float) -> NoReturn:
    """Raises BadData for NaN and infinite numbers."""
    raise BadData(f"{where}: {number} is no score; score the sample again or leave its task out of the log")


def cell_of(value: object) -> Cell:
    """A setting of a log as a document can hold it."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def said(value: object) -> str:
    """What was asked or said, as one text: a text as it is, all else as JSON."""
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)


def labelled(tree: object, names: tuple[str, ...]) -> str | None:
    """The label of the first of these keys that an object has as a text or a whole number; None without one."""
    if not isinstance(tree, Mapping):
        return None
    for name in names:
        value = tree.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return str(value)
    return None


def unknown(path: Path) -> BadData:
    """A file of no known format."""
    return BadData(
        f"{shortened(str(path))} is no log that is read here: of lm_eval the folder of --output_path (results_*.json "
        "and samples_*.jsonl, written with --log_samples), of inspect_ai a .eval or .json log, of garak a report.jsonl"
    )
