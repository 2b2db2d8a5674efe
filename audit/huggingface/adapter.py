"""Adapters of the library peft: found beside no model of their own, merged into the one that they were trained on."""

from __future__ import annotations

import importlib.util
import json
from collections import Counter
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from fairwitness.audit.errors import (
    CorruptModel,
    MissingExtra,
    NoWeights,
    UnfitModel,
    UnknownModel,
    UnsafeModel,
)
from fairwitness.audit.huggingface.fingerprint import source_files
from fairwitness.audit.huggingface.locate import HUB_ID, MERGE, PICKLES
from fairwitness.audit.huggingface.quiet import one_line

CONFIG, WEIGHTS, PICKLE = "adapter_config.json", "adapter_model.safetensors", "adapter_model.bin"
TASKS = {
    "CAUSAL_LM": "causal_lm",
    "SEQ_CLS": "sequence_classifier",
    "QUESTION_ANS": "question_answerer",
    "TOKEN_CLS": "token_classifier",
    "SEQ_2_SEQ_LM": "sequence_to_sequence",
    "FEATURE_EXTRACTION": "encoder",
}
"""What peft calls the kinds of model."""
TOKENIZERS = (
    "tokenizer.json", "tokenizer_config.json", "tokenizer.model", "spiece.model", "vocab.json", "vocab.txt",
    "added_tokens.json", "special_tokens_map.json", "chat_template.jinja",
)  # fmt: skip
"""Files of a tokenizer; an adapter that has some was trained with another one than its base's."""
WEIGHT_FILES = ("*.safetensors", "*.safetensors.index.json", *PICKLES, "*.onnx")
RELATIVE = {torch.float32: 1e-3}
"""How far, in proportion to its size, an output may move when an adapter is merged; by rounding alone."""
COARSE = 0.1
"""The same in half precision."""
TRIED = 8
"""Tokens of the text that is read before and after merging."""


def is_adapter(folder: Path) -> bool:
    """Whether a folder holds an adapter and no model; a copy of the base's config.json alone is none."""
    if not (folder / CONFIG).is_file():
        return False
    weights = {path.name for pattern in WEIGHT_FILES for path in folder.glob(pattern)} - {WEIGHTS}
    return not ((folder / "config.json").is_file() and weights)


def base_of(folder: Path, spec: str, given: str | None, task: str | None) -> tuple[str, str | None]:
    """The spec of the model that an adapter was trained on, the `given` one first, and the kind that it is for.

    A path is looked for from here, then from the adapter's folder. Raises UnknownModel where nothing names a model, and
    MissingExtra, NoWeights, UnsafeModel and UnfitModel where the adapter cannot be read.
    """
    if importlib.util.find_spec("peft") is None:
        raise MissingExtra(f'{spec} is an adapter, and reading one needs peft: pip install "fairwitness[adapters]"')
    settings = _settings(folder, spec)
    if not (folder / WEIGHTS).is_file():
        if (folder / PICKLE).is_file():
            raise UnsafeModel(f"{spec} has its weights only as pickle ({PICKLE}); save it again as {WEIGHTS}")
        raise NoWeights(f"{spec} is an adapter without weights: {WEIGHTS} is missing")
    kind = settings.get("task_type")
    if kind is not None and (not isinstance(kind, str) or kind not in TASKS):
        raise UnfitModel(f"{spec} is an adapter for {str(kind)[:40]!r}, which is no kind that Fairwitness knows")
    named = given or settings.get("base_model_name_or_path")
    if not isinstance(named, str) or not named:
        raise UnknownModel(f"{spec} is an adapter and does not say of which model: name it with --base")
    if given is None and not Path(named).exists():
        named = str(folder / named) if (folder / named).exists() else _of_revision(named, settings.get("revision"))
    return named, task or (TASKS[kind] if kind else None)


def _of_revision(named: str, revision: Any) -> str:
    """A hub id with the commit that the adapter was trained on, where it says so."""
    pinned = f"{named}@{revision}"
    return pinned if revision and isinstance(revision, str) and HUB_ID.fullmatch(pinned) else named


def named_base(folder: Path) -> str:
    """The model that an adapter names; empty where it names none."""
    named = json.loads((folder / CONFIG).read_text(encoding="utf-8")).get("base_model_name_or_path")
    return named if isinstance(named, str) else ""


def files_of(folder: Path, *, code: bool) -> list[Path]:
    """The files of an adapter that say what it is: its weights, its settings, and those of a tokenizer beside them."""
    return source_files(folder, (folder / WEIGHTS,), code=code)


def merged(folder: Path, model: Any, *, spec: str, base: str) -> Any:
    """The model with an adapter in its weights.

    Every weight of the adapter must have its place and every place its weight, and what comes out must answer as base
    and adapter do unmerged. Raises CorruptModel for an adapter that is damaged or of another model, UnfitModel for one
    that is no change of weights or cannot be merged.
    """
    from peft import PeftModel

    try:
        stored = load_file(folder / WEIGHTS)
    except (SafetensorError, OSError) as error:
        raise CorruptModel(f"the weights of {spec} cannot be read: {one_line(error)}") from error
    _refuse_added_tokens(stored, model, spec, base)
    try:
        adapted: Any = PeftModel.from_pretrained(model, str(folder), is_trainable=False).eval()
        wrong = _misplaced(adapted, stored)
    except Exception as error:  # the library raises anything for an adapter of another model
        raise CorruptModel(f"the adapter {spec} does not fit {base}: {one_line(error)}") from error
    if wrong:
        raise CorruptModel(f"the adapter {spec} does not fit {base}: {wrong}")
    kind = str(adapted.active_peft_config.peft_type).rpartition(".")[2]
    if not hasattr(adapted.base_model, "merge_and_unload"):
        raise UnfitModel(f"{spec} is an adapter of the kind {kind}, which is no change of weights")
    try:
        _part_from_ties(adapted)
        before = _answer(adapted)
        whole = adapted.merge_and_unload(safe_merge=True)
        moved = _distance(before, _answer(whole))
    except Exception as error:
        raise UnfitModel(f"the adapter {spec} ({kind}) cannot be merged into {base}: {one_line(error)}") from error
    if not moved <= RELATIVE.get(model.dtype, COARSE):
        raise UnfitModel(
            f"the adapter {spec} ({kind}) cannot be merged into {base}: the merged model answers otherwise than base "
            f"and adapter do, by {moved:.2g} of its output"
        )
    return whole


def _refuse_added_tokens(stored: dict[str, torch.Tensor], model: Any, spec: str, base: str) -> None:
    """Embeddings of another length than the base's: tokens were added to it before the adapter was trained."""
    embeddings = model.get_input_embeddings()
    called = next((name for name, module in model.named_modules() if module is embeddings), "")
    rows, width = embeddings.weight.shape
    for name, weight in stored.items():
        if f".{called}." in name and weight.dim() == 2 and weight.shape[1] == width and weight.shape[0] != rows:
            raise UnfitModel(
                f"{spec} was trained with a vocabulary of {weight.shape[0]} tokens and {base} has {rows}: add the "
                f"tokens to it (resize_token_embeddings), {MERGE}"
            )


def _misplaced(adapted: Any, stored: dict[str, torch.Tensor]) -> str:
    """What of the stored weights has no place in the model, or which places got none; empty where all is well.

    Whether the embeddings count is said here: left to itself, the library asks a hub.
    """
    from peft import get_peft_model_state_dict

    if not stored:
        return "it is empty"
    placed = get_peft_model_state_dict(adapted, save_embedding_layers=True)
    lost = [name for name, weight in stored.items() if not _is_placed(weight, placed.get(name))]
    if lost:
        return f"{len(lost)} of its {len(stored)} weights have no place there, {lost[0]} first"
    needed = get_peft_model_state_dict(adapted, save_embedding_layers=False)
    lacking = sorted(needed.keys() - stored.keys())
    if lacking:
        return f"it lacks {len(lacking)} of the {len(needed)} weights that {CONFIG} asks for, {lacking[0]} first"
    return ""


def _part_from_ties(adapted: Any) -> None:
    """Gives each layer that is adapted a matrix of its own.

    Else what is merged into embeddings that are the output head too would change the head as well.
    """
    from peft.tuners.tuners_utils import BaseTunerLayer

    layers = [module for module in adapted.modules() if isinstance(module, BaseTunerLayer)]
    holders = Counter(
        id(weight)
        for module in adapted.modules()
        if isinstance(weight := module._parameters.get("weight"), torch.nn.Parameter)
    )
    for layer in layers:
        inner: Any = layer.get_base_layer()
        weight = getattr(inner, "weight", None)
        if isinstance(weight, torch.nn.Parameter) and holders[id(weight)] > 1:
            inner.weight = torch.nn.Parameter(weight.detach().clone(), requires_grad=False)
            adapted.config.tie_word_embeddings = False


def _answer(model: Any) -> torch.Tensor:
    """What a model gives for a few tokens, whatever they say."""
    ids = torch.arange(TRIED, device=model.device)[None] % len(model.get_input_embeddings().weight)
    targets = {"decoder_input_ids": ids} if getattr(model.config, "is_encoder_decoder", False) else {}
    with torch.inference_mode():
        output: torch.Tensor = model(input_ids=ids, **targets)[0]
    return output.float()


def _distance(first: torch.Tensor, second: torch.Tensor) -> float:
    """The length of the difference of two outputs, in proportion to that of the first.

    Infinite logits, as of a token that is never written, must be so in both.
    """
    known = torch.isfinite(first)
    if not torch.equal(known, torch.isfinite(second)) or not bool(known.any()):
        return float("inf")
    first, second = first[known], second[known]
    return float((first - second).norm() / first.norm().clamp(min=torch.finfo(torch.float32).tiny))


def _is_placed(weight: torch.Tensor, there: torch.Tensor | None) -> bool:
    return there is not None and there.shape == weight.shape and torch.equal(there.cpu(), weight.to(there.dtype))


def _settings(folder: Path, spec: str) -> dict[str, Any]:
    try:
        settings = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CorruptModel(f"{CONFIG} of {spec} cannot be read: {one_line(error)}") from error
    if not isinstance(settings, dict):
        raise CorruptModel(f"{CONFIG} of {spec} holds no JSON object")
    return settings
