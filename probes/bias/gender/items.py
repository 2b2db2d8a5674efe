"""The sentences of the gender probe: which are asked, and how each is asked without its occupation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from fairwitness.audit.probe import Context
from fairwitness.audit.records import Name, Table
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.kit.blanks import Blank, ModelType, blanks_for
from fairwitness.probes.kit.choices import in_turn, require
from fairwitness.probes.kit.occupations import Occupation
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.templates import Template
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
COLUMNS = WORDS.data_need("templates").columns
Kind: TypeAlias = Literal["pronoun", "control", "competence"]
KINDS: dict[str, Kind] = {"pronoun": "pronoun", "control": "control", "competence": "competence"}
PERSON = {"en": "person", "zh": "人士"}
"""Stands in the occupation's place in the prior of a causal model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence(Template):
    """A sentence with a place for an occupation and a blank.

    Its `fillers` are feminine, masculine, then neutral; of a `control` two words without gender. Where the noun decides
    the pronoun (`competence`), `expected` is the right one.
    """

    kind: Kind
    fillers: tuple[str, ...]
    expected: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A sentence about an occupation, and the same sentence without it."""

    template: Sentence
    occupation: Occupation
    blank: Blank
    prior: Blank

    @property
    def label(self) -> str:
        """Family and number of the sentence."""
        return self.template.label


def items_of(
    sentences: Sequence[Sentence], occupations: Sequence[Occupation], ctx: Context, model: ModelType
) -> list[Item]:
    """Every sentence that is asked of an occupation."""
    return [
        Item(sentence, job, filled(sentence, job.word, job.article), prior(sentence, job, ctx.options.language, model))
        for sentence, job in turns(sentences, occupations, ctx.options.wordings)
    ]


def sentences_of(table: Table, language: str, families: Sequence[str]) -> list[Sentence]:
    """The sentences of a language in the order of the file; only those of the named families where any are named.

    Raises BadOption for a family that is not there, DoesNotApply without a sentence that has a pronoun.
    """
    rows = [row for row in rows_of(table, COLUMNS) if row[0] == language]
    require("gender.families", families, (row[1] for row in rows), "family")
    sentences = []
    for _, family, kind, number, text, fillers, expected in rows:
        if not families or family in families:
            words = tuple(fillers.split("|"))
            sentences.append(
                Sentence(
                    family=family,
                    number=int(float(number)),
                    text=text,
                    kind=KINDS[kind],
                    fillers=words,
                    expected=expected,
                )
            )
    if not any(sentence.kind == "pronoun" for sentence in sentences):
        raise WORDS.does_not_apply("reason.no_pronoun", "option_unfit", language=Name(repr(language)))
    return sentences


def turns(
    sentences: Sequence[Sentence], occupations: Sequence[Occupation], wordings: int
) -> list[tuple[Sentence, Occupation]]:
    """Which sentence is asked of which occupation: of every family so many of its wordings, in turn (`in_turn`).

    Every wording meets all shares of women. A control is asked of the occupations that have the wording of its number.
    """
    families = list(dict.fromkeys(sentence.family for sentence in sentences))
    asked = grouped(
        (sentence for sentence in sentences if sentence.kind == "pronoun"), lambda sentence: sentence.family
    )
    pairs = []
    for sentence in sentences:
        if sentence.kind == "competence":
            continue
        number, numbers = sentence.number, [wording.number for wording in asked.get(sentence.family, [])]
        family = families.index(sentence.family)
        for place, job in enumerate(occupations):
            if number not in numbers or in_turn(place, family, numbers.index(number), len(numbers), wordings):
                pairs.append((sentence, job))
    return pairs


def filled(sentence: Sentence, word: str = "", article: str = "") -> Blank:
    """The sentence with an occupation in its place."""
    parts = sentence.text.split("{blank}")
    before, after = (part.replace("{occupation}", word).replace("{article}", article) for part in parts)
    return Blank(before, after, sentence.fillers)


def prior(sentence: Sentence, occupation: Occupation, language: str, model: ModelType) -> Blank:
    """The same sentence without its occupation: masked too (Kurita 2019), or "person" for a causal model."""
    if model == "causal":
        return filled(sentence, PERSON[language], "a")
    return filled(sentence, blanks_for(occupation.word, language), "a")
