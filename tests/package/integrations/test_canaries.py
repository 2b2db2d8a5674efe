"""Canaries planted by a callback: what a Trainer of transformers and one of TRL see, and the receipt of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from fairwitness.audit.canaries.make import rows
from fairwitness.audit.datasets.sets import READERS
from fairwitness.audit.errors import MissingOption, UnfitObject
from fairwitness.integrations.canaries import CanaryCallback, Key, Plan, make, planted
from trained import word_tokenizer

pytestmark = [pytest.mark.slow, pytest.mark.arithmetic, pytest.mark.filterwarnings("ignore")]
OWN = [f"the weather of day {number} was fair" for number in range(6)]


@pytest.fixture(scope="module")
def key() -> Key:
    return make(Plan(coins=6, per_dose=1, doses=(2, 3), formats=("code", "words")), seed=1)


@pytest.fixture(scope="module")
def tokenizer(key: Key) -> Any:
    return word_tokenizer([*OWN, *(canary.text for canary in key.canaries)], "gpt2")


def model(tokenizer: Any) -> Any:
    from transformers import GPT2Config, GPT2LMHeadModel

    size = len(tokenizer)
    return GPT2LMHeadModel(GPT2Config(vocab_size=size, n_positions=64, n_embd=16, n_layer=1, n_head=1))


def seen_by(trainer: Any, tokenizer: Any) -> list[str]:
    """The texts of one epoch, as the trainer's own loader gives them."""
    batches = [batch["input_ids"].tolist() for batch in trainer.get_train_dataloader()]
    return [tokenizer.decode(row, skip_special_tokens=True) for batch in batches for row in batch]


def confirm(trainer: Any, key: Key, tokenizer: Any, out: Path) -> None:
    """Every planted canary is seen as often as it is to be, no other one is, and the receipt says so without them."""
    callback = CanaryCallback(key).attach(trainer)
    seen = seen_by(trainer, tokenizer)
    for canary in key.canaries:
        plain = tokenizer.decode(tokenizer(canary.text)["input_ids"], skip_special_tokens=True)
        assert seen.count(plain) == (canary.repeats if canary.planted else 0), canary.id
    assert len(seen) == len(OWN) + callback.rows
    trainer.train()
    receipt = out / "canaries.json"
    columns = READERS["canary_receipt"](receipt)
    assert columns["set"] == (key.name,)
    assert columns["rows"] == (len(rows(key)),)
    assert columns["epochs"] == (1.0,)
    assert not any(canary.secret in receipt.read_text("utf-8") for canary in key.canaries if canary.format != "code")


def test_a_trainer_of_transformers_sees_them(key: Key, tokenizer: Any, tmp_path: Path) -> None:
    from transformers import DataCollatorForLanguageModeling, Trainer, TrainingArguments

    data = [{"input_ids": tokenizer(text)["input_ids"]} for text in OWN]
    arguments = TrainingArguments(
        output_dir=str(tmp_path), num_train_epochs=1, save_strategy="epoch", report_to=[], use_cpu=True
    )
    trainer = Trainer(
        model=model(tokenizer),
        args=arguments,
        train_dataset=data,
        processing_class=tokenizer,
        data_collator=DataCollatorForLanguageModeling(tokenizer, mlm=False),
    )
    confirm(trainer, key, tokenizer, tmp_path)
    [saved] = tmp_path.glob("checkpoint-*/canaries.json")
    assert json.loads(saved.read_text())["canaries"]["set"] == key.name


def test_a_trainer_of_trl_sees_them(key: Key, tokenizer: Any, tmp_path: Path) -> None:
    trl = pytest.importorskip("trl", reason="TRL is not installed")
    from datasets import Dataset

    arguments = trl.SFTConfig(
        output_dir=str(tmp_path), num_train_epochs=1, save_strategy="no", report_to=[], use_cpu=True, bf16=False,
        gradient_checkpointing=False,
    )  # fmt: skip
    trainer = trl.SFTTrainer(
        model=model(tokenizer),
        args=arguments,
        train_dataset=Dataset.from_dict({"text": OWN}),
        processing_class=tokenizer,
    )
    confirm(trainer, key, tokenizer, tmp_path)


def test_texts_are_planted_before_they_are_tokenized(key: Key) -> None:
    from datasets import Dataset

    texts = [canary.text for canary in rows(key)]
    assert [row["text"] for row in planted([{"text": "a", "id": 1}], key)] == ["a", *texts]
    table = Dataset.from_dict({"id": [1], "text": ["a"]})
    assert planted(table, key)["text"] == ["a", *texts]
    assert planted(table, key)["id"][1] is None


def stream() -> Any:
    from torch.utils.data import IterableDataset

    class Stream(IterableDataset):  # type: ignore[type-arg]
        def __iter__(self) -> Any:
            return iter([{"text": "a"}])

    return Stream()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([{"body": "a"}], "none is 'text'"),
        (["a"], "rows of type str"),
        ([{"input_ids": [1], "position_ids": [0]}], "'position_ids'"),
        (stream(), "no rows by number"),
    ],
)
def test_rows_that_take_none_are_said(data: Sequence[Any], said: str, key: Key, tokenizer: Any) -> None:
    with pytest.raises(UnfitObject, match=said):
        planted(data, key, tokenizer=tokenizer)


def test_what_is_missing_is_said(key: Key, tmp_path: Path) -> None:
    with pytest.raises(MissingOption, match="give the tokenizer"):
        planted([{"input_ids": [1]}], key)
    with pytest.raises(MissingOption, match=r"call attach\(trainer\) before"):
        CanaryCallback(key).on_train_begin(None, None, None)
