"""Options of a probe in two runs: those that keep its numbers, or those of one part of its material, from comparing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from fairwitness.audit.comparison.words import WORDS
from fairwitness.audit.reasons import COMMA
from fairwitness.audit.records import Measured, Metric, Name, ScoredItems, StoredItems, joined

Options: TypeAlias = Mapping[str, Any]


def unlike(metric: Metric, ours: Options, theirs: Options) -> str:
    """In a clause which settings of the part that a metric speaks of differ; empty where none does.

    An option that is called as a label of the metric (`task`) has settings by the value of that label.
    """
    for key, label in metric.variant.items():
        before, after = _of_part(ours, key, label), _of_part(theirs, key, label)
        if text := differing(before, after):
            return text
    return ""


def differing(ours: Options, theirs: Options, *, but: tuple[str, ...] = ()) -> str:
    """In a clause which options have another value in the other run, all but these; empty where none has."""
    names = [name for name in dict.fromkeys((*ours, *theirs)) if name not in but]
    odd = [name for name in names if ours.get(name) != theirs.get(name)]
    clauses = [
        WORDS("unmatched.option", name=name, ours=shown(ours.get(name)), theirs=shown(theirs.get(name))) for name in odd
    ]
    return WORDS("unmatched.options", options=joined(COMMA, clauses)) if clauses else ""


def shown(value: object) -> str:
    """The value of an option as a sentence tells it."""
    return WORDS("unmatched.none") if value in (None, "", [], ()) else Name(value)


def by_part(*results: Measured) -> Iterator[str]:
    """What items with units are told apart by: an option of that name counts part by part (`unlike`)."""
    for result in results:
        if isinstance(result.items, ScoredItems | StoredItems) and result.items.unit:
            yield from result.items.clusters


def _of_part(options: Options, key: str, label: str) -> Options:
    parts = options.get(key)
    settings = parts.get(label) if isinstance(parts, Mapping) else None
    return settings if isinstance(settings, Mapping) else {}
