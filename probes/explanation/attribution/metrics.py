"""Attributions over texts: the checks of each method, their agreement, the share of a word for a person."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Better, Estimate, Interval, Metric, Undefined
from fairwitness.probes.explanation.attribution.checks import (
    NAMES,
    SAMPLED,
    Explained,
    MethodName,
    agreement,
    faults,
    removal_gain,
    seed_agreement,
    unexplained,
    word_excess,
    word_share,
)
from fairwitness.probes.kit.claims import concluded, holding, stated
from fairwitness.probes.kit.standing import labelled, parted, standing

ALWAYS: dict[str, str] = {
    "lime": "LIME's values need not add up",
    "shap": "SHAP values add up whatever the model: that is no check of them",
    "shap_partition": "SHAP values add up whatever the model: that is no check of them",
}
"""Why what a method leaves unexplained says nothing of it."""


def metrics(
    explained: Sequence[Explained],
    methods: Sequence[MethodName],
    seeds: int,
    seed: int,
    gone: Mapping[MethodName, str] | None = None,
) -> list[Metric]:
    """All metrics over texts: the checks of each method, their agreement, and the share of the word for a person.

    `gone` says of methods that explained no text why.
    """
    found: list[Metric] = []
    for method in methods:
        found += [_adds_up(explained, method, seed), _stable(explained, method, seeds, seed)]
    found += _removals(explained, methods, seed)
    found += [_agree(explained, a, b, seed) for a, b in combinations(methods, 2)]
    found += [_word_share(explained, method, seed) for method in methods]
    found.append(_word_excess(explained, methods[0], seed))
    return [_explained_why(metric, gone or {}) for metric in found]


def _explained_why(metric: Metric, gone: Mapping[MethodName, str]) -> Metric:
    """The metric with the reason of its method where it has no estimate for want of it."""
    if not isinstance(metric.estimate, Undefined) or metric.estimate.kind == "not_asked":
        return metric
    named = next(iter(metric.variant.values())).split(" and ")
    for method, reason in gone.items():
        if NAMES[method] in named:
            none = replace(metric.estimate, reason=f"{NAMES[method]} explained no text: {reason}")
            claim = metric.claim.replace(metric.estimate.reason.rstrip("."), none.reason.rstrip("."))
            return replace(metric, estimate=none, claim=claim)
    return metric


def _over_texts(
    explained: Sequence[Explained],
    of: Callable[[Explained], float | None],
    bounds: tuple[float, float],
    seed: int,
    nothing: str,
) -> Estimate | Undefined:
    values = [value for one in explained if (value := of(one)) is not None]
    return stats.mean(values, bounds=bounds, seed=seed) if values else Undefined(nothing)


def _alike(
    explained: Sequence[Explained], of: Callable[[Explained], float | None], seed: int, nothing: str
) -> Estimate | Undefined:
    """The cosine of the mean angle: agreements crowd below 1, and their angles do not crowd at 0."""
    angles = [math.acos(min(max(value, -1.0), 1.0)) for one in explained if (value := of(one)) is not None]
    if not angles:
        return Undefined(nothing)
    found = stats.mean(angles, bounds=(0.0, math.pi), seed=seed)
    if isinstance(found, Undefined):
        return found
    low, high = math.cos(found.high), math.cos(found.low)
    wider = tuple(Interval(one.level, math.cos(one.high), math.cos(one.low)) for one in found.wider)
    method = f"{found.method}, angles"
    return replace(found, value=math.cos(found.value), low=low, high=high, method=method, wider=wider)


def _metric(
    name: str,
    estimate: Estimate | Undefined,
    unit: str,
    better: Better,
    claim: str,
    by: dict[str, str],
    null: float | None = None,
) -> Metric:
    return Metric(
        name=name,
        estimate=estimate,
        unit=unit,
        better=better,
        claim=claim,
        null=null,
        **labelled(by),
        evidence=("checks",),
        tags=("attribution",),
        **standing(("attribution",), better, part=parted(by)),
    )


def _adds_up(explained: Sequence[Explained], method: MethodName, seed: int) -> Metric:
    estimate: Estimate | Undefined
    if method in ALWAYS:
        estimate = Undefined(ALWAYS[method], "not_asked")
    else:
        nothing = "the method gave no answer"
        estimate = _over_texts(explained, partial(unexplained, method=method), (0.0, np.inf), seed, nothing)
    name = NAMES[method]
    claim = stated(
        f"What {name} leaves unexplained",
        estimate,
        f"The {name} values leave {{value}} of the answer's change unexplained",
    )
    return _metric("unexplained", estimate, "share of the change", "lower", claim, {"method": NAMES[method]})


def _stable(explained: Sequence[Explained], method: MethodName, seeds: int, seed: int) -> Metric:
    if method not in SAMPLED:
        estimate: Estimate | Undefined = Undefined("no randomness: every seed gives the same values", "not_asked")
    elif seeds < 2:
        estimate = Undefined("one seed only: ask for two to compare them", "not_asked")
    else:
        nothing = "no text has two seeds with different values"
        estimate = _alike(explained, partial(seed_agreement, method=method), seed, nothing)
    claim = stated(
        f"The agreement of two seeds of {NAMES[method]}",
        estimate,
        f"Two seeds of {NAMES[method]} agree on the values to {{value}}, where 1 is the same and 0 nothing in common",
    )
    return _metric("seed_agreement", estimate, "agreement", "higher", claim, {"method": NAMES[method]})


def _removals(explained: Sequence[Explained], methods: Sequence[MethodName], seed: int) -> list[Metric]:
    """The removal gain of each method; its claim is corrected for all of them."""
    unbounded = (-np.inf, np.inf)
    nothing = "no text with two words could be checked"
    gains: dict[MethodName, Estimate | Undefined] = {}
    for method in methods:
        gains[method] = _over_texts(explained, partial(removal_gain, method=method), unbounded, seed, nothing)
    shown = holding(gains)
    return [_removal(method, estimate, method in shown) for method, estimate in gains.items()]


def _removal(method: MethodName, estimate: Estimate | Undefined, among_others: bool) -> Metric:
    order = f"when words are hidden in the order of {NAMES[method]}"
    claim = concluded(
        f"The removal gain of {NAMES[method]}",
        estimate,
        above=f"The answer falls sooner {order} than at random, by {{size}} log-odds",
        below=f"The answer falls later {order} than at random, by {{size}} log-odds",
        unshown=f"The answer is not shown to fall sooner {order} than at random",
        among_others=among_others,
    )
    return _metric("removal_gain", estimate, "log-odds", "higher", claim, {"method": NAMES[method]}, null=0.0)


def _agree(explained: Sequence[Explained], first: MethodName, second: MethodName, seed: int) -> Metric:
    nothing = "no text was explained by both"
    estimate = _alike(explained, lambda one: agreement(one, first, second), seed, nothing)
    named = f"{NAMES[first]} and {NAMES[second]}"
    claim = stated(
        f"The agreement of {named}",
        estimate,
        f"{named} agree on the words of a text to {{value}}, where 1 is the same proportions and 0 nothing in common",
    )
    return _metric("method_agreement", estimate, "agreement", "none", claim, {"methods": named}, null=0.0)


def _word_share(explained: Sequence[Explained], method: MethodName, seed: int) -> Metric:
    given = [one for one in explained if one.first(method) is not None]
    sound = [one for one in given if not faults(one, method)]
    estimate: Estimate | Undefined
    if given and 2 * len(sound) < len(given):
        why = f"the method failed its own checks on {len(given) - len(sound)} of {len(given)} texts"
        estimate = Undefined(why, "not_interpretable")
    else:
        estimate = _over_texts(
            sound, lambda one: word_share(one, method), (0.0, 1.0), seed, "no text has a word for a person"
        )
    claim = stated(
        f"The share of {NAMES[method]} on the word for a person",
        estimate,
        f"{{value}} of all {NAMES[method]} values, without their signs, lies on the word for a person",
    )
    return _metric("word_share", estimate, "share", "none", claim, {"method": NAMES[method]})


def _word_excess(explained: Sequence[Explained], method: MethodName, seed: int) -> Metric:
    sound = [one for one in explained if not faults(one, method)]
    nothing = "no text was explained with a neutral word in place of the word for a person"
    estimate = _over_texts(sound, lambda one: word_excess(one, method), (-1.0, 1.0), seed, nothing)
    claim = concluded(
        f"The excess share of {NAMES[method]} on the word for a person",
        estimate,
        above=f"By {NAMES[method]} the word for a person carries {{size}} more than a neutral word there",
        below=f"By {NAMES[method]} the word for a person carries {{size}} less than a neutral word there",
        unshown=f"By {NAMES[method]} the word for a person is not shown to carry more or less than a neutral word",
    )
    return _metric("word_share_excess", estimate, "share", "near_zero", claim, {"method": NAMES[method]}, null=0.0)
