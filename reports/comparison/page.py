"""A comparison as one self-contained page that sends no request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fairwitness.audit.comparison import Change, Comparison, Side, Unmatched
from fairwitness.audit.records import Finding
from fairwitness.reports.comparison.flipped import Flipped, flipped
from fairwitness.reports.comparison.view import (
    MARKS,
    STANDING_MARKS,
    Block,
    blocks,
    counted,
    gained_gates,
    level_of,
    parts_of,
    standing,
    unmatched_text,
)
from fairwitness.reports.curves import labels_of
from fairwitness.reports.evidence import Cuts, Exhibit, exhibit
from fairwitness.reports.html import STYLES, fill
from fairwitness.reports.i18n import speaking
from fairwitness.reports.pictures.moves import moves
from fairwitness.reports.since import Turned, silent
from fairwitness.reports.text import Anchors, line

FIXED = ("top", "verdicts", "judged", "flips", "changes", "crossings", "trade-off", "unchanged", "not-compared", "how")
OPEN = 12
"""Rows of a table that stand open; the others are folded."""
FOLDED = 300
"""Rows in a fold; the record has all."""


@dataclass(frozen=True, slots=True)
class Single:
    """Something that could not be compared."""

    name: str
    reason: str
    lost: bool


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a table: those that stand open, those in a fold, and how many the record has beyond."""

    first: tuple[Block, ...]
    folded: tuple[Block, ...]
    more: int

    @property
    def in_fold(self) -> int:
        """Rows in the fold."""
        return sum(len(block.lines) for block in self.folded)


@dataclass(frozen=True, slots=True)
class Page:
    """The whole page, ready to be drawn."""

    found: Comparison
    standing: str
    mark: str
    count: int
    level: str
    tally: tuple[tuple[Finding, str, int], ...]
    gained: int
    turned: tuple[Turned, ...]
    same_verdicts: int
    judged: Rows
    flipped: tuple[Flipped, ...]
    paired: tuple[tuple[str, int], ...]
    moved: Rows
    crossings: Rows
    rest: Rows
    exhibits: tuple[Exhibit, ...]
    unmatched: tuple[Single, ...]
    sides: tuple[Side, Side]


def render(comparison: Comparison, *, language: str = "en") -> str:
    """The page."""
    with speaking(language):
        return fill("comparison.html.j2", language, styles=(*STYLES, "comparison.css"), page=page(comparison))


def page(comparison: Comparison) -> Page:
    """What the page shows, from what needs a look to what does not."""
    anchors = Anchors(FIXED)
    parts = parts_of(comparison)
    kind = standing(comparison)
    numbers = labels_of(comparison.plots)
    turned = comparison.turned

    def rows(changes: Sequence[Change], first: int = OPEN) -> Rows:
        shown, folded = changes[:first], changes[first : first + FOLDED]
        return Rows(
            blocks(comparison, shown, anchors),
            blocks(comparison, folded, anchors, plotted=False),
            max(0, len(changes) - first - FOLDED),
        )

    visible = sum(not silent(change.before, change.after) for change in parts.judged)
    return Page(
        found=comparison,
        standing=kind,
        mark=STANDING_MARKS.get(kind, "none"),
        count=counted(comparison),
        level=level_of(comparison),
        tally=tuple((name, MARKS[name], n) for name, n in comparison.tally.items() if n),
        gained=gained_gates(comparison),
        turned=tuple(map(Turned.of, turned)),
        same_verdicts=len(comparison.verdicts) - len(turned),
        judged=rows(parts.judged, min(OPEN, visible or OPEN)),
        flipped=flipped(comparison),
        paired=tuple((line(flips.probe), flips.paired) for flips in comparison.flips),
        moved=rows(parts.moved),
        crossings=rows(parts.crossings, 0),
        rest=rows(parts.rest, 0),
        exhibits=tuple(
            replace(exhibit(plot, anchors.take("e", plot.id), Cuts(), numbers), chart=moves(plot))
            for plot in comparison.plots
        ),
        unmatched=tuple(_single(comparison, missing) for missing in comparison.unmatched),
        sides=(comparison.base, comparison.new),
    )


def _single(comparison: Comparison, missing: Unmatched) -> Single:
    return Single(unmatched_text(missing), line(missing.reason), missing in comparison.lost)
