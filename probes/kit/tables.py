"""Tables of evidence whose header and cell stand together."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Cell, Column, ColumnRole, Estimate, Evidence, EvidenceKind, Translated, Undefined
from fairwitness.probes.kit.words import Words

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Head(Generic[T]):
    """A column: what it is called, what a row has there, and how it is shown. Units and roles as in `Column`.

    The name is a key: its words stand under `[table.ID.heads]`, or under `[heads]` where several tables have them, and
    are the key itself where there are none.
    """

    name: str
    cell: Callable[[T], Cell]
    role: ColumnRole = "label"
    unit: str = ""
    secret: bool = False


def label(name: str, cell: Callable[[T], Cell]) -> Head[T]:
    """A column of names."""
    return Head(name, cell)


def number(name: str, cell: Callable[[T], Cell], unit: str = "") -> Head[T]:
    """A column of numbers."""
    return Head(name, cell, "number", unit)


def prompt(name: str, cell: Callable[[T], Cell], *, secret: bool = False) -> Head[T]:
    """A column of texts as the model saw them."""
    return Head(name, cell, "prompt", secret=secret)


def text(name: str, cell: Callable[[T], Cell], *, secret: bool = False) -> Head[T]:
    """A column of other texts."""
    return Head(name, cell, "text", secret=secret)


def image(name: str, cell: Callable[[T], Cell]) -> Head[T]:
    """A column of pictures by their names (`images.name_of`); they are drawn where the user allows it."""
    return Head(name, cell, "image")


def flag(name: str, cell: Callable[[T], Cell]) -> Head[T]:
    """A column that marks rows."""
    return Head(name, cell, "flag")


def interval(
    names: tuple[str, str, str],
    estimate: Callable[[T], Estimate | Undefined | None],
    unit: str = "",
    otherwise: Callable[[T], float | None] = lambda row: None,
) -> tuple[Head[T], Head[T], Head[T]]:
    """Three columns of numbers: a value, and the low and the high end of its interval; empty where there is none.

    There the value is that of `otherwise`.
    """

    def ends(row: T) -> tuple[float | None, float | None, float | None]:
        match estimate(row):
            case Estimate(value=value, low=low, high=high):
                return value, low, high
            case _:
                return otherwise(row), None, None

    return (
        number(names[0], lambda row: ends(row)[0], unit),
        number(names[1], lambda row: ends(row)[1], unit),
        number(names[2], lambda row: ends(row)[2], unit),
    )


def together(estimate: Estimate | Undefined | None, count: int) -> Estimate | Undefined | None:
    """The estimate with the interval that holds for so many at once (Bonferroni)."""
    if not isinstance(estimate, Estimate):
        return estimate
    wide = estimate.at(1 - (1 - estimate.level) / max(count, 1))
    return None if wide is None else replace(estimate, low=wide.low, high=wide.high, level=wide.level, wider=())


def mean_of(values: Sequence[float] | npt.NDArray[np.float64]) -> float | None:
    """The mean of numbers as a cell; None without any."""
    return float(np.mean(values)) if len(values) else None


def sd_of(values: Sequence[float] | Sequence[np.floating] | npt.NDArray[np.float64]) -> float | None:
    """The standard deviation of numbers as a cell; None below two."""
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


def distinct(pairs: Iterable[tuple[K, int]]) -> dict[K, str]:
    """Of each key the different numbers that stand with it, as a cell.

    >>> distinct([("she", 2), ("he", 1), ("she", 1)])
    {'she': '1, 2', 'he': '1'}
    """
    numbers: dict[K, set[int]] = {}
    for key, number_of_key in pairs:
        numbers.setdefault(key, set()).add(number_of_key)
    return {key: ", ".join(map(str, sorted(known))) for key, known in numbers.items()}


def size_of(estimate: Estimate | Undefined) -> float:
    """How far a value is from 0, by which rows are ordered; 0 where there is none."""
    return abs(estimate.value) if isinstance(estimate, Estimate) else 0.0


class Listing(Generic[T]):
    """A table declared once: its id, its words (`[table.ID]` of the probe's words) and its columns.

    Columns stand in their order, several that belong together (an `interval`) as one.
    """

    def __init__(
        self, id: str, words: Words, *heads: Head[T] | Iterable[Head[T]], kind: EvidenceKind = "table"
    ) -> None:
        self.id, self.words, self.kind = id, words, kind
        self.heads: list[Head[T]] = []
        for head in heads:
            self.heads += [head] if isinstance(head, Head) else head

    def of(
        self, rows: Iterable[T], *, total: int | None = None, shown: int | None = None, **values: object
    ) -> Evidence:
        """The table of these rows, of which the first `shown` are kept; `values` fill the caption's braces.

        `total` is the number of rows there are where that is not the number given.
        """
        cells = tuple(map(self.cells, rows))
        caption = self.words(f"table.{self.id}.caption", **values)
        total = len(cells) if total is None else total
        return Evidence(
            id=self.id, caption=caption, kind=self.kind, columns=self.columns(), rows=cells[:shown], total=total
        )

    def cells(self, row: T) -> tuple[Cell, ...]:
        """One row as it stands in the table."""
        return tuple(self._cell(head, row) for head in self.heads)

    def _cell(self, head: Head[T], row: T) -> Cell:
        """A cell; of a column of names how the words read it (`[labels]`)."""
        cell = head.cell(row)
        if head.role != "label" or not isinstance(cell, str):
            return cell
        read = self.words.labelled(cell)
        return read if isinstance(read, Translated) else cell

    def columns(self) -> tuple[Column, ...]:
        """The columns as records."""
        columns = []
        for head in self.heads:
            name, unit = self.words.column(self.id, head.name), self.words.term("units", head.unit)
            columns.append(Column(name, head.role, unit, head.secret))
        return tuple(columns)


def token_counts(id: str, words: Words, *names: str) -> Listing[tuple[str, ...]]:
    """A table of words and their tokens: a row has what stands under `names`, and last the numbers (`distinct`)."""
    named = [_place(name, place) for place, name in enumerate(names)]
    return Listing(id, words, named, text("tokens", lambda row: row[-1]))


def _place(name: str, place: int) -> Head[tuple[str, ...]]:
    return label(name, lambda row: row[place])


def quantities(id: str, words: Words, unit: str = "") -> Listing[tuple[str, float | None]]:
    """A table of single numbers, each by its key: what it is stands under `[ID]` of the words."""
    return Listing(
        id,
        words,
        label("quantity", lambda row: words(f"{id}.{row[0]}")),
        number("value", lambda row: row[1], unit),
    )


def without_empty_tables(findings: Findings) -> Findings:
    """The findings with those tables alone that have a row; metrics point to no others."""
    evidence = [table for table in findings.evidence if table.rows]
    there = {table.id for table in evidence}
    metrics = [
        replace(metric, evidence=tuple(id for id in metric.evidence if id in there)) for metric in findings.metrics
    ]
    return replace(findings, metrics=metrics, evidence=evidence)
