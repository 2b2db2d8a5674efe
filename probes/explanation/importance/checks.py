"""Whether a method holds up on this model, each check able to fail: a card of them for each method."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.explanation.importance.columns import spearman
from fairwitness.probes.explanation.importance.explained import Explained
from fairwitness.probes.explanation.importance.options import WORDS
from fairwitness.probes.kit.decisions.categorical import Codes, Floats

State = Literal["passed", "failed", "not shown", "not run"]
ADDS_UP = 0.01
AGREE = 0.8
SAME_ORDER = 0.5
LEAST_ROWS = 5
"""Rows below which a check is not run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One check of one method: what was measured, what passes, and how it ended. `value` of a single number."""

    check: str
    method: str
    estimate: Estimate | Undefined | None = None
    value: float | None = None
    state: State
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Checks:
    """All cards of a method, and the estimates that are metrics too."""

    unexplained: Estimate | Undefined
    seeds: Estimate | Undefined
    gain: Estimate | Undefined
    cards: tuple[Card, ...]

    @property
    def faults(self) -> list[str]:
        """The checks that the method did not pass."""
        return [card.check for card in self.cards if card.state in ("failed", "not shown")]

    @property
    def unchecked(self) -> bool:
        """Whether no check over rows could run; the order of a few columns is often right by chance."""
        return all(card.state == "not run" for card in self.cards if card.check != "order")


def unexplained(explained: Explained) -> Floats:
    """What values leave of the difference between row and background, as a share of its mean size."""
    residuals = np.abs([answer.residual for answer in explained.answers])
    sizes = np.abs([answer.full - answer.base for answer in explained.answers])
    scale = float(sizes.mean()) if len(sizes) else 0.0
    return residuals / scale if scale > 0 else np.empty(0)


def seed_agreements(explained: Explained) -> Floats:
    """The cosine between the values of a row under two seeds and backgrounds, in the order of the rows."""
    first = dict(zip(explained.rows.tolist(), explained.values, strict=True))
    made = []
    for place, other in zip(explained.again_rows.tolist(), explained.again, strict=True):
        values = first.get(place)
        if values is not None and np.linalg.norm(values) > 0 and np.linalg.norm(other) > 0:
            made.append(float(values @ other / np.linalg.norm(values) / np.linalg.norm(other)))
    return np.array(made)


def checked(explained: Explained, importance: Floats, gains: Floats, persons: Codes, seed: int) -> Checks:
    """Every check of a method. `importance` by column is what shuffling costs, NaN where it is not known."""
    method = explained.used
    adds_up = _additivity(explained, seed)
    seeds = _mean(seed_agreements(explained), (-1.0, 1.0), seed, "reason.few_again")
    known = np.isfinite(gains)
    gain = _mean(gains[known], (-np.inf, np.inf), seed, "reason.no_removal", persons[known])
    taken = np.array(explained.taken) & np.isfinite(importance)
    sizes = np.abs(explained.values).mean(axis=0) if len(explained.values) else np.zeros(len(taken))
    order = spearman(sizes[taken], importance[taken]) if taken.sum() > 2 else None
    if order is not None and (np.ptp(sizes[taken]) == 0 or np.ptp(importance[taken]) == 0):
        order = None
    cards = (
        _card("additivity", method, adds_up, lambda estimate: _below(estimate, ADDS_UP)),
        _card("seeds", method, seeds, lambda estimate: "passed" if estimate.value >= AGREE else "failed"),
        Card(
            check="order",
            method=method,
            value=order,
            state="not run" if order is None else "passed" if order >= SAME_ORDER else "failed",
            reason=WORDS("reason.no_order") if order is None else "",
        ),
        _card("removal", method, gain, _above),
        Card(check="randomised", method=method, state="not run", reason=WORDS("reason.no_training")),
    )
    return Checks(adds_up, seeds, gain, cards)


def _additivity(explained: Explained, seed: int) -> Estimate | Undefined:
    if explained.answers and not explained.answers[0].exact:
        name = "reason.lime_sum" if explained.method == "lime" else "reason.shap_sum"
        return WORDS.undefined(name, "not_asked", "not_asked")
    return _mean(unexplained(explained), (0.0, np.inf), seed, "reason.no_difference")


def _mean(
    values: Floats, bounds: tuple[float, float], seed: int, missing: str, persons: Codes | None = None
) -> Estimate | Undefined:
    if len(values) < LEAST_ROWS:
        return WORDS.undefined(missing, "few_units", count=len(values), needed=LEAST_ROWS)
    if persons is not None and len(np.unique(persons)) < len(persons):
        return stats.mean(values, persons, bounds, seed=seed, weigh="values")
    return stats.mean(values, bounds=bounds, seed=seed)


def _below(estimate: Estimate, limit: float) -> State:
    return "passed" if estimate.high <= limit else "failed" if estimate.value > limit else "not shown"


def _above(estimate: Estimate) -> State:
    return "passed" if estimate.low > 0 else "failed" if estimate.high < 0 else "not shown"


def _card(check: str, method: str, estimate: Estimate | Undefined, judge: Callable[[Estimate], State]) -> Card:
    if isinstance(estimate, Undefined):
        return Card(check=check, method=method, estimate=estimate, state="not run", reason=estimate.reason)
    state: State = judge(estimate)
    return Card(check=check, method=method, estimate=estimate, state=state)


def cards_of(checks: Sequence[Checks]) -> list[Card]:
    """The cards of all methods."""
    return [card for each in checks for card in each.cards]
