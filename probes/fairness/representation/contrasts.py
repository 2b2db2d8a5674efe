"""Shares of groups beside that of the reference group; how often each truly has the counted outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.probes.fairness.group_fairness.cells import Flags, Floats
from fairwitness.probes.fairness.representation.groupings import Grouping, shares
from fairwitness.probes.fairness.representation.sentences import differs, named
from fairwitness.probes.fairness.representation.sizes import NO_WEIGHT, UNIT
from fairwitness.probes.kit.claims import escaped, stated
from fairwitness.probes.kit.standing import standing


def base_rates(
    grouping: Grouping, positive: Flags, labelled: Flags, weights: Floats | None, least: int, counted: str
) -> list[Metric]:
    """How often each group truly has the counted outcome, and its difference to the reference group (max-T)."""
    codes = np.where(labelled, grouping.codes, -1)
    rows = np.bincount(codes[codes >= 0], minlength=len(grouping.groups))
    hits, n = shares(positive, codes, len(grouping.groups), weights)
    result = []
    for at in range(len(grouping.groups)):
        who = named(grouping.by(at))
        estimate = (
            stats.proportion(float(hits[at]), float(n[at]))
            if rows[at] >= least
            else Undefined(f"not estimable: {rows[at]} rows with a true outcome, {least} needed")
        )
        claim = stated(
            f"The base rate of {who}", estimate, f"{{value}} of the {escaped(f'{who} truly have {counted}')}"
        )
        result.append(
            Metric(
                name="base_rate",
                estimate=estimate,
                unit=UNIT,
                better="none",
                claim=claim,
                null=None,
                by=grouping.by(at),
                evidence=("groups",),
                tags=("representation", "detail"),
                **standing(("representation", "detail"), "none", part=bool(grouping.by(at))),
            )
        )
    found = contrasts(grouping, rows.tolist(), hits, n, least)
    return result + differences(
        "base_rate_difference", grouping, found, f"truly have {counted}", "groups", ("representation", "simultaneous")
    )


def differences(
    name: str,
    grouping: Grouping,
    found: Mapping[int, Estimate | Undefined],
    verb: str,
    evidence: str,
    tags: tuple[str, ...],
    variant: Mapping[str, str] | None = None,
) -> list[Metric]:
    """The contrasts of a share with the reference group; `verb` says what its hits do."""
    return [
        Metric(
            name=name,
            estimate=estimate,
            unit=UNIT,
            better="near_zero",
            claim=differs(grouping, at, estimate, verb),
            null=0.0,
            by=grouping.by(at),
            against=grouping.against,
            variant=variant or {},
            evidence=(evidence,),
            tags=tags,
            **standing(tags, "near_zero", part=True),
        )
        for at, estimate in found.items()
    ]


def contrasts(
    grouping: Grouping, rows: Sequence[int], hits: Floats, n: Floats, least: int
) -> dict[int, Estimate | Undefined]:
    """Share of each group less that of the reference, all at once; undefined where either has too few rows."""
    reference = grouping.reference
    if reference is None or len(grouping.groups) < 2:
        return {}
    problems = {at: f"{rows[at]} rows, {least} needed" for at in range(len(rows)) if rows[at] < least}
    problems |= {at: NO_WEIGHT for at in range(len(rows)) if at not in problems and not n[at]}
    sound = [at for at in range(len(rows)) if at not in problems]
    if reference in problems:
        reason = f"not estimable: the reference group {grouping.groups[reference]} has {problems[reference]}"
        return {at: Undefined(reason) for at in range(len(rows)) if at != reference}
    estimates = iter(stats.rate_contrasts([hits[at] for at in sound], [n[at] for at in sound], sound.index(reference)))
    return {
        at: Undefined(f"not estimable: {problems[at]}") if at in problems else next(estimates)
        for at in range(len(rows))
        if at != reference
    }
