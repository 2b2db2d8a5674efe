"""The exposure of a secret beyond the references that were asked: from a skew-normal distribution fitted to them.

Carlini et al. 2019, https://arxiv.org/abs/1802.08232, sec. 4.3. Past about log2 of the number of references it is what
the form of a distribution says, and no count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.stats.equal import all_equal
from fairwitness.audit.stats.levels import FloatArray
from fairwitness.audit.stats.skew_normal import fit

LEAST_REFERENCES = 1_000
RESAMPLES = 200


@dataclass(frozen=True, slots=True)
class Extrapolated:
    """Bits with the ends of a bootstrap interval, and how well the distribution fits (`SkewNormal.ks_p`)."""

    value: float
    low: float
    high: float
    ks_p: float


def extrapolated_exposure(
    secret: float, references: FloatArray, bits: float, seed: int = 0, level: float = 0.95
) -> Extrapolated | None:
    """-log2 of the fitted probability of a reference at or below the secret, at most `bits` (log2 of the space).

    The interval is that of the references alone: they are resampled, fitted and asked again. None below 1,000
    references, or where all are equal.
    """
    if len(references) < LEAST_REFERENCES or all_equal(references, 1.0):
        return None
    rng = np.random.default_rng([seed, len(references)])
    drawn = references[rng.integers(len(references), size=(RESAMPLES, len(references)))]
    whole, resampled = fit(references[None]), fit(drawn)
    value = _bits(float(whole.log_cdf(secret)[0]), bits)
    made = [_bits(log, bits) for log in resampled.log_cdf(secret).tolist()]
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(made, [tail, 100 - tail])
    return Extrapolated(value, min(value, float(low)), max(value, float(high)), whole.ks_p(references))


def _bits(log: float, most: float) -> float:
    return min(most, -log / math.log(2))
