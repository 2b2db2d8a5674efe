"""What is made of several rates: balanced accuracy, F1, average odds, treatment equality, inequality of benefit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from assay.audit import stats
from assay.audit.metrics import CELLS, DEFINITIONS, SHARES, Share, generalized_entropy, theil
from assay.audit.records import Better, Estimate, Metric, Undefined
from assay.probes.claims import concluded, escaped, stated
from assay.probes.group_fairness import words
from assay.probes.group_fairness.contrasts import differences
from assay.probes.group_fairness.rates import NEGATIVES, NOT_ESTIMABLE, POSITIVES, Group, Limits, Part

Of: TypeAlias = Callable[[Part, Group, Limits], stats.Sample | Undefined]
FOUND = Share(("tp",), ("fp", "fn", "tp"))
MISSED = Share(("fn",), ("fp", "fn"))
WRONG = "wrong decisions"
STEP = 1e-6
"""Width of the numerical derivative of an index by the share of a cell."""


@dataclass(frozen=True, slots=True)
class Compound:
    """A quantity of a group, its words and how it is made. `alone`: whether a group's own value is given too."""

    name: str
    title: str
    of: Of
    method: str
    high: float = 1.0
    unit: str = "share"
    better: Better = "higher"
    alone: bool = True


def compounds(parts: Sequence[Part], limits: Limits) -> list[Metric]:
    """The values of every group, then their contrasts with the reference group."""
    own = [_own(one, part, group, limits) for part in parts for group in part.groups for one in COMPOUNDS if one.alone]
    referred = [(part, part.reference) for part in parts if part.reference is not None]
    return own + [
        metric
        for part, reference in referred
        for one in COMPOUNDS
        for metric in _contrasts(one, part, reference, limits)
    ]


def _mean_with(name: str) -> Of:
    """The mean of the true positive rate and of a rate of the truly negative rows."""

    def of(part: Part, group: Group, limits: Limits) -> stats.Sample | Undefined:
        one = part.sample(SHARES["true_positive_rate"], group, limits, condition=POSITIVES)
        two = part.sample(SHARES[name], group, limits, condition=NEGATIVES)
        if isinstance(one, Undefined):
            return one
        return two if isinstance(two, Undefined) else stats.linear([(0.5, one), (0.5, two)])

    return of


def _f1(part: Part, group: Group, limits: Limits) -> stats.Sample | Undefined:
    """F1 is 2 j / (1 + j) of the share j of true positives among all rows that are positive or selected."""
    share = part.sample(FOUND, group, limits, condition="rows that are positive or selected")
    if isinstance(share, Undefined):
        return share
    return stats.rising(share, lambda j: 2 * j / (1 + j), 2 / (1 + share.value) ** 2)


def _treatment(part: Part, group: Group, limits: Limits) -> stats.Sample | Undefined:
    """False negatives for each false positive: the odds of the share of false negatives among wrong decisions."""
    share = part.sample(MISSED, group, limits, condition=WRONG)
    if isinstance(share, Undefined):
        return share
    if share.value == 1:
        return Undefined(f"{NOT_ESTIMABLE}there is no false positive to divide by")
    return stats.rising(share, lambda q: q / (1 - q), 1 / (1 - share.value) ** 2)


def _inequality(index: Callable[[npt.ArrayLike], npt.NDArray[np.float64]]) -> Of:
    """An index of the four cells, with the variance that the delta method gives it."""

    def of(part: Part, group: Group, limits: Limits) -> stats.Sample | Undefined:
        wrong = part.sample(MISSED, group, limits, condition=WRONG)
        if isinstance(wrong, Undefined):
            return wrong
        counted = [part.counted(Share((name,), CELLS), group) for name in CELLS]
        n = min(size for _, size in counted)
        shares = np.array([hits / size for hits, size in counted], dtype=np.float64)
        value = float(index(shares))
        if math.isnan(value):
            return Undefined(f"{NOT_ESTIMABLE}no row has a benefit")
        slopes = (index(shares + STEP * np.eye(len(CELLS))) - value) / STEP
        variance = float(shares @ slopes**2 - (shares @ slopes) ** 2) / n
        return stats.normal_sample(value, max(0.0, variance), n)

    return of


ENTROPY, THEIL = DEFINITIONS["generalized_entropy"], DEFINITIONS["theil"]
MEANS, SHAPED = "square-and-add of Wilson limits", "Wilson score, transformed"
COMPOUNDS: tuple[Compound, ...] = (
    Compound("balanced_accuracy", "balanced accuracy", _mean_with("true_negative_rate"), MEANS),
    Compound("f1", "F1", _f1, SHAPED),
    Compound(
        "average_odds", "mean of true and false positive rate", _mean_with("false_positive_rate"), MEANS, alone=False
    ),
    Compound(
        "treatment_equality",
        "number of false negatives for each false positive",
        _treatment,
        SHAPED,
        math.inf,
        "ratio",
        "none",
    ),
    Compound(
        ENTROPY.name,
        "generalized entropy of benefits",
        _inequality(generalized_entropy),
        "delta",
        math.inf,
        ENTROPY.unit,
        "lower",
    ),
    Compound(THEIL.name, "Theil index of benefits", _inequality(theil), "delta", math.inf, THEIL.unit, "lower"),
)


def _own(one: Compound, part: Part, group: Group, limits: Limits) -> Metric:
    sample = one.of(part, group, limits)
    estimate = sample if isinstance(sample, Undefined) else sample.estimate(one.method, (0.0, one.high))
    what = f"The {one.title} of {words.of_group(part, group)}"
    claim = stated(what, estimate, f"{escaped(what)} is {{value}}")
    tags = words.group_tags(part)
    return Metric(one.name, estimate, one.unit, one.better, claim, None, part.by(group), ("confusion",), tags)


def _contrasts(one: Compound, part: Part, reference: Group, limits: Limits) -> Iterator[Metric]:
    samples = {group: one.of(part, group, limits) for group in part.compared}
    for group, estimate in differences(samples, reference, one.method, (-one.high, one.high)).items():
        yield _difference(one, part, group, reference, estimate)


def _difference(one: Compound, part: Part, group: Group, reference: Group, estimate: Estimate | Undefined) -> Metric:
    who, other = words.of_group(part, group), words.of_group(part, reference)
    difference = f"The difference in {one.title} between {who} and {other}"
    who, other = escaped(who), escaped(other)
    what = f"The {one.title} of {who}"
    claim = concluded(
        difference,
        estimate,
        above=f"{what} is {{size}} higher than that of {other}",
        below=f"{what} is {{size}} lower than that of {other}",
        unshown=f"Whether the {one.title} of {who} and of {other} differ is not shown",
    )
    by, tags = words.against_by(part, group, reference), words.contrast_tags(part, "simultaneous")
    name = f"{one.name}_difference"
    return Metric(name, estimate, one.unit, "near_zero", claim, 0.0, by, ("confusion",), tags)
