"""`fairwitness facts`: a file to fill in, and what one that was filled in still lacks."""

from __future__ import annotations

from pathlib import Path

from fairwitness.audit import facts
from fairwitness.audit.cli.terminal import say
from fairwitness.audit.errors import BadOption, CannotWrite


def new_facts(path: Path) -> int:
    """Writes a facts file to fill in. Raises BadOption where something is there, CannotWrite where none can be."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(facts.template())
    except FileExistsError:
        raise BadOption(f"facts new: {path} is there already; name another file with -o") from None
    except OSError as error:
        raise CannotWrite(f"facts new: cannot write {path}: {error.strerror or error}") from None
    say(f"{path}: fill in what you know; what stays a comment is shown as missing", "")
    say(f"fairwitness facts check {path}", f"fairwitness run MODEL --facts {path}")
    return 0


def check_facts(path: Path) -> int:
    """Prints what a valid facts file says and what it lacks. An invalid one raises BadFacts."""
    read = facts.load(path)
    say(f"{path} is valid: {len(read.given)} given, {len(read.missing)} missing, sha256 {read.sha256[:12]}")
    for missing in read.missing:
        say(f"  missing: {missing.name}{f' of {missing.entry}' if missing.entry else ''}")
    return 0
