"""How far a rate moves between the forms in which its items were asked: one metric, and two tables."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fairwitness.audit import reasons, stats
from fairwitness.audit.records import Estimate, Evidence, Metric, Undefined
from fairwitness.audit.stats.design import Moved, design_deviation, moved
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.kit.measures import Measure, is_share
from fairwitness.probes.kit.stability import PLAIN, Form
from fairwitness.probes.kit.tables import Listing, interval, label, number
from fairwitness.probes.kit.validity import Reason
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)["varied"]
LEAST_WHOLE = 0.75
"""Share of the items that must have a value in every form that is compared."""
ALL = "all"
VARIATION = Measure(
    name="format_variation",
    words=WORDS,
    unit="share",
    better="lower",
    null=None,
    role="description",
    headline=False,
    tags=("stability",),
    evidence=("stability", "forms"),
)


@dataclass(frozen=True, kw_only=True)
class Varied:
    """A rate, and what its items gave in each form: a value by item, None where it was not answered in the form.

    `rate` is what it is called in a sentence; every form has the items of the plain one. Items of one label of
    `clusters` are tied together. `bounds` are those of a single value, `unit` is the unit of the rate. Where there is a
    `reason` why the rate means nothing, nor does how far it moves: a model that reads nothing answers all forms alike.
    """

    rate: str
    values: Mapping[Form, Mapping[Any, float | None]]
    clusters: Mapping[Any, Hashable] | None = None
    bounds: tuple[float, float] | None = (0.0, 1.0)
    unit: str = "share"
    seed: int = 0
    reason: Reason = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """How far one rate moves over the forms of one factor, or of all."""

    varied: Varied
    factor: str
    forms: tuple[Form, ...]
    items: tuple[Hashable, ...]
    """Items with a value in each of these forms."""
    asked: int
    deviation: Estimate | Undefined
    seen: Moved | Undefined

    @property
    def design(self) -> float | None:
        return self.seen.design if isinstance(self.seen, Moved) else None

    @property
    def sampling(self) -> float | None:
        return self.seen.sampling if isinstance(self.seen, Moved) else None


def measures(*units: str) -> tuple[Measure, ...]:
    """What a probe declares that varies rates of these units; of several the unit depends on the rate."""
    return (_measure(units[0]) if len(set(units)) == 1 else replace(VARIATION, unit=""),)


def metrics(rates: Sequence[Varied]) -> list[Metric]:
    """The standard deviation of every rate over all forms that it was asked in, and over those of each factor."""
    return [_metric(design) for design in _designs(rates)]


def tables(rates: Sequence[Varied]) -> list[Evidence]:
    """The design variance of every rate beside its sampling variance, and the rate in each form with its change."""
    designs = list(_designs(rates))
    if not designs:
        return []
    return [STABILITY.of(designs), FORMS.of(_Row(varied, form) for varied in rates for form in varied.values)]


def note(rates: Sequence[Varied]) -> list[str]:
    """In how many forms everything was asked; nothing where only as it stands."""
    count = max((len(varied.values) for varied in rates), default=0)
    return [WORDS("note", forms=count)] if count > 1 else []


def _designs(rates: Sequence[Varied]) -> Iterator[Design]:
    for varied in rates:
        if len(varied.values) < 2:
            continue
        others = [form for form in varied.values if form != PLAIN]
        factors = grouped(others, lambda form: str(form.factor))
        yield _design(varied, ALL, others)
        if len(factors) > 1:
            yield from (_design(varied, factor, of_factor) for factor, of_factor in factors.items())


def _design(varied: Varied, factor: str, others: Sequence[Form]) -> Design:
    forms = (PLAIN, *others)
    known = varied.values
    items = tuple(item for item in known[PLAIN] if all(known[form].get(item) is not None for form in forms))
    asked = len(known[PLAIN])
    if (why := _why_not(varied, len(items))) is not None:
        return Design(varied=varied, factor=factor, forms=forms, items=items, asked=asked, deviation=why, seen=why)
    values = np.array([[known[form][item] for form in forms] for item in items], dtype=np.float64)
    values = values.reshape(len(items), len(forms))
    clusters = None if varied.clusters is None else [varied.clusters[item] for item in items]
    return Design(
        varied=varied,
        factor=factor,
        forms=forms,
        items=items,
        asked=asked,
        deviation=design_deviation(values, clusters, varied.bounds, seed=varied.seed),
        seen=moved(values, clusters),
    )


def _why_not(varied: Varied, whole: int) -> Undefined | None:
    """Why nothing is told of a rate: it means nothing, or too few items are answered in every form."""
    if isinstance(varied.reason, Undefined):
        return varied.reason
    if varied.reason:
        return reasons.invalid(varied.reason)
    asked = len(varied.values[PLAIN])
    if whole < LEAST_WHOLE * asked:
        return WORDS.undefined("few", "validity_check", "not_interpretable", whole=whole, asked=asked)
    return None


def _measure(unit: str) -> Measure:
    return VARIATION if is_share(unit) else replace(VARIATION, unit=unit, wording="format_variation_in_units")


def _metric(design: Design) -> Metric:
    by = {} if design.factor == ALL else {"factor": design.factor}
    error = math.sqrt(design.sampling or 0.0)
    shown = 100 * error if is_share(design.varied.unit) else error
    return _measure(design.varied.unit).metric(
        design.deviation,
        by=by,
        variant={"rate": design.varied.rate},
        rate=design.varied.rate,
        forms=len(design.forms),
        sampling=f"{shown:.2g}",
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """A rate in one form."""

    varied: Varied
    form: Form

    @property
    def known(self) -> dict[Hashable, float]:
        return {item: value for item, value in self.varied.values[self.form].items() if value is not None}

    @property
    def rate(self) -> Estimate | Undefined:
        known = self.known
        return stats.mean(
            list(known.values()), self._labels(list(known)), self._bounds(difference=False), weigh="values"
        )

    @property
    def change(self) -> Estimate | Undefined | None:
        if self.form == PLAIN:
            return None
        here, plain = self.known, _Row(self.varied, PLAIN).known
        both = [item for item in here if item in plain]
        return stats.paired_difference(
            [here[item] for item in both],
            [plain[item] for item in both],
            self._labels(both),
            self._bounds(difference=True),
            weigh="values",
        )

    def _labels(self, items: Sequence[Hashable]) -> list[Hashable]:
        clusters = self.varied.clusters
        return [item if clusters is None else clusters[item] for item in items]

    def _bounds(self, *, difference: bool) -> tuple[float, float]:
        """The range of a value, or of a difference of two."""
        if self.varied.bounds is None:
            return stats.UNBOUNDED
        low, high = self.varied.bounds
        return (low - high, high - low) if difference else (low, high)


STABILITY = Listing[Design](
    "stability",
    WORDS,
    label("rate", lambda row: row.varied.rate),
    label("factor", lambda row: WORDS.labelled(row.factor)),
    number("forms", lambda row: len(row.forms)),
    number("items", lambda row: len(row.items)),
    number("left_out", lambda row: row.asked - len(row.items)),
    number("design_variance", lambda row: row.design),
    number("sampling_variance", lambda row: row.sampling),
    interval(("deviation", "low", "high"), lambda row: row.deviation),
)
FORMS = Listing[_Row](
    "forms",
    WORDS,
    label("rate", lambda row: row.varied.rate),
    label("factor", lambda row: WORDS.labelled(row.form.factor)),
    number("number", lambda row: row.form.number),
    number("answered", lambda row: len(row.known)),
    interval(("value", "low", "high"), lambda row: row.rate),
    interval(("change", "change_low", "change_high"), lambda row: row.change),
)
