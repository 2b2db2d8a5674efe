"""Columns of tables about groups that several probes show."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from fairwitness.audit.records import Cell, Estimate, Undefined
from fairwitness.probes.kit.tables import Head, number

T = TypeVar("T")


def estimate_heads(
    names: tuple[str, str, str], estimate: Callable[[T], Estimate | Undefined | None], unit: str = "share"
) -> tuple[Head[T], Head[T], Head[T]]:
    """The value of an estimate and the ends of its interval; empty where there is none."""

    def cell(row: T, field: str) -> Cell:
        estimate_of_row = estimate(row)
        return float(getattr(estimate_of_row, field)) if isinstance(estimate_of_row, Estimate) else None

    return (
        number(names[0], lambda row: cell(row, "value"), unit),
        number(names[1], lambda row: cell(row, "low"), unit),
        number(names[2], lambda row: cell(row, "high"), unit),
    )
