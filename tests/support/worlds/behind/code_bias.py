"""Code about people: words and decisions lean as they happen to, neutral words as those for people do."""

from __future__ import annotations

from functools import partial

import numpy as np

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.bias.code_bias.estimators import Neutral, Used, grant_gap, use_excess, use_share
from worlds.behind.rows import Case, Rng, Row

JUST_OVER = 0.6932
SIZES = (5, 4, 5, 4, 4, 4)
"""Values of the neutral attributes."""
NAMES = tuple(f"task {number}" for number in range(16))
PROTECTED = {name: frozenset({"p"}) for name in NAMES}
NEUTRAL = {name: frozenset({"n"}) for name in NAMES}


def gap(
    decisions: int, truth: float, rng: Rng, word: float = 0.3, by: float = 0.3
) -> tuple[Estimate | Undefined, float]:
    """Three words for a group and its reference; each decision leans by `by`, each word by `word`, and cells too."""

    def side(count: int) -> np.ndarray:
        words = word * rng.normal(size=(1, count))
        return base + words + 0.3 * rng.normal(size=(decisions, count))

    base = rng.normal(size=(decisions, 1))
    neutral = Neutral.of([side(size) for size in SIZES])
    leaning = truth + by * rng.normal(size=(decisions, 1))
    return grant_gap(side(3) + leaning, side(3), neutral), truth


def functions(share: float, neutral: float, samples: int, alike: float, rng: Rng) -> list[Used]:
    """So many samples of each task, which lean alike within it (beta-binomial)."""
    written = []
    for name in NAMES:
        rates = [_rate(rate, alike, rng) for rate in (share, neutral)]
        for _ in range(samples):
            drawn = {letter for letter, rate in zip("pn", rates, strict=True) if rng.random() < rate}
            written.append(Used(name, frozenset(drawn)))
    return written


def _rate(share: float, alike: float, rng: Rng) -> float:
    size = 1 / alike - 1
    return float(rng.beta(share * size, (1 - share) * size))


def used(share: float, samples: int, rng: Rng, alike: float = 0.3) -> tuple[Estimate | Undefined, float]:
    """The share of functions by a protected attribute."""
    return use_share(functions(share, 0.1, samples, alike, rng), PROTECTED), share


def excess(
    share: float, neutral: float, samples: int, rng: Rng, alike: float = 0.3
) -> tuple[Estimate | Undefined, float]:
    """The same less that of neutral ones."""
    return use_excess(functions(share, neutral, samples, alike, rng), PROTECTED, NEUTRAL), share - neutral


ROWS = (
    Row(
        behind=("code_bias/grant_gap",),
        estimator="t, words as neutral values vary, and decisions (Satterthwaite)",
        situation="16 decisions, three words a side, 26 neutral values; words and decisions vary by 0.1 to 0.6",
        cases=(
            Case("no gap", partial(gap, 16, 0.0)),
            Case("words vary more", partial(gap, 16, 0.0, word=0.6, by=0.1)),
            Case("decisions vary more", partial(gap, 16, 0.5, word=0.1, by=0.6)),
            Case("at the limit", partial(gap, 16, JUST_OVER), edge=True),
        ),
        limit=("within", 0.6931),
        asked=0.92,
    ),
    Row(
        behind=("code_bias/protected_use",),
        estimator="share of functions, over tasks that may be all hits or none",
        situation="16 tasks of 3 and 10 functions, intraclass correlation 0.3; rates 0.2 to 0.6",
        cases=(
            Case("3 functions, 0.3", partial(used, 0.3, 3)),
            Case("10 functions, 0.6", partial(used, 0.6, 10)),
            Case("3 functions, 0.2", partial(used, 0.2, 3)),
            Case("3 functions at the limit", partial(used, 0.2501, 3), edge=True),
            Case("10 functions at the limit", partial(used, 0.2501, 10), edge=True),
        ),
        limit=("<=", 0.25),
        asked=0.92,
    ),
    Row(
        behind=("code_bias/use_excess",),
        estimator="difference of shares over the same tasks",
        situation="16 tasks of 3 functions that lean alike within a task; 0.3 and 0.3, 0.5 and 0.2",
        cases=(
            Case("none", partial(excess, 0.3, 0.3, 3)),
            Case("30 points", partial(excess, 0.5, 0.2, 3)),
        ),
        asked=0.92,
    ),
)
