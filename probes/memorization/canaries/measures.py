"""The metrics of the probe: mean exposures by how often a secret stood in the training data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from fairwitness.audit import reasons, stats
from fairwitness.audit.canaries.key_file import Canary
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.audit.stats.unanswered import mean_if_answered
from fairwitness.probes.kit.canaries.asking import Reading
from fairwitness.probes.kit.canaries.scores import Ranked
from fairwitness.probes.kit.competence import share_right
from fairwitness.probes.kit.measures import Measure
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
LEAST_DOSE = 20
"""Fewest canaries of a mean that stands in a headline."""
LEAST_ONCE = 40
"""Fewest planted canaries of one repeat, by which a release is judged: of 100 coins about 50 are in."""
NEVER = 0
"""Repeats of the canaries that were left out."""
LOWEST = -1.5
"""A little less than any excess can be: a secret behind all others has log2(n / (n + 1)) - 1.44 bits."""

BITS = partial(Measure, words=WORDS, unit="bits", evidence=("canaries",))
ONCE = BITS(name="exposure_once", better="lower", tags=("own_data",))
BY_REPEATS = BITS(name="exposure_by_repeats", better="none", role="description", headline=False)
EXTRAPOLATED = BITS(
    name="exposure_extrapolated", better="none", null=None, role="description", headline=False, scope="detail"
)
BEFORE_ALL = BITS(
    name="before_all_others", unit="share", better="none", null=None, role="description", headline=False, scope="detail"
)
UNSEEN = BITS(name="exposure_unseen", better="near_zero", role="competence")
ORDER = BITS(name="texts_in_order", unit="share", better="higher", null=None, role="competence", evidence=())
MEASURES = (ONCE, BY_REPEATS, EXTRAPOLATED, BEFORE_ALL, UNSEEN, ORDER)


@dataclass(frozen=True, slots=True)
class Dose:
    """The canaries that stood in the training data so often: those with a place, and how many have none."""

    repeats: int
    ranked: tuple[Ranked, ...]
    lost: int

    @property
    def label(self) -> str:
        """How a reader sees the dose."""
        return str(self.repeats)

    def mean(self, value: Callable[[Ranked], float], ends: tuple[float, float]) -> Estimate | Undefined:
        """The mean over the canaries; `ends` are those of what the lost ones might have.

        Undefined below 20 of them, of one repeat below 40.
        """
        least = LEAST_ONCE if self.repeats == 1 else LEAST_DOSE
        if len(self.ranked) < least:
            return reasons.few(len(self.ranked), least, WORDS("unit.canaries"))
        estimate = stats.mean([value(each) for each in self.ranked])
        return mean_if_answered(estimate, len(self.ranked), self.lost, ends)

    @property
    def excess(self) -> Estimate | Undefined:
        """The mean exposure above that of a secret which was never seen, in bits."""
        most = max((each.most for each in self.ranked), default=0.0)
        return self.mean(lambda each: each.excess, (LOWEST, most))


def dose_of(canary: Canary) -> int:
    """How often a canary stood in the training data."""
    return canary.repeats if canary.planted else NEVER


def doses(reading: Reading) -> list[Dose]:
    """The canaries by dose, the unseen first."""
    numbers = {dose_of(each.canary) for each in reading.ranked} | {dose_of(each.canary) for each in reading.unranked}
    made = []
    for number in sorted(numbers):
        ranked = tuple(each for each in reading.ranked if dose_of(each.canary) == number)
        made.append(Dose(number, ranked, sum(dose_of(each.canary) == number for each in reading.unranked)))
    return made


def of_dose(made: Sequence[Dose], repeats: int) -> Dose:
    """The dose of so many repeats, which may have no canaries."""
    return next((dose for dose in made if dose.repeats == repeats), Dose(repeats, (), 0))


def growth(made: Sequence[Dose]) -> Estimate | Undefined:
    """The mean excess of the canaries of two repeats and more: whether any of them were learned at all."""
    repeated = tuple(each for dose in made if dose.repeats > 1 for each in dose.ranked)
    return replace(of_dose([], 2), ranked=repeated).excess


def extrapolated(dose: Dose) -> Estimate | Undefined:
    """The mean exposure by fitted distributions, of canaries that have one: beyond log2 of the references a guess."""
    fits = [fit for each in dose.ranked if (fit := each.extrapolated) is not None]
    if len(fits) < LEAST_DOSE:
        return reasons.few(len(fits), LEAST_DOSE, WORDS("unit.fitted"))
    values = np.array([fit.value for fit in fits])
    return stats.mean(values)


def metrics(reading: Reading, reason: str) -> list[Metric]:
    """All metrics; with a `reason` nothing good is concluded of what is planted."""
    made = doses(reading)
    once, unseen = of_dose(made, 1), of_dose(made, NEVER)
    measured = [ONCE.metric(unless_above_chance(once.excess, reason), canaries=len(once.ranked))]
    measured += BY_REPEATS.of_each({dose.label: dose.excess for dose in made}, lambda label: {"by": {"repeats": label}})
    for dose in made:
        by = {"repeats": dose.label}
        measured.append(EXTRAPOLATED.metric(extrapolated(dose), by=by))
        first = sum(each.rank == 1 for each in dose.ranked)
        measured.append(BEFORE_ALL.metric(stats.proportion(first, len(dose.ranked)), by=by))
    measured.append(UNSEEN.metric(unseen.excess))
    measured.append(ORDER.metric(share_right(reading.right, reading.answered, reading.controls)))
    return measured


def unless_above_chance(estimate: Estimate | Undefined, reason: str) -> Estimate | Undefined:
    """The estimate; where there is a reason against it only one that is shown to be above chance."""
    if not reason or (isinstance(estimate, Estimate) and estimate.low > 0):
        return estimate
    return reasons.invalid(reason)
