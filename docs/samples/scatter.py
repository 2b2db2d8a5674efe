"""Numbers without a lean that scatter by chance: pronouns, writers, inferences, associations, words for groups.

Of the quantities that have no answers "without fault", equal numbers everywhere would be an answer to nothing. These
fair models scatter, by sizes that small real models have, and each world has its own seed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from fairwitness.audit import reasons, stats
from fairwitness.audit.datasets import find
from fairwitness.audit.records import Estimate
from fairwitness.audit.stats.crossed import two_way_clustered
from fairwitness.audit.stats.crossed.slope import Point, answered_slope, slope_estimate
from fairwitness.audit.stats.crossed.two_way_clustered import TwoWayClustered, Value, bounded_mean
from fairwitness.audit.stats.language import association_effect as effect
from fairwitness.audit.stats.language.association_size import TopicEffect, size
from fairwitness.audit.stats.language.intensity import Point as Compared
from fairwitness.audit.stats.language.intensity import intensity
from fairwitness.probes.bias.association.items import CONTROL, read_lists
from fairwitness.probes.bias.association.probe import WEAT
from fairwitness.probes.bias.fill_mask.result import largest
from fairwitness.probes.memorization.personal_data.attributes import FEWEST
from samples.deciding import Found, Sample, passed

SEEDS = range(20)
JOBS, FAMILIES = 54, 24
Floats = npt.NDArray[np.float64]
Draw = Callable[[int, np.random.Generator], Sequence[Found]]


def _worlds(rule: str, draw: Draw, null: float | None, asked: str = "") -> Callable[[int], int]:
    def passes(count: int) -> int:
        worlds = (draw(count, np.random.default_rng([seed, count])) for seed in SEEDS)
        return sum(passed(rule, found, null=null, asked=asked) for found in worlds)

    return passes


def _sample(
    unit: str, passes: Callable[[int], int], data: str, default: int, *, most: int = 200, quick: bool = True
) -> Sample:
    return Sample(unit, passes, data, default, most=most, worlds=len(SEEDS), quick=quick)


def _odds(families: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Log-odds of "she" [families, occupations] with what the sentence alone expects, and without it."""
    own = 0.3 * rng.normal(size=(families, 1)) * (_shares(JOBS) - 0.5) + 0.25 * rng.normal(size=JOBS)
    text, bare = 0.5 * rng.normal(size=(families, JOBS)), 0.5 * rng.normal(size=(families, 1))
    return own + 0.8 * rng.normal(size=(families, 1)) + text, own + text - bare


def _shares(count: int) -> Floats:
    return np.linspace(0.02, 0.98, count)


def _mean(values: Floats) -> Found:
    rows, columns = (one.ravel().tolist() for one in np.indices(values.shape))
    return bounded_mean(values.ravel().tolist(), columns, rows, (-1.0, 1.0), 0)


def _points(values: Floats, shares: Floats) -> list[Point]:
    return [
        Point(f"{job}", f"{family}", float(shares[job]), float(value))
        for (family, job), value in np.ndenumerate(values)
    ]


def pronoun_gap(rule: str) -> tuple[Sample, ...]:
    """Families of sentences that lean to either side by 0.8 nats (SD), each with 54 occupations."""
    draw: Draw = lambda count, rng: [_mean(np.tanh(_odds(count, rng)[0] / 2))]  # noqa: E731
    return (_sample("families of sentences", _worlds(rule, draw, 0.0), "24 families", FAMILIES),)


def pronoun_slope(rule: str) -> tuple[Sample, ...]:
    """The same less what the sentences alone expect, against the share of women."""

    def draw(count: int, rng: np.random.Generator) -> Sequence[Found]:
        return [answered_slope(_points(_odds(count, rng)[1], _shares(JOBS)), [], (-9.0, 9.0))]

    return (_sample("families of sentences", _worlds(rule, draw, 0.0), "24 families", FAMILIES, quick=False),)


def _written(each: int, rng: np.random.Generator) -> list[tuple[str, str, float, float]]:
    """Family, occupation, its share of women and 1 for a woman, -1 for a man, of four texts a beginning.

    Somebody is named in 45 of 100; every occupation has `each` beginnings of different families.
    """
    shares, rows = _shares(JOBS), []
    for job in range(JOBS):
        for turn in range(each):
            for _ in range(4):
                named = rng.random() < 0.45
                woman = 1.0 if rng.random() < 0.5 else -1.0
                rows.append((f"{(job + 4 * turn) % FAMILIES}", f"{job}", float(shares[job]), woman * named))
    return rows


def women_written_of(rule: str) -> tuple[Sample, ...]:
    """Beginnings of each of 54 occupations, each continued four times."""

    def draw(each: int, rng: np.random.Generator) -> Sequence[Found]:
        values = [Value(family, job, who / 2) for family, job, _, who in _written(each, rng) if who]
        found = two_way_clustered.mean(values)
        return [found.estimate((-0.5, 0.5)) if isinstance(found, TwoWayClustered) else found]

    return (_sample("beginnings an occupation", _worlds(rule, draw, 0.0), "6", 6, most=24),)


def gender_by_occupation(rule: str) -> tuple[Sample, ...]:
    """The same texts, against the share of women."""

    def draw(each: int, rng: np.random.Generator) -> Sequence[Found]:
        points = [Point(job, family, share, who) for family, job, share, who in _written(each, rng)]
        return [answered_slope(points, [], (-1.0, 1.0))]

    return (_sample("beginnings an occupation", _worlds(rule, draw, 0.0), "6", 6, most=24, quick=False),)


def inferences(rule: str, *, sloped: bool) -> tuple[Sample, ...]:
    """Probabilities that differ between a woman and a man by 0.1 (SD), by 0.05 an occupation or a family."""

    def draw(count: int, rng: np.random.Generator) -> Sequence[Found]:
        values = 0.05 * rng.normal(size=count) + 0.05 * rng.normal(size=(FAMILIES, 1))
        values = np.clip(values + 0.1 * rng.normal(size=(FAMILIES, count)), -1, 1)
        return [answered_slope(_points(values, _shares(count)), [], (-1.0, 1.0)) if sloped else _mean(values)]

    return (
        _sample("occupations in 24 families of sentences", _worlds(rule, draw, 0.0), f"{JOBS}", JOBS, quick=not sloped),
    )


def professions(rule: str) -> tuple[Sample, ...]:
    """Professions of either kind in five wordings, whose associations scatter by 0.3 nats and each by 0.3 more."""

    def draw(count: int, rng: np.random.Generator) -> Sequence[Found]:
        values = 0.3 * rng.normal(size=2 * count) + 0.3 * rng.normal(size=(5, 2 * count))
        return [slope_estimate(_points(values, np.repeat([1.0, 0.0], count)))]

    return (_sample("professions of either kind", _worlds(rule, draw, 0.0), "20", 20),)


def people(rule: str) -> tuple[Sample, ...]:
    """People with two values each, whose likelihood changes by 0.7 nats with the name and each by 0.7 more."""

    def draw(count: int, rng: np.random.Generator) -> Sequence[Found]:
        if count < FEWEST:
            return [reasons.few(count, FEWEST, "values")]
        values = np.repeat(0.7 * rng.normal(size=count), 2) + 0.7 * rng.normal(size=2 * count)
        return [stats.mean(values, np.repeat(np.arange(count), 2), weigh="values")]

    return (_sample("people", _worlds(rule, draw, 0.0), "", 0),)


def named(rule: str) -> tuple[Sample, ...]:
    """Attributes of three pairs of subjects in the sentences of each class, whose biases scatter by 0.2."""

    def draw(count: int, rng: np.random.Generator) -> Sequence[Found]:
        points: list[Compared] = []
        for kind, sentences in enumerate((4, 6, 14, 13)):
            values = 0.2 * rng.normal(size=(count, sentences, 3))
            points += [
                Compared(f"{kind}", (kind, attribute), template, (f"{pair}",), float(value), grouped=False)
                for (attribute, template, pair), value in np.ndenumerate(values)
            ]
        return [intensity(points)]

    return (_sample("attributes of each class", _worlds(rule, draw, 0.0), "16", 16),)


def groups(rule: str) -> tuple[Sample, ...]:
    """Pairs of words in six families of sentences about 25 groups: 0.3 nats (SD) a pair, 0.1 a family, 0.3 a text."""

    def draw(count: int, rng: np.random.Generator) -> Sequence[Found]:
        found: list[TwoWayClustered] = []
        for _ in range(25):
            cells = 0.3 * rng.normal(size=count) + 0.1 * rng.normal(size=(6, 1)) + 0.3 * rng.normal(size=(6, count))
            one = two_way_clustered.mean(
                [Value(f"{at}", f"{of}", float(value)) for (at, of), value in np.ndenumerate(cells)]
            )
            if isinstance(one, TwoWayClustered):
                found.append(one)
        return [largest(found)]

    return (_sample("pairs of words", _worlds(rule, draw, None), "10 pairs", 10),)


WIDTH = 40
"""Numbers of a vector."""


def associations(rule: str) -> tuple[Sample, ...]:
    """Words in each set of the eight tests about people, their vectors drawn from a normal distribution."""
    lists, _ = read_lists(find(WEAT.spec.data[0]), of_user=False, taken=())
    tests = [one for one in lists if one.topic != CONTROL]

    def sized(sizes: Sequence[tuple[int, int, int, int]], rng: np.random.Generator) -> Sequence[Found]:
        parts = []
        for test, (x, y, a, b) in zip(tests, sizes, strict=True):
            targets, attributes = rng.normal(size=(x + y, WIDTH)), rng.normal(size=(a + b, WIDTH))
            found = effect.interval(effect.Similarities(effect.cosines(targets, attributes), x, a))
            if isinstance(found, Estimate):
                parts.append(TopicEffect(test.topic, found))
        return [size(parts)]

    def even(count: int, rng: np.random.Generator) -> Sequence[Found]:
        return sized([(count,) * 4] * len(tests), rng)

    def shipped(_: int, rng: np.random.Generator) -> Sequence[Found]:
        x, y, a, b = ([len(test.sets[at].words) for test in tests] for at in range(4))
        return sized(list(zip(x, y, a, b, strict=True)), rng)

    passes, own = (_worlds(rule, draw, None, "weat") for draw in (even, shipped))
    words = sorted(len(one.words) for test in tests for one in test.sets)
    data = f"{words[0]} to {words[-1]} words"
    return (Sample("words in each set", passes, data, most=64, worlds=len(SEEDS), quick=False, shipped=lambda: own(0)),)
