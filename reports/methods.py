"""What was asked, of whom and how often: the methods of all probes side by side, taken from the document alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from types import MappingProxyType

from fairwitness.audit.records import DataSource, Estimate, Evidence, Facts, Json, Measured, Metric
from fairwitness.reports.decided import NO_FACTS, Decided, decided
from fairwitness.reports.numbers import is_few
from fairwitness.reports.text import line

MOST_GROUPS = 14
MOST_CHARACTERS = 280
SIZES = ("by", "group", "rows")
"""The first columns of a table that says how many rows each group has."""


@dataclass(frozen=True, slots=True)
class Material:
    """A data set that a probe used: what it holds, how many rows, under which licence; rows are empty if not known."""

    what: str
    rows: str
    licence: str


@dataclass(frozen=True, slots=True)
class Grouping:
    """What a probe tells apart, the groups with the units behind each, and how many more groups there are."""

    name: str
    groups: tuple[tuple[str, str], ...]
    more: int


@dataclass(frozen=True, slots=True)
class MethodsRow:
    """One probe: its question and material, whom it told apart, how often it asked, and a text that the model saw."""

    anchor: str
    title: str
    question: str
    materials: tuple[Material, ...]
    groupings: tuple[Grouping, ...]
    units: str
    requests: str
    unanswered: str
    example: tuple[tuple[str, str], ...]
    limits: tuple[str, ...]
    few: bool = False
    """Whether so few units make wide intervals."""
    decided: Decided | None = None
    """Of decisions, what they and their rows are."""


def methods_row(
    result: Measured,
    anchor: str,
    sources: Sequence[DataSource],
    options: Json = MappingProxyType({}),
    facts: Facts = NO_FACTS,
) -> MethodsRow:
    """The methods of one probe that ran, with its options as the document has them and what people said of the data."""
    known = {source.name: source for source in sources if not result.sources or source.sha256 in result.sources}
    needs = [need for need in result.probe.data if need.name in known]
    units = _units(result.metrics)
    return MethodsRow(
        anchor=anchor,
        title=line(result.probe.title),
        question=line(result.probe.question),
        materials=tuple(_materials(result, known)),
        groupings=tuple(_groupings(result.metrics, result.evidence)),
        units=units,
        few=is_few(units),
        requests=f"{result.requests:,}",
        unanswered=f"{result.unanswered:,}" if result.unanswered else "",
        example=example(result.evidence),
        limits=tuple(line(limit) for limit in result.probe.limits),
        decided=decided(result, [known[need.name] for need in needs], options, facts),
    )


def _materials(result: Measured, known: Mapping[str, DataSource]) -> Iterator[Material]:
    """What its data needs are and which files served them; of a probe without any, the files that it read."""
    needs = [need for need in result.probe.data if need.name in known]
    yield from (_material(line(need.what), known[need.name]) for need in needs)
    if not result.probe.data and result.sources:
        yield from (_material(line(PurePath(source.source).name), source) for source in known.values())


def _material(what: str, source: DataSource) -> Material:
    return Material(what, f"{source.rows:,}", line(source.licence))


def _groupings(metrics: Sequence[Metric], evidence: Sequence[Evidence]) -> list[Grouping]:
    """Every way of telling people or texts apart, those that some metric uses alone first.

    Groups and their rows are those of the probe's own table of groups, where it has one: groups that are judged
    together are none. Else they have the units behind the first value of the group alone. A crossing of groups tells
    the size of neither, nor does a comparison of two.
    """
    known = _sizes(evidence)
    groups_by_name: dict[str, dict[str, int]] = {}
    for metric in sorted(metrics, key=lambda metric: len(metric.by)):
        for key, group in metric.by.items():
            groups = groups_by_name.setdefault(key, dict(known.get(key, {})))
            if key in known:
                continue
            groups.setdefault(group, 0)
            if len(metric.by) == 1:
                if metric.against is not None:
                    groups.setdefault(metric.against, 0)
                groups[group] = groups[group] or _behind(metric)
    return [
        Grouping(
            line(name),
            tuple((line(group), f"{n:,}" if n else "") for group, n in list(groups.items())[:MOST_GROUPS]),
            max(0, len(groups) - MOST_GROUPS),
        )
        for name, groups in groups_by_name.items()
    ]


def _sizes(evidence: Sequence[Evidence]) -> dict[str, dict[str, int]]:
    """The rows of each group by column, from the first table that begins with `by`, `group` and `rows`."""
    for table in evidence:
        if tuple(column.name for column in table.columns[: len(SIZES)]) == SIZES:
            sizes: dict[str, dict[str, int]] = {}
            for by, group, rows, *_ in table.rows:
                if isinstance(rows, int):
                    sizes.setdefault(str(by), {})[str(group)] = rows
            return sizes
    return {}


def _behind(metric: Metric) -> int:
    """The independent units behind a metric of one group; 0 for a comparison of two and where nothing is known.

    A ratio, of which 1 is no difference, compares two groups even where it is named after one of them.
    """
    compares = metric.against is not None or metric.null == 1.0
    return metric.estimate.n if isinstance(metric.estimate, Estimate) and not compares else 0


def _units(metrics: Sequence[Metric]) -> str:
    """The independent units behind the main metric of everybody; empty where there is none."""
    known = [
        (metric.role == "bias" and metric.scope == "overall", metric.estimate.n)
        for metric in metrics
        if not (metric.by or metric.variant) and metric.role != "competence" and isinstance(metric.estimate, Estimate)
    ]
    main = next((n for speaks, n in known if speaks), known[0][1] if known else None)
    return "" if main is None else f"{main:,}"


def example(evidence: Sequence[Evidence]) -> tuple[tuple[str, str], ...]:
    """The texts of the first row of the first table that holds what the model saw; secret columns stay out."""
    for table in evidence:
        places = [
            (index, column.name)
            for index, column in enumerate(table.columns)
            if column.role == "prompt" and not column.secret
        ]
        for row in table.rows[:1]:
            cells = [(line(name), line(str(row[index]))) for index, name in places if row[index]]
            if cells:
                return tuple((name, _short(text)) for name, text in cells)
    return ()


def _short(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1].rstrip() + "…"
