"""Tiny models exported to ONNX."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

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
