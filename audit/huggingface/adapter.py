"""Adapters of the library peft: found beside no model of their own, merged into the one that they were trained on."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from fairwitness.audit.errors import CorruptModel, MissingExtra, NoWeights, UnfitModel, UnknownModel, UnsafeModel
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
TOKENIZERS = ("tokenizer.json", "tokenizer_config.json")


def is_adapter(folder: Path) -> bool:
    """Whether a folder holds an adapter and no model."""
    return (folder / CONFIG).is_file() and not (folder / "config.json").is_file()


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
    if kind is not None and kind not in TASKS:
        raise UnfitModel(f"{spec} is an adapter for {str(kind)[:40]!r}, which is no kind that Fairwitness knows")
    named = given or settings.get("base_model_name_or_path")
    if not isinstance(named, str) or not named:
        raise UnknownModel(f"{spec} is an adapter and does not say of which model: name it with --base")
    beside = folder / named
    if given is None and not Path(named).exists() and beside.exists():
        named = str(beside)
    return named, task or (TASKS[kind] if kind else None)


def files_of(folder: Path) -> tuple[Path, ...]:
    """The files of an adapter that say what it is."""
    return (folder / CONFIG, folder / WEIGHTS)


def merged(folder: Path, model: Any, *, spec: str, base: str) -> Any:
    """The model with an adapter in its weights.

    Every weight of the adapter must have found its place. Raises CorruptModel for an adapter that is damaged or of
    another model, UnfitModel for one that is no change of weights or cannot be merged.
    """
    from peft import PeftModel, get_peft_model_state_dict

    try:
        stored = load_file(folder / WEIGHTS)
    except (SafetensorError, OSError) as error:
        raise CorruptModel(f"the weights of {spec} cannot be read: {one_line(error)}") from error
    try:
        adapted: Any = PeftModel.from_pretrained(model, str(folder), is_trainable=False)
        placed = get_peft_model_state_dict(adapted)
    except Exception as error:  # the library raises anything for an adapter of another model
        raise CorruptModel(f"the adapter {spec} does not fit {base}: {one_line(error)}") from error
    lost = [name for name, weight in stored.items() if not _is_placed(weight, placed.get(name))]
    if lost or not stored:
        what = (
            f"{len(lost)} of its {len(stored)} weights have no place there, {lost[0]} first" if lost else "it is empty"
        )
        raise CorruptModel(f"the adapter {spec} does not fit {base}: {what}")
    kind = str(adapted.active_peft_config.peft_type).rpartition(".")[2]
    if not hasattr(adapted.base_model, "merge_and_unload"):
        raise UnfitModel(f"{spec} is an adapter of the kind {kind}, which is no change of weights")
    try:
        return adapted.merge_and_unload(safe_merge=True)
    except Exception as error:
        raise UnfitModel(f"the adapter {spec} ({kind}) cannot be merged into {base}: {one_line(error)}") from error


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
