"""Scores of sentences that a model does not give: named with the reason, so that the others are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fairwitness.audit.records import Metric
from fairwitness.audit.requests import Request, Unanswered
from fairwitness.probes.kit.blanks import Answers
from fairwitness.probes.kit.measures import Measure
from fairwitness.probes.kit.sentences.pairs import WORDS
from fairwitness.probes.kit.sentences.scores import ScoreName, read_sentence, requests_for
from fairwitness.probes.kit.validity import LEAST_SCORED

REMEDY = WORDS("reason.remedy")
Said = tuple[str, str]
"""A sentence and what stands before it."""


@dataclass(frozen=True, slots=True)
class Available:
    """Which scores are left, why each of the others is not, and how many of their requests stayed unanswered."""

    names: tuple[ScoreName, ...]
    reasons: Mapping[ScoreName, str] = field(default_factory=dict)
    unanswered: int = 0

    @property
    def notes(self) -> list[str]:
        """A sentence on each score that is not there, and what can be done."""
        return [WORDS("note.unavailable", reason=reason, remedy=REMEDY) for reason in self.reasons.values()]

    def metrics(self, measure: Measure) -> list[Metric]:
        """The measure of each of them, which could not be measured."""
        metrics = []
        for name, reason in self.reasons.items():
            none = WORDS.undefined("reason.unavailable_remedy", "not_offered", reason=reason, remedy=REMEDY)
            what = WORDS("what.score", score=name)
            metrics.append(measure.metric(none, variant={"score": name}, evidence=(), what=what))
        return metrics


def available(said: Iterable[Said], names: Sequence[ScoreName], answers: Answers) -> Available:
    """Takes away each score beside the first that over 5 % of the sentences do not have which have the first.

    Where fewer lack it these sentences are missing, not the score. The first score is the one that is judged: without
    it nothing is concluded, so it is never taken away.
    """
    read = [(text, before) for text, before in said if not _missing(text, before, names[0], answers)]
    reasons: dict[ScoreName, str] = {}
    for name in names[1:]:
        missing = Counter(_missing(text, before, name, answers) for text, before in read)
        del missing[""]
        if missing.total() > (1 - LEAST_SCORED) * len(read):
            often, _ = missing.most_common(1)[0]
            count = missing.total()
            reasons[name] = WORDS("reason.unavailable", count=count, total=len(read), score=name, often=often)
    left = tuple(name for name in names if name not in reasons)
    lost = _unanswered(read, names, answers) - _unanswered(read, left, answers)
    return Available(left, reasons, len(lost))


def _missing(text: str, before: str, name: ScoreName, answers: Answers) -> str:
    """Why a sentence lacks a score, empty where it has it. Of an error its kind alone: it may quote the sentence."""
    sentence = read_sentence(text, (name,), answers, before)
    return sentence.split(":")[0] if isinstance(sentence, str) else ""


def _unanswered(said: Iterable[Said], names: Sequence[ScoreName], answers: Answers) -> set[Request]:
    lost: set[Request] = set()
    for text, before in said:
        lost.update(asked for asked in requests_for(text, names, before) if isinstance(answers[asked], Unanswered))
    return lost
