"""GitHub: a step summary and a comment on a pull request in Markdown, and annotations as workflow commands.

No text of a model or a file can begin a command of its own: what GitHub reads as a sign is written as it asks.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

from fairwitness.audit.records import Audit
from fairwitness.reports.i18n import both
from fairwitness.reports.markdown import MOST_ABSENT, PAGE, findings, heading, not_tested, repeat, since
from fairwitness.reports.outputs.cases import Problem, Standing, policy_file, policy_line, problems
from fairwitness.reports.since import lines, uncompared_of
from fairwitness.reports.summary import Summary, summarise
from fairwitness.reports.text import line

LIMIT = 1024 * 1024
"""Bytes of a step's summary above which GitHub shows nothing of it."""
LONGEST_COMMENT = 64 * 1024
"""Characters of a comment, no more than so many bytes of it, above which GitHub refuses it."""
ROOM = 1024
"""Bytes of a comment that are left to whoever adds a link to it."""
MOST_ANNOTATIONS = 10
"""Annotations of one kind that GitHub shows of a step."""
LONGEST_TITLE = 255
"""Characters of an annotation's title that GitHub takes."""
LONGEST_MESSAGE = 64 * 1024
"""Bytes of an annotation's message that GitHub takes."""
CALLING = re.compile(r"@(?=\w)|#(?=\d)")
KINDS: Mapping[Standing, str] = {"stops": "error", "warns": "warning", "set_aside": "notice"}


def summary(audit: Audit, most: int = LIMIT) -> str:
    """Headline, top findings, how to repeat the run and what was not tested, in at most so many bytes of UTF-8.

    What does not fit is cut between two lines, and a last sentence says so; empty where not even that fits.
    """
    last = both("output.cut", what=both("output.summary"), limit=LIMIT // 1024)
    return _within(_blocks(audit, summarise(audit)), most, str(last))


def comment(audit: Audit) -> str:
    """The summary as a comment that calls nobody, behind a hidden first line by which its next version finds it.

    That line is the same for every run of a model named alike, so that each model has one comment.
    """
    key = hashlib.sha256(audit.manifest.subject.spec.encode("utf-8", "replace")).hexdigest()[:12]
    mark = f"<!-- fairwitness {key} -->\n\n"
    last = both("output.cut", what=both("output.comment"), limit=LONGEST_COMMENT // 1024)
    blocks = map(calling_nobody, _blocks(audit, summarise(audit), MOST_ABSENT))
    return mark + _within(blocks, LONGEST_COMMENT - ROOM - _size(mark), str(last))


def calling_nobody(text: str) -> str:
    """Markdown in which no `@name` notifies a person and no `#1` names an issue: an empty remark stands in between."""
    return text if text.startswith("```") else CALLING.sub(r"\g<0><!-- -->", text)


def workflow_commands(audit: Audit) -> tuple[str, ...]:
    """Annotations: an error for what stops a release, a warning or a notice for the rest, at most ten of each."""
    listed = problems(audit)
    file = policy_file(audit)
    commands = []
    for standing, kind in KINDS.items():
        members = [problem for problem in listed if problem.standing == standing]
        shown = members if len(members) <= MOST_ANNOTATIONS else members[: MOST_ANNOTATIONS - 1]
        commands += [_command(kind, problem, file, policy_line(audit, problem)) for problem in shown]
        if rest := len(members) - len(shown):
            commands.append(f"::{kind}::{escaped(str(both('output.more', n=rest)))}")
    return (*_uncompared(audit), *commands)


def _uncompared(audit: Audit) -> tuple[str, ...]:
    """An annotation that says why nothing was compared with an earlier run, where that was wanted."""
    none = uncompared_of(audit)
    if none is None:
        return ()
    kind = "notice" if none.kind == "none" else "warning"
    return (f"::{kind}::{escaped(_cut(' '.join(lines(audit)), LONGEST_MESSAGE))}",)


def _blocks(audit: Audit, said: Summary, most: int | None = None) -> Iterable[str]:
    """Parts of the summary that stand or fall whole; of what was not tested at most so many lines."""
    yield from heading(audit, said)
    yield from findings(audit)
    yield from since(audit)
    yield from repeat(audit)
    yield from not_tested(said.absent, most, page=f"`{PAGE}`")


def _within(blocks: Iterable[str], most: int, last: str) -> str:
    """The blocks that fit; where some do not, the last line says so."""
    every = [f"{block}\n" for block in blocks]
    if sum(map(_size, every)) <= most:
        return "".join(every)
    last = f"\n{last}\n"
    room = most - _size(last)
    if room < 0:
        return ""
    kept = []
    for block in every:
        room -= _size(block)
        if room < 0:
            break
        kept.append(block)
    return "".join([*kept, last])


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _command(kind: str, problem: Problem, file: str, start: int) -> str:
    title = problem.rule if len(problem.rule) <= LONGEST_TITLE else f"{problem.rule[: LONGEST_TITLE - 1]}…"
    properties = {"title": title, **({"file": file, "line": str(start)} if file else {})}
    given = ",".join(f"{name}={escaped_property(value)}" for name, value in properties.items())
    anchor = f" (report.html#f-{problem.fingerprint})" if problem.verdict is not None else ""
    return f"::{kind} {given}::{escaped(_cut(line(problem.message), LONGEST_MESSAGE - _size(anchor)) + anchor)}"


def _cut(text: str, most: int) -> str:
    """A text of at most so many bytes, between two characters."""
    if _size(text) <= most:
        return text
    return text.encode("utf-8", "replace")[: most - _size("…")].decode("utf-8", "ignore") + "…"


def escaped(text: str) -> str:
    """A text as the message of a command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escaped_property(text: str) -> str:
    """A text as a property of a command."""
    return escaped(line(text)).replace(":", "%3A").replace(",", "%2C")
