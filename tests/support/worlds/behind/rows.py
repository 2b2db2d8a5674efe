"""One estimator behind headlines or verdicts, in the situations that it meets, and what is asked of it there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from fairwitness.audit.records import Estimate, Undefined

Rng: TypeAlias = np.random.Generator
Draw: TypeAlias = Callable[[Rng], tuple[Estimate | Undefined, float]]
"""One simulated world: what the shipped estimator says of it, and the truth."""
Limit: TypeAlias = tuple[Literal["<=", ">=", "within"], float]

HIGH = 0.97
PASSES = 0.025
"""Of limits that the truth lies just outside of, at most so many may be passed."""
FEWEST_KNOWN = 0.5
SURE = 0.99
SURE_OF_FEW = 0.9999


@dataclass(frozen=True, slots=True)
class Case:
    """One situation. `edge`: the truth lies just outside of the shipped limit, so that no world should pass it."""

    name: str
    draw: Draw
    edge: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the page.

    `behind` names the metrics as PROBE/METRIC; `asked` is the least coverage (0.93 from 100 units on, 0.92 from 30 on),
    None of a bad corner, which is printed and not judged; `null` is the value that a "within" limit lies around.
    """

    behind: tuple[str, ...]
    estimator: str
    situation: str
    cases: Sequence[Case]
    limit: Limit | None = None
    null: float = 0.0
    asked: float | None = 0.93
    worlds: int = 1_000

    def measure(self, worlds: int, seed: int) -> list[Found]:
        """What became of so many worlds of each case; the chance of a case does not depend on the others."""
        return [self._measure(case, worlds, np.random.default_rng([seed, at])) for at, case in enumerate(self.cases)]

    def _measure(self, case: Case, worlds: int, rng: Rng) -> Found:
        known = held = passed = 0
        for _ in range(worlds):
            estimate, truth = case.draw(rng)
            if isinstance(estimate, Undefined):
                continue
            known += 1
            held += estimate.low <= truth <= estimate.high
            passed += case.edge and self._passes(estimate)
        return Found(case.name, case.edge, worlds, known, held, passed)

    def _passes(self, estimate: Estimate) -> bool:
        assert self.limit is not None, f"{self.estimator}: a case at the edge of no limit"
        op, value = self.limit
        if op == "<=":
            return estimate.high <= value
        if op == ">=":
            return estimate.low >= value
        return self.null - value <= estimate.low and estimate.high <= self.null + value

    def faults(self, found: Sequence[Found], sure: float = SURE) -> list[str]:
        """What is shown not to be as asked, at that certainty; empty where all is, and in a bad corner."""
        return [] if self.asked is None else [why for one in found if (why := one.fault(self.asked, sure))]


@dataclass(frozen=True, slots=True)
class Found:
    """Of so many worlds, how many had an estimate, how many of these hold the truth, and how many pass wrongly."""

    name: str
    edge: bool
    worlds: int
    known: int
    held: int
    passed: int

    @property
    def coverage(self) -> float:
        """The share of estimates whose interval holds the truth."""
        return self.held / self.known if self.known else float("nan")

    @property
    def passes(self) -> float:
        """The share of all worlds that pass though they should not: what has no estimate does not pass."""
        return self.passed / self.worlds

    def fault(self, asked: float, sure: float = SURE) -> str:
        """What is shown to be wrong of this case; empty where nothing is."""
        if self.known < FEWEST_KNOWN * self.worlds:
            return f"{self.name}: only {self.known} of {self.worlds} worlds have an estimate"
        if (high := limits(self.held, self.known, sure)[1]) < asked:
            return f"{self.name}: holds the truth in {self.coverage:.1%}, at most {high:.1%}"
        if (low := limits(self.passed, self.worlds, sure)[0]) > PASSES:
            return f"{self.name}: passes wrongly in {self.passes:.1%}, at least {low:.1%}"
        return ""


def limits(hits: int, number: int, level: float) -> tuple[float, float]:
    """Clopper and Pearson's exact limits of a share."""
    from scipy.stats import beta

    tail = (1 - level) / 2
    low = float(beta.ppf(tail, hits, number - hits + 1)) if hits else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, number - hits)) if hits < number else 1.0
    return low, high
