"""Which file serves which data need of which probe, and the loaded tables."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from fairwitness.audit import images
from fairwitness.audit.datasets import MissingData, find
from fairwitness.audit.errors import BadData, nearest
from fairwitness.audit.records import Cell, DataNeed, ProbeSpec, Table, each

PUBLIC = ("package:", "cache:", "hub:")
"""How the source of a data set begins that is not the user's own file."""

Given: TypeAlias = Path | Table
"""What a user gives for a data need: a file, or a table in memory."""

LEAST = 8
"""Characters of a text that may stand in no message."""
ALL = ""
"""Key of a file that was given without the name of a probe."""


@dataclass(frozen=True, slots=True)
class BoundData:
    """The tables of one probe, and what is missing with how to give it (without `required` ones it cannot run)."""

    tables: Mapping[str, Table]
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    @property
    def private(self) -> bool:
        """Whether one of them is the user's own."""
        return any(not table.source.source.startswith(PUBLIC) for table in self.tables.values())

    @property
    def own_texts(self) -> Collection[str]:
        """Texts of files that the user gave: nothing of them may stand in a message. Names of pictures are none."""
        given = [table for table in self.tables.values() if not table.source.source.startswith(PUBLIC)]
        columns = [column for table in given for name, column in table.columns.items() if name not in images.COLUMNS]
        held = (cell for column in columns if isinstance(column, tuple) for cell in set(column))
        return TextCells(
            frozenset(texts_of(held)),
            tuple([column for column in columns if not isinstance(column, tuple)]),
        )


@dataclass(frozen=True, slots=True)
class TextCells(Collection[str]):
    """Texts of columns: those that are `held`, and those of `stored` columns, which are read again each time."""

    held: frozenset[str] = frozenset()
    stored: tuple[Sequence[Cell], ...] = ()

    def __iter__(self) -> Iterator[str]:
        yield from self.held
        for column in self.stored:
            yield from texts_of(column)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        return next(iter(self), None) is not None

    def __contains__(self, text: object) -> bool:
        return any(text == cell for cell in self)


def texts_of(cells: Iterable[Cell]) -> Iterator[str]:
    """Those of the cells that are texts of some length."""
    return (cell for cell in cells if isinstance(cell, str) and len(cell) >= LEAST)


def provide(
    specs: Sequence[ProbeSpec], files: Mapping[str, Given], *, cache_dir: Path | None = None, offline: bool = False
) -> dict[str, BoundData]:
    """The data of every probe by its name. `files` has the keys `PROBE`, `PROBE.NEED`, or an empty one for any probe.

    Raises BadData where a file is given and cannot serve, before any model is asked.
    """
    given = assign(specs, files)
    loaded: dict[tuple[DataNeed, Path | int | None], Table] = {}
    supplied = {}
    for spec in specs:
        tables: dict[str, Table] = {}
        missing: dict[bool, list[str]] = {True: [], False: []}
        for need in spec.data:
            data = given.get((spec.name, need.name))
            key = need, id(data) if isinstance(data, Table) else data
            try:
                if key not in loaded:
                    loaded[key] = find(need, given=data, cache_dir=cache_dir, offline=offline)
                tables[need.name] = loaded[key]
            except MissingData as error:
                missing[need.required].append(for_this_need(error.text, spec, need))
        supplied[spec.name] = BoundData(tables, tuple(missing[True]), tuple(missing[False]))
    return supplied


def for_this_need(how: str, spec: ProbeSpec, need: DataNeed) -> str:
    """How to get a data set, with what stands before `=` in place of PROBE, so that the file serves this very need."""
    return each(how, lambda said: said.replace("PROBE=", f"{_key(spec, need)}="))


def assign(specs: Sequence[ProbeSpec], files: Mapping[str, Given]) -> dict[tuple[str, str], Given]:
    """Which given file serves which need of which probe. Raises BadData for a key that none of them has."""
    assigned: dict[tuple[str, str], Given] = {}
    keys = {_key(spec, need): (spec.name, need.name) for spec in specs for need in reversed(spec.data)}
    keys |= {f"{spec.name}.{need.name}": (spec.name, need.name) for spec in specs for need in spec.data}
    for key, data in files.items():
        name = data.source.source if isinstance(data, Table) else str(data)
        if key == ALL:
            assigned[_only(specs, name)] = data
        elif key in keys:
            assigned[keys[key]] = data
        else:
            raise BadData(f"--data {key}={name}: no probe {key!r} here takes data{nearest(key, keys)}")
    return assigned


def _only(specs: Sequence[ProbeSpec], path: str) -> tuple[str, str]:
    """The one need that a file without a name can be for."""
    takers = [(spec.name, need.name) for spec in specs for need in spec.data if _own(need)]
    takers = takers or [(spec.name, need.name) for spec in specs for need in spec.data]
    if len(takers) == 1:
        return takers[0]
    if not takers:
        raise BadData(f"--data {path}: none of the probes of this run takes data")
    ways = " or ".join(f"--data {name}={path}" for name in dict.fromkeys(probe for probe, _ in takers))
    raise BadData(f"--data {path}: say which probe it is for: {ways}")


def _key(spec: ProbeSpec, need: DataNeed) -> str:
    """What stands before `=` on the command line: the probe alone for the first need that only a user can serve."""
    needs = [other for other in spec.data if _own(other)] or list(spec.data)
    return spec.name if need == needs[0] else f"{spec.name}.{need.name}"


def _own(need: DataNeed) -> bool:
    return not need.package and not need.hub
