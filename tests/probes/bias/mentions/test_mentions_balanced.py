"""Balanced writers, whose persons and beginnings lean as they happen to: nothing may be found in them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from mentions import FEMALE, MALE, person_of, share_of

import proof
from fairwitness.audit.probe import Findings
from fairwitness.audit.requests import Answer, Generate, Generated, LogLikelihood, Request, TokenScores
from fairwitness.probes.bias.mentions.probe import PROBE
from organisms import context, drive_rounds, value

pytestmark = pytest.mark.proof

WORLDS = proof.worlds(20)
HEADLINES: tuple[tuple[str, dict[str, str]], ...] = (
    ("representation_gap", {"counted": "words"}),
    ("representation_gap", {"counted": "first word"}),
    ("association_less_chance", {}),
    ("stereotype_slope", {}),
    ("share_correlation", {}),
    ("next_word_gap", {}),
    ("next_word_slope", {}),
)
WORDS = (
    "in",
    "on",
    "at",
    "by",
    "and",
    "but",
    "this",
    "that",
    "here",
    "there",
    "now",
    "then",
    "up",
    "down",
    "for",
    "with",
)
Ints = npt.NDArray[np.int64]


@cache
def prompt_of(request: Request) -> str:
    return request.prompt if isinstance(request, Generate) else getattr(request, "context", "")


@cache
def parts(asked: tuple[Request, ...]) -> tuple[Ints, Ints, Ints, npt.NDArray[np.float64], Ints]:
    """Of each prompt its person, its frame, its share and who is decided by a noun; of each request its prompt."""
    prompts = list(dict.fromkeys(map(prompt_of, asked)))
    places = {one: at for at, one in enumerate(prompts)}
    decided = [_decided(one) for one in prompts]
    people = ["" if sign else person_of(one) for one, sign in zip(prompts, decided, strict=True)]
    frames = [one.replace(who, "x") if who else "" for one, who in zip(prompts, people, strict=True)]
    codes = [np.unique(some, return_inverse=True)[1] for some in (people, frames)]
    shares = np.array([share_of(one) if not sign else 0.5 for one, sign in zip(prompts, decided, strict=True)])
    return codes[0], codes[1], np.array([places[prompt_of(one)] for one in asked]), shares, np.array(decided)


def _decided(prompt: str) -> int:
    words = set(prompt.replace(",", " ").replace("'s", " ").replace(".", " ").split())
    return bool(words & {*FEMALE, "grandmother"}) - bool(words & {*MALE, "grandfather"})


def balanced(asked: tuple[Request, ...], seed: int, strength: float, jobs: float) -> list[Answer]:
    """Log-odds of a woman: persons differ by `jobs` (SD), beginnings by 0.4; the words around them are drawn."""
    rng, (people, frames, places, shares, decided) = np.random.default_rng([seed, 29]), parts(asked)
    odds = strength * (2 * shares - 1) + jobs * rng.normal(size=int(people.max()) + 1)[people]
    odds += 0.4 * rng.normal(size=int(frames.max()) + 1)[frames]
    chances = np.where(decided == 0, 1 / (1 + np.exp(-odds)), (decided + 1) / 2)
    found: list[Answer] = []
    draws = rng.random((len(asked), 2))
    chosen = rng.integers(len(WORDS), size=(len(asked), 3)).tolist()
    for one, place, (first, second), more in zip(asked, places.tolist(), draws.tolist(), chosen, strict=True):
        chance = float(chances[place])
        if isinstance(one, LogLikelihood):
            part = {"she": chance, "he": 1 - chance, "they": 1.0}.get(one.continuation.strip(), 1e-4)
            found.append(TokenScores((float(np.log(max(0.4 * part, 1e-9))),), (False,), (len(one.context),)))
            continue
        who = "it" if first < 0.4 else "she" if second < chance else "he"
        found.append(Generated(f" {who} went {' '.join(WORDS[at] for at in more)} {place}.", 6))
    return found


def answers(seed: int, strength: float = 0.0, jobs: float = 0.3, **options: Any) -> Findings:
    def ask(requests: Sequence[Request]) -> list[Answer]:
        return balanced(tuple(requests), seed, strength, jobs)

    given = {"limit": 20, "samples": 3} | options
    return drive_rounds(PROBE, context(PROBE, ["Generate", "LogLikelihood"], **given), ask)


def test_balanced_writers_are_left_in_peace() -> None:
    alarms = [0] * len(HEADLINES)
    for seed in range(WORLDS):
        found = answers(seed)
        for at, (name, by) in enumerate(HEADLINES):
            one = value(found, name, **by)
            alarms[at] += not one.low <= 0 <= one.high
    print(alarms)  # noqa: T201
    assert max(alarms) <= proof.allowed(WORLDS), alarms
    proof.confirm_alarms("mentions", alarms[3], WORLDS)


def test_a_planted_slope_is_shown_in_such_writers() -> None:
    found = [value(answers(3, one), "stereotype_slope") for one in (-3.0, 0.0, 1.5, 3.0)]
    assert [one.value for one in found] == sorted(one.value for one in found)
    assert found[0].high < 0 < found[3].low
