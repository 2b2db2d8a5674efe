"""A tokenizer is believed only after it was tried: it comes from a file, knows words and fits its model."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

import tiny_models
from fairwitness.audit.errors import UnfitModel
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.requests import Classify, ClassScores, LogLikelihood, TokenScores, Unanswered

pytestmark = pytest.mark.arithmetic

Spoil = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("shelf")
    for name in ("masked:bert", "masked:roberta", "causal:gpt2", "classifier:bert", "classifier:gpt2"):
        tiny_models.build(name, root / name.replace(":", "-"))
    return root


def copied(shelf: Path, name: str, tmp_path: Path) -> Path:
    return Path(shutil.copytree(shelf / name, tmp_path / name))


def edited(folder: Path, spoil: Spoil) -> Path:
    """The folder with another tokenizer.json."""
    file = folder / "tokenizer.json"
    held = json.loads(file.read_text(encoding="utf-8"))
    spoil(held)
    file.write_text(json.dumps(held), encoding="utf-8")
    return folder


def free_words(folder: Path, tokenizer: Any) -> list[str]:
    """A word for every embedding that has none."""
    rows = json.loads((folder / "config.json").read_text(encoding="utf-8"))["vocab_size"]
    return [f"word{number}" for number in range(len(tokenizer), rows)]


@pytest.mark.parametrize("name", ["masked-bert", "masked-roberta", "causal-gpt2", "classifier-bert"])
def test_a_folder_without_tokenizer_files_is_refused(name: str, shelf: Path, tmp_path: Path) -> None:
    """transformers makes an empty tokenizer there, and every word is unknown."""
    folder = copied(shelf, name, tmp_path)
    for file in folder.glob("tokenizer*"):
        file.unlink()
    with pytest.raises(UnfitModel, match=r"holds no tokenizer: tokenizer\.json is missing"):
        load(Loading(str(folder), cache_dir=tmp_path))


def test_a_vocabulary_in_an_older_file_serves(shelf: Path, tmp_path: Path) -> None:
    folder = copied(shelf, "masked-bert", tmp_path)
    vocabulary = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    (folder / "vocab.txt").write_text("\n".join(sorted(vocabulary, key=vocabulary.__getitem__)), encoding="utf-8")
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "BertTokenizer"}', encoding="utf-8")
    assert load(Loading(str(folder), cache_dir=tmp_path)).info.kind == "masked_lm"


def only_special(held: dict[str, Any]) -> None:
    held["model"]["vocab"] = {token: number for token, number in held["model"]["vocab"].items() if number < 5}


def of_capitals(held: dict[str, Any]) -> None:
    """Words in capitals, and rules that write every text in small letters."""
    words = held["model"]["vocab"]
    held["model"]["vocab"] = {word.upper(): number for word, number in words.items() if word.isalpha() or number < 5}


def without_merges(held: dict[str, Any]) -> None:
    held["model"]["merges"] = []


@pytest.mark.parametrize(
    ("name", "spoil", "reason"),
    [
        ("masked-bert", only_special, "holds 5 special tokens and no words"),
        ("masked-bert", of_capitals, "turns words into nothing but unknown tokens"),
        ("causal-gpt2", without_merges, "do not belong together"),
    ],
)
def test_a_tokenizer_without_words_is_refused(
    name: str, spoil: Spoil, reason: str, shelf: Path, tmp_path: Path
) -> None:
    folder = edited(copied(shelf, name, tmp_path), spoil)
    with pytest.raises(UnfitModel, match=reason):
        load(Loading(str(folder), cache_dir=tmp_path))


@pytest.mark.parametrize("name", ["masked-bert", "causal-gpt2", "classifier-bert"])
def test_words_without_an_embedding_are_refused(name: str, shelf: Path, tmp_path: Path) -> None:
    folder = copied(shelf, name, tmp_path)
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens([*free_words(folder, tokenizer), "radiologist", "cartographer"])
    tokenizer.save_pretrained(folder)
    with pytest.raises(UnfitModel, match=r"embeddings, none for 'cartographer'.*resize_token_embeddings"):
        load(Loading(str(folder), cache_dir=tmp_path))


def test_a_tokenizer_of_another_model_is_refused(shelf: Path, tmp_path: Path) -> None:
    folder = copied(shelf, "causal-gpt2", tmp_path)
    for file in folder.glob("tokenizer*"):
        file.unlink()
    tiny_models.wordpiece().save_pretrained(folder)
    with pytest.raises(UnfitModel, match="they belong to two models"):
        load(Loading(str(folder), cache_dir=tmp_path))


def test_a_special_token_without_an_embedding_spoils_only_texts_that_spell_it(shelf: Path, tmp_path: Path) -> None:
    folder = copied(shelf, "causal-gpt2", tmp_path)
    before: Any = load(Loading(str(folder), cache_dir=tmp_path))
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens(free_words(folder, tokenizer))
    tokenizer.add_special_tokens({"additional_special_tokens": ["<picture>"]})
    tokenizer.save_pretrained(folder)
    after: Any = load(Loading(str(folder), cache_dir=tmp_path))
    assert any("no embedding for <picture>" in note.text for note in after.info.notes)
    asked = [[LogLikelihood("", "The nurse")], [LogLikelihood("", "A <picture> here")]]
    [[fine], [spelled]] = after.log_likelihoods(asked)
    [[expected]] = before.log_likelihoods(asked[:1])
    assert isinstance(fine, TokenScores)
    assert fine.log_probs == pytest.approx(expected.log_probs, abs=tiny_models.NEAR)
    assert spelled == Unanswered("the text holds <picture>, for which the model has no embedding")


def test_a_padding_token_without_an_embedding_is_replaced(shelf: Path, tmp_path: Path) -> None:
    folder = copied(shelf, "classifier-gpt2", tmp_path)
    texts = [Classify("The nurse"), Classify("A firefighter and a teacher walked home together.")]
    before: Any = load(Loading(str(folder), cache_dir=tmp_path))
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens(free_words(folder, tokenizer))
    tokenizer.add_special_tokens({"pad_token": "<padding>"})
    tokenizer.save_pretrained(folder)
    after: Any = load(Loading(str(folder), cache_dir=tmp_path))
    for one, other in zip(before.classify(texts), after.classify(texts), strict=True):
        assert one.logits == pytest.approx(other.logits, abs=tiny_models.NEAR)


def test_texts_that_differ_in_unknown_words_alone_are_told_by_one_hash(shelf: Path, tmp_path: Path) -> None:
    model: Any = load(Loading(str(shelf / "classifier-bert"), cache_dir=tmp_path))
    texts = ("the nurse said", "the nurse \u5973 said", "the nurse \u7537 said", "\u5973 nurse said")
    known, one, other, elsewhere = model.classify([Classify(text) for text in texts])
    assert isinstance(known, ClassScores)
    assert isinstance(one, ClassScores)
    assert isinstance(other, ClassScores)
    assert isinstance(elsewhere, ClassScores)
    assert known.unread == ""
    assert one.unread == other.unread != ""
    assert elsewhere.unread not in ("", one.unread)
