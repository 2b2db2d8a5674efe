"""Whether the model knows the task at all: explanations of one that does not describe noise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairwitness.audit import stats
from fairwitness.audit.probe import expect
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.audit.requests import Answer, ClassScores
from fairwitness.probes.explanation.attribution.checks import LEAST_SPAN, Explained
from fairwitness.probes.explanation.attribution.items import WORDS, Sentence
from fairwitness.probes.explanation.attribution.measures import ACCURACY


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """How often the model is right, how often the commonest true class is, and whether any text moves it."""

    accuracy: Estimate | Undefined
    commonest: float
    """Share of texts of the commonest true class: who always says it is right so often."""
    constant: bool

    def metric(self) -> Metric:
        """The accuracy, beside which the commonest class stands."""
        return ACCURACY.metric(self.accuracy, commonest=f"{100 * self.commonest:.0f} %")

    def notes(self) -> list[str]:
        """What a reader has to know before anything else."""
        if self.constant:
            return [WORDS("note.constant", span=f"{LEAST_SPAN:g}")]
        match self.accuracy:
            case Estimate(low=low, n=n) if low <= self.commonest:
                return [WORDS("note.chance", count=n, commonest=f"{100 * self.commonest:.0f} %")]
            case _:
                return []


def of(sentences: Sequence[Sentence], predicted: Mapping[str, Answer], explained: Sequence[Explained]) -> Knowledge:
    """What the true classes and the answers show; without true classes no accuracy is measured."""
    spans, fulls = [0.0], [0.0]
    for text in explained:
        for method in text.shown:
            for shown in text.of(method, "shown"):
                spans.append(abs(shown.full - shown.base))
                fulls.append(abs(shown.full))
    right: list[bool] = []
    labels: list[str] = []
    for sentence in sentences:
        scores = expect(predicted[sentence.text], ClassScores) if sentence.text in predicted else None
        if sentence.label and scores is not None:
            labels.append(sentence.label)
            right.append(likeliest(scores) == sentence.label)
    commonest = max(Counter(labels).values(), default=0) / max(len(labels), 1)
    accuracy: Estimate | Undefined = WORDS.undefined("reason.no_labels", "not_asked", "not_asked")
    if right:
        accuracy = stats.proportion(sum(right), len(right))
    return Knowledge(
        accuracy=accuracy, commonest=commonest, constant=max(spans) < LEAST_SPAN or max(fulls) < LEAST_SPAN
    )


def likeliest(scores: ClassScores) -> str:
    """The class of the largest output."""
    return scores.labels[max(range(len(scores.labels)), key=lambda place: scores.logits[place])]
