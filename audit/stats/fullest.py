"""The largest standard error that a share of clustered hits, or of any part of them, could have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairwitness.audit.stats.levels import FloatArray, IntArray


def largest_variance(hits: FloatArray, factors: tuple[IntArray, ...], shares: FloatArray) -> FloatArray:
    """Bound on the squared error of every share that a part of the hits gives, the true one for all hits."""
    parts = [_Sums.of(hits, labels) for labels in factors]
    if len(parts) == 1:
        return parts[0].most(shares)
    most, other = (part.most(shares) for part in parts)
    cells = _Sums.of(hits, np.unique(np.stack(factors), axis=1, return_inverse=True)[1].reshape(-1))
    largest: FloatArray = np.maximum(most + other - cells.least(shares), np.maximum(most, other))
    return largest


@dataclass(frozen=True, slots=True)
class _Sums:
    """Sizes of clusters and how many hits each holds."""

    sizes: IntArray
    hits: IntArray

    @classmethod
    def of(cls, hits: FloatArray, labels: IntArray) -> _Sums:
        return cls(np.bincount(labels), np.bincount(labels, weights=hits).astype(np.int64))

    def most(self, shares: FloatArray) -> FloatArray:
        """The largest squared error with so many of the hits: the fullest clusters first."""
        fullest = np.sort(self.hits)[::-1]
        squares = _steps(fullest)
        products = np.repeat(np.sort(self.sizes), self.hits[np.argsort(self.sizes, kind="stable")])
        return self._variance(squares, products, shares)

    def least(self, shares: FloatArray) -> FloatArray:
        """The smallest: hits spread over as many clusters as hold any."""
        squares = np.sort(_steps(self.hits))
        order = np.argsort(self.sizes, kind="stable")[::-1]
        return self._variance(squares, np.repeat(self.sizes[order], self.hits[order]), shares)

    def _variance(self, squares: IntArray, products: IntArray, shares: FloatArray) -> FloatArray:
        """Sum of (hits - size x share)² over the clusters, from what each further hit adds to its two sums."""
        first, second = (np.concatenate([[0], np.cumsum(added)]) for added in (squares, products))
        total, clusters = float(self.sizes.sum()), len(self.sizes)
        sums = first - 2 * shares * second + shares**2 * float(self.sizes @ self.sizes)
        variance: FloatArray = np.maximum(sums, 0.0) * (clusters / max(clusters - 1, 1) / total**2)
        return variance


def _steps(hits: IntArray) -> IntArray:
    """What each hit of a cluster, one after the other, adds to the square of their number: 1, 3, 5 and so on."""
    before = np.repeat(np.cumsum(hits) - hits, hits)
    return 2 * (np.arange(len(before)) - before) + 1
