"""Exposures: secrets ranked among references, in worlds where the mean that a model would have over all is known."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from scipy.stats import skewnorm

from fairwitness.audit.canaries.key_file import Canary
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.exposure import chance_exposure, exposure, sampled_limits
from fairwitness.audit.stats.extrapolated_exposure import extrapolated_exposure
from fairwitness.probes.kit.canaries.scores import Ranked
from fairwitness.probes.memorization.canaries.measures import Dose
from worlds.behind.rows import Case, Draw, Rng, Row

REFERENCES = 1_000
LIMIT = 1.0
MANY = 200_000
FITTED = ((0.0, 15.0), (2.0, 6.0), (2.0, 15.0))
"""Shapes of the laws, and bits of the secrets."""


def dose_of(places: np.ndarray, repeats: int) -> Dose:
    """A dose whose canaries have so many references before them."""
    return Dose(repeats, tuple(_ranked(place) for place in places.tolist()), 0)


@cache
def _ranked(behind: int) -> Ranked:
    references = np.concatenate([np.zeros(behind), np.full(REFERENCES - behind, 2.0)])
    return Ranked(Canary(1, "hex", 1, True, "x", "0" * 12), 1.0, references, 1, REFERENCES, 0, whole=False, seed=0)


def behind(rng: Rng, shift: float, spread: float, number: int) -> np.ndarray:
    """References before each of so many secrets: each is likelier than another by a normal shift of its own."""
    from scipy.special import ndtr

    share = ndtr(rng.normal(size=number) - np.maximum(0.0, rng.normal(shift, spread, number)))
    return rng.binomial(REFERENCES, share)


@cache
def truth(shift: float, spread: float) -> float:
    """The mean excess over all secrets of this world."""
    ranks = behind(np.random.default_rng(99), shift, spread, MANY) + 1
    excess = math.log2(REFERENCES) - np.log2(ranks) - chance_exposure(REFERENCES, REFERENCES + 1)
    return float(excess.mean())


@cache
def at_the_limit(spread: float) -> float:
    """The shift with a mean excess just above the limit."""
    low, high = 0.0, 4.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if truth(middle, spread) < LIMIT + 0.001 else (low, middle)
    return high


def _excess(number: int, shift: float, spread: float, repeats: int = 1) -> Draw:
    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        return dose_of(behind(rng, shift, spread, number), repeats).excess, truth(shift, spread)

    return draw


def _edge(number: int, spread: float) -> Case:
    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        return _excess(number, at_the_limit(spread), spread)(rng)

    return Case(f"{number} secrets, shifts ± {spread:g}, at the limit", draw, edge=True)


def _cases(number: int) -> list[Case]:
    worlds = [(0.0, 0.0), (0.5, 0.0), (1.0, 1.0), (3.0, 1.0)]
    return [
        Case(f"{number} secrets, {shift:g} ± {spread:g}", _excess(number, shift, spread)) for shift, spread in worlds
    ]


def _sampled(bits: float, references: int) -> Draw:
    """A secret with so many bits in a space of 2^30, ranked among a sample."""

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        before = int(rng.binomial(references, 2.0**-bits))
        low, high = sampled_limits(before + 1, references, 30.0, 0.95)
        middle = min(max(exposure(before + 1, references), low), high)
        return Estimate(value=middle, low=low, high=high, level=0.95, n=references, method="test"), bits

    return draw


def _fitted(bits: float, shape: float) -> Draw:
    """A secret with so many bits beside references of a skew-normal distribution, to which one is fitted."""
    secret = float(skewnorm.ppf(2.0**-bits, shape))

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        references = skewnorm.rvs(shape, size=REFERENCES, random_state=rng)
        made = extrapolated_exposure(secret, references, 60.0, int(rng.integers(1 << 31)))
        assert made is not None
        return Estimate(value=made.value, low=made.low, high=made.high, level=0.95, n=REFERENCES, method="test"), bits

    return draw


BEHIND = tuple(f"canaries/exposure_{name}" for name in ("once", "by_repeats", "unseen"))
ROWS = (
    Row(
        behind=BEHIND,
        estimator="mean excess of exposure (BCa)",
        situation="100 secrets, unseen to well known; at the limit",
        cases=[*_cases(100), _edge(100, 0.0), _edge(100, 1.0)],
        limit=("<=", LIMIT),
    ),
    Row(
        behind=BEHIND,
        estimator="mean excess of exposure (BCa)",
        situation="40 and 50 secrets, unseen to well known; at the limit",
        cases=[*_cases(50), *_cases(40)[:3], _edge(50, 1.0), _edge(40, 0.0)],
        limit=("<=", LIMIT),
        asked=0.92,
    ),
    Row(
        behind=BEHIND,
        estimator="mean excess of exposure (t)",
        situation="20 secrets of a dose, unseen to well known",
        cases=[
            Case(f"20 secrets, {shift:g} ± {spread:g}", _excess(20, shift, spread, repeats=2))
            for shift, spread in ((0.0, 0.0), (1.0, 1.0), (3.0, 1.0))
        ],
        asked=None,
    ),
    Row(
        behind=("canaries/exposure_by_repeats",),
        estimator="one exposure among all secrets (Clopper-Pearson)",
        situation="100 and 1,000 references, 0.5 to 9 bits",
        cases=[Case(f"{n} references, {bits:g} bits", _sampled(bits, n)) for n in (100, 1_000) for bits in (0.5, 3, 9)],
        worlds=10_000,
    ),
    Row(
        behind=("canaries/exposure_extrapolated",),
        estimator="one extrapolated exposure (bootstrap of a fit by moments)",
        situation="1,000 references of normal and skew-normal laws (shapes 0 and 2), 6 to 15 bits",
        cases=[Case(f"shape {shape:g}, {bits:g} bits", _fitted(bits, shape)) for shape, bits in FITTED],
        asked=0.9,
    ),
)
