"""Pairs of questions that differ in the gender of the pronoun alone, and what a model answered to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.requests import Answer, Request
from fairwitness.audit.stats.crossed.shares import Side, gap, share
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.blanks import ModelType
from fairwitness.probes.kit.choices import spread
from fairwitness.probes.kit.coreference.questions import Question, Resolved, preference, preference_requests
from fairwitness.probes.kit.pronouns import MEN, WOMEN
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
CONTROLS = 60
"""Questions in which the gender of the nouns decides, at most."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The same question with the pronoun that the stereotype expects (`pro`) and with the other one (`anti`).

    `group` parts the pairs that are shown apart. Pairs of one `cluster` are not independent, nor are those of one
    `crossing` cluster where that is given: both occupations of a pair stand in others. `flaw` says why a pair is no
    clean comparison. `neutral` is the same question with `they`, where the set has it.
    """

    key: str
    group: str
    cluster: str
    pro: Question
    anti: Question
    flaw: str = ""
    neutral: Question | None = None
    crossing: str = ""

    def requests(self, model: ModelType) -> list[Request]:
        """The questions, and the texts or pronouns alone."""
        neutral = self.neutral.requests(model) if self.neutral else []
        alone = preference_requests(self.pro, self.anti, model)
        return [*self.pro.requests(model), *self.anti.requests(model), *neutral, *alone]


@dataclass(frozen=True, slots=True)
class ScoredPair:
    """A pair and what was answered; `preference` is log P(pro text) - log P(anti text), None where not comparable."""

    pair: Pair
    pro: Resolved
    anti: Resolved
    preference: float | None
    neutral: Resolved | None

    @property
    def gap(self) -> float:
        """Share of wordings right with the expected pronoun less that with the other one, -1..1."""
        return self.pro.right - self.anti.right

    @property
    def only_pro(self) -> bool:
        """Whether it is resolved with the expected pronoun alone."""
        return self.pro.decided and not self.anti.decided


@dataclass(frozen=True, slots=True)
class Control:
    """A question whose nouns are a woman and a man, so that the pronoun's gender decides."""

    question: Question
    answer: Resolved | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses:
    """Everything that was read; `unread` rows could not be asked at all."""

    scored: tuple[ScoredPair, ...]
    unscored: tuple[Pair, ...] = ()
    controls: tuple[Control, ...] = ()
    model: ModelType = "causal"
    unread: int = 0
    pairs: tuple[Pair, ...] = ()
    """All pairs that were asked, with an answer or without."""

    @property
    def clean(self) -> tuple[ScoredPair, ...]:
        """The pairs without a flaw: what the metrics are made from."""
        return tuple(score for score in self.scored if not score.pair.flaw)

    @property
    def groups(self) -> list[str]:
        """The groups of all pairs that were asked, answered or not."""
        return sorted({score.pair.group for score in self.scored} | {pair.group for pair in self.unscored})

    def of(self, group: str) -> list[ScoredPair]:
        """The pairs of a group without a flaw."""
        return [score for score in self.clean if score.pair.group == group]

    def missing(self, group: str = "") -> int:
        """Pairs without a flaw that have no whole answer, of one group where it is named; unread rows may be of any."""
        return self.unread + sum(not pair.flaw and group in ("", pair.group) for pair in self.unscored)

    @property
    def control_answers(self) -> list[Resolved]:
        """The answers to control questions that there are."""
        return [control.answer for control in self.controls if control.answer is not None]

    @property
    def controls_right(self) -> int:
        """Number of control questions that most wordings get right."""
        return sum(answer.decided for answer in self.control_answers)


def ask_pairs(
    pairs: Sequence[Pair], model: ModelType, seed: int, unread: int = 0
) -> Generator[list[Request], list[Answer], Responses]:
    """One round: every pair and the control questions made from some of them. `unread` rows are no pairs."""
    pairs = [pair for pair in pairs if pair.pro.askable(model)]
    controls = [control(question) for question in spread(alternating(pairs), CONTROLS, seed)]
    asked: list[Pair | Question] = [*pairs, *controls]
    answers = yield from ask(request for item in asked for request in item.requests(model))
    scored: list[ScoredPair] = []
    unscored: list[Pair] = []
    for pair in pairs:
        pro, anti = pair.pro.read(answers, model), pair.anti.read(answers, model)
        if pro is None or anti is None:
            unscored.append(pair)
            continue
        neutral = pair.neutral.read(answers, model) if pair.neutral else None
        scored.append(ScoredPair(pair, pro, anti, preference(pair.pro, pair.anti, answers, model), neutral))
    return Responses(
        scored=tuple(scored),
        unscored=tuple(unscored),
        controls=tuple(Control(question, question.read(answers, model)) for question in controls),
        model=model,
        unread=unread,
        pairs=tuple(pairs),
    )


def alternating(pairs: Sequence[Pair]) -> list[Question]:
    """Questions with nouns that can be exchanged, once with the expected pronoun and once with the other."""
    fit = [pair for pair in pairs if not pair.flaw and _gendered(pair)]
    return [pair.pro if place % 2 else pair.anti for place, pair in enumerate(fit)]


def _gendered(pair: Pair) -> bool:
    return all(
        question.pronoun.lower() in WOMEN | MEN and all(_place(question.text, name) for name in question.names)
        for question in (pair.pro, pair.anti)
    )


def _place(text: str, name: str) -> re.Match[str] | None:
    noun = name.removeprefix("the ")
    return re.search(rf"\b(the|an?) {re.escape(noun)}\b", text, re.IGNORECASE) if name != noun else None


def control(question: Question) -> Question:
    """The question with `woman` and `man` for its nouns, so that the gender of the pronoun alone decides.

    >>> control(Question("The nurse saw the pilot when she came.", "she", 29, "the nurse", "the pilot")).text
    'The woman saw the man when she came.'
    """
    woman = question.pronoun.lower() in WOMEN
    right, wrong = ("woman", "man") if woman else ("man", "woman")
    text, start = question.text, question.start
    for name, noun in zip(question.names, (right, wrong), strict=True):
        match = _place(text, name)
        if match is None:
            raise ValueError(f"{name!r} does not stand in the text")
        article = match[1][:1] if match[1].lower() == "an" else match[1]
        written = f"{article} {noun}"
        text = text[: match.start()] + written + text[match.end() :]
        start += (len(written) - len(match[0])) if match.end() <= start else 0
    return replace(question, text=text, start=start, right=f"the {right}", wrong=f"the {wrong}")


def share_of(scored: Sequence[ScoredPair], value: Callable[[ScoredPair], float]) -> Estimate | Undefined:
    """The mean of a value of 0 to 1 over pairs, each weighing the same."""
    if not scored:
        return WORDS.undefined("reason.no_pairs", "no_units")
    return share(_side(scored, [value(score) for score in scored]))


def gap_of(scored: Sequence[ScoredPair], value: Callable[[Resolved], float]) -> Estimate | Undefined:
    """The mean over pairs of a value with the expected pronoun less that with the other one."""
    if not scored:
        return WORDS.undefined("reason.no_pairs", "no_units")
    pro, anti = [value(score.pro) for score in scored], [value(score.anti) for score in scored]
    return gap(_side(scored, pro), _side(scored, anti))


def _side(scored: Sequence[ScoredPair], values: Sequence[float]) -> Side:
    """Pairs of one cluster belong together, and those of one crossing cluster where pairs have them."""
    clusters, crossing = [score.pair.cluster for score in scored], [score.pair.crossing for score in scored]
    array = np.array(values, dtype=np.float64)
    weights, centres = np.ones(len(array)), np.full(len(array), array.mean())
    return Side(array, weights, centres, (clusters, crossing) if any(crossing) else (clusters, clusters))


def accuracy(scored: Sequence[ScoredPair]) -> Estimate | Undefined:
    """Share of questions right over both pronouns."""
    return share_of(scored, lambda score: (score.pro.right + score.anti.right) / 2)
