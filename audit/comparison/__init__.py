"""What changed between two runs, beyond noise: two documents in, one comparison out. Asks nothing, shows nothing."""

from __future__ import annotations

from fairwitness.audit.comparison.drafts import Drafted, check_comparable, compare_drafted, drafted, judged
from fairwitness.audit.comparison.serialization import to_json
from fairwitness.audit.comparison.several import compare_several
from fairwitness.audit.comparison.types import (
    FINDINGS,
    NO_CHANGE,
    TURNS,
    Change,
    Comparison,
    Flip,
    Flips,
    Side,
    Unmatched,
)
from fairwitness.audit.comparison.variants import compare_variants
from fairwitness.audit.records import Audit

__all__ = [
    "FINDINGS",
    "NO_CHANGE",
    "TURNS",
    "Change",
    "Comparison",
    "Drafted",
    "Flip",
    "Flips",
    "Side",
    "Unmatched",
    "compare",
    "compare_drafted",
    "compare_several",
    "compare_variants",
    "drafted",
    "judged",
    "to_json",
]


def compare(
    base: Audit,
    new: Audit,
    *,
    names: tuple[str, str] = ("BASE", "NEW"),
    margin: float | None = None,
    min_effect: float | None = None,
    other_data: bool = False,
) -> Comparison:
    """What NEW measured otherwise than BASE. `names` are the folders of the runs, for whoever reads the comparison.

    Decisions about the same rows are compared row by row, means of the scores of items item by item; everything else by
    its two intervals, taken to be independent. The rows must have been read (`document.with_items`): ValueError where
    they were not. A change within `margin` (a difference, or a factor of 1 + margin) counts as none where that is
    shown; one that is smaller than `min_effect` is neither worse nor better. `other_data` lets tables of different rows
    be compared as independent samples. Raises BadRun where nothing can be compared.
    """
    made = drafted(base, new, other_data=other_data)
    check_comparable(made)
    return compare_drafted(made, names=names, margin=margin, min_effect=min_effect)
