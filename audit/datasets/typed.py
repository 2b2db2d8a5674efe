"""The cells of a column as a file writes them -> numbers, where nothing is lost by it, or text."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from fairwitness.audit.records import Cell

_WHOLE = re.compile(r"[+-]?(0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"[+-]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_CODE = re.compile(r"[+-]?([0-9]{16,}(\.[0-9]*)?|[0-9]+[eE][0-9]+)")
"""Codes that look like numbers: a whole number that a float would round to another, and digits around a bare E.

Programs write an exponent with a sign or a point (1e-05, 1.0E5); `1E2` is a ward or a part number, not 100.
"""
_EXACT = 15
"""Significant digits that a float always keeps."""


def typed(cells: Sequence[str]) -> tuple[Cell, ...]:
    """Numbers where every cell that is not empty is one, else text; an empty cell is None.

    A column stays text where a number would lose what the file says: with a leading zero (a post code), a whole number
    of 19 digits or more, or of 16 beside numbers that are not whole, an exponent of a code (`1E2`), and where two
    different numbers would become the same float.

    Each different cell is read once: most columns of a large table have few of them.
    """
    present = set(cells) - {""}
    read: Callable[[str], Cell] = str
    if present and all(map(_WHOLE.fullmatch, present)):
        read = int
    elif present and all(map(_is_number, present)) and not _merged(present):
        read = float
    values: dict[str, Cell] = {cell: read(cell) for cell in present}
    return tuple(map(values.get, cells))


def spells_number(cell: str) -> bool:
    """Whether a cell reads as a number, code or not.

    >>> [spells_number(cell) for cell in ("-1.5", "1E2", "12 May")]
    [True, True, False]
    """
    return bool(_NUMBER.fullmatch(cell))


def _is_number(cell: str) -> bool:
    return bool(_NUMBER.fullmatch(cell)) and not _CODE.fullmatch(cell) and math.isfinite(float(cell))


def _merged(cells: Iterable[str]) -> bool:
    """Whether two different numbers would become the same float."""
    long = [cell for cell in cells if len(cell) > _EXACT]
    floats = set(map(float, long))
    return len(floats) < len(long) and len(floats) < len(set(map(Decimal, long)))
