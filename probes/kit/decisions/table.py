"""A table of people and decisions, checked: groups, true outcomes, weights and persons by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from copy import copy
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.errors import BadData, BadOption, nearest, twice_named
from fairwitness.audit.own_cells import LARGEST, listed_columns
from fairwitness.audit.probe import Context
from fairwitness.audit.reasons import CHECK, cause
from fairwitness.audit.records import DataNeed, Table, opened, quoted
from fairwitness.audit.requests import Classify, Predict, Request
from fairwitness.audit.stats import effective_size
from fairwitness.probes.kit.decisions.categorical import (
    MISSING,
    Categorical,
    Codes,
    Flags,
    Floats,
    example,
    group,
    named,
    outcome,
    real,
    refuse,
)
from fairwitness.probes.kit.decisions.group_columns import cut_values, divides, lacks, odd_groups
from fairwitness.probes.kit.decisions.naming import Naming
from fairwitness.probes.kit.decisions.spelling import listed, no_outcome, plain, spells_missing
from fairwitness.probes.kit.decisions.words import WORDS, both_id_and

TABLE = DataNeed(name="table", what=WORDS("data.table.what"))
"""The table that every probe of decisions reads."""


@dataclass(frozen=True, slots=True)
class ColumnRoles:
    """Which columns of the table mean what; an empty name means that there is none.

    `features` describe a row, and are `sent` to a tabular model; `outcomes` are the values that labels and decisions
    may have, all where none is named. `decided` is the column of decisions of a file of them, which a table may lack.
    `unit` is what a row stands for, `favourable_name` what the counted decision means, `outcome_name` what it means
    where it came true.
    """

    groups: tuple[str, ...]
    label: str = ""
    text: str = ""
    weight: str = ""
    identity: str = ""
    features: tuple[str, ...] = ()
    sent: bool = False
    strata: str = ""
    outcomes: tuple[str, ...] = ()
    decided: str = ""
    unit: str = ""
    favourable_name: str = ""
    outcome_name: str = ""

    def check(self, table: Table) -> None:
        """Raises BadOption where the table lacks a column, BadData where it has two of the name."""
        roles = [("group", name) for name in self.groups]
        roles += [("label", self.label), ("text", self.text), ("weight", self.weight), ("id", self.identity)]
        roles += [("strata", self.strata), *(("feature", name) for name in self.features)]
        for role, name in roles:
            if name and name not in table.columns:
                near, known = nearest(name, table.columns), listed_columns(table.columns)
                raise BadOption(f"{role} column {name!r} is not in the table{near} (columns: {known})")
            if name and table.repeats(name):
                raise BadData(f"{role} {twice_named(name)}")
        if self.identity and self.identity in self.groups:
            raise BadOption(both_id_and(self.identity, "group"))
        if "" in self.groups and "" not in table.columns:
            raise BadOption("group column '' has no name: write --group COLUMN")


class DecisionTable:
    """The table, checked against the roles of its columns. Raises BadOption, BadData.

    `requested` are all group columns; `coded` those that groups are made of, which leaves out one of too many values;
    `groups` their values by row. `unmeasured` says of each group column that cannot be compared what is wrong with it
    and what to do. `truth` has the true outcomes, `labels` their names by row. `persons` numbers the person of each row
    where some have several rows, else None; `ids` are their names, which only tables of rows may show; `strata` has the
    stratum of each row. `naming` says what sentences call all of this.
    """

    def __init__(self, table: Table, columns: ColumnRoles) -> None:
        columns.check(table)
        self.columns = columns
        self.table = table
        self.rows = len(table)
        self.declared = frozenset(text for value in columns.outcomes if (text := outcome(value)) is not None)
        self.requested = {name: Categorical.of(table.columns[name], group) for name in columns.groups}
        self.unmeasured = {name: why for name, column in self.requested.items() if (why := lacks(name, column))}
        self.coded = {name: column for name, column in self.requested.items() if divides(column)}
        self.groups: Mapping[str, tuple[str, ...]] = {
            name: tuple(text or MISSING for text in column.texts(MISSING)) for name, column in self.coded.items()
        }
        none = Categorical((), np.full(self.rows, -1, dtype=np.int64))
        given = Categorical.of(table.columns[columns.label], outcome) if columns.label else none
        self.truth = self.allowed(given)
        self.labels = self.truth.texts(None) if columns.label else ()
        self.texts = _texts(table, columns.text) if columns.text else ()
        self.weights = _weights(table, columns.weight) if columns.weight else None
        ids = Categorical.of(table.columns[columns.identity], named).codes if columns.identity else none.codes
        self.persons = _persons(ids)
        self.strata = Categorical.of(table.columns[columns.strata], group) if columns.strata else None
        self.ids = tuple(map(named, table.columns[columns.identity])) if columns.identity else ()
        self.naming = Naming(
            unit=columns.unit,
            favourable=columns.favourable_name,
            true=columns.outcome_name,
            label=columns.label,
            several=self.persons is not None,
            ambiguous=_in_several(self.coded),
        )
        self.notes = (*self._column_notes(given), *_empty(columns.identity, ids), *_repeated(columns.identity, ids))

    @property
    def counting(self) -> Flags:
        """Rows that weigh anything: one of weight 0 stands for nobody."""
        return np.ones(self.rows, dtype=np.bool_) if self.weights is None else self.weights > 0

    def allowed(self, column: Categorical) -> Categorical:
        """The column without values that are not declared as outcomes."""
        return column.within(self.declared) if self.declared else column

    def without_missing_outcomes(self, decided: Collection[str]) -> DecisionTable:
        """The same where labels that programs write for "missing" are no true outcome; `decided` are decisions.

        One that is a decision too, or that was declared as an outcome, stays one; so does what may be a class, such as
        "none": rows that truly have it would else never be errors.
        """
        sure = {*decided} | self.declared
        kept = {value for value in self.truth.counts if not no_outcome(value)} | sure
        odd = self.truth.where(lambda value: value not in kept)
        doubtful = [value for value in self.truth.counts if spells_missing(value) and value in kept - sure]
        if not odd.any() and not doubtful:
            return self
        table = copy(self)
        column = quoted(self.columns.label)
        if doubtful:
            table.notes = (*table.notes, CHECK + WORDS("note.blank_labels", column=column, names=listed(doubtful)))
        if odd.any():
            what = example(odd, self.labels, WORDS("note.says_no_value"))
            table.truth = self.truth.within(frozenset(kept))
            table.labels = table.truth.texts(None)
            table.notes = (*table.notes, CHECK + WORDS("note.spelled_missing", column=column, what=what))
        return table

    def requests(self) -> list[Request]:
        """One request a row: its text for a classifier, its cells for a tabular model, its number for a file."""
        if self.columns.text:
            return [Classify(text) for text in self.texts]
        if self.columns.sent:
            cells = [[(name, cell) for cell in self.table.columns[name]] for name in self.columns.features]
            return [Predict(row) for row in zip(*cells, strict=True)]
        return [Predict((("row", row),)) for row in range(self.rows)]

    def _column_notes(self, given: Categorical) -> Iterator[str]:
        """What a reader should know of the columns; `given` are the true outcomes as they stand."""
        for why in self.unmeasured.values():
            yield WORDS("unmeasured.note", Problem=opened(cause(why.reason)))
        yield from odd_groups(self.coded)
        for name in self.coded:
            yield from cut_values("groups", name, self.table.columns[name])
        for role, name in (("labels", self.columns.label), ("decisions", self.columns.decided)):
            if name and name in self.table.columns:
                yield from cut_values(role, name, self.table.columns[name])
        for name, column in self.coded.items():
            if missing := column.counts.get(MISSING, 0):
                counted = {"missing": missing, "total": self.rows}
                yield WORDS("note.no_group_value", column=quoted(name), line=MISSING, **counted)
        if (odd := given.known & ~self.truth.known).any():
            what = example(odd, given.texts(None), WORDS("note.outside"))
            yield WORDS("note.odd_labels", column=quoted(self.columns.label), what=what)
        if self.weights is not None:
            size = f"{effective_size(self.weights):.0f}"
            weight = quoted(self.columns.weight)
            yield WORDS("note.weighted", column=weight, total=self.rows, effective=size)


def asks_texts(ctx: Context) -> bool:
    """Whether the subject is asked for texts, not for rows."""
    return "Predict" not in ctx.capabilities


def asks_cells(ctx: Context) -> bool:
    """Whether the subject decides on the cells of a row."""
    return ctx.kind == "tabular"


def _texts(table: Table, column: str) -> tuple[str, ...]:
    cells = tuple("" if cell is None else str(cell) for cell in table.columns[column])
    empty = np.array([not cell.strip() for cell in cells], dtype=np.bool_)
    if empty.any():
        first = int(empty.argmax()) + 1
        raise BadData(
            f"column {column!r}: {int(empty.sum())} of {len(cells)} rows have no text, for example row {first}"
        )
    return cells


def _weights(table: Table, column: str) -> Floats:
    """The weight of each row: numbers of 0 or more that are not all 0."""
    cells, what = table.columns[column], f"weight column {column!r}"
    weights = np.array([real(cell) for cell in cells], dtype=np.float64)
    refuse(what, ~np.isfinite(weights), cells, "have no number")
    refuse(what, weights < 0, cells, "have a negative weight")
    refuse(what, weights > LARGEST, cells, f"weigh more than {LARGEST:g}")
    if not weights.any():
        raise BadData(f"{what}: all {len(weights)} rows have the weight 0, so there is nothing to count")
    return weights


def _empty(column: str, ids: Codes) -> list[str]:
    """A note on rows without an id, where a column of ids was named."""
    missing = int((ids < 0).sum())
    if not column or not missing:
        return []
    return [WORDS("note.empty_ids", column=quoted(column), missing=missing, total=len(ids))]


def _in_several(columns: Mapping[str, Categorical]) -> frozenset[str]:
    """The values that several columns have, or that differ from another in how they are spelled alone."""
    values = [value for column in columns.values() for value in column.counts]
    often = Counter(map(plain, values))
    return frozenset(value for value in values if often[plain(value)] > 1)


def _repeated(column: str, ids: Codes) -> list[str]:
    """A note on rows that repeat the id of a row before them."""
    _, first, places = np.unique(ids, return_index=True, return_inverse=True)
    again = (first[places] != np.arange(len(ids))) & (ids >= 0)
    if not again.any():
        return []
    row = int(again.argmax())
    example_rows = {"row": row + 1, "first": first[places[row]] + 1}
    counted = {"again": int(again.sum()), "total": len(ids)}
    return [WORDS("note.repeated_ids", column=quoted(column), **counted, **example_rows)]


def _persons(ids: Codes) -> Codes | None:
    """The number of the person of each row; a row without an id is a person of its own. None where no id repeats."""
    absent = ids < 0
    if len(np.unique(ids[~absent])) == int((~absent).sum()):
        return None
    persons = ids.copy()
    persons[absent] = int(ids.max()) + 1 + np.arange(int(absent.sum()))
    return persons
