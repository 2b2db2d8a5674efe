"""A model that writes and may not write certain words: the token that would complete one is never chosen."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from fairwitness.audit.errors import BadOption, WrongTask
from fairwitness.audit.huggingface.causal import CausalSubject
from fairwitness.audit.huggingface.sequences.subject import SequenceSubject
from fairwitness.audit.subject import Subject

TokenWord = tuple[int, ...]


def forbidding(subject: Subject, words: Sequence[str]) -> Subject:
    """The same model under the constraint; what it finds probable, and how it scores given texts, stay as they are.

    Each word is looked for as the tokenizer writes it, small, with a capital and in capitals, with a blank before it
    and without. A word that is spelled by other tokens comes through, and one that only begins like it may be lost with
    it. Raises WrongTask for a model that does not write, and BadOption where a word has no letter.
    """
    if not isinstance(subject, CausalSubject | SequenceSubject):
        raise WrongTask(f"{subject.info.spec} writes no texts, so that nothing can be forbidden to it")
    loaded = subject._loaded
    banned = tuple(sorted(set(_spellings(loaded.encoder.tokenizer, words))))
    named = "\n".join([subject.info.fingerprint, "forbidden", *map(repr, banned)]).encode()
    info = replace(
        subject.info,
        spec=f"{subject.info.spec} + forbidden words",
        fingerprint=hashlib.sha256(named).hexdigest() if subject.info.fingerprint else "",
    )
    return type(subject)(replace(loaded, forbidden=(*loaded.forbidden, *banned)), info)


def _spellings(tokenizer: Any, words: Iterable[str]) -> Iterable[TokenWord]:
    for word in words:
        bare = word.strip()
        if not any(sign.isalnum() for sign in bare):
            raise BadOption(f"--forbid {word!r}: a word has a letter or a digit")
        for form in dict.fromkeys((bare, bare.lower(), bare.capitalize(), bare.upper())):
            for text in (form, f" {form}"):
                ids = tuple(tokenizer(text, add_special_tokens=False)["input_ids"])
                if ids and tokenizer.unk_token_id not in ids:
                    yield ids
