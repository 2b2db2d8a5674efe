"""The audit in a terminal: a verdict line, a compact table worst first, and what was not tested."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from fairwitness.audit.outcomes import left_open
from fairwitness.audit.reasons import CHECK
from fairwitness.audit.records import Audit, Estimate, Measured, NotApplicable, Verdict, metric_key
from fairwitness.reports.headline import headline
from fairwitness.reports.labels import Labels
from fairwitness.reports.looks import looked
from fairwitness.reports.rules import SHAPES, judged, severity_rank
from fairwitness.reports.since import lines as since
from fairwitness.reports.summary import WORDS, Said, Summary, summarise
from fairwitness.reports.text import human, line, reason
from fairwitness.reports.waivers import waiver_lines

STYLES = {
    "pass": "green",
    "fail": "bold red",
    "likely_violated": "red",
    "inconclusive": "yellow",
    "waived": "magenta",
    "not_measured": "dim",
}
MOST_REASONS = 5
MOST_ROWS = 10
MOST_NOTES = 6
BESIDE_NAME = 55
"""Columns that the rest of a row needs; a name that would be wider is told without the group compared with."""
PREDICTIONS = "predictions"
"""The kind of a file of decisions; its first note says what it is, the others what is wrong with it."""


def render(audit: Audit, width: int = 100, colour: bool = False, *, brief: bool = False) -> str:
    """Text of at most `width` columns; without colour it holds no escape sequence at all.

    `brief` has no table: the verdict, why, and what was not tested.
    """
    console = paper(width, colour)
    summary = summarise(audit)
    console.print(_head(audit), soft_wrap=False)
    lead = headline(audit)
    console.print(Text(lead))
    for text in _reasons(audit, lead):
        console.print(Text(text))
    console.print(_tally(summary, len(left_open(audit.verdicts))))
    if not brief and (rows := summary.judged or summary.rows):
        console.print(_table(rows[:MOST_ROWS], width))
    for text in since(audit):
        console.print(Text(text))
    for text in _foot(audit, summary, brief=brief):
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


def _tally(summary: Summary, left: int) -> Text:
    parts = [f"{n} {WORDS[outcome]}" for outcome, n in summary.tally]
    beside = f"; undecided results that do not count towards the verdict: {left}" if left else ""
    return Text(" · ".join(parts) + beside if parts else "The policy judged nothing in this run.")


def _reasons(audit: Audit, lead: str) -> list[str]:
    """Why verdicts that count have no value to judge, worst first, but for the reason that the headline says.

    What has a value stands in the table.
    Rules and groups of one probe that have the same reason share a line.
    """
    measured = [result for result in audit.results if isinstance(result, Measured)]
    valued = {
        (result.probe.name, metric.key)
        for result in measured
        for metric in result.metrics
        if isinstance(metric.estimate, Estimate)
    }
    names = {metric.name: metric.name for result in measured for metric in result.metrics}
    without = [
        verdict
        for verdict in judged(audit.verdicts)
        if verdict.counts and verdict.outcome != "pass" and (verdict.probe, verdict.metric_key) not in valued
    ]
    alike: dict[tuple[str, ...], list[Verdict]] = {}
    for verdict in sorted(without, key=severity_rank):
        alike.setdefault((verdict.outcome, verdict.probe, verdict.reason), []).append(verdict)
    lines = [_told(verdicts, names) for verdicts in alike.values() if reason(verdicts[0].reason) not in lead]
    if len(lines) > MOST_REASONS:
        rest = counted(len(lines) - MOST_REASONS, "more reason is", "more reasons are")
        lines = [*lines[:MOST_REASONS], f"{rest} in the report."]
    return lines


def _told(verdicts: Sequence[Verdict], names: Mapping[str, str]) -> str:
    """Metrics and groups of verdicts that have one reason, and the reason; several of a kind are counted.

    `names` are those of metrics with their words.
    """
    first = verdicts[0]
    metrics = {verdict.metric for verdict in verdicts}
    groups = {metric_key("", verdict.by, verdict.against, verdict.variant) for verdict in verdicts}
    metric = f": {human(names.get(first.metric, first.metric))}" if len(metrics) == 1 else ""
    about = f"{line(first.probe)}{metric}"
    if len(groups) == 1:
        about = ", ".join(filter(None, [about, str(replace(Labels.of(first), against=None).text)]))
    else:
        about = f"{about} ({counted(len(verdicts), 'verdict', 'verdicts')})"
    rules = {verdict.rule for verdict in verdicts}
    rule = f"{line(first.rule)}: " if len(rules) == 1 else ""
    return f"{SHAPES[first.outcome]} {rule}{about}: {reason(first.reason)}"


def _table(rows: tuple[Said, ...], width: int) -> Table:
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
        fits = len(row.name) + (len(row.probe) + 2 if several else 0) <= width - BESIDE_NAME
        name = row.name if fits else row.alone
        name = f"{row.probe}: {name}" if several else name
        table.add_row(verdict, Text(name), Text(row.value), Text(row.absence or row.interval), Text(row.limit))
    return table


def _foot(audit: Audit, summary: Summary, *, brief: bool = False) -> list[str]:
    gone = summary.absent
    lines = []
    shown = min(MOST_ROWS, len(summary.judged or summary.rows))
    judged_rows = max(0, len(summary.judged) - shown)
    rest = [
        counted(judged_rows, "judged row", "judged rows") if judged_rows else "",
        f"{len(summary.rows) + summary.details - judged_rows - shown:,} others",
    ]
    if not brief and len(summary.rows) + summary.details > shown:
        lines.append(f"In the report: {' and '.join(filter(None, rest))}.")
    counts = [
        (len(gone.crashed), "probe crashed", "probes crashed"),
        (len(gone.cut_off), "probe was cut off", "probes were cut off"),
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
    lines += [f"  cut off: {missing.label}: {missing.reason}" for missing in gone.cut_off]
    lines += _inapplicable(audit)
    lines += _of_the_data(audit)
    lines += waiver_lines(audit)
    if again := looked(audit):
        names = ", ".join(line(look.probe) for look in again)
        lines.append(
            f"Asked before with other limits or seeds: {names}. A pass that is looked for until it comes is weak."
        )
    return lines


def _inapplicable(audit: Audit) -> list[str]:
    """Why a probe that was asked for does not apply, where no verdict says it."""
    said = {verdict.probe for verdict in judged(audit.verdicts)}
    return [
        f"  does not apply: {line(result.probe.title)}: {line(result.reason)}"
        for result in audit.results
        if isinstance(result, NotApplicable)
        and result.code != "budget_spent"
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
