"""The audit in a terminal: a verdict line, a compact table worst first, and what was not tested."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from fairwitness.audit.outcomes import left_open
from fairwitness.audit.records import CHECK, Audit, Measured, NotApplicable, Verdict
from fairwitness.reports.i18n import catalogue
from fairwitness.reports.labels import Labels
from fairwitness.reports.looks import looked
from fairwitness.reports.rules import SHAPES, judged, severity_rank
from fairwitness.reports.summary import WORDS, Said, Summary, summarise
from fairwitness.reports.text import line, reason

STYLES = {
    "pass": "green",
    "fail": "bold red",
    "likely_violated": "red",
    "inconclusive": "yellow",
    "waived": "magenta",
    "not_measured": "dim",
}
MOST_REASONS = 8
MOST_ROWS = 24
MOST_NOTES = 6
PREDICTIONS = "predictions"
"""The kind of a file of decisions; its first note says what it is, the others what is wrong with it."""


def render(audit: Audit, width: int = 100, colour: bool = False) -> str:
    """Text of at most `width` columns; without colour it holds no escape sequence at all."""
    console = paper(width, colour)
    summary = summarise(audit)
    console.print(_head(audit), soft_wrap=False)
    console.print(_tally(summary))
    if audit.outcome in ("reported", "nothing_judged", "nothing_ran"):
        console.print(Text(catalogue("en")[f"lead.{audit.outcome}"]))
    for text in _reasons(audit):
        console.print(Text(text))
    if summary.rows:
        console.print(_table(summary.rows[:MOST_ROWS]))
    for text in _foot(audit, summary):
        console.print(Text(text, style="dim" if colour else ""))
    return printed(console)


def paper(width: int, colour: bool) -> Console:
    """A console that keeps what is printed on it; without colour it takes no escape sequence at all."""
    return Console(
        file=io.StringIO(),
        width=max(width, 40),
        force_terminal=colour,
        color_system="standard" if colour else None,
        no_color=not colour,
        legacy_windows=False,
        highlight=False,
        emoji=False,
        markup=False,
    )


def printed(console: Console) -> str:
    """What was printed on a `paper`, without blanks at the ends of lines."""
    assert isinstance(console.file, io.StringIO)  # noqa: S101 - `paper` made it
    return "\n".join(row.rstrip() for row in console.file.getvalue().splitlines()) + "\n"


def _head(audit: Audit) -> Text:
    subject = audit.manifest.subject
    revision = f" @ {line(subject.revision)}" if subject.revision else ""
    text = Text(f"{SHAPES[audit.outcome]} {WORDS[audit.outcome].upper()}", style=STYLES.get(audit.outcome, "bold"))
    return text.append(f"  {line(subject.spec)}{revision}  (exit code {audit.exit_code})", style="default")


def _tally(summary: Summary) -> Text:
    parts = [f"{n} {WORDS[outcome]}" for outcome, n in summary.tally]
    return Text(" · ".join(parts) if parts else "The policy judged nothing in this run.")


def _reasons(audit: Audit) -> list[str]:
    """Why each rule that counts is not met, worst first, and what the policy leaves open beside the verdict.

    Rules and groups of one probe that have the same reason share a line.
    """
    against = [verdict for verdict in judged(audit.verdicts) if verdict.counts and verdict.outcome != "pass"]
    alike: dict[tuple[str, ...], list[Verdict]] = {}
    for verdict in sorted(against, key=severity_rank):
        alike.setdefault((verdict.outcome, verdict.probe, verdict.reason), []).append(verdict)
    lines = [_told(verdicts) for verdicts in alike.values()]
    if len(lines) > MOST_REASONS:
        rest = counted(len(lines) - MOST_REASONS, "more reason is", "more reasons are")
        lines = [*lines[:MOST_REASONS], f"{rest} in the report."]
    if beside := left_open(audit.verdicts):
        lines.append(f"The policy leaves {counted(len(beside), 'undecided verdict', 'undecided verdicts')} open.")
    return lines


def _told(verdicts: Sequence[Verdict]) -> str:
    """Rules, metrics and groups of verdicts that have one reason, and the reason; several of a kind are counted."""
    first = verdicts[0]
    rules = ", ".join(dict.fromkeys(line(verdict.rule) for verdict in verdicts))
    metrics = {verdict.metric for verdict in verdicts}
    groups = {verdict.metric_key[1:] for verdict in verdicts}
    about = line(first.probe) + (f"/{line(first.metric)}" if len(metrics) == 1 else "")
    if len(groups) == 1:
        about = replace(Labels.of(first), against=None).named(about)
    else:
        about = f"{about} ({counted(len(verdicts), 'verdict', 'verdicts')})"
    return f"{SHAPES[first.outcome]} {rules}: {about}: {reason(first.reason)}"


def _table(rows: tuple[Said, ...]) -> Table:
    """One line a row where the width allows; the probe is named where there are several."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=0, expand=False)
    several = len({row.probe for row in rows}) > 1
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Probe: metric, group" if several else "Metric, group", overflow="fold")
    table.add_column("Value", justify="right", no_wrap=True)
    table.add_column("95 % interval", no_wrap=True)
    table.add_column("Limit", no_wrap=True)
    warned = False
    for row in rows:
        if row.warns and not warned:
            table.add_row(Text("warnings only:", style="dim"))
        warned = row.warns
        verdict = Text(f"{SHAPES.get(row.outcome, '·')} {WORDS[row.outcome]}", style=STYLES.get(row.outcome, "dim"))  # type: ignore[call-overload]
        name = f"{row.probe}: {row.name}" if several else row.name
        table.add_row(verdict, Text(name), Text(row.value), Text(row.absence or row.interval), Text(row.limit))
    return table


def _foot(audit: Audit, summary: Summary) -> list[str]:
    gone = summary.absent
    lines = []
    if len(summary.rows) > MOST_ROWS:
        lines.append(f"{counted(len(summary.rows) - MOST_ROWS, 'more row is', 'more rows are')} in the report.")
    if summary.details:
        lines.append(f"{counted(summary.details, 'row by group is', 'rows by group are')} in the report.")
    counts = [
        (len(gone.crashed), "probe crashed", "probes crashed"),
        (len(gone.skipped), "probe does not apply", "probes do not apply"),
        (len(gone.rules), "rule met no measurement", "rules met no measurement"),
        (len(gone.unasked), "rule speaks of nothing that was asked", "rules speak of nothing that was asked"),
        (
            sum(missing.count for missing in gone.undefined),
            "metric could not be estimated",
            "metrics could not be estimated",
        ),
        (sum(missing for _, missing, _ in gone.unanswered), "question had no answer", "questions had no answer"),
    ]
    parts = [counted(n, singular, many) for n, singular, many in counts if n]
    lines.append("Not tested: " + ("; ".join(parts) if parts else "nothing that was asked for") + ".")
    lines += [f"  crashed: {missing.label}: {missing.reason}" for missing in gone.crashed]
    lines += _inapplicable(audit)
    lines += _of_the_data(audit)
    if again := looked(audit):
        names = ", ".join(line(look.probe) for look in again)
        lines.append(
            f"Asked before with other limits or seeds: {names}. A pass that is looked for until it comes is weak."
        )
    lines.append(f"Policy: {line(audit.manifest.policy.path)} ({line(audit.manifest.policy.sha256)[:12]})")
    return lines


def _inapplicable(audit: Audit) -> list[str]:
    """Why a probe that was asked for does not apply, where no verdict says it."""
    said = {verdict.probe for verdict in judged(audit.verdicts)}
    return [
        f"  does not apply: {line(result.probe.title)}: {line(result.reason)}"
        for result in audit.results
        if isinstance(result, NotApplicable)
        and (result.asked or audit.outcome == "nothing_ran")
        and result.probe.name not in said
    ]


def _of_the_data(audit: Audit) -> list[str]:
    """What may mean another thing than it says in the user's table, each once; the rest is in the report."""
    subject = audit.manifest.subject
    cells = [note.text for note in subject.notes if note.code == "cells"]
    odd = [CHECK + text for text in cells] if subject.kind == PREDICTIONS else []
    noted = [
        note
        for result in audit.results
        if isinstance(result, Measured)
        for note in result.notes
        if note.startswith(CHECK)
    ]
    notes = list(dict.fromkeys(map(line, [*odd, *noted])))
    if len(notes) > MOST_NOTES:
        rest = counted(len(notes) - MOST_NOTES, "more note on the data is", "more notes on the data are")
        notes = [*notes[:MOST_NOTES], f"{rest} in the report."]
    return notes


def counted(n: int, singular: str, many: str) -> str:
    """A number with its noun."""
    return f"{n:,} {singular if n == 1 else many}"
