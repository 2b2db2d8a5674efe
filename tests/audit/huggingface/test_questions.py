"""Question answerers: spans and their probabilities against a loop over all spans of the library's own logits."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoModelForQuestionAnswering, AutoTokenizer, BertForQuestionAnswering

import tiny_models
from fairwitness.audit.engine import Engine
from fairwitness.audit.errors import WrongTask
from fairwitness.audit.huggingface import Loading, inspect, load
from fairwitness.audit.huggingface.questions import QuestionSubject
from fairwitness.audit.huggingface.spans import spans_of
from fairwitness.audit.requests import (
    BLANK,
    AnswerQuestion,
    Attend,
    Attention,
    Embed,
    Embedding,
    SpanAnswer,
    Unanswered,
)
from fairwitness.audit.subject import AnswersQuestions, Size

pytestmark = pytest.mark.arithmetic

KINDS = ("question:bert", "question:roberta", "question:distilbert", "question:gpt2")
CONTEXT = "A firefighter and a teacher walked home together."
ASKED = [
    AnswerQuestion("Who walked?", CONTEXT, ((2, 13), (20, 27)), 6),
    AnswerQuestion("Who said that?", tiny_models.SENTENCES[1], ((4, 10), (4, 20), (21, 23))),
    AnswerQuestion("The nurse?", "The nurse said", longest=1),
    AnswerQuestion("Who repaired the radio?", tiny_models.SENTENCES[3], ((13, 25),), 50),
    AnswerQuestion("Why?", tiny_models.SENTENCES[4]),
]


@pytest.fixture(scope="module", params=KINDS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.build(request.param, tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def subject(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> QuestionSubject:
    return loaded(folder, tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.build("question:bert", tmp_path_factory.mktemp("bert"))


def loaded(folder: Path, cache: Path) -> QuestionSubject:
    found = load(Loading(str(folder), cache_dir=cache))
    assert isinstance(found, QuestionSubject)
    return found


@dataclass(frozen=True)
class Loop:
    """Every span of a context in characters with its unnormalised score, by the plainest code; no answer's beside."""

    spans: dict[tuple[int, int], float]
    none: float | None

    @property
    def total(self) -> float:
        return sum(self.spans.values()) + (self.none or 0.0)


def loop(folder: Path, request: AnswerQuestion) -> Loop:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForQuestionAnswering.from_pretrained(folder).eval()
    both = tokenizer(request.question, request.context, return_offsets_mapping=True)
    given = {"input_ids": torch.tensor([both["input_ids"]])}
    if "token_type_ids" in both and "distilbert" not in model.config.model_type:
        given["token_type_ids"] = torch.tensor([both["token_type_ids"]])
    with torch.no_grad():
        output = model(**given)
    starts, ends = output.start_logits[0].tolist(), output.end_logits[0].tolist()
    ours = [at for at, text in enumerate(both.sequence_ids(0)) if text == 1]
    spans = {}
    for first in ours:
        for last in ours:
            if first <= last < first + request.longest:
                low, high = both["offset_mapping"][first][0], both["offset_mapping"][last][1]
                text = request.context[low:high]
                low, high = low + len(text) - len(text.lstrip()), high - len(text) + len(text.rstrip())
                spans[low, high] = math.exp(starts[first] + ends[last])
    if tokenizer.cls_token_id is None:
        return Loop(spans, None)
    assert both["input_ids"][0] == tokenizer.cls_token_id
    return Loop(spans, math.exp(starts[0] + ends[0]))


@pytest.mark.parametrize("request_", ASKED, ids=lambda one: one.question)
def test_spans_are_those_of_a_loop_over_all(folder: Path, subject: QuestionSubject, request_: AnswerQuestion) -> None:
    expected = loop(folder, request_)
    [found] = subject.answer_questions([request_])
    assert isinstance(found, SpanAnswer)
    best = max(expected.spans, key=lambda span: expected.spans[span])
    assert (found.start, found.end) == best
    assert found.text == request_.context[slice(*best)]
    assert found.log_prob == pytest.approx(math.log(expected.spans[best] / expected.total), abs=tiny_models.NEAR)
    assert [math.exp(one) for one in found.exact] == pytest.approx(
        [expected.spans[span] / expected.total for span in request_.spans], abs=1e-5
    )
    for span, holding in zip(request_.spans, found.holding, strict=True):
        others = [one for one in request_.spans if one[0] < span[0] or one[1] > span[1]]
        held = [
            score
            for (low, high), score in expected.spans.items()
            if low <= span[0] and high >= span[1] and not any(low <= other[0] and high >= other[1] for other in others)
        ]
        assert math.exp(holding) == pytest.approx(sum(held) / expected.total, abs=1e-5)
    if expected.none is None:
        assert found.none is None
    else:
        assert found.none == pytest.approx(math.log(expected.none / expected.total), abs=tiny_models.NEAR)


def test_the_arithmetic_of_three_tokens_by_hand() -> None:
    # spans (0,0) 2*3, (0,1) 2*5, (1,1) 1*5, (1,2) 1*7, (2,2) 4*7; no answer 4: together 60. (0,2) is too long
    spans = spans_of(np.log([2.0, 1.0, 4.0]), np.log([3.0, 5.0, 7.0]), math.log(4), 2)
    assert spans.best == (2, 2)
    assert [math.exp(spans.exact(one)) for one in ((0, 0), (0, 1), (1, 1), (1, 2), (2, 2))] == pytest.approx(
        [6 / 60, 10 / 60, 5 / 60, 7 / 60, 28 / 60]
    )
    assert spans.none == pytest.approx(math.log(4 / 60))
    # tokens 0 and 1 are asked: what holds 0 alone is (0,0); 1 alone (1,1) and (1,2)
    assert [math.exp(one) for one in spans.holding([(0, 0), (1, 1)])] == pytest.approx([6 / 60, 12 / 60])
    # token 1 and, round it, (0,1): what holds (0,1) is itself; token 1 alone as before
    assert [math.exp(one) for one in spans.holding([(1, 1), (0, 1)])] == pytest.approx([12 / 60, 10 / 60])


def test_the_ratio_of_two_spans_is_that_of_the_product_of_probabilities() -> None:
    rng = np.random.default_rng(0)
    starts, ends = rng.normal(size=9), rng.normal(size=9)
    spans = spans_of(starts, ends, None, 4)
    product = np.outer(np.exp(starts) / np.exp(starts).sum(), np.exp(ends) / np.exp(ends).sum())
    ours = spans.exact((1, 3)) - spans.exact((5, 6))
    assert ours == pytest.approx(math.log(product[1, 3] / product[5, 6]))
    assert np.exp(spans.values).sum() == pytest.approx(1)


def test_neither_neighbours_nor_padding_nor_the_size_of_batches_matter(subject: QuestionSubject) -> None:
    assert isinstance(subject, AnswersQuestions)
    together = subject.answer_questions(ASKED)
    subject.batch_tokens, before = 1, subject.batch_tokens
    alone = subject.answer_questions(ASKED)
    subject.batch_tokens = before
    for one, other in zip(together, alone, strict=True):
        assert isinstance(one, SpanAnswer)
        assert isinstance(other, SpanAnswer)
        assert (one.start, one.end, one.tokens) == (other.start, other.end, other.tokens)
        assert [one.log_prob, *one.exact, *one.holding] == pytest.approx(
            [other.log_prob, *other.exact, *other.holding], abs=tiny_models.NEAR
        )
    assert all(size.rows == 1 and size.length > 4 for size in subject.sizes(ASKED))


def test_what_cannot_be_answered_says_why(bert: Path, tmp_path: Path) -> None:
    subject = loaded(bert, tmp_path)
    asked = {
        AnswerQuestion("", CONTEXT): "no question",
        AnswerQuestion("Who?", ""): "context has no tokens",
        AnswerQuestion("Who?", " "): "context has no tokens",
        AnswerQuestion("Who?", f"The {BLANK} said"): "has a blank",
        AnswerQuestion("Who?", CONTEXT, longest=0): "at least one token",
        AnswerQuestion("Who?", CONTEXT, ((2, 90),)): "has 49 characters, and no text from 2 to 90",
        AnswerQuestion("Who?", CONTEXT, ((5, 5),)): "no text from 5 to 5",
        AnswerQuestion("Who?", CONTEXT, ((2, 5),)): "'fir' begins or ends inside a token",
        AnswerQuestion("Who?", CONTEXT, ((0, 27),), 4): "more than the 4 tokens",
        AnswerQuestion("Who?", CONTEXT * 9): "the model reads at most 64",
        AnswerQuestion("half \ud83d", CONTEXT): "surrogate",
    }
    answers = Engine(subject).answer(list(asked))
    for answer, reason in zip(answers, asked.values(), strict=True):
        assert isinstance(answer, Unanswered), reason
        assert reason in answer.reason
    assert subject.sizes(list(asked)) == [Size(0, 0)] * len(asked)


def test_a_value_that_is_no_number_is_no_answer(bert: Path, tmp_path: Path) -> None:
    subject = loaded(bert, tmp_path)
    subject._loaded.model.qa_outputs.bias.data[1] = float("nan")
    [answer] = subject.answer_questions(ASKED[:1])
    assert answer == Unanswered("the model gave a value that is not a finite number")


def test_a_model_that_reads_the_context_first_is_given_it_first(tmp_path: Path) -> None:
    folder = tiny_models.build("question:bert", tmp_path / "model")
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps(settings | {"padding_side": "left"}))
    row = loaded(folder, tmp_path)._row(ASKED[0])
    assert not isinstance(row, Unanswered)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert list(row.encoded.ids) == tokenizer(CONTEXT, "Who walked?")["input_ids"]
    assert [CONTEXT[low:high] for low, high in row.edges][:4] == ["A", "fire", "fight", "er"]


def test_vectors_and_attention_are_those_of_the_body(bert: Path, tmp_path: Path) -> None:
    subject = loaded(bert, tmp_path)
    body, tokenizer = AutoModel.from_pretrained(bert).eval(), AutoTokenizer.from_pretrained(bert)
    with torch.no_grad():
        states = body(torch.tensor([tokenizer(CONTEXT)["input_ids"]]))[0][0]
    [vector], [maps] = subject.embed([Embed(CONTEXT)]), subject.attend([Attend(CONTEXT)])
    assert isinstance(vector, Embedding)
    assert isinstance(maps, Attention)
    assert vector.values == pytest.approx(states.mean(0).numpy(), abs=tiny_models.NEAR)
    assert maps.weights.sum(axis=-1) == pytest.approx(1, abs=1e-5)


def test_the_kind_of_model_is_read_from_its_architecture(folder: Path, subject: QuestionSubject) -> None:
    info = subject.info
    assert info.kind == inspect(Loading(str(folder))).kind == "question_answerer"
    assert info.architecture.endswith("ForQuestionAnswering")
    left_to_right = "GPT2" in info.architecture
    expected = ("AnswerQuestion", "Attend", "Embed", "Attribute", "DescribeWeights")
    assert info.capabilities == tuple(name for name in expected if name != "Embed" or not left_to_right)
    assert info.fingerprint
    with pytest.raises(WrongTask, match="made for question_answerer; it cannot do"):
        load(Loading(str(folder), task="masked_lm"))


def test_a_model_that_wants_more_than_text_is_not_asked(
    bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forward(*_: object, **__: object) -> None:
        raise ValueError("where are the boxes?")

    monkeypatch.setattr(BertForQuestionAnswering, "forward", forward)
    info = loaded(bert, tmp_path).info
    assert info.capabilities == ("Attend", "Embed", "Attribute", "DescribeWeights")
    assert [note.text for note in info.notes] == [
        "AnswerQuestion is not asked: the model does not say of each token whether an answer starts or ends there",
    ]
    assert info.notes[0].code == "kind_not_asked"


def test_a_body_without_its_head_gets_no_random_one(tmp_path: Path) -> None:
    folder = tiny_models.build("encoder:bert", tmp_path / "encoder")
    with pytest.raises(WrongTask, match="without a trained head for question_answerer: it holds no weights for qa_out"):
        load(Loading(str(folder), task="question_answerer", cache_dir=tmp_path))


def test_a_head_may_be_named_where_the_configuration_names_none(bert: Path, tmp_path: Path) -> None:
    folder = tmp_path / "nameless"
    folder.mkdir()
    for path in bert.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    config = json.loads((folder / "config.json").read_text())
    del config["architectures"]
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(WrongTask, match="question_answerer"):
        load(Loading(str(folder), cache_dir=tmp_path))
    assert load(Loading(str(folder), task="question_answerer", cache_dir=tmp_path)).info.kind == "question_answerer"
    weights: dict[str, Any] = load_file(folder / "model.safetensors")
    save_file({k: v for k, v in weights.items() if "qa_" not in k}, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(WrongTask, match="without a trained head"):
        load(Loading(str(folder), task="question_answerer", cache_dir=tmp_path))
