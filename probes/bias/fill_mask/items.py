"""What the fill-mask probe asks: pairs of attributes, sentences, and clues that decide the term."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal, TypeAlias

import numpy as np

from fairwitness.audit.records import Table
from fairwitness.audit.requests import BLANK
from fairwitness.probes.kit.blanks import Blank, ModelType, blanks_for
from fairwitness.probes.kit.groups import FORMS, NO_GROUP, Term
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.templates import Template
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
PairKind: TypeAlias = Literal["valence", "control", "prior"]


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
    rows = rows_of(table, ("language", "kind", "pair", "first", "second"))
    return [_pair(kind, *row[2:]) for row in rows if row[:2] == (language, kind)]


def _pair(kind: PairKind, name: str, first: str, second: str) -> Pair:
    """A pair of cells that hold one form each, or two."""
    (word, *men), (other, *more) = first.split(FORMS), second.split(FORMS)
    masculine = ((men or [word])[0], (more or [other])[0]) if men or more else None
    return Pair(kind, name, word, other, masculine)


def templates_of(table: Table, language: str) -> list[Template]:
    """The sentences of a language in the order of the file; `m` in a column `gender` marks those about men."""
    genders = table.columns.get("gender") or ("",) * len(table)
    templates = []
    for row, gender in zip(rows_of(table, ("language", "family", "number", "text")), genders, strict=True):
        if row[0] == language:
            templates.append(Template(row[1], int(float(row[2])), row[3], gender == "m"))
    return templates


def clues_of(table: Table, language: str) -> list[Clue]:
    """The clues of a language: each text of its category with the clue, and with the neutral words of the first row."""
    texts: dict[str, tuple[list[str], str]] = {}
    clues: list[Clue] = []
    for lang, category, group, text, clue in rows_of(table, ("language", "category", "group", "text", "clue")):
        if lang != language:
            continue
        if text:
            texts[category] = (text.split("|"), clue)
            continue
        wholes, neutral = texts[category]
        clues += [Clue(category, group, _sentence(whole, clue), _sentence(whole, neutral)) for whole in wholes]
    return clues


def terms_in(template: Template, terms: Sequence[Term]) -> list[Term]:
    """The terms that can stand in a sentence."""
    return [term for term in terms if term.of(template)]


def sentence(template: Template, attribute: str) -> Blank:
    """The template with an attribute in its place."""
    return _sentence(template.text, attribute)


def prior(template: Template, attribute: str, neutral: str, language: str, model: ModelType) -> Blank:
    """The same without its attribute: masked too (Kurita 2019), or `neutral` for a causal model."""
    return sentence(template, neutral if model == "causal" else blanks_for(attribute, language))


def opened(templates: Sequence[Template], language: str) -> list[Template]:
    """The sentences as their open place is asked: in Chinese behind the adverb that an adjective takes there."""
    before = "很" if language == "zh" else ""
    return [
        replace(template, text=template.text.replace("{attribute}", f"{before}{{attribute}}")) for template in templates
    ]


def open_text(template: Template, word: str) -> str:
    """The template with a term in its blank and the attribute left open."""
    return template.filled(blank=word, attribute=BLANK)


def chosen(
    templates: Sequence[Template], pairs: Sequence[Pair], limit: int | None, seed: int
) -> list[tuple[Template, Pair]]:
    """Every sentence with every pair; `limit` takes that many of them, evenly over both, in seeded order."""
    rng = np.random.default_rng(seed)
    if limit is None or limit >= len(templates) * len(pairs):
        return list(product(templates, pairs))
    rows = [templates[place] for place in rng.permutation(len(templates))]
    columns = [pairs[place] for place in rng.permutation(len(pairs))]
    square = []
    for shift in range(len(columns)):
        square += [(row, columns[(place + shift) % len(columns)]) for place, row in enumerate(rows)]
    return square[:limit]


def by_category(terms: Mapping[str, Sequence[Term]], wanted: Sequence[str]) -> dict[str, list[Term]]:
    """The wanted categories (all where none is named), without the words of no group."""
    return {name: list(terms[name]) for name in terms if name != NO_GROUP and (not wanted or name in wanted)}


def _sentence(text: str, inside: str) -> Blank:
    parts = text.split("{blank}")
    before, after = (part.replace("{attribute}", inside).replace("{clue}", inside) for part in parts)
    return Blank(before, after, ())
