"""Gaps in the gender of translations, of models that get it wrong by chance alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairwitness.probes.bias.translation_gender.estimators import Pair, Side, gap
from samples.deciding import Found, Sample, passed

SEEDS = range(20)
FAMILIES, SHIPPED = 8, 26
WRONG = 0.05


def _pairs(occupations: int, rng: np.random.Generator) -> list[Pair]:
    right = rng.random((occupations, FAMILIES, 2)) >= WRONG
    return [
        Pair(f"{job}", f"{family}", "women" if job % 2 else "men", *map(float, right[job, family]))
        for job in range(occupations)
        for family in range(FAMILIES)
    ]


def by(rule: str, side: Side) -> tuple[Sample, ...]:
    """One language, in which 95 % of the translations have the right gender."""

    def found(occupations: int, seed: int) -> Sequence[Found]:
        return [gap(_pairs(occupations, np.random.default_rng([seed, occupations])), side)]

    def passes(occupations: int) -> int:
        return sum(passed(rule, found(occupations, seed), null=0.0) for seed in SEEDS)

    data = f"{SHIPPED} occupations in {FAMILIES} sentences"
    return (Sample("occupations", passes, data, SHIPPED, step=2, most=96, worlds=len(SEEDS), quick=False),)
