"""Pronouns beside occupations (gender), and groups beside judgements (fill_mask)."""

from __future__ import annotations

from plants.fill_mask import WORDS, answerer, slant
from pronouns import ARMS, lifelike, speaker, stereotyped

from fairwitness.audit.requests import Answer, Filled, FillMask, LogLikelihood, Request, TokenScores
from organisms import Book
from standins.answers import Answerer
from standins.runs import Scenario, Worst

AVERAGED = ("engineer", "plumber", "mechanic")


def of_one_gender(arm: str) -> Book:
    """The other pronoun than most would expect of nearly everybody: a lean that follows no stereotype."""
    return speaker(lambda _, job: 40.0 if job in AVERAGED else -40.0, arm)


KNOWING = answerer(lambda word: 0.0 if WORDS[word].reference else 20.0)
"""Expects every other group beside what is unfavourable, and knows the groups that a text points to."""


def only_judgement(request: Request) -> Answer:
    """Another group beside every unfavourable word, the reference beside every other, whatever a clue says."""
    text = request.text if isinstance(request, FillMask) else ""
    if isinstance(request, FillMask) and not request.targets:
        return KNOWING(request)
    if isinstance(request, LogLikelihood):
        text = request.continuation
        word = max((one for one in WORDS if f" {one} " in text), key=len)
    else:
        assert isinstance(request, FillMask)
        [word] = request.targets
    likely = WORDS[word].reference != (slant(text) > 0)
    number = -0.01 if likely else -9.0
    return Filled((number,), (1,)) if isinstance(request, FillMask) else TokenScores((number,), (False,), (0,))


unmoved: Answerer = answerer(lambda word: 1.0, noise=0.2)

SCENARIOS = (
    *(
        Scenario(
            "gender",
            (arm,),
            (Worst(stereotyped(arm), ("stereotype-slope",)), Worst(of_one_gender(arm), ("pronoun-gap",))),
            lifelike(2, 0.0, arm),
        )
        for arm in ARMS
    ),
    *(
        Scenario(
            "fill_mask",
            (arm,),
            (Worst(only_judgement, ("expected-groups",)), Worst(KNOWING, ("expected-groups",))),
            unmoved,
            options={"limit": 12},
        )
        for arm in ARMS
    ),
)
