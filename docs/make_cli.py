"""Writes docs/cli.md from the help texts of the command line: `python docs/make_cli.py`. A test keeps it current."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from fairwitness.audit.cli import app

PAGE = Path(__file__).parent / "cli.md"
WIDTH = 110
HEAD = """# The command line

Made from `fairwitness --help` by `python docs/make_cli.py`; do not edit.
"""


def page() -> str:
    """The whole page."""
    sections = [
        f"\n## {name}\n\n```text\n{text}\n```\n" for name, text in helps(typer.main.get_command(app), "fairwitness")
    ]
    return HEAD + "".join(sections)


def helps(command: Any, name: str, parent: typer.Context | None = None) -> Iterator[tuple[str, str]]:
    """Every command with its help text, a group before its members."""
    own = name.split()[-1]
    context = command.make_context(own, [], parent=parent, resilient_parsing=True, terminal_width=WIDTH)
    yield name, "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    for member, inner in getattr(command, "commands", {}).items():
        yield from helps(inner, f"{name} {member}", context)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
