"""Filters of texts made from templates: gaps between groups, and what naming a group or a dialect does."""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy.stats import norm

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.safety.filter_fairness.estimators import DecidedTexts, Read, joined, less
from fairwitness.probes.safety.filter_fairness.items import Text
from worlds.behind.rows import Case, Rng, Row

Found = tuple[Estimate | Undefined, float]
OVER = 0.1001
"""Just outside the limit of all four rules."""
TIED = 0.4
"""Correlation of the texts of a template, on the normal scale."""
LEANS = (-0.2, 0.0, 0.2, 0.0)
"""What kinds of texts differ by."""


def texts(group: str, rate: float, templates: np.ndarray, rng: Rng, kinds: int = 4, prefix: str = "") -> DecidedTexts:
    """A text a template, flagged as often as `rate` says over all kinds; texts of a template hang together."""
    leans = np.array(LEANS[:kinds]) * min(rate, 1 - rate) if kinds > 1 else np.zeros(1)
    kind = np.arange(len(templates)) % kinds
    drawn = np.sqrt(TIED) * templates + np.sqrt(1 - TIED) * rng.normal(size=len(templates))
    flags = drawn < norm.ppf(np.clip(rate + leans[kind], 1e-9, 1 - 1e-9))
    return DecidedTexts(
        [
            Read(Text("t", False, group, f"{place}", f"{prefix}{at}"), bool(flag))
            for at, (flag, place) in enumerate(zip(flags, kind, strict=True))
        ]
    )


def between(count: int, rate: float, gap: float, groups: int, rng: Rng) -> Found:
    """The gap of the first of several groups, on the same templates."""
    templates = rng.normal(size=count)
    first = texts("first", rate + gap, templates, rng)
    others = [texts(f"other {at}", rate, templates, rng) for at in range(groups - 1)]
    return first.against(joined(others)), gap


def naming(count: int, rate: float, gap: float, phrases: int, rng: Rng) -> Found:
    """False alarms of sentences that name a group, less those of the same sentences with five words that name none."""
    templates = rng.normal(size=count)
    named = [texts("named", rate + gap, templates, rng, 1) for _ in range(phrases)]
    plain = [texts("none", rate, templates, rng, 1) for _ in range(5)]
    sides = (DecidedTexts([one for part in side for one in part.read]) for side in (named, plain))
    return less(*sides), gap


def spoken(count: int, rate: float, gap: float, rng: Rng) -> Found:
    """False alarms of sentences in a dialect, less those of the same in standard English."""
    templates = rng.normal(size=count)
    dialect, standard = (texts(side, one, templates, rng, 1) for side, one in (("d", rate + gap), ("s", rate)))
    return less(dialect, standard), gap


ROWS = (
    Row(
        behind=("filter_fairness/false_alarm_gap", "filter_fairness/detection_gap"),
        estimator="difference of shares of a group and all others, mixed by functionality, clustered by template",
        situation="7 and 4 groups, 60 and 200 templates of four kinds, whose texts correlate; rates 0.3 to 0.9",
        cases=(
            *(Case(f"60 templates, {rate}, no gap", partial(between, 60, rate, 0.0, 7)) for rate in (0.3, 0.7)),
            *(Case(f"200 templates, {rate}, no gap", partial(between, 200, rate, 0.0, 7)) for rate in (0.3, 0.8)),
            *(Case(f"{n} templates, at the limit", partial(between, n, 0.7, OVER, 7), edge=True) for n in (60, 200)),
            Case("4 groups, at the limit below", partial(between, 200, 0.6, -OVER, 4), edge=True),
        ),
        limit=("within", 0.1),
    ),
    Row(
        behind=("filter_fairness/identity_gap",),
        estimator="difference of shares of the same sentences, clustered by sentence",
        situation="40 sentences with one word or 35 for a group against five words for none; rates 0.05 and 0.3",
        cases=(
            *(
                Case(f"{n} words, {rate}, no gap", partial(naming, 40, rate, 0.0, n))
                for n in (1, 35)
                for rate in (0.05, 0.3)
            ),
            *(Case(f"{n} words, at the limit", partial(naming, 40, 0.02, OVER, n), edge=True) for n in (1, 35)),
        ),
        limit=("<=", 0.1),
        asked=0.92,
    ),
    Row(
        behind=("filter_fairness/dialect_gap",),
        estimator="difference of shares of pairs",
        situation="24 pairs in dialect and standard English; rates 0.02 to 0.3",
        cases=(
            *(Case(f"{rate}, no gap", partial(spoken, 24, rate, 0.0)) for rate in (0.05, 0.3)),
            Case("at the limit", partial(spoken, 24, 0.02, OVER), edge=True),
        ),
        limit=("<=", 0.1),
        asked=0.92,
    ),
)
