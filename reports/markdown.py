"""A short Markdown summary of an audit, for a pull request or a chat. Foreign text cannot break out of its cell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fairwitness.audit.records import Audit, SubjectInfo
from fairwitness.reports.absent import Absent, Missing
from fairwitness.reports.headline import headline
from fairwitness.reports.i18n import both, catalogue
from fairwitness.reports.rules import SHAPES
from fairwitness.reports.since import lines
from fairwitness.reports.summary import WORDS, Said, Summary, summarise
from fairwitness.reports.text import line
from fairwitness.reports.view import headlines
from fairwitness.reports.waivers import waiver_lines

SPECIAL = re.compile(
    r"""[\\`*\[\]<|~$]             # what Markdown reads anywhere, and what GitHub reads as a formula
    |(?<![^\W_])_|_(?![^\W_])     # a low line, but within a word
    |&(?=\#?\w+;)                # an entity
    |:(?=//)|(?<=www)\.          # a web address
    |^[#+\-=>:]                  # what a heading, a list or a command begins with
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Signs that need a backslash before them; all others stay as they are, so that the raw text can be read."""
NUMBERED = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")
MOST_ROWS = 15
MOST_ABSENT = 10
PAGE = "report.html"
MARK = re.compile("[0-9a-f]+")


def render(audit: Audit) -> str:
    """Verdict, top findings, what was judged (worst first), what was not tested and how to repeat the run."""
    summary = summarise(audit)
    parts = [
        *heading(audit, summary),
        *findings(audit),
        *since(audit),
        *judged_rows(summary, MOST_ROWS, PAGE),
        *not_tested(summary.absent, MOST_ABSENT),
        *waivers(audit),
        *repeat(audit),
    ]
    return "\n".join(parts) + "\n"


def since(audit: Audit) -> list[str]:
    """What changed since the baseline, or why nothing was compared; nothing of a run that wanted no baseline."""
    changes = lines(audit)
    if not changes:
        return []
    items = [f"  - {safe(text.strip())}" if text.startswith(" ") else f"- {safe(text)}" for text in changes]
    return ["", f"## {catalogue('en')['since.title']}", "", *items]


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


def findings(audit: Audit) -> Iterator[str]:
    """The section of what a reader must know first, a line each."""
    yield from ("", f"## {both('findings')}", "")
    listed = headlines(audit)
    for finding in listed:
        outcome = finding.row.outcome
        yield f"- {SHAPES[outcome] + ' ' if outcome in SHAPES else ''}{safe(str(finding))}"
    if not listed:
        yield str(both("no_findings"))


def judged_rows(summary: Summary, most: int, page: str = "") -> Iterator[str]:
    """The table of what rules speak of, so many rows of it, and where the rest is: on the page, where it has a name."""
    rows = summary.judged
    if not summary.rows:
        return
    yield ""
    if rows:
        yield "| Verdict | Probe | Metric | Group | Value | Interval | Limit |"
        yield "|---|---|---|---|---:|---|---|"
        yield from (_row(row, page) for row in rows[:most])
        yield ""
    hidden = len(summary.rows) - min(len(rows), most) + summary.details
    link = f"[{page}]({page})" if page else str(both("output.report"))
    yield str(both("output.more_rows", n=hidden, page=link) if hidden else both("output.no_more_rows", page=link))


def not_tested(gone: Absent, most: int | None = None, page: str = f"[{PAGE}]({PAGE}#not-tested)") -> Iterator[str]:
    """The section of what was not tested, at most so many lines of it; `page` is where the others are."""
    yield from ("", f"## {both('not_tested_short')}", "")
    lines = absences(gone)
    yield from lines[:most] or [str(both("output.all_tested"))]
    if hidden := len(lines[most:]) if most is not None else 0:
        yield f"- {both('output.more_absent', n=hidden, page=page)}"


def waivers(audit: Audit) -> Iterator[str]:
    """The section of what each waiver covers and what it does not, where there are waivers."""
    if lines := waiver_lines(audit):
        yield from ("", f"## {both('waivers')}", "", *(f"- {safe(text)}" for text in lines))


def repeat(audit: Audit) -> Iterator[str]:
    """The section with the command that repeats the run, where it is known."""
    manifest = audit.manifest
    command = line(str(manifest.run.get("command") or manifest.config.get("command") or ""))
    if command:
        yield from ("", f"## {both('reproduce')}", "", code(command))


def code(text: str) -> str:
    """A block of code that the text cannot close: its fence is longer than any row of backticks in it."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def absences(gone: Absent) -> list[str]:
    """A line for each thing that was not tested, and why; none where all was."""
    lines = [f"- Crashed: {_absence(missing)}" for missing in gone.crashed]
    lines += [f"- Cut off: {_absence(missing)}" for missing in gone.cut_off]
    lines += [f"- Does not apply: {_absence(missing)}" for missing in gone.skipped]
    lines += [f"- No measurement for rule: {_absence(missing)}" for missing in gone.rules]
    if gone.unasked:
        lines.append(f"- Rules that speak of nothing that was asked: {len(gone.unasked)}")
    lines += [f"- Not estimable: {_absence(missing)}" for missing in gone.undefined]
    lines += [
        f"- No answer to {missing} of {total} questions: {safe(title)}" for title, missing, total in gone.unanswered
    ]
    return lines


def safe(text: str) -> str:
    """One line in which every sign that Markdown or HTML would read has a backslash before it."""
    return NUMBERED.sub(r"\1\\\2", SPECIAL.sub(r"\\\g<0>", line(text)))


def _row(row: Said, page: str) -> str:
    linked = page and MARK.fullmatch(row.fingerprint)
    verdict = f"[{row.verdict}]({page}#f-{row.fingerprint})" if linked else row.verdict
    names = (safe(row.probe), safe(row.metric), safe(row.group))
    return f"| {' | '.join((verdict, *names, row.value, safe(row.interval), safe(row.limit)))} |"


def _absence(missing: Missing) -> str:
    times = f" (× {missing.count})" if missing.count > 1 else ""
    return f"{safe(missing.label)}{times}: {safe(missing.reason)}"


def _fingerprint(subject: SubjectInfo) -> str:
    return f"fingerprint {safe(subject.fingerprint[:16])}" if subject.fingerprint else "not fingerprinted"
