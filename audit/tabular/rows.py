"""Rows that were asked -> the columns a model takes, and its values -> decisions as text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from fairwitness.audit.errors import BadData, nearest
from fairwitness.audit.requests import Predict, Scalar

if TYPE_CHECKING:
    import pandas as pd

ROWS_AT_ONCE = 50_000
"""Rows of one call of a model: large enough that the call itself costs nothing, small enough for wide tables."""

SHOWN = 20
"""Most names that a message lists."""


def columns_of(batch: Sequence[Predict], needed: Sequence[str], model: str) -> dict[str, list[Scalar]]:
    """The cells of the needed columns, in the model's order. Raises BadData where a column is absent."""
    rows = [dict(request.features) for request in batch]
    refuse_missing(needed, list(rows[0]) if rows else needed, model)
    for row in rows:
        if len(row) < len(needed) or not all(name in row for name in needed):
            refuse_missing(needed, list(row), model)
    return {name: [row[name] for row in rows] for name in needed}


def frame_from(columns: Mapping[str, Sequence[Scalar]], dtypes: Mapping[str, Any]) -> pd.DataFrame:
    """Columns as a DataFrame, with the pandas dtypes of those that are known: a model may need a categorical as one.

    A column whose cells its dtype cannot hold keeps the one that pandas finds.
    """
    import pandas as pd

    frame = pd.DataFrame(dict(columns))
    for name in frame.columns:
        dtype = dtypes.get(str(name))
        if dtype is not None and frame[name].dtype != dtype:
            with suppress(ValueError, TypeError, OverflowError):
                frame[name] = frame[name].astype(dtype)
    return frame


def refuse_missing(needed: Sequence[str], given: Sequence[str], model: str) -> None:
    """Raises BadData with what the model needs, what there is and the nearest names, unless all columns are there."""
    known = set(given)
    missing = [name for name in needed if name not in known]
    if missing:
        free = [name for name in given if name not in needed]
        near = ", ".join(f"{name!r}{nearest(name, free)}" for name in missing[:3])
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        count = "a column" if len(missing) == 1 else f"{len(missing)} columns"
        raise BadData(
            f"{model} needs {count} that the table does not give it: {near}{more} (it needs {listed(needed)}; it is "
            f"given {listed(given)})"
        )


def listed(names: Sequence[str]) -> str:
    """Names for a message, cut where there are many."""
    shown = ", ".join(repr(name) for name in names[:SHOWN])
    return (shown or "none") + (f", ... ({len(names)} in all)" if len(names) > SHOWN else "")


def cell_text(value: Any) -> str:
    """A decision as text: whole numbers without a point, text without blanks around it, other numbers as `repr`."""
    plain = value.item() if hasattr(value, "item") else value
    if isinstance(plain, float) and plain.is_integer() and math.isfinite(plain):
        return str(int(plain))
    return repr(plain) if isinstance(plain, float) else str(plain).strip()
