"""Loaded transformers models and pipelines, told from other objects without importing the library for them."""

from __future__ import annotations

import sys

from fairwitness.audit.subject import Subject


def is_transformers(value: object) -> bool:
    """Whether an object is a model or a pipeline of transformers; False where nobody imported the library."""
    if "transformers" not in sys.modules:
        return False
    from fairwitness.audit.huggingface.in_memory import is_loaded_model

    return is_loaded_model(value)


def transformers_subject(value: object, tokenizer: object = None, *, batch_tokens: int | None = None) -> Subject:
    """The subject of a loaded model with its tokenizer, or of a pipeline: asked where it stands, left as it was.

    Raises UnfitObject and WrongTask where it cannot be asked, UnfitModel and CorruptModel where asking it shows that.
    """
    from fairwitness.audit.huggingface.in_memory import adopt

    return adopt(value, tokenizer, batch_tokens=batch_tokens)
