"""Reads a facts file into what was given and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from fairwitness.audit import toml_text
from fairwitness.audit.errors import BadFacts
from fairwitness.audit.facts.schema import FactsFile
from fairwitness.audit.records import FACTS, LISTS, Fact, Facts, MissingFact
from fairwitness.audit.toml_text import TomlText

MOST_TEXT = 100_000
"""Characters of all facts together: all of them stand on the page."""
GIVEN = "given in Python"
"""How messages and the manifest name facts that stand in no file."""


def load(path: Path | None) -> Facts:
    """The facts of a file, with the hash of its bytes; of no file that all of them are missing.

    Raises BadFacts with file, line and nearest valid key for the first mistake.
    """
    return Facts() if path is None else _facts(toml_text.read(path, BadFacts))


def given(facts: str | Mapping[str, object]) -> Facts:
    """The facts of a TOML text or of its tables. Raises BadFacts as `load` does."""
    if isinstance(facts, str):
        return _facts(toml_text.of_text(facts, BadFacts, GIVEN))
    return _facts(toml_text.of_tables(facts, GIVEN))


def template() -> str:
    """A facts file to fill in: every key, with what it asks for, in comments."""
    return (files("fairwitness.audit.facts") / "facts.toml").read_text(encoding="utf-8")


def _facts(source: TomlText) -> Facts:
    tables = toml_text.validate(FactsFile, source, BadFacts).tables()
    facts = list(_entries(tables))
    length = sum(len(fact.text) for fact in facts if isinstance(fact, Fact))
    if length > MOST_TEXT:
        raise BadFacts(f"{source.name} says {length:,} characters, and a page holds {MOST_TEXT:,}: shorten it, or link")
    return Facts(
        source=source.name,
        sha256=source.sha256,
        given=tuple(fact for fact in facts if isinstance(fact, Fact)),
        missing=tuple(fact for fact in facts if isinstance(fact, MissingFact)),
    )


def _entries(tables: Mapping[str, Any]) -> Iterator[Fact | MissingFact]:
    """Every fact in the order of the file's tables, those that are missing in their places."""
    for table, keys in FACTS.items():
        if table not in LISTS:
            yield from _table(table, keys, tables.get(table, {}))
            continue
        if not tables[table]:
            yield MissingFact(name=table)
        for entry in tables[table]:
            yield Fact(name=table, text=entry["name"])
            yield from _table(table, keys, entry, entry["name"])


def _table(
    table: str, keys: tuple[str, ...], values: Mapping[str, Any], entry: str = ""
) -> Iterator[Fact | MissingFact]:
    for key in keys:
        name = f"{table}.{key}"
        value = values.get(key)
        if not value:
            yield MissingFact(name=name, entry=entry)
            continue
        for text in value if isinstance(value, list) else [value]:
            yield Fact(name=name, text=text, entry=entry)
