"""Harm and quality against size and time: a point for the original and for each variant."""

from __future__ import annotations

from collections.abc import Iterator

from fairwitness.audit.comparison import Change
from fairwitness.audit.comparison.variant_set import QUALITY, Key, Variant, VariantSet
from fairwitness.audit.records import Cell, Column, Estimate, Evidence, Name, Undefined, joined
from fairwitness.reports.i18n import both
from fairwitness.reports.labels import Labels
from fairwitness.reports.text import human, line

HARM, KNOWN = 3, 2
"""Metrics of bias, and of what the model can do, that are drawn."""
LEAST = 2
"""Points below which a picture shows nothing."""


def plots_of(made: VariantSet) -> tuple[Evidence, ...]:
    """The points of each metric against size and against time, where both are known of two models at least."""
    return tuple(_plots(made))


def _plots(made: VariantSet) -> Iterator[Evidence]:
    bias = [key for key in made.headline if _first(made, key).metric.role == "bias"][:HARM]
    quality = [key for key in made.headline if (key[0], key[1][0]) == QUALITY]
    quality += [key for key in made.headline if _first(made, key).metric.role == "competence"]
    for key in (*dict.fromkeys(quality[:KNOWN]), *bias):
        for what in ("size", "time"):
            rows = tuple(_points(made, key, what))
            if len(rows) >= LEAST:
                yield _evidence(made, key, what, rows)


def _first(made: VariantSet, key: Key) -> Change:
    return next(change for variant in made.variants if (change := variant.change(key)) is not None)


def _points(made: VariantSet, key: Key, what: str) -> Iterator[tuple[Cell, ...]]:
    first = _first(made, key).before
    start = _original_place(made, what)
    if isinstance(first, Estimate) and start is not None:
        yield _row(both("variants.original"), start, first, original=True)
    for variant in made.variants:
        change, place = variant.change(key), _place(variant, what)
        if change is not None and place is not None and not isinstance(change.after, Undefined):
            yield _row(Name(line(variant.name)), place, change.after, original=False)


def _row(name: str, place: float, estimate: Estimate, *, original: bool) -> tuple[Cell, ...]:
    return (name, place, None, None, estimate.value, estimate.low, estimate.high, original)


def _original_place(made: VariantSet, what: str) -> float | None:
    """Where the original stands; its time is 1, since each variant's is told in multiples of it."""
    if what == "size":
        return made.original.bytes / 1e6 if made.original.bytes else None
    return 1.0 if any(variant.speed for variant in made.variants) else None


def _place(variant: Variant, what: str) -> float | None:
    if what == "size":
        return variant.bytes / 1e6 if variant.bytes else None
    return variant.speed.factor if variant.speed else None


def _evidence(made: VariantSet, key: Key, what: str, rows: tuple[tuple[Cell, ...], ...]) -> Evidence:
    metric = _first(made, key).metric
    name = joined(both("comma"), [part for part in (human(metric.name), Labels.of(metric).text) if part])
    x = both(f"variants.axis.{what}")
    ends = [both("variants.low"), both("variants.high")]
    columns = (
        Column(both("variants.variant")),
        Column(x, "number", ""),
        *(Column(end, "number", "") for end in ends),
        Column(name, "number", metric.unit),
        *(Column(end, "number", metric.unit) for end in ends),
        Column(both("variants.original"), "flag"),
    )
    return Evidence(
        id=f"{what}-{key[0]}-{metric.name}",
        caption=both(f"variants.caption.{what}", name=name),
        kind="points",
        columns=columns,
        rows=rows,
        total=len(rows),
    )
