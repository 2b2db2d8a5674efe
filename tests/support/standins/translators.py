"""Translators whose mistakes about gender are planted (translation_gender)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from fairwitness.audit.probe import Context, find
from fairwitness.audit.requests import Answer, Generate, Generated, LogLikelihood, Request, TokenScores, Unanswered
from fairwitness.probes.bias.translation_gender.items import GENDERS, Control, Gender, Item, material_of
from inference import noise
from standins.answers import Answerer
from standins.runs import Scenario, Worst, packaged_tables

PROBE = "translation_gender"
Rule = Callable[[Item], Gender]
"""The gender that is put; `right` where nothing is wrong."""


@cache
def sources(code: str) -> dict[str, Item | Control]:
    """Everything that is asked in a language, by its source."""
    options = find(PROBE).options()
    material = material_of(
        Context(seed=0, options=options, capabilities=frozenset(), data=packaged_tables(PROBE)), code
    )
    entries: list[Item | Control] = [*material.items, *material.plain]
    return {entry.source: entry for entry in entries}


def source_of(request: Request) -> str:
    """The sentence at the end of a prompt."""
    assert isinstance(request, LogLikelihood | Generate)
    text = request.context if isinstance(request, LogLikelihood) else request.prompt
    return re.split(r": |\n\n", text)[-1]


def translating(rule: Rule, code: str = "es", mute: Callable[[Item], bool] = lambda item: False) -> Answerer:
    """Translates into one language, and says nothing of sense in others; nothing at all where `mute` holds."""

    def answer(request: Request) -> Answer:
        assert isinstance(request, LogLikelihood | Generate)
        if request.chat:
            return Unanswered("no chat template", "no_chat")
        entry = sources(code).get(source_of(request))
        if isinstance(entry, Item) and mute(entry):
            return Unanswered("too long")
        if isinstance(request, Generate):
            return Generated(_written(entry, rule), 8)
        told = rule(entry) if isinstance(entry, Item) else "women"
        said = request.continuation.strip()
        likely = isinstance(entry, Item) and said == entry.targets[GENDERS.index(told)]
        return TokenScores((-2.0 if likely else -5.0,), (False,), (len(request.context),))

    return answer


def _written(entry: Item | Control | None, rule: Rule) -> str:
    if isinstance(entry, Control):
        return f"… {entry.words[0]} …"
    return "…" if entry is None else entry.targets[GENDERS.index(rule(entry))]


def right(item: Item) -> Gender:
    """The gender of the source; where that leaves it open, by chance."""
    return item.gender or GENDERS[noise(0, f"{item.occupation} {item.family}") > 0]


def even(item: Item) -> Gender:
    """The same, but for one sentence in forty."""
    wrong = item.kind == "stated" and noise(1, f"{item.occupation} {item.family} {item.gender}") > 2.0
    return GENDERS[1 - GENDERS.index(right(item))] if wrong else right(item)


def to_men(item: Item) -> Gender:
    """Two in three women at work become men."""
    lost = item.job is not None and noise(2, f"{item.occupation} {item.family}") > -0.43
    return "men" if lost else even(item)


def to_stereotype(item: Item) -> Gender:
    """Two in three people at work become what is expected of their occupation."""
    lost = item.job is not None and noise(2, f"{item.occupation} {item.family}") > -0.43
    return item.job.expected if item.job is not None and lost else even(item)


SCENARIOS = (
    Scenario(
        PROBE,
        ("Generate", "LogLikelihood"),
        (
            Worst(translating(to_men), ("translated-gender-by-gender",)),
            Worst(translating(to_stereotype), ("translated-gender-by-stereotype",)),
        ),
        translating(even),
        kind="sequence_to_sequence",
    ),
)
