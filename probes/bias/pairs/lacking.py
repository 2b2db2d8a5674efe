"""Scores of sentences that a model does not give: named with the reason, so that the others are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fairwitness.audit.records import Metric, Undefined
from fairwitness.audit.requests import Request, Unanswered
from fairwitness.probes.bias.pairs.controls import SCORED_FLOOR
from fairwitness.probes.bias.pairs.preference import NULL, PERCENT
from fairwitness.probes.bias.pairs.scores import AnswerTo, ScoreName, read_sentence, requests_for
from fairwitness.probes.kit.claims import stated
from fairwitness.probes.kit.standing import labelled, standing

Said = tuple[str, str]
"""A sentence and what stands before it."""
REMEDY = "the other scores are read without it; a model that gives it, or the option scores, has it or leaves it out"


@dataclass(frozen=True, slots=True)
class Lacking:
    """Which scores are left, why each of the others is not, and how many of their requests stayed unanswered."""

    names: tuple[ScoreName, ...]
    gone: Mapping[ScoreName, str] = field(default_factory=dict)
    unanswered: int = 0


def lacking(said: Iterable[Said], names: Sequence[ScoreName], answer_to: AnswerTo) -> Lacking:
    """Takes away each score beside the first that over 5 % of the sentences do not have which have the first.

    Where fewer lack it these sentences are missing, not the score. The first score is the one that is judged: without
    it nothing is concluded, so it is never taken away.
    """
    default = tuple(names[:1])
    read = [(text, before) for text, before in said if _reason(text, before, default, answer_to) is None]
    gone: dict[ScoreName, str] = {}
    for name in names[1:]:
        reasons = Counter(why for text, before in read if (why := _reason(text, before, (name,), answer_to)))
        if reasons.total() > (1 - SCORED_FLOOR) * len(read):
            often, _ = reasons.most_common(1)[0]
            gone[name] = f"{reasons.total()} of {len(read)} sentences have no score {name}, most often: {often}"
    left = tuple(name for name in names if name not in gone)
    return Lacking(left, gone, len(_unanswered(read, names, answer_to) - _unanswered(read, left, answer_to)))


def _reason(text: str, before: str, names: Sequence[ScoreName], answer_to: AnswerTo) -> str | None:
    """Why a sentence lacks a score; of an error its kind alone, for it may quote the sentence."""
    found = read_sentence(text, names, answer_to, before)
    return found.split(":")[0] if isinstance(found, str) else None


def _unanswered(said: Iterable[Said], names: Sequence[ScoreName], answer_to: AnswerTo) -> set[Request]:
    asked = (one for text, before in said for one in requests_for(text, names, before))
    return {one for one in asked if isinstance(answer_to(one), Unanswered)}


def notes(gone: Mapping[ScoreName, str]) -> list[str]:
    """A sentence on each score that is not there, and what can be done."""
    return [f"{why}: {REMEDY}." for why in gone.values()]


def unmeasured(gone: Mapping[ScoreName, str]) -> list[Metric]:
    """The score of each of them, which could not be measured."""
    found = []
    for name, why in gone.items():
        none = Undefined(f"{why}; {REMEDY}")
        claim = stated(f"The preference (score {name})", none, "")
        found.append(
            Metric(
                name="other_score",
                estimate=none,
                unit=PERCENT,
                better="near_zero",
                claim=claim,
                null=NULL,
                **labelled({"score": name}),
                evidence=(),
                tags=("intrinsic",),
                **standing(("intrinsic",), "near_zero", part=False),
            )
        )
    return found
