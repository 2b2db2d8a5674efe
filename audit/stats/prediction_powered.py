"""Rates of texts that a judge has seen and people have labelled a part of: prediction-powered inference by strata."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fairwitness.audit import reasons
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.judged import LEAST_LABELS
from fairwitness.audit.stats.levels import LEVEL
from fairwitness.audit.stats.mover import linear_combination, normal_statistic
from fairwitness.audit.stats.proportions import rate_statistic

METHOD = "stratified prediction-powered inference"
LEAST_OF_STRATUM = 5
"""Labelled texts of each verdict that is given to more than so many texts."""


@dataclass(frozen=True, slots=True)
class Stratum:
    """The texts of one verdict: how many there are, how many of them were labelled, and how many of these are.

    `units` is the number of independent ones among the labelled. Counts need not be whole.
    """

    size: float
    labelled: float
    hits: float
    units: float

    def __post_init__(self) -> None:
        if not (0 <= self.hits <= self.labelled <= self.size and 0 <= self.units <= self.labelled):
            raise ValueError(f"{self} are no counts")


def prediction_powered(strata: Sequence[Stratum], n: float, level: float = LEVEL) -> Estimate | Undefined:
    """The share of texts that people would say are, from the verdicts on all and the labels of some drawn by chance.

    The sum over verdicts of their share of all texts times the labelled share among them: stratified prediction-powered
    inference (Fisch et al. 2024, https://arxiv.org/abs/2406.04291) with the judge's verdict as stratum. Within one the
    prediction is constant, so that any weight of it (lambda of PPI++, Angelopoulos et al. 2023,
    https://arxiv.org/abs/2311.01453) gives the same value, and it holds however bad the judge is and however many of
    each verdict were labelled; a good judge makes it narrow. The interval is made from Wilson limits within strata and
    the variance of what the strata make up of `n` independent texts (MOVER). Undefined below `LEAST_LABELS` labels, and
    where too few of a verdict are labelled.
    """
    present = [stratum for stratum in strata if stratum.size > 0]
    labelled = math.fsum(stratum.labelled for stratum in present)
    if labelled < LEAST_LABELS:
        return reasons.stated("few_answers_labelled", "few_units", labelled=int(labelled), needed=LEAST_LABELS)
    for stratum in present:
        if stratum.labelled < min(LEAST_OF_STRATUM, stratum.size):
            needed = int(min(LEAST_OF_STRATUM, stratum.size))
            return reasons.stated("verdict_unlabelled", "few_units", labelled=int(stratum.labelled), needed=needed)
    total = math.fsum(stratum.size for stratum in present)
    parts = [(s.size / total, rate_statistic(s.hits * s.units / s.labelled, s.units)) for s in present]
    value = math.fsum(weight * part.value for weight, part in parts)
    between = max(0.0, math.fsum(weight * part.value**2 for weight, part in parts) - value**2) / n
    both = linear_combination([*parts, (1.0, normal_statistic(0.0, between, n))])
    return both.estimate(METHOD, (0.0, 1.0), level)
