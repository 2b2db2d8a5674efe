"""What rules may ask for and this run does not: given without a value, so that no rule takes it for missing."""

from __future__ import annotations

from collections.abc import Sequence

from fairwitness.audit.records import Better, Metric, Undefined
from fairwitness.probes.fairness.group_fairness import words
from fairwitness.probes.fairness.group_fairness.flips import FLIP_RATE
from fairwitness.probes.fairness.group_fairness.rates import Part
from fairwitness.probes.fairness.group_fairness.rows import Outcomes
from fairwitness.probes.kit.standing import standing

OF_SELECTION = ("selection_rate_ratio", "impact_ratio")
OF_ERRORS = tuple(
    f"{rate}_rate_{kind}" for rate in ("true_positive", "false_positive") for kind in ("difference", "gap")
)
OF_CROSSED_ERRORS = tuple(name for name in OF_ERRORS if name.endswith("_difference"))
OF_CLASSES = ("class_selection_rate_gap", "class_impact_ratio", "class_recall_gap")
"""What the shipped rules read, of two outcomes, of true and decided ones, of crossings, of more than two."""
NO_LABEL = "no column of true outcomes was named: --label COLUMN has errors measured too"
ONE_COLUMN = "fewer than two group columns can be compared, so nothing is crossed"
SWITCHED_OFF = "crossings are switched off: -O group_fairness.intersections=true has them measured"
MORE_OUTCOMES = (
    "there are more than two outcomes, so each is compared on its own (class_selection_rate_gap, class_impact_ratio, "
    "class_recall_gap); "
    "--favourable OUTCOME has one of them measured as a selection"
)
NUMBERS = (
    "the decisions are numbers, and no bound on a difference of numbers holds whatever their unit; --favourable with a "
    "rule such as >=5 has a selection measured, and a policy of your own can bound mean_residual_difference"
)
TWO_OUTCOMES = "there are two outcomes: rates of each class are those of more than two"


def not_asked(names: Sequence[str], why: str, *tags: str) -> list[Metric]:
    """These comparisons as not asked for, with the tags by which rules find them."""
    return [_empty(name, Undefined(why, "not_asked"), ("extrinsic", *tags)) for name in names]


def of_two_outcomes(outcomes: Outcomes, parts: Sequence[Part], *, named: bool) -> list[Metric]:
    """What is not asked for where there are two outcomes; `named` says whether a column of true ones was named."""
    return [
        *([] if outcomes.has_labels else _without(OF_ERRORS, named=named)),
        *without_crossings(parts, (*OF_SELECTION[:1], *(OF_CROSSED_ERRORS if outcomes.has_labels else ()))),
        *not_asked(OF_CLASSES, TWO_OUTCOMES, "contrast", "intersection"),
    ]


def of_classes(outcomes: Outcomes, parts: Sequence[Part], *, named: bool) -> list[Metric]:
    """What is not asked for where there are more than two outcomes."""
    errors = [] if outcomes.has_labels else _without(OF_CLASSES[2:], named=named)
    return [
        *errors,
        *without_crossings(parts, OF_CLASSES[1:2]),
        *not_asked((*OF_SELECTION, *OF_ERRORS), MORE_OUTCOMES, "contrast", "intersection"),
    ]


def of_numbers() -> list[Metric]:
    """What is not asked for where decisions are numbers: all that the shipped rules read."""
    names = (*OF_SELECTION, *OF_ERRORS, *OF_CLASSES, FLIP_RATE)
    return not_asked(names, NUMBERS, "contrast", "intersection")


def _without(names: Sequence[str], *, named: bool) -> list[Metric]:
    """What needs true outcomes, where none is known: not asked for, or not to be had from the column that was named."""
    if not named:
        return not_asked(names, NO_LABEL, "contrast", "intersection")
    why = Undefined("not estimable: no row with a decision has a true outcome")
    return [_empty(name, why, ("extrinsic", "contrast", "intersection")) for name in names]


def without_crossings(parts: Sequence[Part], names: Sequence[str]) -> list[Metric]:
    """What compares crossings, where none is made."""
    if any(len(part.columns) > 1 for part in parts):
        return []
    columns = sum(len(part.columns) == 1 for part in parts)
    return not_asked(names, SWITCHED_OFF if columns > 1 else ONE_COLUMN, "intersection")


def _empty(name: str, why: Undefined, tags: tuple[str, ...]) -> Metric:
    ratio = name.endswith("_ratio")
    better: Better = "higher" if ratio else "near_zero" if name.endswith("_difference") else "lower"
    null = 1.0 if ratio else 0.0 if name.endswith("_difference") else None
    claim = f"The {words.title(name)} has no value: {why.reason}."
    return Metric(
        name=name,
        estimate=why,
        unit="ratio" if ratio else "share",
        better=better,
        claim=claim,
        null=null,
        evidence=(),
        tags=tags,
        **standing(tags, better, part=False),
    )
