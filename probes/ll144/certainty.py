"""How sure an impact ratio is: intervals that allow for the choice of the highest rate, and exact tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from assay.audit import stats
from assay.audit.records import Estimate, Metric, Undefined
from assay.audit.stats.ladder import normal_level
from assay.audit.stats.quantiles import range_quantile
from assay.probes.claims import stated
from assay.probes.ll144.counting import Line, Tally


@dataclass(frozen=True, slots=True)
class Compared:
    """A category beside the one with the highest rate.

    `ratio` is undefined for that category itself and where a rate of 0 stands below; `exact` is the p-value of
    Fisher's test that both rates are equal, `adjusted` the same with Holm's correction over all pairs of the table.
    """

    line: Line
    ratio: Estimate | Undefined
    exact: float | None
    adjusted: float | None


def compared(tally: Tally) -> list[Compared]:
    """Every category that has an impact ratio.

    Which category has the highest rate is itself learnt from the data, and a highest rate tends to be too high. So the
    intervals are those of all pairs of categories at once (the quantile of the studentised range, Tukey & Kramer): they
    hold whichever category comes out highest. The limits are Katz's, or MOVER-R's for small counts.
    """
    highest = tally.highest
    if highest is None:
        return [Compared(line, Undefined("not estimable: no rate is above 0"), None, None) for line in tally.compared]
    exact, adjusted = _exact(tally.compared)
    found = []
    for line in tally.compared:
        if line is highest:
            found.append(Compared(line, Undefined("it has the highest rate: its ratio is 1 by definition"), None, None))
            continue
        pair = frozenset({line.name, highest.name})
        ratio = _ratio(line, highest, len(tally.compared))
        found.append(Compared(line, ratio, exact[pair], adjusted[pair]))
    return found


def ratio_metrics(tally: Tally, found: Sequence[Compared], verb: str, least: int) -> list[Metric]:
    """Impact ratios of all categories but the highest; undefined where either has fewer than `least` persons."""
    highest = tally.highest
    if highest is None:
        return []
    result = []
    for one in found:
        if one.line is highest:
            continue
        few = next((line for line in (one.line, highest) if line.persons < least), None)
        ratio = one.ratio
        if few is not None:
            ratio = Undefined(f"not estimable: {few.name} has {few.persons} persons, {least} needed")
        who = f"persons in the category {one.line.name}"
        said = (
            f"{who[:1].upper()}{who[1:]} {verb} {{value}} times as often as those in {highest.name}, the highest rate"
        )
        claim = stated(f"The impact ratio of {who}", ratio, said)
        tags = ("ll144", "intersection" if tally.id == "intersection" else "contrast", "simultaneous")
        result.append(
            Metric("impact_ratio", ratio, "ratio", "higher", claim, 1.0, one.line.by, (tally.id, "certainty"), tags)
        )
    return result


def rate_metrics(tally: Tally, name: str, verb: str, least: int) -> list[Metric]:
    """The rate of every category with persons, each with Wilson's interval."""
    result = []
    for line in tally.lines:
        if not line.persons:
            continue
        rate: Estimate | Undefined = Undefined(f"not estimable: {line.persons} persons, {least} needed")
        if line.persons >= least:
            rate = stats.proportion(line.hits, line.persons)
        claim = stated(f"The rate of the category {line.name}", rate, f"{{value}} of the persons in {line.name} {verb}")
        result.append(
            Metric(name, rate, "share", "none", claim, None, line.by, (tally.id, "certainty"), ("ll144", "detail"))
        )
    return result


def _ratio(line: Line, highest: Line, categories: int) -> Estimate | Undefined:
    """The ratio of two rates at the level that makes all pairs of so many categories hold at once."""
    plain = stats.ratio(line.hits, line.persons, highest.hits, highest.persons)
    if isinstance(plain, Undefined):
        return plain

    def interval(level: float) -> tuple[float, float]:
        wide = stats.ratio(
            line.hits, line.persons, highest.hits, highest.persons, normal_level(range_quantile(level, categories))
        )
        return (wide.low, wide.high) if isinstance(wide, Estimate) else (plain.value, plain.value)

    method = f"{plain.method}, all pairs at once"
    return stats.estimate(plain.value, interval, n=plain.n, method=method, bounds=(0.0, float("inf")))


def _exact(lines: Sequence[Line]) -> tuple[Mapping[frozenset[str], float], Mapping[frozenset[str], float]]:
    """Fisher's exact two-sided p-value of every pair, and with Holm's correction over them."""
    from scipy.stats import fisher_exact

    pairs = list(combinations(lines, 2))
    tables = [np.array([[one.hits, one.persons - one.hits] for one in pair]) for pair in pairs]
    values = [float(fisher_exact(table).pvalue) for table in tables]
    names = [frozenset({a.name, b.name}) for a, b in pairs]
    return dict(zip(names, values, strict=True)), dict(zip(names, stats.holm(values), strict=True))
