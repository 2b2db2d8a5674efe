"""Groups, rates and numbers as the sentences of this probe say them."""

from __future__ import annotations

import math

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.fairness.group_fairness.rates import NOT_ESTIMABLE, OTHERS, TOGETHER, Group, Part, Rate
from fairwitness.probes.fairness.group_fairness.rows import Outcomes


def of_group(part: Part, group: Group) -> str:
    """The rows of a group."""
    if TOGETHER in group or OTHERS in group:
        return f"rows of {'the smaller groups' if TOGETHER in group else 'all other groups'} by {part.name}"
    described = " and ".join(f"{name} {value}" for name, value in zip(part.columns, group, strict=True))
    return f"rows with {described}" if described else "all rows"


def verb(rate: Rate, outcomes: Outcomes) -> tuple[str, str]:
    """What the hits of a rate do, and among which rows."""
    said = {"chosen": outcomes.chosen, "counted": outcomes.counted}
    return rate.verb.format(**said), rate.among.format(**said)


def title(name: str) -> str:
    """The name of a metric as words."""
    return name.replace("_", " ")


def capital(text: str) -> str:
    """The text with a capital at its start."""
    return text[:1].upper() + text[1:]


def not_measured(what: str, estimate: Estimate | Undefined) -> str:
    """The sentence for a metric without an estimate; empty where there is one."""
    if isinstance(estimate, Estimate):
        return ""
    return f"{what} could not be estimated: {estimate.reason.removeprefix(NOT_ESTIMABLE)}."


def detectable(estimate: Estimate) -> str:
    """Which difference these rows would have shown; empty where that is not known."""
    effect = stats.minimum_detectable_effect(estimate)
    return (
        f"With these rows a true difference of {100 * effect:.1f} points would be seen 4 times in 5." if effect else ""
    )


def detectable_ratio(estimate: Estimate) -> str:
    """Which ratios these rows would have told from 1, where the interval holds 1; a sentence after a space."""
    if not 0 < estimate.low <= 1 <= estimate.high:
        return ""
    half = math.log(estimate.high / estimate.low) / 2
    effect = stats.minimum_detectable_effect(Estimate(0.0, -half, half, estimate.level, estimate.n, estimate.method))
    if effect is None:
        return ""
    low, high = math.exp(-effect), math.exp(effect)
    return f" With these rows a true ratio of {low:.2f} or {high:.2f} would be told from 1 4 times in 5."


def percent(value: float) -> str:
    """A share as per cent."""
    return f"{100 * value:.1f} %"


def percent_below(value: float, limit: float) -> str:
    """A share below a limit as per cent, with as many digits as show that it is below."""
    digits = next(digits for digits in range(1, 16) if round(100 * value, digits) < 100 * limit)
    return f"{100 * value:.{digits}f} %"


def span(estimate: Estimate) -> str:
    """The interval of a share."""
    return f"95 % interval {100 * estimate.low:.1f} to {100 * estimate.high:.1f} %"


def points(value: float) -> str:
    """A difference of shares as percentage points with its sign."""
    return f"{100 * value:+.1f}".replace("-", "−")


def p(value: float) -> str:
    """A p-value."""
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"


def crossing(group: Group) -> str:
    """A group as one text: of a crossing the value of each column."""
    return " × ".join(group)


def contrast_tags(part: Part, *more: str) -> tuple[str, ...]:
    """Tags of a contrast: those of single columns and those of crossings are told apart.

    The contrast of small groups as one is alone: its interval does not hold together with those of other groups.
    """
    more = tuple(tag for tag in more if not (part.pooled and tag == "simultaneous"))
    return ("extrinsic", "intersection" if len(part.columns) > 1 else "contrast", *more)


def group_tags(part: Part, *more: str) -> tuple[str, ...]:
    """Tags of a group's own value."""
    return ("extrinsic", *more, *(("intersection",) if len(part.columns) > 1 else ()))
