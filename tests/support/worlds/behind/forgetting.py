"""Shares of texts to forget that are still known, and what a model needs less than one that never saw them."""

from __future__ import annotations

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from worlds.behind.rows import Case, Draw, Rng, Row

EDGE = 0.0501


def _share(texts: int, rate: float) -> Draw:
    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        return stats.proportion(int(rng.binomial(texts, rate)), texts), rate

    return draw


def _saved(texts: int) -> Draw:
    """Bits for a byte that texts take less, skewed: most nothing, some much."""

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        return stats.mean(rng.normal(0, 0.05, texts) + 0.1 * rng.exponential(1, texts)), 0.1

    return draw


ROWS = (
    Row(
        behind=("forgetting/forget_known_share", "forgetting/retain_known_share"),
        estimator="share of texts (Wilson)",
        situation="100 and 300 texts, rates 0.1 and 0.5; 73 and 300 at the limit",
        cases=[
            *(Case(f"{texts}, {rate:g}", _share(texts, rate)) for texts in (100, 300) for rate in (0.1, 0.5)),
            *(Case(f"{texts}, at the limit", _share(texts, EDGE), edge=True) for texts in (73, 300)),
        ],
        limit=("<=", 0.05),
        asked=0.92,
        worlds=10_000,
    ),
    Row(
        behind=("forgetting/bits_saved", "forgetting/forget_bits", "forgetting/retain_bits"),
        estimator="mean of texts (BCa)",
        situation="60 and 200 texts, skewed",
        cases=[Case(f"{texts}", _saved(texts)) for texts in (60, 200)],
    ),
)
