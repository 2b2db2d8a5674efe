"""What only people know about a model, as a facts file says it, and what of it nobody has said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_DATA = ("source", "collected_from", "collected_until", "population", "groups", "consent", "licence")
FACTS: Mapping[str, tuple[str, ...]] = {
    "model": ("provider", "version", "changes"),
    "use": ("intended", "users", "out_of_scope", "caveats", "oversight"),
    "training_data": _DATA,
    "audit_data": _DATA,
    "mitigation": ("measures",),
    "contacts": ("role", "address"),
    "audit": ("by", "on_behalf_of", "independence"),
    "sign_off": ("name", "role", "date"),
}
"""The facts that can be given, by table of the file."""
LISTS = ("training_data", "audit_data", "contacts")
"""Tables of several entries, each with a name."""


def fact_names() -> tuple[str, ...]:
    """Every fact by its dotted name; a list of entries by its own name too."""
    names: list[str] = []
    for table, keys in FACTS.items():
        names += [table] if table in LISTS else []
        names += [f"{table}.{key}" for key in keys]
    return tuple(names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that somebody wrote."""

    name: str
    """As `use.intended`; an entry of a list by the name of the list, with its own name as the text."""
    text: str
    entry: str = ""
    """The name of the entry that it belongs to, where its table has several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingFact:
    """One thing that nobody wrote."""

    name: str
    entry: str = ""


def _all_missing() -> tuple[MissingFact, ...]:
    return tuple(
        MissingFact(name=name) for name in fact_names() if name in LISTS or name.partition(".")[0] not in LISTS
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The facts of a run: what was given, word for word, and what is missing."""

    source: str = ""
    """The file as it was named; empty where none was given."""
    sha256: str = ""
    """The hash of its bytes; empty where none was given."""
    given: tuple[Fact, ...] = ()
    missing: tuple[MissingFact, ...] = field(default_factory=_all_missing)
