"""What every metric says of itself, readable by machine."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from assay.audit.records import Better

FloatArray: TypeAlias = npt.NDArray[np.float64]
Kind: TypeAlias = Literal["rate", "contrast", "gap", "individual", "score", "multiclass", "regression"]


@dataclass(frozen=True, slots=True)
class Definition:
    """A metric: its formula in mathematical writing, its source, its range and the function that computes it.

    `needs` names the parameters that `function` must be given, in order. `ideal` is the value of a perfect or perfectly
    equal model, None where there is none; values lie from `low` to `high`.
    """

    name: str
    title: str
    kind: Kind
    formula: str
    description: str
    citation: str
    ideal: float | None
    better: Better
    low: float
    high: float
    unit: str
    needs: tuple[str, ...]
    function: Callable[..., Any]


def define(
    kind: Kind,
    function: Callable[..., Any],
    formula: str,
    citation: str,
    *,
    ideal: float | None,
    better: Better = "near_zero",
    low: float = 0.0,
    high: float = 1.0,
    unit: str = "share",
    title: str = "",
) -> Definition:
    """The definition of a function: name, needs and description are those of the function itself."""
    parameters = inspect.signature(function).parameters.values()
    return Definition(
        name=function.__name__,
        title=title or function.__name__.replace("_", " "),
        kind=kind,
        formula=formula,
        description=" ".join((inspect.getdoc(function) or "").split("\n\n")[0].split()),
        citation=citation,
        ideal=ideal,
        better=better,
        low=low,
        high=high,
        unit=unit,
        needs=tuple(one.name for one in parameters if one.default is inspect.Parameter.empty),
        function=function,
    )


def divide(over: npt.ArrayLike, under: npt.ArrayLike) -> FloatArray:
    """Elementwise quotient in float64; NaN where `under` is 0."""
    a, b = np.broadcast_arrays(np.asarray(over, dtype=np.float64), np.asarray(under, dtype=np.float64))
    return np.divide(a, b, out=np.full(a.shape, math.nan), where=b != 0)
