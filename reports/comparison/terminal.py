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


def render(comparison: Comparison, width: int = 100, colour: bool = False) -> str:
    """Text of at most `width` columns; without colour it holds no escape sequence at all."""
    console = paper(width, colour)
    mark = STANDING_MARKS.get(standing(comparison), "none")
    console.print(Text(f"{SIGNS[mark]} {sentence(comparison)}", style=STYLES.get(mark, "bold")))
    console.print(Text(f"BASE {line(comparison.base.spec)}  {line(comparison.base.folder)}"))
    console.print(Text(f"NEW  {line(comparison.new.spec)}  {line(comparison.new.folder)}"))
    for warning in comparison.warnings:
        console.print(Text(f"! {line(warning)}", style="yellow"))
    moved = moved_lines(comparison)
    if moved:
        console.print(_table(chosen(moved)))
    for text in _foot(comparison, len(moved) - len(chosen(moved))):
        console.print(Text(text, style="dim" if colour else ""))
    return printed(console)


def markdown(comparison: Comparison) -> str:
    """A short summary for a pull request. Foreign text cannot break out of its cell."""
    mark = STANDING_MARKS.get(standing(comparison), "none")
    parts = [
        f"# {SIGNS[mark]} {sentence(comparison)}",
        "",
        f"BASE {safe(comparison.base.spec)}, NEW {safe(comparison.new.spec)}; exit code {comparison.exit_code}.",
        "",
        *(f"- {safe(warning)}" for warning in comparison.warnings),
        "",
        tally(comparison),
        "",
        "| Finding | Metric | Before | After | Change | Interval | p |",
        "|---|---|---:|---:|---:|---|---|",
    ]
    moved = moved_lines(comparison)
    parts += [_markdown_row(change) for change in moved[: 2 * MOST_ROWS]]
    if len(moved) > 2 * MOST_ROWS:
        parts += ["", f"{len(moved) - 2 * MOST_ROWS} more rows are in the comparison."]
    parts += ["", "## Not compared", ""]
    parts += [f"- {safe(unmatched_text(missing))}: {safe(missing.reason)}" for missing in comparison.unmatched] or [
        "Nothing."
    ]
    return "\n".join(parts) + "\n"


def _markdown_row(row: Line) -> str:
    word = f"{SIGNS[row.mark]} {WORDS[row.finding]}{' (gated)' if row.gated else ''}"
    name = safe(f"{row.probe}: {_name(row)}")
    numbers = f"{_value(row.before)} | {_value(row.after)} | {_change(row)} | {_interval(row)}"
    return f"| {word} | {name} | {numbers} | {safe(row.p_value)} |"


def sentence(comparison: Comparison) -> str:
    """The one sentence that a reader takes along."""
    lead = catalogue("en")[f"compare.lead.{standing(comparison)}"]
    said = lead.format(n=counted(comparison), better=comparison.tally["better"])
    gained = gained_gates(comparison)
    return said + (" " + catalogue("en")["compare.lead.gained"].format(n=gained) if gained else "")


def moved_lines(comparison: Comparison) -> list[Line]:
    """The lines of what changed: what can fail a release, then what needs a look first."""
    moved = sorted(
        (change for change in comparison.changes if change.finding in MOVED),
        key=lambda change: (not change.gated, rank(change)),
    )
    return [line_of(change, None, Anchors()) for change in moved]


def chosen(lines: list[Line]) -> list[Line]:
    """The lines for a short table: all that can fail a release, and some of each finding of the rest."""
    shown = [row for row in lines if row.gated][:MOST_ROWS]
    for finding in MOVED:
        shown += [row for row in lines if not row.gated and row.finding == finding][:MOST_OF_EACH]
    return shown


def tally(comparison: Comparison) -> str:
    """How many measurements came to what."""
    return ", ".join(f"{n} {WORDS[name]}" for name, n in comparison.tally.items() if n)


def _table(lines: list[Line]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=0, expand=False)
    several = len({row.probe for row in lines}) > 1
    table.add_column("Finding", no_wrap=True)
    table.add_column("Probe: metric, group" if several else "Metric, group", overflow="fold")
    for name in ("Before", "After", "Change"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("95 % interval", no_wrap=True)
    table.add_column("p", no_wrap=True)
    for row in lines:
        word = Text(
            f"{SIGNS[row.mark]} {WORDS[row.finding]}{' !' if row.gated else ''}", style=STYLES.get(row.mark, "")
        )
        name = f"{row.probe}: {_name(row)}" if several else _name(row)
        cells = (name, _value(row.before), _value(row.after), _change(row), _interval(row), row.p_value)
        table.add_row(word, *map(Text, cells))
    return table


def _foot(comparison: Comparison, hidden: int) -> list[str]:
    lines = [tally(comparison) + ". Findings marked ! are of metrics that a rule can fail a release for."]
    if hidden:
        lines.append(f"{plural(hidden, 'more row is', 'more rows are')} in the page.")
    lines += [f"  lost: {_lost(lost)}" for lost in comparison.lost]
    rest = [missing for missing in comparison.unmatched if missing not in comparison.lost]
    if rest:
        lines.append("Not compared:")
        lines += [f"  {unmatched_text(missing)}: {line(missing.reason)}" for missing in rest[:MOST_UNMATCHED]]
    if len(rest) > MOST_UNMATCHED:
        lines.append(f"  and {len(rest) - MOST_UNMATCHED} more, listed in the page.")
    return lines


def _lost(lost: object) -> str:
    from fairwitness.audit.comparison import Change, Unmatched

    if isinstance(lost, Change):
        groups = Labels.of(lost.metric).text
        return f"{' '.join([line(lost.probe), line(lost.metric.name), groups]).strip()}: {line(lost.reason)}"
    return f"{unmatched_text(lost)}: {line(lost.reason)}" if isinstance(lost, Unmatched) else ""


def _name(row: Line) -> str:
    return row.labels.named(row.name)


def _value(shown: Shown | None) -> str:
    return shown.value.text if shown else "–"


def _change(row: Line) -> str:
    return ("× " if row.factor else "") + _value(row.change)


def _interval(row: Line) -> str:
    return f"[{row.change.low.text}, {row.change.high.text}]" if row.change else ""
