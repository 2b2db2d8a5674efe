"""Metrics and evidence of the counterfactual probe."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeAlias

from assay.audit import stats
from assay.audit.probe import Findings
from assay.audit.records import Estimate, Metric, Undefined
from assay.audit.stats.clusters import Clusters
from assay.probes.claims import concluded, stated
from assay.probes.counterfactual import tables
from assay.probes.counterfactual.items import CONTROL, Item, Skipped
from assay.probes.counterfactual.scores import Judged, below_floor, too_uniform
from assay.probes.fill_mask.scores import grouped

EXTRINSIC = ("extrinsic",)
DETAIL = ("extrinsic", "detail")
BEHIND = ("groups", "examples")
FEWEST = 4
"""Equally frequent kinds of swap from which on they count as drawn by chance; two words for one group do not."""
Measure: TypeAlias = Callable[[Judged], float]


def findings(
    found: Sequence[Judged],
    missing: Sequence[Item],
    skipped: Sequence[Skipped],
    label: str,
    seed: int,
    tags: tuple[str, ...] = (),
    *,
    secret: bool = False,
) -> Findings:
    """Flip rates and changes over all pairs, by category and by group.

    `tags` are those of the overall flip rate beside the usual ones; `secret` texts are a user's own.
    """
    reason = below_floor(found, missing)
    unflippable = reason or too_uniform(found) if found else reason
    asked = [one for one in found if one.item.category != CONTROL]
    controls = [one for one in found if one.item.category == CONTROL]
    metrics = [
        *_flips(asked, controls, unflippable, {}, "", seed, ("extrinsic", "overall", *tags)),
        *_sizes(asked, controls, reason, label, {}, seed),
    ]
    by_category = grouped(asked, lambda one: one.item.category)
    for category, own in by_category.items():
        by = {"category": category}
        metrics += _flips(own, controls, unflippable, by, f" in {category}", seed, EXTRINSIC)
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


def _flips(
    own: Sequence[Judged],
    controls: Sequence[Judged],
    reason: str,
    by: dict[str, str],
    place: str,
    seed: int,
    tags: tuple[str, ...],
) -> list[Metric]:
    rate = _mean(own, lambda one: float(one.flipped), reason, (0, 1), seed)
    words = f"When only the group is swapped{place}, the decision changes in {{value}} of pairs"
    claim = stated(f"The flip rate{place}", rate, words)
    found = [Metric("flip_rate", rate, "share", "lower", claim, None, by, BEHIND, tags)]
    if controls:
        less = _difference(own, controls, lambda one: float(one.flipped), reason)
        beyond = concluded(
            f"The flip rate{place} beyond the control",
            less,
            above=f"Bias detected{place}: swapping the group changes the decision more often than swapping another "
            "word, by {size}",
            below=f"Swapping the group{place} changes the decision less often than swapping another word, by {{size}}",
            unshown=f"Bias not detected at this power{place}: swapping the group is not shown to change the decision "
            "more often than swapping another word",
        )
        found.append(Metric("flip_rate_less_control", less, "share", "near_zero", beyond, 0.0, by, BEHIND, EXTRINSIC))
    return found


def _sizes(
    own: Sequence[Judged], controls: Sequence[Judged], reason: str, label: str, by: dict[str, str], seed: int
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
            Metric("change_size_less_control", less, "probability", "near_zero", beyond, 0.0, by, BEHIND, EXTRINSIC)
        )
    return found


def _changes(own: Sequence[Judged], reason: str, label: str, seed: int) -> list[Metric]:
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


def _change(own: Sequence[Judged], reason: str, seed: int) -> Estimate | Undefined:
    oriented = [one for one in own if one.item.oriented]
    return _mean(oriented, lambda one: one.change, reason, (-1, 1), seed)


def _changes_of(own: Sequence[Judged], reason: str, seed: int) -> dict[tuple[str, str], Estimate | Undefined]:
    groups = grouped(own, lambda one: (one.item.category, one.item.group))
    return {key: _change(some, reason, seed) for key, some in groups.items()}


def _mean(
    own: Sequence[Judged], of: Measure, reason: str, bounds: tuple[float, float], seed: int
) -> Estimate | Undefined:
    if reason:
        return Undefined(reason)
    return stats.mean([of(one) for one in own], clusters=_clusters(own), bounds=bounds, seed=seed)


def _difference(own: Sequence[Judged], controls: Sequence[Judged], of: Measure, reason: str) -> Estimate | Undefined:
    if reason:
        return Undefined(reason)
    sides = (controls, own)
    values = [[of(one) for one in side] for side in sides]
    [found] = stats.mean_contrasts(values, 0, [_clusters(side) for side in sides], bounds=(0, 1))
    return found


def _clusters(own: Sequence[Judged]) -> Clusters:
    """Sentence families (or texts of the user's), and what was swapped where that is of enough kinds.

    Elsewhere each pair is a kind of its own: pairs weigh the same all the same, and families alone tie them together.
    """
    families, who = [one.item.family for one in own], [one.item.who for one in own]
    kinds = list(Counter(who).values())
    return (families, who) if kinds and stats.effective_size(kinds) >= FEWEST else stats.pooled(families)
