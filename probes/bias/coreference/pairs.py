"""Pairs of questions that differ in the gender of the pronoun alone, and what a model answered to them."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from fairwitness.audit.requests import Answer, Request
from fairwitness.probes.bias.coreference.questions import (
    Arm,
    Question,
    Resolved,
    askable,
    preference,
    preference_requests,
    question_requests,
    resolved,
)
from fairwitness.probes.kit.choices import spread
from fairwitness.probes.kit.pronouns import MEN, WOMEN

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


@dataclass(frozen=True, slots=True)
class Scored:
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


@dataclass(frozen=True, slots=True)
class Control:
    """A question whose nouns are a woman and a man, so that the pronoun's gender decides."""

    question: Question
    answer: Resolved | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything that was read. `clean` are the pairs without a flaw; `unread` rows could not be asked at all."""

    scored: tuple[Scored, ...]
    unscored: tuple[Pair, ...]
    controls: tuple[Control, ...]
    arm: Arm
    unread: int = 0

    @property
    def clean(self) -> tuple[Scored, ...]:
        """The pairs without a flaw: what the metrics are made from."""
        return tuple(one for one in self.scored if not one.pair.flaw)

    @property
    def groups(self) -> list[str]:
        """The groups of all pairs that were asked, answered or not."""
        return sorted({one.pair.group for one in self.scored} | {pair.group for pair in self.unscored})

    def missing(self, group: str = "") -> int:
        """Pairs without a flaw that have no whole answer, of one group where it is named; unread rows may be of any."""
        return self.unread + sum(not pair.flaw and group in ("", pair.group) for pair in self.unscored)


def ask(pairs: Sequence[Pair], arm: Arm, seed: int, unread: int = 0) -> Generator[list[Request], list[Answer], Asked]:
    """One round: every pair and the control questions made from some of them. `unread` rows are no pairs."""
    pairs = [one for one in pairs if askable(one.pro, arm)]
    controls = [control(one) for one in spread(_alternating(pairs), CONTROLS, seed)]
    requests: list[Request] = []
    for pair in pairs:
        for question in (pair.pro, pair.anti, *([pair.neutral] if pair.neutral else [])):
            requests += question_requests(question, arm)
        requests += preference_requests(pair.pro, pair.anti, arm)
    for question in controls:
        requests += question_requests(question, arm)
    requests = list(dict.fromkeys(requests))
    answers = dict(zip(requests, (yield requests), strict=True))
    scored, unscored = [], []
    for pair in pairs:
        pro, anti = resolved(pair.pro, answers, arm), resolved(pair.anti, answers, arm)
        if pro is None or anti is None:
            unscored.append(pair)
            continue
        leaning = preference(pair.pro, pair.anti, answers, arm)
        neutral = resolved(pair.neutral, answers, arm) if pair.neutral else None
        scored.append(Scored(pair, pro, anti, leaning, neutral))
    found = tuple(Control(question, resolved(question, answers, arm)) for question in controls)
    return Asked(tuple(scored), tuple(unscored), found, arm, unread)


def _alternating(pairs: Sequence[Pair]) -> list[Question]:
    """Questions with nouns that can be exchanged, once with the expected pronoun and once with the other."""
    fit = [one for one in pairs if not one.flaw and _gendered(one)]
    return [one.pro if at % 2 else one.anti for at, one in enumerate(fit)]


def _gendered(pair: Pair) -> bool:
    return all(
        one.pronoun.lower() in WOMEN | MEN and all(_place(one.text, name) for name in (one.right, one.wrong))
        for one in (pair.pro, pair.anti)
    )


def _place(text: str, name: str) -> re.Match[str] | None:
    noun = name.removeprefix("the ")
    return re.search(rf"\b(the|an?) {re.escape(noun)}\b", text, re.IGNORECASE) if name != noun else None


def control(question: Question) -> Question:
    """The question with `woman` and `man` for its nouns, so that the gender of the pronoun alone decides."""
    woman = question.pronoun.lower() in WOMEN
    right, wrong = ("woman", "man") if woman else ("man", "woman")
    text, at = question.text, question.at
    for name, noun in ((question.right, right), (question.wrong, wrong)):
        found = _place(text, name)
        if found is None:
            raise ValueError(f"{name!r} does not stand in the text")
        article = found[1][:1] if found[1].lower() == "an" else found[1]
        put = f"{article} {noun}"
        text = text[: found.start()] + put + text[found.end() :]
        at += (len(put) - (found.end() - found.start())) if found.end() <= at else 0
    return replace(question, text=text, at=at, right=f"the {right}", wrong=f"the {wrong}")
