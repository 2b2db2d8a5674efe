"""Words for groups of people, by category, with a reference group in each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator

from fairwitness.audit.records import Name, Table
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.templates import Template
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
TERMS = WORDS.data_need("fill_mask_terms")
"""The terms that the package brings."""
FORMS = "|"
"""Stands between the form of a word in sentences about women and its form in sentences about men."""
NO_GROUP = "control"
"""Category of words in the place of a term that name no group."""
AdjectiveCategory: TypeAlias = Literal["race", "religion", "nationality", "age", "disability", "orientation"]
"""Categories of groups that an adjective names."""
ADJECTIVES = ("age", "orientation", "disability", "race", "nationality", "religion")
"""Order in which adjectives of two categories stand before a noun."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word for a group. `parts` are the groups of an intersection; `reference` marks what others are set against.

    `masculine` is its form in sentences about men, where the language has one: empty for a word that is said of women
    alone, None where the word is the same.
    """

    category: str
    group: str
    word: str
    reference: bool
    parts: tuple[str, ...] = ()
    masculine: str | None = None

    def of(self, template: Template) -> str:
        """The form that a sentence takes; empty where the word cannot stand in it."""
        return self.word if self.masculine is None or not template.masculine else self.masculine


def terms_of(table: Table, language: str) -> dict[str, list[Term]]:
    """The terms of a language by category, in the order of the file; a cell `negras|negros` holds two forms."""
    categories: dict[str, list[Term]] = {}
    for lang, category, group, reference, word in rows_of(table, TERMS.columns):
        if lang == language:
            first, bar, masculine = word.partition(FORMS)
            term = Term(category, group, first, reference == "yes", masculine=masculine if bar else None)
            categories.setdefault(category, []).append(term)
    return categories


def reference_of(terms: Sequence[Term]) -> Term:
    """The term that the others of its category are set against. Raises DoesNotApply where none is marked so."""
    for term in terms:
        if term.reference:
            return term
    raise WORDS.does_not_apply("groups.no_reference", "option_unfit", category=Name(repr(terms[0].category)))


def crossed_terms(first: Sequence[Term], second: Sequence[Term]) -> list[Term]:
    """Every term of one category beside every term of another, in the order of adjectives in English and German."""
    before, after = sorted((first, second), key=lambda terms: ADJECTIVES.index(terms[0].category))
    category = f"{first[0].category}+{second[0].category}"
    return [
        Term(category, f"{a.group} {b.group}", f"{a.word} {b.word}", a.reference and b.reference, (a.group, b.group))
        for a, b in product(before, after)
    ]


def crossings(terms: Mapping[str, Sequence[Term]], names: Iterable[str]) -> dict[str, list[Term]]:
    """The crossed terms of each of these pairs of categories, such as `age+religion`."""
    pairs = {name: name.split("+") for name in names}
    return {name: crossed_terms(terms[first], terms[second]) for name, (first, second) in pairs.items()}


def _crossings(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        parts = name.split("+")
        if len(parts) != 2 or parts[0] == parts[1] or not set(parts) <= set(ADJECTIVES):
            raise ValueError(WORDS("groups.no_crossing", name=repr(name), categories=", ".join(sorted(ADJECTIVES))))
    return names


Crossings: TypeAlias = Annotated[tuple[str, ...], AfterValidator(_crossings)]
"""An option: pairs of categories that are crossed, such as `age+religion`."""
