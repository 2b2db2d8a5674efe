"""What the table of variants says: of each metric the original's value and every variant's change, sizes and times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fairwitness.audit.comparison import Comparison
from fairwitness.audit.comparison.variant_set import Variant, VariantSet
from fairwitness.reports.comparison.view import STANDING_MARKS, Line, line_of, standing
from fairwitness.reports.numbers import fixed
from fairwitness.reports.text import Anchors, line

WORST = ("regressed", "lost", "broken", "incomplete", "worse", "mixed", "changed", "better", "same")
"""What a comparison can come to, what weighs most first."""


@dataclass(frozen=True, slots=True)
class Row:
    """One metric: a line for each variant, in their order; None where it could not be compared."""

    first: Line
    lines: tuple[Line | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One variant: what it came to, its flips, its size and its time."""

    name: str
    standing: str
    mark: str
    flipped: int
    paired: int
    size: str
    """In millions of bytes; empty where it is not known."""
    smaller: str
    """Its share of the original's size, in per cent."""
    seconds: str
    """For 1,000 tokens; empty where nothing was timed."""
    factor: str
    """How many times as long the same texts took."""
    code: int
    other_tokenizer: bool
    page: str


def rows_of(made: VariantSet) -> tuple[Row, ...]:
    """The metrics of the table."""
    return tuple(_rows(made))


def _rows(made: VariantSet) -> Iterator[Row]:
    for key in made.headline:
        lines = [_line(variant, variant.change(key)) for variant in made.variants]
        first = next((each for each in lines if each is not None), None)
        if first is not None:
            yield Row(first, tuple(lines))


def _line(variant: Variant, change: object) -> Line | None:
    known = [each for each in variant.comparison.changes if each is change]
    return line_of(variant.comparison, known[0], None, Anchors()) if known else None


def columns_of(made: VariantSet) -> tuple[Column, ...]:
    """The variants of the table."""
    return tuple(_column(made, variant) for variant in made.variants)


def _column(made: VariantSet, variant: Variant) -> Column:
    kind = state(variant.comparison)
    whole = made.original.bytes
    share = f"{fixed(100 * variant.bytes / whole, 0)} %" if variant.bytes and whole else ""
    return Column(
        name=line(variant.name),
        standing=kind,
        mark=mark_of(kind),
        flipped=variant.flipped,
        paired=variant.paired,
        size=megabytes(variant.bytes),
        smaller=share,
        seconds=seconds(variant.speed.per_thousand) if variant.speed else "",
        factor=fixed(variant.speed.factor, 2) if variant.speed else "",
        code=variant.comparison.exit_code,
        other_tokenizer=variant.other_tokenizer,
        page=f"comparisons/{variant.name}/comparison.html",
    )


def megabytes(count: int | None) -> str:
    """A number of bytes in millions; empty where it is not known.

    >>> megabytes(538_000_000), megabytes(23_400), megabytes(None)
    ('538 MB', '0.023 MB', '')
    """
    if not count:
        return ""
    millions = count / 1e6
    return f"{fixed(millions, 0 if millions >= 100 else 1 if millions >= 1 else 3)} MB"


def seconds(value: float) -> str:
    """A time with two digits that mean something."""
    return f"{fixed(value, 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3)} s"


def original_seconds(made: VariantSet) -> str:
    """The original's time for 1,000 tokens, the least and the largest median; empty where nothing was timed."""
    times = sorted(variant.speed.original_per_thousand for variant in made.variants if variant.speed)
    if not times:
        return ""
    ends = dict.fromkeys((seconds(times[0]), seconds(times[-1])))
    return " – ".join(ends)


def state(comparison: Comparison) -> str:
    """In a word what a comparison comes to: its standing, or why its exit code is 1 all the same."""
    kind = standing(comparison)
    if comparison.exit_code == 0 or kind in ("regressed", "lost"):
        return kind
    return "broken" if comparison.broken else "incomplete"


def mark_of(kind: str) -> str:
    """The shape and colour of a state."""
    return "fail" if kind in ("broken", "incomplete") else STANDING_MARKS.get(kind, "none")


def worst(made: VariantSet) -> str:
    """What the variants come to: the worst of them."""
    kinds = {state(variant.comparison) for variant in made.variants}
    return next((kind for kind in WORST if kind in kinds), "same")


def named(made: VariantSet, kind: str) -> str:
    """The names of the variants that came to this, between commas."""
    return ", ".join(line(variant.name) for variant in made.variants if state(variant.comparison) == kind)


def remarks(made: VariantSet) -> tuple[tuple[str, str], ...]:
    """What a reader must know of the runs, each once, with the variants of which it is said.

    The last of several variants' remarks is that they were judged together, which stands elsewhere.
    """
    names: dict[str, list[str]] = {}
    for variant in made.variants:
        for warning in variant.comparison.warnings[: -1 if len(made.variants) > 1 else None]:
            names.setdefault(warning, []).append(line(variant.name))
    return tuple((", ".join(group), warning) for warning, group in names.items())
