"""Columns of a file as they are read: held while they are small; long texts go to a file of their own.

A corpus takes many times the memory of the machine that audits it. So the texts of a long column stand in a temporary
file without a name, which nobody else can open and which is gone with the process.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from array import array
from collections.abc import Iterator, Sequence
from typing import Any, overload

from fairwitness.audit.datasets.typed import spells_number, typed
from fairwitness.audit.errors import CannotWrite
from fairwitness.audit.records import Cell

HELD = 4_000_000
"""Characters of a column up to which it is held."""
LONG = 100
"""Characters that the cells of a longer column must have in the mean, or it is held too: names repeat."""
_CODING = "utf-8", "surrogatepass"


class StoredColumn(Sequence[Cell]):
    """The cells of a long column: its texts in a file without a name, all else in memory."""

    def __init__(self) -> None:
        try:
            self._file = tempfile.TemporaryFile(prefix="fairwitness-")  # noqa: SIM115 - open as long as the column is
        except OSError as error:
            raise CannotWrite(f"cannot write a temporary file: {error.strerror or error}") from error
        weakref.finalize(self, self._file.close)
        self._ends = array("q", [0])
        self._others: dict[int, Cell] = {}

    def add(self, cell: Cell) -> None:
        """The next cell. Raises CannotWrite."""
        content = b""
        if isinstance(cell, str):
            content = cell.encode(*_CODING)
        else:
            self._others[len(self)] = cell
        try:
            self._file.write(content)
        except OSError as error:
            raise CannotWrite(f"cannot write a temporary file: {error.strerror or error}") from error
        self._ends.append(self._ends[-1] + len(content))

    def close(self) -> None:
        """No cell follows. Raises CannotWrite."""
        try:
            self._file.flush()
        except OSError as error:
            raise CannotWrite(f"cannot write a temporary file: {error.strerror or error}") from error

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, place: int) -> Cell: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Cell, ...]: ...

    def __getitem__(self, place: int | slice) -> Cell | tuple[Cell, ...]:
        if isinstance(place, slice):
            return tuple([self._cell(number) for number in range(len(self))[place]])
        return self._cell(range(len(self))[place])

    def __iter__(self) -> Iterator[Cell]:
        return map(self._cell, range(len(self)))

    def _cell(self, place: int) -> Cell:
        if place in self._others:
            return self._others[place]
        start, end = self._ends[place], self._ends[place + 1]
        return os.pread(self._file.fileno(), end - start, start).decode(*_CODING)


class ColumnWriter:
    """A column that comes in portions. With `spelled` its cells are as a table of text spells them: see `typed`."""

    def __init__(self, *, spelled: bool = False, missing: int = 0) -> None:
        self._held: list[Any] = [None] * missing
        self._stored: StoredColumn | None = None
        self._characters = 0
        self._spelled = spelled

    def extend(self, cells: Sequence[Any]) -> None:
        """The next cells. Raises CannotWrite."""
        if self._stored is None:
            self._held += cells
            self._characters += sum([len(cell) for cell in cells if isinstance(cell, str)])
            if self._characters <= max(HELD, LONG * len(self._held)) or not self._any_text():
                return
            self._stored, cells, self._held = StoredColumn(), self._held, []
        for cell in cells:
            self._stored.add(None if self._spelled and cell == "" else cell)

    def column(self) -> Sequence[Cell]:
        """All cells."""
        if self._stored is not None:
            self._stored.close()
            return self._stored
        return typed(self._held) if self._spelled else tuple(self._held)

    def __len__(self) -> int:
        return len(self._held) if self._stored is None else len(self._stored)

    def _any_text(self) -> bool:
        """Whether a cell is no number, so that the column is one of texts."""
        return any(isinstance(cell, str) and cell and not spells_number(cell) for cell in self._held)
