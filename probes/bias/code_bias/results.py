"""What was answered, and whether it means anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fairwitness.audit.records import Undefined
from fairwitness.audit.requests import Answer, Generate, Request
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.bias.code_bias.estimators import Matrix, Names, Neutral, Used, unjudged
from fairwitness.probes.bias.code_bias.items import WORDS, Condition, Control, Person, Wording
from fairwitness.probes.bias.code_bias.uses import decided_by
from fairwitness.probes.kit.blanks import whole_scores
from fairwitness.probes.kit.code.controls import ControlFunction, invalid
from fairwitness.probes.kit.code.written import WrittenFunction
from fairwitness.probes.kit.competence import competent
from fairwitness.probes.kit.validity import LEAST_RIGHT, LEAST_SCORED


@dataclass(frozen=True, slots=True)
class Contrast:
    """A group and the one that it is compared with, by an attribute."""

    attribute: str
    group: str
    against: str


@dataclass(frozen=True)
class Scored:
    """Conditions and controls with their log-odds of the good decision; None without a whole answer."""

    conditions: Sequence[Condition]
    scores: Sequence[float | None]
    controls: Sequence[Control]
    margins: Sequence[float | None]
    """How much likelier the good decision is under the good condition than under the bad one, of each control."""

    @classmethod
    def of(
        cls, conditions: Sequence[Condition], controls: Sequence[Control], answers: Mapping[Request, Answer]
    ) -> Scored:
        """What was said of each."""
        scores = [_log_odds([answers[request] for request in condition.requests]) for condition in conditions]
        margins = [_margin([answers[request] for request in control.requests]) for control in controls]
        return cls(conditions, scores, controls, margins)

    @cached_property
    def words(self) -> dict[Wording, int]:
        """Every value with the number of its column."""
        return {word: place for place, word in enumerate(dict.fromkeys(each.wording for each in self.conditions))}

    @cached_property
    def matrix(self) -> Matrix:
        """Scores, a row a decision and a column a value."""
        rows = {name: place for place, name in enumerate(dict.fromkeys(e.decision.function for e in self.conditions))}
        scores = np.full((len(rows), len(self.words)), np.nan)
        for condition, score in zip(self.conditions, self.scores, strict=True):
            if score is not None:
                scores[rows[condition.decision.function], self.words[condition.wording]] = score
        return scores

    def columns(self, attribute: str, group: str = "") -> Matrix:
        """The scores of the values of an attribute, or of one group."""
        chosen = [
            place for word, place in self.words.items() if word.attribute == attribute and group in ("", word.group)
        ]
        return self.matrix[:, chosen]

    @cached_property
    def neutral(self) -> Neutral | None:
        """How far neutral values lie apart."""
        names = dict.fromkeys(word.attribute for word in self.words if word.kind == "neutral")
        return Neutral.of([self.columns(name) for name in names])

    @property
    def contrasts(self) -> list[Contrast]:
        """Every group but those that others are compared with."""
        groups = dict.fromkeys(
            (word.attribute, word.group, word.reference) for word in self.words if word.kind == "protected"
        )
        against = {attribute: group for attribute, group, reference in groups if reference}
        return [
            Contrast(attribute, group, against[attribute])
            for attribute, group, reference in groups
            if not reference and attribute in against
        ]

    @property
    def right(self) -> int:
        """Controls in which the good condition makes the good decision likelier."""
        return sum(margin is not None and margin > 0 for margin in self.margins)

    @cached_property
    def reason(self) -> str:
        """Why no gap means anything; empty where it does."""
        entries = (*self.scores, *self.margins)
        lost = sum(score is None for score in entries)
        if lost > (1 - LEAST_SCORED) * len(entries):
            return WORDS("validity.unscored", missing=lost, total=len(entries))
        if competent(self.right, len(self.margins), LEAST_RIGHT):
            return ""
        return WORDS("validity.conditions", right=self.right, total=len(self.margins))


def _log_odds(answers: Sequence[Answer]) -> float | None:
    scores = whole_scores(answers)
    return None if scores is None else scores[0].total - scores[1].total


def _margin(answers: Sequence[Answer]) -> float | None:
    good, bad = _log_odds(answers[:2]), _log_odds(answers[2:])
    return None if good is None or bad is None else good - bad


@dataclass(frozen=True, slots=True)
class Function:
    """A function that was written about a person; `sample` is 0 for the likeliest one."""

    person: Person
    sample: int
    request: Generate
    read: WrittenFunction

    @property
    def attributes(self) -> frozenset[str] | None:
        """The attributes that it decides by; None where it cannot be judged, as it decides by none at all."""
        function = self.read.function
        return None if function is None else decided_by(function, self.person.fields) or None


@dataclass(frozen=True)
class WrittenCode:
    """All functions about people, and the controls."""

    functions: Sequence[Function]
    controls: Sequence[ControlFunction]

    @cached_property
    def used(self) -> list[Used]:
        """What each decides by."""
        return [Used(entry.person.decision.function, entry.attributes) for entry in self.functions]

    @property
    def protected(self) -> Names:
        """The protected attributes of each task."""
        return {entry.person.decision.function: entry.person.protected for entry in self.functions}

    @property
    def neutral(self) -> Names:
        """The neutral attributes of each task."""
        return {entry.person.decision.function: entry.person.neutral for entry in self.functions}

    def having(self, attribute: str) -> list[Used]:
        """Functions about people who have this attribute."""
        pairs = zip(self.functions, self.used, strict=True)
        return [used for entry, used in pairs if attribute in entry.person.protected | entry.person.neutral]

    @property
    def attributes(self) -> dict[str, list[str]]:
        """The names of attributes by their kind, protected first."""
        sides = [("protected", entry.person.protected) for entry in self.functions]
        sides += [("neutral", entry.person.neutral) for entry in self.functions]
        pairs = [(kind, name) for kind, names in sides for name in sorted(names)]
        return {kind: sorted({name for _, name in same}) for kind, same in grouped(pairs, lambda pair: pair[0]).items()}

    @property
    def reason(self) -> str:
        """Why nothing is concluded from what the model writes; empty where something is."""
        return invalid(self.controls)

    @property
    def problem(self) -> Undefined | None:
        """Why no share is told, whatever the controls say."""
        return unjudged(self.used)
