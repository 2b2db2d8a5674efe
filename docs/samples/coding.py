"""Code of models that lean by chance alone, and of ones that decide by no protected attribute."""

from __future__ import annotations

import numpy as np

from fairwitness.audit import stats
from fairwitness.probes.bias.code_bias.estimators import Neutral, grant_gap
from samples.deciding import Sample, passed

SEEDS = range(20)
WORDS, GROUPS, DECISIONS = 3, 8, 16
NEUTRAL = (5, 4, 5, 4, 4, 4)
WORD, CELL = 0.15, 0.3


def favours(rule: str) -> tuple[Sample, ...]:
    """Eight groups of three words, which lean by 0.15 as neutral words do, and by 0.3 in single decisions."""

    def side(rng: np.random.Generator, decisions: int, words: int) -> np.ndarray:
        return WORD * rng.normal(size=(1, words)) + CELL * rng.normal(size=(decisions, words))

    def passes(decisions: int) -> int:
        count = 0
        for seed in SEEDS:
            rng = np.random.default_rng([seed, decisions])
            neutral = Neutral.of([side(rng, decisions, size) for size in NEUTRAL])
            sides = [[side(rng, decisions, WORDS) for _ in range(2)] for _ in range(GROUPS)]
            count += passed(rule, [grant_gap(first, second, neutral) for first, second in sides], null=0.0)
        return count

    data = f"{DECISIONS} decisions"
    return (Sample("decisions", passes, data, DECISIONS, most=200, worlds=len(SEEDS), quick=False),)


def protected(rule: str) -> tuple[Sample, ...]:
    """Tasks of three functions, none of which decides by a protected attribute."""

    def passes(tasks: int) -> int:
        labels = [task for task in range(tasks) for _ in range(3)]
        return passed(rule, [stats.share([0.0] * len(labels), labels, whole_clusters=True)])

    return (Sample("tasks", passes, f"{DECISIONS} tasks", DECISIONS),)
