"""Tests an explanation on the model: words are hidden in its order, and in others, in a way of hiding of its own.

What an explanation calls important should change the target most when it is hidden (comprehensiveness) and hold it up
when it stands alone (sufficiency): DeYoung et al. 2020, https://aclanthology.org/2020.acl-main.408. What the hidden
words together are said to weigh should be what the target loses (infidelity): Yeh et al. 2019,
https://arxiv.org/abs/1901.09392. Each number stands beside that of orders drawn at random, which know nothing, and the
curves beside those of a greedy search on the model itself, which is about as good as an order can be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from fairwitness.audit.attribution.coalitions import (
    Presence,
    Rules,
    ValueFunction,
    Values,
    ends,
    solve,
)
from fairwitness.audit.attribution.targets import Refused
from fairwitness.audit.requests import Attribute, Attribution, Hiding, Target, Unanswered
from fairwitness.audit.subject import Ask

ORDERS = 10
CUTS = 20
"""Most places at which a curve is measured, none hidden not counted."""
SHUFFLES = 50
ROUNDING = 1e-9
GroundKey: TypeAlias = tuple[str, Target, Hiding, int]
RulesOf: TypeAlias = Callable[[Attribute], Rules | Unanswered]


def cuts(words: int) -> npt.NDArray[np.int64]:
    """How many words are hidden at each place of a curve: 0, 1, ... all; of long texts 21 numbers about equally far.

    >>> cuts(3).tolist(), len(cuts(200))
    ([0, 1, 2, 3], 21)
    """
    return np.unique(np.round(np.linspace(0, words, min(words, CUTS) + 1)).astype(np.int64))


def along(order: npt.NDArray[np.int64]) -> Presence:
    """The coalitions met when words are hidden in this order, from all shown to none, at the cuts."""
    rank = np.argsort(order)
    return np.asarray(rank >= cuts(len(order))[:, np.newaxis], dtype=np.bool_)


def random_orders(words: int, seed: int) -> Presence:
    """The coalitions of ten seeded random orders, one order behind the other."""
    generator = np.random.default_rng(seed)
    return np.concatenate([along(generator.permutation(words)) for _ in range(ORDERS)])


@dataclass(slots=True)
class Ground:
    """What the model does with one text when words are hidden in the way of the test; no explanation is in it."""

    value_of: ValueFunction
    seed: int
    hidden_first: list[int] = field(default_factory=list)
    """Words in the order in which greedy search hides them: each time those whose loss costs the target most."""
    shown_first: list[int] = field(default_factory=list)
    """Words in the order in which greedy search shows them, from none: each time those that raise the target most."""

    @property
    def words(self) -> int:
        """How many there are."""
        return len(self.value_of.words)

    @property
    def finished(self) -> bool:
        """Whether greedy search is at its end, or the model refused."""
        return bool(self.value_of.refused) or len(self.hidden_first) == self.words

    def steps(self) -> tuple[Presence, Presence]:
        """The coalitions among which greedy search chooses next: one word more hidden, and one word more shown."""
        shown = np.ones(self.words, dtype=np.bool_)
        shown[self.hidden_first] = False
        hidden = np.zeros(self.words, dtype=np.bool_)
        hidden[self.shown_first] = True
        open_words = np.flatnonzero(shown), np.flatnonzero(~hidden)
        less, more = (np.tile(row, (len(left), 1)) for row, left in zip((shown, hidden), open_words, strict=True))
        less[np.arange(len(less)), open_words[0]] = False
        more[np.arange(len(more)), open_words[1]] = True
        return less, more

    def choose(self) -> None:
        """Takes the next words of greedy search, as many as lie between two cuts. Raises Refused."""
        places = cuts(self.words)
        count = int(places[np.searchsorted(places, len(self.hidden_first)) + 1]) - len(self.hidden_first)
        for chosen, rows, sign in zip((self.hidden_first, self.shown_first), self.steps(), (1.0, -1.0), strict=True):
            left = np.array([word for word in range(self.words) if word not in chosen])
            chosen += left[np.argsort(sign * self.value_of(rows), kind="stable")][:count].tolist()

    def test(self, attribution: Attribution) -> Attribution:
        """The attribution with the curves of its order and of the orders beside it. Raises Refused.

        What it asks is not kept: every explanation is tested by the same questions, whatever was tested before it.
        """
        value_of = replace(self.value_of, known=dict(self.value_of.known))
        values = np.array(attribution.values)
        order = np.argsort(-values, kind="stable")
        drawn = random_orders(self.words, self.seed)
        scores = value_of(drawn)
        ranked = along(order)
        greedy = along(np.array(self.hidden_first)), ~along(np.array(self.shown_first))
        single = ~np.eye(self.words, dtype=np.bool_)  # what greedy search asked first
        curves = [value_of(rows) for rows in (ranked, ~ranked, *greedy, single)]
        removal, kept, greedy_removal, greedy_kept, single_removal = (tuple(curve.tolist()) for curve in curves)
        return replace(
            attribution,
            removal=removal,
            kept=kept,
            random_removal=tuple(scores.reshape(ORDERS, -1).mean(axis=0).tolist()),
            greedy_removal=greedy_removal,
            greedy_kept=greedy_kept,
            infidelity=infidelity(values, drawn, scores, self.seed),
            test_evaluations=len(value_of.known),
            single_removal=single_removal,
        )


def infidelity(values: Values, present: Presence, scores: Values, seed: int) -> tuple[float, ...]:
    """What values miss of what hidden words cost, as a share; and what the same values on other words miss, on average.

    Yeh et al. 2019, eq. 1 with their optimal scaling: least E[(β Σ hidden values - loss)²] / E[loss²] over β ≥ 0. Both
    sums are taken from their mean over the rows that hide as many words: what hiding costs whichever words it hides
    depends on the way of hiding alone. 0 is none missed, 1 all of it. The second number is the mean of 50 shuffles of
    the values. Empty where it makes no difference which words are hidden.
    """
    hidden = ~present
    counts = hidden.sum(axis=1)
    loss = _from_mean(-scores, counts)
    if np.abs(loss).max(initial=0.0) < ROUNDING:
        return ()
    generator = np.random.default_rng(seed)
    shuffled = [_missed(generator.permutation(values), hidden, counts, loss) for _ in range(SHUFFLES)]
    return _missed(values, hidden, counts, loss), float(np.mean(shuffled))


def _from_mean(numbers: Values, counts: npt.NDArray[np.int64]) -> Values:
    """The numbers less the mean of those with the same count."""
    means = np.bincount(counts, weights=numbers) / np.maximum(np.bincount(counts), 1)
    return np.asarray(numbers - means[counts], dtype=np.float64)


def _missed(values: Values, hidden: Presence, counts: npt.NDArray[np.int64], loss: Values) -> float:
    said = _from_mean(hidden @ values, counts)
    common = max(float(said @ loss), 0.0)
    size = float(said @ said) * float(loss @ loss)
    return 1.0 if np.abs(said).max(initial=0.0) < ROUNDING else max(0.0, 1 - common**2 / size)


def grounds_of(
    requests: Sequence[Attribute], rules_of: RulesOf, ask: Ask, known: Mapping[GroundKey, Ground] | None = None
) -> Mapping[GroundKey, Ground]:
    """The ground of every text that a request wants tested and that has words enough; what refuses has none.

    Those that are `known` are asked of nobody again.

    All texts are asked together: the random orders in one round, then each step of greedy search in one.
    """
    grounds: dict[GroundKey, Ground] = {}
    for request in requests:
        if not request.tested or key_of(request) in grounds or key_of(request) in (known or {}):
            continue
        rules = rules_of(replace(request, hiding=request.tested))
        if isinstance(rules, Unanswered):
            continue
        value_of = ValueFunction(request.text, rules, ask)
        if len(value_of.words) > 1:
            grounds[key_of(request)] = Ground(value_of, request.seed)
    solve([(ground.value_of, _first(ground)) for ground in grounds.values()], ask)
    searching = list(grounds.values())
    while searching:
        solve([(ground.value_of, rows) for ground in searching for rows in ground.steps()], ask)
        for ground in searching:
            _choose(ground)
        searching = [ground for ground in searching if not ground.finished]
    return {key: ground for key, ground in grounds.items() if not ground.value_of.refused}


def with_test(
    request: Attribute, answer: Attribution | Unanswered, grounds: Mapping[GroundKey, Ground]
) -> Attribution | Unanswered:
    """The answer with its test, where the request wants one and the model could be asked."""
    ground = grounds.get(key_of(request)) if request.tested else None
    if ground is None or isinstance(answer, Unanswered):
        return answer
    try:
        return ground.test(answer)
    except Refused:
        return answer


def key_of(request: Attribute) -> GroundKey:
    """What requests that share a ground have in common."""
    return request.text, request.target, request.tested, request.seed


def _first(ground: Ground) -> Presence:
    return np.concatenate([ends(ground.words), random_orders(ground.words, ground.seed)])


def _choose(ground: Ground) -> None:
    with suppress(Refused):  # the value function keeps the refusal, which ends the search
        ground.choose()
