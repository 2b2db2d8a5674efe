"""Targets written for sources: the library's own greedy search, alone as in batches, with seeds and limits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

import tiny_models
import tiny_sequences
from fairwitness.audit.engine import Engine
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.huggingface.forbid import forbidding
from fairwitness.audit.huggingface.sequences.subject import SequenceSubject
from fairwitness.audit.requests import Generate, Generated, LogLikelihood, TokenScores, Turn, Unanswered

pytestmark = pytest.mark.arithmetic

PROMPTS = ("The nurse said that she was tired.", "A firefighter", "My neighbour the engineer repaired the old radio.")


@pytest.fixture(scope="module", params=["t5", "bart", "mbart", "pegasus", "blenderbot"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_sequences.build(request.param, tmp_path_factory.mktemp("model") / request.param)


@pytest.fixture(scope="module")
def subject(folder: Path) -> SequenceSubject:
    return read(folder)


def read(folder: Path) -> SequenceSubject:
    loaded = load(Loading(str(folder), offline=True))
    assert isinstance(loaded, SequenceSubject)
    return loaded


def written(answer: object) -> Generated:
    assert isinstance(answer, Generated), answer
    return answer


def greedy(folder: Path, prompt: str, lead: tuple[int, ...], count: int) -> list[int]:
    """What the library's own greedy search writes behind the lead, up to what ends it."""
    model: Any = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    model.generation_config.forced_bos_token_id = model.generation_config.forced_eos_token_id = None
    model.generation_config.encoder_no_repeat_ngram_size = 0
    out: list[int] = model.generate(
        torch.tensor([tokenizer(prompt)["input_ids"]]), decoder_input_ids=torch.tensor([lead]), do_sample=False,
        num_beams=1, max_new_tokens=count, max_length=None,
    )[0, len(lead) :].tolist()  # fmt: skip
    ends = [place for place, token in enumerate(out) if token == model.generation_config.eos_token_id]
    return out[: ends[0]] if ends else out


def test_greedy_targets_are_those_of_the_library(folder: Path, subject: SequenceSubject) -> None:
    answers = Engine(subject).answer([Generate(prompt, 6) for prompt in PROMPTS])
    lead = subject._loaded.writing.lead
    assert [list(written(answer).ids) for answer in answers] == [greedy(folder, text, lead, 6) for text in PROMPTS]


def test_a_batch_writes_what_each_writes_alone(subject: SequenceSubject) -> None:
    requests = [Generate(prompt, 5, 0.8, seed, 0.9) for prompt in PROMPTS for seed in range(4)]
    requests += [Generate(prompt, number) for number, prompt in enumerate(PROMPTS, 2)]
    together = subject.generate(requests)
    alone = [subject.generate([request])[0] for request in requests]
    assert [written(answer).ids for answer in together] == [written(answer).ids for answer in alone]
    assert len({written(answer).ids for answer in together[:4]}) > 1  # seeds differ


def test_draws_follow_the_distribution_of_the_first_token(subject: SequenceSubject) -> None:
    draws = subject.generate([Generate("A firefighter", 1, 1.0, seed) for seed in range(600)])
    firsts = [written(answer).ids[0] for answer in draws if written(answer).ids]
    common, count = max(((token, firsts.count(token)) for token in set(firsts)), key=lambda pair: pair[1])
    loaded = subject._loaded
    writing = loaded.writing
    source = loaded.encoder.encode("A firefighter").ids
    with torch.inference_mode():
        logits = loaded.model(input_ids=torch.tensor([source]), decoder_input_ids=torch.tensor([writing.lead])).logits[
            0, -1
        ]
    share = float(torch.softmax(logits.double(), dim=-1)[common])
    assert abs(count / 600 - share) < 4 * np.sqrt(share * (1 - share) / 600)


def test_a_target_ends_where_the_model_ends_it(subject: SequenceSubject) -> None:
    """The end token is made the likeliest by its own row of the head alone."""
    loaded = subject._loaded
    before = loaded.writing.ends
    free = written(subject.generate([Generate(PROMPTS[0], 4)])[0])
    loaded.model.generation_config.eos_token_id, was = free.ids[1], loaded.model.generation_config.eos_token_id
    try:
        ended = written(subject.generate([Generate(PROMPTS[0], 4)])[0])
    finally:
        loaded.model.generation_config.eos_token_id = was
    assert ended.ids == free.ids[: free.ids.index(free.ids[1])]
    assert loaded.writing.ends == before


def test_forbidden_words_are_not_written(subject: SequenceSubject) -> None:
    asked = [Generate(prompt, 12, 2.0, seed) for prompt in PROMPTS for seed in range(9)]
    free = [token for answer in subject.generate(asked) for token in written(answer).ids]
    decode = subject._loaded.encoder.tokenizer.decode
    token = next(token for token in free if decode([token]).strip().isalpha() and decode([token]).islower())
    bound = forbidding(subject, [decode([token]).strip()])
    assert isinstance(bound, SequenceSubject)
    assert all(token not in written(answer).ids for answer in bound.generate(asked))
    assert bound.info.fingerprint != subject.info.fingerprint


@pytest.mark.parametrize(
    ("request_", "reason", "fault"),
    [
        (Generate("The nurse " * 40, 3), "reads at most 64", "long_text"),
        (Generate("The nurse", 80), "reads at most 64", "long_text"),
        (Generate("The nurse", 0), "no tokens were asked", "model"),
        (Generate("The nurse", 3, -1.0), "below zero", "model"),
        (Generate("The nurse", 3, chat=True, system="Be kind."), "chat template", "no_chat"),
        (Generate("The nurse", 3, system="Be kind."), "in a chat alone", "no_chat"),
        (Generate("\ud800", 3), "lone surrogate", "model"),
    ],
)
def test_what_cannot_be_written_says_why(subject: SequenceSubject, request_: Generate, reason: str, fault: str) -> None:
    bad, good = Engine(subject).answer([request_, Generate("A firefighter", 2)])
    assert isinstance(bad, Unanswered)
    assert reason in bad.reason
    assert bad.fault == fault
    assert written(good).tokens <= 2


def test_a_chat_goes_through_the_template(tmp_path: Path) -> None:
    model, tokenizer = tiny_sequences.make("blenderbot")
    tokenizer.chat_template = (
        "{% for turn in messages %}{{ turn.role }}: {{ turn.content }} {% endfor %}{{ eos_token }}"
    )
    subject = read(tiny_models.save(tmp_path / "chat", model, tokenizer))
    asked = Generate("A firefighter", 4, chat=True, system="Be kind.")
    [answer, plain] = subject.generate([asked, Generate("A firefighter", 4)])
    ids = tokenizer("system: Be kind. user: A firefighter </s>", add_special_tokens=False)["input_ids"]
    expected = [*subject._loaded.writing.lead]
    with torch.inference_mode():
        for _ in range(4):
            rows = subject._loaded.model(input_ids=torch.tensor([ids]), decoder_input_ids=torch.tensor([expected]))
            expected.append(int(rows.logits[0, -1].argmax()))
    assert list(written(answer).ids) == expected[1:][: written(answer).tokens]
    assert written(answer).ids != written(plain).ids
    scored = subject.log_likelihoods([[LogLikelihood("A firefighter", "Yes", chat=True)]])[0][0]
    assert isinstance(scored, TokenScores)
    assert scored.starts[0] == len("A firefighter")


def test_a_dialogue_model_without_a_template_reads_turns_as_its_tokenizer_joined_them(tmp_path: Path) -> None:
    model, tokenizer = tiny_sequences.make("blenderbot")
    subject = read(tiny_models.save(tmp_path / "talks", model, tokenizer))
    turns = (Turn("user", "A firefighter"), Turn("assistant", "said"))
    joined = tokenizer(" A firefighter  said   The nurse")["input_ids"]
    assert joined[-1] == tokenizer.eos_token_id
    assert subject._loaded.encoder.prompt_of(Generate("The nurse", 3, chat=True, turns=turns)) == tuple(joined)
    [scored], [alone] = subject.log_likelihoods(
        [[LogLikelihood("The nurse", "she", chat=True, turns=turns)], [LogLikelihood("The nurse", "she", chat=True)]]
    )
    assert isinstance(scored, TokenScores)
    assert isinstance(alone, TokenScores)
    assert scored.log_probs != alone.log_probs
    assert scored.starts == alone.starts
    [begun] = subject.generate([Generate("The nurse", 3, chat=True, turns=turns[:1], says="assistant")])
    assert begun == Unanswered("an encoder-decoder begins its turn itself", "no_chat")
