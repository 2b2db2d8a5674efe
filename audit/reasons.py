"""Reasons why there is no estimate: a code with values, worded in the `words.toml` beside this, in every language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from fairwitness.audit.records import (
    Cell,
    Name,
    Note,
    NoteCode,
    ReasonCode,
    Translated,
    Undefined,
    UndefinedKind,
    each,
    joined,
    languages,
)
from fairwitness.audit.words import Words

WORDS = Words.beside(__file__)
LEADS = tuple(said for lead in WORDS["lead"].tree for said in languages(WORDS(f"lead.{lead}")).values())
"""How reasons begin that name what is missing behind it."""
CHECK = WORDS("note.check")
"""How a note begins that the terminal shows too: something in a table may mean another thing than it says."""
COMMA, SEMICOLON = WORDS("list.comma"), WORDS("list.semicolon")
"""What stands between names, and between clauses."""
Unit: TypeAlias = Literal["values", "clusters", "groups", "pairs", "halved_parts"]


def undefined(
    words: Words, name: str, code: ReasonCode, kind: UndefinedKind = "not_estimable", /, **values: object
) -> Undefined:
    """What is undefined for the reason that stands in the words under a dotted name, filled with the values.

    >>> undefined(WORDS, "reason.no_rows", "no_units").code
    'no_units'
    """
    return Undefined(words(name, **values), kind, code, cells(values))


def note(name: str, code: NoteCode, /, **values: object) -> Note:
    """What to know of how a model was loaded, by its name under `[note]`; the code is one of `NOTE_CODES`.

    >>> note("gguf", "converted", quantisation="Q4_1").text
    'converted from GGUF Q4_1'
    """
    return Note(WORDS(f"note.{name}", **values), code, cells(values))


def not_asked(kind: str, name: str) -> Note:
    """Why a kind of request is not asked of a model, by its name under `[not_asked]`."""
    text = WORDS("note.not_asked", kind=kind, why=WORDS(f"not_asked.{name}"))
    return Note(text, "kind_not_asked", {"kind": kind, "why": name})


def cells(values: Mapping[str, object]) -> dict[str, Cell]:
    """The values as a document can hold them: numbers as they are, all else as its English text."""
    return {name: _cell(value) for name, value in values.items()}


def _cell(value: object) -> Cell:
    return float(value) if isinstance(value, float) else value if isinstance(value, int) else str(value)


def few(count: int, needed: int, what: Unit | str) -> Undefined:
    """Fewer units than an estimate needs; `what` are called by the words, or as given.

    >>> few(1, 2, "clusters")
    Undefined(reason='not estimable: 1 clusters, 2 needed', kind='not_estimable', code='few_units', \
values={'count': 1, 'needed': 2, 'what': 'clusters'})
    """
    called = what if isinstance(what, Translated | Name) else WORDS.or_key("unit", what)
    return undefined(WORDS, "reason.few", "few_units", count=count, needed=needed, what=called)


def not_finite(count: int, total: int, what: str = "values") -> Undefined:
    """Values that are no finite numbers."""
    what = WORDS.or_key("unit", what)
    return undefined(WORDS, "reason.not_finite", "not_finite", count=count, total=total, what=what)


def cause(reason: str) -> str:
    """What is missing, without the words before it that say so; in every language that the reason has.

    >>> cause("not estimable: no rows")
    'no rows'
    """
    return each(reason, _without_lead)


def _without_lead(said: str) -> str:
    lead = next((lead.strip() for lead in LEADS if said.startswith(lead.strip())), "")
    return said.removeprefix(lead).strip() or said


def joined_reasons(reasons: Mapping[str, Undefined]) -> Undefined:
    """Why several runs or sides have no value, by their names; the code is that of all, or none of ours.

    >>> joined_reasons({"BASE": stated("no_rows", "no_units")}).reason
    'in BASE: not estimable: no rows'
    """
    sentences = [WORDS("reason.in_run", run=run, reason=reason.reason) for run, reason in reasons.items()]
    codes = {reason.code for reason in reasons.values()}
    return Undefined(joined(SEMICOLON, sentences), code=codes.pop() if len(codes) == 1 else "not_comparable")


def of_reference(reason: Undefined) -> Undefined:
    """Why nothing can be set against a reference group that is undefined itself."""
    text = WORDS("reason.reference", reason=reason.reason)
    return Undefined(text, reason.kind, "no_reference", reason.values)


def stated(name: str, code: ReasonCode, /, **values: object) -> Undefined:
    """What is not estimable for a reason of ours, by its name under `[reason]`."""
    return undefined(WORDS, f"reason.{name}", code, **values)


def invalid(reason: str) -> Undefined:
    """What is not interpretable: a validity check says by the reason that answers do not mean what is claimed."""
    return Undefined(reason, "not_interpretable", "validity_check")


def unasked(reason: str) -> Undefined:
    """What nothing in this run asked for, and why."""
    return Undefined(reason, "not_asked", "not_asked")
