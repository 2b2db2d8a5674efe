"""Pictures that are drawings of evidence under the question, each with the table that it draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from fairwitness.audit.records import Evidence, Measured, Picture
from fairwitness.reports.curves import labels_of
from fairwitness.reports.evidence import Cuts, Exhibit, exhibit
from fairwitness.reports.i18n import shown, turned
from fairwitness.reports.text import line


@dataclass(frozen=True, slots=True)
class Drawing:
    """One drawing, the evidence that it draws as an exhibit, and what is said of it besides; `folded`: on demand."""

    exhibit: Exhibit
    svg: Markup
    said: str = ""
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Charted:
    """Drawings beside each other. `keys` are those of the words that say how to read them."""

    kind: str
    caption: str
    sides: tuple[str, ...]
    parts: tuple[Drawing, ...]
    keys: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def evidence(self) -> tuple[str, ...]:
        """Anchors of the evidence that need not be drawn again; what is folded stands on the page elsewhere too."""
        return tuple(part.exhibit.anchor for part in self.parts if not part.folded)


def named(picture: Picture, result: Measured, kind: str) -> list[Evidence]:
    """The evidence of a picture that is there, of this kind, and has rows."""
    tables = {piece.id: piece for piece in result.evidence if piece.kind == kind and piece.rows}
    return [tables[name] for name in picture.evidence if name in tables]


def charted(
    picture: Picture,
    evidence: Sequence[Evidence],
    result: Measured,
    places: Mapping[str, str],
    draw: Callable[[Evidence], Markup],
    keys: Sequence[str] = (),
) -> Charted | None:
    """The evidence that can be drawn; None where none can."""
    parts = []
    numbers = labels_of(result.evidence)
    for piece in evidence:
        svg = draw(piece)
        if svg:
            parts.append(Drawing(exhibit(piece, places[piece.id], Cuts(), numbers), svg))
    sides = tuple(map(line, picture.sides))
    return Charted(picture.kind, line(picture.caption), sides, tuple(parts), tuple(keys)) if parts else None


def framed(kind: str, caption: str, desc: str, size: tuple[float, float], shapes: str) -> Markup:
    """A drawing as one image with a title and a description for those who cannot see it. `shapes` are escaped."""
    width, height = size
    return Markup(  # noqa: S704 - every text goes through escape, the rest is numbers
        f'<svg class="plot {kind}" role="img" viewBox="0 0 {width:g} {height:g}" width="{width:g}">'
        f"<title{turned(caption)}>{escape(shown(caption))}</title><desc{turned(desc)}>{escape(shown(desc))}</desc>"
        f"{shapes}</svg>"
    )


def text_at(x: float, y: float, text: str, kind: str = "") -> str:
    """A text of the document in a drawing, in the language of the page."""
    looks = f' class="{kind}"' if kind else ""
    return f'<text{looks} x="{x:g}" y="{y:g}"{turned(text)}>{escape(shown(text))}</text>'
