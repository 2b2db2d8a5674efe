"""Mean and deviation of the log-probability beside a token: by hand, and against the model's own full logits."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

import tiny_models
from fairwitness.audit import codec
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.huggingface.causal import CausalSubject
from fairwitness.audit.huggingface.vocabulary import moments
from fairwitness.audit.requests import LogLikelihood, TokenScores

pytestmark = pytest.mark.arithmetic


def test_of_one_row_by_hand() -> None:
    """Probabilities 1/2, 1/4, 1/4: the mean is -(3/2) log 2, and each token is half a log 2 from it."""
    means, deviations = moments(torch.log(torch.tensor([[0.5, 0.25, 0.25]])) + 7.0)
    assert means[0] == pytest.approx(-1.5 * math.log(2), abs=1e-6)
    assert deviations[0] == pytest.approx(0.5 * math.log(2), abs=1e-6)


def test_of_rows_without_spread_and_with_what_cannot_come() -> None:
    logits = torch.tensor([[3.0, 3.0, 3.0, 3.0], [1.0, -math.inf, 1.0, -math.inf], [0.0, -300.0, -300.0, -300.0]])
    means, deviations = moments(logits)
    assert means == pytest.approx([-math.log(4), -math.log(2), 0.0], abs=1e-6)
    assert deviations == pytest.approx([0.0, 0.0, 0.0], abs=1e-6)
    assert min(deviations) >= 0


def test_of_many_rows_of_a_large_vocabulary() -> None:
    """More rows than one block of them, against float64."""
    logits = torch.randn(40, 5_000, generator=torch.Generator().manual_seed(3)) * 4
    log_probs = torch.log_softmax(logits.double(), dim=-1)
    mean = (log_probs.exp() * log_probs).sum(dim=-1)
    variance = (log_probs.exp() * (log_probs - mean[:, None]) ** 2).sum(dim=-1)
    means, deviations = moments(logits)
    assert means == pytest.approx(mean.tolist(), abs=1e-5)
    assert deviations == pytest.approx(variance.sqrt().tolist(), abs=1e-5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.build("causal:gpt2", tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def subject(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> CausalSubject:
    loaded = load(Loading(str(folder), cache_dir=tmp_path_factory.mktemp("cache")))
    assert isinstance(loaded, CausalSubject)
    return loaded


def scores(answer: object) -> TokenScores:
    assert isinstance(answer, TokenScores)
    return answer


def test_are_those_of_the_full_logits_in_a_tree_too(folder: Path, subject: CausalSubject) -> None:
    """Some requests of a tree ask for them and some do not; what else is answered stays the same to the last bit."""
    model: Any = AutoModelForCausalLM.from_pretrained(folder)
    plain = [LogLikelihood("", text) for text in tiny_models.SENTENCES]
    asked = [replace(request, moments=number % 2 == 0) for number, request in enumerate(plain)]
    [without], [with_moments] = subject.log_likelihoods([plain]), subject.log_likelihoods([asked])
    for request, expected, answer in zip(asked, map(scores, without), map(scores, with_moments), strict=True):
        assert replace(answer, means=(), deviations=()) == expected
        if not request.moments:
            assert answer.means == answer.deviations == ()
            continue
        [ids] = subject.token_ids([request])
        with torch.inference_mode():
            log_probs = torch.log_softmax(model.eval()(torch.tensor([ids])).logits[0].double(), dim=-1).numpy()
        mean = (np.exp(log_probs) * log_probs).sum(axis=-1)[: len(ids) - 1]
        spread = np.sqrt((np.exp(log_probs) * log_probs**2).sum(axis=-1)[: len(ids) - 1] - mean**2)
        assert answer.means == pytest.approx(mean, abs=tiny_models.NEAR)
        assert answer.deviations == pytest.approx(spread, abs=tiny_models.NEAR)


def test_come_back_from_the_cache_as_they_were() -> None:
    answer = TokenScores((-1.0, -2.5), (True, False), (0, 3), means=(-0.5, -1.25), deviations=(0.75, 0.0))
    assert codec.decode(codec.encode([answer])) == [answer]
