"""Loads a model by its spec and makes it a subject; or only says what it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoTokenizer

from assay.audit.errors import CorruptModel, MissingExtra, WrongTask
from assay.audit.huggingface import causal, classifier, encoder, masked, questions
from assay.audit.huggingface.check import Abilities, examine
from assay.audit.huggingface.encode import UNLIMITED, Encoder
from assay.audit.huggingface.fingerprint import fingerprint, source_files
from assay.audit.huggingface.loaded import Loaded
from assay.audit.huggingface.locate import default_cache
from assay.audit.huggingface.quiet import quiet
from assay.audit.huggingface.source import (
    Asked,
    Source,
    choose_device,
    choose_dtype,
    count_parameters,
    find_source,
    one_line,
    usable,
)
from assay.audit.huggingface.tasks import LOADERS
from assay.audit.records import SubjectInfo
from assay.audit.subject import Subject

CAPABILITIES = {
    "masked_lm": masked.CAPABILITIES,
    "causal_lm": causal.CAPABILITIES,
    "sequence_classifier": classifier.CAPABILITIES,
    "question_answerer": questions.CAPABILITIES,
    "encoder": encoder.CAPABILITIES,
}
BATCH_TOKENS = 1024
"""Padded tokens of one forward pass. Measured: 1,000 sentences in prefix trees on a causal model of 135 M parameters
take 23.1 s at 512, 22.0 s at 768, 21.4 s at 1,024, 21.6 s and more beyond; masked models gain up to 1,024 too."""


def load(
    spec: str,
    *,
    task: str | None = None,
    device: str | None = None,
    dtype: str | None = None,
    trust_remote_code: bool = False,
    allow_pickle: bool = False,
    offline: bool = False,
    cache_dir: Path | None = None,
    threads: int | None = None,
    batch_tokens: int | None = None,
) -> Subject:
    """The model of a spec as a subject: float32 on a CPU, the checkpoint's own numbers elsewhere.

    Raises UnknownModel, NoWeights, WrongTask, UnsafeModel, MissingExtra and CorruptModel, each with one message
    that says what was found and what to do.
    """
    if threads is not None:
        torch.set_num_threads(threads)
    where = choose_device(device)
    asked = Asked(
        spec,
        task,
        where,
        choose_dtype(dtype, where),
        trust_remote_code,
        allow_pickle,
        offline,
        cache_dir or default_cache(),
    )
    with quiet(), usable(spec):
        source = find_source(asked)
        tokenizer = _tokenizer(asked, source)
        model = _model(asked, source).to(where).eval()
        loaded = Loaded(
            model,
            Encoder(tokenizer, _limit(model, tokenizer)),
            where,
            model.dtype,
            batch_tokens or BATCH_TOKENS,
        )
        abilities = examine(loaded, source.task)
        info = _describe(asked, source, loaded, abilities)
    if source.task == "masked_lm":
        return masked.MaskedSubject(loaded, info)
    if source.task == "causal_lm":
        return causal.CausalSubject(loaded, info, abilities.tree_limit)
    if source.task == "question_answerer":
        return questions.QuestionSubject(loaded, info)
    if source.task == "encoder":
        return encoder.EncoderSubject(loaded, info)
    return classifier.ClassifierSubject(loaded, info)


def inspect(
    spec: str,
    *,
    task: str | None = None,
    device: str | None = None,
    dtype: str | None = None,
    trust_remote_code: bool = False,
    allow_pickle: bool = False,
    offline: bool = False,
    cache_dir: Path | None = None,
    threads: int | None = None,
    batch_tokens: int | None = None,
) -> SubjectInfo:
    """What `load` with the same arguments would load, without reading weights; the fingerprint stays empty."""
    del threads, batch_tokens
    where = choose_device(device)
    numbers = choose_dtype(dtype, where)
    asked = Asked(spec, task, where, numbers, trust_remote_code, allow_pickle, offline, cache_dir or default_cache())
    with quiet(), usable(spec):
        source = find_source(asked, weights=False)
        parameters = count_parameters(source)
    named = str(numbers or source.config.dtype or torch.float32).removeprefix("torch.")
    able = CAPABILITIES[source.task]
    return SubjectInfo(
        spec, "", source.task, source.architecture, parameters, named, able, source.revision, source.notes
    )


def _model(asked: Asked, source: Source) -> Any:
    try:
        model, report = LOADERS[source.task].from_pretrained(
            source.folder,
            config=source.config,
            dtype=asked.dtype or "auto",
            trust_remote_code=asked.trust_remote_code,
            use_safetensors=source.weights[0].suffix == ".safetensors",
            local_files_only=True,
            output_loading_info=True,
        )
    except ImportError as error:
        raise MissingExtra(f"{asked.spec} needs a library that is not installed: {one_line(error)}") from error
    except (SafetensorError, OSError, RuntimeError, ValueError, KeyError, EOFError) as error:
        raise CorruptModel(f"the weights of {asked.spec} cannot be loaded: {one_line(error)}") from error
    missing = sorted(name for name in report["missing_keys"] if not (source.task == "encoder" and "pooler." in name))
    if missing:
        _refuse(asked, source, missing, model)
    return model


def _refuse(asked: Asked, source: Source, missing: list[str], model: Any) -> None:
    """Weights that the checkpoint lacks would be random: never audited."""
    whole = source.task == "encoder"
    body = [name for name in missing if whole or name.startswith(model.base_model_prefix + ".")]
    if body:
        raise CorruptModel(f"{asked.spec} lacks {len(body)} weights of {source.architecture}, {body[0]} first")
    raise WrongTask(
        f"{asked.spec} is {source.architecture} without a trained head for {source.task}: it holds no weights for "
        f"{missing[0]}{f' and {len(missing) - 1} more' if missing[1:] else ''}, and random ones would be measured"
    )


def _tokenizer(asked: Asked, source: Source) -> Any:
    try:
        tokenizer = AutoTokenizer.from_pretrained(
            source.folder, trust_remote_code=asked.trust_remote_code, local_files_only=True
        )
    except ImportError as error:
        raise MissingExtra(f"the tokenizer of {asked.spec} needs a library: {one_line(error)}") from error
    except Exception as error:
        raise CorruptModel(f"the tokenizer of {asked.spec} cannot be loaded: {one_line(error)}") from error
    if not tokenizer.is_fast:
        raise WrongTask(f"the tokenizer of {asked.spec} gives no character offsets; save it as tokenizer.json")
    if source.task == "masked_lm" and tokenizer.mask_token_id is None:
        raise WrongTask(f"{asked.spec} is {source.architecture}, but its tokenizer has no mask token")
    return tokenizer


def _limit(model: Any, tokenizer: Any) -> int:
    """Number of positions the model reads; models that count positions from the padding id lose those before it."""
    known = [int(getattr(model.config, "max_position_embeddings", None) or UNLIMITED)]
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and getattr(module, "padding_idx", None) is not None:
            known.append(module.num_embeddings - module.padding_idx - 1)
    known.append(int(min(tokenizer.model_max_length or UNLIMITED, UNLIMITED)))
    return min(known)


def _describe(asked: Asked, source: Source, loaded: Loaded, abilities: Abilities) -> SubjectInfo:
    numbers = str(loaded.dtype).removeprefix("torch.")
    files = source.originals or source_files(source.folder, source.weights, code=asked.trust_remote_code)
    print_of = fingerprint(files, cache=asked.cache, dtype=numbers, task=source.task)
    able = tuple(kind for kind in CAPABILITIES[source.task] if kind not in abilities.lacking)
    return SubjectInfo(
        spec=asked.spec,
        fingerprint=print_of,
        kind=source.task,
        architecture=source.architecture,
        parameters=loaded.model.num_parameters(),
        dtype=numbers,
        capabilities=able,
        revision=source.revision,
        notes=(*source.notes, *abilities.notes),
    )
