"""Sheets of heads: a square for each head of each layer, as strong as its number; and the arcs of a map on demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from markupsafe import Markup

from fairwitness.audit.records import Evidence, Measured, Name, Picture, joined
from fairwitness.reports.curves import labels_of
from fairwitness.reports.evidence import Cuts, exhibit, spoken
from fairwitness.reports.i18n import both
from fairwitness.reports.numbers import fixed
from fairwitness.reports.pictures.charted import Charted, Drawing, framed, named, text_at
from fairwitness.reports.plots import LETTER, plain, short
from fairwitness.reports.text import line

LEFT, TOP = 34, 18
STEPS = 7
"""Tones on each side of 0."""
MOST_CELLS = 4096
MAP = "map-"
"""How the ids of maps from word to word begin, of which arcs are drawn."""
LEAST_WEIGHT, MOST_ARCS = 0.04, 160
WORDS_APART, WORD_ROW, WORD_WIDE = 150, 17, 96


def heads(picture: Picture, result: Measured, places: Mapping[str, str]) -> Charted | None:
    """Each matrix as a sheet; those without a number below 0 share one scale. Maps become arcs, folded."""
    evidence = named(picture, result, "matrix")
    sheets = [piece for piece in evidence if not piece.id.startswith(MAP) and _numbers(piece)]
    maps = [piece for piece in evidence if piece.id.startswith(MAP)]
    shared = max((number for piece in sheets if min(_numbers(piece)) >= 0 for number in _numbers(piece)), default=0.0)
    numbers = labels_of(result.evidence)
    parts = []
    for piece in sheets:
        most = max(map(abs, _numbers(piece)))
        reach = shared if min(_numbers(piece)) >= 0 else most
        made = exhibit(piece, places[piece.id], Cuts(), numbers)
        parts.append(Drawing(made, sheet(piece, reach or 1.0), strongest(piece)))
    for piece in maps:
        drawn = arcs(piece)
        if drawn:
            made = replace(exhibit(piece, f"{places[piece.id]}-arcs", Cuts(), numbers), chart=Markup())
            parts.append(Drawing(made, drawn, folded=True))
    if not parts:
        return None
    keys = ("pic.heads.key", "pic.heads.arcs") if maps else ("pic.heads.key",)
    return Charted("heads", line(picture.caption), tuple(map(line, picture.sides)), tuple(parts), keys)


def sheet(piece: Evidence, reach: float) -> Markup:
    """Rows are layers, the first at the top. One path a tone; squares below 0 have a dash beside their colour."""
    columns, rows = piece.columns[1:], piece.rows
    if len(columns) * len(rows) > MOST_CELLS:
        rows = rows[: MOST_CELLS // len(columns)]
    side = 15 if len(columns) <= 16 else 11 if len(columns) <= 32 else 8
    squares: dict[str, list[str]] = {}
    dashes, absent = [], []
    for number, row in enumerate(rows):
        for place, cell in enumerate(row[1:]):
            x, y, value = LEFT + side * place, TOP + side * number, plain(cell)
            if value is None:
                absent.append(f"M{x + 3} {y + 3}l{side - 7} {side - 7}m0-{side - 7}l-{side - 7} {side - 7}")
                continue
            step = min(STEPS, round(abs(value) / reach * STEPS))
            if step:
                name = f"{'p' if value > 0 else 'm'}{step}"
                squares.setdefault(name, []).append(f"M{x} {y}h{side - 1}v{side - 1}h-{side - 1}z")
            if step and value < 0:
                dashes.append(f"M{x + 2} {y + (side - 1) / 2:g}h{side - 5}")
    width, height = side * len(columns), side * len(rows)
    shapes = [f'<path class="hb" d="M{LEFT - 1} {TOP - 1}h{width + 1}v{height + 1}h-{width + 1}z"/>']
    shapes += [f'<path class="hs {name}" d="{"".join(paths)}"/>' for name, paths in sorted(squares.items())]
    shapes.append(f'<path class="hd" d="{"".join(dashes)}"/>' if dashes else "")
    shapes.append(f'<path class="no" d="{"".join(absent)}"/>' if absent else "")
    shapes += _labels(piece, side)
    negative = any(number < 0 for number in _numbers(piece))
    scale = Name(f"{fixed(-reach, 3) if negative else '0'} … {fixed(reach, 3)}")
    legend = joined(" ", [scale, line(columns[0].unit)])
    shapes.append(text_at(LEFT, TOP + height + 15, legend))
    desc = both("pic.heads.desc", layers=len(rows), heads=len(columns), scale=scale)
    wide = max(width + 6, round(LETTER * len(legend)))
    return framed("hd-s", line(piece.caption), desc, (LEFT + wide, TOP + height + 22), "".join(shapes))


def strongest(piece: Evidence) -> str:
    """Which square is farthest from 0, in words."""
    cells = [
        (abs(value), value, _short_label(row[0]), _short_label(column.name))
        for row in piece.rows
        for column, cell in zip(piece.columns[1:], row[1:], strict=True)
        if (value := plain(cell)) is not None
    ]
    _, value, layer, head = max(cells, key=lambda cell: cell[0])
    return both("pic.heads.strongest", layer=Name(layer), head=Name(head), value=Name(fixed(value, 3, sign=True)))


def arcs(piece: Evidence) -> Markup:
    """Words on the left, and the words that they read from on the right; a line for each weight, as wide as it is."""
    rows = [_word(row[0]) for row in piece.rows]
    columns = [_word(column.name) for column in piece.columns[1:]]
    weights = [
        (value, number, place)
        for number, row in enumerate(piece.rows)
        for place, cell in enumerate(row[1:])
        if (value := plain(cell)) is not None and value >= LEAST_WEIGHT
    ]
    if not weights:
        return Markup()
    weights = sorted(weights, reverse=True)[:MOST_ARCS]
    left, right = WORD_WIDE, WORD_WIDE + WORDS_APART
    shapes = []
    for step in range(1, STEPS + 1):
        lines = [
            f"M{left} {WORD_ROW * (number + 0.5):g}L{right} {WORD_ROW * (place + 0.5):g}"
            for value, number, place in weights
            if max(1, min(STEPS, round(value * STEPS))) == step
        ]
        if lines:
            shapes.append(f'<path class="arc a{step}" d="{"".join(lines)}"/>')
    for number, word in enumerate(rows):
        shapes.append(text_at(left - 5, WORD_ROW * (number + 0.5) + 4, short(word, WORD_WIDE - 8), "e"))
    for place, word in enumerate(columns):
        shapes.append(text_at(right + 5, WORD_ROW * (place + 0.5) + 4, short(word, WORD_WIDE - 8)))
    height = WORD_ROW * max(len(rows), len(columns)) + 4
    desc = both("pic.arcs.desc", n=len(weights), least=Name(fixed(LEAST_WEIGHT, 2)))
    return framed("ar", line(piece.caption), desc, (right + WORD_WIDE, height), "".join(shapes))


def _labels(piece: Evidence, side: int) -> list[str]:
    """Numbers of layers and heads: every one where there is room, else every fifth."""
    every = 1 if side > 11 else 5
    made = [
        text_at(LEFT - 5, TOP + side * (number + 0.5) + 4, Name(_short_label(row[0])), "e")
        for number, row in enumerate(piece.rows)
        if number % every == 0
    ]
    return made + [
        text_at(LEFT + side * (place + 0.5), TOP - 6, Name(_short_label(column.name)), "tm")
        for place, column in enumerate(piece.columns[1:])
        if place % every == 0
    ]


def _short_label(label: object) -> str:
    """The number of a layer or a head out of its name, or the beginning of the name."""
    text = spoken(str(label))
    digits = "".join(sign for sign in text if sign.isdigit())
    return digits or text[:4]


def _word(label: object) -> str:
    """A word of a map without the number of its place."""
    return spoken(label if isinstance(label, str) else str(label)).lstrip("0123456789 ") or "␣"


def _numbers(piece: Evidence) -> Sequence[float]:
    return [value for row in piece.rows for cell in row[1:] if (value := plain(cell)) is not None]
