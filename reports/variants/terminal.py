"""The table of variants in a terminal."""

from __future__ import annotations

from rich import box
from rich.table import Table
from rich.text import Text

from fairwitness.audit.comparison.variant_set import VariantSet
from fairwitness.reports.comparison.said import SIGNS, Said, change, interval, name, value
from fairwitness.reports.comparison.view import Line
from fairwitness.reports.i18n import Words, shown, speaking
from fairwitness.reports.terminal import STYLES, paper, printed
from fairwitness.reports.text import line
from fairwitness.reports.variants.view import (
    Column,
    columns_of,
    mark_of,
    megabytes,
    named,
    original_seconds,
    remarks,
    rows_of,
    worst,
)


def render(made: VariantSet, width: int = 100, colour: bool = False, language: str = "en") -> str:
    """Text of at most `width` columns; without colour it holds no escape sequence at all."""
    with speaking(language):
        console = paper(width, colour)
        words = Words(language)
        kind = worst(made)
        mark = mark_of(kind)
        lead = words.plain(f"variants.lead.{kind}", names=named(made, kind))
        console.print(Text(f"{SIGNS[mark]} {lead}", style=STYLES.get(mark, "bold")))
        original = f"{words.plain('variants.original')} {line(made.original.spec)}  {megabytes(made.original.bytes)}"
        console.print(Text(f"{original}  {original_seconds(made)}".rstrip()))
        for names, warning in remarks(made):
            console.print(Text(f"! {names}: {shown(line(warning))}", style="yellow"))
        console.print(_table(made, words))
        for variant in made.variants:
            said = Said(variant.comparison, words)
            for text in said.flips()[:4]:
                console.print(Text(f"{line(variant.name)}  {text}"))
            for text in said.lost():
                console.print(Text(f"{line(variant.name)}  {words.plain('compare.lost')} {text}"))
        family = made.family
        console.print(Text(words.plain("variants.family", gated=family["gated"], others=family["others"])))
        return printed(console)


def _table(made: VariantSet, words: Words) -> Table:
    columns = columns_of(made)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1), expand=False)
    table.add_column(words.plain("metric"), overflow="fold")
    table.add_column(words.plain("variants.original"), justify="right", no_wrap=True)
    for column in columns:
        table.add_column(column.name, overflow="fold")
    for row in rows_of(made):
        cells = [_cell(each, words) for each in row.lines]
        table.add_row(Text(name(row.first, probe=True)), Text(value(row.first.before)), *cells)
    known = any(column.paired for column in columns)
    if known:
        table.add_row(words.plain("variants.flips"), "", *(Text(_flips(column)) for column in columns))
    if any(column.size for column in columns):
        sizes = [Text(" ".join(filter(None, (column.size or "–", column.smaller)))) for column in columns]
        table.add_row(words.plain("variants.size"), megabytes(made.original.bytes), *sizes)
    if any(column.seconds for column in columns):
        times = [Text(f"{column.seconds} × {column.factor}" if column.seconds else "–") for column in columns]
        table.add_row(words.plain("variants.time"), original_seconds(made), *times)
    codes = [Text(f"{column.code}") for column in columns]
    table.add_row(words.plain("exit_code"), "", *codes)
    return table


def _cell(row: Line | None, words: Words) -> Text:
    if row is None:
        return Text("–")
    finding = f"{SIGNS[row.mark]} {words.plain(f'finding.{row.finding}')}"
    if row.change is None:
        return Text(finding, style=STYLES.get(row.mark, ""))
    return Text(f"{change(row)} {interval(row)}\n{finding}", style=STYLES.get(row.mark, ""))


def _flips(column: Column) -> str:
    return f"{column.flipped} / {column.paired}" if column.paired else "–"
