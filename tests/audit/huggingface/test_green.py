"""Green tokens are counted as transformers counts them, and the same decision once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import PreTrainedConfig, WatermarkDetector, WatermarkingConfig

from fairwitness.audit.cache import AnswerCache
from fairwitness.audit.engine import Engine
from fairwitness.audit.green import GreenScores, ScoreGreen, Seeding
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.huggingface.green import counted, processor_of
from fairwitness.audit.requests import Generate, Unanswered
from tiny_models import build

pytestmark = pytest.mark.arithmetic

VOCABULARY = 600
KEY = 982_451_653
SETTINGS: list[tuple[Seeding, int]] = [("lefthash", 1), ("lefthash", 2), ("selfhash", 1), ("selfhash", 3)]


def detector(seeding: Seeding, width: int, *, once: bool) -> Any:
    """The detector of transformers, for ids as they stand."""
    marking = WatermarkingConfig(greenlist_ratio=0.25, hashing_key=KEY, seeding_scheme=seeding, context_width=width)
    config: Any = PreTrainedConfig()
    config.vocab_size, config.bos_token_id = VOCABULARY, VOCABULARY  # a start token that stands in no text
    return WatermarkDetector(config, "cpu", marking, ignore_repeated_ngrams=once)


def ids_of(kind: str) -> list[int]:
    rng = np.random.default_rng(5)
    some = [int(token) for token in rng.integers(0, VOCABULARY, 240)]
    return {"varied": some, "repeated": some[:7] * 40, "few tokens": [token % 9 for token in some]}[kind]


@pytest.mark.parametrize("kind", ["varied", "repeated", "few tokens"])
@pytest.mark.parametrize(("seeding", "width"), SETTINGS)
def test_counts_are_those_of_transformers(seeding: Seeding, width: int, kind: str) -> None:
    ids = ids_of(kind)
    made = counted(ids, processor_of(ScoreGreen("", KEY, 0.25, seeding, width), VOCABULARY))
    for once, count, greens in (
        (True, made.ngrams, made.green_ngrams),
        (False, made.places, made.green_places),
    ):
        oracle = detector(seeding, width, once=once)(torch.tensor([ids]), return_dict=True)
        assert (count, greens) == (oracle.num_tokens_scored[0], oracle.num_green_tokens[0])
        z = (greens - 0.25 * count) / (count * 0.25 * 0.75) ** 0.5
        assert z == pytest.approx(oracle.z_score[0])
    assert made.draws <= made.ngrams <= made.places
    assert made.tokens == len(ids)


def test_n_grams_that_share_a_list_and_a_token_are_one_decision() -> None:
    # a b c and d b c: lefthash draws from b alone, whatever the width of the context
    made = counted([1, 2, 3, 4, 2, 3], processor_of(ScoreGreen("", KEY, 0.25, "lefthash", 2), VOCABULARY))
    assert (made.places, made.ngrams, made.draws) == (4, 4, 3)
    # selfhash draws from the least product: of a long context all n-grams that end alike may have the same
    rng = np.random.default_rng(2)
    ids = [int(token) for token in rng.integers(0, 12, 400)]
    wide = counted(ids, processor_of(ScoreGreen("", KEY, 0.25, "selfhash", 4), VOCABULARY))
    assert wide.draws <= 12 * 12 < wide.ngrams


def test_what_is_no_longer_than_its_context_has_nothing_to_score() -> None:
    for ids in ([], [5], [5, 6]):
        made = counted(ids, processor_of(ScoreGreen("", KEY, 0.25, "selfhash", 2), VOCABULARY))
        assert made == GreenScores(len(ids), 0, 0, 0, 0, 0, 0, 0)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    spec = str(build("causal:gpt2", tmp_path_factory.mktemp("gpt2")))
    return Engine(load(Loading(spec, cache_dir=tmp_path_factory.mktemp("cache"))))


@pytest.mark.slow
def test_a_causal_model_counts_the_tokens_of_its_own_tokenizer(engine: Engine) -> None:
    text = "The nurse said that she was tired."
    (made, empty, half) = engine.answer([ScoreGreen(text, KEY), ScoreGreen("", KEY), ScoreGreen("a \ud800", KEY)])
    ids = engine.subject._encoder.encode(text, special=False).ids  # type: ignore[attr-defined]
    assert made == counted(ids, processor_of(ScoreGreen("", KEY), VOCABULARY))
    assert empty == GreenScores(0, 0, 0, 0, 0, 0, 0, 0)
    assert isinstance(half, Unanswered)
    assert "surrogate" in half.reason


@pytest.mark.slow
def test_lists_of_a_graphics_card_are_not_guessed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    [answer] = engine.answer([ScoreGreen("The nurse said", KEY, drawing="cuda")])
    assert isinstance(answer, Unanswered)
    assert "graphics card" in answer.reason


def test_the_key_stands_in_no_print_of_a_request() -> None:
    assert str(KEY) not in repr(ScoreGreen("a text", KEY))


@pytest.mark.slow
def test_nothing_of_a_key_is_cached(engine: Engine, tmp_path: Path) -> None:
    with AnswerCache(tmp_path, "fingerprint") as cache:
        kept = Engine(engine.subject, cache=cache)
        for _ in range(2):
            kept.answer([ScoreGreen("The nurse said", KEY)])
        assert (kept.model_calls, kept.cache_hits) == (2, 0)
        kept.answer([Generate("The nurse said", 2)])
        kept.answer([Generate("The nurse said", 2)])
        assert kept.cache_hits == 1
