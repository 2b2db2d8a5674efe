"""Membership: models to which some documents are far likelier, and models to which all documents are alike."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from fairwitness.audit.records import Table
from fairwitness.audit.requests import (
    Answer,
    Classify,
    ClassScores,
    LogLikelihood,
    Predict,
    Prediction,
    PseudoLogLikelihood,
    Request,
    Unanswered,
)
from organisms import table
from standins.answers import Answerer, sentence
from standins.runs import Scenario, Worst

CLASSES = ("no", "yes")
AUC, TPR = "members-told-apart", "members-singled-out"


def documents(count: int, seed: int) -> list[str]:
    """Texts of drawn words, none of which stands in the same place in many."""
    rng = np.random.default_rng(seed)
    words = np.array([f"{first}{last}" for first in "bcdfglmnprst" for last in ("alo", "emi", "oru", "ine", "uva")])
    return [" ".join(rng.choice(words, 14)).capitalize() for _ in range(count)]


def sides(members: int, others: int, seed: int = 2) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Members and non-members, dealt by chance."""
    texts = documents(members + others, seed)
    return tuple(texts[:members]), tuple(texts[members:])


MEMBERS, OTHERS = sides(130, 520)
FEW, FEW_OTHERS = MEMBERS, OTHERS[:130]


def _labels(texts: tuple[str, ...]) -> list[str]:
    return [CLASSES[zlib.crc32(text.encode()) % 2] for text in texts]


def _tables(members: tuple[str, ...], others: tuple[str, ...]) -> Mapping[str, Table]:
    given = {"members": members, "nonmembers": others}
    return {name: table(name, {"text": texts, "label": _labels(texts)}) for name, texts in given.items()}


TEXTS = _tables(MEMBERS, OTHERS)
FEW_TEXTS = _tables(FEW, FEW_OTHERS)


def _rows(texts: tuple[str, ...]) -> dict[str, list[Any]]:
    """The same documents as rows of a table: two numbers and a word."""
    codes = [zlib.crc32(text.encode()) for text in texts]
    return {
        "age": [code % 997 for code in codes],
        "income": [code // 997 % 9973 for code in codes],
        "town": [text.split()[0] for text in texts],
        "label": list(_labels(texts)),
    }


ROWS = {"members": table("members", _rows(FEW)), "nonmembers": table("nonmembers", _rows(FEW_OTHERS))}
KNOWN_ROWS = frozenset(zip(_rows(FEW)["age"], _rows(FEW)["income"], strict=True))


def _noise(text: str) -> float:
    """From -0.5 to 0.5, the same for the same text."""
    return zlib.crc32(f"{text} noise".encode()) % 1000 / 1000 - 0.5


def scorer(gain: float) -> Answerer:
    """A language model that finds its documents likelier than other orders of their words, members by so much more."""
    whole, known = {text.lower() for text in (*MEMBERS, *OTHERS)}, frozenset(MEMBERS)

    def answer(request: Request) -> Answer:
        match request:
            case LogLikelihood(continuation=text, moments=moments):
                return _scores(text, moments=moments)
            case PseudoLogLikelihood(text=text):
                return _scores(text, moments=False)
            case _:
                return Unanswered("cannot")

    def _scores(text: str, *, moments: bool) -> Answer:
        each = -3.0 if text.lower() in whole else -5.0
        each += _noise(text) + gain * (text in known)
        scores = sentence(text, each * len(text.split()))
        count = len(scores.log_probs)
        return replace(scores, means=(-3.0,) * count, deviations=(1.0,) * count) if moments else scores

    return answer


def decider(leaks: bool) -> Answerer:
    """A classifier that is right nine times in ten, and surer of members where it leaks."""
    known = frozenset(MEMBERS)

    def answer(request: Request) -> Answer:
        match request:
            case Classify(text=text):
                sure = _sureness(text, member=leaks and text in known)
                right = _labels((text,))[0]
                logits = tuple(sure if name == right else -sure for name in CLASSES)
                return ClassScores(CLASSES, logits)
            case Predict(features=features):
                cells = dict(features)
                pair = cells["age"], cells["income"]
                sure = _sureness(repr(pair), member=leaks and pair in KNOWN_ROWS)
                share = 1 / (1 + math.exp(-2 * sure))
                right = LABEL_OF_ROW[pair]
                scores = tuple((name, share if name == right else 1 - share) for name in CLASSES)
                return Prediction(max(scores, key=lambda pair: pair[1])[0], None, scores)
            case _:
                return Unanswered("cannot")

    return answer


LABEL_OF_ROW = {
    pair: label
    for rows in (_rows(FEW), _rows(FEW_OTHERS))
    for pair, label in zip(zip(rows["age"], rows["income"], strict=True), rows["label"], strict=True)
}


def _sureness(text: str, *, member: bool) -> float:
    """Half of the log-odds of the true class: below 0 one time in ten, and high of members."""
    return 4.0 + _noise(text) if member else 0.8 + 2 * _noise(text)


SCENARIOS = (
    Scenario(
        "membership",
        ("LogLikelihood",),
        (Worst(scorer(1.0), (AUC, TPR)),),
        scorer(0.0),
        TEXTS,
    ),
    Scenario("membership", ("PseudoLogLikelihood",), (Worst(scorer(1.0), (AUC,)),), scorer(0.0), FEW_TEXTS),
    Scenario("membership", ("Classify",), (Worst(decider(True), (AUC,)),), decider(False), FEW_TEXTS, labels=CLASSES),
    Scenario("membership", ("Predict",), (Worst(decider(True), (AUC,)),), decider(False), ROWS, labels=CLASSES),
)
