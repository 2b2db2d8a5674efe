"""The tuned lens: translators that change nothing, such that numpy works out, and such as were trained."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lens_by_hand import HAND_TEXT, HEADS, LAYERS, WIDTH, hand_pair, hand_reading, hand_weights, set_by_hand, unembedded
from tuned import maps, translators, written

import tiny_models
from fairwitness.audit import codec
from fairwitness.audit.errors import BadOption
from fairwitness.audit.huggingface import load
from fairwitness.audit.huggingface.source import Loading
from fairwitness.audit.internals import Layers, ReadLayers, Translators
from fairwitness.audit.requests import Unanswered
from organisms import Planted

CAUSAL = "The nurse said that [MASK] was tired."
TEXTS = (CAUSAL, "Nobody minded that [MASK] was late.")
NEAR = 1e-5


def subject_of(folder: Path) -> Any:
    return load(Loading(str(folder), offline=True))


def read(subject: Any, named: Translators | None, *texts: str) -> list[Layers]:
    answers = subject.read_layers([ReadLayers(text, ("she", "he"), 2, named) for text in texts])
    assert all(isinstance(answer, Layers) for answer in answers), answers
    return list(answers)


@pytest.mark.slow
@pytest.mark.arithmetic
@pytest.mark.parametrize("name", ["masked:bert", "causal:gpt2", "causal:llama", "causal:mamba"])
def test_translators_that_change_nothing_give_the_logit_lens(tmp_path: Path, name: str) -> None:
    subject = subject_of(tiny_models.build(name, tmp_path))
    nothing = translators(tmp_path / "lens", maps(2, 32))
    for plain, tuned in zip(read(subject, None, *TEXTS), read(subject, nothing, *TEXTS), strict=True):
        assert plain.tuned.size == 0
        assert tuned.tuned == pytest.approx(tuned.log_probs, abs=NEAR)
        assert tuned.tuned_divergences == pytest.approx(tuned.divergences, abs=NEAR)
        assert tuned.tuned_ranks == tuned.ranks
        assert tuned.log_probs == pytest.approx(plain.log_probs, abs=NEAR)
        assert tuned.divergences == pytest.approx(plain.divergences, abs=NEAR)
        assert tuned.heads == pytest.approx(plain.heads, abs=NEAR)
        assert tuned.own == pytest.approx(plain.own, abs=NEAR)
        assert tuned.top == plain.top


@pytest.mark.slow
@pytest.mark.arithmetic
def test_translators_set_by_hand_give_what_numpy_works_out(tmp_path: Path) -> None:
    """Each state but the last is taken as h + W h + b before the final norm and the head (Belrose et al. 2023)."""
    named = maps(LAYERS, WIDTH, 0.7)
    hand, pair = hand_reading(), list(hand_pair())
    streams = hand["streams"].copy()
    for layer in range(LAYERS):
        state = streams[layer].copy()
        for out in range(WIDTH):
            added = sum(named[f"layers.{layer}.weight"][out, given] * state[given] for given in range(WIDTH))
            streams[layer, out] = state[out] + added + named[f"layers.{layer}.bias"][out]
    _, lens = unembedded(hand_weights(), streams)
    final = lens[-1]
    [layers] = read(subject_of(set_by_hand(tmp_path)), translators(tmp_path / "lens", named), HAND_TEXT)
    assert layers.tuned == pytest.approx(lens[:, pair], abs=NEAR)
    assert layers.tuned_divergences == pytest.approx((np.exp(final) * (final - lens)).sum(-1), abs=NEAR)
    assert list(layers.tuned_ranks) == list((lens > lens[:, [int(final.argmax())]]).sum(-1) + 1)
    assert layers.log_probs == pytest.approx(hand["log_probs"], abs=NEAR)
    assert layers.heads.shape == (LAYERS, HEADS)
    assert np.abs(lens[:-1, pair] - hand["log_probs"][:-1]).min() > 0.01


@pytest.mark.slow
def test_rows_with_and_without_translators_do_not_change_each_other(tmp_path: Path) -> None:
    subject = subject_of(tiny_models.build("causal:llama", tmp_path))
    first, second = (translators(tmp_path / f"lens{size}", maps(2, 32, size)) for size in (0.1, 0.2))
    requests = [ReadLayers(text, ("she", "he"), 1, named) for text in TEXTS for named in (first, None, second)]
    together = subject.read_layers(requests)
    for request, answer in zip(requests, together, strict=True):
        [alone] = subject.read_layers([request])
        assert answer.tuned == pytest.approx(alone.tuned, abs=1e-4)
        assert answer.tuned.shape == ((0, 0) if request.translators is None else (3, 2))
    assert np.abs(together[0].tuned - together[2].tuned)[:-1].min() > 1e-4
    [decoded] = codec.decode(codec.encode([together[0]]))
    assert isinstance(decoded, Layers)
    assert np.array_equal(decoded.tuned, together[0].tuned)
    assert (decoded.tuned_ranks, decoded.tuned_divergences) == (together[0].tuned_ranks, together[0].tuned_divergences)


@pytest.mark.slow
def test_translators_of_another_shape_are_refused_and_answer_nothing(tmp_path: Path) -> None:
    subject = subject_of(tiny_models.build("masked:bert", tmp_path))
    subject.check_translators(translators(tmp_path / "fit", maps(2, 32)))
    for name, layers, width, why in (
        ("wide", 2, 16, "its translators are 16 wide, and the model's states are 32"),
        ("long", 3, 32, "it has 3 translators, and a model of 2 layers has as many"),
    ):
        named = translators(tmp_path / name, maps(layers, width))
        with pytest.raises(BadOption, match=why):
            subject.check_translators(named)
        [answer] = subject.read_layers([ReadLayers(CAUSAL, ("she", "he"), 1, named)])
        assert isinstance(answer, Unanswered)
        assert why in answer.reason


@pytest.mark.slow
def test_a_file_that_is_another_by_now_or_leads_out_of_all_numbers_answers_nothing(tmp_path: Path) -> None:
    subject = subject_of(tiny_models.build("masked:bert", tmp_path))
    named = translators(tmp_path / "lens", maps(2, 32))
    written(tmp_path / "lens", maps(2, 32, 0.1))
    request = ReadLayers(CAUSAL, ("she", "he"), 1, named)
    assert subject.read_layers([request]) == [Unanswered("the file of translators changed after it was looked at")]
    (tmp_path / "lens").unlink()
    assert subject.read_layers([request]) == [Unanswered("the file of translators can no longer be read")]
    huge = translators(tmp_path / "huge", maps(2, 32, 3e38))
    [answer, whole] = subject.read_layers([ReadLayers(CAUSAL, ("she", "he"), 1, each) for each in (huge, None)])
    assert answer == Unanswered("the translators lead to a value that is not a finite number")
    assert isinstance(whole, Layers)


def trained_maps(model: Any, tokenizer: Any, texts: list[str], steps: int = 150) -> dict[str, Any]:
    """Translators of a tiny BERT, trained to bring KL(final || layer) down at the masks of these texts."""
    ids = tokenizer(texts, return_tensors="pt", padding=True)
    rows, places = (ids.input_ids == tokenizer.mask_token_id).nonzero(as_tuple=True)
    with torch.no_grad():
        states = [each[rows, places] for each in model(**ids, output_hidden_states=True).hidden_states]
        final = model.cls(states[-1]).log_softmax(-1)
    width = states[0].shape[1]
    torch.manual_seed(0)
    lens = [torch.nn.Linear(width, width) for _ in states[:-1]]
    for each in lens:
        torch.nn.init.zeros_(each.weight)
        torch.nn.init.zeros_(each.bias)
    optimizer = torch.optim.Adam([weight for each in lens for weight in each.parameters()], lr=0.02)
    for _ in range(steps):
        optimizer.zero_grad()
        read_so = [model.cls(state + each(state)).log_softmax(-1) for state, each in zip(states, lens, strict=False)]
        sum((final.exp() * (final - each)).sum(-1).mean() for each in read_so).backward()
        optimizer.step()
    return {
        f"layers.{number}.{name}": values.detach().numpy()
        for number, each in enumerate(lens)
        for name, values in each.named_parameters()
    }


@pytest.mark.proof
@pytest.mark.arithmetic
def test_trained_translators_bring_layers_nearer_to_the_end_on_occupations_that_they_have_not_seen(
    tmp_path: Path,
) -> None:
    world = Planted(2.5, families=("rest", "late", "hired", "news"))
    tiny = world.masked()
    jobs = [job.word for job in world.occupations()]
    texts = sorted({text for batch in islice(world.corpus(3), 40) for text, _ in batch})
    texts = [text for text in texts if "[MASK]" in text]
    unseen = [text for text in texts if any(f" {job} " in text for job in jobs[::2])]
    seen = [text for text in texts if text not in unseen]
    named = trained_maps(tiny.model, tiny.tokenizer, seen)
    subject = subject_of(tiny.save(tmp_path / "model"))
    layers = read(subject, translators(tmp_path / "lens", named), *unseen)
    plain, tuned = (
        np.array([getattr(each, name) for each in layers])[:, :-1].mean(axis=0)
        for name in ("divergences", "tuned_divergences")
    )
    assert len(unseen) >= 30
    assert (tuned < plain).all()
    assert tuned[1] < 0.5 * plain[1]
