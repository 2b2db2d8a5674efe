"""Columns of a table as codes: each distinct cell is spelled once, however many rows hold it."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from fairwitness.audit.errors import BadData
from fairwitness.audit.own_cells import LARGEST, shown_cell
from fairwitness.audit.records import Cell, Name
from fairwitness.probes.kit.decisions.words import WORDS

MISSING = "(missing)"
"""The group of rows whose group column is empty."""

MOST_CLASSES = 50
"""More different outcomes than these are no classes."""
FEW_NUMBERS = 10
"""Up to this many different numbers are classes even where some are not whole."""
LONGEST_NAME = 200
"""Characters of a value that is shown whole."""

Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_CODE = re.compile(r"[-+]?(0\d+|\d+[eE]\d+)")
"""Codes that look like numbers: `007` is not 7, and `1E2`, which no program writes for a number, is not 100."""

UNNAMED = re.compile(r"LABEL_(\d+)")
"""What transformers calls class 1 where nobody named it, and what people name it by: LABEL_1."""


@dataclass(frozen=True, slots=True, eq=False)
class Categorical:
    """A column: row r holds `values[codes[r]]`, nothing where the code is -1. Values in the order they first occur."""

    values: tuple[str, ...]
    codes: Codes

    @classmethod
    def of(cls, cells: Sequence[Cell], text_of: Callable[[Cell], str | None]) -> Categorical:
        """The cells as `spell` writes them, None for no value. Cells of unlike types are spelled apart."""
        seen: dict[tuple[type, Cell], int] = {}
        first = np.fromiter(
            (seen.setdefault((cell.__class__, cell), len(seen)) for cell in cells), dtype=np.int64, count=len(cells)
        )
        numbers: dict[str, int] = {}
        texts = (text_of(cell) for _, cell in seen)
        codes = [-1 if text is None else numbers.setdefault(shown(text), len(numbers)) for text in texts]
        return cls(tuple(numbers), np.array(codes, dtype=np.int64)[first])

    @property
    def known(self) -> Flags:
        """Whether each row has a value."""
        return self.codes >= 0

    @property
    def counts(self) -> dict[str, int]:
        """How many rows hold each value that occurs."""
        totals = np.bincount(self.codes[self.known], minlength=len(self.values)).tolist()
        return {value: count for value, count in zip(self.values, totals, strict=True) if count}

    def texts(self, absent: str | None) -> tuple[str | None, ...]:
        """The value of each row, `absent` where there is none."""
        return tuple(np.array([*self.values, absent], dtype=object)[self.codes].tolist())

    def where(self, test: Callable[[str], bool]) -> Flags:
        """The rows whose value passes the test."""
        return np.array([*map(test, self.values), False], dtype=np.bool_)[self.codes]

    def numbers(self, what: str) -> Floats:
        """The values as numbers, NaN where there is none. Raises BadData, naming `what`, where one is no number."""
        odd = self.where(lambda value: _NUMBER.fullmatch(value) is None)
        refuse(what, odd, self.texts(None), "are not numbers, as a numeric rule needs")
        numbers = np.array([*map(float, self.values), math.nan], dtype=np.float64)[self.codes]
        refuse(what, np.abs(numbers) > LARGEST, self.texts(None), f"are beyond {LARGEST:g} and cannot be averaged")
        return numbers

    def within(self, allowed: frozenset[str]) -> Categorical:
        """The same column with no value where it is not one of the allowed."""
        return Categorical(self.values, np.where(self.where(lambda value: value in allowed), self.codes, -1))


def shown(text: str) -> str:
    """The name of a value as everything shows it: half characters spelled out, what is long cut and told by its hash.

    A name stands in every table and claim about it, and a text of megabytes names nothing.
    """
    if text.isascii() and len(text) <= LONGEST_NAME:
        return text
    plain = text.encode("utf-8", "backslashreplace").decode("utf-8")
    if len(plain) <= LONGEST_NAME:
        return plain
    mark = hashlib.sha256(plain.encode()).hexdigest()[:8]
    return f"{plain[: LONGEST_NAME // 2]}… ({len(plain)} characters, {mark})"


@lru_cache(maxsize=4096)
def outcome(cell: Cell) -> str | None:
    """One spelling for equal outcomes: 1, 1.0, '1', true and LABEL_1 are '1'; None where there is none."""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    text = "" if cell is None else str(cell).strip()
    if text.lower() in {"true", "false"}:
        return "1" if text.lower() == "true" else "0"
    if text.lower() in {"", "nan"}:
        return None
    if unnamed := UNNAMED.fullmatch(text):
        return unnamed[1]
    return shown(_number(text) if is_number(text) and not _CODE.fullmatch(text) else text)


def _number(text: str) -> str:
    """One spelling for equal numbers; a number that a float would change stays as it is written."""
    number = float(text)
    if not math.isfinite(number):
        return text
    exact = Decimal(text)
    if abs(number) <= LARGEST and exact == exact.to_integral_value():
        return str(int(exact))
    return repr(number) if Decimal(repr(number)) == exact else text


def group(cell: Cell) -> str:
    """The name of a group; MISSING where there is none."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = "" if cell is None else str(cell).strip()
    return MISSING if text.lower() in {"", "nan"} else shown(text)


def named(cell: Cell) -> str | None:
    """The name of a person or a thing, as `group` spells it; None where there is none."""
    text = group(cell)
    return None if text == MISSING else text


def is_number(text: str) -> bool:
    """Whether the text is a number as tables write it."""
    return _NUMBER.fullmatch(text) is not None


def are_numbers(values: Collection[str]) -> bool:
    """Whether so many different values are numbers and no classes: over 50, or over ten of which some are not whole."""
    if not all(map(is_number, values)):
        return False
    whole = all(float(value).is_integer() for value in values)
    return len(values) > (MOST_CLASSES if whole else FEW_NUMBERS)


def real(cell: Cell) -> float:
    """The number in a cell, NaN where there is none."""
    if isinstance(cell, str):
        return float(cell) if is_number(cell.strip()) else math.nan
    return math.nan if cell is None else float(cell)


def refuse(what: str, bad: Flags, cells: Sequence[object], problem: str) -> None:
    """BadData when any row is bad, with the count and the first such row (rows count from 1)."""
    if bad.any():
        raise BadData(f"{what}: {example(bad, cells, problem)}")


def example(bad: Flags, cells: Sequence[object], problem: str) -> str:
    """How many rows have the problem, and the first of them (rows count from 1)."""
    place = int(bad.argmax())
    cell = shown_cell(cells[place], cells)
    counts = {"count": int(bad.sum()), "total": len(bad), "row": place + 1}
    return WORDS("note.example", problem=problem, cell=Name(cell), **counts)
