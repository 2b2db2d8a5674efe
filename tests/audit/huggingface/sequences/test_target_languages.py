"""Models that are told a language: it is recorded, and without one that is known they are refused."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tokenizers import processors

import tiny_sequences
from fairwitness.audit.errors import UnfitModel
from fairwitness.audit.huggingface.in_memory import adopt
from fairwitness.audit.huggingface.sequences.subject import SequenceSubject
from fairwitness.audit.requests import Generate, LogLikelihood, TokenScores, Unanswered

pytestmark = pytest.mark.arithmetic


def adopted(model: Any, tokenizer: Any) -> SequenceSubject:
    subject = adopt(model, tokenizer)
    assert isinstance(subject, SequenceSubject)
    return subject


def test_the_languages_are_recorded_and_the_target_begins_with_its_own() -> None:
    model, tokenizer = tiny_sequences.make("mbart")
    french = tokenizer.convert_tokens_to_ids("fr_XX")
    model.generation_config.forced_bos_token_id = french
    subject = adopted(model, tokenizer)
    [said] = [note for note in subject.info.notes if "target" in note.values]
    assert (said.values["source"], said.values["target"]) == ("en_XX", "fr_XX")
    assert subject._loaded.writing.lead == (2, french)
    [[answer]] = subject.log_likelihoods([[LogLikelihood("The nurse", "she")]])
    target = tokenizer("she", add_special_tokens=False)["input_ids"]
    with torch.no_grad():
        given = torch.tensor([tokenizer("The nurse")["input_ids"]])
        rows = model(input_ids=given, decoder_input_ids=torch.tensor([[2, french, *target]])).logits[0]
    expected = [float(rows.log_softmax(-1)[1 + place, token]) for place, token in enumerate(target)]
    assert isinstance(answer, TokenScores)
    assert answer.log_probs == pytest.approx(expected, abs=5e-5)


def test_a_translator_has_no_likelihood_without_a_source_and_fills_nothing() -> None:
    model, tokenizer = tiny_sequences.make("mbart")
    model.generation_config.forced_bos_token_id = tokenizer.convert_tokens_to_ids("fr_XX")
    subject = adopted(model, tokenizer)
    [[answer]] = subject.log_likelihoods([[LogLikelihood(" ", "she")]])
    assert isinstance(answer, Unanswered)
    [written] = subject.generate([Generate("", 3)])
    assert isinstance(written, Unanswered)
    [said] = [note.text for note in subject.info.notes if note.values.get("kind") == "FillMask"]
    assert "another language" in said


def test_without_a_target_language_it_is_refused() -> None:
    model, tokenizer = tiny_sequences.make("mbart")
    model.generation_config.forced_bos_token_id = None
    with pytest.raises(UnfitModel, match=r"writes in 3 languages .* does not say in which"):
        adopt(model, tokenizer)
    tokenizer.tgt_lang = "de_DE"
    assert adopted(model, tokenizer)._loaded.writing.target_language == "de_DE"
    del tokenizer.tgt_lang
    model.config.decoder_start_token_id = tokenizer.convert_tokens_to_ids("fr_XX")
    model.generation_config.decoder_start_token_id = model.config.decoder_start_token_id
    subject = adopted(model, tokenizer)
    assert subject._loaded.writing.lead == (model.config.decoder_start_token_id,)


def test_a_language_that_the_source_names_must_stand_there() -> None:
    model, tokenizer = tiny_sequences.make("marian")
    tokenizer.add_tokens([">>fra<<", ">>spa<<"])
    model.resize_token_embeddings(len(tokenizer))
    with pytest.raises(UnfitModel, match=r"translates into 2 languages .*>>fra<<"):
        adopt(model, tokenizer)
    french = tokenizer.convert_tokens_to_ids(">>fra<<")
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single=">>fra<< $A </s>", special_tokens=[(">>fra<<", french), ("</s>", 2)]
    )
    subject = adopted(model, tokenizer)
    assert subject._loaded.writing.before == (french,)
    assert subject._loaded.writing.lead == (1,)


def test_targets_of_another_vocabulary_are_refused() -> None:
    model, tokenizer = tiny_sequences.make(
        "marian", share_encoder_decoder_embeddings=False, decoder_vocab_size=90, tie_word_embeddings=False
    )
    with pytest.raises(UnfitModel, match=r"reads \d+ tokens and writes 90 others"):
        adopt(model, tokenizer)
