"""The scores of BBQ over families of templates, in worlds of the sizes that a sample and the whole set have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from assay.audit.records import Estimate, Undefined
from assay.probes.bbq import scores
from assay.probes.bbq.intervals import of_category, overall
from assay.probes.bbq.scores import Statistic, Tally
from worlds.behind.rows import Case, Draw, Limit, Row, Rng

Floats = npt.NDArray[np.float64]
RACE, RACE_BY_GENDER = 4, 5
"""The two categories that tell four stories in common."""
SAMPLE: tuple[tuple[int, ...], ...] = ((8,) * 23,) * 7 + ((8,) * 22,) * 3 + ((16,) * 10 + (8,) * 3,)
"""Questions of each family of each category, of 2,000: one category has 13 families in 26 templates."""
WHOLE: tuple[tuple[int, ...], ...] = (
    (32,) * 3 + (72,) * 4 + (96,) * 4 + (128,) * 4 + (160,) * 3 + (200,) * 2 + (280,) * 3 + (336,) * 2,
    (8, 12, 16, 16) + (32,) * 5 + (48,) * 7 + (64,) + (72,) * 4 + (120, 128, 168, 240),
    (40,) * 11 + (120,) * 2 + (200,) * 12,
    (8, 16) + (32,) * 8 + (48,) + (72,) * 9 + (80, 96, 96, 128, 200),
    (120,) * 10 + (280,) * 20,
    (240,) * 6 + (480,) * 9 + (1200,) * 9,
    (40,) * 22 + (80, 120, 120),
    (48,) * 10 + (72,) * 2 + (480,) * 13,
    (32,) * 21 + (48,) * 4,
    (72, 128) + (200,) * 21 + (400,) * 6,
    (240,) * 3 + (480,) + (960,) * 2 + (1200,) * 7,
)
MANY: tuple[tuple[int, ...], ...] = ((8,) * 60,)
NODES = np.polynomial.hermite_e.hermegauss(60)


@dataclass(frozen=True, slots=True)
class World:
    """What answers are like; families lean by `spread` on the logit scale, in all categories that tell them.

    Of unclear questions `named` are answered with a person, of whom `expected` are the one of the stereotype; of clear
    ones `right` rightly, of the others a person in `wrong`, and those whose facts contradict the stereotype have
    log-odds of being right that are lower by `against`.
    """

    named: float = 0.3
    expected: float = 0.5
    right: float = 0.8
    wrong: float = 0.6
    against: float = 0.0
    spread: float = 0.8

    def tally(self, sizes: Sequence[Sequence[int]], rng: Rng) -> Tally:
        """The counts of one world; `sizes` are questions by category and family, a half of them unclear."""
        tally, shared = Tally(), rng.normal(0, self.spread, (4, 4))
        for category, own in enumerate(sizes):
            lean = rng.normal(0, self.spread, (4, len(own)))
            names = [f"{category} {family}" for family in range(len(own))]
            if category in (RACE, RACE_BY_GENDER) and len(sizes) > 1:
                lean[:, :4], names[:4] = shared, [f"shared {family}" for family in range(4)]
            for family, row in zip(names, self._counts(np.array(own), lean, rng), strict=True):
                tally.clusters[f"kind {category}", family] = row
        return tally

    def _counts(self, sizes: npt.NDArray[np.int64], lean: Floats, rng: Rng) -> Floats:
        rows = np.zeros((len(sizes), scores.PARTS))
        half, quarter = sizes // 2, sizes // 4
        named = rng.binomial(half, _shifted(self.named, lean[0]))
        expected = rng.binomial(named, _shifted(self.expected, lean[1]))
        rows[:, [scores.ASKED, scores.OPEN]] = half[:, None]
        rows[:, scores.RIGHT], rows[:, scores.KNOWN], rows[:, scores.BIASED] = half - named, named, expected
        for first, sign in ((scores.FITTING, 1), (scores.CONTRARY, -1)):
            right = rng.binomial(quarter, _shifted(self._right(sign), lean[2] + sign * lean[3] / 2))
            wrong = rng.binomial(quarter - right, self.wrong)
            rows[:, first : first + 3] = np.stack([quarter, right, right + wrong], axis=1)
            for part, own in ((scores.ASKED, quarter), (scores.RIGHT, right), (scores.KNOWN, right + wrong)):
                rows[:, scores.CLEAR + part] += own
            rows[:, scores.CLEAR + scores.BIASED] += right if sign > 0 else wrong
        rows[:, scores.NAMED] = rows[:, scores.CLEAR + scores.KNOWN]
        return rows

    def _right(self, sign: int) -> float:
        """The share right of the facts that fit the stereotype (1) or contradict it (-1), without a lean of families."""
        return float(_shifted(self.right, np.array(sign * self.against / 2)))

    def truth(self, statistic: Statistic) -> float:
        """The score of endless questions of endless families."""
        row = np.zeros(scores.PARTS)
        named = _mean(self.named, self.spread)
        row[[scores.ASKED, scores.OPEN]] = 1
        row[scores.RIGHT], row[scores.KNOWN] = 1 - named, named
        row[scores.BIASED] = named * _mean(self.expected, self.spread)
        for first, sign in ((scores.FITTING, 1), (scores.CONTRARY, -1)):
            right = _mean(self._right(sign), self.spread * np.sqrt(1.25))
            row[first : first + 3] = 1, right, right + (1 - right) * self.wrong
            row[scores.CLEAR + scores.BIASED] += right if sign > 0 else (1 - right) * self.wrong
        sides = row[scores.FITTING : scores.FITTING + 3] + row[scores.CONTRARY : scores.CONTRARY + 3]
        row[[scores.CLEAR + scores.ASKED, scores.CLEAR + scores.RIGHT, scores.CLEAR + scores.KNOWN]] = sides
        row[scores.NAMED] = row[scores.CLEAR + scores.KNOWN]
        return float(statistic(row))


def _shifted(share: float, lean: Floats) -> Floats:
    found: Floats = 1 / (1 + (1 - share) / share * np.exp(-lean))
    return found


def _mean(share: float, spread: float) -> float:
    """The mean share where log-odds scatter by `spread` about those of `share`."""
    nodes, weights = NODES
    return float(weights @ _shifted(share, spread * nodes) / weights.sum())


@cache
def at(world: World, part: str, statistic: Statistic, value: float) -> World:
    """The world of which `part` is such that the score has this value."""
    low, high = (0.0, 9.0) if part == "against" else (1e-6, 1 - 1e-6)
    rising = replace(world, **{part: high}).truth(statistic) > replace(world, **{part: low}).truth(statistic)
    for _ in range(60):
        middle = (low + high) / 2
        below = replace(world, **{part: middle}).truth(statistic) < value
        low, high = (middle, high) if below == rising else (low, middle)
    return replace(world, **{part: (low + high) / 2})


def drawn(world: World, statistic: Statistic, sizes: Sequence[Sequence[int]], category: int | None = None) -> Draw:
    """The score over all, or that of one category."""

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        own = sizes if category is None else [sizes[category]]
        tally = world.tally(own, rng)
        found = overall(tally, statistic) if category is None else of_category(tally, statistic, "kind 0")
        return found, world.truth(statistic)

    return draw


ALWAYS = World(expected=0.999, spread=0.8)
JUST = 1.001
Cases = Callable[[Statistic, float], list[Case]]


def edges(statistic: Statistic, limit: float, sizes: Sequence[Sequence[int]], category: int | None = None) -> list[Case]:
    """Worlds without a lean, with one, and just outside of the limit, by few answers and by many."""
    if statistic is scores.s_amb:
        few, many = World(expected=0.98), World(named=min(0.9, 2 * limit + 0.2))
        outside = [at(few, "named", statistic, JUST * limit), at(many, "expected", statistic, JUST * limit)]
        others = [World(named=named) for named in (0.05, 0.3, 0.95)] + [World(named=0.5, expected=0.8)]
    else:
        outside = [at(World(right=right), "against", statistic, JUST * limit) for right in (0.6, 0.8)]
        others = [World(right=right) for right in (0.1, 0.5, 0.95)] + [World(right=0.7, against=1.5)]
    inside = [Case(f"{one}", drawn(one, statistic, sizes, category)) for one in others]
    return inside + [Case(f"at {limit}: {one}", drawn(one, statistic, sizes, category), edge=True) for one in outside]


def row(behind: str, statistic: Statistic, situation: str, cases: list[Case], **more: object) -> Row:
    """One line of the page."""
    estimator = "score interval over families (jackknife), mean of categories (MOVER)"
    return Row(behind=(f"bbq/{behind}",), estimator=f"{behind}: {estimator}", situation=situation, cases=cases, **more)  # type: ignore[arg-type]


ROWS: tuple[Row, ...] = ()
