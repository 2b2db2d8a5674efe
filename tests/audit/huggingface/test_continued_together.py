"""Prompts continued together: what is shared is read once, what has ended no more, and the texts are those alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import DynamicCache

import tiny_models
from fairwitness.audit.engine import Engine
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.huggingface.rows import common
from fairwitness.audit.requests import Generate, Generated

pytestmark = pytest.mark.arithmetic

ARCHITECTURES = ("causal:gpt2", "causal:llama", "causal:neox", "causal:mistral")
LONG = "The nurse said that my neighbour the engineer repaired the house and that he was tired and "
PROMPTS = ("The nurse said", "A", *(LONG + end for end in ("she", "walked home", "the nurse said")))


@pytest.fixture(scope="module", params=ARCHITECTURES)
def subject(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tiny_models.build(request.param, tmp_path_factory.mktemp("model"))
    return load(Loading(str(folder), cache_dir=tmp_path_factory.mktemp("cache")))


@pytest.fixture
def read(subject: Any, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Rows and tokens of every pass."""
    passes: list[tuple[int, int]] = []
    forward = subject._loaded.model.forward

    def counted(*given: Any, **more: Any) -> Any:
        passes.append(tuple(more["input_ids"].shape))
        return forward(*given, **more)

    monkeypatch.setattr(subject._loaded.model, "forward", counted)
    return passes


def test_what_models_can_do_is_seen(subject: Any) -> None:
    assert subject._loaded.selects
    windowed = subject._loaded.tree_limit < subject._encoder.limit  # a row filled up would see less of its beginning
    assert subject._loaded.prefixes != windowed


def test_texts_are_those_of_each_prompt_alone(subject: Any) -> None:
    asked = [Generate(prompt, most) for prompt in PROMPTS for most in (2, 9)]
    asked += [Generate(prompt, 5, 1.0, seed) for prompt in PROMPTS for seed in range(3)]
    together = subject.generate(asked)
    assert together == [subject.generate([one])[0] for one in asked]
    assert Engine(subject).answer(asked) == together


def test_samples_of_one_prompt_read_it_once(subject: Any, read: list[tuple[int, int]]) -> None:
    answers = subject.generate([Generate(LONG, 4, 1.0, seed) for seed in range(6)])
    assert len({str(answer) for answer in answers}) > 1
    assert read[0][0] == 1
    assert all(width == 1 for _, width in read[1:])


def test_a_common_beginning_is_read_once(subject: Any, read: list[tuple[int, int]]) -> None:
    subject.generate([Generate(prompt, 2) for prompt in PROMPTS[2:]])
    if not subject._loaded.prefixes:
        assert read[0][0] == 3
        return
    whole = [len(subject._encoder.prompt(prompt)) for prompt in PROMPTS[2:]]
    (first, beginning), (rows, rest) = read[:2]
    assert (first, rows) == (1, 3)
    assert beginning + rest == max(whole)
    assert rest < 8


def test_a_row_that_has_ended_is_read_no_further(subject: Any, read: list[tuple[int, int]]) -> None:
    subject.generate([Generate("The nurse said", most) for most in (1, 3, 6)])
    assert [rows for rows, _ in read] == [1, 2, 2, 1, 1, 1]


def test_a_model_whose_rows_cannot_be_chosen_reads_them_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tiny_models.build("causal:llama", tmp_path / "model")
    expected = load(Loading(str(folder), cache_dir=tmp_path))
    select = DynamicCache.batch_select_indices

    def reversed_rows(self: Any, indices: torch.Tensor) -> None:
        select(self, indices.flip(0))

    monkeypatch.setattr(DynamicCache, "batch_select_indices", reversed_rows)
    subject: Any = load(Loading(str(folder), cache_dir=tmp_path))
    assert not subject._loaded.selects
    assert not subject._loaded.prefixes
    asked = [Generate(prompt, most) for prompt in PROMPTS for most in (2, 7)]
    assert subject.generate(asked) == [one for each in asked for one in alone(expected, each)]


def alone(subject: Any, request: Generate) -> list[Generated]:
    """The answer where nothing is chosen from."""
    found: list[Generated] = subject.generate([request])
    return found


def test_one_row_keeps_a_token_of_its_own() -> None:
    assert common([(5, 6), (5, 6, 7)]) == 1
    assert common([(5,), (5, 6, 7)]) == 0
