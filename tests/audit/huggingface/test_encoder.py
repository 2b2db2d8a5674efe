"""Vectors of texts against the plainest code that can make them, on encoders, masked and causal models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoTokenizer

import tiny_models
from fairwitness.audit.engine import Engine
from fairwitness.audit.errors import CorruptModel, WrongTask
from fairwitness.audit.huggingface import Loading, inspect, load
from fairwitness.audit.requests import Embed, Embedding, Unanswered
from fairwitness.audit.subject import Subject

pytestmark = pytest.mark.arithmetic

SENTENCE = tiny_models.SENTENCES[0]
LONG = tiny_models.SENTENCES[4]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("shelf")
    for name in ("encoder:bert", "masked:bert", "masked:roberta", "causal:llama", "causal:gpt2", "causal:neox"):
        tiny_models.build(name, root / name.replace(":", "-"))
    return root


def subject(shelf: Path, name: str) -> Subject:
    return load(Loading(str(shelf / name), cache_dir=shelf / "cache"))


def states(shelf: Path, name: str, text: str, *, special: bool = True, start: tuple[int, ...] = ()) -> Any:
    """Last hidden states of one text and its tokens, by the library alone."""
    tokenizer, model = AutoTokenizer.from_pretrained(shelf / name), AutoModel.from_pretrained(shelf / name).eval()
    ids = [*start, *tokenizer(text, add_special_tokens=special)["input_ids"]]
    with torch.no_grad():
        return model(input_ids=torch.tensor([ids]))[0][0].numpy(), tokenizer.convert_ids_to_tokens(ids)


def values(answer: object) -> Any:
    assert isinstance(answer, Embedding), answer
    return answer.values


def ask(found: Subject, *requests: Embed) -> list[Any]:
    return list(Engine(found).answer(requests))


@pytest.mark.parametrize("name", ["encoder-bert", "masked-bert"])
def test_mean_class_word_and_last_token(shelf: Path, name: str) -> None:
    rows, tokens = states(shelf, name, "The firefighter said that she was tired.")
    at = tokens.index("fire")
    assert tokens[at : at + 3] == ["fire", "##fight", "##er"]
    text = "The firefighter said that she was tired."
    requests = [
        Embed(text),
        Embed(text, pooling="cls"),
        Embed(text, "firefighter", "word"),
        Embed(text, pooling="last"),
        Embed(text, "firefighter"),
    ]
    expected = [rows.mean(0), rows[0], rows[at : at + 3].mean(0), rows[-2], rows.mean(0)]
    answers = ask(subject(shelf, name), *requests)
    for answer, wanted in zip(answers, expected, strict=True):
        assert values(answer) == pytest.approx(wanted, abs=tiny_models.NEAR)
    assert [answer.tokens for answer in answers] == [len(tokens) - 2, len(tokens) - 2, 3, len(tokens) - 2, 3]


@pytest.mark.parametrize("name", ["causal-llama", "causal-gpt2"])
def test_a_causal_model_reads_after_its_start_token_which_is_in_no_pool(shelf: Path, name: str) -> None:
    rows, tokens = states(shelf, name, SENTENCE, special=False, start=(0,))
    answers = ask(
        subject(shelf, name), Embed(SENTENCE), Embed(SENTENCE, pooling="last"), Embed(SENTENCE, "The", "word")
    )
    assert values(answers[0]) == pytest.approx(rows[1:].mean(0), abs=tiny_models.NEAR)
    assert values(answers[1]) == pytest.approx(rows[-1], abs=tiny_models.NEAR)
    assert tokens[0] == "<s>"
    assert not np.allclose(values(answers[2]), rows[0])
    [no_class] = ask(subject(shelf, name), Embed(SENTENCE, pooling="cls"))
    assert no_class == Unanswered("the tokenizer puts no class token in front of a text")


def test_a_model_without_a_start_token_reads_the_bare_text(shelf: Path) -> None:
    rows, _ = states(shelf, "causal-neox", SENTENCE, special=False)
    [answer] = ask(subject(shelf, "causal-neox"), Embed(SENTENCE))
    assert values(answer) == pytest.approx(rows.mean(0), abs=tiny_models.NEAR)


@pytest.mark.parametrize("name", ["encoder-bert", "masked-roberta", "causal-gpt2"])
def test_a_vector_does_not_depend_on_its_neighbours(shelf: Path, name: str) -> None:
    found = subject(shelf, name)
    [alone] = ask(found, Embed(SENTENCE, "nurse", "word"))
    together = ask(found, Embed(LONG), Embed(SENTENCE, "nurse", "word"), Embed(SENTENCE), Embed(LONG, "baker", "word"))
    assert values(together[1]) == pytest.approx(values(alone), abs=tiny_models.NEAR)
    assert not np.allclose(values(together[1]), values(together[2]))


def test_a_word_is_found_where_it_stands_whole(shelf: Path) -> None:
    rows, tokens = states(shelf, "encoder-bert", "The other doctor said that he was late.")
    [answer] = ask(subject(shelf, "encoder-bert"), Embed("The other doctor said that he was late.", "he", "word"))
    assert values(answer) == pytest.approx(rows[tokens.index("he")], abs=tiny_models.NEAR)


def test_what_cannot_be_embedded_says_why(shelf: Path) -> None:
    found = subject(shelf, "encoder-bert")
    reasons = [
        answer.reason
        for answer in ask(
            found,
            Embed("The nurse left.", "doctor", "word"),
            Embed("The qqq left.", "qqq"),
            Embed("The nurse left.", pooling="word"),
            Embed(""),
            Embed("half \ud83d"),
            Embed(" ".join(["nurse"] * 600)),
        )
    ]
    assert "does not hold the word 'doctor'" in reasons[0]
    assert "does not know the target 'qqq'" in reasons[1]
    assert "no word is named" in reasons[2]
    assert "no tokens" in reasons[3]
    assert "surrogate" in reasons[4]
    assert "reads at most" in reasons[5]


def test_an_encoder_is_found_by_its_architecture_and_its_pooler_may_be_missing(shelf: Path, tmp_path: Path) -> None:
    info = subject(shelf, "encoder-bert").info
    assert info.kind == "encoder"
    planned = inspect(Loading(str(shelf / "encoder-bert")))
    assert info.capabilities == planned.capabilities == ("Attend", "Embed", "DescribeWeights")
    folder = tmp_path / "spoilt"
    folder.mkdir()
    for path in (shelf / "encoder-bert").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    weights = load_file(folder / "model.safetensors")
    bodies = {name: value for name, value in weights.items() if not name.startswith("pooler.")}
    assert len(bodies) < len(weights)
    save_file(bodies, folder / "model.safetensors", metadata={"format": "pt"})
    assert load(Loading(str(folder), cache_dir=tmp_path)).info.kind == "encoder"
    del bodies["encoder.layer.0.output.dense.weight"]
    save_file(bodies, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CorruptModel, match=r"lacks 1 weights .*encoder.layer.0.output.dense.weight"):
        load(Loading(str(folder), cache_dir=tmp_path))


def test_a_model_with_a_head_is_not_taken_for_an_encoder(shelf: Path) -> None:
    with pytest.raises(WrongTask, match="cannot do encoder"):
        load(Loading(str(shelf / "masked-bert"), task="encoder"))


def test_a_part_of_a_model_in_its_folder_is_no_second_model(shelf: Path, tmp_path: Path) -> None:
    folder = tmp_path / "outer" / "model"
    (folder / "1_Pooling").mkdir(parents=True)
    for path in (shelf / "encoder-bert").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "1_Pooling" / "config.json").write_text("{}")
    assert load(Loading(str(tmp_path / "outer"), cache_dir=tmp_path)).info.kind == "encoder"
