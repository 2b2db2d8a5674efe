"""Models exported to ONNX, which onnxruntime computes, called as torch modules are."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers.modeling_outputs import BaseModelOutput, SequenceClassifierOutput

from fairwitness.audit.errors import CorruptModel, MissingExtra, UnfitModel, UnknownModel, WrongTask
from fairwitness.audit.huggingface.quiet import one_line
from fairwitness.audit.huggingface.tasks import find_task

SUFFIX = ".onnx"
INPUTS = ("input_ids", "attention_mask", "token_type_ids", "position_ids")
"""What such a model is fed, by the names that exporters of transformers give."""
PAST = re.compile(r"past_key_values\.\d+\.(key|value)")
"""What a causal model kept of tokens before; nothing is fed of it, so that every text is read whole."""
STATES, LOGITS = ("last_hidden_state", "token_embeddings"), "logits"
NUMBERS = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}
FRACTIONS = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
OF_TOKENS = ("masked_lm", "causal_lm")
OUTSIDE = re.compile(rb"\x0a\x08location\x12(?:([\x00-\x7f])|([\x80-\xff])([\x00-\x7f]))")
"""How the entry of a graph begins that names a file of weights beside it, with the length of the name (ONNX, external
data: a pair of texts in the format of protocol buffers)."""
QUIET = 4
"""Severity from which onnxruntime logs: what ends the process; errors are raised."""


def only_file(folder: Path, spec: str) -> Path | None:
    """The one .onnx file of a folder or of the folder `onnx` in it; None where there is none.

    Raises UnknownModel where there are several.
    """
    files = sorted({*folder.glob(f"*{SUFFIX}"), *(folder / "onnx").glob(f"*{SUFFIX}")})
    if len(files) > 1:
        names = ", ".join(str(file.relative_to(folder)) for file in files[:8])
        raise UnknownModel(f"{spec} holds {len(files)} exported models; name one of them: {names}")
    return files[0] if files else None


def outside_files(path: Path) -> list[Path]:
    """The files beside a graph that hold its larger weights, by the names in it."""
    graph = path.read_bytes()
    names = set()
    for entry in OUTSIDE.finditer(graph):
        short, low, high = entry.groups()
        length = short[0] if short else (low[0] & 0x7F) | high[0] << 7
        names.add(graph[entry.end() : entry.end() + length].decode(errors="replace"))
    return [file for name in sorted(names) if "\0" not in name and (file := path.parent / name).is_file()]


class OnnxModule(torch.nn.Module):
    """A session of onnxruntime that is called with tensors and gives hidden states, or logits of classes or tokens.

    `config` is the configuration of the model that was exported. Raises MissingExtra without onnxruntime, CorruptModel
    for a file that is no such model, UnfitModel for one with other inputs or a fixed length.
    """

    def __init__(self, path: Path, config: Any, spec: str, threads: int | None = None) -> None:
        super().__init__()
        self.config, self.spec = config, spec
        self._session = _session(path, spec, threads)
        inputs = {value.name: value for value in self._session.get_inputs()}
        self._past = {name: _empty(value, spec) for name, value in inputs.items() if PAST.fullmatch(name)}
        self._inputs = _inputs({name: value for name, value in inputs.items() if name not in self._past}, spec)
        self.output, self.task = _output(self._session, config, spec)
        rows = SimpleNamespace(weight=torch.empty(int(config.vocab_size), 0))
        self._embeddings = rows

    dtype = torch.float32
    runtime = "onnxruntime"

    @property
    def base_model(self) -> OnnxModule:
        """The model: body and head are one."""
        return self

    def get_input_embeddings(self) -> Any:
        """As many rows as the configuration has words; what stands in them is in the file alone."""
        return self._embeddings

    def num_parameters(self) -> None:
        """Not known: an exported graph folds and splits weights."""

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        **unused: Any,
    ) -> BaseModelOutput | SequenceClassifierOutput:
        """Hidden states [rows, length, width], or logits [rows, classes]."""
        if unused.get("output_attentions"):
            raise NotImplementedError("an exported graph gives no attention maps")
        given = {
            "input_ids": input_ids,
            "attention_mask": torch.ones_like(input_ids) if attention_mask is None else attention_mask,
            "token_type_ids": torch.zeros_like(input_ids) if token_type_ids is None else token_type_ids,
            "position_ids": torch.arange(input_ids.shape[1]).expand_as(input_ids),
        }
        fed = {name: given[name].cpu().numpy().astype(kind) for name, kind in self._inputs.items()}
        for name, (heads, width, kind) in self._past.items():
            fed[name] = np.zeros((len(input_ids), heads, 0, width), dtype=kind)
        try:
            [values] = self._session.run([self.output], fed)
        except MemoryError:
            raise
        except Exception as error:  # onnxruntime has its own kinds of error
            raise RuntimeError(one_line(error)) from error
        result = torch.from_numpy(np.array(values, dtype=np.float32))
        if self.output == LOGITS:
            return SequenceClassifierOutput(logits=result)
        return BaseModelOutput(last_hidden_state=result)


def _session(path: Path, spec: str, threads: int | None) -> Any:
    if importlib.util.find_spec("onnxruntime") is None:
        raise MissingExtra(
            f'{spec} is an .onnx file, and reading one needs onnxruntime: pip install "fairwitness[onnx]"'
        )
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = QUIET
    options.intra_op_num_threads = threads or 0
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise CorruptModel(f"{spec} cannot be read as an ONNX model: {one_line(error)}") from error


def _empty(value: Any, spec: str) -> tuple[int, int, Any]:
    """Heads, width and numbers of what a layer kept, of which there is nothing yet."""
    shape = value.shape
    if len(shape) != 4 or not isinstance(shape[1], int) or not isinstance(shape[3], int) or value.type not in FRACTIONS:
        raise UnfitModel(f"{spec} reads {value.name} of {shape}, and rows x heads x tokens x width is expected")
    return shape[1], shape[3], FRACTIONS[value.type]


def _inputs(inputs: Mapping[str, Any], spec: str) -> Mapping[str, Any]:
    """The inputs of a graph with the numbers that they take."""
    strange = [name for name in inputs if name not in INPUTS]
    if strange or "input_ids" not in inputs:
        raise UnfitModel(
            f"{spec} reads {', '.join(inputs)}, and a text is fed as {', '.join(INPUTS)}: export the model with these"
        )
    for name, value in inputs.items():
        fixed = [size for size in value.shape if isinstance(size, int)]
        if len(value.shape) != 2 or fixed:
            shape = " x ".join(str(size) for size in value.shape)
            raise UnfitModel(
                f"{spec} reads {name} of {shape}, and rows and tokens of any number are needed: export it with dynamic "
                "axes for both"
            )
        if value.type not in NUMBERS:
            raise UnfitModel(f"{spec} reads {name} as {value.type}, and tokens are whole numbers")
    return {name: NUMBERS[value.type] for name, value in inputs.items()}


def _output(session: Any, config: Any, spec: str) -> tuple[str, str]:
    """The output that is read, and the kind of model that it makes."""
    outputs = {value.name: value for value in session.get_outputs()}
    for name in STATES:
        if name in outputs and len(outputs[name].shape) == 3:
            return name, "encoder"
    names = ", ".join(outputs) or "nothing"
    if LOGITS not in outputs:
        raise UnfitModel(
            f"{spec} gives {names}; Fairwitness reads {STATES[0]} (rows x tokens x width) of an encoder, or {LOGITS} "
            "of classes or of tokens"
        )
    if len(outputs[LOGITS].shape) == 2:
        return LOGITS, "sequence_classifier"
    task = find_task(config, task=None, spec=spec)
    if task not in OF_TOKENS:
        raise WrongTask(f"{spec} gives logits of every token, and its config.json names a {task}")
    return LOGITS, task
