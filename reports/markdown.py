"""A short Markdown summary of an audit, for a pull request or a chat. Foreign text cannot break out of its cell."""

from __future__ import annotations

import re

from fairwitness.audit.records import Audit, SubjectInfo
from fairwitness.reports.absent import Absent
from fairwitness.reports.headline import headline
from fairwitness.reports.rules import SHAPES
from fairwitness.reports.summary import WORDS, Summary, summarise
from fairwitness.reports.text import line

SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|<>~&$^=:@-])")
MOST_ROWS = 50


def render(audit: Audit) -> str:
    """Verdict, counts, a table worst first and what was not tested."""
    summary = summarise(audit)
    parts = [
        *heading(audit, summary),
        "",
        "| Verdict | Probe | Metric | Group | Value | Interval | Limit |",
        "|---|---|---|---|---:|---|---|",
    ]
    parts += [
        f"| {row.verdict} | {safe(row.probe)} | {safe(row.metric)} | {safe(row.group)} | {row.value} "
        f"| {safe(row.interval)} | {safe(row.limit)} |"
        for row in summary.rows[:MOST_ROWS]
    ]
    hidden = len(summary.rows) - MOST_ROWS
    if hidden > 0:
        parts += ["", f"{hidden} more rows are in the report."]
    parts += ["", "## Not tested", "", *absences(summary.absent)]
    return "\n".join(parts) + "\n"


def heading(audit: Audit, summary: Summary) -> list[str]:
    """Lines with the outcome, what decided it, what was audited, and how many rules came to what."""
    subject, policy = audit.manifest.subject, audit.manifest.policy
    return [
        f"# {SHAPES[audit.outcome]} {WORDS[audit.outcome].capitalize()}: {safe(subject.spec)}",
        "",
        safe(headline(audit)),
        "",
        f"Revision {safe(subject.revision) or '–'}, {_fingerprint(subject)}, "
        f"policy {safe(policy.path)} ({safe(policy.sha256[:16])}), exit code {audit.exit_code}.",
        "",
        " · ".join(f"{SHAPES[outcome]} {n} {WORDS[outcome]}" for outcome, n in summary.tally)  # type: ignore[index]
        or "The policy judged nothing in this run.",
    ]


def absences(gone: Absent) -> list[str]:
    """A line for each thing that was not tested, and why; none where all was."""
    lines = [f"- Crashed: {safe(missing.label)}: {safe(missing.reason)}" for missing in gone.crashed]
    lines += [f"- Does not apply: {safe(missing.label)}: {safe(missing.reason)}" for missing in gone.skipped]
    lines += [f"- No measurement for rule: {safe(missing.label)}: {safe(missing.reason)}" for missing in gone.rules]
    if gone.unasked:
        lines.append(f"- Rules that speak of nothing that was asked: {len(gone.unasked)}")
    lines += [
        f"- Not estimable: {safe(missing.label)} (× {missing.count}): {safe(missing.reason)}"
        for missing in gone.undefined
    ]
    lines += [
        f"- No answer to {missing} of {total} questions: {safe(title)}" for title, missing, total in gone.unanswered
    ]
    return lines


def _fingerprint(subject: SubjectInfo) -> str:
    return f"fingerprint {safe(subject.fingerprint[:16])}" if subject.fingerprint else "not fingerprinted"


def safe(text: str) -> str:
    """One line in which every sign that Markdown or HTML could read has a backslash before it."""
    return SPECIAL.sub(r"\\\1", line(text))
