"""A comparison in a terminal, and as Markdown: one sentence, a table of what changed, and what was not compared."""

from __future__ import annotations

from collections.abc import Mapping

from rich import box
from rich.table import Table
from rich.text import Text

from fairwitness.audit.comparison import Comparison
from fairwitness.reports.comparison.view import (
    MOVED,
    STANDING_MARKS,
    WORDS,
    Line,
    Shown,
    counted,
    gained_gates,
    line_of,
    rank,
    standing,
    unmatched_text,
)
from fairwitness.reports.i18n import catalogue
from fairwitness.reports.labels import Labels
from fairwitness.reports.markdown import safe
from fairwitness.reports.rules import SHAPES
from fairwitness.reports.terminal import STYLES, paper, printed
from fairwitness.reports.terminal import counted as plural
from fairwitness.reports.text import Anchors, line

MOST_ROWS = 24
MOST_OF_EACH = 8
MOST_UNMATCHED = 8
SIGNS: Mapping[str, str] = {"none": "·", **{str(name): sign for name, sign in SHAPES.items()}}


def render(found: Comparison, width: int = 100, colour: bool = False) -> str:
    """Text of at most `width` columns; without colour it holds no escape sequence at all."""
    console = paper(width, colour)
    mark = STANDING_MARKS.get(standing(found), "none")
    console.print(Text(f"{SIGNS[mark]} {sentence(found)}", style=STYLES.get(mark, "bold")))
    console.print(Text(f"BASE {line(found.base.spec)}  {line(found.base.folder)}"))
    console.print(Text(f"NEW  {line(found.new.spec)}  {line(found.new.folder)}"))
    for warning in found.warnings:
        console.print(Text(f"! {line(warning)}", style="yellow"))
    moved = moved_lines(found)
    if moved:
        console.print(_table(chosen(moved)))
    for text in _foot(found, len(moved) - len(chosen(moved))):
        console.print(Text(text, style="dim" if colour else ""))
    return printed(console)


def markdown(found: Comparison) -> str:
    """A short summary for a pull request. Foreign text cannot break out of its cell."""
    mark = STANDING_MARKS.get(standing(found), "none")
    parts = [
        f"# {SIGNS[mark]} {sentence(found)}",
        "",
        f"BASE {safe(found.base.spec)}, NEW {safe(found.new.spec)}; exit code {found.exit_code}.",
        "",
        *(f"- {safe(warning)}" for warning in found.warnings),
        "",
        tally(found),
        "",
        "| Finding | Metric | Before | After | Change | Interval | p |",
        "|---|---|---:|---:|---:|---|---|",
    ]
    moved = moved_lines(found)
    parts += [_markdown_row(one) for one in moved[: 2 * MOST_ROWS]]
    if len(moved) > 2 * MOST_ROWS:
        parts += ["", f"{len(moved) - 2 * MOST_ROWS} more rows are in the comparison."]
    parts += ["", "## Not compared", ""]
    parts += [f"- {safe(unmatched_text(one))}: {safe(one.reason)}" for one in found.unmatched] or ["Nothing."]
    return "\n".join(parts) + "\n"


def _markdown_row(one: Line) -> str:
    word = f"{SIGNS[one.mark]} {WORDS[one.finding]}{' (gated)' if one.gated else ''}"
    name = safe(f"{one.probe}: {_name(one)}")
    numbers = f"{_value(one.before)} | {_value(one.after)} | {_change(one)} | {_interval(one)}"
    return f"| {word} | {name} | {numbers} | {safe(one.p_value)} |"


def sentence(found: Comparison) -> str:
    """The one sentence that a reader takes along."""
    lead = catalogue("en")[f"compare.lead.{standing(found)}"]
    said = lead.format(n=counted(found), better=found.tally["better"])
    gained = gained_gates(found)
    return said + (" " + catalogue("en")["compare.lead.gained"].format(n=gained) if gained else "")


def moved_lines(found: Comparison) -> list[Line]:
    """The lines of what changed: what can fail a release, then what needs a look first."""
    moved = sorted((one for one in found.changes if one.finding in MOVED), key=lambda one: (not one.gated, rank(one)))
    return [line_of(one, None, Anchors()) for one in moved]


def chosen(lines: list[Line]) -> list[Line]:
    """The lines for a short table: all that can fail a release, and some of each finding of the rest."""
    shown = [one for one in lines if one.gated][:MOST_ROWS]
    for finding in MOVED:
        shown += [one for one in lines if not one.gated and one.finding == finding][:MOST_OF_EACH]
    return shown


def tally(found: Comparison) -> str:
    """How many measurements came to what."""
    return ", ".join(f"{n} {WORDS[name]}" for name, n in found.tally.items() if n)


def _table(lines: list[Line]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=0, expand=False)
    several = len({one.probe for one in lines}) > 1
    table.add_column("Finding", no_wrap=True)
    table.add_column("Probe: metric, group" if several else "Metric, group", overflow="fold")
    for name in ("Before", "After", "Change"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("95 % interval", no_wrap=True)
    table.add_column("p", no_wrap=True)
    for one in lines:
        word = Text(
            f"{SIGNS[one.mark]} {WORDS[one.finding]}{' !' if one.gated else ''}", style=STYLES.get(one.mark, "")
        )
        name = f"{one.probe}: {_name(one)}" if several else _name(one)
        cells = (name, _value(one.before), _value(one.after), _change(one), _interval(one), one.p_value)
        table.add_row(word, *map(Text, cells))
    return table


def _foot(found: Comparison, hidden: int) -> list[str]:
    lines = [tally(found) + ". Findings marked ! are of metrics that a rule can fail a release for."]
    if hidden:
        lines.append(f"{plural(hidden, 'more row is', 'more rows are')} in the page.")
    lines += [f"  lost: {_lost(one)}" for one in found.lost]
    told = [one for one in found.unmatched if one not in found.lost]
    if told:
        lines.append("Not compared:")
        lines += [f"  {unmatched_text(one)}: {line(one.reason)}" for one in told[:MOST_UNMATCHED]]
    if len(told) > MOST_UNMATCHED:
        lines.append(f"  and {len(told) - MOST_UNMATCHED} more, listed in the page.")
    return lines


def _lost(one: object) -> str:
    from fairwitness.audit.comparison import Change, Unmatched

    if isinstance(one, Change):
        groups = Labels.of(one.metric).text
        return f"{' '.join([line(one.probe), line(one.metric.name), groups]).strip()}: {line(one.reason)}"
    return f"{unmatched_text(one)}: {line(one.reason)}" if isinstance(one, Unmatched) else ""


def _name(one: Line) -> str:
    return one.labels.named(one.name)


def _value(found: Shown | None) -> str:
    return found.value.text if found else "–"


def _change(one: Line) -> str:
    return ("× " if one.factor else "") + _value(one.change)


def _interval(one: Line) -> str:
    return f"[{one.change.low.text}, {one.change.high.text}]" if one.change else ""
