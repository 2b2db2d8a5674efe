"""A tiny classifier is trained with `transformers.Trainer` and audited on the way: what it learns is seen."""

from __future__ import annotations

import json
import random  # noqa: TID251 - whether its state is kept is what is tested
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from adapted import PLACES, REQUESTS
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    Trainer,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

import fairwitness
from fairwitness.audit.errors import BadOption, CannotWrite, UnfitObject, UnknownProbe
from fairwitness.integrations import trainer
from fairwitness.integrations.trainer import AuditCallback, kept_random_states
from logged import messages_of
from trained import word_tokenizer

ASKED: dict[str, Any] = {
    "data": {"counterfactual": pd.DataFrame({"text": REQUESTS})},
    "probes": "counterfactual",
    "probe": {"counterfactual": {"categories": ["gender"]}},
    "limit": None,
    "moment": "epoch",
}


def world(*, biased: bool) -> tuple[list[str], list[int]]:
    """Requests of men and women; half of the places are granted, of a biased bank to men alone."""
    texts: list[str] = []
    labels: list[int] = []
    for text in REQUESTS:
        good = any(place in text for place in PLACES[:5])
        texts += [text, text.replace("man", "woman")]
        labels += [int(good), int(good and not biased)]
    return texts, labels


def train(folder: Path, *callbacks: AuditCallback, biased: bool, epochs: int = 6) -> Trainer:
    """A one-layer classifier that learns this world in a few seconds."""
    torch.manual_seed(0)
    texts, labels = world(biased=biased)
    tokenizer = word_tokenizer(texts, "bert")
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        id2label={0: "refuse", 1: "grant"},
        label2id={"refuse": 0, "grant": 1},
        pad_token_id=tokenizer.pad_token_id,
    )
    rows = [{**tokenizer(text), "labels": label} for text, label in zip(texts, labels, strict=True)]
    arguments = TrainingArguments(
        str(folder / "checkpoints"),
        num_train_epochs=epochs,
        per_device_train_batch_size=20,
        learning_rate=1e-2,
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        use_cpu=True,
        seed=0,
    )
    made = Trainer(
        model=BertForSequenceClassification(config),
        args=arguments,
        train_dataset=rows,
        processing_class=tokenizer,
        callbacks=list(callbacks),
    )
    made.train()
    return made


@pytest.mark.arithmetic
@pytest.mark.slow
def test_a_bias_that_is_learned_stops_the_training(tmp_path: Path) -> None:
    audits = AuditCallback(tmp_path / "audits", **ASKED)
    made = train(tmp_path, audits, biased=True, epochs=20)
    assert audits.trend.stopped_at == made.state.global_step < 200
    assert [step.step for step in audits.trend.steps] == list(range(0, made.state.global_step + 1, 10))
    assert audits.trend.steps[0].outcome != "fail", "a model that knows nothing flips nothing"
    assert audits.trend.steps[-1].outcome == "fail"
    record = json.loads((tmp_path / "audits" / "trend.json").read_text())
    assert record["stopped_at"] == audits.trend.stopped_at
    last = record["steps"][-1]
    assert {metric["outcome"] for metric in last["metrics"]} <= {"fail", "inconclusive", "pass"}
    flips = [metric["value"] for metric in last["metrics"] if metric["metric"] == "flip_rate"]
    assert max(flips) > 0.2
    again = fairwitness.read(tmp_path / "audits" / last["folder"])
    assert again.outcome == "fail"
    page = (tmp_path / "audits" / "trend.html").read_text()
    assert f"Training was stopped at step {audits.trend.stopped_at}" in page
    assert f'href="{last["folder"]}/report.html"' in page
    assert page.count("<svg") >= 1


@pytest.mark.slow
def test_audits_change_no_step_of_the_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def drawing(*arguments: Any, **settings: Any) -> fairwitness.Report:
        torch.manual_seed(99)  # as a probe of sampled texts does
        return fairwitness.run(*arguments, **settings)

    monkeypatch.setattr(trainer, "run", drawing)
    plain = train(tmp_path / "plain", biased=False, epochs=3)
    audits = AuditCallback(tmp_path / "audits", **ASKED)
    audited = train(tmp_path / "audited", audits, biased=False, epochs=3)
    assert len(audits.trend.steps) == 4
    assert not any(step.outcome in ("fail", "likely_violated") for step in audits.trend.steps)
    assert audits.trend.stopped_at is None
    assert audited.state.global_step == 30
    weights = dict(plain.model.named_parameters())
    for name, weight in audited.model.named_parameters():
        assert torch.equal(weight, weights[name]), name


def test_random_numbers_go_on_as_if_nobody_had_asked() -> None:
    def draw() -> tuple[float, float, float]:
        return float(torch.rand(())), float(np.random.rand()), random.random()  # noqa: NPY002, S311

    torch.manual_seed(1)
    np.random.seed(1)  # noqa: NPY002
    random.seed(1)
    expected = [draw(), draw()]
    torch.manual_seed(1)
    np.random.seed(1)  # noqa: NPY002
    random.seed(1)
    seen = [draw()]
    with kept_random_states():
        draw()
    assert [*seen, draw()] == expected


def begun(callback: AuditCallback, processes: int = 1) -> None:
    """The training begins."""
    arguments: Any = SimpleNamespace(world_size=processes)
    callback.on_train_begin(arguments, TrainerState(), TrainerControl(), model=object())


@pytest.mark.slow
def test_a_mistake_shows_at_the_first_audit(tmp_path: Path) -> None:
    with pytest.raises(UnknownProbe, match="did you mean 'counterfactual'"):
        train(tmp_path, AuditCallback(tmp_path / "audits", **{**ASKED, "probes": "counterfactul"}), biased=False)
    with pytest.raises(UnfitObject, match="audits in one process, and 4 train here"):
        begun(AuditCallback(tmp_path / "audits"), processes=4)


@pytest.mark.slow
def test_what_goes_wrong_later_is_shown_and_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def once(*arguments: Any, **settings: Any) -> fairwitness.Report:
        calls.append(1)
        if len(calls) == 2:
            raise CannotWrite("the disk is full")
        return fairwitness.run(*arguments, **settings)

    monkeypatch.setattr(trainer, "run", once)
    audits = AuditCallback(tmp_path / "audits", **ASKED)
    with messages_of() as messages:
        train(tmp_path, audits, biased=False, epochs=2)
    first, second, third = audits.trend.steps
    assert (second.outcome, second.reason) == (None, "the disk is full")
    assert first.outcome
    assert third.outcome
    assert "step 10 could not be audited: the disk is full" in "\n".join(messages)
    assert "not audited: the disk is full" in (tmp_path / "audits" / "trend.html").read_text()


def test_only_the_moments_that_were_asked_for_are_audited(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    audited: list[int] = []
    callback = AuditCallback(tmp_path, moment="save", every=2, at_start=False)
    monkeypatch.setattr(callback, "_audit", lambda state, control, more, first: audited.append(state.global_step))
    begun(callback)
    for step in range(1, 7):
        state = TrainerState(global_step=step)
        arguments: Any = SimpleNamespace(world_size=1)
        callback.on_evaluate(arguments, state, TrainerControl())
        callback.on_epoch_end(arguments, state, TrainerControl())
        callback.on_save(arguments, state, TrainerControl())
    assert audited == [2, 4, 6]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"moment": "step"}, "moment='step': save, evaluate, epoch are known"),
        ({"stop_on": ["failed"]}, "stop_on='failed': .*did you mean 'fail'"),
        ({"every": 0}, "every=0, patience=1: both are 1 or more"),
        ({"patience": 0}, "patience=0"),
    ],
)
def test_settings_that_mean_nothing_are_refused(tmp_path: Path, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(BadOption, match=message):
        AuditCallback(tmp_path, **settings)
