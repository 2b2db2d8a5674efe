"""Rows by the groups of one column, shares counted in them, and how far these lie from that of the reference group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.reasons import cause
from fairwitness.audit.records import Estimate, Metric, Name, Undefined
from fairwitness.probes.kit.decisions.categorical import MISSING, Codes, Flags, Floats
from fairwitness.probes.kit.decisions.naming import ROWS, Naming, capital
from fairwitness.probes.kit.decisions.table import DecisionTable
from fairwitness.probes.kit.measures import Measure
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
UNIT = "share"
MEASURE = partial(Measure, words=WORDS, unit=UNIT, tags=("representation",), evidence=("groups",))
NO_WEIGHT = WORDS.undefined("reason.no_weight", "no_units")


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """One group column: row r is in `groups[codes[r]]`, in no group where the code is -1. The largest group first.

    `reference` is the place of the group that others are compared with; none where no row has a value.
    """

    column: str
    groups: tuple[str, ...]
    codes: Codes
    reference: int | None
    naming: Naming = ROWS

    @property
    def known(self) -> Flags:
        """Whether each row has a group."""
        return self.codes >= 0

    @property
    def sizes(self) -> list[int]:
        """Rows of each group."""
        return [int(count) for count in np.bincount(self.codes[self.known], minlength=len(self.groups))]

    def words(self, place: int) -> str:
        """The rows of a group."""
        return self.naming.group({self.column: self.groups[place]})

    def differences(
        self,
        measure: Measure,
        estimates: Mapping[int, Estimate | Undefined],
        variant: Mapping[str, str],
        **words: object,
    ) -> Iterator[Metric]:
        """The contrasts of a share with the reference group."""
        reference = self.reference or 0
        for place, estimate in estimates.items():
            who = self.words(place)
            names: dict[str, Any] = {"who": who, "Who": capital(who), "other": self.words(reference), **words}
            by, against = {self.column: self.groups[place]}, self.groups[reference]
            yield measure.metric(estimate, by=by, against=against, variant=variant, **names)


def grouping(table: DecisionTable, column: str, named: Mapping[str, str]) -> Grouping:
    """The groups of a column; `named` are the reference groups by column."""
    values = table.coded[column]
    counts = {name: count for name, count in values.counts.items() if name != MISSING}
    groups = sorted(counts, key=lambda name: (-counts[name], name))
    places = [groups.index(name) if name in counts else -1 for name in values.values]
    codes = np.array([*places, -1], dtype=np.int64)[values.codes]
    reference = groups.index(named[column]) if named.get(column) in counts else 0 if groups else None
    return Grouping(column, tuple(groups), codes, reference, table.naming)


def shares(hits: Flags, codes: Codes, groups: int, weights: Floats | None) -> tuple[Floats, Floats]:
    """Hits and rows of each group; rows with a code below 0 are left out.

    With weights both are effective counts, which keep the weighted share and the standard error of so many rows.
    """

    def sums(rows: Flags, power: int) -> Floats:
        each = None if weights is None else weights[rows] ** power
        return np.bincount(codes[rows], each, minlength=groups).astype(np.float64)

    inside = codes >= 0
    both = inside & hits
    if weights is None:
        return sums(both, 1), sums(inside, 1)
    return stats.effective_counts(sums(both, 1), sums(inside, 1), sums(both, 2), sums(inside, 2))


def contrasts(
    grouping: Grouping, rows: Sequence[int], hits: Floats, n: Floats, least: int
) -> dict[int, Estimate | Undefined]:
    """Share of each group less that of the reference, all at once; undefined where either has too few rows."""
    reference = grouping.reference
    if reference is None or len(grouping.groups) < 2:
        return {}
    problems: dict[int, Undefined] = {}
    for place, size in enumerate(rows):
        if size < least:
            problems[place] = WORDS.undefined(
                "reason.few", "few_units", rows=size, needed=least, units=grouping.naming.units
            )
        elif not n[place]:
            problems[place] = NO_WEIGHT
    others = [place for place in range(len(rows)) if place != reference]
    if reference in problems:
        name, problem = grouping.groups[reference], cause(problems[reference].reason)
        why = WORDS.undefined("reason.reference", "no_reference", group=Name(name), problem=problem)
        return dict.fromkeys(others, why)
    known = [place for place in range(len(rows)) if place not in problems]
    counts = [hits[place] for place in known], [n[place] for place in known]
    estimates = iter(stats.rate_contrasts(*counts, known.index(reference)))
    contrasted: dict[int, Estimate | Undefined] = {}
    for place in others:
        contrasted[place] = problems[place] if place in problems else next(estimates)
    return contrasted
