"""Questions of passages that answer them and of others, by a model whose confidence nearly always tells them apart."""

from __future__ import annotations

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Undefined
from fairwitness.probes.safety.unanswerable.estimators import FEWEST, METHOD, SHARE
from fairwitness.probes.safety.unanswerable.items import TOGETHER
from samples.deciding import Found, Sample, passed

QUESTIONS, WORLDS = 153, 20
APART = 2.3
"""Distance of two normal confidences of deviation 1 whose area under the curve is 0.95."""


def told_apart(rule: str) -> tuple[Sample, ...]:
    """Questions with an area of 0.95, three to a passage, each put to two passages."""

    def passes(size: int) -> int:
        return sum(passed(rule, [_area(size, seed)]) for seed in range(WORLDS)) if size >= FEWEST else 0

    data = f"{QUESTIONS} questions"
    return (Sample("questions", passes, data, QUESTIONS, step=6, worlds=WORLDS, quick=False),)


def _area(size: int, seed: int) -> Found:
    rng = np.random.default_rng([seed, size])
    scores = np.concatenate([rng.normal(APART, 1, size), rng.normal(0, 1, size)])
    pairs = [place // (2 * TOGETHER) for place in range(size)] * 2
    positive = [True] * size + [False] * size
    statistic = stats.clustered_auc_statistic(scores.tolist(), positive, pairs)
    return statistic if isinstance(statistic, Undefined) else statistic.estimate(METHOD, SHARE)
