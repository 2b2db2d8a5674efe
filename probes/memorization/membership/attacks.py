"""What is asked of the models, and the scores of each attack: one number a document, higher for a member."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from fairwitness.audit.probe import SecondModel, expect
from fairwitness.audit.records import Undefined
from fairwitness.audit.requests import Answer, LogLikelihood, PseudoLogLikelihood, Request, TokenScores
from fairwitness.probes.memorization.membership import references, scores
from fairwitness.probes.memorization.membership.items import WORDS, Document

FloatArray: TypeAlias = npt.NDArray[np.float64]
Answers: TypeAlias = Mapping[Request, Answer]
TEXT_ATTACKS = {
    "loss": "loss",
    "zlib": "zlib",
    "lowercase": "lowercase",
    "min_k": "min-k",
    "min_k_plus": "min-k++",
    "reference": "reference",
    "lira": "LiRA",
    "rmia": "RMIA",
    "neighbour": "neighbour",
}
"""Attacks on language models, and what they are called."""
CLASS_ATTACKS = {
    "loss": "loss",
    "confidence": "confidence",
    "reference": "reference",
    "lira": "LiRA",
    "rmia": "RMIA",
}
"""Attacks on models that decide between classes."""
AGAINST_REFERENCES = ("reference", "lira", "rmia")


@dataclass(frozen=True, eq=False)
class Attack:
    """An attack by its name: a score for each document, or why there are none."""

    name: str
    called: str
    scores: FloatArray | Undefined


@dataclass(frozen=True, slots=True)
class Asking:
    """How a language model is asked for the probability of a text."""

    causal: bool
    min_k: float

    def request(self, text: str, *, moments: bool = False) -> Request:
        """One pass over the text, from left to right; of a masked model each token in turn."""
        return LogLikelihood("", text, moments=moments) if self.causal else PseudoLogLikelihood(text)

    def requests(self, document: Document) -> list[Request]:
        """The text, and the same in small letters where that is another one."""
        asked = [self.request(document.text, moments=True)]
        lower = document.text.lower()
        return asked if lower == document.text else [*asked, self.request(lower)]

    def read(self, document: Document, answers: Answers) -> dict[str, float | None] | None:
        """The scores that one pass gives, and None where the text has no answer."""
        text = document.text
        audited = expect(answers[self.request(text, moments=True)], TokenScores)
        if audited is None or not audited.log_probs:
            return None
        lower = expect(answers[self.requests(document)[-1]], TokenScores)
        return {
            "loss": scores.mean_log_prob(audited),
            "zlib": scores.zlib_ratio(audited, text),
            "lowercase": None if lower is None or not lower.log_probs else scores.lowercase_ratio(audited, lower),
            "min_k": scores.min_k(audited, self.min_k),
            "min_k_plus": scores.min_k_plus(audited, self.min_k),
            "bits": -scores.bits_per_byte(audited, text),
        }


def text_attacks(documents: Sequence[Document], read: Sequence[Mapping[str, float | None]]) -> list[Attack]:
    """The attacks that a pass over each text gives by itself."""
    attacks = []
    for name in ("loss", "zlib", "lowercase", "min_k", "min_k_plus"):
        values = [row[name] for row in read]
        known = [value for value in values if value is not None]
        if len(known) == len(values):
            made: FloatArray | Undefined = np.array(known)
        elif name == "min_k_plus":
            made = WORDS.undefined("absent.moments", "not_offered", "not_asked")
        else:
            made = WORDS.undefined("absent.unanswered", "unanswered", count=len(values) - len(known), asked=len(values))
        same = sum(document.text == document.text.lower() for document in documents)
        if name == "lowercase" and 2 * same > len(documents):
            made = WORDS.undefined("absent.no_capitals", "no_variation", "not_asked")
        attacks.append(Attack(name, TEXT_ATTACKS[name], made))
    return attacks


def reference_bits(models: Sequence[SecondModel], documents: Sequence[Document]) -> FloatArray | Undefined:
    """Minus the bits a byte that each reference model needs, [model, document]; each is asked in its own way."""
    if not models:
        return WORDS.undefined("absent.no_reference", "not_asked", "not_asked")
    rows = []
    for model in models:
        asking = Asking("LogLikelihood" in model.info.capabilities, 1.0)
        answers = model([asking.request(document.text) for document in documents])
        given = [expect(answer, TokenScores) for answer in answers]
        whole = [answer for answer in given if answer is not None and answer.log_probs]
        if len(whole) < len(documents):
            missing = len(documents) - len(whole)
            return WORDS.undefined(
                "absent.reference_unanswered", "unanswered", count=missing, asked=len(documents), model=model.info.spec
            )
        pairs = zip(whole, documents, strict=True)
        rows.append([-scores.bits_per_byte(answer, document.text) for answer, document in pairs])
    return np.array(rows)


def against_references(
    audited: FloatArray, others: FloatArray | Undefined, documents: Sequence[Document]
) -> list[Attack]:
    """The three attacks with reference models."""
    if isinstance(others, Undefined):
        return [Attack(name, TEXT_ATTACKS[name], others) for name in AGAINST_REFERENCES]
    population = np.array([not document.member for document in documents])
    made = {
        "reference": references.reference(audited, others),
        "lira": references.lira(audited, others),
        "rmia": references.rmia(audited, others, population),
    }
    return [Attack(name, TEXT_ATTACKS[name], values) for name, values in made.items()]
