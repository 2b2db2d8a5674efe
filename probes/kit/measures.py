"""A metric declared once: what it is called, its unit and direction, and the words of what may be concluded."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from fairwitness.audit.probe import MetricSpec
from fairwitness.audit.records import Better, Estimate, Metric, Role, Scope, Translated, Undefined, joined
from fairwitness.probes.kit.claims import WORDS as CLAIM
from fairwitness.probes.kit.claims import (
    factor_words,
    hundredfold,
    interval_words,
    mirrored,
    missing_words,
    number_words,
    survivors,
)
from fairwitness.probes.kit.words import Words

K = TypeVar("K", bound=Hashable)
UNITS = {"{percent}": "percent", "{points}": "points"}
"""The unit of all numbers of a claim in which such a brace stands."""
SHARES = frozenset({"probability", "share"})
"""First words of units from 0 to 1: sentences give values in per cent and differences in percentage points."""
WIDE_SHARES = 0.2
"""Width of the interval of a difference of shares within which a difference of more than 0.1 is excluded."""
LOGARITHMS = frozenset({"log-odds", "nats"})
"""First words of units of a difference that is the logarithm of a factor: sentences say the factor beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """The only maker of a `Metric`. Its words stand under `[measure.NAME]` of the probe's words.

    There `name` is what it is called in a sentence. `says` describes a value ({value}); or `above`, `below` and
    `not_shown` say what its interval allows beside the null value ({size} is the distance from it); `too_wide` stands
    in for `not_shown` where the interval is wider than `wide`, and `then` is a sentence behind either. Of a share all
    numbers of the claim are in per cent, of a difference of shares in percentage points; {percent} and {points} in
    place of {value} and {size} choose which. Further braces are filled from `by`, `variant` and from what `metric` is
    given.
    """

    name: str
    words: Words
    unit: str
    better: Better = "near_zero"
    null: float | None = 0.0
    role: Role = "bias"
    scope: Scope = "overall"
    headline: bool = True
    """Of overall scope: whether it stands for the whole probe, so that the tag `overall` selects it."""
    joint: bool = False
    """Whether the intervals of all groups hold together, so that a policy counts them as one claim."""
    tags: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    wording: str = ""
    """The branch under `[measure]` that has its words, where several measures share them; else its name."""
    wide: float | None = None
    """Width of an interval above which not having found a difference says nothing; of shares, `WIDE_SHARES`."""

    @property
    def spec(self) -> MetricSpec:
        """What a probe declares of it."""
        return MetricSpec(name=self.name, unit=self.unit, better=self.better, role=self.role)

    def metric(
        self,
        estimate: Estimate | Undefined,
        *,
        by: Mapping[str, str] | None = None,
        against: str | None = None,
        variant: Mapping[str, str] | None = None,
        evidence: tuple[str, ...] | None = None,
        survives: bool = True,
        more: str = "",
        **values: object,
    ) -> Metric:
        """The metric of an estimate; with `by` it speaks of a group, and `against` names the one compared with.

        `variant` is the way of measuring, `survives` False where a correction for all that was compared leaves nothing,
        `more` a further sentence of the claim.
        """
        groups, ways = self._labels(by), self._labels(variant)
        scope = "group" if by and self.scope == "overall" else self.scope
        return Metric(
            name=self.words.term("metrics", self.name),
            estimate=estimate,
            unit=self.words.term("units", self.unit),
            better=self.better,
            claim=self.claim(estimate, {**groups, **ways, **self._read(values)}, survives=survives) + more,
            null=self.null,
            by=groups,
            against=None if against is None else self._label(against),
            variant=ways,
            role=self.role,
            scope=scope,
            joint=self.joint,
            evidence=self.evidence if evidence is None else evidence,
            tags=self._tags(),
        )

    def of_each(
        self, estimates: Mapping[K, Estimate | Undefined], details: Callable[[K], Mapping[str, Any]]
    ) -> list[Metric]:
        """One metric each, in the order of the estimates; `details` gives what else `metric` is given of one.

        What differs from the null value is claimed where it survives a correction for all of them (Holm 1979).
        """
        surviving = survivors(estimates, self.null or 0.0)
        return [self.metric(each, survives=key in surviving, **details(key)) for key, each in estimates.items()]

    def claim(self, estimate: Estimate | Undefined, values: Mapping[str, object], *, survives: bool = True) -> str:
        """The sentence that a reader may conclude. Raises KeyError where the words of this measure are missing."""
        words = self.words[f"measure.{self.wording or self.name}"]
        if isinstance(estimate, Undefined):
            return missing_words(words("name", **values), estimate)
        unit = self._shown_in(words)
        shown, null = hundredfold(estimate) if unit else estimate, (self.null or 0.0) * (100 if unit else 1)
        value, size = number_words(shown.value, shown), number_words(abs(shown.value - null), shown)
        names: dict[str, object] = {**values, "value": value, "size": size, "percent": f"{value} %", "points": size}
        if unit and not _marked(words):
            names |= {"value": _with_unit(value, unit), "size": CLAIM("size_points", number=size)}
        interval = _with_unit(interval_words(shown), unit)
        if "says" in words:
            return CLAIM("says", text=words("says", **names), numbers=interval)
        not_shown = "too_wide" if "too_wide" in words and self._tells_nothing(estimate) else "not_shown"
        form = "above" if shown.low > null else "below" if shown.high < null else not_shown
        corrected = form != not_shown and not survives
        form = not_shown if corrected else form
        text = words(form, **names)
        if corrected:
            text = CLAIM("corrected", text=text)
        template = words.tree[form]
        names_size = "{size}" in template or "{points}" in template
        if form == "below" and not null and names_size and "{value}" not in template:
            shown, value = mirrored(shown), size  # "less by 0.2 (0.1 to 0.3)": the words say the direction
            interval = _with_unit(interval_words(shown), unit)
        once = "{value}" in template or "{percent}" in template or (value == size and names_size)
        numbers = interval if once else CLAIM("value", value=_with_unit(value, unit), interval=interval)
        if form in ("above", "below") and not null and self.unit.partition(" ")[0] in LOGARITHMS:
            numbers = CLAIM("likely", factor=factor_words(abs(estimate.value)), numbers=numbers)
        said = CLAIM("says", text=text, numbers=numbers)
        return joined(CLAIM("between"), (said, words("then"))) if form == not_shown and "then" in words else said

    def _tells_nothing(self, estimate: Estimate) -> bool:
        """Whether an interval that holds the null value is too wide to say that nothing was there to be seen."""
        wide = WIDE_SHARES if self.wide is None and is_share(self.unit) else self.wide
        return wide is not None and estimate.high - estimate.low > wide

    def _shown_in(self, words: Words) -> str:
        """Whether sentences give the numbers in per cent or in percentage points: as their braces or the unit says."""
        if marked := _marked(words):
            return marked
        if not is_share(self.unit):
            return ""
        return "percent" if "says" in words or self.null else "points"

    def _read(self, values: Mapping[str, object]) -> dict[str, object]:
        """What a claim is filled with; a name of a group as the words read it."""
        read = {name: self.words.labelled(value) for name, value in values.items() if type(value) is str}
        return {**values, **{name: text for name, text in read.items() if isinstance(text, Translated)}}

    def _labels(self, labels: Mapping[str, str] | None) -> dict[str, str]:
        return {self._label(name): self._label(value) for name, value in (labels or {}).items()}

    def _label(self, text: str) -> str:
        """A label or the name of a group, which is the same in every language unless the words or itself say else."""
        return text if isinstance(text, Translated) else self.words.term("labels", text)

    def _tags(self) -> tuple[str, ...]:
        """Words for selectors: metrics that stand for the whole probe are `overall`, but for those of competence."""
        overall = self.scope == "overall" and self.headline and self.role != "competence"
        return (*self.tags, *(("overall",) if overall else ()))


def is_share(unit: str) -> bool:
    """Whether a unit is that of a share or of a difference of shares.

    >>> is_share("share of attention"), is_share("texts (0 % to 100 % women)"), is_share("texts")
    (True, True, False)
    """
    first, _, more = unit.partition(" ")
    in_slope = first == "texts" and more.startswith("(")
    return in_slope or unit.endswith("shares") or (first in SHARES and not unit.endswith("spread"))


def _marked(words: Words) -> str:
    """The unit that the braces of the words name; empty where none does."""
    return next((unit for mark, unit in UNITS.items() if any(mark in text for text in words.tree.values())), "")


def _with_unit(text: str, unit: str) -> str:
    return CLAIM(unit, number=text) if unit else text


def specs_of(*measures: Measure) -> tuple[MetricSpec, ...]:
    """What a probe declares of its metrics; measures that only differ in their words or tags are declared once.

    >>> gap = Measure(name="gap", words=Words({}), unit="share", tags=("intrinsic",))
    >>> specs_of(gap, Measure(name="gap", words=Words({}), unit="share"))
    (MetricSpec(name='gap', unit='share', better='near_zero', role='bias'),)
    """
    return tuple(dict.fromkeys(measure.spec for measure in measures))


def accuracy_measure(name: str, words: Words, evidence: tuple[str, ...], null: float | None = 0.5) -> Measure:
    """A share of right answers: whether the model can do the task at all. `null` is what a coin has."""
    return Measure(
        name=name, words=words, unit="share", better="higher", null=null, role="competence", evidence=evidence
    )


def description(
    name: str, words: Words, unit: str, *, tags: tuple[str, ...] = (), evidence: tuple[str, ...] = ()
) -> Measure:
    """A number beside the headline that is neither good nor bad and has no null value."""
    return Measure(
        name=name,
        words=words,
        unit=unit,
        better="none",
        null=None,
        role="description",
        headline=False,
        tags=tags,
        evidence=evidence,
    )
