"""Any metric of the table straight from columns of rows, overall and by group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fairwitness.audit.errors import nearest
from fairwitness.audit.metrics.arrays import FloatArray
from fairwitness.audit.metrics.definition import Definition
from fairwitness.audit.metrics.groups import by_group
from fairwitness.audit.metrics.multiclass import confusion
from fairwitness.audit.metrics.rates import counts
from fairwitness.audit.metrics.scores import median_score

COLUMNS = {
    "scores": "predictions",
    "scores_a": "predictions",
    "positive": "references",
    "positive_a": "references",
    "predicted": "predictions",
    "true": "references",
    "selected": "predictions",
    "features": "features",
    "counterfactuals": "counterfactuals",
}
"""Which column a parameter of a metric is taken from, where it takes rows."""


class Values(NamedTuple):
    """What a metric comes to; NaN where it is undefined.

    `overall` is one value, or one a class, None for what is only said of groups; `by_group` [groups] or
    [groups, classes], None without groups and for what is only said of all. `reference` is the group compared with.
    """

    overall: FloatArray | None
    by_group: FloatArray | None
    groups: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    reference: str = ""


def of_rows(
    definition: Definition,
    *,
    predictions: npt.ArrayLike,
    references: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
    reference: object = None,
    features: npt.ArrayLike | None = None,
    counterfactuals: npt.ArrayLike | None = None,
) -> Values:
    """The metric of these rows.

    `predictions` are decisions (0 or 1), classes, scores or numbers, as the metric asks; `references` are the true
    outcomes, `groups` the group of each row, `reference` the one to compare with (the largest where none is named).
    Raises ValueError on a column that is missing, is of another length or holds what the metric cannot use.
    """
    columns = {
        "predictions": predictions,
        "references": references,
        "features": features,
        "counterfactuals": counterfactuals,
    }
    for name in columns_needed(definition):
        if name == "groups":
            if groups is None:
                raise ValueError(f"{definition.name} needs groups")
        elif columns[name] is None:
            raise ValueError(f"{definition.name} needs {name}")
    rows = np.shape(np.asarray(predictions))[0]
    named = [""] * rows if groups is None else [str(group) for group in np.asarray(groups, dtype=object).tolist()]
    if len(named) != rows:
        raise ValueError(f"{rows} predictions and {len(named)} groups")
    names, codes = np.unique(np.array(named, dtype=np.str_), return_inverse=True)
    base = _reference(names.tolist(), codes, reference)
    values = _values(definition, columns, codes, len(names), base)
    if groups is None:
        return values._replace(by_group=None)
    return values._replace(groups=tuple(names.tolist()), reference=names.tolist()[base] if names.size else "")


def columns_needed(definition: Definition) -> tuple[str, ...]:
    """The columns without which the metric cannot be computed, `predictions` first."""
    if definition.needs[0] in {"counts", "confusion"}:
        needed = ["predictions", *(["references"] if definition.truth else [])]
    else:
        needed = [COLUMNS[need] for need in definition.needs if need in COLUMNS]
    return (*needed, *(["groups"] if compares_groups(definition) else []))


def compares_groups(definition: Definition) -> bool:
    """Whether the metric says something only of groups beside each other."""
    return definition.kind == "gap" or bool({"reference", "scores_b"} & set(definition.needs))


def _values(
    definition: Definition, columns: dict[str, Any], codes: npt.NDArray[np.int64], groups: int, reference: int
) -> Values:
    function, needs = definition.function, definition.needs
    if needs[0] == "counts":
        truth = _flags("references", columns["references"]) if definition.truth else np.zeros(codes.size, np.bool_)
        table = counts(truth, _flags("predictions", columns["predictions"]), codes, groups)
        if definition.kind == "gap":
            return Values(function(table), None)
        if "reference" in needs:
            return Values(None, function(table, reference))
        return Values(function(table.sum(axis=0)), function(table))
    if needs[0] == "confusion":
        return _classes(definition, columns, codes, groups)
    taken = [np.asarray(columns[COLUMNS[need]]) for need in needs if need in COLUMNS]
    if "positive" in needs or "positive_a" in needs:
        taken[1] = _flags("references", taken[1])
    if "scores_b" in needs:
        return Values(None, _pairs(definition, taken[0], taken[1], codes, reference))
    if "reference" in needs:
        return Values(None, function(*taken, codes, reference))
    if "features" in needs:
        return Values(np.asarray(function(*taken)), None)
    extra = (median_score(taken[0]),) if "median" in needs else ()
    by_group_values = by_group(lambda *rows: float(function(*rows, *extra)), codes, *taken, groups=groups)
    return Values(np.asarray(function(*taken, *extra), dtype=np.float64), by_group_values)


def _classes(definition: Definition, columns: dict[str, Any], codes: npt.NDArray[np.int64], groups: int) -> Values:
    decided = np.asarray(columns["predictions"])
    true = decided if columns["references"] is None else np.asarray(columns["references"])
    if true.shape != decided.shape:
        raise ValueError(f"{decided.size} predictions and {true.size} references")
    names, places = np.unique(np.concatenate([true, decided]), return_inverse=True)
    tables = confusion(places[: true.size], places[true.size :], len(names), codes, groups)
    overall = definition.function(tables.sum(axis=0))
    named = tuple(str(name) for name in names.tolist()) if np.ndim(overall) else ()
    return Values(overall, definition.function(tables), classes=named)


def _pairs(
    definition: Definition, scores: npt.ArrayLike, positive: npt.ArrayLike, codes: npt.NDArray[np.int64], reference: int
) -> FloatArray:
    """A metric of two groups, for each group beside the reference: [groups]."""
    values, truth = np.asarray(scores), np.asarray(positive)
    other = codes == reference
    return by_group(
        lambda group_outcomes, outcomes: float(
            definition.function(group_outcomes, outcomes, values[other], truth[other])
        ),
        codes,
        values,
        truth,
    )


def _reference(names: Sequence[str], codes: npt.NDArray[np.int64], named: object) -> int:
    """The place of the named group, or of the largest (of equally large ones the first by name)."""
    if named is None:
        return int(np.bincount(codes).argmax()) if len(codes) else 0
    if str(named) not in names:
        raise ValueError(f"no group {str(named)!r}{nearest(str(named), names)} (groups: {', '.join(names[:20])})")
    return names.index(str(named))


def _flags(what: str, column: Any) -> npt.NDArray[np.bool_]:
    """Decisions or true outcomes as flags."""
    values = np.asarray(column)
    odd = ~np.isin(values, (0, 1))
    if odd.any():
        row = int(odd.argmax())
        raise ValueError(
            f"{what}: {values[row]!r} in row {row + 1} is neither 0 nor 1 ({int(odd.sum())} of {odd.size} rows)"
        )
    return values.astype(np.bool_)
