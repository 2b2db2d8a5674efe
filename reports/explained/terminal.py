"""An explanation in a terminal: words over their values, a line for each method, and what the methods are worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from fairwitness.audit.records import Audit, Cell, Column, Evidence
from fairwitness.reports.cells import LONG, in_column, is_number
from fairwitness.reports.explained.view import Explanation, Strips, explanation, is_flagged
from fairwitness.reports.i18n import Words, shown, speaking
from fairwitness.reports.numbers import column_decimals, fixed
from fairwitness.reports.pictures.paired_words import Beside, PairedStrip
from fairwitness.reports.strips import BLANK, Strip, Token
from fairwitness.reports.terminal import paper, printed
from fairwitness.reports.text import line

FOR, AGAINST, FAINT = "blue", "yellow", "dim"
LONGEST_HEAD = 26
"""Columns that the name of a method may take."""
LONGEST_WORD = 24
STRONG = 4
"""The tone, of 7, from which a value is printed bold."""
TURNED = 4
"""Rows of a table of many columns that stand beside each other, a line a column."""
BAR = 24
"""Columns of the longest bar."""
DOUBTED = "✗"
"""Before a method that failed its own checks."""
UNSURE = "~"
"""Before a value that its own error could be."""


def render(audit: Audit, width: int = 100, colour: bool = False, language: str = "en") -> str:
    """Text of at most `width` columns; without colour it holds no escape sequence at all."""
    with speaking(language):
        return _drawn(explanation(audit), Words(language), width, colour)


def _drawn(made: Explanation, words: Words, width: int, colour: bool) -> str:
    console = paper(width, colour)
    console.print(Text.assemble((made.model, "bold"), f"  {made.kind}"))
    if made.why_not:
        console.print(Text(f"{words.plain('explain.nothing')} {shown(made.why_not)}"))
        return printed(console)
    for text in made.texts:
        console.print()
        console.print(Text(shown(text.caption), style="bold"))
        for row in _rows(text, console.width):
            console.print(row, soft_wrap=True)
    if made.differences:
        console.print()
        console.print(Text(words.plain("explain.pair"), style="bold"))
        for row in _differences(made.differences, console.width):
            console.print(row, soft_wrap=True)
    for piece in made.totals:
        console.print()
        console.print(Text(_spoken(piece.caption), style="bold"))
        for row in _bars(piece, console.width):
            console.print(row, soft_wrap=True)
    if made.texts:
        console.print(Text(_key(made, words), style=FAINT if colour else ""))
    if made.unjudged:
        console.print()
        console.print(Text(words.plain("explain.unjudged")))
    for card in made.cards:
        console.print()
        console.print(Text(_spoken(card.caption), style="bold"))
        _print_card(console, card)
    _print_rest(console, made, words, FAINT if colour else "")
    return printed(console)


@dataclass(frozen=True, slots=True)
class Line:
    """A line under the words: its name, and for each word what is printed in which style."""

    name: str
    cells: Sequence[tuple[str, str]]


def _rows(text: Strips, width: int) -> Iterator[Text]:
    """The words and under them a line for each method."""
    words = [_word(token) for token in text.strips[0].tokens] if text.strips else []
    return _laid([Line("", [(word, "") for word in words]), *map(_line, text.strips)], width)


def _differences(made: Sequence[PairedStrip], width: int) -> Iterator[Text]:
    """The words of both texts where they differ, and under them the differences of each method."""
    words = [_words(beside) for beside in made[0].columns]
    return _laid([Line("", [(word, "") for word in words]), *map(_difference, made)], width)


def _laid(lines: Sequence[Line], width: int) -> Iterator[Text]:
    """Lines of cells that stand under each other, in as many blocks as the width asks for."""
    head = min(LONGEST_HEAD, max(cell_len(each.name) for each in lines))
    wide = [max(cell_len(text) for text, _ in cells) for cells in zip(*(each.cells for each in lines), strict=True)]
    for block in _blocks(wide, width - head):
        for each in lines:
            row = Text(set_cell_size(each.name, head))
            for place in block:
                text, style = each.cells[place]
                row.append("  ").append(_fitted(text, wide[place]), style=style)
            yield row


def _line(strip: Strip) -> Line:
    cells = [(_value(token), FAINT if strip.doubted else _style(token)) for token in strip.tokens]
    return Line(_name(strip), cells)


def _difference(strip: PairedStrip) -> Line:
    cells = []
    for beside in strip.columns:
        text = "–" if beside.difference is None else (UNSURE if beside.unsure else "") + beside.difference.text
        faint = strip.doubted or beside.unsure or not beside.exact
        cells.append((text, FAINT if faint else FOR if (beside.exact or 0) > 0 else AGAINST))
    return Line(_name(strip), cells)


def _name(strip: Strip | PairedStrip) -> str:
    return f"{DOUBTED} {shown(strip.name)}" if strip.doubted else shown(strip.name)


def _words(beside: Beside) -> str:
    first, other = ("–" if token is None else _word(token) for token in (beside.first, beside.other))
    return first if first == other else f"{first}/{other}"


def _blocks(wide: Sequence[int], room: int) -> Iterator[list[int]]:
    """The places of the words of each block: as many as fit beside each other, one at least."""
    block: list[int] = []
    used = 0
    for place, width in enumerate(wide):
        if block and used + width + 2 > room:
            yield block
            block, used = [], 0
        block.append(place)
        used += width + 2
    if block:
        yield block


def _fitted(text: str, width: int) -> str:
    return " " * (width - cell_len(text)) + text


def _word(token: Token) -> str:
    word = line(token.word) or "␣"
    word = word if cell_len(word) <= LONGEST_WORD else set_cell_size(word, LONGEST_WORD - 1).rstrip() + "…"
    return f"[{word}]" if token.protected and word != BLANK else word


def _value(token: Token) -> str:
    """The value with its sign; before one that is smaller than twice its error stands a mark."""
    return "–" if token.value is None else (UNSURE if token.unsure else "") + token.value.text


def _style(token: Token) -> str:
    if token.unsure or not token.tone:
        return FAINT
    bold = "bold " if int(token.tone[1:]) >= STRONG else ""
    return bold + (FOR if token.tone.startswith("p") else AGAINST)


def _key(made: Explanation, words: Words) -> str:
    tokens = [token for text in made.texts for strip in text.strips for token in strip.tokens]
    unit = next((strip.unit for text in made.texts for strip in text.strips if strip.unit), "")
    parts = [words.plain("explain.key", unit=shown(unit))]
    if any(strip.doubted for text in made.texts for strip in text.strips):
        parts.append(words.plain("explain.key.doubted"))
    if any(token.unsure for token in tokens):
        parts.append(words.plain("explain.key.unsure"))
    if any(token.protected for token in tokens):
        parts.append(words.plain("explain.key.protected"))
    return " ".join(parts)


def _bars(piece: Evidence, width: int) -> Iterator[Text]:
    """A line for each value: its label, a bar from zero to the left or to the right, the value with its interval."""
    labels = [_spoken(_text(row[0])) for row in piece.rows]
    head = min(width // 3, max(map(cell_len, labels)))
    values = [float(row[1]) if is_number(row[1]) else None for row in piece.rows]
    parts = [
        value for value, row in zip(values, piece.rows, strict=True) if value is not None and not is_flagged(piece, row)
    ]
    largest = max(map(abs, parts), default=0.0) or 1.0
    for label, value, row in zip(labels, values, piece.rows, strict=True):
        if value is None:
            yield Text(f"{set_cell_size(label, head)}  –")
            continue
        total = is_flagged(piece, row)
        side = 0 if total else round(abs(value) / largest * BAR / 2)
        bar = "█" * side
        left, right = (bar, "") if value < 0 else ("", bar)
        drawn = f"{left:>{BAR // 2}}│{right:<{BAR // 2}}" if not total else " " * (BAR + 1)
        style = "bold" if total else FOR if value > 0 else AGAINST
        text = Text(f"{set_cell_size(label, head)}  ").append(drawn, style=style)
        yield text.append(f" {fixed(value, 2, sign=not total):>8}{_around(row)}", style=style)


def _around(row: Sequence[Cell]) -> str:
    """The interval of a row of dots, where it has one."""
    low, high = row[2], row[3]
    return f"  [{fixed(float(low), 2)}, {fixed(float(high), 2)}]" if is_number(low) and is_number(high) else ""


def _print_card(console: Console, card: Evidence) -> None:
    """What the methods are worth: a line for each row of the table, or for each column of few rows; texts under it."""
    places = [index for index, column in enumerate(card.columns) if _in_table(card, index, column)]
    decimals = {
        index: column_decimals([float(cell) for row in card.rows if is_number(cell := row[index])]) for index in places
    }
    heads = [_spoken(card.columns[index].name) for index in places]
    cells = [[_cell(row[index], card.columns[index], decimals[index]) for index in places] for row in card.rows]
    if len(card.rows) <= TURNED and len(places) > TURNED:
        table = _table([heads[0], *(row[0] for row in cells)], "lrrrr")
        for place in range(1, len(places)):
            table.add_row(heads[place], *(row[place] for row in cells))
    else:
        sides = "".join("r" if card.columns[index].role == "number" else "l" for index in places)
        table = _table(heads, sides)
        for row, texts in zip(card.rows, cells, strict=True):
            table.add_row(*map(Text, texts), style="yellow" if is_flagged(card, row) else "")
    console.print(table)
    _print_texts(console, card, places)


def _table(heads: Sequence[str], sides: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0), expand=False)
    for head, side in zip(heads, sides, strict=False):
        table.add_column(head, justify="right" if side == "r" else "left", overflow="fold")
    return table


def _print_texts(console: Console, card: Evidence, places: Sequence[int]) -> None:
    """Long texts of a table, each once, behind the label of their row."""
    long = [index for index, column in enumerate(card.columns) if column.role == "text" and index not in places]
    labels = [index for index in places if card.columns[index].role == "label"]
    explained: dict[str, None] = {}
    for row in card.rows:
        name = _text(row[labels[0]]) if labels else ""
        for index in long:
            if row[index]:
                explained[f"  {_spoken(name)}: {_spoken(_text(row[index]))}"] = None
    for text in explained:
        console.print(Text(text))


def _in_table(card: Evidence, index: int, column: Column) -> bool:
    """Whether a column stands in the table: nothing long, nothing that is empty in all rows."""
    cells = [row[index] for row in card.rows if row[index] not in (None, "")]
    return bool(cells) and (column.role != "text" or max(len(str(cell)) for cell in cells) <= LONG)


def _cell(cell: Cell, column: Column, decimals: int) -> str:
    if cell is None:
        return "–"
    if column.role == "flag":
        return f"▲ {_spoken(column.name)}" if cell is True else ""
    if is_number(cell):
        return in_column(float(cell), decimals).text
    return _spoken(_text(cell))


def _text(cell: Cell) -> str:
    """A cell as it is where it is a text, with its translations."""
    return cell if isinstance(cell, str) else str(cell)


def _spoken(text: str) -> str:
    """A text of the document on one line, in the language of the page."""
    return shown(line(text))


def _print_rest(console: Console, made: Explanation, words: Words, style: str) -> None:
    """What is missing and why, and what no explanation can tell."""
    if made.notes:
        console.print()
    for note in made.notes:
        console.print(Text(f"! {shown(note)}"))
    if made.limits:
        console.print()
        console.print(Text(f"{words.plain('explain.limit')} {shown(made.limits[0])}", style=style))
