"""Which task a checkpoint is for, read from its configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForQuestionAnswering,
    AutoModelForSequenceClassification,
)
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_MASKED_LM_MAPPING_NAMES,
    MODEL_FOR_QUESTION_ANSWERING_MAPPING_NAMES,
    MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES,
    MODEL_MAPPING_NAMES,
)

from fairwitness.audit.errors import UsageError, WrongTask, nearest

LOADERS: Mapping[str, Any] = {
    "masked_lm": AutoModelForMaskedLM,
    "causal_lm": AutoModelForCausalLM,
    "sequence_classifier": AutoModelForSequenceClassification,
    "question_answerer": AutoModelForQuestionAnswering,
    "encoder": AutoModel,
}
BOTH_WAYS = "WithLMHeadModel"
"""Ending of the classes of XLM and FlauBERT, whose configuration says whether they fill masks or write."""
ENDINGS = {
    BOTH_WAYS: "masked_lm",
    "ForMaskedLM": "masked_lm",
    "ForPreTraining": "masked_lm",
    "ForCausalLM": "causal_lm",
    "LMHeadModel": "causal_lm",
    "ForSequenceClassification": "sequence_classifier",
    "ForQuestionAnswering": "question_answerer",
    "ForQuestionAnsweringSimple": "question_answerer",
}
CLASSES = {
    "masked_lm": MODEL_FOR_MASKED_LM_MAPPING_NAMES,
    "causal_lm": MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    "sequence_classifier": MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES,
    "question_answerer": MODEL_FOR_QUESTION_ANSWERING_MAPPING_NAMES,
}


def find_task(config: Any, *, asked: str | None, spec: str) -> str:
    """The task of the checkpoint's architecture, or the one asked for where the configuration leaves it open.

    Raises WrongTask when the architecture has another task, or none that Fairwitness knows.
    """
    if asked is not None and asked not in LOADERS:
        raise UsageError(f"no task {asked!r}{nearest(asked, LOADERS)} (tasks: {', '.join(LOADERS)})")
    architectures = tuple(config.architectures or ())
    has = tuple(dict.fromkeys(task for task in (_task_of(name, config) for name in architectures) if task))
    if has:
        if asked is not None and asked not in has:
            raise WrongTask(f"{spec} is {architectures[0]}, made for {' and '.join(has)}; it cannot do {asked}")
        return asked or has[0]
    if asked is not None and config.model_type in CLASSES.get(asked, ()) and not config.is_encoder_decoder:
        return asked  # the loader refuses it when the head's weights are not there
    if asked in (None, "encoder") and any(_is_encoder(name, config) for name in architectures):
        return "encoder"
    called = architectures[0] if architectures else f"a {config.model_type} model without a named architecture"
    could = [task for task, classes in CLASSES.items() if config.model_type in classes]
    if config.is_encoder_decoder or not could:
        known = "it has no task that Fairwitness knows"
    elif architectures and not _is_body(architectures[0], config):
        known = "its head is that of another task"
    else:
        known = (
            f"it has no head for a task; where the weights of one are there, force it with --task {' or '.join(could)}"
        )
    raise WrongTask(f"{spec} is {called}: {known} (tasks: {', '.join(LOADERS)})")


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
    if config.is_encoder_decoder:
        return None
    for ending, task in ENDINGS.items():
        if architecture.endswith(ending):
            if ending == BOTH_WAYS and getattr(config, "causal", False):
                task = "causal_lm"
            known = config.model_type in CLASSES[task] or bool(getattr(config, "auto_map", None))
            return task if known else None
    return None
