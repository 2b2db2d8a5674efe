"""Shares of pairs of questions, and gaps between the two questions of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.bias.coreference.pairs import Scored
from fairwitness.probes.bias.coreference.questions import Resolved
from fairwitness.probes.kit.shares import Side, gap, share


def share_of(scored: Sequence[Scored], value: Callable[[Scored], float]) -> Estimate | Undefined:
    """The mean of a value of 0 to 1 over pairs, each weighing the same."""
    return share(_side(scored, [value(one) for one in scored])) if scored else Undefined("not estimable: no pairs")


def gap_of(scored: Sequence[Scored], value: Callable[[Resolved], float]) -> Estimate | Undefined:
    """The mean over pairs of a value with the expected pronoun less that with the other one."""
    if not scored:
        return Undefined("not estimable: no pairs")
    pro, anti = ([value(one.pro) for one in scored], [value(one.anti) for one in scored])
    return gap(_side(scored, pro), _side(scored, anti))


def _side(scored: Sequence[Scored], values: Sequence[float]) -> Side:
    """Pairs of one cluster belong together, and those of one crossing cluster where pairs have them."""
    clusters, crossing = [one.pair.cluster for one in scored], [one.pair.crossing for one in scored]
    array = np.array(values, dtype=np.float64)
    weights, centres = np.ones(len(array)), np.full(len(array), array.mean())
    return Side(array, weights, centres, (clusters, crossing) if any(crossing) else (clusters, clusters))
