"""What can be asked of the inside of a model: what its layers say, and what its weights are like."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Numbers: TypeAlias = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Translators:
    """A file of affine maps by layer, which bring a layer's states into the language of the last one (tuned lens).

    It is known by the `sha256` of its bytes alone, wherever it lies. `layers` maps of states of `width` numbers.
    """

    sha256: str
    path: str = field(compare=False)
    layers: int = field(compare=False)
    width: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class ReadLayers:
    """What the residual stream says after each layer at the first blank of a text, through the final norm and the head.

    A masked model is read at the mask of the blank; a left-to-right model where what stands before the blank ends: it
    has not read the rest. Each of the `targets` must be one token there. `top` likeliest tokens are named by layer.
    With `translators` each layer but the last is also read through its own of them.
    """

    text: str
    targets: tuple[str, ...]
    top: int = 1
    translators: Translators | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """What each layer says at one place; row 0 is the embeddings, row k the stream after layer k (the logit lens).

    `log_probs[layer, target]` in nats; `own[target]` is what the model itself says, by its ordinary way. `ranks` are
    those of the model's own likeliest token, from 1, and `answers` its log-probabilities; `divergences` are KL(final ||
    layer) in nats (Belrose et al. 2023, https://arxiv.org/abs/2303.08112). `top[layer]` are the likeliest tokens,
    `top_log_probs[layer, k]` theirs, `top_ids` their numbers.

    `heads[layer, head]` and `mlps[layer]` are what each adds to the logit of the first target less that of the second
    with every norm (and gate of the output head) held at the scale that it has here; `embedding` is what the embeddings
    add, `biases` what all biases that stand apart do, and `difference` the true difference of the logits, to which they
    add up (direct logit attribution; Elhage et al. 2021, https://transformer-circuits.pub/2021/framework). All are
    empty or 0, and `unread` says why, where the parts of the model were not found.

    `tuned`, `tuned_ranks` and `tuned_divergences` are `log_probs`, `ranks` and `divergences` of the tuned lens: of
    states h as h + W h + b, with W and b those of the layer (Belrose et al. 2023, section 3; W is added to the identity
    there too, in the authors' own code). Its last row is the last layer's own. Empty where no translators were named.
    """

    log_probs: Numbers
    own: tuple[float, ...]
    ranks: tuple[int, ...]
    answers: tuple[float, ...]
    divergences: tuple[float, ...]
    heads: Numbers
    mlps: tuple[float, ...] = ()
    embedding: float = 0.0
    biases: float = 0.0
    difference: float = 0.0
    unread: str = ""
    top: tuple[tuple[str, ...], ...] = ()
    top_log_probs: tuple[tuple[float, ...], ...] = ()
    top_ids: tuple[tuple[int, ...], ...] = field(default=(), compare=False)
    tuned: Numbers = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))
    tuned_ranks: tuple[int, ...] = ()
    tuned_divergences: tuple[float, ...] = ()

    @property
    def residual(self) -> float:
        """The true difference of the logits less the sum of all parts: 0 where the parts are all that there is."""
        parts = float(self.heads.sum(dtype=np.float64)) + sum(self.mlps) + self.embedding + self.biases
        return self.difference - parts

    @property
    def gross(self) -> float:
        """The sum of the sizes of all parts, in nats."""
        heads = float(np.abs(self.heads).sum(dtype=np.float64))
        return heads + sum(map(abs, self.mlps)) + abs(self.embedding) + abs(self.biases)


@dataclass(frozen=True, slots=True)
class DescribeWeights:
    """What the weights of a model are like, whatever it is asked."""


@dataclass(frozen=True, slots=True, eq=False)
class WeightSummary:
    """A model's matrices, each by name, layer (0 is outside of all layers), rows and columns.

    `norms` are Frobenius norms and `largest` the largest singular values. `stable_ranks` are norm² / largest²;
    `effective_ranks` the exponential of the entropy of the singular values as shares of their sum (Roy & Vetterli
    2007, https://eurasip.org/Proceedings/Eusipco/Eusipco2007/Papers/a5p-h05.pdf). They are None of a matrix of zeros or
    with a value that is not finite; effective ranks also of one whose smaller side is over `EXACT`. `dead_rows` and
    `dead_columns` count those whose norm is below a millionth of the median norm. `not_finite` counts values of all
    weights, vectors among them, by the names of `broken`. `unread` are matrices whose numbers are not floating-point.

    `ov[layer, head, head]` and `qk` are cosines of what two heads of a layer do: of the matrix from their values to the
    stream, and of that from the stream to their scores without positions (Elhage et al. 2021). Empty, with the reason
    in `heads_unread`, where the parts are not found.
    """

    names: tuple[str, ...]
    layers: tuple[int, ...]
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    norms: tuple[float | None, ...]
    largest: tuple[float | None, ...]
    stable_ranks: tuple[float | None, ...]
    effective_ranks: tuple[float | None, ...]
    dead_rows: tuple[int, ...]
    dead_columns: tuple[int, ...]
    broken: tuple[str, ...]
    not_finite: tuple[int, ...]
    values: int
    """Numbers of all weights."""
    unread: tuple[str, ...]
    ov: Numbers
    qk: Numbers
    heads_unread: str = ""
