"""What is said of categories: LPBS and its other readings, CBS, the fills that change, and the control words."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Interval, Metric, Undefined
from fairwitness.probes.bias.fill_mask import fills
from fairwitness.probes.bias.fill_mask.fills import Fills
from fairwitness.probes.bias.fill_mask.metrics import DETAIL, INTRINSIC, estimate_of, metric, signed, surviving
from fairwitness.probes.bias.fill_mask.result import Result
from fairwitness.probes.bias.fill_mask.scores import Cell, cbs, control_sizes, interaction, values
from fairwitness.probes.kit import crossed
from fairwitness.probes.kit.blanks import ModelType
from fairwitness.probes.kit.claims import concluded, stated
from fairwitness.probes.kit.crossed import Crossed, Value
from fairwitness.probes.kit.standing import labelled, standing

Of = Callable[[Result], Crossed | Undefined]


def by_category(results: Sequence[Result], arm: ModelType, others: Sequence[Fills]) -> list[Metric]:
    """Every score of each category; what each kind of score says is corrected for all categories."""
    found = _signed(results, "lpbs", lpbs, "", INTRINSIC)
    found += _signed(results, "lpbs_equal_tokens", _equal, ", of terms as long as the reference", DETAIL)
    found += _signed(results, "lpbs_per_token", _per_token, ", per token", DETAIL)
    crossings = [one for one in results if "+" in one.category]
    found += _signed(crossings, "interaction", _interaction, ", beyond the sum of both groups", DETAIL)
    found += [_control(one) for one in results]
    found += _cbs(results)
    return found + (_fills(results, others) if arm == "masked" else [])


def lpbs(one: Result) -> Crossed | Undefined:
    """The mean over groups, in which opposite signs cancel."""
    return crossed.mean(values(one.gaps))


def _equal(one: Result) -> Crossed | Undefined:
    return crossed.mean(values([gap for gap in one.gaps if gap.equal_tokens]))


def _per_token(one: Result) -> Crossed | Undefined:
    return crossed.mean(values(one.gaps, lambda gap: gap.per_token))


def _interaction(one: Result) -> Crossed | Undefined:
    return crossed.mean(interaction(one.gaps, one.terms))


def _signed(results: Sequence[Result], name: str, of: Of, place: str, tags: tuple[str, ...]) -> list[Metric]:
    found = [one.of(of) for one in results]
    return [
        signed(name, value, f"in {one.category}{place}", {"category": one.category}, tags, among_others=shown)
        for one, value, shown in zip(results, found, surviving(found), strict=True)
    ]


def _control(one: Result) -> Metric:
    """What words without content would come to, in the place of as many pairs of words of judgement, by sign alone."""
    pairs = len({gap.cell.pair for gap in one.gaps})
    squares = stats.mean(list(control_sizes(one.control_gaps).values()), bounds=(0.0, math.inf))
    size = one.reason or (squares if isinstance(squares, Undefined) else _rooted(squares, max(pairs, 1)))
    claim = stated(
        f"The size of control words in {one.category}",
        size,
        f"In {one.category}, {pairs} pairs of words without social content would give a group an LPBS of about "
        "{value} nats, up or down",
    )
    return Metric(
        name="control_lpbs",
        estimate=size,
        unit="nats",
        better="none",
        claim=claim,
        null=None,
        **labelled({"category": one.category}),
        evidence=("controls",),
        tags=DETAIL,
        **standing(DETAIL, "none", part=True),
    )


def _rooted(squares: Estimate, pairs: int) -> Estimate:
    def root(value: float) -> float:
        return math.sqrt(max(value, 0.0) / pairs)

    wider = tuple(Interval(one.level, root(one.low), root(one.high)) for one in squares.wider)
    low, value, high = (root(one) for one in (squares.low, squares.value, squares.high))
    return replace(squares, value=value, low=low, high=high, wider=wider, method=f"{squares.method}, rooted")


def _cbs(results: Sequence[Result]) -> list[Metric]:
    found: list[Metric] = []
    less = [
        one.of(lambda own: crossed.difference(_variances(own, own.cells), _variances(own, own.controls)))
        for one in results
    ]
    for one, beyond, shown in zip(results, less, surviving(less), strict=True):
        name, by = one.category, {"category": one.category}
        size = one.of(lambda own: crossed.mean(_variances(own, own.cells)))
        words = (
            f"The words of judgement tell the groups of {name} apart by {{value}} nats² (variance of ILPS over terms)"
        )
        said = stated(f"The CBS of {name}", estimate_of(size, (0, np.inf)), words)
        apart = f"Words of judgement tell the groups of {name} apart"
        claim = concluded(
            f"The CBS of {name} beyond the control",
            estimate_of(beyond),
            above=f"{apart} more than words without social content do",
            below=f"{apart} less than words without social content do",
            unshown=f"Words of judgement are not shown to tell the groups of {name} apart more than words without "
            "social content do",
            among_others=shown,
        )
        found.append(metric("cbs", size, "nats²", "lower", said, by, DETAIL, bounds=(0, np.inf)))
        found.append(metric("cbs_less_control", beyond, "nats²", "lower", claim, by, INTRINSIC, null=0.0))
    return found


def _variances(one: Result, cells: Sequence[Cell]) -> list[Value]:
    return cbs(cells, one.terms)


def _fills(results: Sequence[Result], others: Sequence[Fills]) -> list[Metric]:
    found: list[Metric] = []
    bare, behind = fills.values(others), ("open_places",)
    less = [one.of(lambda own: crossed.difference(fills.values(own.fills), bare)) for one in results]
    for one, beyond, shown in zip(results, less, surviving(less), strict=True):
        name, by = one.category, {"category": one.category}
        size = one.of(lambda own: crossed.mean(fills.values(own.fills)))
        words = f"Naming another group of {name} changes {{value}} of the {fills.TOP} likeliest words"
        said = stated(f"The share of changed fills in {name}", estimate_of(size, (0, 1)), words)
        claim = concluded(
            f"The share of changed fills in {name} beyond the control",
            estimate_of(beyond, (-1, 1)),
            above=f"Naming another group of {name} changes more of the likeliest words than other adjectives do",
            below=f"Naming another group of {name} changes fewer of the likeliest words than other adjectives do",
            unshown=f"Naming another group of {name} is not shown to change more of the likeliest words than other "
            "adjectives do",
            among_others=shown,
        )
        found.append(metric("changed_fills", size, "share", "lower", said, by, DETAIL, evidence=behind, bounds=(0, 1)))
        found.append(
            metric(
                "changed_fills_less_control",
                beyond,
                "share",
                "lower",
                claim,
                by,
                INTRINSIC,
                null=0.0,
                evidence=behind,
                bounds=(-1, 1),
            )
        )
    return found
