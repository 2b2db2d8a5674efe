"""What each head and each MLP adds to a difference of two logits: a direction, carried back through frozen norms.

A norm whose scale is held where it is is linear, and so is an activation whose ratio of output to input is held: the
difference of two logits is then a sum over all that was ever added to the residual stream (Elhage et al. 2021, section
"logit attribution"). Whether it is the whole sum is measured (`Layers.residual`), never taken for granted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.nn import LayerNorm, Linear, Module

from fairwitness.audit.huggingface.loaded import Loaded
from fairwitness.audit.huggingface.stack import Caught, Stack

Carried: TypeAlias = tuple[Tensor, Tensor]
"""A direction [rows, width], and what biases on the way back added [rows]."""
RMS_TOLERANCE = 1e-2


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the parts of a layer are: paths of modules."""

    attention: str
    """The projection out of the heads."""
    mlp: str
    after: tuple[str, str] | tuple[()] = ()
    """Norms that the stream itself goes through, behind the attention and behind the MLP (BERT)."""
    within: tuple[str, str] | tuple[()] = ()
    """Norms that the output of the attention and of the MLP go through before they are added (Gemma 2)."""


LAYOUTS = (
    Layout(
        attention="attention.output.dense",
        mlp="output.dense",
        after=("attention.output.LayerNorm", "output.LayerNorm"),
    ),
    Layout(attention="attention.out_lin", mlp="ffn", after=("sa_layer_norm", "output_layer_norm")),
    Layout(
        attention="self_attn.o_proj",
        mlp="mlp",
        within=("post_attention_layernorm", "post_feedforward_layernorm"),
    ),
    Layout(attention="self_attn.o_proj", mlp="mlp"),
    Layout(attention="self_attn.out_proj", mlp="fc2"),
    Layout(attention="self_attn.dense", mlp="mlp"),
    Layout(attention="self_attention.dense", mlp="mlp.dense_4h_to_h"),
    Layout(attention="attn.c_proj", mlp="mlp"),
    Layout(attention="attn.attention.out_proj", mlp="mlp"),
    Layout(attention="attn.out_proj", mlp="mlp"),
    Layout(attention="attention.dense", mlp="mlp"),
)
"""BERT and RoBERTa, DistilBERT, Gemma 2, Llama and its kin, OPT, Phi, Bloom and Falcon, GPT-2, GPT-Neo, GPT-J, NeoX."""
HEADS = (
    ("cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm"),
    ("lm_head.dense", "lm_head.layer_norm"),
    ("vocab_transform", "vocab_layer_norm"),
)
"""Output heads that are more than a matrix: the layer before its activation, and the norm behind that."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """The parts of one layer."""

    attention: Any
    mlp: Any
    after: tuple[Any, ...]
    within: tuple[Any, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """All parts that add to the residual stream, and the way from it to the logits."""

    stack: Stack
    blocks: tuple[Block, ...]
    heads: int
    dense: Any = None
    """Of an output head with an activation: its layer, and `norm`."""
    norm: Any = None

    @property
    def given(self) -> list[Module]:
        """The modules whose inputs are wanted."""
        norms = [norm for block in self.blocks for norm in (*block.after, *block.within)]
        return [self.stack.layers[0], *(block.attention for block in self.blocks), *norms, *self.stack.tail]

    @property
    def gave(self) -> list[Module]:
        """The modules whose outputs are wanted."""
        return [block.mlp for block in self.blocks]


@dataclass(frozen=True, slots=True, eq=False)
class Contributions:
    """What the parts of each row add: heads [rows, layers, heads], mlps [rows, layers], the others [rows]."""

    heads: Tensor
    mlps: Tensor
    embedding: Tensor
    biases: Tensor


def find_parts(loaded: Loaded, stack: Stack) -> Parts | str:
    """The parts of a model, or why they are not told apart."""
    layout = next((layout for layout in LAYOUTS if all(_block(layer, layout) for layer in stack.layers)), None)
    if layout is None:
        return "the projection out of the heads and the MLP of its layers were not found"
    blocks = [block for layer in stack.layers if (block := _block(layer, layout)) is not None]
    heads = getattr(loaded.model.config, "num_attention_heads", 0)
    matrices = [matrix_of(block.attention) for block in blocks]
    if not heads or any(matrix is None or matrix.shape[1] % heads for matrix in matrices):
        return "the projection out of its heads is no matrix of numbers that divides into heads"
    if matrix_of(loaded.model.get_output_embeddings()) is None:
        return "its output head is no matrix of numbers"
    for dense, norm in HEADS:
        ends = part_at(loaded.model, dense), part_at(loaded.model, norm)
        if None not in ends:
            return Parts(stack, tuple(blocks), heads, *ends)
    return Parts(stack, tuple(blocks), heads)


def contributions(
    loaded: Loaded, parts: Parts, caught: Caught, final: Tensor, pairs: Sequence[tuple[int, int]]
) -> Contributions | str:
    """What every part adds to the logit of the first token of each pair less that of the second, or why it is not told.

    `final` are the body's output states [rows, width], `caught` what `parts.given` and `parts.gave` were about.
    """
    try:
        return _contributions(loaded, parts, caught, final, pairs)
    except _NotLinear as error:
        return str(error)


class _NotLinear(Exception):
    """A module that no direction can be carried back through."""


def _contributions(
    loaded: Loaded, parts: Parts, caught: Caught, final: Tensor, pairs: Sequence[tuple[int, int]]
) -> Contributions:
    direction, biases = _behind_head(loaded, parts, final, pairs)
    for module in reversed(parts.stack.tail):
        direction, bias = _back(module, caught.inputs[module], direction)
        biases = biases + bias
    heads: list[Tensor] = []
    mlps: list[Tensor] = []
    for block in reversed(parts.blocks):
        direction, into, bias = _beside(block, 1, caught, direction)
        mlps.append(_dot(caught.outputs[block.mlp].float(), into))
        direction, into, more = _beside(block, 0, caught, direction)
        values, last = _of_heads(block.attention, caught.inputs[block.attention], into, parts.heads)
        heads.append(values)
        biases = biases + bias + more + last
    embedding = _dot(caught.inputs[parts.stack.layers[0]].float(), direction)
    return Contributions(torch.stack(heads[::-1], dim=1), torch.stack(mlps[::-1], dim=1), embedding, biases)


def _beside(block: Block, number: int, caught: Caught, direction: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """A direction behind a part (0: the attention, 1: the MLP), before it in the stream and at the part's output.

    And what the biases of the norms between add.
    """
    biases = torch.zeros(len(direction), device=direction.device)
    if block.after:
        direction, bias = _back(block.after[number], caught.inputs[block.after[number]], direction)
        biases = biases + bias
    into = direction
    if block.within:
        into, bias = _back(block.within[number], caught.inputs[block.within[number]], direction)
        biases = biases + bias
    return direction, into, biases


def _behind_head(loaded: Loaded, parts: Parts, final: Tensor, pairs: Sequence[tuple[int, int]]) -> Carried:
    """The direction in the body's output along which the difference of the logits grows."""
    output = loaded.model.get_output_embeddings()
    matrix = matrix_of(output)
    assert matrix is not None, "find_parts refuses a head without one"  # noqa: S101
    first, second = (torch.tensor(tokens, device=final.device) for tokens in zip(*pairs, strict=True))
    direction = matrix[first].float() - matrix[second].float()
    bias = getattr(output, "bias", None)
    biases = torch.zeros(len(final), device=final.device)
    if bias is not None:
        biases = bias[first].float() - bias[second].float()
    if parts.dense is None:
        return direction, biases
    before, after = _through_head(loaded, parts, final)
    direction, bias = _back(parts.norm, after, direction)
    gate = torch.where(before.abs() > 1e-6, after / before, torch.full_like(before, 0.5))
    direction, more = _back(parts.dense, final, direction * gate)
    return direction, biases + bias + more


def _through_head(loaded: Loaded, parts: Parts, final: Tensor) -> tuple[Tensor, Tensor]:
    """What the layer of the output head gives before its activation, and what comes behind it."""
    kept: dict[str, Tensor] = {}

    def note_dense(_module: Any, _inputs: Any, output: Any) -> None:
        kept["before"] = output.reshape(len(final), -1).float()

    def note_norm(_module: Any, inputs: Any) -> None:
        kept["after"] = inputs[0].reshape(len(final), -1).float()

    hooks = [parts.dense.register_forward_hook(note_dense), parts.norm.register_forward_pre_hook(note_norm)]
    try:
        loaded.logits(final)
    finally:
        for hook in hooks:
            hook.remove()
    return kept["before"], kept["after"]


def _back(module: Any, given: Tensor, direction: Tensor) -> Carried:
    """A direction behind a module, before it: of a norm with its scale held where `given` puts it."""
    given = given.float()
    if isinstance(module, LayerNorm):
        scale = torch.rsqrt(given.var(dim=-1, unbiased=False, keepdim=True) + module.eps)
        scaled = direction * scale * (1.0 if module.weight is None else module.weight.float())
        bias = torch.zeros(len(given), device=given.device)
        if module.bias is not None:
            bias = _dot(module.bias.float().expand_as(direction), direction)
        return scaled - scaled.mean(dim=-1, keepdim=True), bias
    matrix = matrix_of(module)
    if matrix is not None:
        bias = _dot(_bias(module, direction), direction)
        return direction @ matrix.float(), bias
    return direction * _rms_scale(module, given), torch.zeros(len(given), device=given.device)


def _rms_scale(module: Any, given: Tensor) -> Tensor:
    """The scale of every place of a root-mean-square norm (Zhang & Sennrich 2019), in both ways that it is written.

    Raises _NotLinear for a module that is none.
    """
    weight = getattr(module, "weight", None)
    if weight is not None and weight.dim() == 1 and getattr(module, "bias", None) is None:
        epsilon = getattr(module, "variance_epsilon", getattr(module, "eps", 0.0)) or 0.0
        scale = torch.rsqrt(given.square().mean(dim=-1, keepdim=True) + epsilon)
        real = module(given.to(weight.dtype)).float()
        for gain in (weight.float(), 1.0 + weight.float()):
            if (given * scale * gain - real).abs().max() <= RMS_TOLERANCE * real.abs().max():
                return torch.mul(scale, gain)
    raise _NotLinear(f"no direction is carried back through {type(module).__name__}")


def _of_heads(projection: Any, given: Tensor, direction: Tensor, heads: int) -> Carried:
    """What each head adds along a direction [rows, heads], and what the bias of their projection does."""
    matrix = matrix_of(projection)
    assert matrix is not None, "find_parts refuses a projection without one"  # noqa: S101
    products = given.float() * (direction @ matrix.float())
    return products.view(len(given), heads, -1).sum(dim=-1), _dot(_bias(projection, direction), direction)


def _bias(module: Any, direction: Tensor) -> Tensor:
    bias = getattr(module, "bias", None)
    return torch.zeros_like(direction) if bias is None else bias.float().expand_as(direction)


def _dot(first: Tensor, second: Tensor) -> Tensor:
    return (first * second).sum(dim=-1)


def matrix_of(module: Any) -> Tensor | None:
    """The matrix [out, in] of a linear layer, also of one written the other way round (GPT-2); else None."""
    weight = getattr(module, "weight", None)
    if not isinstance(weight, Tensor) or weight.dim() != 2 or not weight.is_floating_point():
        return None
    if isinstance(module, Linear):
        return weight
    return weight.T if type(module).__name__ == "Conv1D" else None


def _block(layer: Any, layout: Layout) -> Block | None:
    attention, mlp = part_at(layer, layout.attention), part_at(layer, layout.mlp)
    after = tuple(part_at(layer, path) for path in layout.after)
    within = tuple(part_at(layer, path) for path in layout.within)
    if None in (attention, mlp, *after, *within):
        return None
    return Block(attention, mlp, after, within)


def part_at(module: Any, path: str) -> Any:
    """The part of a module at a path; None where it has none."""
    for name in path.split("."):
        module = getattr(module, name, None)
    return module
