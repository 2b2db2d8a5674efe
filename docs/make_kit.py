"""Writes the list of what a probe may use into docs/writing-a-probe.md, from the code itself."""

from __future__ import annotations

import dataclasses
import inspect
import re
from pathlib import Path
from typing import Any

from fairwitness import kit

PAGE = Path(__file__).with_name("writing-a-probe.md")
MARK = "<!-- written by docs/make_kit.py -->\n"


def first_sentence(thing: Any) -> str:
    """The first sentence of what a name is documented as."""
    text = " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())
    return re.split(r"(?<=\.) ", text)[0].rstrip(".").replace("|", "\\|")


def signature(name: str, thing: Any) -> str:
    """How it is called; of a record its fields, of anything else its name."""
    if dataclasses.is_dataclass(thing):
        fields = [field.name for field in dataclasses.fields(thing) if field.init]
        return f"{name}({', '.join(fields)})"
    if inspect.isfunction(thing):
        return f"{name}({', '.join(inspect.signature(thing).parameters)})"
    return name


def rows() -> str:
    """One row of a table a name."""
    lines = ["| name | what it is |", "|---|---|"]
    for name in kit.__all__:
        thing = getattr(kit, name)
        documented = inspect.isclass(thing) or inspect.isfunction(thing) or inspect.ismodule(thing)
        lines.append(f"| `{signature(name, thing)}` | {first_sentence(thing) if documented else WITHOUT[name]} |")
    return "\n".join(lines) + "\n"


WITHOUT = {
    "Answer": "any answer",
    "BLANK": "marks a blank in every request; each model puts its own mask token there",
    "Answers": "the answers of a round, by request",
    "ModelType": '`"masked"` or `"causal"`',
    "ProbeRun": "what `run` gives back: a generator of requests that is sent answers and returns `Findings`",
    "Request": "any request",
}
"""What names are that have no docstring of their own."""


def page() -> str:
    """The page as it should be."""
    text = PAGE.read_text(encoding="utf-8")
    return text[: text.index(MARK) + len(MARK)] + "\n" + rows()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
