"""The trade-off of a comparison as one SVG file that stands alone: accuracy against disparity, with arrows."""

from __future__ import annotations

from importlib.resources import files

from fairwitness.audit.comparison import Comparison
from fairwitness.reports.pictures.moves import moves

SPACE = 'xmlns="http://www.w3.org/2000/svg"'


def picture(comparison: Comparison, rate: str = "") -> str:
    """The trade-off of a rate, or else the first that can be drawn; empty where there is none."""
    ordered = sorted(comparison.plots, key=lambda plot: not plot.id.startswith(f"trade-off-{rate}_"))
    drawn = next((str(shape) for shape in map(moves, ordered) if shape), "")
    if not drawn:
        return ""
    style = (files("fairwitness.reports.assets") / "standalone.css").read_text(encoding="utf-8").strip()
    head, _, rest = drawn.partition(">")
    return f"{head.replace('<svg ', f'<svg {SPACE} ', 1)}><style>{style}</style>{rest}\n"
