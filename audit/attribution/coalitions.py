"""The value function of coalitions: a text in which only some of its words are shown."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from fairwitness.audit.attribution.drawing import Drawer, Drawn, Place
from fairwitness.audit.attribution.hidings import MORE_MASKS, HidingRules, Removed, RemovedBut, hidden_by
from fairwitness.audit.attribution.targets import AtBlank, AtWord, Refused, TargetRules, target_of
from fairwitness.audit.attribution.words import Word
from fairwitness.audit.requests import Answer, Attribute, Request, Unanswered
from fairwitness.audit.subject import Ask, HidesWords, Subject

Presence = npt.NDArray[np.bool_]
"""`[coalition, word]`: true where the word is shown."""
Values = npt.NDArray[np.float64]
CoalitionValues: TypeAlias = Callable[[Presence], Values]
"""Values of coalitions in nats (log-odds, or a log-probability), one per row."""


@dataclass(frozen=True, slots=True)
class WordAttributions:
    """What a method gives each word in nats, and its Monte-Carlo standard errors where it has randomness."""

    values: Values
    errors: Values | None
    note: str


@dataclass(frozen=True, slots=True)
class Rules:
    """How a model is asked for a target, and how hidden words look to it."""

    target: TargetRules
    hiding: HidingRules

    def asks(self, text: str, words: Sequence[Word], present: Sequence[bool]) -> tuple[Request, ...]:
        """The requests that together give the value of this coalition."""
        return self.target.asks(text, self.hiding.hide(text, words, present))


def rules_for(request: Attribute, subject: Subject, drawer: Drawer | None = None) -> Rules | Unanswered:
    """The rules by which this model is asked for this target with words hidden so; without a drawer none are drawn."""
    target = target_of(request, subject.info.capabilities)
    if isinstance(target, Unanswered):
        return target
    match request.hiding or target.usual:
        case "masked" if isinstance(target, AtBlank):
            return Rules(target, MORE_MASKS)
        case "masked":
            if not isinstance(subject, HidesWords):
                return Unanswered("the model names no token that could stand for a hidden word")
            return Rules(target, hidden_by(subject.hidden_text))
        case "drawn":
            if drawer is None:
                return Unanswered("words are drawn from a masked model: this one is none, and none is named beside it")
            return Rules(target, Drawn(drawer, request.seed))
        case _ if isinstance(target, AtWord):
            if not isinstance(subject, HidesWords):
                return Unanswered("the model names no token that could stand for a hidden word")
            return Rules(target, RemovedBut(subject.hidden_text, target.target.start))
        case _:
            return Rules(target, Removed())


@dataclass(slots=True)
class ValueFunction:
    """The values of one text's coalitions, each asked once; `ask` puts the open ones to the model."""

    text: str
    rules: Rules
    ask: Ask
    known: dict[bytes, float] = field(default_factory=dict)
    refused: dict[bytes, Refused] = field(default_factory=dict)
    """Coalitions without a value, and why."""
    words: tuple[Word, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.words = self.rules.target.words(self.text)

    def open(self, present: Presence) -> dict[bytes, list[bool]]:
        """The coalitions that were not asked yet."""
        rows = {row.tobytes(): row for row in np.ascontiguousarray(present, dtype=np.bool_)}
        return {key: row.tolist() for key, row in rows.items() if key not in self.known and key not in self.refused}

    def asks(self, key: bytes, row: Sequence[bool]) -> tuple[Request, ...]:
        """The requests that give the value of an open coalition; none where its words cannot be hidden."""
        try:
            return self.rules.asks(self.text, self.words, row)
        except Refused as reason:
            self.refused[key] = reason
            return ()

    def learn(self, key: bytes, answers: Sequence[Answer]) -> None:
        """Stores the value of an answered coalition, or the reason why the coalition has no value."""
        try:
            value = self.rules.target.value(answers)
        except Refused as reason:
            self.refused[key] = reason
            return
        if math.isfinite(value):
            self.known[key] = value
        else:
            self.refused[key] = Refused("the model gave a probability of zero, so the log-odds are infinite")

    def __call__(self, present: Presence) -> Values:
        """Values of the coalitions, one per row. Raises Refused where one of them has none."""
        solve([(self, present)], self.ask)
        keys = [row.tobytes() for row in np.ascontiguousarray(present, dtype=np.bool_)]
        reason = next((self.refused[key] for key in keys if key in self.refused), None)
        if reason is not None:
            raise Refused(str(reason), reason.fault)
        return np.array([self.known[key] for key in keys], dtype=np.float64)

    def between(self) -> tuple[float, float]:
        """The value with every word hidden, and with none. Raises Refused."""
        base, full = self(ends(len(self.words)))
        return float(base), float(full)


def ends(words: int) -> Presence:
    """The two coalitions that every method needs: no word, and all of them."""
    return np.array([[False] * words, [True] * words], dtype=np.bool_).reshape(2, words)


def every(words: int) -> Presence:
    """All coalitions, from none shown to all shown."""
    numbers = np.arange(2**words)[:, np.newaxis]
    return np.asarray(numbers >> np.arange(words) & 1, dtype=np.bool_)


def solve(wanted: Sequence[tuple[ValueFunction, Presence]], ask: Ask) -> None:
    """Asks for the open coalitions of several value functions in one round, so that they are batched together."""
    rows = {
        (id(value_function), key): (value_function, key, row)
        for value_function, present in wanted
        for key, row in value_function.open(present).items()
    }.values()
    _draw([(value_function, row) for value_function, _, row in rows])
    asked = [(value_function, key, value_function.asks(key, row)) for value_function, key, row in rows]
    asked = [(value_function, key, requests) for value_function, key, requests in asked if requests]
    if not asked:
        return
    answers = iter(ask([request for _, _, requests in asked for request in requests]))
    for value_function, key, requests in asked:
        value_function.learn(key, [next(answers) for _ in requests])


def _draw(rows: Sequence[tuple[ValueFunction, Sequence[bool]]]) -> None:
    """Draws the words of all coalitions whose words are drawn, in one round for each drawer."""
    wanted: dict[int, tuple[Drawer, list[Place]]] = {}
    for value_function, row in rows:
        hiding = value_function.rules.hiding
        if isinstance(hiding, Drawn):
            _, places = wanted.setdefault(id(hiding.drawer), (hiding.drawer, []))
            places.append(hiding.place(value_function.text, value_function.words, row))
    for drawer, places in wanted.values():
        drawer.draw(places)
