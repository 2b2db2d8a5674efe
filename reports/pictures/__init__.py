"""Pictures of a probe's result, drawn from the document alone, each with the table of what it draws.

A probe names what to draw (`records.Picture`); without a word of it the metrics of its groups are drawn. What cannot be
drawn is left out, and nothing is said of it; what has no estimate keeps its place and says why.
"""

from __future__ import annotations

from fairwitness.reports.pictures.drawn import Drawn, caveat, pictures_of

__all__ = ["Drawn", "caveat", "pictures_of"]
