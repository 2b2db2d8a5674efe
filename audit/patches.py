"""Activation patching as a request: what a part of a model carries, seen by taking it from the reading of another text.

Vig et al. 2020, "Investigating Gender Bias in Language Models Using Causal Mediation Analysis",
https://arxiv.org/abs/2004.12265; Meng et al. 2022, https://arxiv.org/abs/2202.05262.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from fairwitness.audit.targets import Target

FloatArray: TypeAlias = npt.NDArray[np.float32]
Sites: TypeAlias = Literal["layers", "heads"]
PLACES = ("word", "rest", "end")
"""Tokens at which the residual stream is patched: those that differ, all others, those where the target is read."""
OUTPUTS: tuple[Literal["attention"], Literal["mlp"]] = ("attention", "mlp")
"""Outputs of a layer that are patched at all tokens: that of its attention, and of its feed-forward part."""


@dataclass(frozen=True, slots=True)
class Patch:
    """The target on `text` where one part of the model computes what it computes on `counterpart`, part by part.

    `layers` patches the residual stream before each layer and after the last, by place, and both outputs of each layer;
    `heads` every attention head of the named layers (numbers from 0; none named: all), at all tokens.
    Both texts have the same number of tokens, and the target is read at the same ones. Fillers are read at the first
    blank; a causal model reads nothing that stands after it.
    """

    text: str
    counterpart: str
    target: Target
    sites: Sites = "layers"
    layers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Patched:
    """The target in log-odds: `value` on the text, `other` on its counterpart, and on the text with a part patched.

    `nothing` is the text with parts replaced by what they were: `value` where patching works. `everything` has all
    heads and feed-forward outputs of all layers from the counterpart: `other` where these are all that the model
    computes. `residual[layer, place]` has a row more than there are layers, the last after all of them; the places are
    `PLACES`. `outputs[layer, output]` has `OUTPUTS`, `by_head[k, head]` the k-th layer asked. What was not asked has no
    rows. `tokens` is the length as it is read, `changed` the tokens that differ, `read` those where the target is read.
    """

    value: float
    other: float
    nothing: float
    everything: float
    tokens: int
    changed: tuple[int, ...]
    read: tuple[int, ...]
    layers: int
    heads: int
    residual: FloatArray
    outputs: FloatArray
    by_head: FloatArray
