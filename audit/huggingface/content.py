"""What a model in memory is, as one hash: its weights, tokenizer and configuration, equal wherever it stands."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
import transformers
from torch import Tensor

from fairwitness.audit.huggingface.fingerprint import SETTINGS
from fairwitness.audit.reasons import WORDS, note
from fairwitness.audit.records import Name, Note, joined

INSTALLED = ("site-packages", "dist-packages")
"""Where code lies that has a version; all else may change without one."""
PLACES = ("_name_or_path", "transformers_version", "architectures", "torch_dtype", "dtype")
"""Entries of a configuration that say where a model came from, not what it computes."""


@dataclass(frozen=True, slots=True)
class Content:
    """The hash of a model; empty where something in it has none, which the notes then name."""

    sha256: str
    notes: tuple[Note, ...] = ()


def content_of(model: Any, tokenizer: Any, **settings: object) -> Content:
    """The hash of the weights (names, shapes, numbers), the tokenizer, the configuration and the classes' versions.

    A model that computes otherwise than its installed class and its weights say (by hooks, or code of the user's) has
    none: the same hash would promise the same answers.
    """
    if why := _unhashable(model):
        return Content("", (note("not_fingerprinted", "not_fingerprinted", why=why),))
    digest = hashlib.sha256()
    for name, value in _weights(model):
        digest.update(f"{name} {value}\n".encode())
    digest.update(_tokenizer(tokenizer).encode(errors="surrogatepass"))
    ends = getattr(getattr(model, "generation_config", None), "eos_token_id", None)
    rest = {
        "class": f"{type(model).__module__}.{type(model).__qualname__}",
        "config": {key: value for key, value in model.config.to_dict().items() if key not in PLACES},
        "ends": ends,
        "transformers": transformers.__version__,
        "settings": SETTINGS,
        **settings,
    }
    digest.update(json.dumps(rest, sort_keys=True, default=str).encode(errors="surrogatepass"))
    return Content(digest.hexdigest())


def _unhashable(model: Any) -> str:
    """What a hash of weights would not tell of; empty where there is nothing."""
    for name, module in model.named_modules():
        called = joined(" ", (Name(name) if name else WORDS("content.the_model"), f"({type(module).__name__})"))
        if any(map(_is_foreign, [*module._forward_hooks.values(), *module._forward_pre_hooks.values()])):
            return WORDS("content.hooks", called=called)
        if "forward" in vars(module) and not hasattr(module, "_hf_hook"):
            return WORDS("content.forward", called=called)
        if not _is_installed(type(module)):
            return WORDS("content.not_installed", called=called)
    return ""


def _is_foreign(hook: Any) -> bool:
    """Whether a hook is none of those by which transformers collects attention maps."""
    return not str(getattr(hook, "__module__", "")).startswith("transformers.")


def _is_installed(kind: type) -> bool:
    """Whether a class lies in an installed package, or in Python itself."""
    file = getattr(sys.modules.get(kind.__module__), "__file__", None) or ""
    return any(f"/{place}/" in file.replace("\\", "/") for place in INSTALLED)


def _weights(model: Any) -> Iterator[tuple[str, str]]:
    """Name of each weight, with a hash of its format, shape and numbers; one that has several names is hashed once."""
    known: dict[tuple[Any, ...], str] = {}
    for name, value in sorted(model.state_dict().items()):
        if not isinstance(value, Tensor):
            yield name, repr(value)
            continue
        place = (value.device, value.data_ptr(), tuple(value.shape), value.stride(), value.dtype)
        if place not in known or not value.numel():
            known[place] = _hash(value)
        yield name, known[place]


def _hash(value: Tensor) -> str:
    numbers = value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy()
    digest = hashlib.sha256(f"{value.dtype} {tuple(value.shape)}".encode())
    digest.update(numbers.data)
    return digest.hexdigest()


def _tokenizer(tokenizer: Any) -> str:
    """Everything of a tokenizer that changes which tokens a text has; truncation and padding are never used."""
    backend = tokenizer.backend_tokenizer
    backend.no_truncation()
    backend.no_padding()
    rest = {
        "special": tokenizer.special_tokens_map,
        "limit": tokenizer.model_max_length,
        "inputs": tokenizer.model_input_names,
        "template": getattr(tokenizer, "chat_template", None),
    }
    return str(backend.to_str()) + json.dumps(rest, sort_keys=True, default=str)
