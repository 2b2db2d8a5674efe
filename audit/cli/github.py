"""Shows a run to GitHub Actions: a step summary where the runner asks for one, annotations where it listens."""

from __future__ import annotations

import os
from pathlib import Path

from fairwitness.audit import document
from fairwitness.audit.cli.terminal import draw, say, tell
from fairwitness.audit.records import Audit
from fairwitness.reports import FORMATS
from fairwitness.reports.outputs.github import LIMIT, summary, workflow_commands

SUMMARY = "GITHUB_STEP_SUMMARY"
RUNNER = "GITHUB_ACTIONS"


def show_on_github(audit: Audit, folder: Path) -> None:
    """Appends the summary to the file that the runner names, else writes it into the folder; prints annotations.

    Annotations are printed on a runner alone. Raises CannotWrite.
    """
    named = os.environ.get(SUMMARY)
    if named:
        _append(Path(named), audit)
    else:
        for file, content in FORMATS["github"].draw(audit).items():
            document.write_file(folder / file, content)
            say(folder / file)
    if os.environ.get(RUNNER):
        draw("".join(f"{command}\n" for command in workflow_commands(audit)))


def _append(path: Path, audit: Audit) -> None:
    """Adds to what the step has said before; together they stay below what GitHub shows."""
    with document.writing(path):
        before = path.stat().st_size if path.exists() else 0
        text = summary(audit, LIMIT - before - 1)
        if not text:
            tell(f"{path} is full: the summary of this run is left out, for GitHub shows nothing of a longer one")
            return
        with path.open("ab") as file:
            file.write(b"\n" * bool(before) + text.encode("utf-8", "replace"))
    say(path)
