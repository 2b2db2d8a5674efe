"""Skew-normal distributions (Azzalini 1985) fitted by moments, and the logarithm of their lower tail, however far.

The fit has a closed form, so that it never fails to converge, is the same on every machine and can be resampled a
hundred times at once. Azzalini, "A class of distributions which includes the normal ones", Scandinavian Journal of
Statistics 12 (1985) 171-178.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr, owens_t
from scipy.stats import kstest, skewnorm

from fairwitness.audit.stats.levels import FloatArray

MOST_SKEW = 0.99
"""Largest skewness that is fitted: the distribution reaches 0.9953 only where its shape is infinite."""
NODES, WEIGHTS = np.polynomial.laguerre.laggauss(48)
FAR = -4.0
"""Standard units below the location where the tail is integrated and no longer taken from the distribution function."""


@dataclass(frozen=True, slots=True)
class SkewNormal:
    """Location, scale and shape, each an array of the same length: as many fits at once."""

    location: FloatArray
    scale: FloatArray
    shape: FloatArray

    def log_cdf(self, value: float) -> FloatArray:
        """Natural logarithm of the probability of `value` or less, of each fit; finite however small it is."""
        return skew_normal_log_cdf((value - self.location) / self.scale, self.shape)

    def ks_p(self, values: FloatArray) -> float:
        """The p-value of Kolmogorov and Smirnov's test of the first fit against the values that it was fitted to.

        The parameters come from the same values, so that p is too large: a small one says that the fit is bad, a large
        one does not say that it is good.
        """
        fitted = skewnorm(float(self.shape[0]), float(self.location[0]), float(self.scale[0]))
        return float(kstest(values, fitted.cdf).pvalue)


def fit(values: FloatArray) -> SkewNormal:
    """The distributions with the mean, variance and skewness of each row of values [rows, n], n at least 3.

    A row without variance gives a scale of 0, whose `log_cdf` means nothing: the caller leaves such rows out.
    """
    mean = values.mean(axis=-1)
    centred = values - mean[..., None]
    spread = np.sqrt((centred**2).mean(axis=-1))
    with np.errstate(invalid="ignore", divide="ignore"):
        skew = np.nan_to_num((centred**3).mean(axis=-1) / spread**3)
    skew = np.clip(skew, -MOST_SKEW, MOST_SKEW)
    size = np.abs(skew) ** (2 / 3)
    delta = np.sign(skew) * np.sqrt(math.pi / 2 * size / (size + ((4 - math.pi) / 2) ** (2 / 3)))
    scale = spread / np.sqrt(1 - 2 * delta**2 / math.pi)
    return SkewNormal(mean - scale * delta * math.sqrt(2 / math.pi), scale, delta / np.sqrt(1 - delta**2))


def skew_normal_log_cdf(z: FloatArray, shape: FloatArray) -> FloatArray:
    """Logarithm of the integral of 2 φ(t) Φ(shape · t) up to z, of each pair of a standard value and a shape.

    In the body Φ(z) - 2 T(z, shape) with Owen's T; in the lower tail, where that is a difference of almost equal
    numbers, Gauss-Laguerre over the density, whose logarithm is concave there.
    """
    z, shape = np.broadcast_arrays(np.asarray(z, dtype=np.float64), np.asarray(shape, dtype=np.float64))
    body = np.exp(log_ndtr(z)) - 2 * owens_t(z, shape)
    tail = (z < FAR) | (body < 1e-6)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.where(tail, 1.0, np.minimum(body, 1.0)))
    if tail.any():
        logs[tail] = _tail(z[tail], shape[tail])
    return logs


def _log_density(z: FloatArray, shape: FloatArray) -> FloatArray:
    density: FloatArray = math.log(2) - 0.5 * math.log(2 * math.pi) - 0.5 * z**2 + log_ndtr(shape * z)
    return density


def _tail(z: FloatArray, shape: FloatArray) -> FloatArray:
    """The integral below z, in steps of the length over which the density falls to 1/e."""
    inside = shape * z
    ratio = np.exp(-0.5 * inside**2 - 0.5 * math.log(2 * math.pi) - log_ndtr(inside))
    slope = np.maximum(-z + shape * ratio, 1e-3)
    points = z[:, None] - NODES / slope[:, None]
    gains = _log_density(points, shape[:, None]) + NODES
    peaks = gains.max(axis=1, keepdims=True)
    sums = (WEIGHTS * np.exp(gains - peaks)).sum(axis=1)
    tail: FloatArray = peaks[:, 0] + np.log(sums) - np.log(slope)
    return tail
