"""What rules may ask for and this run does not measure: given without a value, so that no rule passes it by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from fairwitness.audit.records import Metric, Undefined, quoted
from fairwitness.probes.fairness.group_fairness.measures import WORDS, GroupMeasure
from fairwitness.probes.fairness.group_fairness.options import Kind
from fairwitness.probes.kit.decisions.counts import Group
from fairwitness.probes.kit.decisions.figures import percent_below
from fairwitness.probes.kit.decisions.outcomes import Outcomes
from fairwitness.probes.kit.decisions.partition import LEAST_SHARE, RATES, Limits, Partition, Rate
from fairwitness.probes.kit.decisions.table import DecisionTable

RATIO, IMPACT, FLIP_RATE = "selection_rate_ratio", "impact_ratio", "counterfactual_flip_rate"
OF_SELECTION = (RATIO, IMPACT)
OF_ERRORS = tuple(
    f"{rate}_rate_{kind}" for rate in ("true_positive", "false_positive") for kind in ("difference", "gap")
)
OF_CLASSES = ("class_selection_rate_gap", "class_impact_ratio", "class_recall_gap")
"""What the shipped rules read: of two outcomes, of true and decided ones, of more than two."""
NO_KNOWN_LABEL = WORDS.undefined("unasked.no_known_label", "no_units")


def not_asked(names: Sequence[str], reason: str, *tags: str) -> Iterator[Metric]:
    """These comparisons as not asked for, with the tags by which rules find them; the reason is that of the words."""
    return _without_value(names, WORDS.undefined(f"unasked.{reason}", "not_asked", "not_asked"), *tags)


def _without_value(names: Sequence[str], why: Undefined, *tags: str) -> Iterator[Metric]:
    for name in names:
        yield _measure(name, *tags).metric(why)


def _measure(name: str, *tags: str) -> GroupMeasure:
    """A measure of that name, its unit and direction by the ending."""
    ratio, difference = name.endswith("_ratio"), name.endswith("_difference")
    return GroupMeasure(
        name=name,
        unit="ratio" if ratio else "share",
        better="higher" if ratio else "near_zero" if difference else "lower",
        null=1.0 if ratio else 0.0 if difference else None,
        sentence="no_value",
        scope="detail" if "intersection" in tags else "overall",
        tags=("extrinsic", *tags),
        evidence=(),
    )


def of_two_outcomes(outcomes: Outcomes, parts: Sequence[Partition], *, named: bool) -> Iterator[Metric]:
    """What is not asked for where there are two outcomes; `named` says whether a column of true ones was named."""
    crossed = [RATIO]
    if outcomes.has_labels:
        crossed += [name for name in OF_ERRORS if name.endswith("_difference")]
    else:
        yield from _without_labels(OF_ERRORS, named=named)
    yield from without_crossings(parts, crossed)
    yield from not_asked(OF_CLASSES, "two_outcomes", "contrast", "intersection")


def of_classes(outcomes: Outcomes, parts: Sequence[Partition], *, named: bool) -> Iterator[Metric]:
    """What is not asked for where there are more than two outcomes."""
    if not outcomes.has_labels:
        yield from _without_labels(OF_CLASSES[2:], named=named)
    yield from without_crossings(parts, OF_CLASSES[1:2])
    yield from not_asked((*OF_SELECTION, *OF_ERRORS), "more_outcomes", "contrast", "intersection")


def of_numbers() -> Iterator[Metric]:
    """What is not asked for where decisions are numbers: all that the shipped rules read."""
    yield from not_asked((*OF_SELECTION, *OF_ERRORS, *OF_CLASSES, FLIP_RATE), "numbers", "contrast", "intersection")


def _without_labels(names: Sequence[str], *, named: bool) -> Iterator[Metric]:
    """What needs true outcomes, where none is known: not asked for, or not to be had from the column that was named."""
    if named:
        return _without_value(names, NO_KNOWN_LABEL, "contrast", "intersection")
    return not_asked(names, "no_label", "contrast", "intersection")


def without_crossings(parts: Sequence[Partition], names: Sequence[str]) -> Iterator[Metric]:
    """What compares crossings, where none is made."""
    if any(len(part.columns) > 1 for part in parts):
        return iter(())
    columns = sum(len(part.columns) == 1 for part in parts)
    return not_asked(names, "no_crossings" if columns > 1 else "one_column", "intersection")


def contrasts_of(rates: Sequence[Rate]) -> list[str]:
    """The names of the contrasts that these rates of two outcomes have."""
    return [RATIO, *(f"{rate.name}_difference" for rate in rates if rate.compared)]


def over_columns(rates: Sequence[Rate]) -> list[str]:
    """The names of what is over all groups of a column, small ones among them."""
    return [IMPACT, *(f"{rate.name}_gap" for rate in rates if rate.compared), *_of_small(rates)]


def _of_small(rates: Sequence[Rate]) -> list[str]:
    """The names of what judges small groups together."""
    names = [rate.name for rate in rates if rate.compared]
    return [f"{name}_{ending}" for ending in ("spread", "distance") for name in names]


def of_columns(
    table: DecisionTable,
    references: Mapping[str, str],
    limits: Limits,
    names: Sequence[str],
    undivided: Sequence[str] = (),
) -> Iterator[Metric]:
    """Each of the named contrasts, undefined, for every group column of which nothing can be compared.

    Columns are those that `DecisionTable.unmeasured` names, and those whose named reference group is too small.
    `undivided` names what only a column has that is not divided into groups at all.
    """
    problems = {**_small_references(table, references, limits), **table.unmeasured}
    for column, why in problems.items():
        for name in (*names, *(() if column in table.coded else undivided)):
            part = Partition(columns=(column,), groups={})
            yield _undefined(name, part, why)


def _undefined(name: str, part: Partition, why: Undefined, group: Group | None = None) -> Metric:
    """The comparison of that name without a value: of a group with the reference, or of a column."""
    measure = GroupMeasure(
        name=name,
        unit="",
        about="column" if group is None else "contrast",
        sentence="column" if group is None else "value",
        evidence=(),
    )
    return measure.of(part, why, group or ())


def of_valueless(parts: Sequence[Partition], names: Sequence[str]) -> Iterator[Metric]:
    """Each of the named contrasts of rows without a group value, not asked, where these are too few to be compared."""
    for part in parts:
        if part.unnamed or part.reference is None:
            continue
        for group in part.valueless:
            held = percent_below(part.held(part.valueless, [*part.groups]), LEAST_SHARE)
            why = WORDS.undefined("unasked.valueless", "not_asked", "not_asked", held=held)
            for name in names:
                yield _undefined(name, part, why, group)


def of_small_groups(kind: Kind, *, labelled: bool = False) -> Iterator[Metric]:
    """The spread and the distance of small groups in the rates that this kind of decision does not have.

    Of two outcomes these are the rates that need a true outcome, where there is none. Rules list them as not asked, but
    not where a column of true outcomes was named (`labelled`) and holds none.
    """
    names = _of_small([rate for rate in RATES if rate.needs_labels or kind != "binary"])
    if kind == "binary" and labelled:
        return _without_value(names, NO_KNOWN_LABEL, "contrast")
    return not_asked(names, f"small_of_{kind}", "contrast")


def _small_references(table: DecisionTable, references: Mapping[str, str], limits: Limits) -> dict[str, Undefined]:
    """Columns whose named reference group has fewer rows than a group needs."""
    small = {}
    for column, group in references.items():
        rows = table.requested[column].counts.get(group, 0)
        if rows < limits.group:
            names = {"group": quoted(group), "column": quoted(column)}
            numbers = {"rows": rows, "needed": limits.group}
            small[column] = WORDS.undefined("reason.small_reference", "few_units", **names, **numbers)
    return small
