"""Where what compares groups could lie had every row got a decision.

The worst completion of one group has nothing to do with that of another: each group's rate has its own ends, and what
compares groups is taken over all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations

from fairwitness.audit.stats.unanswered import Ends


def gap_ends(rates: Sequence[Ends | None]) -> Ends | None:
    """Of the highest minus the lowest of several rates."""
    known = _known(rates)
    if known is None:
        return None
    least = max(0.0, max(low for low, _ in known) - min(high for _, high in known))
    return least, max(0.0, _over_pairs(known, lambda first, second: first[1] - second[0]))


def ratio_ends(rates: Sequence[Ends | None]) -> Ends | None:
    """Of the lowest of several rates over the highest; 0 where all could be 0."""
    known = _known(rates)
    if known is None:
        return None
    least = -_over_pairs(known, lambda first, second: -(first[0] / second[1]) if second[1] else 0.0)
    highest = max(low for low, _ in known)
    most = min(1.0, min(high for _, high in known) / highest) if highest else 1.0
    return min(1.0, least), most


def quotient_ends(first: Ends | None, second: Ends | None) -> Ends | None:
    """Of the first rate over the second; None where the second could be 0."""
    if first is None or second is None or not second[0]:
        return None
    return first[0] / second[1], first[1] / second[0]


def distance_ends(first: Ends, second: Ends) -> Ends:
    """Of the distance of two quantities, without a sign."""
    low, high = first[0] - second[1], first[1] - second[0]
    return max(0.0, low, -high), max(abs(low), abs(high))


def mean_ends(rates: Sequence[Ends | None]) -> Ends | None:
    """Of the mean of rates of different rows, which may all be at their ends at once."""
    known = [ends for ends in rates if ends is not None]
    if not known or len(known) < len(rates):
        return None
    return sum(low for low, _ in known) / len(known), sum(high for _, high in known) / len(known)


def _known(rates: Sequence[Ends | None]) -> list[Ends] | None:
    known = [ends for ends in rates if ends is not None]
    return known if len(known) == len(rates) > 1 else None


def _over_pairs(rates: Sequence[Ends], of: Callable[[Ends, Ends], float]) -> float:
    """The largest of a quantity over all ordered pairs of different groups."""
    return max(of(first, second) for first, second in permutations(rates, 2))
