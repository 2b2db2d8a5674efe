"""The scores of BBQ over families of templates, in worlds of the sizes that a sample and the whole set have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.reliability import scoring_agreement, split_half
from fairwitness.probes.bias.bbq import scores
from fairwitness.probes.bias.bbq.intervals import of_category, overall
from fairwitness.probes.bias.bbq.scores import ScoreFunction, Tally
from worlds.behind.rows import Case, Draw, Rng, Row

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
                rows[:, scores.DISAMBIGUATED + part] += own
            rows[:, scores.DISAMBIGUATED + scores.BIASED] += right if sign > 0 else wrong
        rows[:, scores.NAMED] = rows[:, scores.DISAMBIGUATED + scores.KNOWN]
        return rows

    def _right(self, sign: int) -> float:
        """The share right of facts that fit the stereotype (1) or contradict it (-1), without a lean of families."""
        return float(_shifted(self.right, np.array(sign * self.against / 2)))

    def truth(self, statistic: ScoreFunction) -> float:
        """The score of endless questions of endless families."""
        row = np.zeros(scores.PARTS)
        named = _mean(self.named, self.spread)
        row[[scores.ASKED, scores.OPEN]] = 1
        row[scores.RIGHT], row[scores.KNOWN] = 1 - named, named
        row[scores.BIASED] = named * _mean(self.expected, self.spread)
        for first, sign in ((scores.FITTING, 1), (scores.CONTRARY, -1)):
            right = _mean(self._right(sign), self.spread * np.sqrt(1.25))
            row[first : first + 3] = 1, right, right + (1 - right) * self.wrong
            row[scores.DISAMBIGUATED + scores.BIASED] += right if sign > 0 else (1 - right) * self.wrong
        sides = row[scores.FITTING : scores.FITTING + 3] + row[scores.CONTRARY : scores.CONTRARY + 3]
        row[
            [
                scores.DISAMBIGUATED + scores.ASKED,
                scores.DISAMBIGUATED + scores.RIGHT,
                scores.DISAMBIGUATED + scores.KNOWN,
            ]
        ] = sides
        row[scores.NAMED] = row[scores.DISAMBIGUATED + scores.KNOWN]
        return float(statistic(row))


def _shifted(share: float, lean: Floats) -> Floats:
    found: Floats = 1 / (1 + (1 - share) / share * np.exp(-lean))
    return found


def _mean(share: float, spread: float) -> float:
    """The mean share where log-odds scatter by `spread` about those of `share`."""
    nodes, weights = NODES
    return float(weights @ _shifted(share, spread * nodes) / weights.sum())


@cache
def at(world: World, part: str, statistic: ScoreFunction, value: float) -> World:
    """The world of which `part` is such that the score has this value."""
    low, high = (0.0, 9.0) if part == "against" else (1e-6, 1 - 1e-6)
    rising = replace(world, **{part: high}).truth(statistic) > replace(world, **{part: low}).truth(statistic)
    for _ in range(60):
        middle = (low + high) / 2
        below = replace(world, **{part: middle}).truth(statistic) < value
        low, high = (middle, high) if below == rising else (low, middle)
    return replace(world, **{part: (low + high) / 2})


def drawn(world: World, statistic: ScoreFunction, sizes: Sequence[Sequence[int]], category: int | None = None) -> Draw:
    """The score over all, or that of one category."""

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        own = sizes if category is None else [sizes[category]]
        tally = world.tally(own, rng)
        found = overall(tally, statistic) if category is None else of_category(tally, statistic, "kind 0")
        return found, world.truth(statistic)

    return draw


JUST = 1.001
"""How far outside of a limit the truth lies, in units of it."""
Sizes = Sequence[Sequence[int]]


def edges(statistic: ScoreFunction, limit: float, sizes: Sizes, category: int | None = None) -> list[Case]:
    """Worlds without a lean, with one, and just outside of the limit, by few answers and by many."""
    if statistic is scores.s_amb:
        few, many = World(expected=0.98), World(named=min(0.9, 2 * limit + 0.2))
        outside = [at(few, "named", statistic, JUST * limit), at(many, "expected", statistic, JUST * limit)]
        others = [World(named=0.05), World(named=0.95, expected=0.7)]
    else:
        outside = [at(World(right=right), "against", statistic, JUST * limit) for right in (0.6, 0.8)]
        others = [World(right=0.1), World(right=0.95, against=1.5)]
    inside = [Case(f"{one}", drawn(one, statistic, sizes, category)) for one in others]
    return inside + [Case(f"at {limit}: {one}", drawn(one, statistic, sizes, category), edge=True) for one in outside]


def judged(
    name: str,
    statistic: ScoreFunction,
    situation: str,
    limit: float,
    sizes: Sizes,
    category: int | None = None,
    asked: float | None = 0.92,
) -> Row:
    """A score at its limit."""
    of = "mean of categories (MOVER)" if category is None else "a category"
    return Row(
        behind=(f"bbq/{name}",),
        estimator=f"{name}, {of}: score interval over families (jackknife)",
        situation=situation,
        cases=edges(statistic, limit, sizes, category),
        limit=("within", limit),
        asked=asked,
    )


SCORES: tuple[tuple[str, ScoreFunction], ...] = (("s_amb", scores.s_amb), ("s_dis", scores.s_dis))
SHARES: tuple[tuple[str, ScoreFunction], ...] = (
    ("accuracy_named", scores.accuracy_named),
    ("accuracy_disambiguated", scores.accuracy_disambiguated),
    ("accuracy_ambiguous", scores.accuracy_ambiguous),
    ("accuracy_difference", scores.accuracy_difference),
)
RATES = (
    World(right=0.1, named=0.95), World(right=0.5, named=0.5), World(right=0.95, named=0.05), World(against=1.5),
)  # fmt: skip


def accuracy(
    name: str, statistic: ScoreFunction, situation: str, sizes: Sizes, category: int | None, asked: float
) -> Row:
    """A share, or the difference of two, that no rule judges."""
    worlds = RATES if category is not None else RATES[1:3]
    of = "mean of categories (MOVER)" if category is None else "a category"
    return Row(
        behind=(f"bbq/{name}",),
        estimator=f"{name}, {of}: score interval over families (jackknife)",
        situation=situation,
        cases=[Case(f"{one}", drawn(one, statistic, sizes, category)) for one in worlds],
        asked=asked,
    )


def halves(spread: float) -> Draw:
    """The reliability of eleven categories of 23 families, whose scores differ by `spread` and families by 0.3."""

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        values = rng.normal(0, spread, (11, 1)) + rng.normal(0, 0.3, (11, 23))
        parts, items = np.indices(values.shape).reshape(2, -1)
        found = split_half(
            values.ravel().tolist(), parts.tolist(), [f"{a} {b}" for a, b in zip(parts, items, strict=True)], 0
        )
        return found, spread**2 / (spread**2 + 0.3**2 / 23)

    return draw


def scorings(correlation: float) -> Draw:
    """Two scorings of eleven categories."""

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        one, two = rng.normal(size=(2, 11))
        other = correlation * one + np.sqrt(1 - correlation**2) * two
        return scoring_agreement(dict(enumerate(one.tolist())), dict(enumerate(other.tolist()))), correlation

    return draw


OF_SAMPLE, OF_WHOLE = (
    "2,000 questions: eleven categories of 13 to 23 families",
    "the whole set: eleven of 13 to 30 families",
)
LEAN = "families lean by 0.8 (logit), in race and race by gender alike"
ROWS: tuple[Row, ...] = (
    *(judged(*one, f"{OF_SAMPLE}; {LEAN}", 0.1, SAMPLE, None, 0.93) for one in SCORES),
    *(judged(*one, f"{OF_WHOLE}; {LEAN}", 0.1, WHOLE, None, 0.93) for one in SCORES),
    *(
        judged(*one, f"23 families of 8 questions, at {limit}", limit, SAMPLE, 0)
        for limit in (0.1, 0.4)
        for one in SCORES
    ),
    *(
        judged(*one, f"13 families of 8 and 16 questions, at {limit}", limit, SAMPLE, 10)
        for limit in (0.1, 0.4)
        for one in SCORES
    ),
    *(
        judged(*one, f"25 families of 32 to 336 questions, at {limit}", limit, WHOLE, 0)
        for limit in (0.1, 0.4)
        for one in SCORES
    ),
    *(
        judged(*one, f"25 families of 48 to 480 questions, at {limit}", limit, WHOLE, 7, None)
        for limit in (0.1, 0.4)
        for one in SCORES
    ),
    Row(
        behind=("bbq/s_amb",),
        estimator="s_amb, a category: score interval over families (jackknife)",
        situation="60 families of 8 questions, of which 2 or 5 % name a person",
        cases=[
            Case(f"{one}", drawn(one, scores.s_amb, MANY, 0))
            for one in (World(named=0.02), World(named=0.05, expected=0.9), World(named=0.02, expected=0.98))
        ],
        asked=0.92,
    ),
    *(accuracy(*one, f"{OF_SAMPLE}; rates 0.05 to 0.95", SAMPLE, None, 0.93) for one in SHARES),
    *(accuracy(*one, "23 families of 8 questions; rates 0.05 to 0.95", SAMPLE, 0, 0.92) for one in SHARES),
    Row(
        behind=("bbq/split_half_reliability",),
        estimator="split halves, Fisher z, Spearman-Brown",
        situation="eleven categories of 23 families, true reliability 0.5 to 0.97",
        cases=[Case(f"{spread}", halves(spread)) for spread in (0.0626, 0.15, 0.35)],
        asked=0.92,
    ),
    Row(
        behind=("bbq/scoring_agreement",),
        estimator="correlation of two scorings, Fisher z",
        situation="eleven categories, correlation 0, 0.5 and 0.9",
        cases=[Case(f"{one}", scorings(one)) for one in (0.0, 0.5, 0.9)],
        asked=0.92,
        worlds=10_000,
    ),
)
