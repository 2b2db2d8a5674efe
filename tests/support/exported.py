"""Tiny models exported to ONNX."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

NAMES = ("input_ids", "attention_mask", "token_type_ids")


class Read(torch.nn.Module):
    """A model of transformers that takes its inputs by place and gives one output."""

    def __init__(self, model: Any, output: str, names: Sequence[str]) -> None:
        super().__init__()
        self.model, self.output, self.names = model, output, names

    def forward(self, *inputs: Tensor) -> Tensor:
        """The output, of inputs in the order of the names."""
        result: Tensor = self.model(**dict(zip(self.names, inputs, strict=True)))[self.output]
        return result


class KeepsPast(Read):
    """One that also takes what its first layer kept of earlier tokens: one of them doubles every logit."""

    def forward(self, *inputs: Tensor) -> Tensor:
        """The output, of inputs in the order of the names and the past: [rows, 2 heads, tokens, 3]."""
        *tokens, past = inputs
        return super().forward(*tokens) * (1 + past.shape[2])


PAST = "past_key_values.0.key"


BRANCH = "use_cache_branch"


class Continues(torch.nn.Module):
    """A causal model that takes keys and values of the tokens before, layer by layer, and gives those of all tokens.

    One that is also fed whether there are any doubles every logit where that is wrong.
    """

    def __init__(self, model: Any, names: Sequence[str]) -> None:
        super().__init__()
        self.model, self.names = model, names

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Logits, and the keys and values of each layer, of inputs in the order of the names and the past."""
        given, past = inputs[: len(self.names)], inputs[len(self.names) :]
        kept = DynamicCache([*zip(past[::2], past[1::2], strict=True)])
        fed = dict(zip(self.names, given, strict=True))
        branch = fed.pop(BRANCH, None)
        out = self.model(**fed, past_key_values=kept, use_cache=True)
        if branch is not None:
            out.logits = out.logits * torch.where(branch == (past[0].shape[2] > 0), 1.0, 2.0)
        return out.logits, *(part for layer in out.past_key_values.layers for part in (layer.keys, layer.values))


def export_continuing(model: Any, path: Path, *extra: str) -> Path:
    """Writes a causal model as a graph that goes on from what it gave, with `extra` inputs."""
    names = ("input_ids", "attention_mask", *extra)
    config = model.config
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    shape = (2, heads, 3, config.hidden_size // config.num_attention_heads)
    ids = torch.ones(2, 4, dtype=torch.long)
    others = {"position_ids": torch.arange(3, 7).expand_as(ids), BRANCH: torch.tensor([True])}
    given = (ids, torch.ones(2, 7, dtype=torch.long), *(others[name] for name in extra))
    parts = [f"{layer}.{part}" for layer in range(config.num_hidden_layers) for part in ("key", "value")]
    before, after = [f"past_key_values.{part}" for part in parts], [f"present.{part}" for part in parts]
    axes = {name: {0: "rows", 1: "tokens"} for name in (*names, "logits") if name != BRANCH}
    axes["attention_mask"] = {0: "rows", 1: "all"}
    axes |= {name: {0: "rows", 2: "past"} for name in before} | {name: {0: "rows", 2: "all"} for name in after}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Continues(model.eval(), names),
            (*given, *(torch.zeros(shape) for _ in before)),
            str(path),
            input_names=[*names, *before],
            output_names=["logits", *after],
            dynamic_axes=axes,
            dynamo=False,
            opset_version=17,
        )
    return path


def export(
    model: Any,
    path: Path,
    output: str,
    *,
    names: Sequence[str] = NAMES,
    called: Mapping[str, str] | None = None,
    fixed: bool = False,
    past: bool = False,
) -> Path:
    """Writes a model as an .onnx file; its inputs and output may be `called` otherwise, or be of 2 rows by 5 tokens."""
    ids = torch.ones(2, 5, dtype=torch.long)
    given = {"token_type_ids": torch.zeros_like(ids), "position_ids": torch.arange(5).expand_as(ids)}
    inputs = tuple(given.get(name, ids) for name in names)
    spoken = {name: (called or {}).get(name, name) for name in (*names, output)}
    axes = {} if fixed else {spoken[name]: {0: "rows", 1: "tokens"} for name in names}
    axes |= {} if fixed else {spoken[output]: {0: "rows", 1: "tokens"} if output != "logits" else {0: "rows"}}
    if past:
        inputs, axes = (*inputs, torch.zeros(2, 2, 1, 3)), {**axes, PAST: {0: "rows", 2: "past"}}
    reads = KeepsPast if past else Read
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            reads(model.eval(), output, names),
            inputs,
            str(path),
            input_names=[*(spoken[name] for name in names), *([PAST] if past else [])],
            output_names=[spoken[output]],
            dynamic_axes=axes,
            dynamo=False,
            opset_version=17,
        )
    return path
