"""`fairwitness doctor`: one table of what is here, what is missing and what falls away without it."""

from __future__ import annotations

import shutil
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from fairwitness.audit.cli.terminal import say, say_json
from fairwitness.audit.private import cache_folder
from fairwitness.audit.session.health import Check, checks

NARROWEST = 60
"""Columns that the table takes at least."""
_HEAD = ("what", "state", "found, and what falls away without it")


def doctor_command(*, as_json: bool) -> int:
    """Prints the table; nothing that is missing is a failure of this command."""
    made = checks(cache_folder())
    if as_json:
        say_json([asdict(check) for check in made])
        return 0
    width = max(NARROWEST, shutil.get_terminal_size((100, 24)).columns)
    say(*table(made, width))
    count = Counter(check.state for check in made)
    say(
        "",
        f"{count['ok']} ok, {count['yours']} yours to give, {count['missing']} missing, {count['warning']} to look at",
    )
    return 0


def table(made: Sequence[Check], width: int) -> Iterator[str]:
    """The lines of the table, each area after a line of its own."""
    names = max(len(check.name) for check in made) + 4
    yield f"{_HEAD[0]:<{names}}{_HEAD[1]:<9}{_HEAD[2]}"
    area = ""
    for check in made:
        if check.area != area:
            area = check.area
            yield area
        notes = [check.result, f"without it: {check.without}" if check.without else "", check.remedy]
        lines = textwrap.wrap("; ".join(filter(None, notes)), max(20, width - names - 9)) or [""]
        yield f"  {check.name:<{names - 2}}{check.state:<9}{lines[0]}"
        for line in lines[1:]:
            yield f"{'':<{names + 9}}{line}"
