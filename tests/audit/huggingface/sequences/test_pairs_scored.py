"""Targets given sources: what the library's own shifted labels give, in batches as alone, the encoder once a source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer
from transformers.models.bart.modeling_bart import shift_tokens_right

import tiny_sequences
from fairwitness.audit.engine import Engine
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.huggingface.sequences.passes import Target, packs
from fairwitness.audit.huggingface.sequences.subject import SequenceSubject
from fairwitness.audit.planner import plan_trees
from fairwitness.audit.requests import Embed, Embedding, LogLikelihood, TokenScores, Unanswered
from fairwitness.audit.subject import ScoresText, SharesPrefixes
from tiny_models import NEAR

pytestmark = pytest.mark.arithmetic

PAIRS = [
    ("The nurse said that she was tired.", "She was tired"),
    ("The nurse said that she was tired.", "He was late, and nobody minded."),
    ("A firefighter", "walked"),
    ("My neighbour the engineer repaired the old radio in the village.", "A teacher and a baker walked home."),
]


@pytest.fixture(scope="module", params=tiny_sequences.MODELS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_sequences.build(request.param, tmp_path_factory.mktemp("model") / request.param)


@pytest.fixture(scope="module")
def subject(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> SequenceSubject:
    loaded = load(Loading(str(folder), cache_dir=tmp_path_factory.mktemp("cache"), offline=True))
    assert isinstance(loaded, SequenceSubject)
    return loaded


def by_hand(folder: Path, source: str, target: str) -> tuple[list[float], list[bool]]:
    """Log-probabilities of a target's own tokens, from labels that the library shifts to the right itself."""
    model: Any = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    labels = tokenizer(target, return_special_tokens_mask=True)
    ids = torch.tensor([labels["input_ids"]])
    if hasattr(model, "prepare_decoder_input_ids_from_labels"):
        shifted = model.prepare_decoder_input_ids_from_labels(labels=ids)
    else:
        shifted = shift_tokens_right(ids, model.config.pad_token_id, model.config.decoder_start_token_id)
    given = torch.tensor([tokenizer(source)["input_ids"]])
    with torch.inference_mode():
        rows = torch.log_softmax(model(input_ids=given, decoder_input_ids=shifted).logits[0].double(), dim=-1)
    places = [place for place, special in enumerate(labels["special_tokens_mask"]) if not special]
    values = [float(rows[place, ids[0, place]]) for place in places]
    return values, [int(rows[place].argmax()) == int(ids[0, place]) for place in places]


def scores(answer: object) -> TokenScores:
    assert isinstance(answer, TokenScores), answer
    return answer


def test_it_has_the_verbs_of_its_kind(subject: SequenceSubject) -> None:
    assert isinstance(subject, ScoresText)
    assert isinstance(subject, SharesPrefixes)
    assert subject.info.kind == "sequence_to_sequence"
    assert {"LogLikelihood", "Generate", "Attend", "Embed", "DescribeWeights"} <= set(subject.info.capabilities)
    assert subject._loaded.batching == "padded"
    assert subject._loaded.writing.cached


def test_scores_are_those_of_shifted_labels(folder: Path, subject: SequenceSubject) -> None:
    [answers] = subject.log_likelihoods([[LogLikelihood(source, target) for source, target in PAIRS]])
    for (source, target), answer in zip(PAIRS, answers, strict=True):
        values, greedy = by_hand(folder, source, target)
        assert scores(answer).log_probs == pytest.approx(values, abs=NEAR)
        assert list(scores(answer).greedy) == greedy


def test_a_batch_equals_one_pair_a_call(subject: SequenceSubject) -> None:
    requests = [LogLikelihood(source, target) for source, target in PAIRS for source in (source, "A teacher")]
    together = [scores(answer) for answer in Engine(subject).answer(requests)]
    for request, answer in zip(requests, together, strict=True):
        alone = scores(subject.log_likelihoods([[request]])[0][0])
        assert alone.greedy == answer.greedy
        assert alone.starts == answer.starts
        assert np.abs(np.subtract(alone.log_probs, answer.log_probs)).max() <= 1e-4
        assert alone.total == pytest.approx(answer.total, abs=1e-5 * len(alone.log_probs))


def test_without_a_cache_the_scores_are_the_same(subject: SequenceSubject, monkeypatch: pytest.MonkeyPatch) -> None:
    requests = [[LogLikelihood(source, target) for source, target in PAIRS]]
    [cached] = subject.log_likelihoods(requests)
    from dataclasses import replace

    monkeypatch.setattr(subject._loaded, "writing", replace(subject._loaded.writing, cached=False))
    [plain] = subject.log_likelihoods(requests)
    for first, second in zip(cached, plain, strict=True):
        assert scores(first).log_probs == pytest.approx(scores(second).log_probs, abs=NEAR)


def test_the_encoder_reads_a_source_once_however_many_targets_it_has(
    subject: SequenceSubject, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, read = subject._loaded.reader, []
    hook = reader.register_forward_hook(lambda _module, _inputs, output: read.append(len(output[0])))
    requests = [LogLikelihood(source, f" {word} home") for word in ("He", "She", "Nobody") for source, _ in PAIRS]
    try:
        Engine(subject).answer(requests)
    finally:
        hook.remove()
    assert sum(read) == len({source for source, _ in PAIRS})


def test_the_plan_lays_the_targets_of_a_source_into_one_row(subject: SequenceSubject) -> None:
    requests = [LogLikelihood(source, f" {word}") for word in ("He", "She", "Nobody") for source, _ in PAIRS[1:]]
    planned = plan_trees(requests, subject.token_ids(requests), 1024, subject.tree_limit)
    rows = [row for batch in planned for row in batch.rows]
    assert sorted(len(row) for row in rows) == [3, 3, 3]
    assert all(len({request.context for request in row if isinstance(request, LogLikelihood)}) == 1 for row in rows)


def test_the_target_begins_without_its_blank_and_starts_count_the_whole_text(subject: SequenceSubject) -> None:
    with_blank, without = (LogLikelihood("The nurse", text) for text in (" she left", "she left"))
    [[first, second]] = subject.log_likelihoods([[with_blank, without]])
    assert scores(first).log_probs == pytest.approx(scores(second).log_probs, abs=NEAR)
    assert [start - 1 for start in scores(first).starts] == list(scores(second).starts)
    assert scores(second).starts[0] == len("The nurse")


def test_moments_are_those_of_the_distribution(subject: SequenceSubject) -> None:
    [[answer]] = subject.log_likelihoods([[LogLikelihood("The nurse", "she left", moments=True)]])
    plain = scores(subject.log_likelihoods([[LogLikelihood("The nurse", "she left")]])[0][0])
    assert len(scores(answer).means) == len(scores(answer).deviations) == len(plain.log_probs)
    assert plain.means == ()
    assert all(value < 0 for value in scores(answer).means)


def test_a_text_without_a_source_is_scored_for_the_empty_one(folder: Path, subject: SequenceSubject) -> None:
    [[answer, unstarted]] = subject.log_likelihoods(
        [[LogLikelihood("", "A teacher"), LogLikelihood("", "A teacher", bos=False)]]
    )
    if subject._loaded.writing.translates:
        assert isinstance(answer, Unanswered)
        assert "translation" in answer.reason
        return
    assert scores(answer).log_probs == pytest.approx(by_hand(folder, "", "A teacher")[0], abs=NEAR)
    assert scores(unstarted).log_probs == scores(answer).log_probs  # a decoder has its start token always


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (LogLikelihood("The nurse", ""), "no tokens"),
        (LogLikelihood("The nurse", "  "), "no tokens"),
        (LogLikelihood("The nurse " * 40, "she"), "reads at most 64"),
        (LogLikelihood("The nurse", "she " * 90), "reads at most 64"),
        (LogLikelihood("The nurse", "\ud800"), "lone surrogate"),
        (LogLikelihood("\ud800", "she"), "lone surrogate"),
        (LogLikelihood("Hello", "she", chat=True, system="Be kind."), "chat template"),
    ],
)
def test_what_cannot_be_scored_says_why(subject: SequenceSubject, request_: LogLikelihood, reason: str) -> None:
    engine = Engine(subject)
    good = LogLikelihood("The nurse", "she")
    bad, answered = engine.answer([request_, good])
    assert isinstance(bad, Unanswered)
    assert reason in bad.reason
    assert scores(answered).log_probs


def test_vectors_are_the_mean_of_the_encoder(folder: Path, subject: SequenceSubject) -> None:
    texts = ("The nurse said that she was tired.", "A teacher")
    model: Any = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    for text, answer in zip(texts, subject.embed([Embed(text) for text in texts]), strict=True):
        with torch.inference_mode():
            states = model.get_encoder()(input_ids=torch.tensor([tokenizer(text)["input_ids"]]))[0][0]
        assert isinstance(answer, Embedding)
        assert answer.values == pytest.approx(states.mean(dim=0).numpy(), abs=NEAR)


def test_packs_keep_targets_of_a_source_together_and_within_the_budget() -> None:
    long, short = (7,) * 20, (8,) * 5
    targets = [Target(source, (0, *range(1, 1 + size)), 1) for size in (2, 6) for source in (short, long, short)]
    parts = list(packs(targets, 60))
    assert sorted(index for part in parts for index in part) == list(range(6))
    for part in parts:
        sources = {targets[index].source for index in part}
        cost = len(sources) * max(map(len, sources)) + len(part) * max(len(targets[index].ids) for index in part)
        assert cost <= 60
    assert {targets[index].source for index in parts[0]} == {long}
    assert [len({len(targets[index].source) for index in part}) for part in packs(targets, 10_000, "equal")] == [1, 1]
    assert [len(part) for part in packs(targets, 10_000, "single")] == [1] * 6
