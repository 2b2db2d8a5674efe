"""Shares of texts that are called marked, at both limits, and the mean z of texts."""

from __future__ import annotations

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.memorization.watermark.marks import p_value, z_score
from worlds.behind.rows import Case, Draw, Rng, Row

ALARMS, FOUND = 0.0501, 0.8999
DRAWS, SHARE, ALPHA = 240, 0.25, 0.001


def _share(texts: int, rate: float) -> Draw:
    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        return stats.exact_proportion(int(rng.binomial(texts, rate)), texts), rate

    return draw


def _called(texts: int, green: float) -> Draw:
    """Texts whose tokens are green by chance, called marked by their p; the truth is how often that is."""
    least = next(count for count in range(DRAWS + 1) if p_value(count, DRAWS, SHARE) <= ALPHA)
    rate = p_value(least, DRAWS, green)

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        return stats.exact_proportion(int(np.sum(rng.binomial(DRAWS, green, texts) >= least)), texts), rate

    return draw


def _mean_z(texts: int) -> Draw:
    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        return stats.mean([z_score(int(green), DRAWS, SHARE) for green in rng.binomial(DRAWS, SHARE, texts)]), 0.0

    return draw


ROWS = (
    Row(
        behind=("watermark/false_alarms", "watermark/unmarked_called_marked"),
        estimator="share of texts (Clopper and Pearson)",
        situation="40, 80 and 300 texts, rates 0.001 to 0.2; 80 and 300 at the limit",
        cases=[
            *(Case(f"{texts}, {rate:g}", _share(texts, rate)) for texts in (40, 80, 300) for rate in (0.001, 0.2)),
            *(Case(f"{texts}, at the limit", _share(texts, ALARMS), edge=True) for texts in (80, 300)),
        ],
        limit=("<=", 0.05),
        asked=0.95,
        worlds=10_000,
    ),
    Row(
        behind=("watermark/detection_rate", "watermark/marked_share"),
        estimator="share of texts (Clopper and Pearson)",
        situation="40 and 200 texts, rates 0.5 and 0.98; 40 and 200 at the limit",
        cases=[
            *(Case(f"{texts}, {rate:g}", _share(texts, rate)) for texts in (40, 200) for rate in (0.5, 0.98)),
            *(Case(f"{texts}, at the limit", _share(texts, FOUND), edge=True) for texts in (40, 200)),
        ],
        limit=(">=", 0.9),
        asked=0.95,
        worlds=10_000,
    ),
    Row(
        behind=("watermark/detection_rate",),
        estimator="share of texts (Clopper and Pearson)",
        situation="40 texts of 240 tokens of which 36 to 45 % are green, each called by its exact p",
        cases=[Case(f"{green:g}", _called(40, green)) for green in (0.36, 0.45)],
        asked=0.94,
    ),
    Row(
        behind=("watermark/mean_z",),
        estimator="mean of texts (BCa)",
        situation="20 and 80 unmarked texts of 240 tokens",
        cases=[Case(f"{texts}", _mean_z(texts)) for texts in (20, 80)],
    ),
)
