"""Loads weights and compares what was stored with what the model is: nothing random, left out or cast is measured."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch.nn import ModuleList

from fairwitness.audit.errors import CorruptModel, MissingExtra, UnfitModel, WrongTask
from fairwitness.audit.huggingface.kinds import KINDS
from fairwitness.audit.huggingface.quantised import method_of, quantised
from fairwitness.audit.huggingface.quiet import one_line
from fairwitness.audit.huggingface.source import Loading, Source
from fairwitness.audit.huggingface.spread import placing
from fairwitness.audit.reasons import note
from fairwitness.audit.records import Note

BUFFERS = re.compile(r"(inv_freq|masked_bias|attn\.bias|attention\.bias|position_ids|num_batches_tracked)$")
"""Names under which older checkpoints store what is computed and not learned."""
SCALES = re.compile(r"(weight_scale(_inv)?|\.scales?|zero_point|qzeros|absmax|quant_state\S*|\.SCB)$")
"""Names of what quantised weights are multiplied by."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The model with its stored weights, and what to know of them."""

    model: Any
    notes: tuple[Note, ...] = ()
    method: str = ""
    """By which they are stored quantised; empty where they stand as they are."""


def load_weights(loading: Loading, source: Source, dtype: torch.dtype | None) -> Weights:
    """The model of a checkpoint. Raises CorruptModel, WrongTask, UnfitModel and MissingExtra where it is not all there.

    Refused are weights that are missing, that do not fit, that belong to layers the configuration leaves out, and
    integers in place of fractions without the configuration that says how to read them. `dtype` None is the
    checkpoint's own.
    """
    kind = KINDS[source.task]
    method = method_of(loading.spec, source.config)
    if not method:
        _refuse_integers(loading, source)
    try:
        model, report = kind.loader.from_pretrained(
            source.folder,
            config=source.config,
            dtype=dtype or "auto",
            trust_remote_code=loading.trust_remote_code,
            use_safetensors=source.weights[0].suffix == ".safetensors",
            local_files_only=True,
            output_loading_info=True,
            ignore_mismatched_sizes=True,
            **placing(loading.spec, loading.device, loading.cache),
        )
    except ImportError as error:
        raise MissingExtra(f"{loading.spec} needs a library that is not installed: {one_line(error)}") from error
    except (SafetensorError, OSError, RuntimeError, ValueError, KeyError, EOFError) as error:
        raise CorruptModel(f"the weights of {loading.spec} cannot be loaded: {one_line(error)}") from error
    if report["mismatched_keys"]:
        _refuse_shapes(loading, source, sorted(report["mismatched_keys"]))
    missing = sorted(name for name in report["missing_keys"] if kind.endings or "pooler." not in name)
    if missing:
        _refuse_missing(loading, source, missing, model)
    if kind.writes_targets:
        _refuse_lost_head(loading, source, model)
    unused = sorted(name for name in report["unexpected_keys"] if not BUFFERS.search(name))
    _refuse_unused(loading, source, unused, model)
    read = (quantised(method),) if method else ()
    return Weights(model, (*read, *_notes(source, unused)), method)


def _refuse_integers(loading: Loading, source: Source) -> None:
    """Whole numbers where weights are fractions: quantised, and their scale is lost when they are cast."""
    for name, stored in _stored(source):
        if re.fullmatch(r"[IU]\d+|BOOL", stored) and name.endswith((".weight", ".bias")) and not BUFFERS.search(name):
            raise UnfitModel(
                f"{loading.spec} stores {name} as whole numbers ({stored}) and its config.json has no "
                "quantization_config that says how to read them; cast as they are they would be another model"
            )


def _stored(source: Source) -> Iterable[tuple[str, str]]:
    """Names and number formats of the stored weights, from the headers of the files."""
    for path in source.weights:
        if path.suffix != ".safetensors":
            continue
        try:
            with safe_open(path, framework="pt") as weights:
                yield from [(name, str(weights.get_slice(name).get_dtype())) for name in weights.keys()]  # noqa: SIM118
        except (SafetensorError, OSError):
            continue  # loading says what is wrong with it


def _refuse_shapes(loading: Loading, source: Source, mismatched: list[tuple[str, Any, Any]]) -> None:
    name, stored, made = mismatched[-1]
    labels = source.config.num_labels if "classif" in name or "score" in name else None
    hint = f"; id2label or num_labels there says {labels}" if labels is not None and labels in tuple(made) else ""
    raise CorruptModel(
        f"{loading.spec} stores {name} as {_shape(stored)} and its config.json makes it {_shape(made)}"
        f"{f' ({len(mismatched)} weights do not fit)' if mismatched[1:] else ''}{hint}"
    )


def _shape(size: Iterable[int]) -> str:
    return " x ".join(str(number) for number in size) or "a single number"


def _refuse_missing(loading: Loading, source: Source, missing: list[str], model: Any) -> None:
    """Weights that the checkpoint lacks would be random: never audited."""
    whole = not KINDS[source.task].endings
    prefix = model.base_model_prefix + "."
    if model.base_model is model:  # T5 and its kin have no body of their own: all but the head is
        head = _head_name(model)
        body = [name for name in missing if whole or name != head]
    else:
        body = [name for name in missing if whole or name.startswith(prefix)]
    if body:
        raise CorruptModel(f"{loading.spec} lacks {len(body)} weights of {source.architecture}, {body[0]} first")
    raise WrongTask(
        f"{loading.spec} is {source.architecture} without a trained head for {source.task}: it holds no weights for "
        f"{missing[0]}{f' and {len(missing) - 1} more' if missing[1:] else ''}, and random ones would be measured"
    )


def _head_name(model: Any) -> str:
    """The matrix that turns states into logits over the vocabulary, as a checkpoint names it; empty: there is none."""
    head = model.get_output_embeddings()
    named = model.named_modules(remove_duplicate=False)
    return next((f"{name}.weight" for name, module in named if module is head), "")


def _refuse_lost_head(loading: Loading, source: Source, model: Any) -> None:
    """A head of its own that config.json names and no file holds: it would be made of the embeddings without a word."""
    path = source.folder / "config.json"
    raw = json.loads(path.read_text(encoding="utf-8"))
    stored = {name for name, _ in _stored(source)}
    if raw.get("tie_word_embeddings") is False and stored and _head_name(model) not in stored:
        raise WrongTask(
            f"{loading.spec} is {source.architecture} with a head of its own (tie_word_embeddings is false in its "
            f"config.json) and stores no {_head_name(model)}: the embeddings would be measured in its place"
        )


def _refuse_unused(loading: Loading, source: Source, unused: list[str], model: Any) -> None:
    """Weights of layers that the configuration leaves out, and weights inside layers that have no place for them."""
    if scales := [name for name in unused if SCALES.search(name)]:
        raise UnfitModel(
            f"{loading.spec} holds quantised weights ({scales[0]}) and its config.json has no quantization_config that "
            "says how to read them"
        )
    prefix = f"{model.base_model_prefix}."
    stacks = {f"{name}.".removeprefix(prefix): len(module) for name, module in _stacks(model)}
    for name in unused:
        inner = name.removeprefix(prefix)
        path = max((path for path in stacks if inner.startswith(path)), key=len, default=None)
        number = inner.removeprefix(path).split(".")[0] if path is not None else ""
        if not number.isdigit() or path is None:
            continue
        if int(number) >= stacks[path]:
            raise UnfitModel(
                f"{loading.spec} stores {name}, and its config.json makes {stacks[path]} of {path.rstrip('.')}: a part "
                "of the model would be audited; is the number of layers there right?"
            )
        raise UnfitModel(
            f"{loading.spec} stores {name}, and {source.architecture} as config.json makes it has no place for it: "
            "another model would be audited"
        )


def _stacks(model: Any) -> Iterable[tuple[str, ModuleList]]:
    return [(name, module) for name, module in model.named_modules() if isinstance(module, ModuleList)]


def _notes(source: Source, unused: list[str]) -> Iterable[Note]:
    if unused:
        names = {"architecture": source.architecture, "weight": unused[0]}
        if unused[1:]:
            yield note("unused_weights", "unused_weights", **names, more=len(unused) - 1)
        else:
            yield note("unused_weight", "unused_weights", **names)
