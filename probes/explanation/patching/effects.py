"""Effects of patching: how much of the difference between two texts a part carries; pure arithmetic.

The effect of a part is (patched - text) / (counterpart - text) in log-odds: 0 where it carries nothing, 1 where it
alone gives the counterpart's answer (Zhang and Nanda 2024, https://arxiv.org/abs/2309.16042). Each pair is patched both
ways, into the text and into its counterpart, and its effect is the mean of the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from fairwitness.audit import stats
from fairwitness.audit.requests import Patched
from fairwitness.probes.explanation.patching.items import Pair

FloatArray: TypeAlias = npt.NDArray[np.float64]
HALF = 0.5
"""Share of the difference at which it has arrived where the answer is read."""
TOLERANCE = 0.02
"""How far patching everything may be from the counterpart, and patching nothing from the text, as effects."""
SURE = 0.05
LEAST_PAIRS = 5
"""Different pairs of words that are needed."""


@dataclass(frozen=True, slots=True, eq=False)
class PairEffects:
    """What the layers of the model carry on one pair.

    `difference` is the target on the text less that on its counterpart. `residual[layer, place]` and
    `outputs[layer, output]` are effects as in `Patched`, means of both ways. `off` is the largest error of the checks:
    nothing patched is 0, everything 1, the changed words before the first layer and the place of the answer after the
    last one 1.
    """

    pair: Pair
    difference: float
    residual: FloatArray
    outputs: FloatArray
    off: float
    shape: tuple[int, tuple[int, ...]]
    layers: int
    heads: int

    @property
    def arrival(self) -> float | None:
        """Depth, as a share of all layers, at which half of the difference has come to where the answer is read.

        Between two layers on the straight line; None where it is there before the first one, or never by the last.
        """
        carried = self.residual[:, 2]
        if carried[0] >= HALF or carried[-1] < HALF:
            return None
        layer = int(np.argmax(carried >= HALF))
        before, after = carried[layer - 1], carried[layer]
        return float((layer - 1 + (HALF - before) / (after - before)) / self.layers)


@dataclass(frozen=True, slots=True, eq=False)
class HeadEffects:
    """What single heads carry on one pair: effects `[2, layer, head]`, into the text and into its counterpart.

    `null` are the same where the activations come from an unrelated text of the same group and length; None without.
    """

    pair: Pair
    effects: FloatArray
    null: FloatArray | None


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """Heads `[layer, head]` over all pairs: mean effect, mean size of the null, adjusted p-value, and whether named."""

    effects: FloatArray
    null: FloatArray
    pvalues: FloatArray
    named: npt.NDArray[np.bool_]


def share_moved(patched: npt.ArrayLike, value: float, other: float) -> FloatArray:
    """The effects of patched values. Raises ZeroDivisionError where the two texts have one value.

    >>> share_moved([1.0, 2.0, 3.0], value=1.0, other=3.0).tolist()
    [0.0, 0.5, 1.0]
    """
    if other == value:
        raise ZeroDivisionError("the two texts have the same value: nothing can be carried")
    return np.asarray((np.asarray(patched, dtype=np.float64) - value) / (other - value), dtype=np.float64)


def pair_effects(pair: Pair, both: Sequence[Patched]) -> PairEffects:
    """The effects of the layers on a pair, of its two ways. Raises ZeroDivisionError without a difference."""
    residual, outputs, off = [], [], 0.0
    for way in both:
        residual.append(share_moved(way.residual, way.value, way.other))
        outputs.append(share_moved(way.outputs, way.value, way.other))
        nothing, everything = share_moved([way.nothing, way.everything], way.value, way.other)
        ends = residual[-1][0, 0], residual[-1][-1, 2]
        off = max(off, abs(nothing), abs(everything - 1), *(abs(end - 1) for end in ends))
    first = both[0]
    return PairEffects(
        pair,
        first.value - first.other,
        np.mean(residual, axis=0),
        np.mean(outputs, axis=0),
        float(off),
        (first.tokens, first.read),
        first.layers,
        first.heads,
    )


def head_effects(pair: Pair, both: Sequence[Patched], null: Sequence[Patched] | None) -> HeadEffects:
    """The effects of heads on a pair; those of unrelated texts are shares of the same difference."""
    scales = [(way.value, way.other) for way in both]
    effects = [share_moved(way.by_head, *scale) for way, scale in zip(both, scales, strict=True)]
    unrelated = None
    if null is not None:
        moved = [share_moved(way.by_head, *scale) for way, scale in zip(null, scales, strict=True)]
        unrelated = np.asarray(moved, dtype=np.float64)
    return HeadEffects(pair, np.asarray(effects, dtype=np.float64), unrelated)


def strongest_layers(pairs: Sequence[PairEffects], heads: int) -> tuple[int, ...]:
    """As many layers as have at most so many heads, at least one: those whose attention moves the answer most."""
    size = np.abs(np.mean([pair.outputs[:, 0] for pair in pairs], axis=0))
    count = max(1, heads // pairs[0].heads)
    return tuple(sorted(np.argsort(-size, kind="stable")[:count].tolist()))


def named(pairs: Sequence[HeadEffects], total: int) -> Named:
    """Which heads carry more of the difference than an unrelated text moves, of `total` heads that the model has.

    Of each pair the effect, in the direction of the mean effect, less the size of the null (mean of both ways), is
    compared with 0: a two-sided t test over pairs of words, so that the choice of the direction is paid for, corrected
    for all heads of the model, patched or not (Holm 1979). None is without `LEAST_PAIRS` pairs of words with a null.
    """
    held = [pair for pair in pairs if pair.null is not None]
    effects = np.array([pair.effects.mean(axis=0) for pair in pairs])
    mean = effects.mean(axis=0)
    if len({pair.pair.words for pair in held}) < LEAST_PAIRS:
        ones = np.ones_like(mean)
        return Named(mean, np.full_like(mean, np.nan), ones, np.zeros_like(mean, dtype=np.bool_))
    sizes = np.array([np.abs(pair.null).mean(axis=0) for pair in held if pair.null is not None])
    with_null = np.array([pair.effects.mean(axis=0) for pair in held])
    excess = np.sign(mean) * with_null - sizes
    clusters = [repr(pair.pair.words) for pair in held]
    flat = excess.reshape(len(held), -1)
    pvalues = [stats.mean_pvalue(flat[:, head], 0.0, clusters, weigh="clusters") for head in range(flat.shape[1])]
    unasked = [1.0] * max(0, total - len(pvalues))
    adjusted = np.array(stats.holm([*pvalues, *unasked])[: len(pvalues)]).reshape(mean.shape)
    return Named(mean, sizes.mean(axis=0), adjusted, (adjusted < SURE) & (excess.mean(axis=0) > 0))
