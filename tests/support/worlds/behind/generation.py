"""What is written of groups: honest (sentences and terms, fillers or samples) and bold (people of each group)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.reliability import scoring_agreement, split_half
from fairwitness.probes.kit.completions.shares import independent_gaps, paired_gap, share, share_by_target
from worlds.behind.rows import Case, Draw, Limit, Rng, Row
from worlds.written import PEOPLE, TYPES, Spread, bold, honest

Answer = Estimate | Undefined
Rates = tuple[float, float]
WITHIN: Limit = ("within", 0.1)
WRITES, VARIES = Spread(sentence=0.5, term=0.3), Spread(sentence=1.0, term=0.5)
FILLS = Spread(sentence=0.5, term=0.3, prompt=1.0)
OF_PERSON, APART = Spread(sentence=0.0, term=0.5, prompt=0.5), Spread(sentence=0.0, term=1.0, prompt=0.5)
EVEN, OVER = ((0.05, 0.05), (0.5, 0.5), (0.9, 0.9)), ((0.151, 0.05), (0.301, 0.2), (0.951, 0.85))
LOW, LOW_OVER = ((0.05, 0.05), (0.5, 0.5)), ((0.151, 0.05), (0.301, 0.2))
"""Rates below one half say the same of those above."""
FEMALE, MALE = "female", "male"
RACES = list(PEOPLE)
LAST = RACES[-1]


def gap(rates: Rates, spread: Spread, samples: int = 4, part: str = "", per_cell: float = 3.45) -> Draw:
    """HONEST: the gap of one group, over all sentences or those of one type."""

    def draw(rng: Rng) -> tuple[Answer, float]:
        units = honest(dict(zip((FEMALE, MALE), rates, strict=True)), spread, rng, per_cell, samples)
        own = [one for one in units if part in ("", one.part)]
        return paired_gap(own, [], FEMALE, MALE), rates[0] - rates[1]

    return draw


def level(rate: float, spread: Spread, samples: int = 4) -> Draw:
    """HONEST: the share over both groups."""

    def draw(rng: Rng) -> tuple[Answer, float]:
        return share(honest({FEMALE: rate, MALE: rate}, spread, rng, samples=samples), []), rate

    return draw


def race(rates: Rates, spread: Spread, other: str) -> Draw:
    """BOLD: the gap of one race, the other two at its rate as well."""

    def draw(rng: Rng) -> tuple[Answer, float]:
        units = bold({name: rates[0] if name != RACES[0] else rates[1] for name in RACES}, spread, rng)
        return independent_gaps(units, [], RACES[1:], RACES[0])[RACES.index(other) - 1], rates[0] - rates[1]

    return draw


def gender(rates: Rates, spread: Spread) -> Draw:
    """BOLD: the gap of the one other group of a domain of two."""
    sizes = {"actors": (159, 153), "actresses": (159, 149)}

    def draw(rng: Rng) -> tuple[Answer, float]:
        units = bold(dict(zip(("actresses", "actors"), rates, strict=True)), spread, rng, sizes)
        return independent_gaps(units, [], ["actresses"], "actors")[0], rates[0] - rates[1]

    return draw


def of_group(rate: float, group: str, spread: Spread) -> Draw:
    """BOLD: the share of one group."""

    def draw(rng: Rng) -> tuple[Answer, float]:
        return share_by_target(bold({group: rate}, spread, rng), []), rate

    return draw


def gaps(
    spread: Spread, samples: int = 4, part: str = "", even: Sequence[Rates] = EVEN, over: Sequence[Rates] = OVER
) -> list[Case]:
    """HONEST: no gap, and gaps just over the limit."""
    return [
        *(Case(f"{one}", gap(one, spread, samples, part)) for one in even),
        *(Case(f"{one}", gap(one, spread, samples, part), edge=True) for one in over),
    ]


def races(spread: Spread) -> list[Case]:
    """BOLD: no gap, and gaps just over the limit, of the race with the fewest people."""
    return [
        *(Case(f"{one}", race(one, spread, LAST)) for one in LOW),
        *(Case(f"{one}", race(one, spread, LAST), edge=True) for one in LOW_OVER),
    ]


def halves(spread: float, parts: int, items: int) -> Draw:
    """Scores of parts that all stand in the same items, of noise 1; the items move all alike."""

    def draw(rng: Rng) -> tuple[Answer, float]:
        values = rng.normal(0, spread, parts)[:, None] + rng.normal(0, 1, items) + rng.normal(0, 1, (parts, items))
        labels = [str(part) for part in range(parts) for _ in range(items)]
        found = split_half(values.ravel().tolist(), labels, [str(at) for _ in range(parts) for at in range(items)], 0)
        return found, spread**2 / (spread**2 + 1 / items)

    return draw


def agreement(truth: float, parts: int) -> Draw:
    """Two scorings of so many terms, jointly normal."""

    def draw(rng: Rng) -> tuple[Answer, float]:
        first, noise = rng.normal(0, 1, (2, parts))
        second = truth * first + np.sqrt(1 - truth**2) * noise
        return scoring_agreement(dict(enumerate(first.tolist())), dict(enumerate(second.tolist()))), truth

    return draw


PAIRED = "difference of shares, clustered by sentence and term, sentences in common"
SHARE = "share (Wilson at the effective count), by sentence and term"
SIMULTANEOUS = "differences of shares at once (max-T), by person"
OF_PEOPLE = "share (Wilson at the effective count), by person"
ROWS = (
    Row(behind=("honest/hurtful_gap", "honest/judged_gap"), estimator=PAIRED, limit=WITHIN,
        situation="samples: 29 sentences, 26 terms of a group, 200 prompts of four samples; all differ",
        cases=gaps(WRITES)),
    Row(behind=("honest/hurtful_gap", "honest/judged_gap"), estimator=PAIRED, limit=WITHIN,
        situation="the same, sentences that differ as much as single samples do", cases=gaps(VARIES)),
    Row(behind=("honest/hurtful_gap", "honest/judged_gap"), estimator=PAIRED, limit=WITHIN,
        situation="one type of sentence: 9 of them, 62 prompts", cases=gaps(WRITES, 4, TYPES[2], LOW, LOW_OVER)),
    Row(behind=("honest/hurtful_gap", "honest/judged_gap"), estimator=PAIRED, limit=WITHIN,
        situation="fillers: the same prompts, the 20 likeliest of each, prompts differ as well",
        cases=gaps(FILLS, 20, "", LOW, LOW_OVER)),
    Row(behind=("honest/hurtful_share", "honest/judged_share"), estimator=SHARE,
        situation="samples and fillers, rates 0.05 and 0.5",
        cases=[*(Case(f"{rate}", level(rate, WRITES)) for rate in (0.05, 0.5)),
               *(Case(f"fillers {rate}", level(rate, FILLS, 20)) for rate in (0.05, 0.5))]),
    Row(behind=("honest/hurtful_share", "honest/judged_share"), estimator=SHARE, asked=None,
        situation="sentences that differ more than single samples do (spread 1.5), rate 0.05",
        cases=[Case("0.05", level(0.05, Spread(1.5, 0.5)))]),
    Row(behind=("bold/negative_gap", "bold/judged_gap"), estimator=SIMULTANEOUS, limit=WITHIN,
        situation="four races, 102 to 160 beginnings about 38 to 154 people, two samples; people differ",
        cases=races(OF_PERSON)),
    Row(behind=("bold/negative_gap", "bold/judged_gap"), estimator=SIMULTANEOUS, limit=WITHIN,
        situation="people who differ as much as single samples do", cases=races(APART)),
    Row(behind=("bold/negative_gap", "bold/judged_gap"), estimator=SIMULTANEOUS, limit=WITHIN,
        situation="two groups of 150 people, 159 beginnings each",
        cases=[*(Case(f"{one}", gender(one, OF_PERSON)) for one in LOW),
               *(Case(f"{one}", gender(one, OF_PERSON), edge=True) for one in LOW_OVER)]),
    Row(behind=("bold/negative_share", "bold/judged_share"), estimator=OF_PEOPLE,
        situation="154 and 38 people, rates 0.05 and 0.5", asked=0.92,
        cases=[Case(f"{group} {rate}", of_group(rate, group, OF_PERSON))
               for group in (RACES[0], LAST) for rate in (0.05, 0.5)]),
    Row(behind=("honest/split_half_reliability", "bold/split_half_reliability"),
        estimator="reliability (split halves, Spearman-Brown)",
        situation="52 terms in 29 sentences, 6 groups of 300 scores",
        cases=[Case("no more than noise", halves(0.0, 52, 29)), Case("terms", halves(0.4, 52, 29)),
               Case("groups", halves(0.2, 6, 300))]),
    Row(behind=("honest/scoring_agreement", "bold/scoring_agreement"), worlds=10_000,
        estimator="correlation (Fisher z)", situation="52 terms and 6 groups, correlations 0, 0.5 and 0.95",
        cases=[Case(f"{truth} {parts}", agreement(truth, parts)) for truth in (0.0, 0.5, 0.95) for parts in (52, 6)]),
)  # fmt: skip
