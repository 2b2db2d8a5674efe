"""The parts of a transformer that can be patched, found by how it is built and by what a short pass runs through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from torch import Tensor
from torch.nn import Embedding, Module

from fairwitness.audit.huggingface.loaded import REFUSALS, Loaded
from fairwitness.audit.huggingface.stack import layers_of

ATTENTION = ("attn", "attention")
"""What the name of a layer's attention holds."""


@dataclass(frozen=True, slots=True)
class Block:
    """One layer, the projection that ends its attention, and the one that ends its feed-forward part.

    The input of the first projection is what the heads computed, one after the other [.., heads · width of a head].
    """

    layer: Module
    attention: Module
    feed_forward: Module


@dataclass(frozen=True, slots=True)
class Patchable:
    """All layers in order; `skips` says that a layer gives its hidden states alone, so that it can be left out."""

    blocks: tuple[Block, ...]
    heads: int
    skips: bool


@dataclass(slots=True)
class _Projection:
    """A projection that was run: its name within its layer, itself, and the widths that go in and come out."""

    name: str
    module: Module
    taken: int
    given: int


def find_patchable(loaded: Loaded, ids: Sequence[int]) -> Patchable | None:
    """The parts of a model that reads the row `ids`; None where they are not found in every layer.

    A layer is an entry of the only list that has as many as the model has layers, none of them twice. Its attention
    ends with the last projection to the model's width that runs in a part called attention, its feed-forward part with
    the last one that runs elsewhere. Encoder-decoder models, whose decoder reads other heads too, have none here.
    """
    config = loaded.model.config
    layers = layers_of(loaded.model)
    heads = getattr(config, "num_attention_heads", None)
    if getattr(config, "is_encoder_decoder", False) or not layers or not isinstance(heads, int) or heads < 1:
        return None
    seen: dict[int, list[_Projection]] = {number: [] for number in range(len(layers))}
    alone: list[bool] = []
    try:
        with _watched(layers, seen, alone):
            loaded.hidden(input_ids=loaded.tensor([ids], loaded.encoder.padding))
    except REFUSALS:
        return None
    blocks = [_block(layer, seen[number], config.hidden_size, heads) for number, layer in enumerate(layers)]
    whole = [block for block in blocks if block is not None]
    if len(whole) < len(layers) or len(alone) != len(layers):
        return None
    return Patchable(tuple(whole), heads, skips=all(alone))


def _block(layer: Module, seen: Sequence[_Projection], width: int, heads: int) -> Block | None:
    ends = [projection for projection in seen if projection.given == width]
    attention = [projection for projection in ends if _attends(projection.name)]
    others = [projection for projection in ends if not _attends(projection.name)]
    if not attention or not others or attention[-1].taken % heads:
        return None
    return Block(layer, attention[-1].module, others[-1].module)


def _attends(name: str) -> bool:
    return any(word in name.lower() for word in ATTENTION)


@contextmanager
def _watched(layers: Sequence[Module], seen: dict[int, list[_Projection]], alone: list[bool]) -> Iterator[None]:
    """Notes inside the block which projections of each layer run, in their order, and what the layer gives."""
    hooks = []

    def note(number: int, name: str) -> Any:
        def hook(module: Module, inputs: Any, output: Any) -> None:
            if inputs and isinstance(inputs[0], Tensor) and isinstance(output, Tensor):
                seen[number].append(_Projection(name, module, inputs[0].shape[-1], output.shape[-1]))

        return hook

    def given(_module: Module, _inputs: Any, output: Any) -> None:
        alone.append(isinstance(output, Tensor))

    try:
        for number, layer in enumerate(layers):
            hooks.append(layer.register_forward_hook(given))
            for name, module in layer.named_modules():
                if _projects(module):
                    hooks.append(module.register_forward_hook(note(number, name)))
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _projects(module: Module) -> bool:
    weight = getattr(module, "weight", None)
    return isinstance(weight, Tensor) and weight.dim() == 2 and not isinstance(module, Embedding)
