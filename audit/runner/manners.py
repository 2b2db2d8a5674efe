"""What a reader is told of the manner in which a probe was asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fairwitness.audit.manner import OPENING, TURN_FORMS, Form, Manner
from fairwitness.audit.reasons import WORDS
from fairwitness.audit.records import Name


def manner_notes(manner: Manner, forms: Mapping[Form, int]) -> Iterator[str]:
    """Notes on how requests were put, where the run says something of it and there are such requests."""
    counts = {form: forms.get(form, 0) for form in TURN_FORMS}
    total = sum(counts.values())
    if manner.usual or not total:
        return
    if count := counts["model_turn"]:
        yield WORDS("note.model_turn", count=count, total=total, opening=Name(OPENING))
    if count := counts["plain"]:
        yield WORDS("note.plain_with_system" if manner.system else "note.plain", count=count, total=total)
    if count := forms.get("system_of_run", 0):
        yield WORDS("note.system_of_run", count=count, total=total)
    if manner.system and (count := forms.get("system_of_probe", 0)):
        yield WORDS("note.system_of_probe", count=count, total=total)
