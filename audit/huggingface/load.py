"""Loads a model by its spec and makes it a subject; or only says what it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from fairwitness.audit.errors import UnfitModel, UsageError
from fairwitness.audit.huggingface.abilities import Abilities
from fairwitness.audit.huggingface.adapter import merged
from fairwitness.audit.huggingface.chat import dialogue_template
from fairwitness.audit.huggingface.check import examine, examine_exported
from fairwitness.audit.huggingface.encode import UNLIMITED, Encoder
from fairwitness.audit.huggingface.fingerprint import fingerprint, source_files
from fairwitness.audit.huggingface.kinds import KINDS, Kind
from fairwitness.audit.huggingface.loaded import Loaded
from fairwitness.audit.huggingface.quantised import dequantised, method_of
from fairwitness.audit.huggingface.quiet import quiet
from fairwitness.audit.huggingface.source import (
    Loading,
    Source,
    arithmetic,
    choose_device,
    choose_dtype,
    count_parameters,
    find_source,
    usable,
)
from fairwitness.audit.huggingface.spread import AUTO, entry, limits, places
from fairwitness.audit.huggingface.tokenizer import Fit, check_tokenizer, load_tokenizer
from fairwitness.audit.huggingface.weights import load_weights
from fairwitness.audit.records import Note, SubjectInfo
from fairwitness.audit.subject import Subject

BATCH_TOKENS = 1024
"""Padded tokens of one forward pass. Measured: 1,000 sentences in prefix trees on a causal model of 135 M parameters
take 23.1 s at 512, 22.0 s at 768, 21.4 s at 1,024, 21.6 s and more beyond; masked models gain up to 1,024 too."""


def load(loading: Loading) -> Subject:
    """The model as a subject: float32 on a CPU, the checkpoint's own numbers elsewhere.

    The model is tried before it is believed (`check.examine`, `check_tokenizer`, `load_weights`): what it cannot be
    asked is taken from its capabilities, with the reason in its notes. Raises UnknownModel, NoWeights, WrongTask,
    UnfitModel, UnsafeModel, MissingExtra and CorruptModel, each with one message that says what was found and what to
    do.
    """
    if loading.threads is not None:
        torch.set_num_threads(loading.threads)
    device = choose_device(loading.device)
    dtype = choose_dtype(loading.dtype, device)
    with quiet(), usable(loading.spec):
        source = find_source(loading)
        kind = KINDS[source.task]
        notes = kind.check(loading.spec, source.config)
        if kind.sees is not None:
            return _load_seeing(loading, source, kind, dtype, device)
        tokenizer = load_tokenizer(loading, source)
        if source.runtime is not None and kind.exported is not None:
            _refuse_what_is_fixed(loading)
            cpu = torch.device("cpu")
            tried = try_model(loading.spec, kind, source.runtime, tokenizer, cpu, loading.batch_tokens)
            described = (*tried.fit.notes, *notes, *tried.abilities.notes)
            return kind.exported(
                tried.loaded, _describe(loading, source, tried.loaded, tried.capabilities(kind), described)
            )
        tried, read = _try_weights(loading, source, tokenizer, dtype, device)
        described = (*read, *tried.fit.notes, *notes, *tried.abilities.notes)
        info = _describe(loading, source, tried.loaded, tried.capabilities(kind), described)
        return kind.subject(tried.loaded, info)


def _load_seeing(
    loading: Loading, source: Source, kind: Kind, dtype: torch.dtype | None, device: torch.device
) -> Subject:
    """The same of a model that is given pictures; only then is Pillow needed."""
    from fairwitness.audit.huggingface.images.load import load_seeing

    seeing, abilities, notes = load_seeing(loading, source, kind, dtype, device)
    capabilities = tuple(name for name in kind.capabilities if name not in abilities.lacking)
    info = _describe(loading, source, seeing, capabilities, (*notes, *abilities.notes))
    return kind.subject(seeing, info)


def _try_weights(
    loading: Loading, source: Source, tokenizer: Any, dtype: torch.dtype | None, device: torch.device
) -> tuple[CheckedModel, tuple[Note, ...]]:
    """Reads the weights and tries the model; quantised ones that do not pass are tried as plain numbers."""
    weights = load_weights(loading, source, dtype)
    model = weights.model
    if source.adapter is not None:
        model = merged(source.adapter, model, spec=loading.spec, base=source.base)
    spread = places(model)
    device = entry(model) if spread else device
    tries = partial(
        try_model,
        loading.spec,
        KINDS[source.task],
        tokenizer=tokenizer,
        device=device,
        batch_tokens=loading.batch_tokens,
    )
    try:
        return tries(model.eval() if spread else model.to(device).eval()), weights.notes
    except UnfitModel as refusal:
        if not weights.method:
            raise
        plain, note_of_it = dequantised(model, weights.method, refusal)
        return tries(plain), (note_of_it, *weights.notes[1:])


def _refuse_what_is_fixed(loading: Loading) -> None:
    """Raises UsageError where an exported model is asked for on another device or in other numbers than it has."""
    if loading.device not in (None, AUTO, "cpu"):
        raise UsageError(f"{loading.spec} is computed on the processor: leave out --device {loading.device}")
    if loading.dtype is not None:
        raise UsageError(f"{loading.spec} computes in the numbers that it was exported in: leave out --dtype")


@dataclass(frozen=True, slots=True)
class CheckedModel:
    """A model with its tokenizer, and what it turned out to be able to do."""

    loaded: Loaded
    fit: Fit
    abilities: Abilities

    def capabilities(self, kind: Kind) -> tuple[str, ...]:
        """The request kinds that it answers, of those that models of its kind may answer."""
        offered = kind.capabilities if self.loaded.exported == "" else kind.of_exported
        return tuple(name for name in offered if name not in self.abilities.lacking)


def try_model(
    spec: str,
    kind: Kind,
    model: Any,
    tokenizer: Any,
    device: torch.device,
    batch_tokens: int | None,
    *,
    borrowed: bool = False,
) -> CheckedModel:
    """Tries a model that was read with the tokenizer that is said to be its own. Raises UnfitModel."""
    fit = check_tokenizer(spec, tokenizer, len(model.get_input_embeddings().weight))
    encoder = Encoder(tokenizer, _limit(model, tokenizer), fit.without_embedding, dialogue_template(model.config))
    computes = arithmetic(device)
    if borrowed:  # whoever loaded it chose the attention
        computes = f"{computes} {model.config._attn_implementation}"
    loaded = Loaded(
        model, encoder, device, model.dtype, batch_tokens or BATCH_TOKENS, arithmetic=computes, borrowed=borrowed
    )
    loaded.exported = getattr(model, "runtime", "")
    tried = examine_exported if loaded.exported else examine
    return CheckedModel(loaded, fit, _within(tried(loaded, kind.reading, spec), model, kind))


def _within(abilities: Abilities, model: Any, kind: Kind) -> Abilities:
    """What a model can do where its weights are."""
    lacking, notes = limits(model, kind.capabilities)
    return Abilities(abilities.lacking | lacking, (*abilities.notes, *notes))


def inspect(loading: Loading) -> SubjectInfo:
    """What `load` would load, without reading weights; the fingerprint stays empty."""
    dtype = choose_dtype(loading.dtype, choose_device(loading.device))
    with quiet(), usable(loading.spec):
        source = find_source(loading, weights=False)
        method_of(loading.spec, source.config)
        parameters = count_parameters(source)
    return SubjectInfo(
        spec=loading.spec,
        fingerprint="",
        kind=source.task,
        architecture=source.architecture,
        parameters=parameters,
        dtype=str(dtype or source.config.dtype or torch.float32).removeprefix("torch."),
        capabilities=KINDS[source.task].capabilities,
        revision=source.revision,
        notes=source.notes,
        card=source.card,
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
    loading: Loading, source: Source, loaded: Any, capabilities: tuple[str, ...], notes: tuple[Note, ...]
) -> SubjectInfo:
    numbers = str(loaded.dtype).removeprefix("torch.")
    files = source.originals or source_files(source.folder, source.weights, code=loading.trust_remote_code)
    print_of = fingerprint(files, cache=loading.cache, dtype=numbers, task=source.task)
    return SubjectInfo(
        spec=loading.spec,
        fingerprint=print_of,
        kind=source.task,
        architecture=source.architecture,
        parameters=loaded.model.num_parameters(),
        dtype=numbers,
        capabilities=capabilities,
        revision=source.revision,
        notes=(*source.notes, *notes),
        card=source.card,
    )
