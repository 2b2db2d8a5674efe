"""The evidence of the weights probe: layers, matrices, ranks by kind of matrix, heads that are alike, and alarms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.internals import WeightSummary
from fairwitness.audit.records import Cell, Column, Evidence
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.explanation.weights.matrices import Matrix, nearest
from fairwitness.probes.kit.tables import Listing, label, mean_of, number
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
MOST_ALARMS = 200


@dataclass(frozen=True, slots=True)
class LayerRow:
    """What the matrices of a layer are like together; layer 0 is outside of all layers."""

    layer: int
    matrices: Sequence[Matrix]
    cosine: float | None


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that is wrong with a weight, and how often."""

    weight: str
    what: str
    count: int


LAYERS: Listing[LayerRow] = Listing(
    "layers",
    WORDS,
    number("layer", lambda row: row.layer),
    number("matrices", lambda row: len(row.matrices)),
    number("size", lambda row: _mean([matrix.size for matrix in row.matrices])),
    number("largest", lambda row: max((matrix.largest or 0.0 for matrix in row.matrices), default=None)),
    number("stable_rank", lambda row: _mean([matrix.stable_rank for matrix in row.matrices])),
    number("rank_share", lambda row: _mean([matrix.share for matrix in row.matrices]), "share"),
    number("dead", lambda row: sum(matrix.dead for matrix in row.matrices)),
    number("cosine", lambda row: row.cosine),
)
MATRICES: Listing[Matrix] = Listing(
    "matrices",
    WORDS,
    label("weight", lambda matrix: matrix.name),
    number("layer", lambda matrix: matrix.layer),
    number("rows", lambda matrix: matrix.rows),
    number("columns", lambda matrix: matrix.columns),
    number("size", lambda matrix: matrix.size),
    number("largest", lambda matrix: matrix.largest),
    number("stable_rank", lambda matrix: matrix.stable_rank),
    number("effective_rank", lambda matrix: matrix.effective_rank),
    number("rank_share", lambda matrix: matrix.share, "share"),
    number("dead", lambda matrix: matrix.dead),
)
RANKS: Listing[Matrix] = Listing(
    "ranks",
    WORDS,
    label("series", lambda matrix: matrix.kind),
    number("layer", lambda matrix: matrix.layer),
    number("rank_share", lambda matrix: matrix.share, "share"),
    kind="curves",
)
ALARMS: Listing[Alarm] = Listing(
    "alarms",
    WORDS,
    label("weight", lambda alarm: alarm.weight),
    label("what", lambda alarm: WORDS(f"alarm.{alarm.what}")),
    number("count", lambda alarm: alarm.count),
)


def layers(matrices: Sequence[Matrix], summary: WeightSummary) -> Evidence:
    """One row a layer, what stands outside of all layers first."""
    cosines = nearest(summary)
    rows = []
    for layer, members in sorted(grouped(matrices, lambda matrix: matrix.layer).items()):
        known = 0 < layer <= len(cosines)
        rows.append(LayerRow(layer, members, float(cosines[layer - 1].max()) if known else None))
    return LAYERS.of(rows)


def matrices(matrices: Sequence[Matrix], shown: int) -> Evidence:
    """Every matrix in the order of the model."""
    return MATRICES.of(matrices, shown=shown)


def ranks(matrices: Sequence[Matrix]) -> list[Evidence]:
    """The effective rank of each kind of matrix from layer to layer."""
    known = [matrix for matrix in matrices if matrix.layer and matrix.share is not None]
    known.sort(key=lambda matrix: (matrix.kind, matrix.layer))
    return [RANKS.of(known)] if known else []


def heads(summary: WeightSummary) -> list[Evidence]:
    """Of each head how much it is like another one of its layer."""
    cosines = nearest(summary)
    if not cosines.size:
        return []
    names = [WORDS("head.number", number=head + 1) for head in range(cosines.shape[1])]
    columns = (Column(WORDS.column("heads", "layer")), *(Column(name, "number") for name in names))
    rows: list[tuple[Cell, ...]] = [
        (WORDS("head.layer", number=layer + 1), *map(float, row)) for layer, row in enumerate(cosines)
    ]
    caption = WORDS("table.heads.caption")
    return [Evidence(id="heads", caption=caption, kind="matrix", columns=columns, rows=tuple(rows), total=len(rows))]


def alarms(matrices: Sequence[Matrix], summary: WeightSummary) -> Evidence:
    """What is broken, dead or flat, weight by weight."""
    listed = [Alarm(name, "not_finite", count) for name, count in _broken(summary)]
    listed += [Alarm(matrix.name, "flat", 1) for matrix in matrices if matrix.flat]
    listed += [Alarm(matrix.name, "dead", matrix.dead) for matrix in matrices if matrix.dead]
    return ALARMS.of(listed, shown=MOST_ALARMS)


def _broken(summary: WeightSummary) -> list[tuple[str, int]]:
    return list(zip(summary.broken, summary.not_finite, strict=True))


def _mean(values: Sequence[float | None]) -> float | None:
    return mean_of(np.array([value for value in values if value is not None], dtype=np.float64))
