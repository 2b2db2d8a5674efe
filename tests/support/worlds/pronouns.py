"""Worlds of answers about pronouns, in the shape of the sets that are shipped: pairs, participants, professions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
import numpy.typing as npt

from fairwitness.probes.bias.bug.items import Item, Margin, Side
from fairwitness.probes.bias.winogender.items import OF_OCCUPATION, OF_PARTICIPANT
from fairwitness.probes.kit.coreference.pairs import Pair, ScoredPair
from fairwitness.probes.kit.coreference.questions import WORDINGS, Question, Resolved
from fairwitness.probes.kit.pronouns import WOMEN

Rng = np.random.Generator
Floats = npt.NDArray[np.float64]

PARTICIPANTS = (10, 9, 5, 5, 5, 3, 3, 2, 2, 2, 2, *[1] * 12)
"""In how many of 60 occupations each of 23 participants stands; `someone` stands in all, in half of the sentences."""
_BOTH = [tuple(one) for one in product((-1.0, 1.0), repeat=len(WORDINGS))]
SIGNS = tuple(Resolved(one[::-1], one[::-1], (1, 1)) for one in _BOTH)
"""What was read of a question, by which of its wordings are right."""
OWN_NOISE, WORDING_NOISE = 0.8, 0.6
"""Spreads of a question and of its wording; their squares are 1 together."""


def _question(right: str, pronoun: str) -> Question:
    return Question(f"The {right} said {pronoun} came.", pronoun, 0, f"the {right}", "the other")


def _pair(key: str, group: str, cluster: str, crossing: str, she: bool) -> Pair:
    expected, other = ("she", "he") if she else ("he", "she")
    return Pair(key, group, cluster, _question(key, expected), _question(key, other), crossing=crossing)


@dataclass(frozen=True, slots=True)
class Design:
    """Pairs with the numbers of both labels, whether the first is the one that is meant, and a sign of the second."""

    pairs: tuple[Pair, ...]
    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    meant: Floats
    sign: Floats

    def part(self, group: str) -> npt.NDArray[np.bool_]:
        """Which pairs are of a group."""
        return np.array([pair.group == group for pair in self.pairs])


@cache
def winobias(women: int = 20, men: int = 20) -> Design:
    """Two types; in each every occupation of women beside every one of men, and either is meant once."""
    rows = [
        (f"type {kind} {at} {other} {meant}", f"type {kind}", at, other, meant)
        for kind in (1, 2)
        for at in range(women)
        for other in range(men)
        for meant in (1.0, -1.0)
    ]
    pairs = tuple(_pair(key, group, f"w{at}", f"m{other}", meant > 0) for key, group, at, other, meant in rows)
    first, second, meant = (np.array([row[at] for row in rows]) for at in (2, 3, 4))
    return Design(pairs, first, second, meant.astype(np.float64), -np.ones(len(rows)))


@cache
def winogender(someone: bool = True) -> Design:
    """60 occupations, the odd ones of women; of each the pronoun means it or a participant, or somebody by no name."""
    named = [at for at, count in enumerate(PARTICIPANTS, start=1) for _ in range(count)]
    order = np.random.default_rng(0).permutation(named).tolist()
    rows = [
        (job, who, meant)
        for job in range(60)
        for who in ((order[job], 0) if someone else (order[job],))
        for meant in (1.0, -1.0)
    ]
    pairs = tuple(
        _pair(f"{job} {who} {meant}", OF_OCCUPATION if meant > 0 else OF_PARTICIPANT, f"job {job}", f"who {who}",
              (job % 2 == 1) == (meant > 0))
        for job, who, meant in rows
    )  # fmt: skip
    first, second, meant = (np.array([row[at] for row in rows]) for at in range(3))
    return Design(pairs, first, second, meant.astype(np.float64), np.where(first % 2 == 1, -1.0, 1.0))


def probit(rate: float, variance: float) -> float:
    """The mean of a normal number of that variance which is above 0 in `rate` of all draws."""
    from scipy.special import ndtri

    return float(ndtri(rate)) * math.sqrt(variance)


@dataclass(frozen=True, slots=True)
class Habits:
    """Spreads, in units of the noise of one question: what a model thinks of each label, and how well it knows it.

    `lean` moves the expected pronoun up and the other down, `knowledge` both alike; `of_second` is the ratio of the
    spreads of the second label (occupations of men, participants) to those of the first.
    """

    lean: float
    knowledge: float
    of_second: float = 1.0

    @property
    def variance(self) -> float:
        """Of one margin."""
        return 1 + (self.lean**2 + self.knowledge**2) * (1 + self.of_second**2)

    def margins(self, design: Design, rates: tuple[float, float], rng: Rng) -> Floats:
        """[pair, expected or other pronoun, wording]; the expected share above 0 is `rates`."""
        sizes = design.first.max() + 1, design.second.max() + 1
        firsts = rng.normal(0, 1, (2, sizes[0])) * [[self.lean], [self.knowledge]]
        seconds = rng.normal(0, self.of_second, (2, sizes[1])) * [[self.lean], [self.knowledge]]
        lean = firsts[0][design.first] + design.sign * seconds[0][design.second]
        know = design.meant * (firsts[1][design.first] - seconds[1][design.second])
        shape = (len(design.pairs), 2)
        own = rng.normal(0, OWN_NOISE, shape)[..., None] + rng.normal(0, WORDING_NOISE, (*shape, len(WORDINGS)))
        centres = np.array([probit(rate, self.variance) for rate in rates])
        return np.asarray(
            centres[:, None] + own + know[:, None, None] + lean[:, None, None] * np.array([[1.0], [-1.0]])
        )


def scored(design: Design, margins: Floats, chosen: Sequence[int] | None = None) -> list[ScoredPair]:
    """The pairs (or the chosen ones) with these margins."""
    sides = [[Resolved(tuple(side), tuple(side), (1, 1)) for side in pair] for pair in margins.tolist()]
    numbers = range(len(sides)) if chosen is None else chosen
    return [ScoredPair(design.pairs[at], sides[at][0], sides[at][1], None, None) for at in numbers]


def decided(design: Design, margins: Floats, chosen: Sequence[int] | None = None) -> list[ScoredPair]:
    """The same with margins of 1 and -1 in place of their own: all that shares are made of, and quickly made."""
    codes = ((margins > 0) @ (1 << np.arange(len(WORDINGS)))).tolist()
    numbers = range(len(codes)) if chosen is None else chosen
    return [ScoredPair(design.pairs[at], SIGNS[codes[at][0]], SIGNS[codes[at][1]], None, None) for at in numbers]


BUG_WOMEN = ((12, 59), (8, 18), (6, 16), (6, 3), (2, 21), (2, 2), (1, 17), (1, 2), (1, 2), (1, 1), (1, 1),
             *[(1, 0)] * 5, *[(0, 4)] * 2, *[(0, 3)] * 2, *[(0, 1)] * 6)  # fmt: skip
"""Feminine and masculine sentences of each profession of women, as the gold part of BUG has them."""
BUG_MEN = ((16, 17), (8, 38), (8, 22), (3, 28), (3, 16), (3, 6), (3, 4), (2, 13), (2, 9), (2, 6), (1, 17), (1, 16),
           (1, 15), (1, 7), (1, 7), (1, 6), (1, 6), *[(1, 2)] * 4, (1, 1), (0, 37), (0, 30), (0, 20), (0, 13), (0, 12),
           (0, 11), (0, 10), (0, 8), (0, 8), (0, 5), (0, 4), *[(0, 3)] * 4, *[(0, 2)] * 15, *[(0, 1)] * 15)  # fmt: skip
"""Those of each profession of men."""


@cache
def bug() -> tuple[tuple[Item, ...], npt.NDArray[np.int64]]:
    """The sentences that count, and the number of the profession of each."""
    items, numbers = [], []
    for at, (counts, women) in enumerate([*((one, True) for one in BUG_WOMEN), *((one, False) for one in BUG_MEN)]):
        for feminine, count in zip((True, False), counts, strict=True):
            side: Side = "stereotype" if feminine == women else "against"
            items += [Item("", "she" if feminine else "he", "", f"work {at}", side)] * count
            numbers += [at] * count
    return tuple(items), np.array(numbers)


def leanings(rates: dict[tuple[bool, str], float], lean: float, knowledge: float, rng: Rng) -> list[Margin]:
    """The sentences of BUG with margins: expected shares right by gender and kind, professions that vary.

    `lean` is the spread of what each profession is thought to be (women's or men's), `knowledge` that of how well it
    is known.
    """
    items, numbers = bug()
    jobs = int(numbers.max()) + 1
    thought, known = rng.normal(0, lean, jobs), rng.normal(0, knowledge, jobs)
    variance = 1 + lean**2 + knowledge**2
    signs = np.array([1.0 if item.feminine else -1.0 for item in items])
    centres = np.array([probit(rates[item.feminine, item.side], variance) for item in items])
    margins = centres + signs * thought[numbers] + known[numbers] + rng.normal(0, 1, len(items))
    return [Margin(item, value) for item, value in zip(items, margins.tolist(), strict=True)]


def of_pairs(pairs: Sequence[Pair]) -> Design:
    """The design of pairs that a probe made: which labels they have, and which side of them is meant."""
    meant = np.array([1.0 if pair.pro.right.removeprefix("the ") == pair.cluster else -1.0 for pair in pairs])
    she = np.array([1.0 if pair.pro.pronoun in WOMEN else -1.0 for pair in pairs])
    first, second = (
        np.unique(labels, return_inverse=True)[1].reshape(-1)
        for labels in ([pair.cluster for pair in pairs], [pair.crossing for pair in pairs])
    )
    return Design(tuple(pairs), first, second, meant, -she * meant)
