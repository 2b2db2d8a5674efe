"""Loads a model by its spec and makes it a subject; or only says what it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from fairwitness.audit.huggingface import causal, classifier, encoder, masked, questions
from fairwitness.audit.huggingface.check import Abilities, examine
from fairwitness.audit.huggingface.encode import UNLIMITED, Encoder
from fairwitness.audit.huggingface.fingerprint import fingerprint, source_files
from fairwitness.audit.huggingface.loaded import Loaded
from fairwitness.audit.huggingface.quiet import quiet
from fairwitness.audit.huggingface.source import (
    Asked,
    Source,
    choose_device,
    choose_dtype,
    count_parameters,
    find_source,
    usable,
)
from fairwitness.audit.huggingface.tokenizer import check_tokenizer, load_tokenizer
from fairwitness.audit.huggingface.weights import load_weights
from fairwitness.audit.private import cache_folder
from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.subject import Subject

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

    The model is tried before it is believed (`check.examine`, `check_tokenizer`, `load_weights`): what it cannot be
    asked is taken from its capabilities, with the reason in its notes. Raises UnknownModel, NoWeights, WrongTask,
    UnfitModel, UnsafeModel, MissingExtra and CorruptModel, each with one message that says what was found and what to
    do.
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
        cache_dir or cache_folder(),
    )
    with quiet(), usable(spec):
        source = find_source(asked)
        head = classifier.head_of(spec, source.config) if source.task == "sequence_classifier" else None
        tokenizer = load_tokenizer(asked, source)
        weights = load_weights(asked, source)
        model = weights.model.to(where).eval()
        fit = check_tokenizer(spec, tokenizer, len(model.get_input_embeddings().weight))
        loaded = Loaded(
            model,
            Encoder(tokenizer, _limit(model, tokenizer), fit.without_embedding),
            where,
            model.dtype,
            batch_tokens or BATCH_TOKENS,
        )
        abilities = examine(loaded, source.task, spec)
        info = _describe(asked, source, loaded, abilities, (*weights.notes, *fit.notes, *(head.notes if head else ())))
    if source.task == "masked_lm":
        return masked.MaskedSubject(loaded, info)
    if source.task == "causal_lm":
        return causal.CausalSubject(loaded, info, abilities.tree_limit)
    if source.task == "question_answerer":
        return questions.QuestionSubject(loaded, info)
    if source.task == "encoder":
        return encoder.EncoderSubject(loaded, info)
    assert head is not None, "found before the weights were read"  # noqa: S101
    return classifier.ClassifierSubject(loaded, info, head)


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
    asked = Asked(spec, task, where, numbers, trust_remote_code, allow_pickle, offline, cache_dir or cache_folder())
    with quiet(), usable(spec):
        source = find_source(asked, weights=False)
        parameters = count_parameters(source)
    named = str(numbers or source.config.dtype or torch.float32).removeprefix("torch.")
    able = CAPABILITIES[source.task]
    return SubjectInfo(
        spec, "", source.task, source.architecture, parameters, named, able, source.revision, source.notes
    )


def _limit(model: Any, tokenizer: Any) -> int:
    """Number of positions the model reads; models that count positions from the padding id lose those before it.

    A length of 0 or less means that there is no limit.
    """
    known = [int(getattr(model.config, "max_position_embeddings", None) or UNLIMITED)]
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and getattr(module, "padding_idx", None) is not None:
            known.append(len(module.weight) - module.padding_idx - 1)
    known.append(int(min(tokenizer.model_max_length or UNLIMITED, UNLIMITED)))
    return min((length for length in known if length > 0), default=UNLIMITED)


def _describe(
    asked: Asked, source: Source, loaded: Loaded, abilities: Abilities, notes: tuple[str, ...]
) -> SubjectInfo:
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
        notes=(*source.notes, *notes, *abilities.notes),
    )
