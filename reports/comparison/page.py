"""A comparison as one self-contained page that sends no request."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fairwitness.audit.comparison import Comparison, Finding, Side, Unmatched
from fairwitness.reports.comparison.terminal import sentence
from fairwitness.reports.comparison.view import (
    MARKS,
    MOVED,
    STANDING_MARKS,
    Block,
    blocks,
    counted,
    gained_gates,
    level_of,
    standing,
    unmatched_text,
)
from fairwitness.reports.curves import labels_of
from fairwitness.reports.evidence import Cuts, Exhibit, exhibit
from fairwitness.reports.html import STYLES, fill
from fairwitness.reports.i18n import speaking
from fairwitness.reports.pictures.moves import moves
from fairwitness.reports.text import Anchors, line

FIXED = ("top", "changes", "crossings", "trade-off", "unchanged", "not-compared", "how")


@dataclass(frozen=True, slots=True)
class Single:
    """Something that could not be compared."""

    name: str
    reason: str
    lost: bool


@dataclass(frozen=True, slots=True)
class Page:
    """The whole page, ready to be drawn."""

    found: Comparison
    standing: str
    mark: str
    count: int
    sentence: str
    level: str
    tally: tuple[tuple[Finding, str, int], ...]
    gained: int
    gated: tuple[Block, ...]
    moved: tuple[Block, ...]
    crossings: tuple[Block, ...]
    rest: tuple[Block, ...]
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
    moved = [change for change in comparison.changes if change.finding in MOVED]
    crossed = [change for change in moved if change.metric.scope == "detail" and not change.gated]
    kind = standing(comparison)
    numbers = labels_of(comparison.plots)
    return Page(
        found=comparison,
        standing=kind,
        mark=STANDING_MARKS.get(kind, "none"),
        count=counted(comparison),
        sentence=sentence(comparison),
        level=level_of(comparison),
        tally=tuple((name, MARKS[name], n) for name, n in comparison.tally.items() if n),
        gained=gained_gates(comparison),
        gated=blocks([change for change in moved if change.gated], anchors),
        moved=blocks([change for change in moved if not change.gated and change not in crossed], anchors),
        crossings=blocks(crossed, anchors),
        rest=blocks([change for change in comparison.changes if change.finding not in MOVED], anchors),
        exhibits=tuple(
            replace(exhibit(plot, anchors.take("e", plot.id), Cuts(), numbers), chart=moves(plot))
            for plot in comparison.plots
        ),
        unmatched=tuple(_single(comparison, missing) for missing in comparison.unmatched),
        sides=(comparison.base, comparison.new),
    )


def _single(comparison: Comparison, missing: Unmatched) -> Single:
    return Single(unmatched_text(missing), line(missing.reason), missing in comparison.lost)
