"""Shares of texts known by heart: binomial counts through the metrics of the probe, and texts that differ in hits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from known_text_runs import text_of

from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.probes.kit.memory.quantities import Chains, Extraction
from fairwitness.probes.kit.memory.thresholds import ScoredText
from fairwitness.probes.memorization.known_texts.probe import hit_rate_metric
from fairwitness.probes.memorization.known_texts.shares import Group, metrics
from worlds.behind.rows import Case, Draw, Rng, Row

KNOWN = Extraction(-1.0, 50, 50, predictable=False)
UNKNOWN = Extraction(-90.0, 50, 1, predictable=False)
ABOVE = ScoredText(text_of(Chains((60,), ()), 120, "own", extraction=KNOWN), 15)
BELOW = ScoredText(text_of(Chains((2,), ()), 120, "own", extraction=UNKNOWN), 15)
SHARES = ("share_above", "extractable", "extractable_by_sampling")
EDGE = 0.0501
WRITTEN = 219
HIT, SPREAD = 0.35, 0.06
"""Mean and standard deviation over texts of the share of tokens right."""


def _named(found: Sequence[Metric], name: str) -> Estimate | Undefined:
    return next(one.estimate for one in found if one.name == name)


def _share(texts: int, rate: float, name: str) -> Draw:
    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        known = int(rng.binomial(texts, rate))
        asked = Group("own", [*[ABOVE] * known, *[BELOW] * (texts - known)])
        return _named(metrics(asked, Undefined("not needed"), 50, 50), f"own_{name}"), rate

    return draw


def _cases(texts: int, *rates: float, edge: bool = False) -> list[Case]:
    """Each metric in turn: they are one estimator."""
    named = [(rate, SHARES[(at + texts) % len(SHARES)]) for at, rate in enumerate(rates)]
    return [Case(f"{texts} texts, {rate:g}, {name}", _share(texts, rate, name), edge) for rate, name in named]


def _hits(texts: int) -> Draw:
    """Texts of 60 to 200 tokens, each with its own share of tokens right, one in ten of them records with more."""

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        more = 0.15 * (rng.random(texts) < 0.1)
        rate = np.clip(rng.normal(HIT, SPREAD, texts) + more, 0.02, 0.98)
        tokens = rng.integers(60, 200, texts)
        written = [
            replace(BELOW.quantities, scored=int(size), hits=int(hits))
            for size, hits in zip(tokens, rng.binomial(tokens, rate), strict=True)
        ]
        return hit_rate_metric(written, 0).estimate, HIT + 0.015

    return draw


BEHIND = tuple(f"known_texts/{whose}_{name}" for whose in ("own", "public") for name in SHARES)
ROWS = (
    Row(
        behind=BEHIND,
        estimator="share of texts (Wilson)",
        situation="110 and 300 texts, rates 0.1 to 0.9",
        cases=[*_cases(110, 0.1, 0.5, 0.9), *_cases(300, 0.1, 0.5, 0.9)],
        worlds=10_000,
    ),
    Row(
        behind=BEHIND,
        estimator="share of texts (Wilson)",
        situation="30 texts, rates 0.05 to 0.95; 73, 110 and 300 at the limit",
        cases=[
            *_cases(30, 0.05, 0.3, 0.7, 0.95),
            *(case for texts in (73, 110, 300) for case in _cases(texts, EDGE, edge=True)),
        ],
        limit=("<=", 0.05),
        asked=0.92,
        worlds=10_000,
    ),
    Row(
        behind=BEHIND,
        estimator="share of texts (Wilson)",
        situation="8 and 14 texts, rates 0.02 to 0.2; at the limit",
        cases=[*_cases(8, 0.02, 0.2), *_cases(14, 0.02, 0.2), *_cases(14, EDGE, edge=True)],
        limit=("<=", 0.05),
        asked=None,
        worlds=10_000,
    ),
    Row(
        behind=("known_texts/unseen_share_above",),
        estimator="share of texts (Wilson)",
        situation=f"{WRITTEN} texts, rates 0.001 to 0.01",
        cases=[Case(f"{rate:g}", _share(WRITTEN, rate, SHARES[0])) for rate in (0.001, 0.003, 0.01)],
        asked=None,
        worlds=10_000,
    ),
    Row(
        behind=("known_texts/written_hit_rate",),
        estimator="mean of texts (BCa)",
        situation=f"{WRITTEN} texts of 60 to 200 tokens, share of tokens right 0.35 ± 0.06, one in ten with 0.15 more",
        cases=[Case("219", _hits(WRITTEN))],
    ),
)
