"""Subjects whose explanations are known by hand: their answer is an arithmetic of the words they see."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.requests import (
    BLANK,
    Answer,
    Classify,
    ClassScores,
    Filled,
    FillMask,
    LogLikelihood,
    Request,
    TokenScores,
    Unanswered,
)

Worth = Callable[[list[str]], float]
"""Log-odds of a text, given the words that are left of it (fillers and blanks are not among them)."""


def info(*capabilities: str) -> SubjectInfo:
    return SubjectInfo(
        spec="fake",
        fingerprint="f",
        kind="fake",
        architecture="Fake",
        parameters=0,
        dtype="float32",
        capabilities=capabilities,
    )


class Fake:
    """A model with an `ask` of its own that counts what it is asked."""

    def __init__(self, worth: Worth, capability: str = "LogLikelihood") -> None:
        self.info = info(capability, "Attribute")
        self.worth = worth
        self.asked: list[Request] = []

    def ask(self, requests: Sequence[Request]) -> list[Answer]:
        self.asked += requests
        return [self._answer(request) for request in requests]

    def _answer(self, request: Request) -> Answer:
        match request:
            case LogLikelihood(context="", continuation=text):
                words = re.findall(r"\w+", text)
                worth = self.worth([word for word in words if word not in ("she", "he")]) if "she" in words else 0.0
                return TokenScores((worth, -1.0), (True, True), (0, 1))
            case FillMask(text=text, targets=("she", "he"), at=at):
                before, after = text.split(BLANK)[: at + 1], text.split(BLANK)[at + 1 :]
                worth = self.worth(re.findall(r"\w+", " ".join(before + after)))
                return Filled((worth - 1, -1.0), (1, 1))
            case Classify(text=text):
                worth = self.worth(re.findall(r"\w+", text))
                return ClassScores(("no", "yes"), (-worth / 2, worth / 2))
            case _:
                return Unanswered("not this")


def additive(weights: dict[str, float]) -> Worth:
    """The sum of the weights of the words that are there."""
    return lambda words: sum(weights.get(word, 0.0) for word in words)
