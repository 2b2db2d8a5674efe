"""Models exported to ONNX, which onnxruntime computes, called as torch modules are."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Mapping, Set
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import GenerationConfig
from transformers.modeling_outputs import BaseModelOutput, CausalLMOutputWithPast, SequenceClassifierOutput

from fairwitness.audit.errors import CorruptModel, MissingExtra, UnfitModel, UnknownModel, WrongTask
from fairwitness.audit.huggingface.onnx_rows import KeptArrays, KeptTokens
from fairwitness.audit.huggingface.quiet import one_line
from fairwitness.audit.huggingface.tasks import find_task

SUFFIX = ".onnx"
INPUTS = ("input_ids", "attention_mask", "token_type_ids", "position_ids")
"""What such a model is fed, by the names that exporters of transformers give."""
PAST = re.compile(r"past_key_values\.\d+\.(key|value)")
"""What a causal model kept of tokens before; none where a text is read from its beginning."""
BRANCH = "use_cache_branch"
"""An input of graphs that are two in one: whether there are tokens before."""
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
        self.generation_config = _ends(config)
        self._session = _session(path, spec, threads)
        inputs = {value.name: value for value in self._session.get_inputs()}
        self._past = {name: _empty(value, spec) for name, value in inputs.items() if PAST.fullmatch(name)}
        self._branches = BRANCH in inputs and inputs[BRANCH].type == "tensor(bool)"
        others = {*self._past, *([BRANCH] if self._branches else [])}
        self._inputs = _inputs({name: value for name, value in inputs.items() if name not in others}, spec)
        self._kept = _kept({value.name for value in self._session.get_outputs()}, self._past)
        self.keeps = bool(self._kept)
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
        position_ids: Tensor | None = None,
        past_key_values: KeptArrays | KeptTokens | None = None,
        use_cache: bool | None = None,
        **unused: Any,
    ) -> BaseModelOutput | SequenceClassifierOutput | CausalLMOutputWithPast:
        """Hidden states [rows, length, width], or logits [rows, classes] or [rows, length, vocabulary].

        With `use_cache` the tokens go on from those of `past_key_values`, and logits are those behind the last one.
        """
        if unused.get("output_attentions"):
            raise NotImplementedError("an exported graph gives no attention maps")
        mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        if use_cache and not self.keeps:
            before = past_key_values.ids if isinstance(past_key_values, KeptTokens) else input_ids[:, :0]
            return self._read_anew(KeptTokens(torch.cat([before, input_ids], dim=1), mask))
        places = torch.arange(input_ids.shape[1]).expand_as(input_ids) if position_ids is None else position_ids
        given = {
            "input_ids": input_ids,
            "attention_mask": mask,
            "token_type_ids": torch.zeros_like(input_ids) if token_type_ids is None else token_type_ids,
            "position_ids": places,
        }
        if use_cache:
            kept = past_key_values if isinstance(past_key_values, KeptArrays) else None
            logits, *arrays = self._run(given, kept, [self.output, *self._kept.values()])
            behind = torch.from_numpy(np.array(logits[:, -1:], dtype=np.float32))
            return CausalLMOutputWithPast(
                logits=behind, past_key_values=KeptArrays(dict(zip(self._kept, arrays, strict=True)))
            )
        [values] = self._run(given, None, [self.output])
        result = torch.from_numpy(np.array(values, dtype=np.float32))
        if self.output == LOGITS:
            return SequenceClassifierOutput(logits=result)
        return BaseModelOutput(last_hidden_state=result)

    def _read_anew(self, kept: KeptTokens) -> CausalLMOutputWithPast:
        """Logits [rows, 1, vocabulary] behind rows that are read from their beginning."""
        ids, last = kept.packed()
        reach = torch.arange(ids.shape[1])
        logits = self(input_ids=ids, attention_mask=(reach <= last[:, None]).long()).logits
        return CausalLMOutputWithPast(logits=logits[torch.arange(len(ids)), last][:, None], past_key_values=kept)

    def _run(self, given: Mapping[str, Tensor], kept: KeptArrays | None, wanted: list[str]) -> list[Any]:
        """These outputs of the graph, for tokens that follow what is kept."""
        fed = {name: given[name].cpu().numpy().astype(kind) for name, kind in self._inputs.items()}
        for name, (heads, width, kind) in self._past.items():
            nothing = np.zeros((len(given["input_ids"]), heads, 0, width), dtype=kind)
            fed[name] = nothing if kept is None else kept.arrays[name]
        if self._branches:
            fed[BRANCH] = np.array([kept is not None])
        try:
            outputs: list[Any] = self._session.run(wanted, fed)
        except MemoryError:
            raise
        except Exception as error:  # onnxruntime has its own kinds of error
            raise RuntimeError(one_line(error)) from error
        return outputs


def _ends(config: Any) -> Any:
    """What transformers would read beside the checkpoint of how its texts end."""
    folder = Path(str(getattr(config, "name_or_path", "")))
    if (folder / "generation_config.json").is_file():
        return GenerationConfig.from_pretrained(folder)
    return GenerationConfig.from_model_config(config)


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


def _kept(outputs: Set[str], past: Mapping[str, Any]) -> dict[str, str]:
    """The output that gives each input of tokens before; empty where not all are given."""
    named = {name: name.replace("past_key_values", "present", 1) for name in past}
    return named if outputs >= {*named.values()} else {}


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
