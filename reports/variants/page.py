"""A model and its variants as one self-contained page that sends no request."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fairwitness.audit.comparison.variant_set import Variant, VariantSet
from fairwitness.reports.comparison.flipped import Flipped, flipped
from fairwitness.reports.comparison.view import level_of
from fairwitness.reports.curves import labels_of
from fairwitness.reports.evidence import Cuts, Exhibit, exhibit
from fairwitness.reports.html import STYLES, fill
from fairwitness.reports.i18n import speaking
from fairwitness.reports.numbers import fixed
from fairwitness.reports.pictures.moves import moves
from fairwitness.reports.text import Anchors, line
from fairwitness.reports.variants.pictures import plots_of
from fairwitness.reports.variants.view import (
    Column,
    Row,
    columns_of,
    mark_of,
    megabytes,
    named,
    original_seconds,
    remarks,
    rows_of,
    worst,
)

FIXED = ("top", "table", "pictures", "flips", "made", "how")
LISTED = 20
"""Flips of one score that the page lists; the page of the comparison has more, and the record all."""
STAY = 6
"""Matrices that stay, named at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeRow:
    """How a variant was made, ready to be read."""

    name: str
    recipe: str
    libraries: str
    changed: int
    numbers: str
    """Per cent of all numbers that the form holds."""
    zeros: str
    """Per cent of these that are 0."""
    stay: tuple[tuple[str, str], ...]
    """Names of matrices that stay, and the reason's key."""
    more: int
    size: str
    stored: str
    plain: bool
    sha256: str


@dataclass(frozen=True, slots=True)
class Turned:
    """The flips of one variant."""

    name: str
    page: str
    scores: tuple[Flipped, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The whole page, ready to be drawn."""

    found: VariantSet
    standing: str
    mark: str
    names: str
    remarks: tuple[tuple[str, str], ...]
    level: str
    size: str
    time: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    exhibits: tuple[Exhibit, ...]
    flips: tuple[Turned, ...]
    made: tuple[MadeRow, ...]


def render(made: VariantSet, language: str = "en") -> str:
    """The page."""
    with speaking(language):
        styles = (*STYLES, "comparison.css", "variants.css")
        return fill("variants.html.j2", language, styles=styles, page=page(made))


def page(made: VariantSet) -> Page:
    """What the page shows."""
    anchors = Anchors(FIXED)
    plots = plots_of(made)
    numbers = labels_of(plots)
    kind = worst(made)
    levels = {level_of(variant.comparison) for variant in made.variants}
    return Page(
        found=made,
        standing=kind,
        mark=mark_of(kind),
        names=named(made, kind),
        remarks=remarks(made),
        level=levels.pop() if len(levels) == 1 else "",
        size=megabytes(made.original.bytes),
        time=original_seconds(made),
        columns=columns_of(made),
        rows=rows_of(made),
        exhibits=tuple(
            replace(exhibit(plot, anchors.take("e", plot.id), Cuts(), numbers), chart=moves(plot)) for plot in plots
        ),
        flips=tuple(_flips(variant) for variant in made.variants),
        made=tuple(_made(variant) for variant in made.variants if variant.made is not None),
    )


def _flips(variant: Variant) -> Turned:
    target = f"comparisons/{variant.name}/comparison.html"
    return Turned(line(variant.name), target, flipped(variant.comparison, LISTED))


def _made(variant: Variant) -> MadeRow:
    made = variant.made
    if made is None:
        raise ValueError(f"{variant.name} was not made here")
    stay = list(made.unchanged.items())
    return MadeRow(
        name=line(variant.name),
        recipe=made.recipe,
        libraries=", ".join(f"{name} {number}" for name, number in made.libraries.items()),
        changed=len(made.changed),
        numbers=f"{fixed(100 * made.changed_numbers / made.numbers, 1)} %",
        zeros=f"{fixed(100 * made.zeros / made.changed_numbers, 1)} %",
        stay=tuple((line(name), f"variants.stay.{why}") for name, why in stay[:STAY]),
        more=max(0, len(stay) - STAY),
        size=megabytes(made.format_bytes),
        stored=megabytes(made.stored_bytes),
        plain=made.plain,
        sha256=made.sha256,
    )
