"""What stands in the place of the contrasts of a group column that cannot be compared, so that no rule passes it by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from fairwitness.audit.records import Metric, Undefined
from fairwitness.probes.fairness.group_fairness import words
from fairwitness.probes.fairness.group_fairness.options import Kind
from fairwitness.probes.fairness.group_fairness.rates import LEAST_SHARE, NOT_ESTIMABLE, RATES, Limits, Part, Rate
from fairwitness.probes.fairness.group_fairness.ratios import IMPACT, RATIO
from fairwitness.probes.fairness.group_fairness.rows import Frame
from fairwitness.probes.kit.standing import standing

OF_NUMBERS = ("mean_residual_difference",)
NOT_MEASURED: Mapping[Kind, str] = {
    "binary": "no column of true outcomes was named",
    "multiclass": "decisions are of several outcomes: small groups are judged together in the rates of each",
    "regression": "decisions are numbers, and small groups are judged together in rates of two outcomes",
}
ANY = Part(("any",), {})
OF_CLASSES = ("accuracy_difference",)


def of_rates(rates: Sequence[Rate]) -> tuple[str, ...]:
    """The names of the contrasts that these rates of two outcomes have."""
    compared = [rate for rate in rates if rate.compared]
    return (RATIO, *(f"{rate.name}_difference" for rate in compared))


def of_small(rates: Sequence[Rate]) -> tuple[str, ...]:
    """The names of what judges small groups together."""
    names = [rate.name for rate in rates if rate.compared]
    return (*(f"{name}_spread" for name in names), *(f"{name}_distance" for name in names))


def of_undivided(rates: Sequence[Rate]) -> tuple[str, ...]:
    """The names of what is over all groups of a column, small ones among them."""
    return (IMPACT, *(f"{rate.name}_gap" for rate in rates if rate.compared), *of_small(rates))


def of_columns(
    frame: Frame,
    references: Mapping[str, str],
    limits: Limits,
    names: Sequence[str],
    small: Sequence[str] = (),
) -> Iterator[Metric]:
    """Each of the named contrasts, undefined, for every group column of which nothing can be compared.

    Columns are those that `Frame.unmeasured` tells of, and those whose reference group was named and is too small.
    `small` names what only a column has that is not divided into groups at all.
    """
    problems = {**_small_references(frame, references, limits), **frame.unmeasured}
    for column, why in problems.items():
        tags = words.contrast_tags(Part((column,), {}))
        for name in (*names, *(() if column in frame.coded else small)):
            claim = f"The {words.title(name)} by {column} could not be estimated: {why}."
            yield Metric(
                name=name,
                estimate=Undefined(f"{NOT_ESTIMABLE}{why}"),
                unit="",
                better="near_zero",
                claim=claim,
                null=None,
                variant={"groups": column},
                evidence=(),
                tags=tags,
                **standing(tags, "near_zero", part=True),
            )


def of_valueless(parts: Sequence[Part], names: Sequence[str]) -> Iterator[Metric]:
    """Each of the named contrasts of rows without a group value, not asked, where these are too few to be compared."""
    for part in parts:
        if part.unnamed or part.reference is None:
            continue
        for group, name in product(part.valueless, names):
            held = words.percent_below(part.held(part.valueless, [*part.groups]), LEAST_SHARE)
            why = Undefined(
                f"rows without a group value hold {held} of the rows, under 2 %: listed, not judged", "not_asked"
            )
            claim = words.not_measured(f"The {words.title(name)} of {words.of_group(part, group)}", why)
            by, tags = part.by(group), words.contrast_tags(part)
            yield Metric(
                name=name,
                estimate=why,
                unit="",
                better="near_zero",
                claim=claim,
                null=None,
                by=by,
                against=words.crossing(part.reference),
                evidence=(),
                tags=tags,
                **standing(tags, "near_zero", part=bool(by)),
            )


def unasked_of_small(kind: Kind, *, labelled: bool = False) -> Iterator[Metric]:
    """The spread and the distance of small groups in the rates that this kind of decision does not have.

    Of two outcomes these are the rates that need a true outcome, where there is none. Rules list them as not asked, but
    not where a column of true outcomes was named (`labelled`) and holds none.
    """
    why = Undefined(NOT_MEASURED[kind], "not_asked")
    if kind == "binary" and labelled:
        why = Undefined(f"{NOT_ESTIMABLE}no row with a decision has a true outcome")
    for name in of_small([rate for rate in RATES if rate.needs_labels or kind != "binary"]):
        claim = words.not_measured(f"The {words.title(name)} of small groups", why)
        yield Metric(
            name=name,
            estimate=why,
            unit="share",
            better="lower",
            claim=claim,
            tags=words.contrast_tags(ANY),
            **standing(words.contrast_tags(ANY), "lower", part=False),
        )


def _small_references(frame: Frame, references: Mapping[str, str], limits: Limits) -> dict[str, str]:
    """Columns whose named reference group has fewer rows than a group needs."""
    found = {}
    for column, group in references.items():
        rows = frame.requested[column].counts.get(group, 0)
        if rows < limits.group:
            found[column] = (
                f"the reference group {group!r} of group column {column!r} has {rows} rows, {limits.group} needed: "
                "name a larger one with --reference"
            )
    return found
