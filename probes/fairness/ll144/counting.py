"""The three tables of the rule as numbers: persons, hits, rates and impact ratios by category."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairwitness.audit.stats.unanswered import Ends
from fairwitness.probes.fairness.ll144.categories import HISPANIC, NOT_HISPANIC, WORDS, Categorised
from fairwitness.probes.fairness.ll144.persons import Counted

SMALL = 0.02
"""Share of the data below which a category may be left out of the impact ratios."""


@dataclass(frozen=True, slots=True)
class Line:
    """One category: persons assessed, and how many of them count (selected, or scored above the median).

    `sex` or `race` is empty where the table does not have it. `excluded`: left out of the impact ratios as too small.
    `unassessed` persons of it were not assessed; `ends` are those of its rate had everybody been, None where all were.
    """

    sex: str
    race: str
    persons: int
    hits: int
    excluded: bool
    unassessed: int = 0
    ends: Ends | None = None

    @property
    def rate(self) -> float | None:
        """Hits over persons; None without persons."""
        return self.hits / self.persons if self.persons else None

    @property
    def compared(self) -> bool:
        """Whether it has an impact ratio."""
        return self.persons > 0 and not self.excluded

    @property
    def by(self) -> dict[str, str]:
        """The category as labels of a metric."""
        return {key: name for key, name in (("sex", self.sex), ("race", self.race)) if name}

    @property
    def name(self) -> str:
        """The category in words."""
        return " × ".join(self.by.values())

    @property
    def ethnicity(self) -> str:
        """The heading under which the rule puts a crossing."""
        return HISPANIC if self.race == HISPANIC else NOT_HISPANIC


@dataclass(frozen=True, slots=True)
class Tally:
    """One table of the rule. `unknown` persons were assessed and are in none of its categories."""

    id: str
    title: str
    lines: tuple[Line, ...]
    unknown: int

    @property
    def compared(self) -> list[Line]:
        """Categories that have an impact ratio."""
        return [line for line in self.lines if line.compared]

    @property
    def silent(self) -> list[Line]:
        """Categories of which nobody was assessed."""
        return [line for line in self.lines if line.unassessed and not line.persons]

    @property
    def highest(self) -> Line | None:
        """The category with the highest rate, the first of equals; None where every rate is 0 or there are none."""
        best = max(self.compared, key=lambda line: line.rate or 0.0, default=None)
        return best if best is not None and best.hits else None

    def ratio(self, line: Line) -> float | None:
        """The impact ratio: a rate over the highest rate of the table."""
        if self.highest is None or not self.highest.rate or line.rate is None or not line.compared:
            return None
        return line.rate / self.highest.rate

    def ends(self, line: Line) -> Ends | None:
        """Of its impact ratio, had everybody been assessed; None where all were.

        The category with the highest rate has no ratio of its own and could have come last: the lower end is no higher
        than what its ratio could have been.
        """
        ends = {each: each.ends for each in (*self.compared, *self.silent) if each.ends is not None}
        if self.highest is None or line not in ends or self.highest not in ends:
            return None
        lows = []
        for each in (line, self.highest):
            most = max(high for other, (_, high) in ends.items() if other is not each)
            lows.append(min(1.0, ends[each][0] / most) if most else 1.0)
        least = max(low for other, (low, _) in ends.items() if other is not line)
        return min(lows), min(1.0, ends[line][1] / least) if least else 1.0


def tallies(sex: Categorised | None, race: Categorised | None, counted: Counted, *, exclude: bool) -> list[Tally]:
    """Sex, race or ethnicity, and the crossing of both, as far as the columns are there."""
    made = []
    if sex is not None:
        made.append(_tally("sex", sex, None, counted, exclude=exclude))
    if race is not None:
        made.append(_tally("race", None, race, counted, exclude=exclude))
    if sex is not None and race is not None:
        made.append(_tally("intersection", sex, race, counted, exclude=exclude))
    return made


def _tally(key: str, sex: Categorised | None, race: Categorised | None, counted: Counted, *, exclude: bool) -> Tally:
    sexes, races = sex.names if sex else ("",), race.names if race else ("",)
    assessed = counted.assessed
    everybody = np.zeros(len(assessed), dtype=np.int64)
    sex_codes, race_codes = (everybody if column is None else column.codes for column in (sex, race))
    # the rule lists Hispanic or Latino persons first, then all others, and within both race by sex
    order = [(s, r) for s in range(len(sexes)) for r in range(len(races))]
    if sex and race:
        order.sort(key=lambda pair: races[pair[1]] != HISPANIC)
    placed = (sex_codes >= 0) & (race_codes >= 0)
    cells = sex_codes * len(races) + race_codes
    kinds = assessed, counted.hit, ~assessed, counted.surely, counted.perhaps
    tables = np.stack([np.bincount(cells[placed & which], minlength=len(order)) for which in kinds], axis=1)
    total = int(assessed.sum())
    lines = []
    for s, r in order:
        persons, hits, unassessed, surely, perhaps = tables[s * len(races) + r].tolist()
        ends = None
        if persons + unassessed and not assessed.all():
            ends = surely / (persons + unassessed), (perhaps + unassessed) / (persons + unassessed)
        small = exclude and 0 < persons < SMALL * total
        lines.append(Line(sexes[s], races[r], persons, hits, small, unassessed, ends))
    return Tally(key, WORDS(f"tally.{key}"), tuple(lines), total - int((placed & assessed).sum()))
