"""A transformers model that is already loaded, as a subject: asked as it stands and left as it was found."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch.nn import Module
from transformers import Pipeline, PreTrainedModel, PreTrainedTokenizerBase

from fairwitness.audit.errors import UnfitObject, WrongTask
from fairwitness.audit.huggingface.content import content_of
from fairwitness.audit.huggingface.kinds import KINDS
from fairwitness.audit.huggingface.load import try_model
from fairwitness.audit.huggingface.quiet import one_line, quiet
from fairwitness.audit.huggingface.source import usable
from fairwitness.audit.huggingface.tasks import task_of_model
from fairwitness.audit.huggingface.tokenizer import check_kind
from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.subject import Subject

WRAPPED = ("_orig_mod", "module")
"""What a compiled model and a parallel one call the model within."""


def is_loaded_model(value: object) -> bool:
    """Whether an object is a transformers model (compiled and parallel ones too), or a pipeline of one."""
    return isinstance(value, Pipeline) or isinstance(_unwrapped(value), PreTrainedModel)


def adopt(value: Any, tokenizer: Any = None, *, batch_tokens: int | None = None) -> Subject:
    """The subject of a loaded model with its tokenizer, or of a pipeline, which has both.

    The model itself is asked, no copy of it: where it stands, in its own numbers and with its own attention, in
    evaluation mode for as long as each question takes. The tokenizer is copied, since asking one changes its settings.
    Raises UnfitObject and WrongTask where it cannot be asked, UnfitModel and CorruptModel as `load` does.
    """
    if isinstance(value, Pipeline):
        tokenizer = tokenizer if tokenizer is not None else value.tokenizer
        given = f"the {value.task} pipeline"
        value = value.model
    else:
        given = ""
    model = _unwrapped(value)
    if not isinstance(model, PreTrainedModel):
        raise WrongTask(f"{given or type(value).__name__} holds no transformers model, but a {type(model).__name__}")
    architecture = type(model).__name__
    spec = f"{model.config._name_or_path or architecture} (in memory)"
    _refuse_seeing(model, spec, given)
    tokenizer = _checked(tokenizer, spec, given or architecture)
    device = _device(model, spec)
    with quiet(), usable(spec):
        task = task_of_model(model, f"{given} of {spec}" if given else spec)
        kind = KINDS[task]
        notes = kind.check(spec, model.config)
        check_kind(spec, tokenizer, task, architecture)
        copied = copy.deepcopy(tokenizer)
        tried = try_model(spec, kind, model, copied, device, batch_tokens, borrowed=True)
        numbers = str(model.dtype).removeprefix("torch.")
        content = content_of(model, copied, dtype=numbers, task=task)
        info = SubjectInfo(
            spec=spec,
            fingerprint=content.sha256,
            kind=task,
            architecture=architecture,
            parameters=model.num_parameters(),
            dtype=numbers,
            capabilities=tried.capabilities(kind),
            notes=(*tried.fit.notes, *notes, *tried.abilities.notes, *content.notes),
        )
        subject = kind.subject(tried.loaded, info)
    return subject


def _refuse_seeing(model: Any, spec: str, given: str) -> None:
    """Raises UnfitObject for a model that is given pictures: its image processor would be missing."""
    task = task_of_model(model, f"{given} of {spec}" if given else spec)
    if KINDS[task].sees is not None:
        raise UnfitObject(
            f"{spec} is a {type(model).__name__}, which is given pictures: name the folder that it was saved in with "
            "its image processor (save_pretrained), or wrap a function of pictures, such as ImageMatcher"
        )


def _unwrapped(value: Any) -> Any:
    """The model within a compiled or parallel one."""
    while isinstance(value, Module) and not isinstance(value, PreTrainedModel):
        inner = next((getattr(value, name) for name in WRAPPED if isinstance(getattr(value, name, None), Module)), None)
        if inner is None:
            break
        value = inner
    return value


def _checked(tokenizer: Any, spec: str, given: str) -> Any:
    if tokenizer is None:
        raise UnfitObject(
            f"{given} comes without a tokenizer: give the one it was trained with, tokenizer=AutoTokenizer."
            f"from_pretrained({spec.removesuffix(' (in memory)')!r})"
        )
    if not isinstance(tokenizer, PreTrainedTokenizerBase):
        raise UnfitObject(f"tokenizer: it is a {type(tokenizer).__name__}; give a tokenizer of transformers")
    return tokenizer


def _device(model: Any, spec: str) -> torch.device:
    """Where its inputs go. Raises UnfitObject where weights are nowhere, or on a device that is gone."""
    empty = next((name for name, weight in model.named_parameters() if weight.is_meta), None)
    if empty is not None:
        raise UnfitObject(f"{spec}: {empty} is on the device 'meta', which holds no numbers: load its weights first")
    device: torch.device = model.get_input_embeddings().weight.device
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UnfitObject(f"{spec} is on {device}, which cannot be used: {one_line(error)}") from error
    return device
