"""The tables behind the metrics: groups, outcomes by group, and what gives groups away."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairwitness.audit.records import Cell, Column, Estimate, Evidence, Metric, Undefined
from fairwitness.probes.fairness.group_fairness.cells import MISSING, Coded, Flags, Floats
from fairwitness.probes.fairness.representation.groupings import Grouping
from fairwitness.probes.fairness.representation.proxies import Proxy
from fairwitness.probes.fairness.representation.sentences import named
from fairwitness.probes.fairness.representation.sizes import UNIT, Share
from fairwitness.probes.kit.claims import concluded, escaped
from fairwitness.probes.kit.standing import standing

MOST_OUTCOMES = 50
"""Different true outcomes that are listed; more are numbers to be cut by a rule."""
MOST_COLUMNS = 10
"""Columns listed for a group, the most telling first."""


def group_table(
    groupings: Sequence[Grouping],
    found: Sequence[Share],
    labelled: Flags | None,
    positive: Flags | None,
    weights: Floats | None,
) -> Evidence:
    """Every group with its size, beside the population, and its base rate; rows without a group are a line of it.

    Rows are counted; shares and base rates are weighted where rows have weights.
    """
    columns = [
        Column("by"),
        Column("group"),
        Column("rows", "number", "rows"),
        *(Column(name, "number", UNIT) for name in ("share", "from", "to")),
    ]
    compared = any(one.population is not None for one in found)
    if compared:
        columns.append(Column("share of the population", "number", UNIT))
    if labelled is not None:
        columns.append(Column("with true outcome", "number", "rows"))
    if positive is not None:
        columns += [Column("counted outcome", "number", "rows"), Column("base rate", "number", UNIT)]
    rows: list[tuple[Cell, ...]] = []

    def add(grouping: Grouping, name: str, inside: Flags, span: Sequence[Cell], share: float | None) -> None:
        outcomes = _outcomes(inside, labelled, positive, weights)
        beside = [share] if compared else []
        rows.append((grouping.column, name, int(inside.sum()), *span, *beside, *outcomes))

    for grouping in groupings:
        for one in (share for share in found if share.grouping is grouping):
            inside = grouping.codes == one.at if one.at is not None else np.zeros_like(grouping.known)
            add(grouping, one.name, inside, _span(one.estimate), one.population)
        if not grouping.known.all():
            add(grouping, MISSING, ~grouping.known, (None, None, None), None)
    caption = "Groups and their share of the rows whose group is known; all intervals of a column hold at once"
    return Evidence("groups", caption, "table", tuple(columns), tuple(rows), len(rows))


def label_table(groupings: Sequence[Grouping], truth: Coded) -> Evidence | None:
    """How true outcomes are spread in each group; None where there are too many different ones."""
    if not 1 < len(truth.counts) <= MOST_OUTCOMES:
        return None
    columns = (
        Column("true outcome"),
        Column("by"),
        Column("group"),
        Column("rows", "number", "rows"),
        Column("share of the group", "number", UNIT),
        Column("share of the outcome", "number", UNIT),
    )
    rows: list[tuple[Cell, ...]] = []
    for at, value in enumerate(truth.values):
        has = truth.codes == at
        rows.append((value, "all rows", "all rows", int(has.sum()), float(has.sum() / truth.known.sum()), 1.0))
        for grouping in groupings:
            for code, name in enumerate(grouping.groups):
                own = grouping.codes == code
                both, labelled = int((own & has).sum()), int((own & truth.known).sum())
                share = both / labelled if labelled else None
                rows.append((value, grouping.column, name, both, share, both / int(has.sum()) if has.any() else None))
    caption = "True outcomes by group, and groups by true outcome"
    return Evidence("outcomes", caption, "table", columns, tuple(rows), len(rows))


def proxy_metrics(found: Sequence[Proxy], features: int) -> list[Metric]:
    """How well each group can be told from the others by all columns together."""
    result = []
    for one in found:
        by = {one.grouping.column: one.group}
        columns = "the other column tells" if features == 1 else f"the {features} other columns tell"
        told = escaped(f"{columns} {named(by)} from the rest")
        claim = concluded(
            f"How well {columns} {named(by)} from the rest",
            one.together,
            above=f"{told[:1].upper()}{told[1:]} better than guessing by {{size}}",
            below=f"{told[:1].upper()}{told[1:]} worse than guessing by {{size}}",
            unshown=f"That {told} is not shown",
            null=0.5,
        )
        result.append(
            Metric(
                name="proxy_auc",
                estimate=one.together,
                unit="AUC",
                better="lower",
                claim=claim,
                null=0.5,
                by=by,
                evidence=("proxies",),
                tags=("representation", "proxy"),
                **standing(("representation", "proxy"), "lower", part=bool(by)),
            )
        )
    return result


def proxy_table(found: Sequence[Proxy]) -> Evidence:
    """All columns together, and the most telling ones alone."""
    columns = (
        Column("by"),
        Column("group"),
        Column("told from the rest by"),
        Column("AUC", "number", "AUC"),
        Column("from", "number", "AUC"),
        Column("to", "number", "AUC"),
    )
    rows: list[tuple[Cell, ...]] = []
    for one in found:
        rows.append((one.grouping.column, one.group, "all columns together", *_span(one.together)))
        rows += [(one.grouping.column, one.group, name, *_span(auc)) for name, auc in one.alone[:MOST_COLUMNS]]
    total = sum(1 + len(one.alone) for one in found)
    caption = (
        "How well a group can be told from the rest by the other columns, on rows that were not learnt from (an AUC of "
        "0.5 is guessing); single columns, the most telling first, with intervals that hold for all of them at once"
    )
    return Evidence("proxies", caption, "table", columns, tuple(rows), total)


def _span(estimate: Estimate | Undefined) -> tuple[float | None, float | None, float | None]:
    if isinstance(estimate, Undefined):
        return None, None, None
    return estimate.value, estimate.low, estimate.high


def _outcomes(inside: Flags, labelled: Flags | None, positive: Flags | None, weights: Floats | None) -> list[Cell]:
    if labelled is None:
        return []
    rows = np.flatnonzero(inside & labelled)
    if positive is None:
        return [len(rows)]
    weight = np.ones(len(rows)) if weights is None else weights[rows]
    rate = float(weight @ positive[rows] / weight.sum()) if weight.any() else None
    return [len(rows), int(positive[rows].sum()), rate]
