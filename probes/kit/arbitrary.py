"""What words that say nothing of people do: how far a contrast of two arbitrary words moves, whatever its sign.

Which word of a control pair stands first is a coin, so its slope has a size and no sign, and nothing can be subtracted.
What can be asked is whether a slope lies beyond what contrasts of arbitrary words do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.levels import IntervalAt, t_quantile
from fairwitness.audit.stats.means import t_interval
from fairwitness.probes.kit.two_way_slope import VarianceComponent
from fairwitness.probes.kit.words import SHARED as WORDS

FEWEST_PAIRS = 20
"""Control pairs below which their spread is not known well enough to allow for."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The variance of the slopes of control pairs beyond chance, and of how many."""

    variance: float
    count: int

    @classmethod
    def of(cls, slopes: Sequence[float], variances: Sequence[float]) -> Spread:
        """From the slope of each pair and its own sampling variance: the mean of slope² less variance, or 0.

        Slopes are squared, so that no order of words matters.
        """
        if not slopes:
            return cls(0.0, 0)
        return cls(max(0.0, float(np.mean(np.square(slopes) - np.asarray(variances)))), len(slopes))

    @property
    def usable(self) -> bool:
        """Whether there are enough pairs to allow for their spread."""
        return self.count >= FEWEST_PAIRS

    def allowing(self, value: float, part: VarianceComponent) -> IntervalAt:
        """The t interval of a slope, whose end nearer to 0 allows for the spread as well; 0 is never passed by that.

        That end is where the slope less t × sqrt(its variance + the spread) lies, with the degrees of freedom of
        Satterthwaite (1946) for both: those of the slope, and for the spread as many as pairs. An interval that holds 0
        stays as it is, and so does the other end, so that no limit is passed more easily or less.
        """
        plain = t_interval(value, math.sqrt(part.variance), part.df)
        if self.variance == 0.0:
            return plain
        total = part.variance + self.variance
        df = total**2 / (part.variance**2 / part.df + self.variance**2 / self.count)

        def interval(level: float) -> tuple[float, float]:
            (low, high), reach = plain(level), t_quantile(level, df) * math.sqrt(total)
            if low > 0.0:
                low = min(low, max(0.0, value - reach))
            elif high < 0.0:
                high = max(high, min(0.0, value + reach))
            return low, high

        return interval

    def told(self, estimate: Estimate | Undefined, pairs: str) -> str:
        """What was allowed for, as a sentence behind a claim; `pairs` names them. Empty behind what is undefined."""
        if isinstance(estimate, Undefined):
            return ""
        if not self.usable:
            return WORDS("spread.too_few", pairs=pairs, count=self.count, least=FEWEST_PAIRS)
        return WORDS("spread.allowed", pairs=pairs, count=self.count, size=f"{math.sqrt(self.variance):.2g}")
