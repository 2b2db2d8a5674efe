"""The sentences whose layers are read: occupations with a blank for a pronoun, and sentences that decide it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from fairwitness.audit.internals import Layers, ReadLayers, Translators
from fairwitness.audit.records import Name, Table
from fairwitness.audit.requests import BLANK
from fairwitness.probes.kit.choices import in_turn
from fairwitness.probes.kit.occupations import Occupation
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.templates import Template
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
COLUMNS = WORDS.data_need("templates").columns
Floats: TypeAlias = npt.NDArray[np.float64]
HALF = 0.5
"""Share of women from which on an occupation is one of those held mostly by women."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence(Template):
    """A sentence with a blank; its `fillers` are feminine and masculine; `expected` where the noun decides it."""

    fillers: tuple[str, ...]
    expected: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A sentence about an occupation."""

    template: Sentence
    occupation: Occupation
    translators: Translators | None = None

    @property
    def label(self) -> str:
        """Family and number of the sentence."""
        return self.template.label

    @property
    def group(self) -> str:
        """Whom the occupation is held by mostly."""
        return "women" if self.occupation.share >= HALF else "men"

    @property
    def text(self) -> str:
        """The sentence as it is asked."""
        return self.template.filled(occupation=self.occupation.word, article=self.occupation.article, blank=BLANK)

    @property
    def request(self) -> ReadLayers:
        """What is asked of the sentence."""
        return request_of(self.template, self.text, self.translators)


@dataclass(frozen=True, slots=True)
class Score:
    """A sentence with what its layers say."""

    item: Item
    layers: Layers

    @property
    def path(self) -> Floats:
        """Log-odds of the feminine filler by layer, in nats; the first is that of the embeddings."""
        return path_of(self.layers)


def path_of(layers: Layers) -> Floats:
    """Log-odds of the first target against the second, by layer."""
    return np.asarray(layers.log_probs[:, 0], np.float64) - np.asarray(layers.log_probs[:, 1], np.float64)


def tuned_path_of(layers: Layers) -> Floats:
    """The same by the tuned lens; empty where the layers were not read by one."""
    tuned = np.asarray(layers.tuned, np.float64)
    return tuned[:, 0] - tuned[:, 1] if tuned.shape == layers.log_probs.shape else np.zeros(0)


def request_of(sentence: Sentence, text: str, translators: Translators | None = None) -> ReadLayers:
    """The layers of a text at its blank, and the likeliest token of each."""
    return ReadLayers(text, sentence.fillers[:2], top=1, translators=translators)


def sentences_of(table: Table, language: str) -> tuple[list[Sentence], list[Sentence]]:
    """The sentences of a language about an occupation, and those whose noun decides the pronoun.

    Raises DoesNotApply without one of the former.
    """
    about: list[Sentence] = []
    controls: list[Sentence] = []
    for spoken, family, kind, number, text, fillers, expected in rows_of(table, COLUMNS):
        if spoken == language and kind in ("pronoun", "competence"):
            words = tuple(fillers.split("|"))
            sentence = Sentence(family=family, number=int(float(number)), text=text, fillers=words, expected=expected)
            (controls if kind == "competence" else about).append(sentence)
    if not about:
        raise WORDS.does_not_apply("reason.no_pronoun", "option_unfit", language=Name(repr(language)))
    return about, controls


def items_of(
    sentences: Sequence[Sentence], occupations: Sequence[Occupation], translators: Translators | None = None
) -> list[Item]:
    """Every occupation in every family of sentences, in one of its wordings, which go in turn (`in_turn`)."""
    families = list(dict.fromkeys(sentence.family for sentence in sentences))
    items = []
    for sentence in sentences:
        numbers = [other.number for other in sentences if other.family == sentence.family]
        wording, family = numbers.index(sentence.number), families.index(sentence.family)
        for place, job in enumerate(occupations):
            if in_turn(place, family, wording, len(numbers), 1):
                items.append(Item(sentence, job, translators))
    return items
