"""Where rates, and what is made of them, could lie had every row got a decision.

The worst completion of one group has nothing to do with that of another: each group's rate has its own ends, and what
compares groups is taken over all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations, product

from fairwitness.audit.metrics import Share
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.fairness.group_fairness.rates import Group, Part, Undecided, four
from fairwitness.probes.kit.unanswered import Ends, with_ends


def rate_ends(part: Part, share: Share, group: Group, *, labelled: bool) -> Ends | None:
    """The lowest and highest share over all ways to decide the rows of the group that have no decision.

    A rate is a sum of cells over a sum of cells, so it is lowest and highest where all rows of one true outcome are
    decided alike. Rows whose true outcome is not known would not count in a rate that needs it. None where the share
    has no base now.
    """
    missing = part.missing.get(group, Undecided())
    counts = part.weighted[group].sums if group in part.weighted else part.groups[group]
    tn, fp, fn, tp = four(counts, labelled=labelled)
    negatives, positives = (missing.negatives, missing.positives) if labelled else (missing.rows, 0.0)
    if not share.of((tn, fp, fn, tp))[1]:
        return None
    found = []
    for chosen, taken in product((0.0, negatives), (0.0, positives)):
        hits, base = share.of((tn + negatives - chosen, fp + chosen, fn + positives - taken, tp + taken))
        if base:
            found.append(float(hits / base))
    return min(found), max(found)


def completed(estimate: Estimate | Undefined, ends: Ends | None) -> Estimate | Undefined:
    """The estimate with its ends, where it has a value and they are known."""
    return estimate if isinstance(estimate, Undefined) or ends is None else with_ends(estimate, ends)


def gap_ends(rates: Sequence[Ends | None]) -> Ends | None:
    """Of the highest minus the lowest of several rates."""
    known = _known(rates)
    if known is None:
        return None
    least = max(0.0, max(low for low, _ in known) - min(high for _, high in known))
    return least, max(0.0, _over_others(known, lambda own, other: own[1] - other[0]))


def ratio_ends(rates: Sequence[Ends | None]) -> Ends | None:
    """Of the lowest of several rates over the highest; 0 where all could be 0."""
    known = _known(rates)
    if known is None:
        return None
    least = -_over_others(known, lambda own, other: -(own[0] / other[1]) if other[1] else 0.0)
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


def _known(rates: Sequence[Ends | None]) -> list[Ends] | None:
    known = [ends for ends in rates if ends is not None]
    return known if len(known) == len(rates) > 1 else None


def _over_others(rates: Sequence[Ends], of: Callable[[Ends, Ends], float]) -> float:
    """The largest of a quantity over all ordered pairs of different groups."""
    return max(of(rates[a], rates[b]) for a, b in permutations(range(len(rates)), 2))
