"""Every metric of the table as a local metric of the library `evaluate`.

>>> from fairwitness.audit.evaluate_metrics import load
>>> metric = load("equal_opportunity_difference")
>>> metric.compute(predictions=[1, 0, 1, 1], references=[1, 1, 1, 1], groups=["f", "f", "m", "m"], reference="m")
{'equal_opportunity_difference': {'f': -0.5, 'm': 0.0}}

Importing this module imports `evaluate`, which takes seconds; nothing else in Fairwitness does. Nothing is downloaded.
"""

from __future__ import annotations

import math
import shutil
import tempfile
import weakref
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import datasets
import evaluate

from fairwitness.audit.errors import BadOption, nearest
from fairwitness.audit.metrics import DEFINITIONS, Definition, columns_needed, compares_groups, of_rows

_NUMBER, _WHOLE, _TEXT = datasets.Value("float64"), datasets.Value("int64"), datasets.Value("string")


def load(name: str, cache_dir: Path | None = None) -> FairnessMetric:
    """The metric of that name. Raises BadOption on an unknown name.

    `evaluate` wants a folder even where it keeps all in memory: `cache_dir`, or a temporary one that goes when the
    metric does.
    """
    if name not in DEFINITIONS:
        raise BadOption(f"no metric {name!r}{nearest(name, DEFINITIONS)} (there are {len(DEFINITIONS)})")
    folder = cache_dir or Path(tempfile.mkdtemp(prefix="fairwitness-metric-"))
    metric = FairnessMetric(DEFINITIONS[name], folder)
    if cache_dir is None:
        weakref.finalize(metric, shutil.rmtree, folder, ignore_errors=True)
    return metric


class FairnessMetric(evaluate.Metric):  # type: ignore[misc] # evaluate has no types
    """One metric; `compute` takes columns of rows and returns its value overall and by group."""

    def __init__(self, definition: Definition, folder: Path) -> None:
        self.definition = definition
        super().__init__(keep_in_memory=True, cache_dir=str(folder), seed=0)
        self.info.module_name = definition.name

    def _info(self) -> evaluate.MetricInfo:
        definition = self.definition
        return evaluate.MetricInfo(
            description=f"{definition.description} Formula: {definition.formula}.",
            citation=definition.citation,
            inputs_description=_inputs(definition),
            features=_features(definition),
        )

    def _compute(self, *, groups: Sequence[Any] | None = None, **columns: Any) -> dict[str, Any]:
        values = of_rows(self.definition, groups=groups, **columns)
        name, result = self.definition.name, dict[str, Any]()
        if values.overall is not None:
            result[name] = _plain(values.overall, values.classes)
        if values.by_group is not None:
            key = name if values.overall is None else f"{name}_by_group"
            rows = zip(values.groups, values.by_group, strict=True)
            result[key] = {group: _plain(value, values.classes) for group, value in rows}
        return result


def _plain(value: Any, classes: Sequence[str]) -> Any:
    """A number, None where it is undefined, or one for each class."""
    if classes:
        return {name: _plain(class_value, ()) for name, class_value in zip(classes, value, strict=True)}
    return None if math.isnan(value) else float(value)


def _features(definition: Definition) -> list[datasets.Features]:
    """Types of the columns that must be given, in each spelling that is understood."""
    numbers = definition.needs[0] in {"scores", "scores_a", "predicted"}
    classes = definition.needs[0] == "confusion"
    kinds = {
        "predictions": [_NUMBER] if numbers else [_WHOLE, _TEXT] if classes else [_WHOLE],
        "references": [_NUMBER] if "true" in definition.needs else [_WHOLE, _TEXT] if classes else [_WHOLE],
        "groups": [_TEXT, _WHOLE],
        "features": [datasets.List(_NUMBER)],
        "counterfactuals": [_WHOLE, datasets.List(_WHOLE)],
    }
    names = columns_needed(definition)
    spellings = product(*(kinds[name] for name in names))
    return [datasets.Features(dict(zip(names, spelling, strict=True))) for spelling in spellings]


def _inputs(definition: Definition) -> str:
    needed = columns_needed(definition)
    others = [] if {"groups", "features"} & set(needed) else ["groups, for values by group too"]
    if compares_groups(definition) and definition.kind != "gap":
        others.append("reference, the group to compare with (default: the largest)")
    return f"Needs {', '.join(needed)}." + "".join(f" Takes {other}." for other in others)
