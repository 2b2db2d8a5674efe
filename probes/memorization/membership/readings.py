"""What the models are asked of the documents, and what they say: a score for each document and attack."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.probe import Context, expect
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.requests import Answer, Request, TokenScores, Unanswered
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.competence import competent
from fairwitness.probes.kit.validity import LEAST_RIGHT, LEAST_SCORED
from fairwitness.probes.memorization.membership import classes, scores
from fairwitness.probes.memorization.membership.attacks import (
    TEXT_ATTACKS,
    Asking,
    Attack,
    FloatArray,
    against_references,
    reference_bits,
    text_attacks,
)
from fairwitness.probes.memorization.membership.items import WORDS, Document, Lost, few, sides
from fairwitness.probes.memorization.membership.neighbours import neighbours
from fairwitness.probes.memorization.membership.shuffled import controls, preferred

OF_TEXTS = ("score_loss", "score_zlib", "score_lowercase", "score_min_k", "score_min_k_plus", "bits_per_byte")
OF_DECISIONS = ("score_loss", "score_confidence")
"""Scores that one pass over a document may give."""


@dataclass(frozen=True, eq=False)
class Reading:
    """What the models said: the documents with a score, in order, the attacks on them, and what was lost.

    `stored` are the scores that each document has or lacks, whatever was answered.
    `right` of `controls` show that the model knows its task; `accounted` requests stay unanswered for a named reason.
    """

    documents: list[Document]
    attacks: list[Attack]
    lost: list[Lost]
    right: int
    controls: int
    knows: bool
    accounted: int = 0
    details: dict[str, FloatArray] = field(default_factory=dict)
    stored: tuple[str, ...] = OF_TEXTS


def texts(ctx: Context, documents: list[Document]) -> Generator[list[Request], list[Answer], Reading]:
    """Language models: texts, the same in small letters, and shuffled ones, in one round."""
    asking = Asking("LogLikelihood" in ctx.capabilities, ctx.options.min_k)
    shuffled = controls(documents, ctx.seed)
    asked = [request for document in documents for request in asking.requests(document)]
    answers = yield from ask([*asked, *(asking.request(text) for _, text in shuffled)])
    read = {document: asking.read(document, answers) for document in documents}
    scored = [document for document in documents if read[document] is not None]
    lost = [_lost(document, answers[asking.requests(document)[0]]) for document in documents if not read[document]]
    rows = [row for document in scored if (row := read[document]) is not None]
    right, tried = preferred(shuffled, asking, answers)
    accounted = sum(_named(answers[request]) for request in dict.fromkeys(asked))
    if _too_few(scored, documents):
        return Reading(scored, [], lost, right, tried, competent(right, tried, LEAST_RIGHT), accounted)
    bits = np.array([row["bits"] for row in rows], dtype=np.float64)
    attacks = text_attacks(scored, rows)
    attacks += against_references(bits, reference_bits(ctx.references, scored), scored)
    neighbour = yield from _neighbours(ctx, asking, scored, answers)
    return Reading(
        documents=scored,
        attacks=[*attacks, Attack("neighbour", TEXT_ATTACKS["neighbour"], neighbour)],
        lost=lost,
        right=right,
        controls=tried,
        knows=competent(right, tried, LEAST_RIGHT),
        accounted=accounted,
        details={"bits_per_byte": -bits},
    )


def _neighbours(
    ctx: Context, asking: Asking, documents: Sequence[Document], known: Mapping[Request, Answer]
) -> Generator[list[Request], list[Answer], FloatArray | Undefined]:
    """The mean loss of the neighbours of each document less its own, where a masked model makes any."""
    if ctx.masked_model is None:
        return WORDS.undefined("absent.no_masked", "not_asked", "not_asked")
    made = neighbours(ctx.masked_model, documents, ctx.options.neighbours, ctx.seed)
    answers = yield from ask([asking.request(text) for texts in made for text in texts])
    gaps = []
    for document, texts in zip(documents, made, strict=True):
        audited = expect(known[asking.request(document.text, moments=True)], TokenScores)
        given = [expect(answers[asking.request(text)], TokenScores) for text in texts]
        whole = [answer for answer in given if answer is not None and answer.log_probs]
        if audited is not None and whole:
            gaps.append(scores.neighbour_gap(audited, whole))
    if len(gaps) < len(documents):
        missing = len(documents) - len(gaps)
        return WORDS.undefined("absent.no_neighbours", "unanswered", count=missing, asked=len(documents))
    return np.array(gaps)


def decisions(ctx: Context, documents: list[Document]) -> Generator[list[Request], list[Answer], Reading]:
    """Models that decide: the probabilities of their classes."""
    asked = [classes.request_of(document) for document in documents]
    answers = yield from ask(asked)
    read = [classes.decided(answers[classes.request_of(document)], document.label) for document in documents]
    pairs = [(document, row) for document, row in zip(documents, read, strict=True) if row is not None]
    without = [document for document, row in zip(documents, read, strict=True) if row is None]
    lost = [_lost(document, answers[classes.request_of(document)]) for document in without]
    if without and not pairs and not any(isinstance(answer, Unanswered) for answer in answers.values()):
        raise WORDS.does_not_apply("absent.no_probabilities", "model_lacks")
    scored = [document for document, _ in pairs]
    rows = [row for _, row in pairs]
    labelled = [(document, row) for document, row in pairs if document.label]
    right = sum(document.label == row.label for document, row in labelled)
    attacks = [] if _too_few(scored, documents) else classes.class_attacks(scored, rows, ctx.references)
    accounted = sum(_named(answer) for answer in answers.values())
    share = stats.proportion(right, len(labelled)) if labelled else None
    knows = isinstance(share, Estimate) and share.low > _by_chance(labelled)
    return Reading(scored, attacks, lost, right, len(labelled), knows, accounted, stored=OF_DECISIONS)


def _by_chance(labelled: Sequence[tuple[Document, classes.Decided]]) -> float:
    """How often a model is right that says its classes as often as it does, and whatever it reads (Cohen 1960).

    It is all that a model is right that always says one class. No less than an even draw of all classes.
    """
    true = Counter(document.label for document, _ in labelled)
    said = Counter(row.label for _, row in labelled)
    agreement = sum(true[label] * said[label] for label in true) / len(labelled) ** 2
    return max(agreement, 1 / max(row.classes for _, row in labelled))


def _lost(document: Document, answer: Answer) -> Lost:
    """A document without a score: too long for the model, or not answered."""
    if isinstance(answer, Unanswered):
        return Lost(document, "too_long" if answer.fault == "long_text" else "unanswered", answer.reason.split(":")[0])
    return Lost(document, "unanswered")


def _named(answer: Answer) -> bool:
    """Whether a request stays unanswered because of its text, which the findings count."""
    return isinstance(answer, Unanswered) and answer.fault == "long_text"


def _too_few(scored: Sequence[Document], asked: Sequence[Document]) -> bool:
    """Whether one side has fewer scores than it needs: 30, and 95 % of what was asked."""
    if few(scored) is not None:
        return True
    return any(have < LEAST_SCORED * wanted for have, wanted in zip(sides(scored), sides(asked), strict=True))
