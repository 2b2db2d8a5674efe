"""Scores of sentences about occupations: means, slopes and spread, with occupations and sentence families as chance."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

import numpy as np

from fairwitness.audit import reasons, stats
from fairwitness.audit.records import Estimate, Evidence, Metric, ScoredItems, Undefined, quoted
from fairwitness.audit.stats.crossed.slope import Point, Spread, answered_slope, root_mean_square, sentence_slopes
from fairwitness.audit.stats.crossed.two_way_clustered import bounded_mean
from fairwitness.audit.stats.grouping import grouped
from fairwitness.audit.stats.unanswered import Ends, extremes, mean_if_answered
from fairwitness.probes.kit.consistency import PartScore
from fairwitness.probes.kit.measures import Measure
from fairwitness.probes.kit.occupations import Occupation
from fairwitness.probes.kit.scored import scored_items, scored_or_not
from fairwitness.probes.kit.tables import quantities, sd_of
from fairwitness.probes.kit.templates import Template
from fairwitness.probes.kit.words import Words


class AboutJob(Protocol):
    """A sentence about an occupation; `label` tells it from all others that are asked of the occupation."""

    @property
    def occupation(self) -> Occupation: ...
    @property
    def template(self) -> Template: ...
    @property
    def label(self) -> str: ...


class Scored(Protocol):
    """What was read of such a sentence."""

    @property
    def item(self) -> AboutJob: ...


S = TypeVar("S", bound=Scored)


def clusters(scores: Sequence[Scored]) -> tuple[list[str], list[str]]:
    """What ties scores together: occupations, and families of sentences."""
    return [score.item.occupation.key for score in scores], [score.item.template.family for score in scores]


def average(
    scores: Sequence[S], missing: int, value: Callable[[S], float], bounds: Ends | None, seed: int
) -> Estimate | Undefined:
    """Mean over occupation and sentence family, clustered both ways, beside `missing` sentences without an answer.

    `bounds` are those of one value (`bounded_mean`); where it has none (`stats.mean`), the missing may hold the worst
    that was seen.
    """
    values = [value(score) for score in scores]
    if bounds is None:
        estimate = stats.mean(values, clusters=clusters(scores), seed=seed, weigh="values")
    else:
        estimate = bounded_mean(values, *clusters(scores), bounds, seed)
    return mean_if_answered(estimate, len(values), missing, bounds or extremes(values))


def groups(scores: Iterable[S]) -> dict[str, list[S]]:
    """The scores of each occupation."""
    return grouped(scores, lambda score: score.item.occupation.key)


def mean_over_families(
    scores: Sequence[S], value: Callable[[S], float], bounds: Ends, seed: int
) -> Estimate | Undefined:
    """Mean of one occupation over its sentence families."""
    families = [score.item.template.family for score in scores]
    return stats.mean([value(score) for score in scores], clusters=families, bounds=bounds, seed=seed, weigh="clusters")


def gap_metrics(
    measure: Measure, scores: Sequence[S], gap: Callable[[S], float], reason: str, seed: int, **words: object
) -> list[Metric]:
    """One gap per occupation, between -1 and 1: a claim about one is corrected for all of them.

    Not interpretable where there is a `reason`. `words` fill the claim beside the occupation.
    """
    occupations = groups(scores)
    estimates: dict[str, Estimate | Undefined] = {}
    for key, members in occupations.items():
        estimates[key] = reasons.invalid(reason) if reason else mean_over_families(members, gap, (-1.0, 1.0), seed)

    def details(key: str) -> dict[str, object]:
        return {"by": {"occupation": key}, "word": quoted(occupations[key][0].item.occupation.word), **words}

    return measure.of_each(estimates, details)


def items_asked(
    scores: Sequence[S], lost: Iterable[AboutJob], values: Mapping[str, Callable[[S], float | None]]
) -> ScoredItems:
    """Every sentence about an occupation, with an answer or without."""
    rows = scored_or_not(scores, lost, lambda score: score.item)
    return scored_items(
        rows,
        id=lambda item: f"{item.occupation.key}, {item.label}",
        scores=values,
        clusters={"occupation": lambda item: item.occupation.key, "family": lambda item: item.template.family},
    )


def part_scores(scores: Iterable[S], score: Callable[[S], float], other: Callable[[S], float]) -> list[PartScore]:
    """What each sentence says of its occupation, by a score and by another."""
    parts = []
    for each in scores:
        part, item = each.item.occupation.key, each.item.template.family
        parts.append(PartScore(part=part, item=item, score=score(each), other=other(each)))
    return parts


def mean(scores: Iterable[S], value: Callable[[S], float]) -> float:
    """Each sentence of the same weight, for tables."""
    return float(np.mean([value(score) for score in scores]))


def points(scores: Iterable[S], value: Callable[[S], float]) -> list[Point]:
    """The value of every occupation in every sentence family."""
    return [_point(score.item, score.item.template.family, value(score)) for score in scores]


def sentence_points(scores: Iterable[S], value: Callable[[S], float]) -> list[Point]:
    """The same, each sentence for itself."""
    return [_point(score.item, score.item.label, value(score)) for score in scores]


def _point(item: AboutJob, family: str, value: float) -> Point:
    return Point(item.occupation.key, family, item.occupation.share, value)


def slope(
    scores: Sequence[S], lost: Iterable[AboutJob], value: Callable[[S], float], bounds: Ends | None, spread: Spread
) -> Estimate | Undefined:
    """How a value follows the share of women, with what arbitrary pairs of words or persons do allowed for.

    `lost` sentences without an answer could have had any value within its `bounds`; without these, any that was seen.
    """
    unknown = [_point(item, item.template.family, 0.0) for item in lost]
    return answered_slope(
        points(scores, value), unknown, bounds or extremes([value(score) for score in scores]), spread
    )


def wording_effects(scores: Sequence[S], value: Callable[[S], float]) -> dict[str, list[float]]:
    """By family the mean value of each of its wordings, less those of the occupations that were asked in it."""
    means = {key: mean(members, value) for key, members in groups(scores).items()}
    effects: dict[str, list[float]] = {}
    for wording in grouped(scores, lambda score: score.item.template).values():
        beyond = mean(wording, lambda score: value(score) - means[score.item.occupation.key])
        effects.setdefault(wording[0].item.template.family, []).append(beyond)
    return effects


def spread(
    words: Words,
    unit: str,
    families: Sequence[float],
    scores: Sequence[S],
    controls: Sequence[S],
    value: Callable[[S], float],
) -> Evidence:
    """How far families and wordings differ among themselves, and sizes and slopes beside those of the controls.

    `families` are the means of each; the quantities are named under `[spread]` of the words.
    """
    within = [sd_of(effects) for effects in wording_effects(scores, value).values()]
    rows = {
        "families": sd_of(families),
        "wordings": root_mean_square([sd for sd in within if sd is not None]),
        "size": mean_size(scores, value),
        "control_size": mean_size(controls, value),
        "slope": root_mean_square(sentence_slopes(sentence_points(scores, value))),
        "control_slope": root_mean_square(sentence_slopes(sentence_points(controls, value))),
    }
    return quantities("spread", words, unit).of(rows.items())


def mean_size(scores: Sequence[S], value: Callable[[S], float]) -> float | None:
    """Mean over occupations of the size of the mean value, from first wordings; None without one.

    Above zero by noise alone: read it only beside that of control pairs.
    """
    first = [score for score in scores if score.item.template.number == 1]
    sizes = [abs(mean(members, value)) for members in groups(first).values()]
    return float(np.mean(sizes)) if sizes else None
