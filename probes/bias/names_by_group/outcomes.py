"""What became of a name in a text: found as a person, found in part, called something else, or missed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from fairwitness.audit.requests import Answer, Request, Tagged, TagTokens
from fairwitness.probes.bias.names_by_group.items import Item

Outcome: TypeAlias = Literal["exact", "part", "other", "missed"]
OUTCOMES: tuple[Outcome, ...] = ("exact", "part", "other", "missed")
"""A person from the first to the last character of it; a person that shares a part; another label; nothing."""


@dataclass(frozen=True, slots=True)
class Found:
    """An item and what became of it; `label` is what the tagger calls the first span that touches it, or empty."""

    item: Item
    outcome: Outcome
    label: str = ""

    @property
    def exact(self) -> float:
        """1 where it is found as a person exactly."""
        return float(self.outcome == "exact")

    @property
    def touched(self) -> float:
        """1 where a person is found in it, whole or in part."""
        return float(self.outcome in ("exact", "part"))


def read(items: Sequence[Item], answers: Mapping[Request, Answer], persons: Collection[str]) -> list[Found | None]:
    """What became of each item; None where its text has no answer."""
    outcomes: list[Found | None] = []
    for item in items:
        answer = answers[TagTokens(item.text)]
        outcomes.append(Found(item, *outcome(answer, item.span, persons)) if isinstance(answer, Tagged) else None)
    return outcomes


def outcome(answer: Tagged, span: tuple[int, int], persons: Collection[str]) -> tuple[Outcome, str]:
    """What became of the characters of a name, and the label that is told of it.

    >>> outcome(Tagged(((0, 7, "ORG"),)), (0, 7), {"PER"})
    ('other', 'ORG')
    """
    start, end = span
    touching = [mark for mark in merged(answer, persons) if mark[0] < end and mark[1] > start]
    people = [mark for mark in touching if is_person(mark[2], persons)]
    if people:
        return ("exact" if people[0][:2] == span else "part"), people[0][2]
    return ("other", touching[0][2]) if touching else ("missed", "")


def merged(answer: Tagged, persons: Collection[str]) -> Iterator[tuple[int, int, str]]:
    """The spans, of which people with different labels beside each other (first name, last name) are one person."""
    held: tuple[int, int, str] | None = None
    for start, end, label in answer.spans:
        person = is_person(label, persons)
        if held is not None and person and label != held[2] and start - held[1] <= 1:
            held = held[0], end, label
            continue
        if held is not None:
            yield held
        held = (start, end, label) if person else None
        if not person:
            yield start, end, label
    if held is not None:
        yield held


def is_person(label: str, persons: Collection[str]) -> bool:
    """Whether a label means a person, whatever its case."""
    return label.upper() in persons
