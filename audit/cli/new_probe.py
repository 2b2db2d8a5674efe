"""`fairwitness probes new NAME`: a working probe to start from, with its words and its test."""

from __future__ import annotations

import keyword
from importlib.resources import files
from pathlib import Path

from fairwitness.audit.cli.terminal import say
from fairwitness.audit.errors import BadOption, CannotWrite
from fairwitness.audit.probe import registry

TEMPLATE = "nationality"
FILES = ("probe.py", "words.toml", "test_probe.py")


def new_probe(name: str) -> int:
    """Writes the folder NAME. Raises BadOption for a name that no probe can have, or where something is there."""
    if not name.isidentifier() or keyword.iskeyword(name) or name != name.lower():
        raise BadOption(f"probes new {name}: a probe is named in small letters, digits and _, as in hostile_endings")
    if name in registry():
        raise BadOption(f"probes new {name}: a probe of that name is installed; take another name")
    folder = Path(name)
    if folder.exists():
        raise BadOption(f"probes new {name}: {folder} is there already; take another name, or another folder")
    try:
        folder.mkdir()
        for file in FILES:
            text = files(__package__ or "").joinpath("template", f"{file}.txt").read_text(encoding="utf-8")
            (folder / file).write_text(text.replace(f'name="{TEMPLATE}"', f'name="{name}"'), encoding="utf-8")
    except OSError as error:
        raise CannotWrite(f"probes new {name}: {error.strerror or error}") from None
    say(f"{folder}/probe.py      what is asked and measured; it runs as it is, so change it piece by piece")
    say(f"{folder}/words.toml    every sentence that a reader sees, and those that the model is asked")
    say(f"{folder}/test_probe.py what is planted is found: python -m pytest {folder}", "")
    say(f"fairwitness run MODEL -p ./{folder}/probe.py")
    return 0
