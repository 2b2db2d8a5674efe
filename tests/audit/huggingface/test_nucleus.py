"""Nucleus sampling: the set of tokens is that of the definition and of the library, and a sample follows its seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.generation.logits_process import TopPLogitsWarper

import tiny_models
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.huggingface.causal import CausalSubject
from fairwitness.audit.huggingface.generate import nucleus
from fairwitness.audit.requests import Generate, Generated, Unanswered

pytestmark = pytest.mark.arithmetic

PROMPTS = ("The nurse said", "A", "My neighbour the engineer repaired")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.build("causal:gpt2", tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def subject(folder: Path) -> CausalSubject:
    found = load(Loading(str(folder), device="cpu"))
    assert isinstance(found, CausalSubject)
    return found


def by_definition(shares: Any, top_p: float) -> set[int]:
    """Holtzman et al. 2020, section 3.1: likeliest first, until their probability adds up to top_p."""
    kept: set[int] = set()
    total = 0.0
    for token in sorted(range(len(shares)), key=lambda at: (-shares[at], at)):
        if total >= top_p:
            break
        kept.add(token)
        total += shares[token]
    return kept


@pytest.mark.parametrize("top_p", [0.001, 0.3, 0.5, 0.9, 0.999, 1.0])
def test_the_nucleus_is_that_of_the_definition_and_of_the_library(top_p: float) -> None:
    for seed in range(20):
        logits = np.random.default_rng(seed).normal(0, 3, 200)
        shares = torch.softmax(torch.tensor(logits), dim=-1)
        found = {int(at) for at in np.flatnonzero(nucleus(shares.numpy(), top_p))}
        assert found == by_definition(shares.numpy(), top_p)
        warped = TopPLogitsWarper(top_p)(torch.zeros((1, 1), dtype=torch.long), torch.tensor(logits)[None])
        assert found == set(torch.isfinite(warped[0]).nonzero().flatten().tolist())


def test_by_hand_and_at_the_edges() -> None:
    shares = np.array([0.1, 0.5, 0.25, 0.15])
    assert nucleus(shares, 0.5).tolist() == [False, True, False, False]
    assert nucleus(shares, 0.51).tolist() == [False, True, True, False]
    assert nucleus(shares, 0.76).tolist() == [False, True, True, True]
    assert nucleus(shares, 1.0).tolist() == [True] * 4
    assert nucleus(shares, 1e-300).tolist() == [False, True, False, False]
    assert nucleus(np.array([0.25] * 4), 0.5).tolist() == [True, True, False, False]  # of equals the first ids


def test_a_sample_is_drawn_from_the_nucleus_of_the_models_own_logits(folder: Path, subject: CausalSubject) -> None:
    """The same text by a plain loop: full logits, definition of the nucleus, inverse of its cumulative distribution."""
    model: Any = AutoModelForCausalLM.from_pretrained(folder)
    model.eval()
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    asked = [Generate(one, 6, 1.3, seed, 0.4) for one in PROMPTS for seed in range(4)]
    for request, found in zip(asked, subject.generate(asked), strict=True):
        ids = tokenizer(request.prompt).input_ids
        draws = np.random.default_rng(request.seed)
        chosen: list[int] = []
        while len(chosen) < request.max_tokens:
            with torch.inference_mode():
                logits = model(torch.tensor([[*ids, *chosen]])).logits[0, -1].double()
            shares = torch.softmax(logits / request.temperature, dim=-1).numpy()
            kept = sorted(by_definition(shares, request.top_p))
            edges = np.cumsum(shares[kept])
            token = kept[int(np.searchsorted(edges, draws.random() * edges[-1], side="right"))]
            if token == model.generation_config.eos_token_id:
                break
            chosen.append(token)
        text = tokenizer.decode([*ids, *chosen], skip_special_tokens=True)
        assert found == Generated(text.removeprefix(request.prompt), len(chosen))


def test_a_sample_follows_its_own_seed_whatever_stands_beside_it(subject: CausalSubject) -> None:
    nuclei = (0.2, 0.6, 1.0)
    asked = [Generate(one, 6, 1.0, seed, top_p) for one in PROMPTS for seed in range(3) for top_p in nuclei]
    together = subject.generate(asked)
    assert together == [subject.generate([one])[0] for one in asked]
    assert len({str(one) for one in together}) > len(PROMPTS) * len(nuclei)


def test_the_smallest_nucleus_is_the_greedy_choice_and_the_largest_is_everything(subject: CausalSubject) -> None:
    for prompt in PROMPTS:
        greedy, least = subject.generate([Generate(prompt, 6), Generate(prompt, 6, 1.0, 3, 1e-9)])
        assert least == greedy
        whole, plain = subject.generate([Generate(prompt, 6, 1.0, 3, 1.0), Generate(prompt, 6, 1.0, 3)])
        assert whole == plain


@pytest.mark.parametrize("top_p", [0.0, -0.5, 1.1, float("nan")])
def test_an_impossible_nucleus_is_said(subject: CausalSubject, top_p: float) -> None:
    [found] = subject.generate([Generate("The nurse", 3, 1.0, 0, top_p)])
    assert isinstance(found, Unanswered)
    assert f"top_p is {top_p:g} and must be above 0 and at most 1" in found.reason
