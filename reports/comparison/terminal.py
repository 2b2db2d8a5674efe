"""A comparison in a terminal: changed verdicts, what rules judge, whose answers flipped, what else moved."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from fairwitness.audit.comparison import Comparison
from fairwitness.reports.comparison.said import MOST_VERDICTS, SIGNS, Said, change, interval, name, value
from fairwitness.reports.comparison.view import STANDING_MARKS, Line, standing
from fairwitness.reports.i18n import Words, shown, speaking
from fairwitness.reports.terminal import STYLES, paper, printed
from fairwitness.reports.text import line

MOST_UNMATCHED = 8


def render(comparison: Comparison, width: int = 100, colour: bool = False, language: str = "en") -> str:
    """Text of at most `width` columns; without colour it holds no escape sequence at all."""
    with speaking(language):
        console = paper(width, colour)
        said = Said(comparison, Words(language))
        mark = STANDING_MARKS.get(standing(comparison), "none")
        console.print(Text(f"{SIGNS[mark]} {said.lead()}", style=STYLES.get(mark, "bold")))
        console.print(Text(f"BASE {line(comparison.base.spec)}  {line(comparison.base.folder)}"))
        console.print(Text(f"NEW  {line(comparison.new.spec)}  {line(comparison.new.folder)}"))
        for warning in comparison.warnings:
            console.print(Text(f"! {shown(line(warning))}", style="yellow"))
        _verdicts(console, said)
        _metrics(console, said)
        for text in said.flips():
            console.print(Text(text))
        for text in _foot(said):
            console.print(Text(text, style="dim" if colour else ""))
        return printed(console)


def _verdicts(console: Console, said: Said) -> None:
    """A line for every verdict that is not what it was."""
    turned = said.turned()
    if not turned:
        if said.comparison.verdicts:
            console.print(Text(said.words.plain("compare.verdicts.same", n=len(said.comparison.verdicts))))
        return
    for verdict in turned[:MOST_VERDICTS]:
        warns = "" if verdict.gated else f" ({said.words.plain('compare.warning')})"
        text = f"{SIGNS[verdict.mark]} {said.words.plain(f'compare.turn.{verdict.turn}')}{warns}: "
        text += f"{verdict.rule}, {verdict.name}: {said.turn(verdict)}"
        console.print(Text(text, style=STYLES.get(verdict.mark, "")))
    if len(turned) > MOST_VERDICTS:
        console.print(Text(said.words.plain("compare.verdicts.more", n=len(turned) - MOST_VERDICTS)))


def _metrics(console: Console, said: Said) -> None:
    """The judged metrics, then what else moved."""
    judged, judged_in_all = said.judged()
    moved, moved_in_all = said.moved()
    if judged:
        console.print(_table(said, judged, said.words.plain("compare.judged"), verdicts=True))
    if moved:
        console.print(_table(said, moved, said.words.plain("compare.others"), verdicts=False))
    if hidden := judged_in_all - len(judged) + moved_in_all - len(moved):
        console.print(Text(said.words.plain("compare.more_rows", n=hidden)))


def _table(said: Said, lines: list[Line], title: str, *, verdicts: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=0, expand=False)
    several = len({row.probe for row in lines}) > 1
    tx = said.words.plain
    table.add_column(tx("compare.verdict" if verdicts else "compare.finding"), no_wrap=not verdicts)
    table.add_column(title, overflow="fold")
    for key in ("compare.base", "compare.new", "compare.change"):
        table.add_column(tx(key), justify="right", no_wrap=True)
    table.add_column(tx("compare.interval"), no_wrap=True)
    table.add_column(tx("compare.p"), no_wrap=True)
    for row in lines:
        finding = f"{SIGNS[row.mark]} {said.finding(row.finding)}"
        first = f"{said.on(row)}\n{finding}" if verdicts and row.verdicts else finding
        cells = (name(row, probe=several), value(row.before), value(row.after), change(row), interval(row), row.p_value)
        table.add_row(Text(first, style=STYLES.get(row.mark, "")), *map(Text, cells))
    return table


def _foot(said: Said) -> list[str]:
    tx = said.words.plain
    lines = [f"{tx('compare.tally')} {said.tally()}"]
    lines += [f"  {tx('compare.lost')} {lost}" for lost in said.lost()]
    rest = said.unmatched()
    if rest:
        lines.append(f"{tx('compare.unmatched')}:")
        lines += [f"  {missing}" for missing in rest[:MOST_UNMATCHED]]
    if len(rest) > MOST_UNMATCHED:
        lines.append(f"  {tx('compare.more_unmatched', n=len(rest) - MOST_UNMATCHED)}")
    return lines
