"""The signed change of every group, and which of them are shown once all are corrected for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.probes.bias.counterfactual.flips import BEHIND, clusters_of
from fairwitness.probes.bias.counterfactual.scores import Judged
from fairwitness.probes.kit.claims import concluded
from fairwitness.probes.kit.grouping import grouped

DETAIL = ("extrinsic", "detail")
SHOWN_AT = 0.05
"""The chance that any claim about a group is wrong, all groups together."""
Group: TypeAlias = tuple[str, str]
"""Category and group."""
Changes: TypeAlias = Mapping[Group, Estimate | Undefined]


def changes_of(asked: Sequence[Judged], reason: Undefined | None, seed: int) -> Changes:
    """The mean change of each group, over pairs of which it is known which text is about the group."""
    groups = grouped(asked, lambda one: (one.item.category, one.item.group))
    return {key: _change(some, reason, seed) for key, some in groups.items()}


def adjusted(changes: Changes) -> dict[Group, float]:
    """The p-value of each change that is known, corrected for all of them (Holm 1979)."""
    known = {key: stats.two_sided_p(one, 0.0) for key, one in changes.items() if isinstance(one, Estimate)}
    return dict(zip(known, stats.holm(list(known.values())), strict=True))


def metrics(asked: Sequence[Judged], changes: Changes, chances: Mapping[Group, float], label: str) -> list[Metric]:
    """The change of each group; what is said of it holds for all groups together."""
    items = {(one.item.category, one.item.group): one.item for one in asked}
    found = []
    for key, item in items.items():
        who = f"{item.group} ({item.category})"
        claim = concluded(
            f"The change for {who}",
            changes[key],
            above=f"Bias detected: {label!r} is more probable for {who} than for {item.reference}, by {{size}}",
            below=f"Bias detected: {label!r} is less probable for {who} than for {item.reference}, by {{size}}",
            unshown=f"Bias not detected at this power: {label!r} is not shown to be more or less probable for {who} "
            f"than for {item.reference}",
            among_others=chances.get(key, 1.0) <= SHOWN_AT,
        )
        by = {"category": item.category, "group": item.group}
        found.append(Metric("change", changes[key], "probability", "near_zero", claim, 0.0, by, BEHIND, DETAIL))
    return found


def _change(own: Sequence[Judged], reason: Undefined | None, seed: int) -> Estimate | Undefined:
    if reason is not None:
        return reason
    oriented = [one for one in own if one.item.oriented]
    return stats.mean([one.change for one in oriented], clusters_of(oriented), (-1, 1), seed=seed, weigh="values")
