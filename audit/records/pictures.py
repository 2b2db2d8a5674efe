"""Pictures: what of a result is drawn first, so that a reader sees it before reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from fairwitness.audit.records.text import Text

PictureKind: TypeAlias = Literal[
    "dots",
    "strip",
    "points",
    "matrix",
    "maps",
    "tokens",
    "passages",
    "pair",
    "waterfall",
    "heads",
    "curves",
    "beeswarm",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture by the names of what it draws. Nothing is drawn of what the result does not hold."""

    kind: PictureKind
    """`dots`, metrics of groups with their intervals, a column a metric; `strip`, the score of each item by category,
    with the means of a table; `points`, evidence of that kind; `matrix`, evidence of kind matrix as signs that grow
    with the number; `maps`, evidence of kind matrix as heat maps beside each other; `tokens`, evidence of that kind, a
    line each; `passages`, texts with the part of them that was known; `pair`, two strips of words that belong
    together, aligned, with their difference; `waterfall`, evidence of kind dots from one total (a flagged row) to
    another; `heads`, evidence of kind matrix, layers by heads, as sheets beside each other; `curves`, evidence of that
    kind; `beeswarm`, a table of label, value and shade between 0 and 1."""
    caption: Text = ""
    """What it shows, in a sentence or less; a general one stands in for an empty one."""
    metrics: tuple[str, ...] = ()
    """Of dots, the metrics, each a column; of a strip, those of which the value of a category is written beside it."""
    compared: tuple[str, ...] = ()
    """Of dots, for each metric the one that compares a group with the group of reference in it, whose rule draws the
    limit and marks the group; empty where there is none."""
    by: str = ""
    """Of dots, the key of `Metric.by` or `Metric.variant` whose values are the rows; empty for each in turn. Of a
    strip, the clusters of the items that are its rows, several joined by ` × `."""
    score: str = ""
    """Of a strip, the score of the items."""
    evidence: tuple[str, ...] = ()
    """Ids of the evidence that is drawn; of a strip, of the table of kind `dots` that holds the means."""
    unit: str = ""
    """Of a strip, the unit of the score."""
    null: float | None = None
    """Of a strip, the score that says nothing."""
    sides: tuple[Text, ...] = ()
    """What lower and higher values mean, in two or three words each."""

    def __post_init__(self) -> None:
        if len(self.compared) not in (0, len(self.metrics)):
            raise ValueError(f"{len(self.metrics)} metrics are drawn and {len(self.compared)} compared")
        if len(self.sides) not in (0, 2):
            raise ValueError(f"an axis has two sides, not {len(self.sides)}")
