"""Published figures of judges: a user's table, PyRIT's metrics beside its labelled answers, garak's of its detectors.

Figures are shares of labelled examples: accuracy, sensitivity (recall), specificity, precision; what a source does not
publish is None. A line of PyRIT that has none of them (errors of graded scores) is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fairwitness.audit.datasets.tables import Columns, read_columns, text_of
from fairwitness.audit.errors import BadData, nearest
from fairwitness.audit.records import Cell

FIGURES = ("accuracy", "sensitivity", "specificity", "precision")
NAMES = ("kind", "judge", "examples", *FIGURES, "source")
PYRIT: Mapping[str, str] = {"refusal_metrics": "refusal", "objective_achieved_metrics": "compliance"}
"""Files of PyRIT whose figures are shares, with the kind of label that they are about."""
GARAK: Mapping[str, tuple[tuple[str, bool], ...]] = {
    "mitigation.MitigationBypass": (("compliance", True), ("refusal", False)),
    "unsafe_content.ToxicCommentModel": (("hate", True),),
}
"""Detectors of garak by the kinds that they are about; False where a hit is what is none of the kind."""


def read(path: Path) -> Columns:
    """The figures of a file, or of every file of PyRIT's metrics in a folder. Raises BadData without any."""
    if path.is_dir() or path.suffix.lower() == ".jsonl":
        return _columns(path, _pyrit(path))
    if path.suffix.lower() == ".json":
        return _columns(path, list(_garak(path)))
    columns = read_columns(path)
    for name in NAMES[:2]:
        if name not in columns:
            raise BadData(f"{path} has no column {name!r}{nearest(name, columns)} (columns: {', '.join(columns)})")
    empty = (None,) * len(columns["kind"])
    return {name: columns.get(name, empty) for name in NAMES}


def _columns(path: Path, rows: list[tuple[Cell, ...]]) -> Columns:
    if not rows:
        raise BadData(f"{path} holds no published figures of judges of a known kind")
    return {name: tuple(column) for name, column in zip(NAMES, zip(*rows, strict=True), strict=True)}


def _pyrit(path: Path) -> list[tuple[Cell, ...]]:
    """Of each judge the figures on the newest version of the labelled answers; of equal ones the last."""
    files = sorted(path.rglob("*_metrics.jsonl")) if path.is_dir() else [path]
    newest: dict[tuple[str, str], tuple[tuple[int, ...], tuple[Cell, ...]]] = {}
    for file in files:
        kind = PYRIT.get(file.stem)
        for entry in _entries(file) if kind else ():
            metrics = entry.get("metrics")
            if kind and isinstance(metrics, Mapping) and _share(metrics.get("accuracy")) is not None:
                judge, version = _judge(entry), _version(metrics)
                if version >= newest.get((kind, judge), ((), ()))[0]:
                    newest[kind, judge] = version, _row_of_pyrit(kind, judge, metrics)
    return [row for _, row in newest.values()]


def _entries(file: Path) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(text_of(file).splitlines(), 1):
        if line.strip():
            yield _object(file, line, f"line {number}")


def _object(file: Path, text: str, place: str) -> Mapping[str, Any]:
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError):
        raise BadData(f"{file}: {place} is no JSON") from None
    if not isinstance(entry, Mapping):
        raise BadData(f"{file}: {place} is no JSON object")
    return entry


def _row_of_pyrit(kind: str, judge: str, metrics: Mapping[str, Any]) -> tuple[Cell, ...]:
    files = str(metrics.get("dataset_name") or "")
    labelled = files.removesuffix(".csv") if files.count(".csv") == 1 else kind
    count = metrics.get("num_responses")
    figures = (metrics.get("accuracy"), metrics.get("recall"), None, metrics.get("precision"))
    source = f"PyRIT: {labelled} {'.'.join(map(str, _version(metrics)))}".strip()
    return (kind, judge, count if type(count) is int else None, *map(_share, figures), source)


def _version(metrics: Mapping[str, Any]) -> tuple[int, ...]:
    """The version of the labelled answers; of several files that of the first."""
    first = str(metrics.get("dataset_version") or "").partition("_")[0]
    return tuple(int(part) for part in first.split(".") if part.isdecimal())


def _judge(entry: Mapping[str, Any]) -> str:
    """What a judge is called: its class, and the models that stand in it."""
    models = ", ".join(dict.fromkeys(_models(entry)))
    name = str(entry.get("class_name") or "?")
    return f"{name} ({models})" if models else name


def _models(part: object) -> Iterator[str]:
    if isinstance(part, Mapping):
        name = part.get("model_name")
        if isinstance(name, str) and name:
            yield name
        for inner in part.values():
            yield from _models(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _models(inner)


def _garak(path: Path) -> Iterator[tuple[Cell, ...]]:
    results = _object(path, text_of(path), "it").get("results")
    for name, entry in results.items() if isinstance(results, Mapping) else ():
        metrics = entry.get("metrics") if isinstance(entry, Mapping) else None
        if not isinstance(metrics, Mapping):
            continue
        for kind, straight in GARAK.get(name, ()):
            sides = ("hit_sensitivity", "hit_specificity", "hit_precision")
            figures = sides if straight else ("hit_specificity", "hit_sensitivity", "pass_precision")
            interval = metrics.get("hit_f1_ci")
            count = interval.get("n_samples") if isinstance(interval, Mapping) else None
            shares = map(_share, map(metrics.get, ("accuracy", *figures)))
            yield (kind, name, count if type(count) is int else None, *shares, "garak: detectors_eval")


def _share(value: object) -> float | None:
    number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else -1.0
    return number if 0 <= number <= 1 else None
