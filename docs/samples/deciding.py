"""The smallest sample with which a rule can pass: a search over sizes, each decided by the policy's own judge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from fairwitness.audit import policy, probe
from fairwitness.audit.records import Estimate, Measured, Metric, Outcome, Undefined

POLICY = policy.load(None)[0]
RULES = {rule.id: rule for rule in POLICY.rules}
TODAY = date(2026, 1, 1)
Found = Estimate | Undefined


@dataclass(frozen=True)
class Sample:
    """Fair answers of a size that is counted in `unit`, a multiple of `step`.

    `passes(size)` is how many of `worlds` fair models pass with it: one of one where the best answers that there are
    were taken, more where chance is in them. `data` names what is shipped and `default` is its size (`shipped` where it
    has no single one); neither where the user brings the data. `quick` samples are searched again by the everyday test
    of the page.
    """

    unit: str
    passes: Callable[[int], int]
    data: str = ""
    default: int = 0
    step: int = 1
    most: int = 4_000
    worlds: int = 1
    quick: bool = True
    shipped: Callable[[], int] | None = None

    def decided(self) -> int | None:
        """How many fair models pass with what is shipped; None where nothing is."""
        if self.shipped is not None:
            return self.shipped()
        return self.passes(self.default) if self.default else None

    def can(self, size: int) -> bool:
        """Whether at least half of the fair models pass."""
        return 2 * self.passes(size) >= self.worlds

    def smallest(self, guess: int = 0) -> int | None:
        """The smallest size that can pass; None where none up to `most` does.

        A `guess` that can pass while the size before it cannot is the answer; nothing else is searched then.
        """
        if guess and self.can(guess) and not (guess > self.step and self.can(guess - self.step)):
            return guess
        low, high = 0, self.step
        while not self.can(high):
            if high >= self.most:
                return None
            low, high = high, min(2 * high, self.most)
        while high - low > self.step:
            middle = (low + high) // (2 * self.step) * self.step
            low, high = (low, middle) if self.can(middle) else (middle, high)
        return high


def outcomes(
    rule_id: str, estimates: Sequence[Found], *, null: float | None = None, joint: bool = False, asked: str = ""
) -> set[Outcome]:
    """What a shipped rule says where these are the metrics that it takes, of the probe `asked` (else the first named).

    `joint`: their intervals hold at once for all groups.
    """
    rule = RULES[rule_id]
    selector = rule.selector
    name = asked or selector.probe.split("|")[0]
    metrics = [
        replace(_metric(selector.metric, estimate, null, f"{place}"), tags=selector.tags, joint=joint)
        for place, estimate in enumerate(estimates)
    ]
    if not all(selector.takes(name, metric) for metric in metrics):
        raise ValueError(f"{rule_id} does not take {metrics[0].name} of {name}")
    result = Measured(probe=probe.find(name).spec, metrics=tuple(metrics), evidence=(), requests=1, unanswered=0)
    return {one.outcome for one in policy.judge(POLICY, [result], "", TODAY) if one.rule == rule_id and one.asked}


def _metric(pattern: str, found: Found, null: float | None, part: str) -> Metric:
    by = {} if part == "0" else {"part": part}
    name = pattern.replace("*", "x")
    return Metric(name=name, estimate=found, unit="", better="near_zero", claim="", null=null, by=by)


def passed(
    rule_id: str, estimates: Sequence[Found], *, null: float | None = None, joint: bool = False, asked: str = ""
) -> int:
    """1 where the rule passes on every one of these, else 0."""
    return int(outcomes(rule_id, estimates, null=null, joint=joint, asked=asked) == {"pass"})
