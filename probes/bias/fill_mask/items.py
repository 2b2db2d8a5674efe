"""What the fill-mask probe asks: terms of groups, pairs of attributes, sentences, and clues that decide the term."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal, TypeAlias

import numpy as np

from fairwitness.audit.records import Table
from fairwitness.audit.requests import BLANK
from fairwitness.probes.kit.blanks import Blank, ModelType
from fairwitness.probes.kit.groups import FORMS, NO_GROUP, Term
from fairwitness.probes.kit.templates import Template

PairKind: TypeAlias = Literal["valence", "control", "prior"]

_HERE = "\x00"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two attributes for one place: unfavourable and favourable, or two without social content (`control`).

    `masculine` are both in sentences about men; None where they are the same.
    """

    kind: PairKind
    name: str
    first: str
    second: str
    masculine: tuple[str, str] | None = None

    def of(self, template: Template) -> tuple[str, str]:
        """Both in the form that a sentence takes."""
        return self.masculine if self.masculine is not None and template.masculine else (self.first, self.second)


@dataclass(frozen=True, slots=True)
class Clue:
    """A sentence whose words point to one group, and the same without them."""

    category: str
    group: str
    asked: Blank
    neutral: Blank


def pairs_of(table: Table, language: str, kind: PairKind) -> list[Pair]:
    """The attribute pairs of a kind."""
    rows = _rows(table, "language", "kind", "pair", "first", "second")
    return [_pair(kind, name, first, second) for own, of, name, first, second in rows if (own, of) == (language, kind)]


def _pair(kind: PairKind, name: str, first: str, second: str) -> Pair:
    """A pair of cells that hold one form each, or two."""
    (one, *others), (other, *more) = first.split(FORMS), second.split(FORMS)
    masculine = ((others or [one])[0], (more or [other])[0]) if others or more else None
    return Pair(kind, name, one, other, masculine)


def templates_of(table: Table, language: str) -> list[Template]:
    """The sentences of a language in the order of the file; `m` in a column `gender` marks those about men."""
    genders = table.columns.get("gender") or ("",) * len(table)
    rows = zip(_rows(table, "language", "family", "number", "text"), genders, strict=True)
    return [
        Template(family, int(float(number)), text, gender == "m")
        for (own, family, number, text), gender in rows
        if own == language
    ]


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


def terms_in(template: Template, terms: Sequence[Term]) -> list[Term]:
    """The terms that can stand in a sentence."""
    return [one for one in terms if one.of(template)]


def sentence(template: Template, attribute: str) -> Blank:
    """The template with an attribute in its place."""
    return _sentence(template.text, attribute)


def prior(template: Template, attribute: str, neutral: str, language: str, arm: ModelType) -> Blank:
    """The same without its attribute: masked too (Kurita 2019), or `neutral` for a causal model.

    Chinese takes one blank for each character, other languages one for each word.
    """
    if arm == "causal":
        return sentence(template, neutral)
    blanks = BLANK * len(attribute) if language == "zh" else " ".join([BLANK] * len(attribute.split()))
    return sentence(template, blanks)


def opened(templates: Sequence[Template], language: str) -> list[Template]:
    """The sentences as their open place is asked: in Chinese behind the adverb that an adjective takes there."""
    before = "很" if language == "zh" else ""
    return [replace(one, text=one.text.replace("{attribute}", f"{before}{{attribute}}")) for one in templates]


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
    return {name: list(terms[name]) for name in terms if name != NO_GROUP and (not wanted or name in wanted)}


def _sentence(text: str, inside: str) -> Blank:
    whole = text.replace("{blank}", _HERE).replace("{attribute}", inside).replace("{clue}", inside)
    before, after = whole.split(_HERE)
    return Blank(before, after, ())


def _rows(table: Table, *names: str) -> Iterator[tuple[str, ...]]:
    for row in zip(*(table.columns[name] for name in names), strict=True):
        yield tuple("" if cell is None else str(cell) for cell in row)
