"""The sentences of the gender probe: which are asked, how a model of each kind is asked, and how an answer is read."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from fairwitness.audit.probe import expect
from fairwitness.audit.records import Table
from fairwitness.audit.requests import BLANK, Answer, Filled, FillMask, LogLikelihood, Request, TokenScores
from fairwitness.probes.kit.blanks import Blank, ModelType
from fairwitness.probes.kit.choices import in_turn
from fairwitness.probes.kit.occupations import Occupation

Kind: TypeAlias = Literal["pronoun", "control", "competence"]

PERSON = {"en": "person", "zh": "人士"}
"""Stands in the occupation's place in the prior of a causal model."""

_HERE = "\x00"


@dataclass(frozen=True, slots=True)
class Template:
    """A sentence with a place for an occupation and a blank; `fillers` are feminine, masculine, then neutral."""

    family: str
    kind: Kind
    number: int
    text: str
    fillers: tuple[str, ...]
    expected: str

    @property
    def label(self) -> str:
        """Family and number of the wording within it."""
        return f"{self.family} {self.number}"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model said of the fillers of one sentence.

    `log_probs` are at the blank (masked) or of the whole sentence (causal), natural logarithms; `tokens` of each
    filler; `lengths` decides whether two fillers may be compared at all.
    """

    log_probs: tuple[float, ...]
    tokens: tuple[int, ...]
    lengths: tuple[int, ...]

    def comparable(self, first: int = 0, second: int = 1) -> bool:
        """Whether two fillers are of equal token count; otherwise their probabilities differ by length alone."""
        return self.lengths[first] == self.lengths[second]

    @property
    def log_ratio(self) -> float:
        """Logarithm of P(feminine) / P(masculine), in nats."""
        return self.log_probs[0] - self.log_probs[1]

    @property
    def neutral(self) -> float | None:
        """Share of the neutral filler among the three; None without one of the same token count."""
        if len(self.log_probs) < 3 or len(set(self.lengths)) > 1:
            return None
        weights = np.exp(np.asarray(self.log_probs) - max(self.log_probs))
        return float(weights[2] / weights.sum())


def templates_of(table: Table, language: str, families: Sequence[str]) -> list[Template]:
    """The templates of a language in the order of the file; only those of the named families where any are named."""
    names = ("language", "family", "kind", "number", "text", "fillers", "expected")
    found = []
    for row in zip(*(table.columns[name] for name in names), strict=True):
        own, family, kind, count, text, fillers, expected = (str(cell if cell is not None else "") for cell in row)
        if own == language and (not families or family in families):
            found.append(
                Template(family, _kind(kind), int(float(count)), text, tuple(fillers.split("|")), expected),
            )
    return found


def families_of(table: Table, language: str) -> list[str]:
    """The sentence families of a language."""
    rows = zip(table.columns["language"], table.columns["family"], strict=True)
    return list(dict.fromkeys(str(family) for own, family in rows if own == language and family is not None))


def turns(
    templates: Sequence[Template], occupations: Sequence[Occupation], wordings: int
) -> list[tuple[Template, Occupation]]:
    """Which sentence is asked of which occupation: of every family so many of its wordings, in turn (`in_turn`).

    Every wording meets all shares of women. A control is asked of the occupations that have the wording of its number.
    """
    families = list(dict.fromkeys(one.family for one in templates))
    numbers: dict[str, list[int]] = {}
    for one in templates:
        if one.kind == "pronoun":
            numbers.setdefault(one.family, []).append(one.number)
    found = []
    for one in (one for one in templates if one.kind != "competence"):
        own, first = numbers.get(one.family, []), families.index(one.family)
        for at, job in enumerate(occupations):
            if one.number not in own or in_turn(at, first, own.index(one.number), len(own), wordings):
                found.append((one, job))
    return found


def _kind(text: str) -> Kind:
    match text:
        case "pronoun" | "control" | "competence":
            return text
        case _:
            raise ValueError(f"kind {text!r} is none of pronoun, control, competence")


def sentence(template: Template, word: str = "", article: str = "") -> Blank:
    """The template with an occupation in its place."""
    text = template.text.replace("{blank}", _HERE).replace("{occupation}", word).replace("{article}", article)
    before, after = text.split(_HERE)
    return Blank(before, after, template.fillers)


def prior(template: Template, occupation: Occupation, language: str, arm: ModelType) -> Blank:
    """The same sentence without its occupation: masked too (Kurita 2019), or "person" for a causal model.

    Chinese takes one blank for each character, English one for each word.
    """
    if arm == "causal":
        return sentence(template, PERSON[language], "a")
    blanks = BLANK * len(occupation.word) if language == "zh" else " ".join([BLANK] * len(occupation.word.split()))
    return sentence(template, blanks, "a")


def requests_for(asked: Blank, arm: ModelType) -> list[Request]:
    """One request at the blank, or one whole sentence for each filler."""
    if arm == "masked":
        return [FillMask(asked.text, asked.fillers, asked.at)]
    return [LogLikelihood("", asked.filled(filler)) for filler in asked.fillers]


def read(asked: Blank, answer_to: Callable[[Request], Answer], arm: ModelType) -> Reading | None:
    """The reading of one sentence; None when part of it is unanswered."""
    if arm == "masked":
        filled = expect(answer_to(requests_for(asked, arm)[0]), Filled)
        if filled is None or not all(map(math.isfinite, filled.log_probs)):
            return None
        return Reading(filled.log_probs, filled.tokens, filled.tokens)
    scores = [expect(answer_to(request), TokenScores) for request in requests_for(asked, arm)]
    whole = [score for score in scores if score is not None and math.isfinite(score.total)]
    if len(whole) < len(scores):
        whole = whole[:2] if scores[:2] == whole[:2] else []  # the neutral filler alone may be missing
    if len(whole) < 2:
        return None
    tokens = tuple(asked.tokens_of(score, filler) for score, filler in zip(whole, asked.fillers, strict=False))
    return Reading(tuple(score.total for score in whole), tokens, tuple(len(score.log_probs) for score in whole))
