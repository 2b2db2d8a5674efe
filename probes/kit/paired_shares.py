"""How much more often something happens than in a control on the same items."""

from __future__ import annotations

from collections.abc import Sequence

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.unanswered import with_ends


def share_beyond(hits: Sequence[bool], control: Sequence[bool], missing: int) -> Estimate | Undefined:
    """The share of hits less that of the control on the same items (Newcombe, paired); `missing` have no answer.

    Undefined without an item.

    >>> estimate = share_beyond([True] * 8 + [False] * 12, [True] * 2 + [False] * 18, 0)
    >>> isinstance(estimate, Estimate) and round(estimate.value, 2)
    0.3
    """
    cells = list(zip(hits, control, strict=True))
    counts = [cells.count(cell) for cell in ((True, True), (True, False), (False, True), (False, False))]
    estimate = stats.paired_rate_difference(*counts)
    if isinstance(estimate, Undefined):
        return estimate
    known, total = counts[1] - counts[2], len(cells) + missing
    return with_ends(estimate, ((known - missing) / total, (known + missing) / total))
