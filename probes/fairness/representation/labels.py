"""How often each group truly has the counted outcome, and how true outcomes are spread over groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Evidence, Metric, Undefined
from fairwitness.probes.fairness.representation.groupings import MEASURE, UNIT, WORDS, Grouping, contrasts, shares
from fairwitness.probes.kit.decisions.categorical import Categorical, Flags, Floats
from fairwitness.probes.kit.tables import Listing, label, number

MOST_OUTCOMES = 50
"""Different true outcomes that are listed; more are numbers to be cut by a rule."""
BASE_RATE = MEASURE(name="base_rate", better="none", null=None, role="description", scope="detail")
DIFFERENCE = MEASURE(name="base_rate_difference", scope="group", joint=True)


def base_rates(
    grouping: Grouping, positive: Flags, labelled: Flags, weights: Floats | None, least: int, truth: str
) -> Iterator[Metric]:
    """How often each group truly has the counted outcome, and its difference to the reference group (max-T)."""
    codes = np.where(labelled, grouping.codes, -1)
    rows = np.bincount(codes[codes >= 0], minlength=len(grouping.groups))
    hits, n = shares(positive, codes, len(grouping.groups), weights)
    sizes: dict[str, Any] = {"needed": least, "units": grouping.naming.units}
    for place, name in enumerate(grouping.groups):
        rate: Estimate | Undefined = WORDS.undefined("reason.few_labelled", "few_units", rows=rows[place], **sizes)
        if rows[place] >= least:
            rate = stats.proportion(float(hits[place]), float(n[place]))
        yield BASE_RATE.metric(rate, by={grouping.column: name}, who=grouping.words(place), truth=truth)
    estimates = contrasts(grouping, rows.tolist(), hits, n, least)
    yield from grouping.differences(DIFFERENCE, estimates, {}, truth=truth)


@dataclass(frozen=True, slots=True)
class Line:
    """How many rows of a group have an outcome, and its share of the rows of the group and of those of the outcome."""

    outcome: str
    by: str
    group: str
    rows: int
    of_group: float | None
    of_outcome: float | None


OUTCOMES: Listing[Line] = Listing(
    "outcomes",
    WORDS,
    label("true outcome", lambda line: line.outcome),
    label("by", lambda line: line.by),
    label("group", lambda line: line.group),
    number("rows", lambda line: line.rows, "rows"),
    number("share_group", lambda line: line.of_group, UNIT),
    number("share_outcome", lambda line: line.of_outcome, UNIT),
)


def label_table(groupings: Sequence[Grouping], truth: Categorical) -> Evidence | None:
    """How true outcomes are spread in each group; None where there are too many different ones."""
    if not 1 < len(truth.counts) <= MOST_OUTCOMES:
        return None
    return OUTCOMES.of([line for place in range(len(truth.values)) for line in _lines(groupings, truth, place)])


def _lines(groupings: Sequence[Grouping], truth: Categorical, place: int) -> Iterator[Line]:
    value, has = truth.values[place], truth.codes == place
    total = int(has.sum())
    yield Line(value, "all rows", "all rows", total, total / int(truth.known.sum()), 1.0)
    for grouping in groupings:
        for code, name in enumerate(grouping.groups):
            inside = grouping.codes == code
            both, labelled = int((inside & has).sum()), int((inside & truth.known).sum())
            of_group = both / labelled if labelled else None
            yield Line(value, grouping.column, name, both, of_group, both / total if total else None)
