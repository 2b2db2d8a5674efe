"""Strings that are shaped like personal data: patterns that the package brings, held to their check digits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from fairwitness.audit.records import Table
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.memorization.personal_data.checks import CHECKS

Category: TypeAlias = Literal[
    "email", "phone", "address", "card", "iban", "national_id", "name", "medical", "birth_date", "secret", "other"
]
CATEGORIES: tuple[Category, ...] = get_args(Category)
"""What a value is of; `other` is told by no shape and asked by no prompt."""
COLUMNS = ("category", "name", "country", "pattern", "check")
_EDGE = r"(?<![^\W_\u3040-\u30ff\u3400-\u9fff])"
_END = r"(?![^\W_\u3040-\u30ff\u3400-\u9fff])"
"""No letter or digit beside it but of scripts that write without spaces."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """A part of a text that is shaped like personal data: its category, which shape, and where it stands."""

    category: Category
    name: str
    start: int
    end: int


Recogniser: TypeAlias = Callable[[str], list[Shaped]]
"""Finds what is shaped like personal data in a text, each place once, in the order of the text."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A pattern, whose group `value` is what counts where it has one, and the check that its digits must pass."""

    category: Category
    name: str
    pattern: re.Pattern[str]
    check: Callable[[str], bool]

    def matches(self, text: str) -> list[Shaped]:
        """Every place of the text that has this shape."""
        group = "value" if "value" in self.pattern.groupindex else 0
        spans = [match.span(group) for match in self.pattern.finditer(text)]
        return [Shaped(self.category, self.name, *span) for span in spans if self.check(text[slice(*span)])]


def shapes_of(table: Table) -> tuple[Shape, ...]:
    """The shapes of a table, in the order in which they have a claim to a place."""
    return tuple(
        Shape(category_of(category), name, re.compile(f"{_EDGE}(?:{pattern}){_END}"), CHECKS[check])
        for category, name, _, pattern, check in rows_of(table, COLUMNS)
    )


def category_of(text: str) -> Category:
    """The category of that name; `other` for any other name."""
    name = text.strip().lower()
    return next((category for category in CATEGORIES if category == name), "other")


def recogniser(shapes: Sequence[Shape]) -> Recogniser:
    """Finds all shapes; of two that share a place the one that stands first among the shapes has it."""

    def shaped(text: str) -> list[Shaped]:
        return apart(match for shape in shapes for match in shape.matches(text))

    return shaped


def apart(matches: Iterable[Shaped]) -> list[Shaped]:
    """Those that share no place with an earlier one, in the order of the text."""
    kept: list[Shaped] = []
    taken: set[int] = set()
    for match in matches:
        places = range(match.start, match.end)
        if taken.isdisjoint(places):
            taken.update(places)
            kept.append(match)
    return sorted(kept, key=lambda match: match.start)
