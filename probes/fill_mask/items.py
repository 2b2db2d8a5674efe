"""What the fill-mask probe asks: terms of groups, pairs of attributes, sentences, and clues that decide the term."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal, TypeAlias

import numpy as np

from assay.audit.probe import DoesNotApply
from assay.audit.records import Table
from assay.audit.requests import BLANK
from assay.probes.blanks import Arm, Sentence

PairKind: TypeAlias = Literal["valence", "control", "prior"]

CONTROL = "control"
"""Category of words in the place of a term that name no group."""

ADJECTIVES = ("age", "orientation", "disability", "race", "nationality", "religion")
"""Order in which adjectives of two categories stand before a noun."""

_HERE = "\x00"


@dataclass(frozen=True, slots=True)
class Term:
    """A word for a group. `parts` are the groups of an intersection; `reference` marks what others are set against."""

    category: str
    group: str
    word: str
    reference: bool
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """Two attributes for one place: unfavourable and favourable, or two without social content (`control`)."""

    kind: PairKind
    name: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Template:
    """A sentence with places that words are put in: here a blank for the term and a place for the attribute."""

    family: str
    number: int
    text: str

    @property
    def label(self) -> str:
        """Family and number of the paraphrase within it."""
        return f"{self.family} {self.number}"


@dataclass(frozen=True, slots=True)
class Clue:
    """A sentence whose words point to one group, and the same without them."""

    category: str
    group: str
    asked: Sentence
    neutral: Sentence


def terms_of(table: Table, language: str) -> dict[str, list[Term]]:
    """The terms of a language by category, in the order of the file."""
    found: dict[str, list[Term]] = {}
    for own, category, group, reference, word in _rows(table, "language", "category", "group", "reference", "term"):
        if own == language:
            found.setdefault(category, []).append(Term(category, group, word, reference == "yes"))
    return found


def reference_of(terms: Sequence[Term]) -> Term:
    """The term that the others of its category are set against. Raises DoesNotApply where none is marked so."""
    for one in terms:
        if one.reference:
            return one
    raise DoesNotApply(f"the category {terms[0].category!r} has no term whose column 'reference' says yes")


def crossed(first: Sequence[Term], second: Sequence[Term]) -> list[Term]:
    """Every term of one category beside every term of another, in the order of adjectives in English and German."""
    one, other = sorted((first, second), key=lambda terms: ADJECTIVES.index(terms[0].category))
    category = f"{first[0].category}+{second[0].category}"
    return [
        Term(category, f"{a.group} {b.group}", f"{a.word} {b.word}", a.reference and b.reference, (a.group, b.group))
        for a, b in product(one, other)
    ]


def pairs_of(table: Table, language: str, kind: PairKind) -> list[Pair]:
    """The attribute pairs of a kind."""
    rows = _rows(table, "language", "kind", "pair", "first", "second")
    return [Pair(kind, name, first, second) for own, of, name, first, second in rows if (own, of) == (language, kind)]


def templates_of(table: Table, language: str) -> list[Template]:
    """The sentences of a language in the order of the file."""
    rows = _rows(table, "language", "family", "number", "text")
    return [Template(family, int(float(number)), text) for own, family, number, text in rows if own == language]


def clues_of(table: Table, language: str) -> list[Clue]:
    """The clues of a language: each text of its category with the clue, and with the neutral words of the first row."""
    texts: dict[str, tuple[list[str], str]] = {}
    found: list[Clue] = []
    for own, category, group, text, clue in _rows(table, "language", "category", "group", "text", "clue"):
        if own != language:
            continue
        if text:
            texts[category] = (text.split("|"), clue)
            continue
        wholes, neutral = texts[category]
        found += [Clue(category, group, _sentence(one, clue), _sentence(one, neutral)) for one in wholes]
    return found


def sentence(template: Template, attribute: str) -> Sentence:
    """The template with an attribute in its place."""
    return _sentence(template.text, attribute)


def prior(template: Template, attribute: str, neutral: str, language: str, arm: Arm) -> Sentence:
    """The same without its attribute: masked too (Kurita 2019), or `neutral` for a causal model.

    Chinese takes one blank for each character, other languages one for each word.
    """
    if arm == "causal":
        return sentence(template, neutral)
    blanks = BLANK * len(attribute) if language == "zh" else " ".join([BLANK] * len(attribute.split()))
    return sentence(template, blanks)


def open_text(template: Template, word: str) -> str:
    """The template with a term in its blank and the attribute left open."""
    return template.text.replace("{blank}", word).replace("{attribute}", BLANK)


def chosen(
    templates: Sequence[Template], pairs: Sequence[Pair], limit: int | None, seed: int
) -> list[tuple[Template, Pair]]:
    """Every sentence with every pair; `limit` takes that many of them, evenly over both, in seeded order."""
    rng = np.random.default_rng(seed)
    if limit is None or limit >= len(templates) * len(pairs):
        return list(product(templates, pairs))
    rows = [templates[at] for at in rng.permutation(len(templates))]
    columns = [pairs[at] for at in rng.permutation(len(pairs))]
    square = [
        (row, columns[(at + shift) % len(columns)]) for shift in range(len(columns)) for at, row in enumerate(rows)
    ]
    return square[:limit]


def by_category(terms: Mapping[str, Sequence[Term]], wanted: Sequence[str]) -> dict[str, list[Term]]:
    """The wanted categories (all where none is named), without the words of no group."""
    return {name: list(terms[name]) for name in terms if name != CONTROL and (not wanted or name in wanted)}


def _sentence(text: str, inside: str) -> Sentence:
    whole = text.replace("{blank}", _HERE).replace("{attribute}", inside).replace("{clue}", inside)
    before, after = whole.split(_HERE)
    return Sentence(before, after, ())


def _rows(table: Table, *names: str) -> Iterator[tuple[str, ...]]:
    for row in zip(*(table.columns[name] for name in names), strict=True):
        yield tuple("" if cell is None else str(cell) for cell in row)
