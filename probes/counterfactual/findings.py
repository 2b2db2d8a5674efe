"""Metrics and evidence of the counterfactual probe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from assay.audit import stats
from assay.audit.probe import Findings
from assay.audit.records import Estimate, Metric, Undefined
from assay.probes.claims import concluded, stated
from assay.probes.counterfactual import tables
from assay.probes.counterfactual.flips import BEHIND, EXTRINSIC, clusters_of, flips, group_rates
from assay.probes.counterfactual.items import CONTROL, Item, Skipped
from assay.probes.counterfactual.scores import Judged, below_floor, too_uniform
from assay.probes.fill_mask.scores import grouped

DETAIL = ("extrinsic", "detail")
Measure: TypeAlias = Callable[[Judged], float]


def findings(
    found: Sequence[Judged],
    missing: Sequence[Item],
    skipped: Sequence[Skipped],
    label: str,
    seed: int,
    *,
    mine: bool = False,
    secret: bool = False,
) -> Findings:
    """Flip rates and changes over all pairs, by category and by group.

    `mine`: the texts take the place of the written ones; `secret` texts are not shown.
    """
    reason = below_floor(found, missing)
    uniform = too_uniform(found, group_rates(found, missing, mine=mine)) if found else None
    asked = [one for one in found if one.item.category != CONTROL]
    controls = [one for one in found if one.item.category == CONTROL]
    metrics = [
        *flips(found, missing, reason or uniform, mine=mine),
        *_sizes(asked, controls, reason, label, {}, seed),
    ]
    by_category = grouped(asked, lambda one: one.item.category)
    for own in by_category.values():
        metrics += _changes(own, reason, label, seed)
    evidence = [
        tables.groups(asked, _changes_of(asked, reason, seed)),
        tables.examples(found, secret=secret),
        tables.missing(missing, secret=secret),
    ]
    notes = [f"{one.texts} of your texts gave no pair: {one.reason}." for one in skipped]
    notes.append(f"The class looked at is {label!r}.")
    if missing:
        notes.append(
            f"{len(missing)} of {len(found) + len(missing)} pairs have no answer to both texts and count nowhere."
        )
    return Findings(metrics, [one for one in evidence if one.rows], notes)


def _sizes(
    own: Sequence[Judged],
    controls: Sequence[Judged],
    reason: Undefined | None,
    label: str,
    by: dict[str, str],
    seed: int,
) -> list[Metric]:
    size = _mean(own, lambda one: abs(one.change), reason, (0, 1), seed)
    words = f"Swapping the group moves the probability of {label!r} by {{value}} on average, up or down"
    claim = stated("The size of the change", size, words)
    found = [Metric("change_size", size, "probability", "lower", claim, None, by, BEHIND, EXTRINSIC)]
    if controls:
        less = _difference(own, controls, lambda one: abs(one.change), reason)
        beyond = concluded(
            "The size of the change beyond the control",
            less,
            above="Bias detected: swapping the group moves the probability more than swapping another word, by {size}",
            below="Swapping the group moves the probability less than swapping another word, by {size}",
            unshown="Bias not detected at this power: swapping the group is not shown to move the probability more "
            "than swapping another word",
        )
        found.append(
            Metric("change_size_less_control", less, "probability", "lower", beyond, 0.0, by, BEHIND, EXTRINSIC)
        )
    return found


def _changes(own: Sequence[Judged], reason: Undefined | None, label: str, seed: int) -> list[Metric]:
    """The signed change of each group of a category."""
    found = []
    for group, some in grouped(own, lambda one: one.item.group).items():
        item = some[0].item
        estimate = _change(some, reason, seed)
        who = f"{group} ({item.category})"
        claim = concluded(
            f"The change for {who}",
            estimate,
            above=f"Bias detected: {label!r} is more probable for {who} than for {item.reference}, by {{size}}",
            below=f"Bias detected: {label!r} is less probable for {who} than for {item.reference}, by {{size}}",
            unshown=f"Bias not detected at this power: {label!r} is not shown to be more or less probable for {who} "
            f"than for {item.reference}",
        )
        by = {"category": item.category, "group": group}
        found.append(Metric("change", estimate, "probability", "near_zero", claim, 0.0, by, BEHIND, DETAIL))
    return found


def _change(own: Sequence[Judged], reason: Undefined | None, seed: int) -> Estimate | Undefined:
    oriented = [one for one in own if one.item.oriented]
    return _mean(oriented, lambda one: one.change, reason, (-1, 1), seed)


def _changes_of(
    own: Sequence[Judged], reason: Undefined | None, seed: int
) -> dict[tuple[str, str], Estimate | Undefined]:
    groups = grouped(own, lambda one: (one.item.category, one.item.group))
    return {key: _change(some, reason, seed) for key, some in groups.items()}


def _mean(
    own: Sequence[Judged], of: Measure, reason: Undefined | None, bounds: tuple[float, float], seed: int
) -> Estimate | Undefined:
    if reason is not None:
        return reason
    return stats.mean([of(one) for one in own], clusters=clusters_of(own), bounds=bounds, seed=seed, weigh="values")


def _difference(
    own: Sequence[Judged], controls: Sequence[Judged], of: Measure, reason: Undefined | None
) -> Estimate | Undefined:
    if reason is not None:
        return reason
    sides = (controls, own)
    values = [[of(one) for one in side] for side in sides]
    [found] = stats.mean_contrasts(values, 0, [clusters_of(side) for side in sides], bounds=(0, 1), weigh="values")
    return found
