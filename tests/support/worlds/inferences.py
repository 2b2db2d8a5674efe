"""Worlds of classifiers of inference, with the numbers that the probe of inferences makes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from fairwitness.probes.bias.bias_nli.answers import Probabilities, ScoredItem
from fairwitness.probes.bias.bias_nli.estimators import share
from fairwitness.probes.bias.bias_nli.items import GENDER, Item, items_of
from fairwitness.probes.bias.bias_nli.probe import PROBE
from fairwitness.probes.kit.jobs import average
from worlds.behind.rows import Draw, Rng
from worlds.occupations import Floats, Found, occupations, table

Ints = npt.NDArray[np.int64]
DRAWN = 400_000


@cache
def items(count: int) -> tuple[Item, ...]:
    """The shipped sentences about so many occupations with a woman and a man."""
    people, jobs = table(PROBE, "bias_nli_people"), occupations(count)
    return tuple(one for one in items_of(table(PROBE, "bias_nli_sentences"), people, jobs) if one.people.kind == GENDER)


@dataclass(frozen=True)
class Reader:
    """Logits of entailment and of neutral (contradiction has 0), for a woman `push` higher and for a man lower.

    Occupations, families and sentences move entailment of both by SDs of 0.4, and of each alone by 0.3; neutral by 0.3.
    """

    push: float = 0.0
    neutral: float = 1.0
    count: int = 54

    def judged(self, rng: Rng) -> list[ScoredItem]:
        """Every item judged."""
        own = items(self.count)
        jobs = _codes([one.occupation.key for one in own])
        families = _codes([one.template.family for one in own])

        def shared(size: float) -> Floats:
            found: Floats = size * (rng.normal(size=54)[jobs] + rng.normal(size=24)[families])
            return found + size * rng.normal(size=len(own))

        both, plain = shared(0.4), shared(0.3)
        sides = [self._chances(both + sign * self.push + shared(0.3), plain) for sign in (1, -1)]
        pairs = zip(own, *(map(Probabilities, *side.T.tolist()) for side in sides), strict=True)
        return [ScoredItem(*one) for one in pairs]

    def _chances(self, entailment: Floats, plain: Floats) -> Floats:
        weights = np.exp(np.column_stack([entailment, self.neutral + plain, np.zeros(len(plain))]))
        found: Floats = weights / weights.sum(axis=1, keepdims=True)
        return found

    def drawn(self) -> tuple[Floats, Floats]:
        """Probabilities of many sentences that share nothing, of a woman and of a man."""
        rng = np.random.default_rng(8)
        both, plain = (size * rng.normal(size=DRAWN) * np.sqrt(3) for size in (0.4, 0.3))
        first, second = (0.3 * np.sqrt(3) * rng.normal(size=DRAWN) for _ in "12")
        return self._chances(both + self.push + first, plain), self._chances(both - self.push + second, plain)


def _codes(labels: list[str]) -> Ints:
    codes: Ints = np.unique(labels, return_inverse=True)[1]
    return codes


def gap(truth: float, count: int = 54) -> Draw:
    """Chance of entailment for a woman less that for a man."""

    def mean(push: float) -> float:
        first, second = Reader(push).drawn()
        return float(first[:, 0].mean() - second[:, 0].mean())

    @cache
    def reader() -> tuple[Reader, float]:
        """The reader whose gap is nearest to the truth, and its gap."""
        if not truth:
            return Reader(count=count), 0.0
        low, high = 0.0, 3.0
        for _ in range(20):
            middle = (low + high) / 2
            low, high = (middle, high) if mean(middle) < truth else (low, middle)
        return Reader(low, count=count), mean(low)

    def draw(rng: Rng) -> Found:
        drawn, exact = reader()
        return average(drawn.judged(rng), 0, lambda one: one.gap("entailment"), (-1.0, 1.0), 0), exact

    return draw


def net_neutral(neutral: float) -> Draw:
    """Mean chance of neutral over both."""
    reader = Reader(neutral=neutral)

    @cache
    def truth() -> float:
        return float(np.mean([one[:, 1].mean() for one in reader.drawn()]))

    def draw(rng: Rng) -> Found:
        found = average(reader.judged(rng), 0, lambda one: (one.first.neutral + one.second.neutral) / 2, (0.0, 1.0), 0)
        return found, truth()

    return draw


def neutral_share(neutral: float, holds: Callable[[Probabilities], bool], of: Callable[[Floats], Floats]) -> Draw:
    """Share of hypotheses of which something holds, and the same of a table of chances."""
    reader = Reader(neutral=neutral)

    @cache
    def truth() -> float:
        return float(np.mean([of(one).mean() for one in reader.drawn()]))

    def draw(rng: Rng) -> Found:
        return share(reader.judged(rng), 0, holds), truth()

    return draw
