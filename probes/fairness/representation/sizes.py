"""How large groups are, beside a population where one is given."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.errors import BadData, BadOption, nearest
from fairwitness.audit.own_cells import shown_cell
from fairwitness.audit.records import Estimate, Evidence, Metric, Table, Undefined
from fairwitness.audit.stats.levels import normal_quantile
from fairwitness.probes.fairness.representation.groupings import MEASURE, NO_WEIGHT, UNIT, WORDS, Grouping, shares
from fairwitness.probes.kit.decisions.categorical import MISSING, Flags, Floats, group, real
from fairwitness.probes.kit.tables import Head, Listing, interval, label, number

Population = Mapping[str, Mapping[str, float]]
"""Share of each group in the population, by group column."""
_SLACK = 0.005
SHARE = MEASURE(name="group_share", better="none", null=None, role="description", scope="detail")
DIFFERENCE = MEASURE(name="population_difference", scope="group", joint=True)


@dataclass(frozen=True, slots=True)
class Share:
    """A group's share of the rows whose group is known, with intervals that hold for all groups of the column at once.

    `inside` are its rows. `population` is its share there, `difference` the share less that; both None where it is not
    given. `estimate` is None of the rows without a group.
    """

    grouping: Grouping
    name: str
    inside: Flags
    estimate: Estimate | Undefined | None = None
    population: float | None = None
    difference: Estimate | Undefined | None = None

    @property
    def metrics(self) -> Iterator[Metric]:
        """The share, and how far it lies from the population."""
        by = {self.grouping.column: self.name}
        who = self.grouping.naming.group(by)
        if self.estimate is not None:
            yield SHARE.metric(self.estimate, by=by, who=who)
        if self.difference is not None:
            yield DIFFERENCE.metric(self.difference, by=by, who=who)


def population(given: Sequence[str], table: Table | None, columns: Sequence[str]) -> Population:
    """Shares of a population from `column=group:share` and from a table of columns column, group, share.

    Raises BadOption or BadData where a share is no number from 0 to 1, shares of a column add up to more than 1, or a
    column is no group column.
    """
    shares: dict[str, dict[str, float]] = {}
    for entry in given:
        column, sign, rest = entry.partition("=")
        name, colon, share = rest.rpartition(":")
        if not sign or not colon:
            raise BadOption(f"population {entry!r}: write column=group:share, for example sex=female:0.51")
        known = _share(f"population {entry!r}", share.strip(), BadOption)
        shares.setdefault(column.strip(), {})[name.strip()] = known
    if table is not None:
        cells = (table.columns[name] for name in ("column", "group", "share"))
        for row, (column_cell, name_cell, share_cell) in enumerate(zip(*cells, strict=True), start=1):
            known = _share(f"population file, row {row}", share_cell, BadData)
            shares.setdefault(str(column_cell).strip(), {})[group(name_cell)] = known
    for column, known_shares in shares.items():
        if column not in columns:
            raise BadOption(f"population: {column!r} is no group column{nearest(column, columns)}")
        if (total := math.fsum(known_shares.values())) > 1 + _SLACK:
            raise BadOption(f"population: the shares of {column!r} add up to {total:g}, more than 1")
    return shares


def _share(where: str, cell: object, error: type[BadData] | type[BadOption]) -> float:
    share = real(cell) if isinstance(cell, str | int | float) else math.nan
    if not 0 <= share <= 1:
        raise error(f"{where}: the share {shown_cell(cell, ())} is no number from 0 to 1")
    return share


def group_shares(grouping: Grouping, weights: Floats | None, known: Mapping[str, float], least: int) -> list[Share]:
    """Wilson intervals at Goodman's level (Technometrics 7 (1965) 247-254): 1 - (1 - level) / number of groups.

    Undefined below `least` rows with a known group. The population's shares are taken as exact.
    """
    names = [*grouping.groups, *(name for name in known if name not in grouping.groups)]
    rows, everybody = int(grouping.known.sum()), np.where(grouping.known, 0, -1)
    counted: dict[str, Any] = {"rows": rows, "needed": least, "units": grouping.naming.units}
    few = WORDS.undefined("reason.few", "few_units", **counted) if rows < least else None
    made: list[Share] = []
    for place, name in enumerate(names):
        inside = grouping.codes == place
        hits, n = shares(inside, everybody, 1, weights)
        sizes = float(hits[0]), float(n[0]), len(names), few
        beside = known.get(name)
        difference = None if beside is None else _simultaneous(*sizes, offset=beside)
        made.append(Share(grouping, name, inside, _simultaneous(*sizes), beside, difference))
    return made


def _simultaneous(
    hits: float, n: float, groups: int, few: Undefined | None, offset: float = 0.0
) -> Estimate | Undefined:
    """The share less `offset`, with limits that hold for so many shares at once; `few` says why if rows are too few."""
    if few is not None or n == 0:
        return few or NO_WEIGHT
    limits = stats.rate_statistic(hits, n).limits

    def interval(level: float) -> tuple[float, float]:
        low, high = limits(normal_quantile(1 - (1 - level) / groups))
        return low - offset, high - offset

    method = "Wilson score, Goodman (all groups at once)"
    return stats.estimate(hits / n - offset, interval, n=n, method=method, bounds=(0.0 - offset, 1.0 - offset))


def group_table(
    groupings: Sequence[Grouping],
    shares: Sequence[Share],
    labelled: Flags | None,
    positive: Flags | None,
    weights: Floats | None,
) -> Evidence:
    """Every group with its size, beside the population, and its base rate; rows without a group are a line of it.

    Rows are counted; shares and base rates are weighted where rows have weights.
    """
    heads: list[Head[Share]] = [
        label("by", lambda share: share.grouping.column),
        label("group", lambda share: share.name),
        number("rows", lambda share: int(share.inside.sum()), "rows"),
        *interval(("share", "from", "to"), lambda share: share.estimate, "share"),
    ]
    if any(share.population is not None for share in shares):
        heads.append(number("share of the population", lambda share: share.population, UNIT))
    if labelled is not None:
        heads.append(number("true_outcome", lambda share: int((share.inside & labelled).sum()), "rows"))
    if labelled is not None and positive is not None:
        heads += _outcome_heads(labelled, positive, weights)
    lines = []
    for grouping in groupings:
        lines += [share for share in shares if share.grouping is grouping]
        if not grouping.known.all():
            lines.append(Share(grouping, MISSING, ~grouping.known))
    return Listing("groups", WORDS, tuple(heads)).of(lines)


def _outcome_heads(labelled: Flags, positive: Flags, weights: Floats | None) -> tuple[Head[Share], Head[Share]]:
    def base_rate(share: Share) -> float | None:
        rows = share.inside & labelled
        weight = np.ones(int(rows.sum())) if weights is None else weights[rows]
        return float(weight @ positive[rows] / weight.sum()) if weight.any() else None

    counted: Head[Share] = number(
        "counted outcome", lambda share: int((share.inside & labelled & positive).sum()), "rows"
    )
    return counted, number("base rate", base_rate, UNIT)
