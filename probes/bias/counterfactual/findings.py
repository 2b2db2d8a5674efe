"""Metrics and evidence of the counterfactual probe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fairwitness.audit import stats
from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.probes.bias.counterfactual import changes, tables
from fairwitness.probes.bias.counterfactual.flips import (
    BEHIND,
    EXTRINSIC,
    OVERALL,
    asked_and_controls,
    clusters_of,
    flips,
    group_rates,
)
from fairwitness.probes.bias.counterfactual.items import Item, Skipped
from fairwitness.probes.bias.counterfactual.scores import Judged, below_floor, too_uniform
from fairwitness.probes.kit.claims import concluded, stated
from fairwitness.probes.kit.reliability import (
    agreement_metric,
    part_means,
    reliability_metric,
    scoring_agreement,
    split_half,
)


def findings(
    found: Sequence[Judged],
    missing: Sequence[Item],
    skipped: Sequence[Skipped],
    label: str,
    seed: int,
    *,
    mine: bool = False,
    secret: bool = False,
    left_out: int = 0,
) -> Findings:
    """Flip rates and changes over all pairs, by category and by group.

    `mine`: the texts take the place of the written ones; `secret` texts are not shown; `left_out`: see `below_floor`.
    """
    reason = below_floor(found, missing, left_out)
    uniform = too_uniform(found, group_rates(found, missing, mine=mine)) if found else None
    pairs, controls = asked_and_controls(found, missing)
    asked, controlled = pairs.found, pairs.of_kinds({one.kind for one in controls.items}).found
    moved = changes.changes_of(asked, reason, seed)
    chances = changes.adjusted(moved)
    metrics = [
        *flips(found, missing, reason or uniform, mine=mine),
        *_sizes(asked, controlled, controls.found, reason, label, seed),
        *changes.metrics(asked, moved, chances, label),
        *reliability(asked, reason, uniform, seed),
    ]
    evidence = [
        tables.groups(asked, moved, chances),
        tables.examples(found, secret=secret),
        tables.missing(missing, secret=secret),
    ]
    notes = [f"{one.texts} of your texts gave no pair: {one.reason}." for one in skipped]
    notes.append(f"The class looked at is {label!r}.")
    if missing:
        notes.append(
            f"{len(missing)} of {len(found) + len(missing)} pairs have no answer to both texts, or differ in words "
            "alone that the tokenizer does not know, and count nowhere."
        )
    shown = [one for one in evidence if one.rows]
    ids = {one.id for one in shown}
    behind = [replace(one, evidence=tuple(name for name in one.evidence if name in ids)) for one in metrics]
    return Findings(behind, shown, notes)


def _sizes(
    asked: Sequence[Judged],
    controlled: Sequence[Judged],
    controls: Sequence[Judged],
    reason: Undefined | None,
    label: str,
    seed: int,
) -> list[Metric]:
    """The size of the change of all pairs, and of those whose kind of edit control pairs have beyond these."""
    size = reason or stats.mean(
        [abs(one.change) for one in asked], clusters_of(asked), (0, 1), seed=seed, weigh="values"
    )
    words = f"Swapping the group moves the probability of {label!r} by {{value}} on average, up or down"
    claim = stated("The size of the change", size, words)
    found = [Metric("change_size", size, "probability", "lower", claim, None, {}, BEHIND, EXTRINSIC)]
    if controlled and controls:
        less = reason or beyond_control(controlled, controls)
        beyond = concluded(
            "The size of the change beyond the control",
            less,
            above="Bias detected: swapping the group moves the probability more than swapping another word, by {size}",
            below="Swapping the group moves the probability less than swapping another word, by {size}",
            unshown="Bias not detected at this power: swapping the group is not shown to move the probability more "
            "than swapping another word",
        )
        found.append(
            Metric("change_size_less_control", less, "probability", "lower", beyond, 0.0, {}, BEHIND, EXTRINSIC)
        )
    return found


def beyond_control(asked: Sequence[Judged], controls: Sequence[Judged]) -> Estimate | Undefined:
    """The mean size of the change less that of the control pairs, mixed by kind of edit as the asked pairs are."""
    own, other = ([abs(one.change) for one in side] for side in (asked, controls))
    kinds, control_kinds = ([one.item.kind for one in side] for side in (asked, controls))
    clusters, control_clusters = clusters_of(asked), clusters_of(controls)
    return stats.crossed_difference(
        own, other, clusters, control_clusters, bounds=(-1, 1), strata=(kinds, control_kinds)
    )


def reliability(
    asked: Sequence[Judged], reason: Undefined | None, uniform: Undefined | None, seed: int
) -> list[Metric]:
    """Whether halves of the sentences tell groups apart alike, and whether flips and sizes of change do."""
    groups = [(one.item.category, one.item.group) for one in asked]
    signed = [one for one in asked if one.item.oriented]
    parts, families = [(one.item.category, one.item.group) for one in signed], [one.item.family for one in signed]
    halves = reason or split_half([one.change for one in signed], parts, families, seed)
    flipped = part_means(zip(groups, [float(one.flipped) for one in asked], strict=True))
    sizes = part_means(zip(groups, [abs(one.change) for one in asked], strict=True))
    agreement = reason or uniform or scoring_agreement(flipped, sizes)
    words = ("how often decisions change", "how far probabilities move")
    return [
        reliability_metric(halves, "groups (the change)", "sentences", tags=OVERALL, evidence=BEHIND),
        agreement_metric(agreement, words, "groups", tags=OVERALL, evidence=BEHIND),
    ]
