"""Effect sizes of words in vectors, and their root mean square over tests: words are chance, sets have true distances.

A world draws the cosines of all words of the shipped lists. A target word lies towards A or B by half of the true
distance of its set, with a lean of its own of SD 1, which it keeps in every test of its topic; an attribute word
pulls by its side, with an SD of its own; each pair of words adds a little noise.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.language.association_effect import Floats, Similarities, interval
from fairwitness.audit.stats.language.association_size import TopicEffect, size
from fairwitness.probes.bias.association.contexts import contextual_result
from fairwitness.probes.bias.association.items import CONTROL, WordTest, read_lists
from fairwitness.probes.bias.association.measures import mean
from fairwitness.probes.bias.association.probe import WEAT
from fairwitness.probes.bias.association.results import Result
from organisms import packaged
from worlds.behind.rows import Case, Draw, Rng, Row

PULL, NOISE = 0.25, 0.3
"""SD of what an attribute word pulls, and of each pair of words, where targets lean with SD 1."""
LIMIT = 0.7


@cache
def _tests() -> tuple[WordTest, ...]:
    """The published tests about people."""
    return tuple(one for one in read_lists(packaged(WEAT.spec.data[0]))[0] if one.topic != CONTROL)


def _true_effect(distance: float, attributes: int) -> float:
    """The effect size of so large a distance with endless target words; each attribute word's noise widens their SD."""
    return distance / math.sqrt(1 + distance**2 / 4 + 2 * NOISE**2 / attributes)


def _distance(effect: float, attributes: int) -> float:
    """The distance whose true effect this is."""
    return effect * math.sqrt((1 + 2 * NOISE**2 / attributes) / (1 - effect**2 / 4))


def _similarities(test: WordTest, distance: float, preferences: Mapping[str, float], rng: Rng) -> Similarities:
    x, y, a, b = (one.words for one in test.sets)
    towards = np.array([preferences[word] for word in (*x, *y)])
    towards += np.repeat([distance / 2, -distance / 2], [len(x), len(y)])
    side = np.repeat([0.5, -0.5], [len(a), len(b)])
    pulls = side * (1 + rng.normal(0, PULL, len(side)))
    noise = rng.normal(0, NOISE, (len(towards), len(side)))
    return Similarities(0.1 * (towards[:, None] * pulls[None] + noise), len(x), len(a))


def _leans(tests: Sequence[WordTest], rng: Rng) -> dict[str, float]:
    return {word: float(rng.normal()) for word in dict.fromkeys(word for one in tests for word in one.words)}


def _effects(effects: Mapping[str, float], rng: Rng) -> list[Result]:
    """One result a test, where all tests of a topic have its true effect."""
    found = []
    for topic in dict.fromkeys(one.topic for one in _tests()):
        own = [one for one in _tests() if one.topic == topic]
        preferences = _leans(own, rng)
        for test in own:
            distance = _distance(effects[topic], len(test.a.words) + len(test.b.words))
            near = _similarities(test, distance, preferences, rng)
            found.append(Result(test, interval(near, int(rng.integers(2**31))), None, {}))
    return found


def _size_of(effects: Mapping[str, float]) -> Draw:
    truth = math.sqrt(float(np.mean([one**2 for one in effects.values()])))

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        parts = [
            TopicEffect(one.test.topic, one.effect)
            for one in _effects(effects, rng)
            if isinstance(one.effect, Estimate)
        ]
        return size(parts), truth

    return draw


def _mean_of(effects: Mapping[str, float]) -> Draw:
    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        return mean(_effects(effects, rng), 0, None).estimate, float(np.mean(list(effects.values())))

    return draw


def _effect_of(name: str, effect: float) -> Draw:
    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        [test] = [one for one in _tests() if one.name == name]
        near = _similarities(test, _distance(effect, len(test.a.words) + len(test.b.words)), _leans([test], rng), rng)
        return interval(near, int(rng.integers(2**31))), effect

    return draw


def _contexts_of(effect: float, contexts: int, moved: float) -> Draw:
    """A test in several contexts a word, which move each word's vector for itself."""

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        [test] = [one for one in _tests() if one.name == "weat6"]
        vectors = _vectors(test, _distance(effect, 16), contexts, moved, rng)
        found = contextual_result(test, vectors, 20, int(rng.integers(2**31))).effect
        return found, effect / math.sqrt(1 + moved**2 * (1 - effect**2 / 4))

    return draw


def _vectors(test: WordTest, distance: float, contexts: int, moved: float, rng: Rng) -> dict[str, Floats]:
    """[contexts, 2] by word: targets vary along the first axis, on which attributes lie; the second is alike."""
    found: dict[str, Floats] = {}
    for letter, one in zip("XYAB", test.sets, strict=True):
        for word in one.words:
            middle = distance / 2 * (letter == "X") - distance / 2 * (letter == "Y") + float(rng.normal())
            if letter in "AB":
                middle = 20.0 * (1 if letter == "A" else -1)
            along = middle + rng.normal(0, moved if letter in "XY" else 0.0, contexts)
            found[word] = np.stack([along, np.full(contexts, 20.0 if letter in "XY" else 0.0)], axis=1)
    return found


def _everywhere(effect: float) -> dict[str, float]:
    return dict.fromkeys((one.topic for one in _tests()), effect)


def _in_one(topic_effect: float) -> dict[str, float]:
    topics = list(_everywhere(0.0))
    return {topic: topic_effect if topic == topics[0] else 0.0 for topic in topics}


PROBES = ("weat", "seat", "ceat")
ALL = tuple(f"{probe}/association_size" for probe in PROBES)
TOPICS = len(_everywhere(0.0))
ROWS: tuple[Row, ...] = (
    Row(
        behind=ALL,
        estimator="root mean square of effect sizes less chance, t over words",
        situation="all published tests, the same true effect of 0.3, 0.7005, 1.2 in each topic",
        cases=(
            Case("0.3", _size_of(_everywhere(0.3))),
            Case("limit", _size_of(_everywhere(LIMIT + 0.0005)), edge=True),
            Case("1.2", _size_of(_everywhere(1.2))),
        ),
        limit=("<=", LIMIT),
    ),
    Row(
        behind=ALL,
        estimator="root mean square of effect sizes less chance, t over words",
        situation="one topic alone has an effect, which makes the root mean square 0.7005",
        cases=(Case("one", _size_of(_in_one((LIMIT + 0.0005) * math.sqrt(TOPICS))), edge=True),),
        limit=("<=", LIMIT),
    ),
    Row(
        behind=ALL,
        estimator="root mean square of effect sizes less chance, t over words",
        situation="no association anywhere",
        cases=(Case("none", _size_of(_everywhere(0.0))),),
    ),
    Row(
        behind=("weat/association", "seat/association", "ceat/association"),
        estimator="mean effect size of topics, t over topics",
        situation="all published tests, true effects of 0 and 0.7",
        cases=tuple(Case(str(one), _mean_of(_everywhere(one))) for one in (0.0, 0.7)),
    ),
    Row(
        behind=("weat/effect_size", "seat/effect_size", "weat/control_effect_size", "seat/control_effect_size"),
        estimator="effect size of one test, BCa over the words of all four sets",
        situation="8 words a set, true effects of 0, 0.7 and 1.2",
        cases=tuple(Case(str(one), _effect_of("weat6", one)) for one in (0.0, 0.7, 1.2)),
        asked=0.92,
    ),
    Row(
        behind=("ceat/effect_size", "ceat/control_effect_size"),
        estimator="effect size of one test over contexts, BCa over words and contexts",
        situation="8 words a set in 4 contexts each, which move words by half of what they differ; 0 and 0.7",
        cases=tuple(Case(str(one), _contexts_of(one, 4, 0.5)) for one in (0.0, 0.7)),
        asked=0.92,
        worlds=300,
    ),
)
