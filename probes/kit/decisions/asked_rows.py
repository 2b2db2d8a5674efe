"""Rows of a table that a model is asked about one column at a time: drawn, changed, and asked once each."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fairwitness.audit.records import Cell, Table
from fairwitness.audit.requests import Answer, Predict, Prediction, Request
from fairwitness.probes.kit.decisions.categorical import Categorical, Codes, are_numbers, is_number, outcome, real
from fairwitness.probes.kit.decisions.counted import is_rule, matches
from fairwitness.probes.kit.decisions.options import DecisionOptions
from fairwitness.probes.kit.decisions.table import DecisionTable

LEAST_CHANCE = 1e-4
"""Probabilities nearer to 0 or 1 than this are taken as this, as where rows are explained."""

Row = tuple[Cell, ...]


def asked_table(full: Table, options: DecisionOptions, features: Sequence[str]) -> DecisionTable:
    """The table of the run whose `features` a model is sent. Raises BadOption where columns do not fit."""
    named = options.favourable_name
    roles = replace(options.common_roles, weight="", features=tuple(features), sent=True, favourable_name=named)
    return DecisionTable(full, roles)


def drawn(table: Table, most: int, seed: int, row: int | None = None) -> tuple[Table, Codes]:
    """At most so many rows, drawn with the seed and in the order of the table, and their places; `row` is among them.

    >>> from fairwitness.audit.records import DataSource
    >>> source = DataSource(name="t", source="memory", sha256="", licence="", rows=10)
    >>> ten = Table(source, {"a": tuple(range(10))})
    >>> drawn(ten, 3, seed=0)[0].columns["a"] == tuple(drawn(ten, 3, seed=0)[1])
    True
    """
    places = np.arange(len(table))
    if len(places) > most:
        places = np.random.default_rng(seed).permutation(places)[:most]
        if row is not None and row not in places:
            places[0] = row
        places = np.sort(places)
    columns = {name: tuple(cells[place] for place in places.tolist()) for name, cells in table.columns.items()}
    return Table(replace(table.source, rows=len(places)), columns), places


def ask_rows(requests: Sequence[Predict]) -> Generator[list[Request], list[Answer], list[Answer]]:
    """A round of a probe, used with `yield from`: each row once, answers in the order of the requests.

    1, 1.0 and true are equal, but need not mean the same to a model: rows are told apart by the types of cells too.
    """
    first: dict[tuple[Predict, tuple[type, ...]], int] = {}
    unique: list[Request] = []
    places = []
    for request in requests:
        key = request, tuple(cell.__class__ for _, cell in request.features)
        if key not in first:
            first[key] = len(unique)
            unique.append(request)
        places.append(first[key])
    answers = yield unique
    return [answers[place] for place in places]


def typical(cells: Sequence[Cell]) -> Cell:
    """A cell that stands for a column: the middle one of numbers, else the one that occurs most.

    >>> typical((3, 1, 2)), typical(("b", "a", "b")), typical((None, None, 4))
    (2, 'b', 4)
    """
    numbers = sorted(real(cell) for cell in cells if isinstance(cell, int | float) and not isinstance(cell, bool))
    if numbers and not any(isinstance(cell, str | bool) for cell in cells):
        middle = numbers[(len(numbers) - 1) // 2]
        return next(cell for cell in cells if isinstance(cell, int | float) and cell == middle)
    return Counter(cells).most_common(1)[0][0]


@dataclass(frozen=True, slots=True)
class Target:
    """What of a decision is looked at: whether it is one of `labels`, or without any the number that it is.

    `name` is what a reader calls it; `guessed` says that nobody named it.
    """

    labels: tuple[str, ...]
    name: str = ""
    guessed: bool = False

    def value(self, answer: Answer) -> float:
        """Log-odds of the labels where probabilities are given, else 1 or 0, or the number; NaN where there is none."""
        if not isinstance(answer, Prediction):
            return math.nan
        if not self.labels:
            return float(answer.label) if is_number(answer.label) else math.nan
        if not answer.scores:
            return float(answer.label in self.labels)
        chance = min(max(self.chance(answer), LEAST_CHANCE), 1 - LEAST_CHANCE)
        return math.log(chance / (1 - chance))

    def chance(self, answer: Prediction) -> float:
        """The probability of any of the labels."""
        return math.fsum(chance for name, chance in answer.scores if name in self.labels)


def target_of(answers: Sequence[Answer], favourable: str) -> Target:
    """What is looked at: the outcome that was named, a number where decisions are numbers, else a guessed class.

    Of two classes that is the second in the model's order, of more the one that is decided most.
    """
    given = [answer for answer in answers if isinstance(answer, Prediction)]
    names = list(dict.fromkeys([name for answer in given[:1] for name, _ in answer.scores]))
    decided = Counter(answer.label for answer in given)
    names += [name for name in sorted(decided) if name not in names]
    if favourable:
        wanted = outcome(favourable) or favourable
        if is_rule(favourable):
            hits = matches("decision", favourable, Categorical.of(names, outcome)).tolist()
            return Target(tuple(name for name, hit in zip(names, hits, strict=True) if hit), favourable.strip())
        return Target(tuple(name for name in names if outcome(name) == wanted), wanted)
    if not any(answer.scores for answer in given) and are_numbers(decided):
        return Target((), "")
    if len(names) == 2:
        return Target((names[1],), names[1], guessed=True)
    often = min(decided, key=lambda name: (-decided[name], name))
    return Target((often,), often, guessed=True)
