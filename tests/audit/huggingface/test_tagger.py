"""Token classifiers: spans against a plain reading of the library's own logits, and the rule by which words join."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer, BertConfig, pipeline

import tiny_models
from fairwitness.audit.adapters import adapt
from fairwitness.audit.engine import Engine
from fairwitness.audit.errors import UnfitModel
from fairwitness.audit.huggingface import Loading, inspect, load
from fairwitness.audit.huggingface.encode import Encoded
from fairwitness.audit.huggingface.tagger import TaggerSubject
from fairwitness.audit.huggingface.tagging import first_tokens, scheme_of, words_of
from fairwitness.audit.requests import BLANK, Attend, Attention, Embed, Embedding, Tagged, TagTokens, Unanswered
from fairwitness.audit.subject import Size, TagsTokens
from fairwitness.audit.tags import join

pytestmark = pytest.mark.arithmetic

KINDS = ("tagger:bert", "tagger:roberta", "tagger:gpt2")
TEXTS = (*tiny_models.SENTENCES, "The firefighter's neighbour, a well-known nurse: late!", "She")


@pytest.fixture(scope="module", params=KINDS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.build(request.param, tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def subject(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> TaggerSubject:
    return loaded(folder, tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.build("tagger:bert", tmp_path_factory.mktemp("bert"))


def loaded(folder: Path, cache: Path) -> TaggerSubject:
    found = load(Loading(str(folder), cache_dir=cache))
    assert isinstance(found, TaggerSubject)
    return found


def by_hand(folder: Path, text: str) -> list[tuple[int, int, str, float]]:
    """The spans of a text by the plainest code: words of English, the label of the first token, B and I."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForTokenClassification.from_pretrained(folder).eval()
    encoded = tokenizer(text, return_tensors="pt", return_offsets_mapping=True, return_special_tokens_mask=True)
    offsets, special = encoded.pop("offset_mapping")[0].tolist(), encoded.pop("special_tokens_mask")[0].tolist()
    with torch.no_grad():
        shares = model(**encoded).logits[0].softmax(dim=-1)
    spans: list[tuple[int, int, str, float]] = []
    before = "O"
    for word in re.finditer(r"[A-Za-z]+(?:-[A-Za-z]+)*|[^\sA-Za-z]", text):
        first = next(
            place
            for place, (low, high) in enumerate(offsets)
            if not special[place] and low < word.end() and high > word.start() and text[low:high].strip()
        )
        share, number = shares[first].max(dim=-1)
        label = model.config.id2label[int(number)]
        if label.startswith("I-") and before != "O" and before[2:] == label[2:]:
            start, _, name, least = spans[-1]
            spans[-1] = (start, word.end(), name, min(least, float(share)))
        elif label != "O":
            spans.append((word.start(), word.end(), label[2:], float(share)))
        before = label
    return spans


def test_spans_are_those_of_a_plain_reading_whatever_stands_beside_a_text(folder: Path, subject: TaggerSubject) -> None:
    answers = Engine(subject).answer([TagTokens(text) for text in TEXTS])
    several = 0
    for text, answer in zip(TEXTS, answers, strict=True):
        expected = by_hand(folder, text)
        assert isinstance(answer, Tagged)
        assert answer.spans == tuple(span[:3] for span in expected)
        assert answer.probabilities == pytest.approx([span[3] for span in expected], abs=tiny_models.NEAR)
        several += sum(len(text[start:end].split()) > 1 for start, end, _ in answer.spans)
    assert several > 0, "no span of several words was joined: the comparison could not see how"


def test_a_batch_with_padding_answers_as_each_text_alone(subject: TaggerSubject) -> None:
    together = subject.tag_tokens([TagTokens(text) for text in TEXTS])
    for text, answer in zip(TEXTS, together, strict=True):
        [alone] = subject.tag_tokens([TagTokens(text)])
        assert isinstance(alone, Tagged)
        assert isinstance(answer, Tagged)
        assert answer.spans == alone.spans
        assert answer.probabilities == pytest.approx(alone.probabilities, abs=tiny_models.NEAR)


def test_what_it_can_be_asked(folder: Path, subject: TaggerSubject) -> None:
    vectors = () if "gpt2" in subject.info.architecture.lower() else ("Embed",)
    assert subject.info.kind == inspect(Loading(str(folder))).kind == "token_classifier"
    assert subject.info.capabilities == ("TagTokens", "Attend", *vectors, "Attribute", "DescribeWeights")
    assert isinstance(subject, TagsTokens)
    assert subject.labels == ("PER", "LOC")
    assert subject._loaded.batching == "padded"
    [attention] = subject.attend([Attend(TEXTS[0])])
    assert isinstance(attention, Attention)
    if vectors:
        [vector] = subject.embed([Embed(TEXTS[0], "nurse")])
        assert isinstance(vector, Embedding)
        assert vector.tokens >= 1


def test_a_text_that_is_not_read_whole_is_not_answered(bert: Path, tmp_path: Path) -> None:
    subject = loaded(bert, tmp_path)
    long, blank, kana = TagTokens("the nurse " * 40), TagTokens(f"The {BLANK} left."), TagTokens("アンナ left")
    whole = TagTokens("The nurse left.")
    assert subject.sizes([whole, long, blank]) == [Size(1, 6), Size(0, 0), Size(0, 0)]
    answers = subject.tag_tokens([long, blank, kana, whole])
    assert [getattr(answer, "fault", "") for answer in answers] == ["long_text", "model", "model", ""]
    assert "82 tokens and the model reads at most 64" in str(answers[0])


def test_a_word_without_a_token_is_not_read_whole(bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = loaded(bert, tmp_path)
    whole = subject._encoder.whole("The nurse left.")
    assert isinstance(whole, Encoded)
    moved = tuple(0 if start == 4 else start for start in whole.starts)
    ends = tuple(3 if end == 9 else end for end in whole.ends)
    lost = Encoded(whole.ids, moved, ends, whole.special, whole.words, whole.segments, whole.texts)
    monkeypatch.setattr(subject._encoder, "whole", lambda text: lost)
    [answer] = subject.tag_tokens([TagTokens("The nurse left.")])
    assert answer == Unanswered("the tokenizer leaves out a word of the text")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (("o", "b", "i"), "does not say what its spans are"),
        (("label_0", "label_1"), "does not say with what"),
        (("LABEL_0", "LABEL_1"), "does not say with what: id2label in config.json has LABEL_0, LABEL_1"),
        (("B-PER", "I-PER"), "no label for words in no span"),
        (("O", "B-PER", "LOC"), "with and without a prefix"),
        (("O", "PER-B", "PER-I"), "labels that end in -B"),
        (("O", "B", "I"), "does not say what its spans are"),
        (("O",), "does not say what its spans are"),
        (("O", "PER", "PER"), "2 classes 'PER'"),
    ],
)
def test_labels_that_cannot_be_read_are_refused(labels: tuple[str, ...], message: str) -> None:
    with pytest.raises(UnfitModel, match=re.escape(message)):
        scheme_of("tagger", BertConfig(**tiny_models.tags(*labels)))


def test_prefixes_in_small_letters_begin_and_go_on_with_spans() -> None:
    scheme = scheme_of("tagger", BertConfig(**tiny_models.tags("o", "b-per", "i-per")))
    assert scheme.names == ("per",)
    begins, goes_on = scheme.labels[1:]
    assert [(span.label, span.first, span.last) for span in join([begins, goes_on])] == [("per", 0, 1)]


def test_a_folder_without_names_of_labels_is_refused_before_its_weights_are_read(bert: Path, tmp_path: Path) -> None:
    config = bert / "config.json"
    given = json.loads(config.read_text())
    given |= {"id2label": {number: f"LABEL_{number}" for number in range(5)}}
    kept = config.read_text()
    config.write_text(json.dumps(given))
    try:
        with pytest.raises(UnfitModel, match="Write there what each number means"):
            loaded(bert, tmp_path)
    finally:
        config.write_text(kept)


def pairs(*labels: str) -> list[tuple[str, str]]:
    return [("", "") if label == "O" else tuple(label.split("-")) for label in labels]  # type: ignore[misc]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (pairs("B-P", "I-P", "O", "B-P", "B-P"), ["P 0 1", "P 3 3", "P 4 4"]),
        (pairs("I-P", "I-P", "I-L", "O"), ["P 0 1", "L 2 2"]),  # IOB1
        (pairs("B-P", "I-L", "I-P"), ["P 0 0", "L 1 1", "P 2 2"]),
        (pairs("B-P", "L-P", "L-P", "U-P", "I-P"), ["P 0 1", "P 2 2", "P 3 3", "P 4 4"]),  # BILOU
        (pairs("B-P", "M-P", "E-P", "S-P", "S-P"), ["P 0 2", "P 3 3", "P 4 4"]),  # BMES
        ([("", "P"), ("", "P"), ("", "L"), ("", ""), ("", "P")], ["P 0 1", "L 2 2", "P 4 4"]),
        ([], []),
    ],
)
def test_words_join_to_spans(labels: list[tuple[str, str]], expected: list[str]) -> None:
    assert [f"{span.label} {span.first} {span.last}" for span in join(labels)] == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Jean-Pierre O’Neill's car.", ["Jean-Pierre", "O’Neill", "'", "s", "car", "."]),
        ("-- it's, J. 'x'", ["-", "-", "it", "'", "s", ",", "J", ".", "'", "x", "'"]),
        ("राजेश went", ["राजेश", "went"]),
        ("王明 said", ["王", "明", "said"]),
        ("", []),
    ],
)  # fmt: skip
def test_words_of_a_text(text: str, words: list[str]) -> None:
    assert [text[start:end] for start, end in words_of(text)] == words


def test_the_first_token_of_a_word_is_the_one_that_holds_a_character_of_it() -> None:
    text, zeros = "Bo Li's", (0, 0, 0, 0)
    encoded = Encoded(zeros, (-1, 0, 2, 5), (-1, 2, 5, 7), (True, *[False] * 3), zeros, zeros, zeros)
    words = words_of(text)
    assert [text[start:end] for start, end in words] == ["Bo", "Li", "'", "s"]
    assert first_tokens(text, words, encoded) == [1, 2, 3, 3]


def test_a_pipeline_in_memory_is_asked_as_its_folder_is(bert: Path, tmp_path: Path) -> None:
    whole: Any = pipeline("token-classification", model=str(bert))
    asked = [TagTokens(text) for text in TEXTS]
    subject = adapt(whole)
    assert isinstance(subject, TaggerSubject)
    assert subject.tag_tokens(asked) == loaded(bert, tmp_path).tag_tokens(asked)
