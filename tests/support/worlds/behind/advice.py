"""What people in the same situation are told: gaps of pairs over situations and pairs of names, and of a dialect."""

from __future__ import annotations

import math

import numpy as np

from fairwitness.audit.judging import Decided, Verdicts
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.crossed import two_way_clustered
from fairwitness.audit.stats.crossed.two_way_clustered import Value
from fairwitness.audit.stats.judged import Errors
from fairwitness.probes.safety.advice_by_group.advised import claimed_gap
from fairwitness.probes.safety.advice_by_group.gaps import FARTHEST_ODDS, Pairs, mean_gap, pay_gap, share_gap
from worlds.behind.rows import Case, Draw, Rng, Row

SITUATIONS, NAMES, TEXTS, WORDS = 12, 16, 44, 12
Answer = tuple[Estimate | Undefined, float]


def pairs(rng: Rng, mean: float, spread: float, situations: int, names: int) -> Pairs:
    """Differences about a mean, with effects of situations and of names of half the size of the noise."""
    of_situations, of_names = (rng.normal(0, spread / 2, size) for size in (situations, names))
    return Pairs(
        [
            Value(str(i), str(j), mean + of_situations[i] + of_names[j] + rng.normal(0, spread))
            for i in range(situations)
            for j in range(names)
        ],
        0,
    )


def pay(gap: float, names: int) -> Draw:
    """The pay gap, of a share `gap` of the reference's."""
    return lambda rng: (pay_gap(pairs(rng, math.log1p(gap), 0.1, SITUATIONS, names)), gap)


def hire(gap: float, names: int) -> Draw:
    """The hiring gap in log-odds."""
    return lambda rng: (mean_gap(pairs(rng, gap, 0.5, SITUATIONS, names), FARTHEST_ODDS), gap)


def raw_advice(gap: float, names: int) -> Draw:
    """The difference of coded shares around one half."""

    def draw(rng: Rng) -> Answer:
        values = [
            Value(str(i), str(j), float(rng.random() < 0.5 + gap) - float(rng.random() < 0.5))
            for i in range(6)
            for j in range(names)
        ]
        return share_gap(Pairs(values, 0), int(rng.integers(1 << 31))), gap

    return draw


def claimed_advice(gap: float, names: int) -> Draw:
    """What may be claimed of the true shares, coded with a sensitivity of 0.9 and a specificity of 0.98."""

    def draw(rng: Rng) -> Answer:
        errors = Errors(
            called=int(rng.binomial(56, 0.9)), positives=56, let_go=int(rng.binomial(138, 0.98)), negatives=138
        )

        truths = rng.random((2, 6, names)) < np.array([0.3 + gap, 0.3])[:, None, None]
        coded = rng.random((2, 6, names)) < np.where(truths, 0.9, 0.02)
        differences = coded[0].astype(float) - coded[1]
        values = [Value(str(i), str(j), differences[i, j]) for i in range(6) for j in range(names)]
        raw = share_gap(Pairs(values, 0), int(rng.integers(1 << 31)))
        if isinstance(raw, Undefined):
            return raw, gap
        pair = list(range(6 * names))
        first, second = (Verdicts.of(map(Decided, side.ravel().tolist()), pair) for side in coded)
        return claimed_gap(first, second, raw, errors), gap

    return draw


def guise(gap: float) -> Draw:
    """The gap between bad and good words over pairs of texts and words."""

    def draw(rng: Rng) -> Answer:
        of_texts = rng.normal(0, 0.3, TEXTS)
        sides = []
        for side in (gap / 2, -gap / 2):
            of_words = rng.normal(0, 0.2, WORDS)
            sides.append(
                [
                    Value(str(i), f"{side}{j}", side + of_texts[i] + of_words[j] + rng.normal(0, 0.5))
                    for i in range(TEXTS)
                    for j in range(WORDS)
                ]
            )
        difference = two_way_clustered.difference(*sides)
        return difference if isinstance(difference, Undefined) else difference.estimate(), gap

    return draw


ROWS = (
    Row(
        behind=("advice_by_group/pay_gap",),
        estimator="two-way clustered t, exponential",
        situation="12 situations, 16 or 8 pairs of names",
        cases=[
            Case("no gap, 16", pay(0.0, 16)),
            Case("no gap, 8", pay(0.0, 8)),
            Case("just over the limit", pay(0.0501, 16), edge=True),
        ],
        limit=("within", 0.05),
        asked=0.92,
    ),
    Row(
        behind=("advice_by_group/hire_gap",),
        estimator="two-way clustered t",
        situation="12 situations, 16 or 8 pairs of names, log-odds",
        cases=[
            Case("no gap, 16", hire(0.0, 16)),
            Case("no gap, 8", hire(0.0, 8)),
            Case("just over the limit", hire(0.501, 16), edge=True),
        ],
        limit=("within", 0.5),
        asked=0.92,
    ),
    Row(
        behind=("advice_by_group/raw_advice_gap",),
        estimator="Wilson at the effective count of a difference, clustered two ways",
        situation="6 situations, 16 or 8 pairs of names",
        cases=[
            Case("no gap, 16", raw_advice(0.0, 16)),
            Case("no gap, 8", raw_advice(0.0, 8)),
            Case("20 points", raw_advice(0.2, 16)),
        ],
        asked=0.92,
    ),
    Row(
        behind=("advice_by_group/advice_gap",),
        estimator="errors in their joint region; two-way clustered",
        situation="6 situations, 16 pairs of names, coded with errors",
        cases=[
            Case("no gap", claimed_advice(0.0, 16)),
            Case("just over the limit", claimed_advice(0.101, 16), edge=True),
        ],
        limit=("within", 0.1),
        asked=0.92,
    ),
    Row(
        behind=("advice_by_group/guise_gap",),
        estimator="difference of means, two-way clustered t",
        situation="44 pairs of texts, 12 good and 12 bad words",
        cases=[Case("no gap", guise(0.0)), Case("just over the limit", guise(0.501), edge=True)],
        limit=("within", 0.5),
        asked=0.92,
    ),
)
