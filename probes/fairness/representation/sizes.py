"""How large groups are, beside a population where one is given."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.errors import BadData, BadOption, nearest
from fairwitness.audit.own_cells import shown_cell
from fairwitness.audit.records import Estimate, Metric, Table, Undefined
from fairwitness.audit.stats.ladder import normal_quantile
from fairwitness.probes.fairness.group_fairness.cells import Floats, group, real
from fairwitness.probes.fairness.representation.groupings import Grouping, shares
from fairwitness.probes.fairness.representation.sentences import named
from fairwitness.probes.kit.claims import concluded, escaped, stated
from fairwitness.probes.kit.standing import standing

UNIT = "share"
Population = Mapping[str, Mapping[str, float]]
"""Share of each group in the population, by group column."""
_SLACK = 0.005
NO_WEIGHT = "no row of weight above 0"


@dataclass(frozen=True, slots=True)
class Share:
    """A group's share of the rows whose group is known, with intervals that hold for all groups of the column at once.

    `population` is its share there, `difference` the share less that; both None where it is not given. `at` is None
    for a group of the population of which the table has no row.
    """

    grouping: Grouping
    name: str
    at: int | None
    estimate: Estimate | Undefined
    population: float | None
    difference: Estimate | Undefined | None


def population(given: Sequence[str], table: Table | None, columns: Sequence[str]) -> Population:
    """Shares of a population from `column=group:share` and from a table of columns column, group, share.

    Raises BadOption or BadData where a share is no number from 0 to 1, shares of a column add up to more than 1, or a
    column is no group column.
    """
    found: dict[str, dict[str, float]] = {}
    for entry in given:
        column, sign, rest = entry.partition("=")
        name, colon, share = rest.rpartition(":")
        if not sign or not colon:
            raise BadOption(f"population {entry!r}: write column=group:share, for example sex=female:0.51")
        own = _share(f"population {entry!r}", share.strip(), BadOption)
        found.setdefault(column.strip(), {})[name.strip()] = own
    if table is not None:
        cells = (table.columns[name] for name in ("column", "group", "share"))
        for row, (column_cell, name_cell, share_cell) in enumerate(zip(*cells, strict=True), start=1):
            own = _share(f"population file, row {row}", share_cell, BadData)
            found.setdefault(str(column_cell).strip(), {})[group(name_cell)] = own
    for column, shares_of in found.items():
        if column not in columns:
            raise BadOption(f"population: {column!r} is no group column{nearest(column, columns)}")
        if (total := math.fsum(shares_of.values())) > 1 + _SLACK:
            raise BadOption(f"population: the shares of {column!r} add up to {total:g}, more than 1")
    return found


def group_shares(grouping: Grouping, weights: Floats | None, known: Mapping[str, float], least: int) -> list[Share]:
    """Wilson intervals at Goodman's level (Technometrics 7 (1965) 247-254): 1 - (1 - level) / number of groups.

    Undefined below `least` rows with a known group. The population's shares are taken as exact.
    """
    names = [*grouping.groups, *(name for name in known if name not in grouping.groups)]
    rows, everybody = int(grouping.known.sum()), np.where(grouping.known, 0, -1)
    few = f"{rows} rows, {least} needed" if rows < least else ""
    found: list[Share] = []
    for at, name in enumerate(names):
        hits, n = shares(grouping.codes == at, everybody, 1, weights)
        counted = float(hits[0]), float(n[0]), len(names), few
        place = at if at < len(grouping.groups) else None
        beside = known.get(name)
        difference = None if beside is None else _simultaneous(*counted, offset=beside)
        found.append(Share(grouping, name, place, _simultaneous(*counted), beside, difference))
    return found


def share_metrics(found: Sequence[Share]) -> list[Metric]:
    """The shares, and how far they lie from the population."""
    result = []
    for one in found:
        by = {one.grouping.column: one.name}
        who, template = named(by), escaped(named(by))
        result.append(
            Metric(
                name="group_share",
                estimate=one.estimate,
                unit=UNIT,
                better="none",
                claim=stated(f"The share of {who}", one.estimate, f"The share of {template} is {{value}}"),
                by=by,
                evidence=("groups",),
                tags=("representation", "detail"),
                **standing(("representation", "detail"), "none", part=bool(by)),
            )
        )
        if one.difference is not None:
            claim = concluded(
                f"The share of {who} beside the population",
                one.difference,
                above=f"The table has more {template} than the population, by {{size}} of all rows",
                below=f"The table has fewer {template} than the population, by {{size}} of all rows",
                unshown=f"That the share of {template} differs from the population is not shown",
            )
            result.append(
                Metric(
                    name="population_difference",
                    estimate=one.difference,
                    unit=UNIT,
                    better="near_zero",
                    claim=claim,
                    null=0.0,
                    by=by,
                    evidence=("groups",),
                    tags=("representation", "simultaneous"),
                    **standing(("representation", "simultaneous"), "near_zero", part=bool(by)),
                )
            )
    return result


def _simultaneous(hits: float, n: float, groups: int, few: str, offset: float = 0.0) -> Estimate | Undefined:
    """The share less `offset`, with limits that hold for so many shares at once; `few` says that rows are too few."""
    if few or n == 0:
        return Undefined(f"not estimable: {few or NO_WEIGHT}")
    limits = stats.rate_sample(hits, n).limits

    def interval(level: float) -> tuple[float, float]:
        low, high = limits(normal_quantile(1 - (1 - level) / groups))
        return low - offset, high - offset

    method = "Wilson score, Goodman (all groups at once)"
    return stats.estimate(hits / n - offset, interval, n=n, method=method, bounds=(0.0 - offset, 1.0 - offset))


def _share(where: str, cell: object, error: type[BadData] | type[BadOption]) -> float:
    share = real(cell) if isinstance(cell, str | int | float) else math.nan
    if not 0 <= share <= 1:
        raise error(f"{where}: the share {shown_cell(cell, ())} is no number from 0 to 1")
    return share
