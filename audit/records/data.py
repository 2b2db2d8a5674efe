"""Data sets: what a probe asks for, which file served it, and the loaded table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairwitness.audit.records.evidence import Cell
from fairwitness.audit.records.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class DataNeed:
    """A data set that a probe asks the runner to find and load: a table with these columns."""

    name: str
    what: Text
    columns: tuple[str, ...] = ()
    package: str = ""
    """The installed package that keeps it; without it and `hub` only a file of the user's serves."""
    inner: str = ""
    """Its file within the package, or its folder where `format` reads one."""
    licence: str = ""
    required: bool = True
    hub: str = ""
    """Where the hub keeps it: `owner/name:config:split`."""
    format: str = ""
    """A reader of `fairwitness.audit.datasets.sets`, where the set is published as something else than one table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSource:
    """Which file served a data need, and the hash of its bytes."""

    name: str
    source: str
    sha256: str
    licence: str
    rows: int


def again(name: str, number: int) -> str:
    """What the second column of a name, or a further one, is called in a table: as few files name one."""
    return f"{name} ({number})"


@dataclass(frozen=True, slots=True)
class Table:
    """A loaded data set: equally long columns by name, in the order of the file."""

    source: DataSource
    columns: Mapping[str, Sequence[Cell]]

    def __len__(self) -> int:
        return self.source.rows

    def repeats(self, name: str) -> bool:
        """Whether the file has more than one column of the name, so that nothing says which one is meant."""
        return again(name, 2) in self.columns
