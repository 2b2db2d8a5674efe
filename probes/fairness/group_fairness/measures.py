"""What is measured of groups: names, units and directions, and the words of what may be concluded."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from fairwitness.audit import reasons, stats
from fairwitness.audit.metrics import DEFINITIONS
from fairwitness.audit.probe import MetricSpec
from fairwitness.audit.records import Estimate, Metric, Name, Role, Undefined, each
from fairwitness.probes.kit.claims import interval_words, number_words, survives_correction
from fairwitness.probes.kit.decisions.counts import Group
from fairwitness.probes.kit.decisions.figures import BETWEEN, p_value, percent, points
from fairwitness.probes.kit.decisions.naming import capital
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
        naming = part.naming
        names: dict[str, Any] = {"columns": Name(part.name), "rows": naming.rows}
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
        names = {"outcome": "", **values, **self._title_words(values), "corrected": ""}
        group = values.get("group", "")
        names["Group"] = capital(group) if isinstance(group, str) else ""
        names["what"] = sentence("what", **names)
        if isinstance(estimate, Undefined):
            names["reason"] = reasons.cause(estimate.reason)
            return sentence("missing", **names) if "missing" in sentence else self.words("sentence.missing", **names)
        null = self.null or 0.0
        shown = "above" if estimate.low > null else "below" if estimate.high < null else "not_shown"
        if shown != "not_shown" and not survives:
            shown = "not_shown"
            names["corrected"] = sentence("corrected") if "corrected" in sentence else self.words("part.corrected")
        numbers = number_names(estimate, null, share=self.unit == "share", signed=self.about == "contrast")
        names |= numbers | _detectable(estimate, values.get("rows", ""))
        return each(sentence("says" if "says" in sentence else shown, **names), str.strip)

    def _title_words(self, values: Mapping[str, object]) -> dict[str, str]:
        """The words of what is measured: its name, and of a rate what its hits do and among which rows."""
        title = self.title or self.name
        words = {"among": "", "title": title_of(title)}
        if title in self.words["quantity"]:
            quantity = self.words[f"quantity.{title}"]
            words |= {key: quantity(key, **values) for key in quantity.tree}
        return words

    def _tags_in(self, part: Partition) -> tuple[str, ...]:
        """Single columns and crossings are told apart."""
        crossed = ("intersection",) if len(part.columns) > 1 else ()
        if self.about != "group" and self.compares:
            return ("extrinsic", *(crossed or ("contrast",)), *self.tags)
        return ("extrinsic", *self.tags, *(() if self.role == "description" else crossed))

    def _tags(self) -> tuple[str, ...]:
        return self.tags


def title_of(name: str) -> str:
    """The name of a metric in words: of what it compares, and how.

    >>> title_of("selection_rate_gap"), title_of("theil")
    ('selection rate gap', 'Theil index of benefits')
    """
    if name in WORDS["quantity"]:
        return WORDS(f"quantity.{name}.name")
    for ending in WORDS["ending"].tree:
        quantity = name.removesuffix(f"_{ending}")
        if quantity != name:
            return WORDS(f"ending.{ending}", title=title_of(quantity))
    return name.replace("_", " ")


def number_names(estimate: Estimate, null: float = 0.0, *, share: bool = True, signed: bool = False) -> dict[str, str]:
    """An estimate's numbers by the names that sentences have for them; of a share in per cent and percentage points.

    `signed` says that it is a difference. The interval of a size is that of the distance from `null` in the direction
    of the estimate.
    """
    low, high = estimate.low, estimate.high
    sides = (low - null, high - null) if estimate.value >= null else (null - high, null - low)
    number, size = (number_words(each_number, estimate) for each_number in (estimate.value, abs(estimate.value - null)))
    numbers = {
        "percent": percent(estimate.value),
        "percent_interval": _interval("percent", 100 * low, 100 * high),
        "signed": points(estimate.value),
        "signed_interval": WORDS("part.interval_points", low=points(low), high=points(high)),
        "points": _tenths(100 * abs(estimate.value)),
        "points_interval": _interval("points", 100 * low, 100 * high),
        "points_low": _tenths(100 * low),
        "points_high": _tenths(100 * high),
        "ratio": ratio_words(estimate.value),
        "ratio_interval": WORDS("part.interval", low=ratio_words(low), high=ratio_words(high)),
        "number": number,
        "number_interval": interval_words(estimate),
        "size_number": size,
        "size_number_interval": WORDS(
            "part.interval", low=number_words(sides[0], estimate), high=number_words(sides[1], estimate)
        ),
    }
    if not share:
        shown = {"value": number, "interval": numbers["number_interval"], "size": size}
        return numbers | shown | {"size_interval": numbers["size_number_interval"]}
    value = WORDS("part.points", number=numbers["signed"]) if signed else numbers["percent"]
    return numbers | {
        "value": value,
        "interval": numbers["signed_interval" if signed else "percent_interval"],
        "size": WORDS("part.size_points", number=_tenths(100 * abs(estimate.value - null))),
        "size_interval": _interval("points", *(100 * side for side in sides)),
    }


def _interval(unit: str, low: float, high: float) -> str:
    return WORDS(f"part.interval_{unit}", low=_tenths(low), high=_tenths(high))


def _tenths(number: float) -> str:
    """A number with one decimal, with more where it would read as 0 and is not, and no sign where it is 0.

    >>> _tenths(3.14), _tenths(-0.0), _tenths(0.0213), _tenths(1e-9)
    ('3.1', '0.0', '0.02', '0.0')
    """
    for digits in (1, 2, 3):
        text = f"{number:.{digits}f}".replace("-", "−")
        if text.strip("−0."):
            return text
    return "0.0"


def ratio_words(ratio: float) -> str:
    """A ratio with two decimals, and with more where they alone tell it from 1 or from 0.

    >>> ratio_words(0.631), ratio_words(0.9981), ratio_words(1.0)
    ('0.63', '0.998', '1.00')
    """
    for digits in (2, 3, 4):
        text = f"{ratio:.{digits}f}"
        if float(text) not in (0.0, 1.0) or ratio in (0.0, 1.0):
            return text
    return f"{ratio:.2f}"


def _detectable(estimate: Estimate, rows: object) -> dict[str, str]:
    """Which difference these rows would have shown; empty where that is not known."""
    effect = stats.minimum_detectable_effect(estimate)
    if not effect:
        return {"detectable": "", "detectable_number": ""}
    names = {"points": _tenths(100 * effect), "number": f"{effect:.2f}", "rows": rows}
    return {name: WORDS(f"part.{name}", **names) for name in ("detectable", "detectable_number")}


def detectable_ratio(estimate: Estimate, rows: str) -> str:
    """Which ratios these rows would have told from 1, where the interval holds 1."""
    if not 0 < estimate.low <= 1 <= estimate.high:
        return ""
    half = math.log(estimate.high / estimate.low) / 2
    effect = stats.minimum_detectable_effect(replace(estimate, value=0.0, low=-half, high=half, if_answered=None))
    if effect is None:
        return ""
    names = {"low": ratio_words(math.exp(-effect)), "high": ratio_words(math.exp(effect)), "rows": rows}
    return BETWEEN + WORDS("part.detectable_ratio", **names)


def by_chance(null: stats.GapNull | None) -> str:
    """What chance alone makes of a gap."""
    if null is None:
        return WORDS("part.no_chance")
    return WORDS("part.chance", points=_tenths(100 * null.expected), p=p_value(null.p_value))


def group_words(part: Partition, group: Group) -> str:
    """The rows of a group."""
    names = {"rows": part.naming.rows, "columns": Name(part.name)}
    if TOGETHER in group:
        return WORDS("part.small_groups", **names)
    if OTHERS in group:
        return WORDS("part.other_groups", **names)
    return part.naming.group(part.by(group)) if group else part.naming.every


def defined(name: str, **details: Any) -> GroupMeasure:
    """The measure of a metric of `fairwitness.audit.metrics`: its unit and direction, where `details` say no other."""
    definition = DEFINITIONS[name]
    return replace(GroupMeasure(name=name, unit=definition.unit, better=definition.better), **details)


def over_groups(rate: str, ending: str, *tags: str, evidence: tuple[str, ...]) -> GroupMeasure:
    """How far the groups of a column lie apart in a rate, in the sentence of that ending."""
    return GroupMeasure(
        name=f"{rate}_{ending}",
        title=rate,
        better="lower",
        about="column",
        sentence=ending,
        tags=tags,
        evidence=evidence,
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
