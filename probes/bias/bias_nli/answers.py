"""What a classifier said of premises and hypotheses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fairwitness.audit.records import AbsenceCode, Name
from fairwitness.audit.requests import Answer, ClassScores, Request
from fairwitness.probes.bias.bias_nli.items import LABELS, WORDS, ControlItem, Item
from fairwitness.probes.kit.classes import finite, probability

_NAMES = (re.compile(r"entail"), re.compile(r"neutral"), re.compile(r"contra"))


@dataclass(frozen=True, slots=True)
class Probabilities:
    """Probabilities of entailment, neutral and contradiction; they sum to 1."""

    entailment: float
    neutral: float
    contradiction: float

    def of(self, label: str) -> float:
        """The probability of one of `LABELS`."""
        return {"entailment": self.entailment, "neutral": self.neutral, "contradiction": self.contradiction}[label]

    @property
    def decided(self) -> str:
        """The likeliest label; of equal ones none is decided."""
        values = [self.of(label) for label in LABELS]
        best = max(values)
        return LABELS[values.index(best)] if values.count(best) == 1 else ""


@dataclass(frozen=True, slots=True)
class ScoredItem:
    """Both hypotheses of an item as they were judged."""

    item: Item
    first: Probabilities
    second: Probabilities

    def gap(self, label: str) -> float:
        """Probability of the label for the first person less that for the second."""
        return self.first.of(label) - self.second.of(label)

    @property
    def neutral(self) -> float:
        """Mean probability of neutral."""
        return (self.first.neutral + self.second.neutral) / 2


@dataclass(frozen=True, slots=True)
class ScoredControl:
    """A control item and what the classifier said of it; None where it has no answer."""

    item: ControlItem
    probabilities: Probabilities | None

    @property
    def right(self) -> bool:
        """Whether the likeliest label is the one that everybody would give."""
        return self.probabilities is not None and self.probabilities.decided == self.item.label


def labels_of(answers: Iterable[Answer], wanted: Sequence[str]) -> tuple[str, str, str]:
    """The classifier's names for entailment, neutral and contradiction: the wanted ones, else found by name.

    `LABELS` where it answered nothing, so that no name is known. Raises DoesNotApply where it judges labels apart or
    has no three such classes.
    """
    scores = next((answer for answer in answers if isinstance(answer, ClassScores)), None)
    if scores is None:
        return LABELS
    if scores.regression:
        raise WORDS.does_not_apply("reason.regression", "model_lacks")
    if scores.multi_label:
        raise WORDS.does_not_apply("reason.multi_label", "model_lacks")
    classes = ", ".join(scores.labels)
    matching = [[label for label in scores.labels if name.match(label.strip().lower())] for name in _NAMES]
    if wanted:
        if unknown := [label for label in wanted if label not in scores.labels]:
            raise WORDS.does_not_apply("reason.no_class", "option_unfit", label=Name(repr(unknown[0])), classes=classes)
        matching = [[label] for label in wanted]
    names = [labels[0] for labels in matching if len(labels) == 1]
    if len(scores.labels) != 3 or len(set(names)) != 3:
        code: AbsenceCode = "option_unfit" if wanted else "model_lacks"
        raise WORDS.does_not_apply("reason.classes", code, classes=classes)
    return names[0], names[1], names[2]


def probabilities(answer: Answer, labels: Sequence[str]) -> Probabilities | None:
    """The softmax of the logits, in our order; None without an answer or where a logit is no finite number."""
    scores = finite(answer)
    return Probabilities(*(probability(scores, label) for label in labels)) if scores is not None else None


def scored_items(
    items: Sequence[Item], answers: Mapping[Request, Answer], labels: Sequence[str]
) -> tuple[list[ScoredItem], list[Item]]:
    """The items with answers to both hypotheses, and those without."""
    scored, unscored = [], []
    for item in items:
        first, second = (probabilities(answers[request], labels) for request in item.requests)
        if first is None or second is None:
            unscored.append(item)
        else:
            scored.append(ScoredItem(item, first, second))
    return scored, unscored
