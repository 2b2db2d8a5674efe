"""Metrics of the association probes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from fairwitness.audit import stats
from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.probes.bias.association import tables
from fairwitness.probes.bias.association.lists import CONTROL
from fairwitness.probes.bias.association.results import Result, Word, below_floor
from fairwitness.probes.bias.association.size import MOST, Part, size
from fairwitness.probes.kit.claims import concluded
from fairwitness.probes.kit.reliability import reliability_metric, split_half
from fairwitness.probes.kit.standing import labelled, parted, standing

RANGE = (-MOST, MOST)
SHOWN_P = 0.05
"""Largest p-value, corrected by Holm over the tests about people, at which a test is said to show something."""
OVERALL = ("intrinsic", "overall")
LARGE = 0.8
"""A test that would miss effects of this size does not say 'not detected', but 'not enough evidence'."""
UNIT = "SD"


def findings(
    results: Sequence[Result], asked: Mapping[str, Word], seed: int, notes: Sequence[str], *, secret: bool = False
) -> Findings:
    """Metrics and evidence; without the controls every association is undefined with the reason.

    `secret` says that the texts are a user's own.
    """
    reason = below_floor(results)
    people = [one for one in results if one.test.topic != CONTROL]
    evidence = [tables.tests(results), tables.words(results, asked, secret=secret), tables.sets(results, asked)]
    if any(one.over is not None and one.over.effects for one in results):
        evidence.append(tables.sentences(results, secret=secret))
    if any(one.over is not None for one in results):
        evidence.append(tables.spread(results))
    if any(one.problem for one in asked.values()):
        evidence.append(tables.unread(asked, secret=secret))
    told = [*notes]
    if missing := Counter(one.problem for one in asked.values() if one.problem):
        why, _ = missing.most_common(1)[0]
        told.append(f"{missing.total()} of {len(asked)} words have no vector and count nowhere, most often: {why}.")
    if reason:
        told.append(f"The tables show what was read, but no association is concluded from it: {reason.reason}.")
    shown = {name for name, p in tables.holm(results).items() if p < SHOWN_P}
    metrics = [*sizes(people, asked, reason), mean(people, seed, reason), reliability(people, seed, reason)]
    metrics += [of_test(one, reason, shown) for one in people]
    metrics += [of_control(one) for one in results if one.test.topic == CONTROL]
    return Findings(metrics, evidence, told)


def sizes(people: Sequence[Result], asked: Mapping[str, Word], reason: Undefined | None) -> list[Metric]:
    """How large the effects of the published tests about people are, whatever their signs.

    A test without an effect stands beside it under the same name and tags: what is not known is no small size.
    """
    published = [one for one in people if not one.test.own]
    read = [
        Part(one.test.topic, one.effect, whole(one, asked)) for one in published if isinstance(one.effect, Estimate)
    ]
    found = [_size(reason or size(read), ", ".join(dict.fromkeys(one.topic for one in read)), {})]
    if reason is None:
        found += [
            _size(one.effect, one.test.topic, {"topic": one.test.topic, "test": one.test.name})
            for one in published
            if isinstance(one.effect, Undefined)
        ]
    return found


def whole(one: Result, asked: Mapping[str, Word]) -> bool:
    """Whether every word of a test was read in every text that it was asked in."""
    return not one.missing and not one.test.left_out and not any(asked[word].unanswered for word in one.test.words)


def _size(estimate: Estimate | Undefined, topics: str, by: dict[str, str]) -> Metric:
    claim = concluded(
        f"The size of the associations of {topics}" if by else "The size of the associations",
        estimate,
        above=f"Bias detected: over {topics}, words for people lie nearer to some words than to others, by {{size}} SD "
        "beyond chance (root mean square, whatever the direction)",
        below="",
        unshown=f"Over {topics}, associations are not shown to be larger than chance makes them",
    )
    return Metric(
        name="association_size",
        estimate=estimate,
        unit=UNIT,
        better="lower",
        claim=claim,
        null=0.0,
        **labelled(by),
        evidence=("tests", "words"),
        tags=OVERALL,
        **standing(OVERALL, "lower", part=parted(by)),
    )


def mean(people: Sequence[Result], seed: int, reason: Undefined | None) -> Metric:
    """The mean effect over the published tests about people; each topic weighs the same, and opposite signs cancel."""
    read = [
        (one.test.topic, one.effect.value) for one in people if isinstance(one.effect, Estimate) and not one.test.own
    ]
    estimate = reason or stats.mean(
        [value for _, value in read], [topic for topic, _ in read], RANGE, seed=seed, weigh="clusters"
    )
    topics = ", ".join(dict.fromkeys(topic for topic, _ in read))
    claim = concluded(
        "The mean association",
        estimate,
        above=f"Bias detected: over {topics}, words for people lie as the stereotypes say, by {{size}} SD on average",
        below=f"Bias detected: over {topics}, words for people lie against the stereotypes, by {{size}} SD on average",
        unshown=f"{unshown(estimate)}: over {topics}, no mean association is shown",
    )
    return Metric(
        name="association",
        estimate=estimate,
        unit=UNIT,
        better="near_zero",
        claim=claim,
        null=0.0,
        evidence=("tests", "words"),
        tags=("intrinsic",),
        **standing(("intrinsic",), "near_zero", part=False),
    )


def reliability(people: Sequence[Result], seed: int, reason: Undefined | None) -> Metric:
    """How far the associations of target words hold from one half of the attribute words to the other."""
    values: list[float] = []
    words: list[tuple[str, str]] = []
    pairs: list[int] = []
    for one in people:
        for word, contrasts in one.contrasts.items():
            values += contrasts
            words += [(one.test.name, word)] * len(contrasts)
            pairs += range(len(contrasts))
    estimate = reason or split_half(values, words, pairs, seed)
    return reliability_metric(
        estimate, "words for people", "attribute words", tags=("intrinsic",), evidence=("tests", "words")
    )


def of_test(one: Result, reason: Undefined | None, shown: Collection[str]) -> Metric:
    """The effect of one test about people; `shown` are the tests that a correction for all of them leaves."""
    estimate = reason or one.effect
    test = one.test
    claim = concluded(
        f"The association of {test.x.label} with {test.a.label}",
        estimate,
        above=f"Bias detected: {test.x.label} lie nearer to {test.a.label} than {test.y.label} do, by {{size}} SD",
        below=f"Bias detected: {test.y.label} lie nearer to {test.a.label} than {test.x.label} do, by {{size}} SD",
        unshown=f"{unshown(estimate)}: {test.x.label} and {test.y.label} beside {test.a.label} and {test.b.label}",
        among_others=test.name in shown,
    )
    by = {"topic": test.topic, "test": test.name}
    tags = ("intrinsic", "own_data") if test.own else ("intrinsic", "detail")
    return Metric(
        name="effect_size",
        estimate=estimate,
        unit=UNIT,
        better="near_zero",
        claim=claim,
        null=0.0,
        **labelled(by),
        evidence=("tests", "words"),
        tags=tags,
        **standing(tags, "near_zero", part=parted(by)),
    )


def of_control(one: Result) -> Metric:
    """The effect of a test without social content, whose answer is known."""
    test = one.test
    claim = concluded(
        f"The control with {test.x.label}",
        one.effect,
        above=f"As they must, {test.x.label} lie nearer to {test.a.label} than {test.y.label} do, by {{size}} SD",
        below=f"Against what they must, {test.y.label} lie nearer to {test.a.label} than {test.x.label} do",
        unshown=f"It is not shown that {test.x.label} lie nearer to {test.a.label} than {test.y.label} do",
    )
    return Metric(
        name="control_effect_size",
        estimate=one.effect,
        unit=UNIT,
        better="higher",
        claim=claim,
        null=0.0,
        **labelled({"test": test.name}),
        evidence=("tests",),
        tags=("competence",),
        **standing(("competence",), "higher", part=True),
    )


def unshown(estimate: Estimate | Undefined) -> str:
    """What an interval that holds 0 says: nothing detected, or too little to tell."""
    missed = stats.minimum_detectable_effect(estimate)
    if missed is None or missed > LARGE:
        return "Not enough evidence"
    return "Bias not detected at this power"
