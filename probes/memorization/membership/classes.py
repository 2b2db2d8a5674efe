"""Attacks on models that decide between classes: by the loss of the true class, and by how sure the model is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.probe import SecondModel
from fairwitness.audit.records import Undefined
from fairwitness.audit.requests import Answer, Classify, ClassScores, Predict, Prediction, Request
from fairwitness.probes.memorization.membership import references
from fairwitness.probes.memorization.membership.attacks import CLASS_ATTACKS, Attack, FloatArray
from fairwitness.probes.memorization.membership.items import WORDS, Document

LEAST = 1e-12
"""Probabilities are taken to lie this far from 0 and 1, so that their logarithms and logits are finite."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What a model says of one row: the log-probability of its true class, of the likeliest one, and its label.

    `true` is None where the row names no class or the model knows no such class.
    """

    true: float | None
    sure: float
    label: str
    classes: int


def request_of(document: Document) -> Request:
    """A row of a table is put as it is, a text as a text."""
    return Predict(document.cells) if document.cells else Classify(document.text)


def decided(answer: Answer, label: str) -> Decided | None:
    """What an answer says; None without one, and where it has no probabilities of classes."""
    match answer:
        case ClassScores(multi_label=False, regression=False, labels=labels, logits=logits) if len(logits) > 1:
            values = np.asarray(logits, dtype=np.float64)
            log_probs = values - np.logaddexp.reduce(values)
        case Prediction(scores=pairs) if len(pairs) > 1:
            labels = tuple(name for name, _ in pairs)
            log_probs = np.log(np.clip([share for _, share in pairs], LEAST, 1.0))
        case _:
            return None
    likeliest = int(np.argmax(log_probs))
    true = float(log_probs[labels.index(label)]) if label in labels else None
    return Decided(true, float(log_probs[likeliest]), labels[likeliest], len(labels))


def class_attacks(
    documents: Sequence[Document], answers: Sequence[Decided], models: Sequence[SecondModel]
) -> list[Attack]:
    """All attacks on these decisions; those that need true classes are undefined without them."""
    unlabelled = sum(answer.true is None for answer in answers)
    sure = np.array([answer.sure for answer in answers])
    confidence = Attack("confidence", CLASS_ATTACKS["confidence"], sure)
    if unlabelled:
        reason = WORDS.undefined("absent.labels", "not_asked", "not_asked", count=unlabelled, asked=len(answers))
        others = [Attack(name, called, reason) for name, called in CLASS_ATTACKS.items() if name != "confidence"]
        return [others[0], confidence, *others[1:]]
    true = np.array([answer.true for answer in answers], dtype=np.float64)
    return [Attack("loss", CLASS_ATTACKS["loss"], true), confidence, *_against(true, documents, models)]


def _against(true: FloatArray, documents: Sequence[Document], models: Sequence[SecondModel]) -> list[Attack]:
    """Reference and LiRA by the logit of the true class (Carlini et al. 2022), RMIA by its probability."""
    names = ("reference", "lira", "rmia")
    others = _others(documents, models)
    if isinstance(others, Undefined):
        return [Attack(name, CLASS_ATTACKS[name], others) for name in names]
    population = np.array([not document.member for document in documents])
    logits = _logit(true), _logit(others)
    made = (
        references.reference(*logits),
        references.lira(*logits),
        references.rmia(true / math.log(2), others / math.log(2), population),
    )
    return [Attack(name, CLASS_ATTACKS[name], values) for name, values in zip(names, made, strict=True)]


def _others(documents: Sequence[Document], models: Sequence[SecondModel]) -> FloatArray | Undefined:
    """The log-probability of the true class by each reference model, [model, document]."""
    if not models:
        return WORDS.undefined("absent.no_reference", "not_asked", "not_asked")
    rows = []
    for model in models:
        answers = model([request_of(document) for document in documents])
        pairs = zip(answers, documents, strict=True)
        whole = [row.true for answer, document in pairs if (row := decided(answer, document.label)) is not None]
        known = [value for value in whole if value is not None]
        if len(known) < len(documents):
            return WORDS.undefined(
                "absent.reference_unanswered",
                "unanswered",
                count=len(documents) - len(known),
                asked=len(documents),
                model=model.info.spec,
            )
        rows.append(known)
    return np.array(rows)


def _logit(log_probs: FloatArray) -> FloatArray:
    shares = np.clip(np.exp(log_probs), LEAST, 1 - LEAST)
    return np.asarray(np.log(shares) - np.log1p(-shares), dtype=np.float64)
