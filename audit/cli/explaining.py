"""`fairwitness explain`: one text in, which words moved the answer out."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairwitness.audit import document
from fairwitness.audit.cli.terminal import Screen, coloured, draw, draw_json, say, tell
from fairwitness.audit.errors import BadOption, nearest
from fairwitness.audit.records import Audit
from fairwitness.audit.session import explaining
from fairwitness.audit.session.explaining import Question
from fairwitness.reports import LANGUAGES

NOTHING, CRASHED, INTERRUPTED = 4, 3, 130
PAGES = (".html", ".htm", ".json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How an explanation is shown."""

    out: Path | None = None
    language: str = "en"
    as_json: bool = False
    quiet: bool = False
    verbose: bool = False


def asked(
    model: str,
    text: str | None,
    row: str | None,
    *,
    pair: str | None,
    methods: Sequence[str] | None,
    target: str | None,
    settings: Mapping[str, Any],
) -> Question:
    """What the words of a line ask for; settings that were not given are those of any run.

    Raises BadOption where there is neither a text nor a row.
    """
    if text is None and row is None:
        raise BadOption("no text: fairwitness explain MODEL 'The text.', or --row FILE:N for a row of a table")
    table, number = ("", 0) if row is None else explaining.row_of(row)
    return Question(
        model=model,
        text=text or "",
        table=table,
        row=number,
        pair=pair,
        methods=tuple(methods or ()),
        target=target,
        settings={key: value for key, value in settings.items() if value or (value == 0 and value is not False)},
    )


def explain_command(question: Question, wanted: Wanted) -> int:
    """Explains, prints or writes, and gives the exit code. Raises UsageError before the first question."""
    _check(wanted)
    with Screen(quiet=wanted.quiet, verbose=wanted.verbose) as screen:
        audit = explaining.explain(question, screen)
    if audit.exit_code == INTERRUPTED:
        raise KeyboardInterrupt
    from fairwitness.reports import explained

    made = explained.explanation(audit)
    if wanted.out is not None:
        _write(audit, wanted.out, wanted.language)
    if wanted.as_json:
        draw_json(document.dump(explained.to_json(audit)))
    elif wanted.out is None:
        width = shutil.get_terminal_size((100, 24)).columns
        draw(explained.terminal(audit, width, coloured(), wanted.language))
    if wanted.out is not None:
        (tell if wanted.as_json else say)(f"page: {wanted.out}")
    if made.why_not and (wanted.as_json or wanted.out is not None):
        tell(f"nothing is explained: {made.why_not}")
    return CRASHED if made.crashed else NOTHING if made.why_not else 0


def _check(wanted: Wanted) -> None:
    if wanted.language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise BadOption(f"no language {wanted.language!r}{nearest(wanted.language, LANGUAGES)} (languages: {known})")
    if wanted.out is None:
        return
    if wanted.out.suffix.lower() not in PAGES:
        raise BadOption(f"-o {wanted.out}: the name ends with .html for a page or .json for the numbers")
    if wanted.out.is_dir() or not wanted.out.absolute().parent.is_dir():
        raise BadOption(f"-o {wanted.out}: {'it is a folder' if wanted.out.is_dir() else 'its folder is not there'}")


def _write(audit: Audit, target: Path, language: str) -> None:
    """Writes the page, or what --json prints where the file's name says so."""
    from fairwitness.reports import explained

    if target.suffix.lower() == ".json":
        text = document.dump(explained.to_json(audit))
    else:
        text = explained.page(audit, language)
    document.write_file(target, text.encode("utf-8", "replace"))
