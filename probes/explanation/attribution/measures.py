"""Attributions over texts: the checks of each method, their agreement, the share of a word for a person."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations

from fairwitness.audit import reasons, stats
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.audit.stats.transforms import monotone_transform
from fairwitness.probes.explanation.attribution import checks
from fairwitness.probes.explanation.attribution.checks import SAMPLED, Explained, faults
from fairwitness.probes.explanation.attribution.items import NAMES, WORDS, MethodName
from fairwitness.probes.kit.claims import survivors
from fairwitness.probes.kit.measures import Measure

Outcome = Estimate | Undefined
UNEXPLAINED = Measure(
    name="unexplained",
    words=WORDS,
    unit="share of the change",
    better="lower",
    null=None,
    role="description",
    headline=False,
    tags=("attribution",),
    evidence=("checks",),
)
SEEDS = replace(UNEXPLAINED, name="seed_agreement", unit="agreement", better="higher")
REMOVAL = replace(UNEXPLAINED, name="removal_gain", unit="log-odds", better="higher", null=0.0)
AGREEMENT = replace(UNEXPLAINED, name="method_agreement", unit="agreement", better="none", null=0.0)
WORD = replace(UNEXPLAINED, name="word_share", unit="share", better="none")
EXCESS = replace(WORD, name="word_share_excess", better="near_zero", null=0.0, role="bias")
MEASURES = (UNEXPLAINED, SEEDS, REMOVAL, AGREEMENT, WORD, EXCESS)
ALWAYS: dict[MethodName, str] = {"lime": "lime_sum", "shap": "shap_sum", "shap_partition": "shap_sum"}
"""Why what a method leaves unexplained says nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What was explained by how many seeds, the seed of intervals, and of methods that explained no text why."""

    explained: Sequence[Explained]
    seeds: int
    seed: int
    missing: Mapping[MethodName, str]

    def mean(
        self, read: Callable[[Explained], float | None], missing: str, low: float = -math.inf, high: float = math.inf
    ) -> Outcome:
        """The mean over texts that have the value; `missing` is the word of the reason where none has."""
        values = [value for text in self.explained if (value := read(text)) is not None]
        if not values:
            return WORDS.undefined(missing, "unanswered")
        return stats.mean(values, bounds=(low, high), seed=self.seed)

    def mean_angle(self, read: Callable[[Explained], float | None], missing: str) -> Outcome:
        """The cosine of the mean angle: agreements crowd below 1, and their angles do not crowd at 0."""

        def angle(text: Explained) -> float | None:
            value = read(text)
            return None if value is None else math.acos(min(max(value, -1.0), 1.0))

        mean = self.mean(angle, missing, 0.0, math.pi)
        if isinstance(mean, Undefined):
            return mean
        return monotone_transform(replace(mean, method=f"{mean.method}, angles"), math.cos)

    def metric(self, measure: Measure, estimate: Outcome, *methods: MethodName, survives: bool = True) -> Metric:
        """The metric of one method or two; where one of them explained no text, that is why there is no estimate."""
        names = [NAMES[method] for method in methods]
        silent = [method for method in methods if method in self.missing]
        if silent and isinstance(estimate, Undefined) and estimate.kind != "not_asked":
            reason = WORDS("reason.method", method=NAMES[silent[0]], reason=self.missing[silent[0]])
            estimate = replace(estimate, reason=reason)
        variant = {"method": names[0]}
        if len(names) == 2:
            variant = {"methods": WORDS("methods.two", first=names[0], second=names[1])}
        return measure.metric(estimate, variant=variant, survives=survives)


def metrics(texts: Texts, methods: Sequence[MethodName]) -> list[Metric]:
    """The checks of each method, their agreement, and the share of the word for a person."""
    listed: list[Metric] = []
    for method in methods:
        listed.append(texts.metric(UNEXPLAINED, _unexplained(texts, method), method))
        listed.append(texts.metric(SEEDS, _seed_agreement(texts, method), method))
    gains = {name: texts.mean(partial(checks.removal_gain, method=name), "reason.no_removal") for name in methods}
    shown = survivors(gains)
    listed += [texts.metric(REMOVAL, gain, method, survives=method in shown) for method, gain in gains.items()]
    for first, second in combinations(methods, 2):
        agreement = texts.mean_angle(partial(checks.agreement, first=first, second=second), "reason.not_both")
        listed.append(texts.metric(AGREEMENT, agreement, first, second))
    listed += [texts.metric(WORD, _word_share(texts, method), method) for method in methods]
    return [*listed, texts.metric(EXCESS, _word_excess(texts, methods[0]), methods[0])]


def _unexplained(texts: Texts, method: MethodName) -> Outcome:
    if method in ALWAYS:
        return reasons.unasked(WORDS(f"reason.{ALWAYS[method]}"))
    return texts.mean(lambda text: checks.unexplained(text, method), "reason.no_answer", low=0.0)


def _seed_agreement(texts: Texts, method: MethodName) -> Outcome:
    if method not in SAMPLED:
        return WORDS.undefined("reason.no_randomness", "not_asked", "not_asked")
    if texts.seeds < 2:
        return WORDS.undefined("reason.one_seed", "not_asked", "not_asked")
    return texts.mean_angle(lambda text: checks.seed_agreement(text, method), "reason.no_seeds")


def _reliable(texts: Texts, method: MethodName) -> Texts:
    return replace(texts, explained=[text for text in texts.explained if not faults(text, method)])


def _word_share(texts: Texts, method: MethodName) -> Outcome:
    count, bad = unreliable(texts.explained, method)
    if bad > count / 2:
        return WORDS.undefined("reason.faults", "validity_check", "not_interpretable", bad=bad, count=count)
    reliable = _reliable(texts, method)
    return reliable.mean(lambda text: checks.word_share(text, method), "reason.no_word", 0.0, 1.0)


def _word_excess(texts: Texts, method: MethodName) -> Outcome:
    reliable = _reliable(texts, method)
    return reliable.mean(lambda text: checks.word_excess(text, method), "reason.no_neutral", -1.0, 1.0)


def unreliable(explained: Sequence[Explained], method: MethodName) -> tuple[int, int]:
    """How many texts a method explained, and on how many of them it failed its own checks."""
    given = [text for text in explained if text.first(method) is not None]
    return len(given), sum(bool(faults(text, method)) for text in given)
