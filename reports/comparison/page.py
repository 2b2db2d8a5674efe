"""A comparison as one self-contained page that sends no request."""

from __future__ import annotations

from dataclasses import dataclass

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
from fairwitness.reports.html import fill
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


def render(found: Comparison, *, language: str = "en") -> str:
    """The page."""
    return fill("comparison.html.j2", language, styles=("report.css", "comparison.css"), page=page(found))


def page(found: Comparison) -> Page:
    """What the page shows, from what needs a look to what does not."""
    anchors = Anchors(FIXED)
    moved = [one for one in found.changes if one.finding in MOVED]
    crossed = [one for one in moved if one.metric.scope == "detail" and not one.gated]
    kind = standing(found)
    numbers = labels_of(found.plots)
    return Page(
        found=found,
        standing=kind,
        mark=STANDING_MARKS.get(kind, "none"),
        count=counted(found),
        sentence=sentence(found),
        level=level_of(found),
        tally=tuple((name, MARKS[name], n) for name, n in found.tally.items() if n),
        gained=gained_gates(found),
        gated=blocks([one for one in moved if one.gated], anchors),
        moved=blocks([one for one in moved if not one.gated and one not in crossed], anchors),
        crossings=blocks(crossed, anchors),
        rest=blocks([one for one in found.changes if one.finding not in MOVED], anchors),
        exhibits=tuple(exhibit(one, anchors.take("e", one.id), Cuts(), numbers) for one in found.plots),
        unmatched=tuple(_single(found, one) for one in found.unmatched),
        sides=(found.base, found.new),
    )


def _single(found: Comparison, one: Unmatched) -> Single:
    return Single(unmatched_text(one), line(one.reason), one in found.lost)
