"""Places for names in a drawing, where they cover neither each other nor a point nor a line."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

from fairwitness.reports.plots import Place, Plot

STEPS = 40
TALL = 13.0
"""Height of a name in pixels."""
Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right and bottom."""


def along(places: Sequence[Place]) -> list[Box]:
    """Small boxes along a line, that no name covers."""
    boxes = []
    for (x, y), (right, end) in pairwise(places):
        for step in range(STEPS + 1):
            across, down = x + (right - x) * step / STEPS, y + (end - y) * step / STEPS
            boxes.append((across - 4, down - 1, across + 4, down + 1))
    return boxes


def free(place: Place, wide: float, taken: Sequence[Box], plot: Plot) -> Box | None:
    """A place for a name: beside its point, above or below it; None where all are taken."""
    x, y = place
    beside = ((x + 6, y - 7), (x - 6 - wide, y - 7), (x - wide / 2, y - 19), (x - wide / 2, y + 6))
    aslant = ((x - wide, y - 19), (x - wide, y + 6), (x, y - 19), (x, y + 6))
    dot = (x - 4, y - 4, x + 4, y + 4)
    for left, top in (*beside, *aslant):
        box = (round(left, 1), round(top, 1), round(left + wide, 1), round(top + TALL, 1))
        across = left >= plot.x.start and left + wide <= plot.x.end + 14
        down = top >= plot.y.end and top + TALL <= plot.y.start
        if across and down and not any(_touch(box, other) for other in taken if other != dot):
            return box
    return None


def _touch(box: Box, other: Box) -> bool:
    return box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]
