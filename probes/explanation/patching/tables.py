"""The evidence of the patching probe: pairs, checks, the residual stream and outputs by layer, heads at a glance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.patches import OUTPUTS, PLACES
from fairwitness.audit.records import Cell, Column, Estimate, Evidence, Undefined
from fairwitness.probes.explanation.patching.effects import FloatArray, HeadEffects, Named, PairEffects
from fairwitness.probes.explanation.patching.items import WORDS, Pair
from fairwitness.probes.kit.tables import Listing, flag, interval, label, number, prompt

Mean = Callable[[Sequence[float], Sequence[Pair]], Estimate | Undefined]
"""The mean over pairs of words, with its interval."""


@dataclass(frozen=True, slots=True)
class Read:
    """A pair with the target on both of its texts, and its effects where they are far enough apart."""

    pair: Pair
    value: float
    other: float
    effects: PairEffects | None


@dataclass(frozen=True, slots=True)
class Step:
    """A point of a line: where along the layers, and the mean effect there."""

    series: str
    layer: int
    effect: Estimate | Undefined


@dataclass(frozen=True, slots=True)
class HeadRow:
    """A head (numbers from 0) with its mean effect, both ways of it, the null, and whether it is named."""

    layer: int
    head: int
    effect: Estimate | Undefined
    ways: tuple[float, float]
    null: float | None
    pvalue: float
    named: bool


PAIRS: Listing[Read] = Listing(
    "pairs",
    WORDS,
    number("row", lambda read: read.pair.row),
    prompt("text", lambda read: read.pair.text),
    prompt("counterpart", lambda read: read.pair.counterpart),
    number("on_text", lambda read: read.value, "log-odds"),
    number("on_counterpart", lambda read: read.other, "log-odds"),
    number("difference", lambda read: read.value - read.other, "log-odds"),
    number("arrival", lambda read: read.effects.arrival if read.effects else None, "share of layers"),
    number("error of the checks", lambda read: read.effects.off if read.effects else None, "share of the difference"),
    flag("too_small", lambda read: read.effects is None),
)
HEADS: Listing[HeadRow] = Listing(
    "head-list",
    WORDS,
    number("layer", lambda row: row.layer + 1),
    number("head", lambda row: row.head + 1),
    interval(("effect", "low", "high"), lambda row: row.effect, "share of the difference"),
    number("into_text", lambda row: row.ways[0], "share of the difference"),
    number("into_counterpart", lambda row: row.ways[1], "share of the difference"),
    number("null", lambda row: row.null, "share of the difference"),
    number("adjusted_p", lambda row: row.pvalue),
    flag("named", lambda row: row.named),
)


def pairs(reads: Sequence[Read]) -> Evidence:
    """Every pair that was patched, those whose texts are farthest apart first."""
    return PAIRS.of(sorted(reads, key=lambda read: (-abs(read.value - read.other), read.pair.row)))


def lines(effects: Sequence[PairEffects], mean: Mean) -> list[Evidence]:
    """The residual stream by place and the two outputs of a layer, along the layers."""
    used = [effect.pair for effect in effects]
    residual = np.array([effect.residual for effect in effects])
    outputs = np.array([effect.outputs for effect in effects])
    return [
        _line("residual", _steps(residual, [WORDS(f"place.{place}") for place in PLACES], used, mean, 0)),
        _line("outputs", _steps(outputs, [WORDS(f"output.{output}") for output in OUTPUTS], used, mean, 1)),
    ]


def _steps(values: FloatArray, names: Sequence[str], pairs: Sequence[Pair], mean: Mean, first: int) -> list[Step]:
    """`values` are [pair, layer, series]; the first layer has the number `first`."""
    return [
        Step(name, layer + first, mean(values[:, layer, series].tolist(), pairs))
        for series, name in enumerate(names)
        for layer in range(values.shape[1])
    ]


def _line(name: str, steps: Sequence[Step]) -> Evidence:
    listing: Listing[Step] = Listing(
        name,
        WORDS,
        label("series", lambda step: step.series),
        number("layer", lambda step: step.layer),
        interval(("effect", "low", "high"), lambda step: step.effect, "share of the difference"),
        kind="curves",
    )
    return listing.of(step for step in steps if isinstance(step.effect, Estimate))


def head_rows(sheets: Named, heads: Sequence[HeadEffects], layers: Sequence[int], mean: Mean) -> list[HeadRow]:
    """A row for each head that was patched: named ones first, then by the size of the effect."""
    used = [effect.pair for effect in heads]
    effects = np.array([effect.effects for effect in heads])
    rows = []
    for place, layer in enumerate(layers):
        for head in range(sheets.effects.shape[1]):
            both = effects[:, :, place, head]
            null = float(sheets.null[place, head])
            rows.append(
                HeadRow(
                    layer,
                    head,
                    mean(both.mean(axis=1).tolist(), used),
                    (float(both[:, 0].mean()), float(both[:, 1].mean())),
                    None if np.isnan(null) else null,
                    float(sheets.pvalues[place, head]),
                    bool(sheets.named[place, head]),
                )
            )
    return sorted(rows, key=lambda row: (not row.named, -abs(sum(row.ways)), row.layer, row.head))


def heads(rows: Sequence[HeadRow], sheets: Named, layers: Sequence[int], shown: int) -> list[Evidence]:
    """Single heads, and all at a glance: their effects, and what an unrelated text moves."""
    values_of: Mapping[str, FloatArray] = {"heads": sheets.effects, "heads-null": sheets.null}
    known = {name: values for name, values in values_of.items() if not np.isnan(values).any()}
    return [HEADS.of(rows, shown=shown), *(_sheet(name, values, layers) for name, values in known.items())]


def _sheet(name: str, values: FloatArray, layers: Sequence[int]) -> Evidence:
    unit = WORDS.term("units", "share of the difference")
    first = Column(WORDS.column(name, "layer"))
    columns = (
        first,
        *(Column(WORDS("head.number", number=head + 1), "number", unit) for head in range(values.shape[1])),
    )
    rows: list[tuple[Cell, ...]] = [
        (WORDS("head.layer", number=layer + 1), *map(float, numbers))
        for layer, numbers in zip(layers, values, strict=True)
    ]
    caption = WORDS(f"table.{name}.caption")
    return Evidence(id=name, caption=caption, kind="matrix", columns=columns, rows=tuple(rows), total=len(rows))
