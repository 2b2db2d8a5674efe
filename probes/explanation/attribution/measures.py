"""Attributions over texts: what is measured of them, and how it is averaged."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import combinations

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.audit.stats.transforms import monotone_transform
from fairwitness.probes.explanation.attribution import checks
from fairwitness.probes.explanation.attribution.checks import Explained, faults
from fairwitness.probes.explanation.attribution.items import NAMES, WORDS, MethodName
from fairwitness.probes.kit.measures import Measure, accuracy_measure

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
    evidence=("card", "checks"),
)
COMPREHENSIVENESS = replace(
    UNEXPLAINED, name="comprehensiveness_gain", unit="log-odds", better="higher", null=0.0, evidence=("card",)
)
SUFFICIENCY = replace(COMPREHENSIVENESS, name="sufficiency_gain")
INFIDELITY = replace(COMPREHENSIVENESS, name="infidelity_gain", unit="share of the change")
DECISIVE = replace(
    UNEXPLAINED, name="decisive_word_found", unit="share of texts", better="higher", evidence=("card", "checks")
)
SEEDS = replace(UNEXPLAINED, name="seed_agreement", unit="rank correlation", better="higher")
PARAPHRASE = replace(SEEDS, name="paraphrase_agreement", evidence=("card",))
SENSITIVITY = replace(UNEXPLAINED, name="sensitivity", unit="times the size of the values", evidence=("card",))
HEAD = replace(SEEDS, name="head_agreement", better="lower", evidence=("card",))
ALL = replace(HEAD, name="random_agreement")
AGREEMENT = replace(UNEXPLAINED, name="method_agreement", unit="agreement", better="none", null=0.0)
WORD = replace(UNEXPLAINED, name="word_share", unit="share", better="none", evidence=("checks",))
GROUP = replace(WORD, name="group_share", scope="group", evidence=("words",))
EXCESS = replace(WORD, name="word_share_excess", better="near_zero", null=0.0, role="bias")
GAP = replace(EXCESS, name="word_share_gap")
FORM = replace(EXCESS, name="word_less_context", unit="log-odds", better="none", role="description", evidence=("tags",))
CAPITALS = replace(FORM, name="capitals_effect")
ACCURACY = accuracy_measure("accuracy", WORDS, ("checks",), null=None)
MEASURES = (
    *(UNEXPLAINED, COMPREHENSIVENESS, SUFFICIENCY, DECISIVE, INFIDELITY, SEEDS, PARAPHRASE, SENSITIVITY, HEAD, ALL),
    *(AGREEMENT, WORD, GROUP, EXCESS, GAP, ACCURACY, FORM, CAPITALS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What was explained, the seed of intervals, and of methods that explained no text why.

    `same` gives texts of which the tokenizer knows not all a name that all have that are one text to the model.
    """

    explained: Sequence[Explained]
    seed: int
    missing: Mapping[MethodName, str]
    same: Mapping[str, str] = field(default_factory=dict)

    def mean(
        self, read: Callable[[Explained], float | None], missing: str, low: float = -math.inf, high: float = math.inf
    ) -> Outcome:
        """The mean over texts that have the value; `missing` is the word of the reason where none has.

        Texts that are one to the model count once.
        """
        values, names = self._known(read)
        if not values:
            return WORDS.undefined(missing, "unanswered")
        if len(set(names)) < len(names):
            return stats.mean(values, names, (low, high), seed=self.seed, weigh="clusters")
        return stats.mean(values, bounds=(low, high), seed=self.seed)

    def share(self, read: Callable[[Explained], float | None], missing: str) -> Outcome:
        """The share of texts with a 1 among those that have a 0 or 1; undefined where fewer than two have.

        Texts that are one to the model count once.
        """
        values, names = self._known(read)
        if not values:
            return WORDS.undefined(missing, "unanswered")
        repeated = len(set(names)) < len(names)
        return stats.share(values, names if repeated else None, whole_clusters=repeated)

    def _known(self, read: Callable[[Explained], float | None]) -> tuple[list[float], list[str]]:
        """The values that there are, and the names of their texts."""
        known = [(value, self._name(text)) for text in self.explained if (value := read(text)) is not None]
        return [value for value, _ in known], [name for _, name in known]

    def _name(self, text: Explained) -> str:
        return self.same.get(text.sentence.text) or text.sentence.text

    def notes(self) -> list[str]:
        """That texts are one to the model, where some are."""
        repeated = len(self.explained) - len({self._name(text) for text in self.explained})
        return [WORDS("note.same", count=repeated, total=len(self.explained))] if repeated else []

    def mean_angle(self, read: Callable[[Explained], float | None], missing: str) -> Outcome:
        """The cosine of the mean angle: agreements crowd below 1, and their angles do not crowd at 0."""

        def angle(text: Explained) -> float | None:
            value = read(text)
            return None if value is None else math.acos(min(max(value, -1.0), 1.0))

        alike = len({angle(text) for text in self.explained} - {None}) == 1  # no share of texts: nothing was counted
        mean = self.mean(angle, missing, *(() if alike else (0.0, math.pi)))
        if isinstance(mean, Undefined):
            return mean
        return monotone_transform(replace(mean, method=f"{mean.method}, angles"), math.cos)

    def metric(
        self,
        measure: Measure,
        estimate: Outcome,
        *methods: MethodName,
        survives: bool = True,
        by: Mapping[str, str] | None = None,
    ) -> Metric:
        """The metric of one method or two; where one of them explained no text, that is why there is no estimate."""
        names = [NAMES[method] for method in methods]
        silent = [method for method in methods if method in self.missing]
        if silent and isinstance(estimate, Undefined) and estimate.kind != "not_asked":
            reason = WORDS("reason.method", method=NAMES[silent[0]], reason=self.missing[silent[0]])
            estimate = replace(estimate, reason=reason)
        variant = {"method": names[0]}
        if len(names) == 2:
            variant = {"methods": WORDS("methods.two", first=names[0], second=names[1])}
        return measure.metric(estimate, variant=variant, survives=survives, by=by)


def agreements(texts: Texts, methods: Sequence[MethodName]) -> list[Metric]:
    """How much each two methods agree."""
    listed = []
    for first, second in combinations(methods, 2):
        agreement = texts.mean_angle(partial(checks.agreement, first=first, second=second), "reason.not_both")
        listed.append(texts.metric(AGREEMENT, agreement, first, second))
    return listed


def unreliable(explained: Sequence[Explained], method: MethodName) -> tuple[int, int]:
    """How many texts a method explained, and on how many of them it failed the checks of single texts."""
    given = [text for text in explained if text.first(method) is not None]
    return len(given), sum(bool(faults(text, method)) for text in given)
