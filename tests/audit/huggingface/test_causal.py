"""Causal models: trees, batches and single sequences give what the model's own full logits give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

import tiny_models
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.huggingface.causal import CausalSubject
from fairwitness.audit.huggingface.trees import grow
from fairwitness.audit.requests import (
    Attend,
    Attention,
    BetweenFillers,
    FloatArray,
    Generate,
    Generated,
    LogLikelihood,
    TokenScores,
    Unanswered,
)
from fairwitness.audit.subject import PathGradients, ScoresText, SharesPrefixes, Size

pytestmark = pytest.mark.arithmetic

ARCHITECTURES = ("causal:gpt2", "causal:llama", "causal:neox", "causal:mistral")
REQUESTS = [
    *(LogLikelihood("", text) for text in tiny_models.SENTENCES),
    LogLikelihood("The nurse said that", " he was tired."),
    LogLikelihood("The nurse said that", " she was tired."),
    LogLikelihood("The nurse", " walked home together."),
    LogLikelihood("", "The nurse", bos=False),
]


@pytest.fixture(scope="module", params=ARCHITECTURES)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.build(request.param, tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def subject(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> CausalSubject:
    loaded = load(Loading(str(folder), cache_dir=tmp_path_factory.mktemp("cache")))
    assert isinstance(loaded, CausalSubject)
    return loaded


def full_logits(folder: Path, ids: list[int]) -> FloatArray:
    """Log-softmax of the model's own full logits, by the library alone: [token, vocabulary]."""
    model: Any = AutoModelForCausalLM.from_pretrained(folder)
    model.eval()
    with torch.inference_mode():
        found: FloatArray = torch.log_softmax(model(torch.tensor([ids])).logits[0], dim=-1).numpy()
    return found


def scores(answer: object) -> TokenScores:
    assert isinstance(answer, TokenScores)
    return answer


def test_verbs_are_those_of_a_causal_model(subject: CausalSubject) -> None:
    assert isinstance(subject, ScoresText)
    assert isinstance(subject, SharesPrefixes)
    assert subject.info.kind == "causal_lm"
    known = {"LogLikelihood", "Generate", "Attend", "Embed", "Attribute", "ReadLayers", "Patch", "ScoreGreen"}
    known |= {"DescribeWeights"}
    assert set(subject.info.capabilities) == known


def test_scores_are_those_of_the_full_logits(folder: Path, subject: CausalSubject) -> None:
    for request in REQUESTS:
        [ids], [[answer]] = subject.token_ids([request]), subject.log_likelihoods([[request]])
        expected = full_logits(folder, list(ids))
        found = scores(answer)
        first = len(ids) - len(found.log_probs)
        assert first >= 1
        for place, value, greedy in zip(range(first, len(ids)), found.log_probs, found.greedy, strict=True):
            assert value == pytest.approx(expected[place - 1, ids[place]], abs=tiny_models.NEAR)
            assert greedy == (expected[place - 1].argmax() == ids[place])


def test_one_tree_equals_plain_rows_equals_one_by_one(subject: CausalSubject) -> None:
    alone = [scores(subject.log_likelihoods([[request]])[0][0]) for request in REQUESTS]
    batched = [scores(row[0]) for row in subject.log_likelihoods([[request] for request in REQUESTS])]
    tree = [scores(answer) for answer in subject.log_likelihoods([REQUESTS])[0]]
    for one, row, node in zip(alone, batched, tree, strict=True):
        assert one.starts == row.starts == node.starts
        assert one.greedy == row.greedy == node.greedy
        assert np.abs(np.subtract(one.log_probs, row.log_probs)).max() <= 1e-4
        assert np.abs(np.subtract(one.log_probs, node.log_probs)).max() <= 1e-4
        assert one.total == pytest.approx(row.total, abs=1e-5 * len(one.log_probs))
        assert one.total == pytest.approx(node.total, abs=1e-5 * len(one.log_probs))


def test_longer_neighbours_change_nothing(subject: CausalSubject) -> None:
    short = LogLikelihood("", "The nurse")
    alone = scores(subject.log_likelihoods([[short]])[0][0])
    beside = scores(subject.log_likelihoods([[short], [LogLikelihood("", " ".join(tiny_models.SENTENCES[:2]))]])[0][0])
    assert np.abs(np.subtract(alone.log_probs, beside.log_probs)).max() <= tiny_models.NEAR


def test_values_are_float32(subject: CausalSubject) -> None:
    values = scores(subject.log_likelihoods([[REQUESTS[0]]])[0][0]).log_probs
    assert values == tuple(float(np.float32(value)) for value in values)


def test_starts_are_character_offsets_of_the_whole_text(subject: CausalSubject) -> None:
    request = LogLikelihood("The nurse said that", " she was tired.")
    found = scores(subject.log_likelihoods([[request]])[0][0])
    assert found.starts[0] in (19, 20)  # at the space or after it, as the tokenizer counts
    assert all(start >= 19 for start in found.starts)
    assert list(found.starts) == sorted(found.starts)


def test_a_token_across_the_cut_belongs_to_the_continuation(subject: CausalSubject) -> None:
    cut = scores(subject.log_likelihoods([[LogLikelihood("The nurse ", "said")]])[0][0])
    clean = scores(subject.log_likelihoods([[LogLikelihood("The nurse", " said")]])[0][0])
    assert cut.log_probs == pytest.approx(clean.log_probs, abs=tiny_models.NEAR)


def test_sizes_count_the_tokens_that_are_fed(subject: CausalSubject) -> None:
    request = LogLikelihood("", "The nurse said", bos=False)
    [ids] = subject.token_ids([request])
    assert subject.sizes([request]) == [Size(1, len(ids) - 1)]
    assert subject.sizes([LogLikelihood("The nurse", "")]) == [Size(0, 0)]


def test_what_cannot_be_scored_says_why(subject: CausalSubject) -> None:
    too_long = LogLikelihood("", " ".join(tiny_models.SENTENCES * 5))
    asked = [LogLikelihood("The nurse", ""), LogLikelihood("", ""), too_long, LogLikelihood("", "half \ud800")]
    [answers] = subject.log_likelihoods([asked])
    assert all(isinstance(answer, Unanswered) for answer in answers)
    assert "tokens and the model reads at most 64" in str(answers[2])
    assert subject.token_ids(asked) == [()] * 4


def test_attention_maps_sum_to_one_and_look_back_only(subject: CausalSubject) -> None:
    before = subject._loaded.model.config._attn_implementation
    [found] = subject.attend([Attend("The nurse said that")])
    assert isinstance(found, Attention)
    assert found.weights.shape == (2, 4, len(found.tokens), len(found.tokens))
    assert found.weights.sum(axis=-1) == pytest.approx(1, abs=1e-5)
    assert np.triu(found.weights, k=1).max() == 0
    assert subject._loaded.model.config._attn_implementation == before


def test_greedy_continuation_is_the_librarys(folder: Path, subject: CausalSubject) -> None:
    prompts = ["The nurse said", "A", "My neighbour the engineer repaired"]
    batch = subject.generate([Generate(prompt, 8) for prompt in prompts])
    model: Any = AutoModelForCausalLM.from_pretrained(folder)
    model.eval()
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    for prompt, found in zip(prompts, batch, strict=True):
        ids = tokenizer(prompt, return_tensors="pt").input_ids
        chosen: list[int] = []
        with torch.inference_mode():
            while len(chosen) < 8:
                token = int(
                    model(torch.cat([ids, torch.tensor([chosen], dtype=torch.long)], dim=1)).logits[0, -1].argmax()
                )
                if token == model.generation_config.eos_token_id:
                    break
                chosen.append(token)
        assert found == Generated(tokenizer.decode(chosen, skip_special_tokens=True), len(chosen))


def test_sampling_follows_its_own_seed_whatever_stands_beside_it(subject: CausalSubject) -> None:
    asked = [Generate("The nurse", 6, temperature=1.0, seed=seed) for seed in range(5)]
    together = subject.generate(asked)
    alone = [subject.generate([one])[0] for one in asked]
    assert together == alone
    assert len({str(answer) for answer in together}) > 1


def test_impossible_generations_say_why(subject: CausalSubject) -> None:
    answers = subject.generate(
        [Generate("The nurse", 0), Generate("The nurse", 500), Generate("The", 3, temperature=-1.0)]
    )
    assert all(isinstance(answer, Unanswered) for answer in answers)


def test_gradients_add_up_to_the_difference_of_the_sentences(subject: CausalSubject) -> None:
    text, target = "The nurse said that [MASK] was tired.", BetweenFillers("she", "he")
    path = subject.path_gradients(text, target, ((np.arange(800) + 0.5) / 800).tolist())
    assert isinstance(path, PathGradients)
    she, he = (
        scores(subject.log_likelihoods([[LogLikelihood("", text.replace("[MASK]", word))]])[0][0]).total
        for word in ("she", "he")
    )
    assert path.full == pytest.approx(she - he, abs=1e-4)
    assert path.products.sum(axis=1).mean() == pytest.approx(path.full - path.base, abs=1e-2)
    words = [
        text[start:].split()[0] for start, token in zip(path.starts, path.tokens, strict=True) if start >= 0 and token
    ]
    assert "[MASK]" not in words


def test_gradients_that_have_no_meaning_say_why(subject: CausalSubject) -> None:
    assert isinstance(subject.path_gradients("No blank here.", BetweenFillers("she", "he"), [0.5]), Unanswered)
    assert isinstance(subject.path_gradients("[MASK] and [MASK]", BetweenFillers("she", "he"), [0.5]), Unanswered)


def test_a_tree_has_one_node_per_distinct_beginning() -> None:
    tree = grow([(1, 2, 3, 9), (1, 2, 4, 9), (1, 5, 9)])
    assert tree.tokens == (1, 2, 3, 4, 5)
    assert tree.depths == (0, 1, 2, 2, 1)
    assert tree.paths == ((0, 1, 2), (0, 1, 3), (0, 4))
    assert tree.sees().tolist() == [
        [True, False, False, False, False],
        [True, True, False, False, False],
        [True, True, True, False, False],
        [True, True, False, True, False],
        [True, False, False, False, True],
    ]


def test_a_sliding_window_bounds_the_tree(tmp_path: Path) -> None:
    loaded = load(Loading(str(tiny_models.build("causal:mistral", tmp_path / "model")), cache_dir=tmp_path))
    assert isinstance(loaded, CausalSubject)
    assert loaded.tree_limit == 6
    whole = load(Loading(str(tiny_models.build("causal:llama", tmp_path / "llama")), cache_dir=tmp_path))
    assert isinstance(whole, CausalSubject)
    assert whole.tree_limit == 64
