"""From the rows of a table and the answers about them to outcomes that can be counted."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.errors import BadData, BadOption, nearest, twice_named
from fairwitness.audit.own_cells import LARGEST, are_names, listed_columns
from fairwitness.audit.probe import DoesNotApply
from fairwitness.audit.records import CHECK, Table
from fairwitness.audit.requests import Answer, Classify, ClassScores, Predict, Prediction, Request
from fairwitness.audit.stats import effective_size
from fairwitness.probes.fairness.group_fairness.cells import (
    MISSING,
    Coded,
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
from fairwitness.probes.fairness.group_fairness.columns import divides, lacks, odd_groups
from fairwitness.probes.fairness.group_fairness.rules import above, counted_of, counted_outcome, is_rule, matches
from fairwitness.probes.fairness.group_fairness.spelling import listed, no_outcome, spelled_alike, spells_missing

__all__ = ["MISSING", "Columns", "Frame", "Outcomes", "counted_outcome", "decide", "outcome"]


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of the table mean what; an empty name means that there is none.

    `features` describe a row, and are `sent` to a tabular model; `outcomes` are the values that labels and decisions
    may have, all where none is named.
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


class Frame:
    """The table, checked against the options: groups, true outcomes, weights by row. Raises BadOption, BadData.

    `persons` numbers the person of each row where some have several rows, else None; `strata` the stratum of each row.
    `requested` are all group columns; `coded` those that groups are made of, which leaves out one of too many values.
    `unmeasured` says of each group column that cannot be compared what is wrong with it and what to do.
    """

    def __init__(self, table: Table, columns: Columns) -> None:
        roles = {"label": columns.label, "text": columns.text, "weight": columns.weight, "id": columns.identity}
        roles["strata"] = columns.strata
        for role, name in (*(("group", name) for name in columns.groups), *roles.items()):
            _known(table, role, name)
        for name in columns.features:
            _known(table, "feature", name)
        if "" in columns.groups and "" not in table.columns:
            raise BadOption("group column '' has no name: write --group COLUMN")
        self.columns = columns
        self.table = table
        self.source = table.source.name
        self.rows = len(table)
        self.declared = frozenset(text for value in columns.outcomes if (text := outcome(value)) is not None)
        self.requested: Mapping[str, Coded] = {name: Coded.of(table.columns[name], group) for name in columns.groups}
        self.unmeasured = {name: why for name, column in self.requested.items() if (why := lacks(name, column))}
        self.coded = {name: column for name, column in self.requested.items() if divides(column)}
        self.groups: Mapping[str, tuple[str, ...]] = {
            name: tuple(text or MISSING for text in column.texts(MISSING)) for name, column in self.coded.items()
        }
        given = Coded.of(table.columns[columns.label], outcome) if columns.label else None
        self.truth = self.allowed(given or Coded((), np.full(self.rows, -1, dtype=np.int64)))
        self.labels = self.truth.texts(None) if columns.label else ()
        self.texts = _texts(table, columns.text) if columns.text else ()
        self.weights = _weights(table, columns.weight) if columns.weight else None
        self.notes = (
            *(f"{why[0].upper()}{why[1:]}: it is not measured." for why in self.unmeasured.values()),
            *odd_groups(self.coded),
            *self._missing_notes(),
            *self._odd_label_notes(given),
            *self._weight_notes(),
            *_repeated(table, columns.identity),
        )
        self.persons = _persons(table, columns.identity)
        layers = Coded.of(table.columns[columns.strata], group) if columns.strata else None
        self.strata = None if layers is None else layers.codes
        self.stratum_names = () if layers is None else layers.values

    @property
    def known_labels(self) -> list[str]:
        """True outcomes, missing ones left out."""
        return [label for label in self.labels if label is not None]

    @property
    def counting(self) -> Flags:
        """Rows that weigh anything: one of weight 0 stands for nobody."""
        return np.ones(self.rows, dtype=np.bool_) if self.weights is None else self.weights > 0

    def allowed(self, column: Coded) -> Coded:
        """The column without values that are not declared as outcomes."""
        return column.within(self.declared) if self.declared else column

    def told(self, decided: Collection[str]) -> Frame:
        """The same where labels that programs write for "missing" are no true outcome; `decided` are decisions.

        One that is a decision too, or that was declared as an outcome, stays one; so does what may be a class, such as
        "none": rows that truly have it would else never be errors.
        """
        kept = {value for value in self.truth.counts if not no_outcome(value)} | {*decided} | self.declared
        odd = self.truth.where(lambda value: value not in kept)
        doubtful = [one for one in self.truth.counts if spells_missing(one) and not no_outcome(one)]
        doubtful = [one for one in doubtful if one not in {*decided} | self.declared]
        if not odd.any() and not doubtful:
            return self
        frame = copy(self)
        where = f"{CHECK}label column {self.columns.label!r}:"
        if doubtful:
            told = f"{listed(doubtful)} may mean that there is no outcome; each counts as one."
            frame.notes = (*frame.notes, f"{where} {told} Leave the cells empty if they mean that.")
        if odd.any():
            what = example(odd, self.labels, "spell out that they have no value")
            frame.truth = self.truth.within(frozenset(kept))
            frame.labels = frame.truth.texts(None)
            frame.notes = (*frame.notes, f"{where} {what}; they count as rows without a true outcome.")
        return frame

    def requests(self) -> list[Request]:
        """One request a row: its text for a classifier, its cells for a tabular model, its number for a file."""
        if self.columns.text:
            return [Classify(text) for text in self.texts]
        if self.columns.sent:
            named = [[(name, cell) for cell in self.table.columns[name]] for name in self.columns.features]
            return [Predict(cells) for cells in zip(*named, strict=True)]
        return [Predict((("row", row),)) for row in range(self.rows)]

    def _missing_notes(self) -> list[str]:
        return [
            f"{missing} of {self.rows} rows have no value in group column {name!r}: they are a line of "
            "their own, (missing)."
            for name, column in self.coded.items()
            if (missing := column.counts.get(MISSING, 0))
        ]

    def _weight_notes(self) -> list[str]:
        if self.weights is None:
            return []
        return [
            f"Rows count by their weight in column {self.columns.weight!r}; the {self.rows} rows tell as much as "
            f"{effective_size(self.weights):.0f} that weigh the same, and intervals take them so."
        ]

    def _odd_label_notes(self, given: Coded | None) -> list[str]:
        if given is None or not (odd := given.known & ~self.truth.known).any():
            return []
        what = example(odd, given.texts(None), "are outside the declared outcomes")
        return [f"Label column {self.columns.label!r}: {what}; they count as rows without a true outcome."]


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """What was decided and what was true, row by row.

    `answered` rows have a decision; of these `labelled` rows have a true outcome. `selected` and `positive` say
    whether decision and true outcome are the counted one; `chosen` and `counted` say in words what that is.
    """

    answered: Flags
    labelled: Flags
    selected: Flags
    positive: Flags
    decisions: tuple[str, ...]
    scores: tuple[float | None, ...]
    chosen: str
    counted: str
    notes: tuple[str, ...]

    @property
    def has_labels(self) -> bool:
        """Whether any true outcome is known."""
        return bool(self.labelled.any())


def decisions(frame: Frame, answers: Sequence[Answer]) -> Coded:
    """The decision of each row, none where it was not answered. Raises DoesNotApply where no row was."""
    decided = frame.allowed(_coded(answers))
    if not decided.known.any():
        raise DoesNotApply("the model answered none of the rows")
    return decided


def odd_decisions(frame: Frame, answers: Sequence[Answer], *, classes: bool = False) -> list[str]:
    """Notes on decisions that are not among the declared outcomes, spell out no value, or differ in spelling alone.

    Of several `classes` one that spells out no value is told with them.
    """
    given = _coded(answers)
    notes = []
    if frame.declared:
        odd = given.known & ~frame.allowed(given).known
        if odd.any():
            what = example(odd, given.texts(None), "are outside the declared outcomes")
            notes.append(f"Decision: {what}; they are left out.")
    blank = [value for value in given.counts if spells_missing(value) and value not in frame.declared]
    if blank and not classes:
        notes.append(
            f"{CHECK}decisions: {listed(blank)} may mean that there is no decision; each counts as one. Leave the "
            "cells empty if they mean that."
        )
    names = are_names(frame.truth.counts) and are_names(given.counts)
    values = {**frame.truth.counts, **given.counts}
    notes += [
        f"{CHECK}outcomes: {clause}; each counts as an outcome. Spell them alike if they are one."
        for clause in spelled_alike(values, names=names)
    ]
    return notes


def _coded(answers: Sequence[Answer]) -> Coded:
    return Coded.of([_decision(answer) for answer in answers], outcome)


def decide(
    frame: Frame, answers: Sequence[Answer], *, favourable: str = "", threshold: float | None = None
) -> Outcomes:
    """Decisions from answers. Raises BadOption when the counted outcome cannot be found, BadData on odd cells."""
    decided = decisions(frame, answers)
    labels = Counter(frame.truth.counts)
    seen = Counter(decided.counts) if threshold is None else Counter()
    counted = counted_of(favourable, labels, seen)
    scores = tuple(_score(answer, counted) for answer in answers)
    if threshold is None:
        selected, chosen = matches("decision", counted, decided), f"the decision '{counted}'"
    else:
        values = np.array([math.nan if score is None else score for score in scores], dtype=np.float64)
        selected, chosen = above(threshold, decided, values)
    label = f"label {frame.columns.label!r}"
    return Outcomes(
        answered=decided.known,
        labelled=frame.truth.known & decided.known,
        selected=selected,
        positive=matches(label, counted, frame.truth) if labels else np.zeros(frame.rows, dtype=np.bool_),
        decisions=tuple(text or "" for text in decided.texts("")),
        scores=scores,
        chosen=chosen,
        counted=f"the outcome '{counted}'",
        notes=tuple(_notes(frame, decided, counted, labels, seen)),
    )


def _known(table: Table, role: str, name: str) -> None:
    if name and name not in table.columns:
        near, known = nearest(name, table.columns), listed_columns(table.columns)
        raise BadOption(f"{role} column {name!r} is not in the table{near} (columns: {known})")
    if name and table.repeats(name):
        raise BadData(f"{role} {twice_named(name)}")


def _texts(table: Table, column: str) -> tuple[str, ...]:
    cells = tuple("" if cell is None else str(cell) for cell in table.columns[column])
    empty = np.array([not cell.strip() for cell in cells], dtype=np.bool_)
    if empty.any():
        count = int(empty.sum())
        first = int(empty.argmax()) + 1
        raise BadData(f"column {column!r}: {count} of {len(cells)} rows have no text, for example row {first}")
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


def _repeated(table: Table, column: str) -> list[str]:
    """A note on rows that repeat the id of a row before them."""
    if not column:
        return []
    codes = Coded.of(table.columns[column], named).codes
    _, first, at = np.unique(codes, return_index=True, return_inverse=True)
    again = (first[at] != np.arange(len(codes))) & (codes >= 0)
    if not again.any():
        return []
    row = int(again.argmax())
    return [
        f"Id column {column!r}: {int(again.sum())} of {len(codes)} rows repeat an id, for example row {row + 1}, which "
        f"repeats that of row {int(first[at[row]]) + 1}. All are counted; rows of one id are taken as one person's, so "
        "intervals and the least sizes of groups stand on people."
    ]


def _persons(table: Table, column: str) -> Codes | None:
    """The number of the person of each row; a row without an id is a person of its own. None where no id repeats."""
    if not column:
        return None
    codes = Coded.of(table.columns[column], named).codes
    absent = codes < 0
    if len(np.unique(codes[~absent])) == int((~absent).sum()):
        return None
    alone = int(codes.max()) + 1 + np.arange(int(absent.sum()))
    persons = codes.copy()
    persons[absent] = alone
    return persons


def _decision(answer: Answer) -> str | None:
    if isinstance(answer, Prediction):
        return answer.label
    if isinstance(answer, ClassScores):
        return outcome(answer.labels[int(np.argmax(answer.logits))])
    return None


def _score(answer: Answer, counted: str) -> float | None:
    """Probability of the counted outcome, where the answer gives one."""
    if isinstance(answer, Prediction):
        return next((chance for name, chance in answer.scores if outcome(name) == counted), answer.score)
    if isinstance(answer, ClassScores):
        names = [outcome(label) for label in answer.labels]
        if counted not in names:
            return None
        logits = np.asarray(answer.logits, dtype=np.float64)
        weights = np.exp(logits - logits.max())
        at = names.index(counted)
        return float(weights[at] / weights.sum())
    return None


def _notes(frame: Frame, decided: Coded, counted: str, labels: Counter[str], seen: Counter[str]) -> list[str]:
    notes = []
    answered, known = int(decided.known.sum()), int(frame.truth.known.sum())
    if answered < frame.rows:
        notes.append(f"{frame.rows - answered} of {frame.rows} rows got no decision and are left out.")
    if not labels:
        notes.append("No column of true outcomes: only selection rates are measured.")
    elif known < frame.rows:
        notes.append(
            f"{frame.rows - known} of {frame.rows} rows have no true outcome: they count in selection rates alone."
        )
    strange = sorted(set(seen) - set(labels)) if labels and not is_rule(counted) else []
    if strange and set(strange) != set(seen):
        told = ", ".join(strange[:10]) if are_names(seen) else f"{len(strange)} different texts"
        notes.append(f"Decided but never a true outcome: {told}.")
    if len(set(labels) | set(seen)) > 2:
        notes.append(f"More than two outcomes: everything is measured as {counted!r} against the rest.")
    return notes
