"""What the weights of a model are like: norms, spectra, dead units, values that are none, and heads that do the same.

One matrix is held at a time, in double precision; of its singular values the squares are those of the smaller of its
two Gram matrices.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fairwitness.audit.huggingface.loaded import Loaded, inference
from fairwitness.audit.huggingface.parts import LAYOUTS, matrix_of, part_at
from fairwitness.audit.huggingface.stack import layers_of
from fairwitness.audit.internals import DescribeWeights, WeightSummary
from fairwitness.audit.requests import Unanswered

EXACT = 1_024
"""Smaller side up to which all singular values of a matrix are worked out; above it the largest alone."""
DEAD = 1e-6
"""Share of the median norm below which a row or column is dead."""
STEPS = 50
"""Of the power iteration for a large matrix."""
SEPARATE = (
    ("q_proj", "k_proj", "v_proj"),
    ("query", "key", "value"),
    ("q_lin", "k_lin", "v_lin"),
)
"""Names of the three matrices into the heads, where each stands alone."""
COLUMNS = (
    *("names", "layers", "rows", "columns", "norms", "largest", "stable_ranks", "effective_ranks"),
    *("dead_rows", "dead_columns"),
)
"""What is said of each matrix."""


class DescribesItsWeights:
    """A subject whose model's weights are at hand."""

    _loaded: Loaded

    def describe_weights(self, batch: Sequence[DescribeWeights]) -> list[WeightSummary | Unanswered]:
        """The summary of the weights, worked out once."""
        with inference(self._loaded):
            summary = describe(self._loaded.model)
        return [summary] * len(batch)


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Norm, largest singular value and ranks of a matrix."""

    norm: float
    largest: float
    stable: float | None
    effective: float | None


def describe(model: Any) -> WeightSummary | Unanswered:
    """The summary of a model's weights; unanswered where there is no matrix of numbers."""
    layers = layers_of(model)
    known = {id(weight): number for number, layer in enumerate(layers or (), 1) for weight in layer.parameters()}
    rows: list[tuple[Any, ...]] = []
    broken: list[tuple[str, int]] = []
    unread: list[str] = []
    total = 0
    for name, weight in model.named_parameters():
        total += weight.numel()
        if not weight.is_floating_point():
            unread.append(name)
            continue
        missing = int((~torch.isfinite(weight)).sum())
        if missing:
            broken.append((name, missing))
        if weight.dim() == 2:
            rows.append((name, known.get(id(weight), 0), *_described(weight.detach(), whole=not missing)))
    if not rows:
        return Unanswered("the model has no matrix of floating-point numbers")
    ov, qk, reason = heads_alike(model, layers)
    more: dict[str, Any] = dict(zip(COLUMNS, map(tuple, zip(*rows, strict=True)), strict=True))
    return WeightSummary(
        **more,
        broken=tuple(name for name, _ in broken),
        not_finite=tuple(count for _, count in broken),
        values=total,
        unread=tuple(unread),
        ov=ov,
        qk=qk,
        heads_unread=reason,
    )


def _described(weight: Tensor, *, whole: bool) -> tuple[Any, ...]:
    """Rows, columns, norm, largest singular value, both ranks, dead rows and dead columns."""
    if not whole:
        return (*weight.shape, None, None, None, None, 0, 0)
    matrix = weight.double()
    spectrum = spectrum_of(matrix)
    dead = [_dead(matrix.norm(dim=side)) for side in (1, 0)]
    return (*weight.shape, spectrum.norm, spectrum.largest, spectrum.stable, spectrum.effective, *dead)


def _dead(norms: Tensor) -> int:
    """How many norms are next to nothing beside their median; all where the median is 0."""
    return int((norms <= DEAD * norms.median()).sum())


def spectrum_of(matrix: Tensor) -> Spectrum:
    """Of a matrix in double precision; no ranks of one that is zero."""
    norm = float(matrix.norm())
    if norm == 0:
        return Spectrum(0.0, 0.0, None, None)
    if min(matrix.shape) > EXACT:
        largest = _largest(matrix)
        return Spectrum(norm, largest, norm**2 / largest**2, None)
    gram = matrix @ matrix.T if matrix.shape[0] <= matrix.shape[1] else matrix.T @ matrix
    squares = np.linalg.eigvalsh(gram.cpu().numpy())  # a third of the time that torch takes for it on a CPU
    values = np.sqrt(np.clip(squares, 0.0, None))
    largest = float(values[-1])
    shares = values[values > 0] / values.sum()
    return Spectrum(norm, largest, norm**2 / largest**2, float(np.exp(-(shares * np.log(shares)).sum())))


def _largest(matrix: Tensor) -> float:
    """The largest singular value by power iteration from the row of the largest norm."""
    vector = matrix[int(matrix.norm(dim=1).argmax())].clone()
    for _ in range(STEPS):
        vector = matrix.T @ (matrix @ (vector / vector.norm()))
    return float(vector.norm().sqrt())


def heads_alike(model: Any, layers: Sequence[Any] | None) -> tuple[Any, Any, str]:
    """Cosines [layer, head, head] of the circuits of the heads, and why there are none."""
    none = np.zeros((0, 0, 0), dtype=np.float32)
    heads = getattr(model.config, "num_attention_heads", 0)
    if not layers or not heads:
        return none, none, "no list of layers with heads was found"
    ov, qk = [], []
    for layer in layers:
        parts = _matrices(layer, heads)
        if parts is None:
            return none, none, "the matrices into and out of the heads were not found"
        query, key, value, out = parts
        if not all(bool(torch.isfinite(part).all()) for part in parts):
            return none, none, "a matrix of the heads holds a value that is not finite"
        ov.append(_cosines(out.T @ out, value @ value.T, heads))
        qk.append(_cosines(query @ query.T, key @ key.T, heads))
    return np.stack(ov), np.stack(qk), ""


def _cosines(first: Tensor, second: Tensor, heads: int) -> Any:
    """Cosines of products A_h B_h, from the Gram matrices of all A and all B [heads × size, heads × size].

    <A_i B_i, A_j B_j> is the sum over the block (i, j) of the products of both.
    """
    size = len(first) // heads
    inner = (first * second).view(heads, size, heads, size).sum(dim=(1, 3))
    norms = inner.diagonal().clamp(min=0.0).sqrt()
    scale = norms[:, None] * norms[None, :]
    cosines = torch.where(scale > 0, inner / scale.clamp(min=torch.finfo(scale.dtype).tiny), torch.zeros_like(inner))
    return cosines.float().cpu().numpy()


def _matrices(layer: Any, heads: int) -> tuple[Tensor, Tensor, Tensor, Tensor] | None:
    """Matrices of query, key and value [heads × size, width], and out of the heads [width, heads × size]."""
    path = next((layout.attention for layout in LAYOUTS if part_at(layer, layout.attention) is not None), None)
    out = None if path is None else matrix_of(part_at(layer, path))
    if path is None or out is None or out.shape[1] % heads:
        return None
    for place in _around(layer, path):
        if (matrices := _into(place, out.shape[1], heads)) is not None:
            return (*(part.double() for part in matrices), out.double())  # type: ignore[return-value]
    return None


def _around(layer: Any, path: str) -> Iterator[Any]:
    """The modules that hold the projection out of the heads, and their other parts, inner ones first."""
    names = path.split(".")
    for depth in range(len(names) - 1, 0, -1):
        holder = part_at(layer, ".".join(names[:depth]))
        yield holder
        yield from holder.children()


def _into(holder: Any, width: int, heads: int) -> tuple[Tensor, Tensor, Tensor] | None:
    """Query, key and value of a module; of fewer heads of keys than queries each stands for its whole group."""
    for names in SEPARATE:
        matrices = [matrix_of(part_at(holder, name)) for name in names]
        if all(matrix is not None and width % len(matrix) == 0 for matrix in matrices):
            query, key, value = (_each(matrix, width, heads) for matrix in matrices if matrix is not None)
            return query, key, value
    fused = matrix_of(part_at(holder, "c_attn"))
    if fused is not None and len(fused) == 3 * width:
        return fused[:width], fused[width : 2 * width], fused[2 * width :]
    fused = matrix_of(part_at(holder, "query_key_value"))
    if fused is not None and len(fused) == 3 * width:
        query, key, value = fused.view(heads, 3, -1, fused.shape[1]).transpose(0, 1).flatten(1, 2)
        return query, key, value
    return None


def _each(matrix: Tensor, width: int, heads: int) -> Tensor:
    """A matrix with one part for each head."""
    if len(matrix) == width:
        return matrix
    size = width // heads
    parts = matrix.view(-1, size, matrix.shape[1])
    return parts.repeat_interleave(heads // len(parts), dim=0).flatten(0, 1)
