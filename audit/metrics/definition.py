"""What every metric says of itself, readable by machine."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from fairwitness.audit.records import Better

Kind: TypeAlias = Literal["rate", "contrast", "gap", "individual", "score", "multiclass", "regression"]


@dataclass(frozen=True, slots=True)
class Definition:
    """A metric: its formula in mathematical writing, its source, its range and the function that computes it.

    `needs` names the parameters that `function` must be given, in order. `ideal` is the value of a perfect or perfectly
    equal model, None where there is none; values lie from `low` to `high`. `truth` says whether it needs true outcomes.
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
    truth: bool
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
    truth: bool = True,
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
        needs=tuple(parameter.name for parameter in parameters if parameter.default is inspect.Parameter.empty),
        truth=truth,
        function=function,
    )
