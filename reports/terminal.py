"""The audit in a terminal: a verdict line, a compact table worst first, and what was not tested."""

from __future__ import annotations

import io

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assay.audit.records import Audit
from assay.reports.rules import SHAPES
from assay.reports.summary import WORDS, Said, Summary, summarise
from assay.reports.text import line

STYLES = {"pass": "green", "fail": "bold red", "inconclusive": "yellow", "waived": "magenta", "not_measured": "dim"}
MOST_ROWS = 24


def render(audit: Audit, width: int = 100, colour: bool = False) -> str:
    """Text of at most `width` columns; without colour it holds no escape sequence at all."""
    out = io.StringIO()
    console = Console(
        file=out,
        width=max(width, 40),
        force_terminal=colour,
        color_system="standard" if colour else None,
        no_color=not colour,
        legacy_windows=False,
        highlight=False,
        emoji=False,
        markup=False,
    )
    summary = summarise(audit)
    console.print(_head(audit), soft_wrap=False)
    console.print(_tally(summary))
    if summary.rows:
        console.print(_table(summary.rows[:MOST_ROWS]))
    for text in _foot(audit, summary):
        console.print(Text(text, style="dim" if colour else ""))
    return "\n".join(row.rstrip() for row in out.getvalue().splitlines()) + "\n"


def _head(audit: Audit) -> Text:
    subject = audit.manifest.subject
    revision = f" @ {line(subject.revision)}" if subject.revision else ""
    text = Text(f"{SHAPES[audit.outcome]} {WORDS[audit.outcome].upper()}", style=STYLES.get(audit.outcome, "bold"))
    return text.append(f"  {line(subject.spec)}{revision}  (exit code {audit.exit_code})", style="default")


def _tally(summary: Summary) -> Text:
    parts = [f"{n} {WORDS[outcome]}" for outcome, n in summary.tally]
    return Text(" · ".join(parts) if parts else "The policy judged nothing in this run.")


def _table(rows: tuple[Said, ...]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1), expand=False)
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Probe", overflow="fold")
    table.add_column("Metric", overflow="fold", ratio=2)
    table.add_column("Value", justify="right", no_wrap=True)
    table.add_column("95 % interval" if rows else "Interval", overflow="fold", ratio=1)
    table.add_column("Limit", no_wrap=True)
    for row in rows:
        name = f"{row.metric} ({row.group})" if row.group else row.metric
        verdict = Text(row.verdict, style=STYLES.get(row.outcome, "dim"))
        table.add_row(verdict, Text(row.probe), Text(name), Text(row.value), Text(row.interval), Text(row.limit))
    return table


def _foot(audit: Audit, summary: Summary) -> list[str]:
    gone = summary.absent
    lines = []
    if len(summary.rows) > MOST_ROWS:
        lines.append(f"{len(summary.rows) - MOST_ROWS} more rows are in the report.")
    if summary.details:
        lines.append(f"{summary.details} rows by group are in the report.")
    counts = [
        (len(gone.crashed), "probes crashed"),
        (len(gone.skipped), "probes do not apply"),
        (len(gone.rules), "rules met no measurement"),
        (sum(one.count for one in gone.undefined), "metrics could not be estimated"),
        (sum(missing for _, missing, _ in gone.unanswered), "questions had no answer"),
    ]
    told = [f"{n} {what}" for n, what in counts if n]
    lines.append("Not tested: " + ("; ".join(told) if told else "nothing that was asked for") + ".")
    lines += [f"  crashed: {one.label}: {one.reason}" for one in gone.crashed]
    lines.append(f"Policy: {line(audit.manifest.policy.path)} ({line(audit.manifest.policy.sha256)[:12]})")
    return lines
