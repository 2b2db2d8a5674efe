"""Worlds of occupations and sentences, with the numbers that gender, mentions and bias_nli make of them.

Every draw gives the answer of the shipped estimator and the truth: what it would be for all such occupations and
sentences. Effects of occupations, of families and of single sentences are normal, or Student's t.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import expit, roots_hermitenorm

from fairwitness.audit.datasets import find
from fairwitness.audit.probe import Probe
from fairwitness.audit.records import Estimate, Table, Undefined
from fairwitness.audit.stats.crossed.slope import Point, answered_slope, share_correlation, slope_size, spread_of
from fairwitness.audit.stats.reliability import split_half
from fairwitness.probes.bias.gender.items import Item, Sentence
from fairwitness.probes.bias.gender.probe import PROBE as GENDER
from fairwitness.probes.bias.gender.scores import CORRECTED, GAP, Score
from fairwitness.probes.kit.blanks import Blank, Reading
from fairwitness.probes.kit.jobs import average, points
from fairwitness.probes.kit.occupations import Occupation, occupations_of
from worlds.behind.rows import Draw, Rng

Floats = npt.NDArray[np.float64]
Found = tuple[Estimate | Undefined, float]
FAMILIES = 24
NODES, WEIGHTS = roots_hermitenorm(60)


def table(probe: Probe, name: str) -> Table:
    """A data set that the package brings."""
    [need] = [one for one in probe.spec.data if one.name == name]
    return find(need)


@cache
def occupations(count: int) -> tuple[Occupation, ...]:
    """As many shipped occupations as `--limit` takes."""
    return tuple(occupations_of(table(GENDER, "occupations"), "en", count))


def effects(rng: Rng, size: int, heavy: bool = False) -> Floats:
    """Standard normal numbers, or Student's t with three degrees of freedom and the same variance."""
    found: Floats = rng.standard_t(3, size) / np.sqrt(3) if heavy else rng.normal(size=size)
    return found


def expected(of: Callable[[Floats], Floats], centre: float, spread: float) -> float:
    """The mean of a function of a normal number."""
    return float(WEIGHTS @ of(centre + spread * NODES) / WEIGHTS.sum())


def centre_of(of: Callable[[Floats], Floats], mean: float, spread: float) -> float:
    """The centre at which the function has this mean."""
    return float(brentq(lambda centre: expected(of, centre, spread) - mean, -20, 20))


def sloped(
    count: int,
    truth: float,
    *,
    families: int = FAMILIES,
    own: float = 0.5,
    slopes: float = 0.5,
    noise: float = 0.5,
    missing: float = 0.0,
    heavy: bool = False,
    control: float | None = 0.0,
) -> Draw:
    """A slope: occupations of SD `own`, slopes of families of SD `slopes` around the truth, cells of SD `noise`.

    `control` is the SD of the slopes of control pairs, one a family, each asked of a third of the occupations; None:
    there are none.
    """

    def draw(rng: Rng) -> Found:
        jobs = occupations(count)
        values = np.outer([one.share for one in jobs], truth + slopes * effects(rng, families, heavy))
        values += own * effects(rng, count, heavy)[:, None] + noise * rng.normal(size=(count, families))
        there = rng.random((count, families)) >= missing
        points = [
            Point(jobs[at].key, str(family), jobs[at].share, float(values[at, family]))
            for at, family in np.argwhere(there)
        ]
        scatter = float(np.hypot(own, noise))
        pairs = [] if control is None else controls(rng, jobs, families, control, scatter)
        return answered_slope(points, [], (float(values.min()), float(values.max())), spread_of(pairs)), truth

    return draw


def controls(rng: Rng, jobs: Sequence[Occupation], families: int, size: float, scatter: float) -> list[list[Point]]:
    """Control pairs whose slopes have the SD `size`, one a family, asked of every third occupation."""
    found = []
    for family in range(families):
        asked, slope = jobs[family % 3 :: 3], size * float(rng.normal())
        more = scatter * rng.normal(size=len(asked))
        values = [(one, slope * one.share + float(own)) for one, own in zip(asked, more, strict=True)]
        found.append([Point(one.key, str(family), one.share, value) for one, value in values])
    return found


def control_size(size: float) -> Draw:
    """The root mean square of the slopes of control pairs, noise and all."""

    def draw(rng: Rng) -> Found:
        pairs = controls(rng, occupations(54), FAMILIES, size, 0.7)
        spans = [np.var([one.share for one in some]) * len(some) for some in pairs]
        truth = float(np.sqrt(size**2 + np.mean(0.49 / np.array(spans))))
        return slope_size([one for some in pairs for one in some], 0), truth

    return draw


def odds(rng: Rng, count: int, centre: float, families: float = 0.8) -> Floats:
    """Log-odds [occupations, families]: occupations of SD 0.25, families of SD `families`, sentences of SD 0.5."""
    own = centre + 0.25 * rng.normal(size=(count, 1)) + families * rng.normal(size=FAMILIES)
    found: Floats = own + 0.5 * rng.normal(size=(count, FAMILIES))
    return found


SPREAD = float(np.sqrt(0.25**2 + 0.8**2 + 0.5**2))


def scores(log_odds: Floats, mass: Floats | None = None) -> list[Score]:
    """What the probe of pronouns makes of log-odds, or of probabilities of all pronouns together."""
    jobs, found = occupations(log_odds.shape[0]), []
    even = Reading((0.0, 0.0), (1, 1), (1, 1))
    asked = Blank("", "", ("she", "he"))
    for (at, family), one in np.ndenumerate(log_odds):
        half = float(one) / 2
        both = (half, -half) if mass is None else (float(np.log(mass[at, family] / 2)),) * 2
        sentence = Sentence(family=str(family), number=1, text="", kind="pronoun", fillers=asked.fillers)
        found.append(Score(Item(sentence, jobs[at], asked, asked), Reading(both, (1, 1), (1, 1)), even, "causal"))
    return found


def gap(truth: float, count: int = 54) -> Draw:
    """Probability of one pronoun less the other."""

    def halved(one: Floats) -> Floats:
        found: Floats = np.tanh(one / 2)
        return found

    centre = centre_of(halved, truth, SPREAD)

    def draw(rng: Rng) -> Found:
        return average(scores(odds(rng, count, centre)), 0, GAP, (-1, 1), 0), truth

    return draw


def corrected(truth: float, count: int = 54) -> Draw:
    """Log-odds in nats, which have no bounds."""

    def draw(rng: Rng) -> Found:
        return average(scores(odds(rng, count, truth)), 0, CORRECTED, None, 0), truth

    return draw


def mass(truth: float, count: int = 54) -> Draw:
    """A probability that belongs to each sentence: of all pronouns, of the neutral one, of neutral pairs of texts."""

    def chance(one: Floats) -> Floats:
        found: Floats = expit(one)
        return found

    centre = centre_of(chance, truth, SPREAD)

    def draw(rng: Rng) -> Found:
        own = odds(rng, count, centre)
        return average(scores(own, chance(own)), 0, lambda one: one.mass, (0, 1), 0), truth

    return draw


def correlation(strength: float, slopes: float, count: int = 54) -> Draw:
    """Mean log-odds of occupations against the share of women: truth as of endlessly many sentences such as these."""
    shares = np.array([one.share for one in occupations(count)])

    def draw(rng: Rng) -> Found:
        own = odds(rng, count, 0.0)
        own += np.outer(shares - 0.5, strength + slopes * rng.normal(size=FAMILIES))
        noise = 0.25**2 + 0.5**2 / FAMILIES
        truth = strength * shares.std() / float(np.sqrt(strength**2 * shares.var() + noise))
        return share_correlation(points(scores(own), CORRECTED)), truth

    return draw


def reliability(own: float) -> Draw:
    """Occupations of SD `own`, each in 24 families, where single sentences have the SD 0.5."""

    def draw(rng: Rng) -> Found:
        values = (
            own * rng.normal(size=(54, 1)) + 0.8 * rng.normal(size=FAMILIES) + 0.5 * rng.normal(size=(54, FAMILIES))
        )
        jobs, families = np.indices(values.shape)
        found = split_half(values.ravel().tolist(), jobs.ravel().tolist(), families.ravel().tolist(), 0)
        return found, own**2 / (own**2 + 0.25 / FAMILIES)

    return draw
