"""Shares of yes-or-no values of which some are not known, and differences of two, tied together by clusters."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from fairwitness.audit import reasons, stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.unanswered import Ends, difference_if_answered, mean_if_answered

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tied:
    """Values of 0 and 1, None where one is not known, each with the label of what it belongs to."""

    values: Sequence[float | None]
    clusters: Sequence[Hashable]

    @classmethod
    def of(cls, items: Iterable[T], value: Callable[[T], float | None], cluster: Callable[[T], Hashable]) -> Tied:
        """Of items."""
        rows = list(items)
        return cls([value(row) for row in rows], [cluster(row) for row in rows])

    @property
    def known(self) -> list[float]:
        """Those that are there."""
        return [value for value in self.values if value is not None]

    @property
    def labels(self) -> list[Hashable]:
        """What each of these belongs to."""
        return [label for value, label in zip(self.values, self.clusters, strict=True) if value is not None]

    @property
    def lost(self) -> int:
        """How many are not known."""
        return len(self.values) - len(self.known)

    @property
    def mean(self) -> float | None:
        """The plain share; None without a value."""
        known = self.known
        return sum(known) / len(known) if known else None

    @property
    def ends(self) -> Ends:
        """The least and the greatest share, whatever those that are not known are."""
        hits, total = sum(self.known), len(self.values)
        return hits / total, (hits + self.lost) / total

    def share(self) -> Estimate | Undefined:
        """The share of hits, Wilson at the effective count of clusters. Undefined below two clusters.

        >>> Tied([1.0, 0.0, None], ["a", "b", "c"]).share().if_answered
        (0.3333333333333333, 0.6666666666666666)
        """
        if not self.known:
            return reasons.stated("no_rows", "no_units")
        result = stats.share(self.known, self.labels)
        return mean_if_answered(result, len(self.known), self.lost, (0.0, 1.0))

    def less(self, other: Tied) -> Estimate | Undefined:
        """The share less another one, of which clusters of the same label tie both together. Undefined as `share`."""
        if not self.known or not other.known:
            return reasons.stated("no_pairs", "no_units")
        result = stats.share_difference(self.known, other.known, self.labels, other.labels)
        return difference_if_answered(result, self.ends, other.ends)
