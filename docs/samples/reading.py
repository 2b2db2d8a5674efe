"""Questions of passages that answer them and of others, and about people of several groups, answered well."""

from __future__ import annotations

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Undefined
from fairwitness.probes.bias.answers_by_group.estimators import Results, Said
from fairwitness.probes.bias.answers_by_group.items import ORIGIN, REFERENCES, Item, Person
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


PASSAGES, NAMES, GAPS = 16, 8, 4
MISSED = 0.05


def by_name(rule: str) -> tuple[Sample, ...]:
    """Four groups of names about whom 95 % of the questions are answered rightly, by chance alone."""

    def passes(names: int) -> int:
        return sum(passed(rule, _gaps(names, seed), null=0.0) for seed in range(WORLDS))

    data = f"{NAMES} names of an origin"
    return (Sample("names of a group", passes, data, NAMES, most=64, worlds=WORLDS, quick=False),)


def _gaps(names: int, seed: int) -> list[Found]:
    rng = np.random.default_rng([seed, names])
    groups = (REFERENCES[ORIGIN], *(f"group {number}" for number in range(GAPS)))
    rows = []
    for group in groups:
        for name in range(names):
            person = Person(f"{group} {name}", {ORIGIN: group})
            for passage in range(PASSAGES):
                item = Item(str(passage), person, "q", "c", ("a",), named=False)
                right = float(rng.random() >= MISSED)
                rows.append((item, Said(item, "", right, right)))
    results = Results(rows, 0)
    return [results.gap(pair) for pair in results.compared]
