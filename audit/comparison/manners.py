"""In which manner two runs asked: in a chat or plainly, and behind which system message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fairwitness.audit.comparison.words import WORDS
from fairwitness.audit.records import Audit, Measured, Name, joined

OPTION = "chat"
"""The option of probes that says so: where both documents tell how it was asked, it is told of by that."""
FORMS = ("user_turn", "model_turn", "plain")
LONGEST = 80
"""Characters of a system message that a remark shows."""


def manners_of(base: Audit, new: Audit) -> Iterator[tuple[str, str, str]]:
    """Probes that were asked in another manner in the other run: their names, and how they were asked in each."""
    ours, theirs = _measured(base), _measured(new)
    unlike: dict[tuple[str, str], list[str]] = {}
    for name in ours:
        if name in theirs:
            forms = _forms(ours[name]), _forms(theirs[name])
            if forms[0] and forms[1] and forms[0] != forms[1]:
                unlike.setdefault((_shown(forms[0]), _shown(forms[1])), []).append(name)
    for (before, after), names in unlike.items():
        yield joined(WORDS("manner.join"), [Name(name) for name in names]), before, after


def systems_of(base: Audit, new: Audit) -> tuple[str, str] | None:
    """The system messages of two runs, where they differ."""
    messages = [_system(audit) for audit in (base, new)]
    if messages[0] == messages[1]:
        return None
    shown = [Name(_cut(message)) if message else WORDS("manner.none") for message in messages]
    return shown[0], shown[1]


def told_by_both(first: Measured, second: Measured) -> bool:
    """Whether both documents say how a probe was asked."""
    return bool(_forms(first) and _forms(second))


def _measured(audit: Audit) -> dict[str, Measured]:
    return {result.probe.name: result for result in audit.results if isinstance(result, Measured)}


def _forms(result: Measured) -> tuple[str, ...]:
    return tuple(form for form in FORMS if result.manners.get(form))


def _shown(forms: Sequence[str]) -> str:
    return joined(WORDS("manner.and"), [WORDS(f"manner.{form}") for form in forms])


def _system(audit: Audit) -> str:
    resolved: Any = audit.manifest.config.get("resolved")
    system = resolved.get("system") if isinstance(resolved, Mapping) else None
    return system if isinstance(system, str) else ""


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"
