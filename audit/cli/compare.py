"""`fairwitness compare`: folders of runs in, what changed beyond noise out."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fairwitness.audit import document, outcomes
from fairwitness.audit.cli.terminal import coloured, draw, draw_json, say, tell
from fairwitness.audit.errors import BadOption, nearest
from fairwitness.audit.session import comparing
from fairwitness.reports import LANGUAGES


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What `fairwitness compare` was asked for."""

    out: Path | None
    formats: str | None
    margin: float | None
    min_effect: float | None
    other_data: bool
    language: str
    as_json: bool
    exit_zero: bool


def compare_command(base: Sequence[Path], new: Sequence[Path], wanted: Wanted) -> int:
    """Compares, prints, writes where a folder is named, and gives the exit code. Raises BadOption for an empty side."""
    for name, side in (("BASE", base), ("NEW", new)):
        if not side:
            raise BadOption(f"no run of {name} is named: fairwitness compare BASE NEW, or --{name.lower()} DIR")
    formats = _formats(wanted.formats, wanted.out)
    if wanted.language not in LANGUAGES:
        languages = ", ".join(LANGUAGES)
        raise BadOption(
            f"no language {wanted.language!r}{nearest(wanted.language, LANGUAGES)} (languages: {languages})"
        )
    if wanted.out is not None:
        comparing.check_target(wanted.out)
    ours, theirs = ([comparing.read(folder) for folder in folders] for folders in (base, new))
    from fairwitness.audit import comparison
    from fairwitness.reports.comparison import terminal

    made = comparing.compared(
        ours, theirs, margin=wanted.margin, min_effect=wanted.min_effect, other_data=wanted.other_data
    )
    written = [] if wanted.out is None else comparing.save(made, wanted.out, formats, wanted.language)
    code = outcomes.exit_code(made.exit_code, exit_zero=wanted.exit_zero)
    changed = "" if code == made.exit_code else f" ({code} because of --exit-zero)"
    lines = [f"exit code {made.exit_code}{changed}", *(f"page: {path}" for path in written)]
    if wanted.as_json:
        draw_json(document.dump(comparison.to_json(made)))
        tell(*lines)
        return code
    width = shutil.get_terminal_size((110, 24)).columns
    draw(terminal.render(made, width, coloured(), wanted.language) + "\n")
    say(*lines, *(() if written else ["-o DIR writes the whole comparison as a page"]))
    return code


def _formats(given: str | None, out: Path | None) -> list[str]:
    from fairwitness.reports.comparison import FORMATS

    if given is not None and out is None:
        raise BadOption("-f says what to write; say where with -o DIR")
    wanted = [name.strip() for name in (given or "html").split(",") if name.strip()]
    for name in wanted:
        if name not in FORMATS:
            raise BadOption(f"no format {name!r}{nearest(name, FORMATS)} (formats: {', '.join(FORMATS)})")
    return wanted
