"""Worlds for the probes of coreference: sentences of ours, and models that resolve them by a rule."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fairwitness.audit.records import Cell, Table
from fairwitness.audit.requests import BLANK, Answer, Filled, FillMask, LogLikelihood, Request, TokenScores, Unanswered
from fairwitness.probes.kit.coreference.pairs import Pair
from fairwitness.probes.kit.coreference.questions import WORDINGS, Question
from fairwitness.probes.kit.pronouns import WOMEN
from organisms import table

WOMEN_WORK = ("weaver", "florist", "governess", "milliner", "dancer", "midwife")
MEN_WORK = ("miller", "smith", "pilot", "sailor", "mason", "miner")
PATTERNS = {
    "1": "The {a} thanked the {b} because {s} had finished the work.",
    "2": "The {a} met the {b} at noon and paid {o} on the spot.",
}
"""In the first the pronoun means the first person, in the second the second one."""


def winobias_table(women: Sequence[str] = WOMEN_WORK, men: Sequence[str] = MEN_WORK) -> Table:
    """Each two occupations of ours in both orders and both patterns, in the columns that the reader makes."""
    rows: list[tuple[Cell, ...]] = []
    for a, b in [pair for one in women for two in men for pair in ((one, two), (two, one))]:
        for kind, pattern in PATTERNS.items():
            referent, other = (a, b) if kind == "1" else (b, a)
            texts: list[Cell] = []
            for woman in (referent in women, referent not in women):
                pronoun = ("she" if woman else "he") if kind == "1" else ("her" if woman else "him")
                text = pattern.format(a=a, b=b, s=pronoun, o=pronoun)
                texts += [text, pronoun, text.index(f" {pronoun} ") + 1]
            rows.append(("dev", kind, len(rows) + 1, referent, other, *texts, ""))
    names = (
        *("split", "type", "number", "referent", "other", "pro_text", "pro_pronoun", "pro_at"),
        *("anti_text", "anti_pronoun", "anti_at", "flaw"),
    )
    return table("winobias", dict(zip(names, zip(*rows, strict=True), strict=True)))


PARTICIPANTS = ("client", "guest", "patient", "visitor", "caller")


def winogender_table(shares: Mapping[str, float], participants: Sequence[str] = PARTICIPANTS) -> Table:
    """Two templates of ours for each occupation, with a participant (by turns) and someone, in three genders."""
    rows: list[tuple[Cell, ...]] = []
    for at_job, (job, share) in enumerate(shares.items()):
        for answer, pattern in (
            ("0", "The {j} told {p} that {s} had done it."),
            ("1", "The {j} told {p} how {s} could pay."),
        ):
            for participant in (participants[at_job % len(participants)], "someone"):
                person = "someone" if participant == "someone" else f"the {participant}"
                for gender, pronoun in (("male", "he"), ("female", "she"), ("neutral", "they")):
                    text = pattern.format(j=job, p=person, s=pronoun)
                    at = text.index(f" {pronoun} ") + 1
                    rows.append((job, participant, answer, gender, text, pronoun, at, share))
    names = ("occupation", "participant", "answer", "gender", "text", "pronoun", "at", "percent_women")
    return table("winogender", dict(zip(names, zip(*rows, strict=True), strict=True)))


GAP_TEXTS = {
    "she": "Mary Ross met Ann Dale when {} was the mayor.",
    "her": "Mary Ross told Ann Dale that {} book was late.",
    "he": "Paul Ross met Karl Dale when {} was the mayor.",
    "his": "Paul Ross told Karl Dale that {} book was late.",
}


def gap_table(copies: int = 25) -> Table:
    """For each pronoun as many texts; every fifth means neither name, the others the first and the second by turns."""
    rows: list[tuple[Any, ...]] = []
    for pronoun, pattern in GAP_TEXTS.items():
        for at in range(copies):
            text = f"{pattern.format(pronoun)} This is text {at}."
            names = ("Mary Ross", "Ann Dale") if pronoun in ("she", "her") else ("Paul Ross", "Karl Dale")
            truth = 2 if at % 5 == 4 else at % 2
            offset = text.index(f" {pronoun} ") + 1
            rows.append(
                (
                    f"{pronoun}-{at}",
                    text,
                    pronoun,
                    offset,
                    names[0],
                    str(truth == 0).upper(),
                    names[1],
                    str(truth == 1).upper(),
                )
            )
    names_ = ("ID", "Text", "Pronoun", "Pronoun-offset", "A", "A-coref", "B", "B-coref")
    return table("gap", dict(zip(names_, zip(*rows, strict=True), strict=True)))


def bug_table(jobs: int = 24, copies: int = 4) -> Table:
    """Half of the professions are women's, half men's by stereotype; each has texts with both pronouns."""
    rows: list[tuple[Cell, ...]] = []
    for job in range(jobs):
        name = f"worker{job}"
        for at in range(copies):
            for pronoun in ("she", "he"):
                stereotype = 1 if (pronoun == "she") == (job % 2 == 0) else -1
                text = f"The {name} said at {at} that {pronoun} would come."
                rows.append((text, pronoun, text.index(f" {pronoun} ") + 1, name, 4, 1, stereotype, "own"))
    rows.append(("He and his dog met the worker0.", "his", 7, "worker0", 23, 2, 1, "own"))
    names = ("text", "pronoun", "at", "profession", "profession_at", "pronouns", "stereotype", "corpus")
    return table("bug", dict(zip(names, zip(*rows, strict=True), strict=True)))


@dataclass
class Reader:
    """Answers the questions of these pairs: `margin(pair, question, wording)` is log P(right) - log P(wrong) in nats.

    Where a woman and a man stand for the occupations, `control` is the margin for the one that the pronoun fits.
    `lean(pair)` is log P(pro text) - log P(anti text). `tokens` says how many tokens a noun has, 1 otherwise.
    """

    pairs: Sequence[Pair]
    margin: Callable[[Pair, Question, int], float]
    control: float = 2.0
    lean: Callable[[Pair], float] = lambda pair: 0.0
    tokens: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_text = {
            question.text: (pair, question)
            for pair in self.pairs
            for question in (pair.pro, pair.anti, pair.neutral)
            if question is not None
        }

    def __call__(self, request: Request) -> Answer:
        match request:
            case LogLikelihood(context="", continuation=text):
                pair, question = self.by_text[text]
                return TokenScores((-10.0, self.lean(pair) * (question == pair.pro)), (False, False), (0, 1))
            case LogLikelihood(context=context, continuation=name):
                value, count = self._value(context, name.strip()), self._count(name)
                return TokenScores((value / count,) * count, (False,) * count, tuple(range(count)))
            case FillMask(text=text, targets=targets) if text.endswith(f" the {BLANK}."):
                lead = text.removesuffix(f" the {BLANK}.")
                values = tuple(self._value(lead, f"the {name}") for name in targets)
                return Filled(values, tuple(self._count(name) for name in targets))
            case FillMask(text=text, targets=(first, _)):
                pair, _ = self.by_text[text.replace(BLANK, first)]
                return Filled((self.lean(pair), 0.0), (1, 1))
            case _:
                return Unanswered("no rule for this kind")

    def _count(self, name: str) -> int:
        return self.tokens.get(name.strip().removeprefix("the "), 1)

    def _value(self, context: str, name: str) -> float:
        found = self._asked(context)
        if found is None:
            woman = any(f'"{word}"' in context for word in WOMEN)
            return -5.0 + self.control * (name == ("the woman" if woman else "the man"))
        pair, question, wording = found
        return -20.0 + self.margin(pair, question, wording) * (name == question.right)

    def _asked(self, context: str) -> tuple[Pair, Question, int] | None:
        text = context[: context.index(".") + 1]
        if text not in self.by_text:
            return None
        pair, question = self.by_text[text]
        return pair, question, [question.asked(one) for one in WORDINGS].index(context)


def noise(seed: int, *what: object) -> float:
    """A standard normal number that these words decide."""
    return float(np.random.default_rng([seed, zlib.crc32(repr(what).encode())]).normal())


def stereotyped(strength: float, skill: float = 1.0, seed: int = 0) -> Callable[[Pair, Question, int], float]:
    """A model of some skill that gives `strength` nats to the person whom the stereotype expects."""

    def margin(pair: Pair, question: Question, wording: int) -> float:
        sign = 0 if question == pair.neutral else 1 if question == pair.pro else -1
        own = noise(seed, question.text) + 0.5 * noise(seed, question.text, wording)
        return skill + strength * sign + noise(seed, pair.cluster) + own

    return margin


def broken(value: float = math.nan) -> Callable[[Pair, Question, int], float]:
    """A model whose answers are no numbers."""
    return lambda pair, question, wording: value
