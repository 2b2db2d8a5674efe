"""Metrics of the association probes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fairwitness.audit import stats
from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Estimate, Metric, ScoredItems, Undefined
from fairwitness.audit.stats.language.association_size import MOST, TopicEffect, size
from fairwitness.probes.bias.association import tables
from fairwitness.probes.bias.association.items import CONTROL, WORDS, WordTest
from fairwitness.probes.bias.association.results import Result, Word, validity
from fairwitness.probes.kit.consistency import Consistency, PartScore
from fairwitness.probes.kit.measures import Measure
from fairwitness.probes.kit.pictured import dots
from fairwitness.probes.kit.scored import scored_items
from fairwitness.probes.kit.words import series

SHOWN_P = 0.05
"""Largest p-value, corrected by Holm over the tests about people, at which a test is said to show something."""
WIDE = 1.12
"""Width of an interval that holds 0 from which a test would miss effects of 0.8 in one run of five: nothing is said."""
SIZE = Measure(
    name="association_size",
    words=WORDS,
    unit="SD",
    better="lower",
    tags=("intrinsic",),
    evidence=("tests", "words"),
)
SIZE_OF_TEST = replace(SIZE, scope="group", tags=("intrinsic", "overall"))
MEAN = replace(SIZE, name="association", better="near_zero", headline=False, wide=WIDE)
PUBLISHED = replace(MEAN, name="effect_size", scope="detail")
OWN = replace(PUBLISHED, scope="group", tags=("intrinsic", "own_data"))
CONTROL_EFFECT = replace(
    OWN, name="control_effect_size", better="higher", role="competence", tags=(), evidence=("tests",)
)
CONSISTENCY = Consistency(
    parts=WORDS("consistency.parts"),
    items=WORDS("consistency.items"),
    headline=False,
    tags=("intrinsic",),
    evidence=("tests", "words"),
)
MEASURES = (SIZE, MEAN, PUBLISHED, CONTROL_EFFECT, *CONSISTENCY.measures)


def findings(
    results: Sequence[Result], asked: Mapping[str, Word], seed: int, notes: Sequence[str], *, secret: bool = False
) -> Findings:
    """Metrics and evidence; without the controls every association is undefined with the reason.

    `secret` says that the texts are a user's own.
    """
    problem = validity(results)
    people = [result for result in results if result.test.topic != CONTROL]
    controls = [result for result in results if result.test.topic == CONTROL]
    evidence = [tables.tests(results), tables.words(results, asked, secret=secret), tables.sets(results, asked)]
    spreads = [result.spread for result in results if result.spread is not None]
    if any(spread.effects for spread in spreads):
        evidence.append(tables.sentences(results, secret=secret))
    if spreads:
        evidence.append(tables.spread(results))
    unread = Counter(word.problem for word in asked.values() if word.problem)
    notes = list(notes)
    if unread:
        evidence.append(tables.unread(asked, secret=secret))
        why, _ = unread.most_common(1)[0]
        notes.append(WORDS("note.unread", count=unread.total(), total=len(asked), why=why))
    if problem:
        notes.append(WORDS("note.validity", reason=problem.reason))
    shown = {name for name, p in tables.holm(results).items() if p < SHOWN_P}
    metrics = [*sizes(people, asked, problem), mean(people, seed, problem), reliability(people, seed, problem)]
    for result in people:
        test, estimate = result.test, problem or result.effect
        variant = {"topic": test.topic, "test": test.name}
        measure = OWN if test.own else PUBLISHED
        metrics.append(effect_of(measure, result, estimate, variant=variant, survives=test.name in shown))
    for result in controls:
        metrics.append(effect_of(CONTROL_EFFECT, result, result.effect, variant={"test": result.test.name}))
    return Findings(metrics=metrics, evidence=evidence, notes=notes, items=items_asked(people), pictures=[PICTURE])


PICTURE = dots(WORDS, "effect_size", by="test")


@dataclass(frozen=True, slots=True)
class Target:
    """A target word of a test, and the label of its set."""

    test: WordTest
    word: str
    label: str


def items_asked(people: Sequence[Result]) -> ScoredItems:
    """Every target word of every test about people, with its association; a test that cannot be read has none."""
    rows: list[tuple[Target, float | None]] = []
    for result in people:
        for members in (result.test.x, result.test.y):
            for word in members.words:
                rows.append((Target(result.test, word, members.label), result.associations.get(word)))
    return scored_items(
        rows,
        id=lambda target: f"{target.test.name}, {target.label}, {target.word}",
        scores={"word_association": float},
        clusters={
            "test": lambda target: target.test.name,
            "topic": lambda target: target.test.topic,
            "set": lambda target: target.label,
        },
    )


def sizes(people: Sequence[Result], asked: Mapping[str, Word], problem: Undefined | None) -> list[Metric]:
    """How large the effects of the published tests about people are, whatever their signs.

    A test without an effect stands beside it under the same name and tags: what is not known is no small size.
    """
    effects, undefined = [], []
    for result in people:
        test, effect = result.test, result.effect
        if isinstance(effect, Estimate) and not test.own:
            effects.append(TopicEffect(test.topic, effect, whole(result, asked)))
        elif isinstance(effect, Undefined) and not test.own:
            of_topic = WORDS("claim.of_topic", topic=test.topic)
            variant = {"topic": test.topic, "test": test.name}
            undefined.append(SIZE_OF_TEST.metric(effect, variant=variant, topics_read=of_topic))
    topics = series(dict.fromkeys(effect.topic for effect in effects))
    overall = SIZE.metric(problem or size(effects), topics=topics, topics_read="")
    return [overall] if problem else [overall, *undefined]


def whole(result: Result, asked: Mapping[str, Word]) -> bool:
    """Whether every word of a test was read in every text that it was asked in."""
    test = result.test
    return not result.missing and not test.left_out and not any(asked[word].unanswered for word in test.words)


def mean(people: Sequence[Result], seed: int, problem: Undefined | None) -> Metric:
    """The mean effect over the published tests about people; each topic weighs the same, and opposite signs cancel."""
    values: list[float] = []
    topics: list[str] = []
    for result in people:
        if isinstance(result.effect, Estimate) and not result.test.own:
            values.append(result.effect.value)
            topics.append(result.test.topic)
    estimate = problem or stats.mean(values, topics, (-MOST, MOST), seed=seed, weigh="clusters")
    return MEAN.metric(estimate, topics=series(dict.fromkeys(topics)))


def reliability(people: Sequence[Result], seed: int, problem: Undefined | None) -> Metric:
    """How far the associations of target words hold from one half of the attribute words to the other."""
    scores = []
    for result in people:
        for word, contrasts in result.contrasts.items():
            for pair, contrast in enumerate(contrasts):
                scores.append(PartScore(part=(result.test.name, word), item=pair, score=contrast))
    [metric] = CONSISTENCY.metrics(scores, problem or "", seed)
    return metric


def effect_of(
    measure: Measure, result: Result, estimate: Estimate | Undefined, *, variant: dict[str, str], survives: bool = True
) -> Metric:
    """The effect of one test; `survives` tells whether a correction for all of them leaves it."""
    x, y, a, b = (members.label for members in result.test.sets)
    return measure.metric(estimate, variant=variant, survives=survives, x=x, y=y, a=a, b=b)
