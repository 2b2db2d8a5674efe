"""How sure an impact ratio is: intervals that allow for the choice of the highest rate, and exact tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Metric, Name, Undefined
from fairwitness.audit.stats.unanswered import completed
from fairwitness.probes.fairness.ll144.categories import WORDS
from fairwitness.probes.fairness.ll144.counting import Line, Tally
from fairwitness.probes.fairness.ll144.persons import Counted
from fairwitness.probes.kit.decisions.figures import against
from fairwitness.probes.kit.decisions.naming import capital
from fairwitness.probes.kit.measures import Measure, description

ALIKE = WORDS.undefined("reason.alike", "no_variation", "not_interpretable")
HIGHEST = WORDS.undefined("reason.highest", "no_reference", "not_asked")
IMPACT = Measure(name="impact_ratio", words=WORDS, unit="ratio", better="higher", null=1.0, scope="group", joint=True)
RATE = replace(description("selection_rate", WORDS, "share", tags=("ll144",)), scope="detail")


@dataclass(frozen=True, slots=True)
class Compared:
    """A category beside the one with the highest rate.

    `ratio` is undefined for that category itself and where no rate is above 0; `exact` is the p-value of Fisher's test
    that both rates are equal, `adjusted` the same with Holm's correction over all pairs of the table.
    """

    line: Line
    ratio: Estimate | Undefined
    exact: float | None = None
    adjusted: float | None = None


def compared(tally: Tally) -> list[Compared]:
    """Every category that has an impact ratio.

    Which category has the highest rate is itself learnt from the data, and a highest rate tends to be too high. So the
    intervals are made from those of all pairs of categories at once (`stats.ratios_to_highest`): they hold whichever
    category truly is highest.
    """
    lines, highest = tally.compared, tally.highest
    if highest is None:
        return [Compared(line, ALIKE) for line in lines]
    exact, adjusted = _exact(lines)
    ratios = stats.ratios_to_highest([line.hits for line in lines], [line.persons for line in lines])
    comparisons = []
    for line, ratio in zip(lines, ratios, strict=True):
        pair = frozenset({line.name, highest.name})
        tested = Compared(line, HIGHEST) if line is highest else Compared(line, ratio, exact[pair], adjusted[pair])
        comparisons.append(tested)
    return comparisons


def ratio_metrics(tally: Tally, comparisons: Sequence[Compared], counted: Counted, least: int) -> Iterator[Metric]:
    """Impact ratios of all categories but the highest; undefined where either has fewer than `least` persons.

    Where nobody or everybody was selected, nothing was decided, and no ratio says anything.
    """
    highest = tally.highest
    everybody = all(line.hits == line.persons for line in tally.compared)
    crossed = tally.id == "intersection"
    measure = replace(
        IMPACT,
        scope="detail" if crossed else "group",
        tags=("ll144", "intersection" if crossed else "contrast"),
        evidence=(tally.id, "certainty"),
    )
    words: dict[str, Any] = {"verb": counted.verb, "highest": WORDS("part.no_highest")}
    if highest is not None:
        words["highest"] = WORDS("part.highest", category=_persons(highest, counted))
    for category in comparisons:
        line, ratio = category.line, ALIKE if everybody else category.ratio
        if line is highest:
            continue
        few = next((each for each in (line, highest) if each is not None and each.persons < least), None)
        if few is not None and ratio is not ALIKE:
            names: dict[str, Any] = {"category": Name(few.name), "persons": few.persons, "needed": least}
            ratio = WORDS.undefined("reason.few", "few_units", **names)
        rates = ""
        if isinstance(ratio, Estimate) and highest is not None:
            rates = WORDS("part.rates", rates=against(line.rate or 0.0, highest.rate or 0.0))
        estimate = completed(ratio, tally.ends(line))
        yield measure.metric(estimate, by=line.by, rates=rates, **_category(line, counted), **words)
    for line in tally.silent:
        yield measure.metric(_none_assessed(line), by=line.by, rates="", **_category(line, counted), **words)


def _persons(line: Line, counted: Counted) -> str:
    """The persons of a category."""
    return WORDS("part.category", persons=counted.persons, name=Name(line.name))


def _category(line: Line, counted: Counted) -> dict[str, Any]:
    """The persons of a category as sentences name them, within and at their start."""
    persons = _persons(line, counted)
    return {"category": persons, "Category": capital(persons)}


def rate_metrics(tally: Tally, counted: Counted, least: int) -> Iterator[Metric]:
    """The rate of every category with persons, each with Wilson's interval."""
    measure = replace(RATE, name=counted.rate.replace(" ", "_"), evidence=(tally.id, "certainty"))
    for line in tally.lines:
        if not line.persons + line.unassessed:
            continue
        rate: Estimate | Undefined = _none_assessed(line)
        if line.persons >= least:
            rate = completed(stats.proportion(line.hits, line.persons), line.ends)
        elif line.persons:
            rate = WORDS.undefined("reason.few_of_category", "few_units", persons=line.persons, needed=least)
        yield measure.metric(rate, by=line.by, category=_persons(line, counted), verb=counted.verb)


def _none_assessed(line: Line) -> Undefined:
    return WORDS.undefined("reason.unassessed", "unanswered", persons=line.unassessed, category=Name(line.name))


def _exact(lines: Sequence[Line]) -> tuple[Mapping[frozenset[str], float], Mapping[frozenset[str], float]]:
    """Fisher's exact two-sided p-value of every pair, and with Holm's correction over them."""
    from scipy.stats import fisher_exact

    pairs = list(combinations(lines, 2))
    tables = [np.array([[line.hits, line.persons - line.hits] for line in pair]) for pair in pairs]
    values = [float(fisher_exact(table).pvalue) for table in tables]
    names = [frozenset({first.name, second.name}) for first, second in pairs]
    return dict(zip(names, values, strict=True)), dict(zip(names, stats.holm(values), strict=True))
