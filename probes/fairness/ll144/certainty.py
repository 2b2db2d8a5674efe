"""How sure an impact ratio is: intervals that allow for the choice of the highest rate, and exact tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.probes.fairness.group_fairness.ends import completed
from fairwitness.probes.fairness.ll144.counting import Line, Tally
from fairwitness.probes.kit.claims import stated
from fairwitness.probes.kit.standing import standing

ALIKE = Undefined("nobody or everybody was selected: nothing was decided", "not_interpretable")
HIGHEST = Undefined("it has the highest rate: its ratio is 1 by definition", "not_asked")


@dataclass(frozen=True, slots=True)
class Compared:
    """A category beside the one with the highest rate.

    `ratio` is undefined for that category itself and where no rate is above 0; `exact` is the p-value of Fisher's test
    that both rates are equal, `adjusted` the same with Holm's correction over all pairs of the table.
    """

    line: Line
    ratio: Estimate | Undefined
    exact: float | None
    adjusted: float | None


def compared(tally: Tally) -> list[Compared]:
    """Every category that has an impact ratio.

    Which category has the highest rate is itself learnt from the data, and a highest rate tends to be too high. So the
    intervals are made from those of all pairs of categories at once (`stats.ratios_to_highest`): they hold whichever
    category truly is highest.
    """
    highest = tally.highest
    if highest is None:
        return [Compared(line, ALIKE, None, None) for line in tally.compared]
    exact, adjusted = _exact(tally.compared)
    ratios = stats.ratios_to_highest([line.hits for line in tally.compared], [line.persons for line in tally.compared])
    found = []
    for line, ratio in zip(tally.compared, ratios, strict=True):
        if line is highest:
            found.append(Compared(line, HIGHEST, None, None))
        else:
            pair = frozenset({line.name, highest.name})
            found.append(Compared(line, ratio, exact[pair], adjusted[pair]))
    return found


def ratio_metrics(tally: Tally, found: Sequence[Compared], verb: str, least: int) -> list[Metric]:
    """Impact ratios of all categories but the highest; undefined where either has fewer than `least` persons.

    Where nobody or everybody was selected, nothing was decided, and no ratio says anything.
    """
    highest = tally.highest
    everybody = all(line.hits == line.persons for line in tally.compared)
    result = []
    for one in found:
        if one.line is highest:
            continue
        lines = [one.line] if highest is None else [one.line, highest]
        few = next((line for line in lines if line.persons < least), None)
        ratio = ALIKE if everybody else one.ratio
        if few is not None and ratio is not ALIKE:
            ratio = Undefined(f"not estimable: {few.name} has {few.persons} persons, {least} needed")
        who = f"persons in the category {one.line.name}"
        beside = "the highest rate" if highest is None else f"{highest.name}, the highest rate"
        said = f"{who[:1].upper()}{who[1:]} {verb} {{value}} times as often as those in {beside}"
        result.append(_ratio(tally, one.line, completed(ratio, tally.ends(one.line)), said))
    result += [_ratio(tally, line, _unheard(line), "") for line in tally.silent]
    return result


def _ratio(tally: Tally, line: Line, ratio: Estimate | Undefined, said: str) -> Metric:
    claim = stated(f"The impact ratio of persons in the category {line.name}", ratio, said)
    tags = ("ll144", "intersection" if tally.id == "intersection" else "contrast", "simultaneous")
    return Metric(
        name="impact_ratio",
        estimate=ratio,
        unit="ratio",
        better="higher",
        claim=claim,
        null=1.0,
        by=line.by,
        evidence=(tally.id, "certainty"),
        tags=tags,
        **standing(tags, "higher", part=bool(line.by)),
    )


def _unheard(line: Line) -> Undefined:
    return Undefined(f"not estimable: none of the {line.unheard} persons in {line.name} got a decision")


def rate_metrics(tally: Tally, name: str, verb: str, least: int) -> list[Metric]:
    """The rate of every category with persons, each with Wilson's interval."""
    result = []
    for line in tally.lines:
        if not line.persons + line.unheard:
            continue
        rate: Estimate | Undefined = Undefined(f"not estimable: {line.persons} persons, {least} needed")
        if not line.persons:
            rate = _unheard(line)
        elif line.persons >= least:
            rate = completed(stats.proportion(line.hits, line.persons), line.ends)
        claim = stated(f"The rate of the category {line.name}", rate, f"{{value}} of the persons in {line.name} {verb}")
        result.append(
            Metric(
                name=name,
                estimate=rate,
                unit="share",
                better="none",
                claim=claim,
                null=None,
                by=line.by,
                evidence=(tally.id, "certainty"),
                tags=("ll144", "detail"),
                **standing(("ll144", "detail"), "none", part=bool(line.by)),
            )
        )
    return result


def _exact(lines: Sequence[Line]) -> tuple[Mapping[frozenset[str], float], Mapping[frozenset[str], float]]:
    """Fisher's exact two-sided p-value of every pair, and with Holm's correction over them."""
    from scipy.stats import fisher_exact

    pairs = list(combinations(lines, 2))
    tables = [np.array([[one.hits, one.persons - one.hits] for one in pair]) for pair in pairs]
    values = [float(fisher_exact(table).pvalue) for table in tables]
    names = [frozenset({a.name, b.name}) for a, b in pairs]
    return dict(zip(names, values, strict=True)), dict(zip(names, stats.holm(values), strict=True))
