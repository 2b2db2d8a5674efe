"""Worlds of scores, numbers, strata and wrong labels, as the probe of decisions measures them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
from decision_tables import counted

from fairwitness.audit import metrics, stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.decisions.calibration import calibration_error
from fairwitness.audit.stats.decisions.scored import Scored
from fairwitness.audit.stats.decisions.strata import Rows, disparity, large
from fairwitness.probes.fairness.group_fairness import multicalibration, noise
from fairwitness.probes.fairness.group_fairness.compounds import COMPOUNDS, largest
from fairwitness.probes.fairness.group_fairness.numbers import SUMMARIES
from fairwitness.probes.fairness.group_fairness.score_metrics import auc_of, roc_distance, slope_estimate
from fairwitness.probes.kit.decisions.counts import GroupCounts
from fairwitness.probes.kit.decisions.partition import RATE, Partition
from worlds.decided import names

Rng = np.random.Generator
World = tuple[Estimate | Undefined, float]
Floats = npt.NDArray[np.float64]
CELLS = ("tn", "fp", "fn", "tp")
NORMAL = NormalDist()


def cells(base: float, true: float, false: float) -> list[float]:
    """Shares of tn, fp, fn and tp."""
    return [(1 - base) * (1 - false), (1 - base) * false, base * (1 - true), base * true]


def judged(rng: Rng, shares: Sequence[Sequence[float]], size: int) -> Partition:
    """Groups of so many rows, drawn by shares of their cells."""
    pairs = zip(names(len(shares)), shares, strict=True)
    groups: dict[tuple[str, ...], GroupCounts] = {
        name: counted(*rng.multinomial(size, own).tolist()) for name, own in pairs
    }
    return Partition(columns=("g",), groups=groups, reference=("g0",))


def wrong_labels(rng: Rng, one: Sequence[float], other: Sequence[float], size: int, rate: str) -> World:
    """How many wrong labels could make the rates of two groups equal."""
    bounds = noise.BOUNDS[rate]
    part = judged(rng, (one, other), size)
    for group in part.groups:
        if isinstance(found := part.statistic(RATE[rate], group), Undefined):
            return found, math.nan
    truth = metrics.wrong_labels_to_equal(other, one, bounds)
    return noise.wrong_labels(*(noise.reach(part, group, bounds) for group in part.groups)), truth


def within_strata(rng: Rng, rows: int, strata: int, effect: float, rate: float, people: int = 0) -> World:
    """Strata that differ in who is there and in how many are selected; the effect is on the logit of the group.

    The truth is the disparity of the chances of these rows, decision by decision. With `people`, rows of one person
    (of one stratum) are decided alike 7 times in 10.
    """
    layer = rng.integers(0, strata, rows)
    inside = rng.random(rows) < np.linspace(0.2, 0.8, strata)[layer]
    logit = math.log(rate / (1 - rate)) + np.linspace(-1, 1, strata)[layer] + effect * inside
    chance = 1 / (1 + np.exp(-logit))
    persons = None
    draw = rng.random(rows)
    if people:
        persons = (np.arange(rows) % people).astype(np.int64)
        layer, inside, chance = layer[persons], inside[persons], chance[persons]
        draw = np.where(rng.random(rows) < 0.7, draw[persons], draw)
    own = Rows(layer, inside, draw < chance, persons=persons)
    looked = large(own)[own.strata]
    layer, inside, chance = layer[looked], inside[looked], chance[looked]
    tables = np.zeros((strata, 2, 2))
    for decision, weights in enumerate((1 - chance, chance)):
        counted = np.bincount(2 * layer + inside.astype(np.int64), weights=weights, minlength=2 * strata)
        tables[:, :, decision] = counted.reshape(strata, 2)
    return disparity(own), metrics.conditional_demographic_disparity(tables)


def multicalibrated(rng: Rng, rows: int, groups: int, shift: float, persons: int = 0) -> World:
    """Scores of groups of which the last is off by `shift` where they are above a half; the truth is of these rows."""
    codes = rng.integers(0, groups, rows)
    scores = rng.beta(1.5, 1.5, rows)
    own = None
    draw = rng.random(rows)
    if persons:
        own = (np.arange(rows) % persons).astype(np.int64)
        codes, scores = codes[own], scores[own]
        draw = np.where(rng.random(rows) < 0.7, draw[own], draw)
    chance = np.clip(scores - shift * ((codes == groups - 1) & (scores > 0.5)), 0, 1)
    found = multicalibration.errors(Scored(scores, draw < chance, own), codes, names(groups), 30)
    places = codes * 10 + np.minimum((scores * 10).astype(int), 9)
    off, size = np.bincount(places, weights=chance - scores), np.bincount(places)
    looked = [int(one.group[0][1:]) * 10 + one.bin for one in found]
    truth = float(np.abs(off[looked] / size[looked]).max()) if looked else 0.0
    return multicalibration.largest_error(found), truth


def scored(rng: Rng, rows: int, people: int = 0, power: float = 1.0) -> tuple[Scored, Floats]:
    """Probabilities and outcomes; they come true as often as they say to the given power. And their true chances.

    With `people`, rows of one person have like scores and outcomes.
    """
    persons = None
    shared, own = np.zeros(rows), rng.normal(size=rows)
    draw = rng.normal(size=rows)
    if people:
        persons = (np.arange(rows) % people).astype(np.int64)
        shared, own = rng.normal(size=people)[persons], 0.6 * own
        draw = math.sqrt(0.5) * rng.normal(size=people)[persons] + math.sqrt(0.5) * draw
    scores = 1 / (1 + np.exp(-(shared + own)))
    chance = scores**power
    hit = np.array([NORMAL.cdf(one) for one in draw.tolist()]) < chance
    return Scored(scores, hit, persons), chance


def error(rng: Rng, rows: int, people: int = 0, power: float = 1.0) -> World:
    """The expected calibration error of these scores."""
    group, chance = scored(rng, rows, people, power)
    places = np.minimum((group.scores * 10).astype(int), 9)
    return calibration_error(group, 0)[0], float(
        np.abs(np.bincount(places, weights=chance - group.scores)).sum()
    ) / rows


def slope(rng: Rng, rows: int, people: int = 0) -> World:
    """The calibration slope of calibrated scores."""
    return slope_estimate(scored(rng, rows, people)[0]), 1.0


def brier(rng: Rng, rows: int, people: int = 0) -> World:
    """The Brier score of calibrated scores; a mean over rows."""
    group, _ = scored(rng, rows, people)
    spread = 1.0 if not people else math.sqrt(1.36)
    z = np.linspace(-8, 8, 4001)
    weight, s = np.exp(-(z**2) / 2), 1 / (1 + np.exp(-spread * z))
    truth = float((weight * s * (1 - s)).sum() / weight.sum())
    values = (group.scores - group.positive) ** 2
    return stats.mean(values, group.persons, (0.0, 1.0), weigh="values"), truth


def ranked(rng: Rng, area: float, positive: int, negative: int, people: int = 0) -> World:
    """The AUC of normal scores. With `people` of either kind, their scores have half of the variance in common."""
    shift = NORMAL.inv_cdf(area) * math.sqrt(2)
    truth = np.arange(positive + negative) < positive
    values = rng.normal(size=positive + negative)
    persons = None
    if people:
        own = np.arange(positive + negative)
        persons = np.where(truth, own % people, people + own % people).astype(np.int64)
        values = math.sqrt(0.5) * (values + rng.normal(size=2 * people)[persons])
    return auc_of(Scored(values + shift * truth, truth, persons)), area


def same_curve(rng: Rng, rows: int, apart: float) -> World:
    """ABROCA of two groups of normal scores."""
    sides, areas = [], []
    grid = np.linspace(0.0005, 0.9995, 1000)
    quantiles = np.array([NORMAL.inv_cdf(1 - one) for one in grid.tolist()])
    for shift in (1.0, 1.0 + apart):
        truth = rng.random(rows) < 0.5
        sides.append(Scored(rng.normal(size=rows) + shift * truth, truth))
        areas.append(np.array([1 - NORMAL.cdf(q - shift) for q in quantiles.tolist()]))
    return roc_distance(sides[0], sides[1], 0)[0], float(np.abs(areas[0] - areas[1]).mean())


def number(rng: Rng, at: int, rows: int, people: int, skewed: bool) -> World:
    """A quantity of numbers: mean residual, root mean squared error, mean prediction; person effects where told."""
    own = np.arange(rows) % people if people else None
    noise_of = (rng.exponential(size=rows) - 1) if skewed else rng.normal(size=rows)
    values = 0.5 + noise_of if own is None else 0.5 + (noise_of + rng.normal(size=people)[own]) * math.sqrt(0.5)
    truth = math.sqrt(1.25) if at == 1 else 0.5
    return SUMMARIES[at].estimate(values, own, seed=0), truth


def compound(rng: Rng, name: str, shares: Sequence[Sequence[float]], size: int) -> World:
    """A quantity made of several rates; of two groups their difference."""
    one = next(one for one in COMPOUNDS if one.measure.name == name)
    part = judged(rng, shares, size)
    found = [one.statistic(part, group) for group in part.groups]
    exact = [_exact(name, own) for own in shares]
    if isinstance(found[0], Undefined) or isinstance(found[-1], Undefined):
        return Undefined("too few"), 0.0
    if len(found) == 1:
        return found[0].estimate(one.method, one.bounds), exact[0]
    return stats.contrasts(found, 0, method=one.method, bounds=(-one.bounds[1], one.bounds[1]))[0], exact[1] - exact[0]


def _exact(name: str, own: Sequence[float]) -> float:
    tn, fp, fn, tp = own
    true, false = tp / (tp + fn), fp / (fp + tn)
    return {
        "balanced_accuracy": (true + 1 - false) / 2,
        "average_odds": (true + false) / 2,
        "f1": 2 * tp / (2 * tp + fp + fn),
        "treatment_equality": fn / fp,
    }[name]


def odds(rng: Rng, one: Sequence[float], other: Sequence[float], size: int) -> World:
    """The larger of the distances in true and in false positive rate."""
    part = judged(rng, (one, other), size)
    sides, exact = [], []
    for name in ("true_positive_rate", "false_positive_rate"):
        samples = [part.judged(RATE[name], group) for group in part.groups]
        found = stats.contrasts(samples, 0, method="Newcombe", bounds=(-1.0, 1.0))[0]
        if isinstance(found, Undefined):
            return found, 0.0
        sides.append(found)
        exact.append(
            abs(np.subtract(*(RATE[name].share.of(own)[0] / RATE[name].share.of(own)[1] for own in (one, other))))
        )
    return largest(sides, "Bonferroni"), float(max(exact))


def to_highest(rng: Rng, rates: Sequence[float], size: int) -> World:
    """The impact ratio of the first category to whichever is highest."""
    hits = rng.binomial(size, rates).tolist()
    return stats.ratios_to_highest(hits, [size] * len(rates))[0], rates[0] / max(rates)
