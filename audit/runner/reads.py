"""The tables of a probe, and which of them it read: a document lists no data that took no part in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from fairwitness.audit.records import Table


@dataclass(frozen=True, slots=True)
class Reads(Mapping[str, Table]):
    """Tables by the name of their need.

    `read` grows with each table that is taken out; asking whether one is there takes none out.
    """

    tables: Mapping[str, Table]
    read: set[str] = field(default_factory=set)

    def __getitem__(self, name: str) -> Table:
        table = self.tables[name]
        self.read.add(name)
        return table

    def __contains__(self, name: object) -> bool:
        return name in self.tables

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)
