"""What sets pictures of two groups apart in a model's scores for texts: an association, and shares among the first.

Both count pictures and texts as drawn by chance: other pictures of the groups and other texts would give other numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fairwitness.audit.records import Estimate
from fairwitness.audit.stats.levels import estimate, t_quantile

Floats = npt.NDArray[np.float64]
LEAST = 4
"""Fewest pictures of a group, and texts of a set, that have an interval."""


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Scores [x + y pictures, a + b texts]; the first `x` rows are of one group, the first `a` columns of one set."""

    values: Floats
    x: int
    a: int

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        """Pictures of both groups, texts of both sets."""
        rows, columns = self.values.shape
        return self.x, rows - self.x, self.a, columns - self.a

    @property
    def of_pictures(self) -> Floats:
        """Of each picture the mean score of the first texts less that of the second."""
        means: Floats = self.values[:, : self.a].mean(axis=1) - self.values[:, self.a :].mean(axis=1)
        return means

    @property
    def of_texts(self) -> Floats:
        """Of each text the mean score for the first group less that for the second."""
        means: Floats = self.values[: self.x].mean(axis=0) - self.values[self.x :].mean(axis=0)
        return means


def association(scores: Scores) -> Estimate | None:
    """The effect size of Caliskan et al. 2017 with pictures as targets (Steed & Caliskan 2021), and its interval.

    s(p) is the mean score of a picture for the texts of set A less that for those of set B, and the effect the mean of
    s over group X less that over group Y, in standard deviations of s over all pictures (ddof = 1). Scores may have any
    scale and offset. The effect is a rising function of the difference in standard deviations within groups, whose t
    interval has the variance over pictures and that over texts (Cameron, Gelbach & Miller 2011, without the term that
    is counted twice, so that it is rather too wide), with the degrees of freedom of Welch and Satterthwaite. None where
    no picture differs from another. Raises ValueError below four pictures of a group or texts of a set.
    """
    if min(scores.sizes) < LEAST:
        raise ValueError(f"{scores.sizes}: fewer than {LEAST} pictures of a group or texts of a set")
    s, x = scores.of_pictures, scores.x
    n, y = len(s), len(s) - x
    within = ((s[:x] - s[:x].mean()) ** 2).sum() + ((s[x:] - s[x:].mean()) ** 2).sum()
    spread = math.sqrt(within / (n - 2))
    scale = float(np.abs(scores.values).max()) or 1.0
    if spread <= 1e-12 * scale:
        return None
    texts, a = scores.of_texts, scores.a
    parts = [
        (float(values.var(ddof=1)) / len(values), len(values) - 1) for values in (s[:x], s[x:], texts[:a], texts[a:])
    ]
    delta = float(s[:x].mean() - s[x:].mean()) / spread
    variance = sum(part for part, _ in parts) / spread**2 + delta**2 / (2 * (n - 2))
    df = _welch([(part / spread**2, degrees) for part, degrees in parts])
    error = math.sqrt(variance)

    def effect(value: float) -> float:
        return value / math.sqrt((n - 2 + x * y / n * value**2) / (n - 1))

    def limits(level: float) -> tuple[float, float]:
        wide = t_quantile(level, df) * error
        return effect(delta - wide), effect(delta + wide)

    return estimate(effect(delta), limits, n=n, method="t, over pictures and texts")


def _welch(parts: list[tuple[float, int]]) -> float:
    """Degrees of freedom of a sum of variances (Satterthwaite 1946); at least those of the smallest part."""
    total = sum(part for part, _ in parts)
    spent = sum(part**2 / degrees for part, degrees in parts)
    return max(total**2 / spent if spent > 0 else 0.0, float(min(degrees for _, degrees in parts)))


def first_shares(values: Floats, k: int) -> Floats:
    """Of each query [queries, pictures] what each picture has of the first `k` places; pictures that tie share them.

    Each row sums to 1.
    """
    shares = np.zeros_like(values)
    for row, scores in enumerate(values):
        ordered = np.sort(scores)[::-1]
        last = ordered[k - 1]
        above = scores > last
        tied = scores == last
        shares[row, above] = 1.0
        shares[row, tied] = (k - above.sum()) / tied.sum()
    return shares / k


def share_gap(places: Floats, members: npt.NDArray[np.bool_]) -> Estimate | None:
    """The share of a group among the first pictures, over all queries, less its share of all pictures.

    `places` are those of `first_shares`. Pictures and queries are chance: the variance is the larger of that of the
    group spread over the pictures at random, the places being what they are, and of that between queries; t limits
    with as many degrees of freedom as pictures share the places, less one. None where the group has no picture or all.
    """
    queries, pictures = places.shape
    p = float(members.mean())
    if not 0 < p < 1 or pictures < 2:
        return None
    weights = places.mean(axis=0)
    concentration = float((weights**2).sum())
    by_chance = p * (1 - p) * pictures / (pictures - 1) * max(concentration - 1 / pictures, 0.0)
    by_query = places[:, members].sum(axis=1)
    between = float(by_query.var(ddof=1)) / queries if queries > 1 else 0.0
    value = float(by_query.mean()) - p
    error = math.sqrt(max(by_chance, between))
    df = max(1 / concentration - 1, 1.0)

    def limits(level: float) -> tuple[float, float]:
        wide = t_quantile(level, df) * error
        return value - wide, value + wide

    return estimate(value, limits, n=pictures, method="t, over pictures and queries", bounds=(-p, 1 - p))


def skew_of(gap: Estimate, p: float, least: float) -> Estimate:
    """Ln of the share among the first over the share of all (Geyik, Ambler & Kenthapadi 2019, eq. 2), from its gap.

    A share below `least` stands as that: the logarithm of none has no value.
    """

    def skew(value: float) -> float:
        return math.log(max(p + value, least) / p)

    def limits(level: float) -> tuple[float, float]:
        interval = gap.at(level)
        if interval is None:
            raise ValueError(f"no interval at level {level}")
        return skew(interval.low), skew(interval.high)

    return estimate(skew(gap.value), limits, n=gap.n, method=gap.method)


def max_skews(places: Floats, groups: npt.NDArray[np.int64]) -> Floats:
    """MaxSkew of each query: the largest of the skews of the groups, numbered from 0 (Geyik et al. 2019, def. 3)."""
    members = np.eye(int(groups.max()) + 1)[groups]
    ratios = (places @ members) / members.mean(axis=0)
    largest: Floats = np.log(ratios.max(axis=1))
    return largest


@dataclass(frozen=True, slots=True)
class Chance:
    """What a random order of the groups gives: the mean, and what one in twenty exceeds; `p_value` of what was seen."""

    mean: float
    reach: float
    p_value: float


def max_skew_chance(places: Floats, groups: npt.NDArray[np.int64], seed: int, draws: int = 999) -> Chance:
    """The mean MaxSkew over queries where the groups are spread over the pictures at random, the places as they are.

    p = (reached + 1) / (draws + 1) (Phipson & Smyth 2010).
    """
    rng = np.random.default_rng(seed)
    seen = float(max_skews(places, groups).mean())
    drawn = np.array([float(max_skews(places, rng.permutation(groups)).mean()) for _ in range(draws)])
    reached = int((drawn >= seen - 1e-12).sum())
    return Chance(float(drawn.mean()), float(np.quantile(drawn, 0.95)), (reached + 1) / (draws + 1))
