"""Which task a checkpoint is for, read from its configuration."""

from __future__ import annotations

from typing import Any

from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES, MODEL_MAPPING_NAMES

from fairwitness.audit.errors import UsageError, WrongTask, nearest
from fairwitness.audit.huggingface.kinds import BOTH_WAYS, KINDS, Kind


def find_task(config: Any, *, task: str | None, spec: str) -> str:
    """The task of the checkpoint's architecture, or the one asked for where the configuration leaves it open.

    Raises WrongTask when the architecture has another task, or none that Fairwitness knows.
    """
    if task is not None and task not in KINDS:
        raise UsageError(f"no task {task!r}{nearest(task, KINDS)} (tasks: {', '.join(KINDS)})")
    architectures = tuple(config.architectures or ())
    tasks = [_task_of(name, config) for name in architectures]
    has = tuple(dict.fromkeys(name for name in tasks if name))
    if has:
        if task is not None and task not in has:
            raise WrongTask(f"{spec} is {architectures[0]}, made for {' and '.join(has)}; it cannot do {task}")
        return task or has[0]
    if task is not None and config.model_type in KINDS[task].types and _same_build(KINDS[task], config):
        return task  # the loader refuses it when the head's weights are not there
    if task in (None, "encoder") and any(_is_encoder(name, config) for name in architectures):
        return "encoder"
    called = architectures[0] if architectures else f"a {config.model_type} model without a named architecture"
    could = [name for name, kind in KINDS.items() if config.model_type in kind.types and _same_build(kind, config)]
    if called.endswith("EncoderModel"):
        known = "it is the encoder alone of an encoder-decoder, without what writes"
    elif not could:
        known = "it has no task that Fairwitness knows"
    elif architectures and not _is_body(architectures[0], config):
        known = "its head is that of another task"
    else:
        known = (
            f"it has no head for a task; where the weights of one are there, force it with --task {' or '.join(could)}"
        )
    raise WrongTask(f"{spec} is {called}: {known} (tasks: {', '.join(KINDS)})")


def task_of_model(model: Any, spec: str) -> str:
    """The task of a model in memory, told by its class or by the one that it is derived from. Raises WrongTask."""
    classes = [base.__name__ for base in type(model).__mro__]
    task = next((task for name in classes if (task := _task_of(name, model.config))), None)
    if task is None and any(_is_encoder(name, model.config) for name in classes):
        task = "encoder"
    if task is None:
        known = ", ".join(KINDS)
        raise WrongTask(f"{spec} is a {classes[0]}, which has no task that Fairwitness knows (tasks: {known})")
    return task


def _same_build(kind: Kind, config: Any) -> bool:
    """Whether models of a kind have a decoder of their own where the configuration says so, and none where not."""
    return kind.sees is not None or kind.writes_targets == bool(config.is_encoder_decoder)


def encodes(config: Any) -> bool:
    """Whether a model of this type reads text in both directions, as BERT does."""
    return not config.is_encoder_decoder and config.model_type in MODEL_FOR_MASKED_LM_MAPPING_NAMES


def _is_encoder(architecture: str, config: Any) -> bool:
    """Whether it is the body, without a head, of a text encoder such as BERT."""
    return encodes(config) and _is_body(architecture, config)


def _is_body(architecture: str, config: Any) -> bool:
    bodies = MODEL_MAPPING_NAMES.get(config.model_type, "")
    return architecture in (bodies if isinstance(bodies, list | tuple) else (bodies,))


def _task_of(architecture: str, config: Any) -> str | None:
    for name, kind in KINDS.items():
        ending = next((ending for ending in kind.endings if architecture.endswith(ending)), None)
        if ending is None or not _same_build(kind, config):
            continue
        if ending == BOTH_WAYS and getattr(config, "causal", False):
            name, kind = "causal_lm", KINDS["causal_lm"]
        known = config.model_type in kind.types or bool(getattr(config, "auto_map", None))
        if known:
            return name
    return None
