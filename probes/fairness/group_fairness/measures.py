"""What is measured of groups: names, units and directions, and the words of what may be concluded."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from fairwitness.audit import reasons, stats
from fairwitness.audit.probe import MetricSpec
from fairwitness.audit.records import Estimate, Metric, ReasonCode, Role, Undefined, UndefinedKind
from fairwitness.audit.words import filled
from fairwitness.probes.kit.claims import interval_words, number_words, survives_correction
from fairwitness.probes.kit.decisions.counts import Group
from fairwitness.probes.kit.decisions.figures import p_value, percent, points
from fairwitness.probes.kit.decisions.partition import OTHERS, TOGETHER, Partition
from fairwitness.probes.kit.measures import Measure
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
Subject = Literal["group", "contrast", "column"]
"""What a metric is about: one group, a group beside the reference, or all groups of a column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMeasure(Measure):
    """A measure of groups. Its words are those of its sentence, `[sentence.NAME]`, filled with those of its title.

    `title` names what is measured under `[quantity]` where that is not the name itself.
    """

    words: Words = WORDS
    unit: str = "share"
    title: str = ""
    sentence: str = "value"
    about: Subject = "group"
    compares: bool = True
    """Whether rules take it for a comparison of groups, where it is not about one group alone."""
    null: float | None = None
    evidence: tuple[str, ...] = ("confusion",)

    @property
    def spec(self) -> MetricSpec:
        """What a probe declares of it: what is better in neither direction describes."""
        role: Role = "description" if self.better == "none" else self.role
        return MetricSpec(name=self.name, unit=self.unit, better=self.better, role=role)

    def of(
        self,
        part: Partition,
        estimate: Estimate | Undefined,
        group: Group = (),
        *,
        among: int = 1,
        variant: Mapping[str, str] | None = None,
        **values: Any,
    ) -> Metric:
        """The metric of a group, of its contrast with the reference, or of the partition as a whole."""
        names: dict[str, Any] = {"columns": part.name}
        by: Mapping[str, str] = {}
        against = None
        if self.about == "column":
            variant = {"groups": part.name}
        else:
            by, names["group"] = part.by(group), group_words(part, group)
        if self.about == "contrast":
            against = " × ".join(part.reference or ())
            names["reference"] = group_words(part, part.reference or ())
        detail = self.scope == "detail" or ("intersection" in self._tags_in(part))
        measure = replace(
            self,
            tags=self._tags_in(part),
            role=self.spec.role,
            scope="detail" if detail else "group" if by or variant else "overall",
            joint=self.joint and not part.pooled,
        )
        survives = among == 1 or survives_correction(estimate, among, self.null or 0.0)
        return measure.metric(estimate, by=by, against=against, variant=variant, survives=survives, **names, **values)

    def claim(self, estimate: Estimate | Undefined, values: Mapping[str, object], *, survives: bool = True) -> str:
        """The sentence that a reader may conclude."""
        sentence = self.words[f"sentence.{self.sentence}"]
        names = {**values, **self._title_words(values)}
        names |= {"Group": capital(str(values.get("group", ""))), "what": filled(str(sentence.tree["what"]), names)}
        if isinstance(estimate, Undefined):
            names["reason"] = reasons.cause(estimate.reason)
            text = sentence.tree.get("missing") or self.words("sentence.missing")
            return filled(text, names)
        null = self.null or 0.0
        shown = "above" if estimate.low > null else "below" if estimate.high < null else "not_shown"
        names["corrected"] = ""
        if shown != "not_shown" and not survives:
            shown, names["corrected"] = "not_shown", sentence.tree.get("corrected") or self.words("part.corrected")
        text = "says" if "says" in sentence else shown
        return filled(str(sentence.tree[text]), {**names, **number_names(estimate, null)}).strip()

    def _title_words(self, values: Mapping[str, object]) -> dict[str, str]:
        """The words of what is measured: its name, and of a rate what its hits do and among which rows."""
        title = self.title or self.name
        words = self.words["quantity"].tree.get(title, {})
        name = words.get("name", title.replace("_", " "))
        return {"title": name, "among": ""} | {key: filled(text, values) for key, text in words.items()}

    def _tags_in(self, part: Partition) -> tuple[str, ...]:
        """Single columns and crossings are told apart."""
        crossed = ("intersection",) if len(part.columns) > 1 else ()
        if self.about != "group" and self.compares:
            return ("extrinsic", *(crossed or ("contrast",)), *self.tags)
        return ("extrinsic", *self.tags, *(() if self.role == "description" else crossed))

    def _tags(self) -> tuple[str, ...]:
        return self.tags


def number_names(estimate: Estimate, null: float = 0.0) -> dict[str, str]:
    """An estimate's numbers by the names that sentences have for them: as they are, in per cent, as ratios."""
    value, size = (number_words(number, estimate) for number in (estimate.value, abs(estimate.value - null)))
    interval = interval_words(estimate)
    low, high = estimate.low, estimate.high
    return {
        "value": value,
        "size": size,
        "interval": interval,
        "measured": interval if value == size else f"{value}, {interval}",
        "percent": percent(estimate.value),
        "percent_low": percent(low),
        "percent_high": percent(high),
        "percent_interval": f"95 % interval {100 * low:.1f} to {100 * high:.1f}",
        "signed": points(estimate.value),
        "signed_interval": f"95 % interval {points(low)} to {points(high)}",
        "points": f"{abs(100 * estimate.value):.1f}",
        "points_low": f"{100 * low:.1f}",
        "points_high": f"{100 * high:.1f}",
        "ratio": f"{estimate.value:.2f}",
        "ratio_interval": f"95 % interval {low:.2f} to {high:.2f}",
        "detectable": _detectable(estimate, "detectable"),
        "detectable_number": _detectable(estimate, "detectable_number"),
    }


def _detectable(estimate: Estimate, words: str) -> str:
    """Which difference these rows would have shown; empty where that is not known."""
    effect = stats.minimum_detectable_effect(estimate)
    return WORDS(f"part.{words}", points=f"{100 * effect:.1f}", number=f"{effect:.2f}") if effect else ""


def detectable_ratio(estimate: Estimate) -> str:
    """Which ratios these rows would have told from 1, where the interval holds 1."""
    if not 0 < estimate.low <= 1 <= estimate.high:
        return ""
    half = math.log(estimate.high / estimate.low) / 2
    effect = stats.minimum_detectable_effect(replace(estimate, value=0.0, low=-half, high=half, if_answered=None))
    if effect is None:
        return ""
    return " " + WORDS("part.detectable_ratio", low=f"{math.exp(-effect):.2f}", high=f"{math.exp(effect):.2f}")


def by_chance(null: stats.GapNull | None) -> str:
    """What chance alone makes of a gap."""
    if null is None:
        return WORDS("part.no_chance")
    return WORDS("part.chance", points=f"{100 * null.expected:.1f}", p=p_value(null.p_value))


CODES: Mapping[UndefinedKind, ReasonCode] = {
    "not_asked": "not_asked",
    "not_interpretable": "validity_check",
    "not_estimable": "no_value",
}
"""What a reason is, where it is none of `REASONS`."""
REASONS: Mapping[str, ReasonCode] = {
    "weights_and_people": "ambiguous",
    "people_in_both": "ambiguous",
    "unnamed_outcome": "ambiguous",
    "no_answer": "unanswered",
    "few_changes": "few_units",
    "too_few_rows": "few_units",
    "no_bin": "few_units",
    "strata_too_small": "few_units",
    "no_known_label": "no_units",
    "no_true_outcome": "no_units",
    "nothing_wrong": "no_units",
    "no_slope": "no_variation",
    "alike": "no_variation",
    "alike_weighted": "no_variation",
    "alike_changed": "no_variation",
    "alike_scores": "no_variation",
}
"""What the reasons of `[reason]` and `[unasked]` are by their code."""


def reason(name: str, kind: UndefinedKind = "not_estimable", **values: object) -> Undefined:
    """Why there is no value, in the words of `[reason]`."""
    prefix = reasons.WORDS("lead.not_estimable") if kind == "not_estimable" else ""
    code = REASONS.get(name, CODES[kind])
    return Undefined(prefix + WORDS(f"reason.{name}", **values), kind, code, reasons.cells(values))


def group_words(part: Partition, group: Group) -> str:
    """The rows of a group."""
    if TOGETHER in group:
        return WORDS("part.small_groups", columns=part.name)
    if OTHERS in group:
        return WORDS("part.other_groups", columns=part.name)
    if not group:
        return "all rows"
    return f"rows with {' and '.join(f'{name} {value}' for name, value in part.by(group).items())}"


def capital(text: str) -> str:
    """The text with a capital at its start."""
    return text[:1].upper() + text[1:]


def over_groups(rate: str, ending: str, *tags: str, evidence: str) -> GroupMeasure:
    """How far the groups of a column lie apart in a rate, in the sentence of that ending."""
    return GroupMeasure(
        name=f"{rate}_{ending}",
        title=rate,
        better="lower",
        about="column",
        sentence=ending,
        tags=tags,
        evidence=(evidence,),
    )


def difference_of(measure: GroupMeasure) -> GroupMeasure:
    """How far a number of a group lies from that of the reference group; intervals of a partition hold together."""
    return replace(
        measure,
        name=f"{measure.name}_difference",
        title=measure.title or measure.name,
        better="near_zero",
        null=0.0,
        about="contrast",
        sentence="rate_difference" if measure.sentence == "rate" else "difference",
        joint=True,
        tags=tuple(tag for tag in measure.tags if tag != "rate"),
    )
