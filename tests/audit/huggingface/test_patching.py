"""Activation patching against the same model in numpy; what cannot be patched says so; models are left as found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from model_state import differences, state_of
from numpy_gpt2 import Array, Key, NumpyGPT2
from transformers import AutoModelForCausalLM, AutoTokenizer

import tiny_models
from fairwitness.audit.engine import Engine
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.huggingface.in_memory import adopt
from fairwitness.audit.huggingface.patching import MOST_TOKENS
from fairwitness.audit.requests import BetweenFillers, ForClass, Patch, Patched, Unanswered
from fairwitness.audit.subject import OutOfMemory

pytestmark = pytest.mark.arithmetic
TEXT, OTHER = "the nurse said that [MASK] was tired", "the doctor said that [MASK] was tired"
TARGET = BetweenFillers(" she", " he")
KINDS = ("masked:bert", "masked:roberta", "causal:gpt2", "causal:llama", "causal:neox", "causal:bloom")
CLASSIFIERS = ("classifier:bert", "classifier:gpt2")


@pytest.fixture(scope="module")
def subject(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    made: dict[str, Any] = {}

    def opened(name: str) -> Any:
        if name not in made:
            made[name] = load(Loading(str(tiny_models.build(name, tmp_path_factory.mktemp("model")))))
        return made[name]

    return opened


def asked(subject: Any, name: str, sites: Any = "layers", layers: tuple[int, ...] = ()) -> Patched:
    filled = [text.replace("[MASK]", "she") for text in (TEXT, OTHER)]
    pair, target = (filled, ForClass(subject.labels[0])) if name in CLASSIFIERS else ((TEXT, OTHER), TARGET)
    (answer,) = subject.patch([Patch(pair[0], pair[1], target, sites, layers)])
    assert isinstance(answer, Patched), answer
    return answer


@pytest.mark.parametrize("name", [*KINDS, *CLASSIFIERS])
def test_nothing_leaves_the_text_and_everything_gives_the_counterpart(subject: Callable[[str], Any], name: str) -> None:
    model = subject(name)
    layers, heads = asked(model, name), asked(model, name, "heads")
    for answer in (layers, heads):
        assert abs(answer.other - answer.value) > 0.01
        assert answer.nothing == pytest.approx(answer.value, abs=tiny_models.NEAR)
        assert answer.everything == pytest.approx(answer.other, abs=tiny_models.NEAR)
    # before the first layer all that differs is the word; after the last one all is where the target is read
    assert layers.residual[0] == pytest.approx([layers.other, layers.value, layers.value], abs=tiny_models.NEAR)
    assert layers.residual[-1] == pytest.approx([layers.value, layers.value, layers.other], abs=tiny_models.NEAR)
    assert (layers.layers, layers.heads) == (2, 4)
    assert layers.residual.shape == (3, 3)
    assert layers.outputs.shape == (2, 2)
    assert layers.by_head.shape == (0, 4)
    assert heads.by_head.shape == (2, 4)
    assert len(layers.changed) == 1
    (size,) = model.sizes([Patch(TEXT, OTHER, TARGET)] if name in KINDS else [Patch("a", "b", ForClass("LABEL_0"))])
    assert size.rows == 15


def test_every_part_is_what_numpy_computes(subject: Callable[[str], Any]) -> None:
    model = subject("causal:gpt2")
    oracle = NumpyGPT2(model._loaded.model)
    layers, heads = asked(model, "causal:gpt2"), asked(model, "causal:gpt2", "heads")
    ids, other = (
        [0, *model._loaded.encoder.encode(text.split(" [MASK]")[0], special=False).ids] for text in (TEXT, OTHER)
    )
    (she,), (he,) = (model._loaded.encoder.encode(word, special=False).ids for word in (" she", " he"))

    def value(given: list[int], put: dict[Key, Any] | None = None) -> float:
        logits, _ = oracle.run(given, put)
        return float(logits[-1, she] - logits[-1, he])

    _, noted = oracle.run(other)

    def putting(key: Key, places: Any = slice(None), columns: Any = slice(None)) -> dict[Key, Any]:
        def put(states: Array) -> Array:
            changed = states.copy()
            changed[places, columns] = noted[key][places, columns]
            return changed

        return {key: put}

    assert layers.value == pytest.approx(value(ids), abs=1e-4)
    assert layers.other == pytest.approx(value(other), abs=1e-4)
    (word,), end = layers.changed, len(ids) - 1
    rest = [place for place in range(len(ids)) if place not in (word, end)]
    for layer in range(3):
        expected = [value(ids, putting(("residual", layer), places)) for places in ([word], rest, [end])]
        assert layers.residual[layer] == pytest.approx(expected, abs=1e-4)
    for layer in range(2):
        expected = [value(ids, putting((site, layer))) for site in ("attention", "mlp")]
        assert layers.outputs[layer] == pytest.approx(expected, abs=1e-4)
        each = [value(ids, putting(("heads", layer), columns=slice(8 * head, 8 * head + 8))) for head in range(4)]
        assert heads.by_head[layer] == pytest.approx(each, abs=1e-4)
    spread = np.ptp(np.concatenate([layers.residual.ravel(), heads.by_head.ravel()]))
    assert spread > 0.1  # the parts do not all say the same


def test_named_layers_alone_are_asked(subject: Callable[[str], Any]) -> None:
    whole, part = (asked(subject("causal:llama"), "causal:llama", "heads", layers) for layers in ((), (1,)))
    assert part.by_head == pytest.approx(whole.by_head[1:], abs=tiny_models.NEAR)


def test_small_batches_give_the_same(subject: Callable[[str], Any]) -> None:
    model = subject("masked:bert")
    whole = asked(model, "masked:bert")
    before, model._loaded.batch_tokens = model._loaded.batch_tokens, 1
    try:
        single = asked(model, "masked:bert")
    finally:
        model._loaded.batch_tokens = before
    assert single.residual == pytest.approx(whole.residual, abs=tiny_models.NEAR)
    assert single.outputs == pytest.approx(whole.outputs, abs=tiny_models.NEAR)


def test_fillers_of_several_tokens_add_up(subject: Callable[[str], Any]) -> None:
    (answer,) = subject("masked:bert").patch([Patch(TEXT, OTHER, BetweenFillers("firefighter", "he"))])
    assert isinstance(answer, Patched)
    assert answer.everything == pytest.approx(answer.other, abs=tiny_models.NEAR)
    assert answer.nothing == pytest.approx(answer.value, abs=tiny_models.NEAR)


@pytest.mark.parametrize(
    ("request_", "fault", "words"),
    [
        (Patch(TEXT, "the nurse said so and that [MASK] was tired", TARGET), "unaligned", "its counterpart"),
        (Patch(TEXT, "the nurse [MASK] said that was tired", TARGET), "unaligned", "other tokens"),
        (Patch(TEXT, TEXT, TARGET), "unaligned", "the same to the model"),
        (Patch("no blank", OTHER, TARGET), "model", "no blank"),
        (Patch(TEXT, "no blank", TARGET), "model", "no blank"),
        (Patch(TEXT, OTHER, ForClass("she")), "model", "no classes"),
        (Patch(TEXT, OTHER, BetweenFillers("she", "zebra")), "model", "zebra"),
        (Patch(TEXT, OTHER, TARGET, "heads", (2,)), "model", "layers 0 to 1"),
    ],
)
def test_what_cannot_be_patched_says_why(
    subject: Callable[[str], Any], request_: Patch, fault: str, words: str
) -> None:
    (answer,) = subject("masked:bert").patch([request_])
    assert isinstance(answer, Unanswered)
    assert answer.fault == fault
    assert words in answer.reason


def test_long_texts_are_refused(subject: Callable[[str], Any]) -> None:
    model = subject("masked:bert")
    before, model._loaded.encoder.limit = model._loaded.encoder.limit, 10_000
    try:
        (answer,) = model.patch(
            [Patch(f"{'tired ' * MOST_TOKENS} {TEXT}", f"{'tired ' * MOST_TOKENS} {OTHER}", TARGET)]
        )
    finally:
        model._loaded.encoder.limit = before
    assert isinstance(answer, Unanswered)
    assert answer.fault == "long_text"


def test_a_model_without_attention_is_not_asked(subject: Callable[[str], Any]) -> None:
    model = subject("causal:mamba")
    assert "Patch" not in model.info.capabilities
    assert any("Patch is not asked: the end of its attention" in note.text for note in model.info.notes)
    (answer,) = Engine(model).answer([Patch(TEXT, OTHER, TARGET)])
    assert isinstance(answer, Unanswered)


def test_values_that_are_no_numbers_are_no_answer(subject: Callable[[str], Any]) -> None:
    model = subject("causal:neox")
    weight = model._loaded.model.gpt_neox.layers[1].mlp.dense_4h_to_h.weight
    kept = weight.detach().clone()
    with torch.no_grad():
        weight[:] = float("nan")
    try:
        (answer,) = model.patch([Patch(TEXT, OTHER, TARGET)])
    finally:
        with torch.no_grad():
            weight.copy_(kept)
    assert isinstance(answer, Unanswered)
    assert "finite" in answer.reason


@pytest.mark.parametrize("fails", [False, True])
def test_the_model_is_left_as_it_was_found(tmp_path: Path, fails: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tiny_models.build("causal:gpt2", tmp_path)
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    model.train()
    before = state_of(model, tokenizer)
    subject: Any = adopt(model, tokenizer)
    subject._loaded.batch_tokens = 1  # a pass for each part, most of them with the lower layer left out
    if fails:
        block = type(model.transformer.h[1])
        forward, calls = block.forward, iter(range(15))

        def broken(self: Any, states: Any, *args: Any, **kwargs: Any) -> Any:
            if next(calls, None) is None:
                raise RuntimeError("broken")
            return forward(self, states, *args, **kwargs)

        monkeypatch.setattr(block, "forward", broken)
    (answer,) = subject.patch([Patch(TEXT, OTHER, TARGET)])
    assert isinstance(answer, Unanswered if fails else Patched)
    monkeypatch.undo()
    assert differences(before, state_of(model, tokenizer)) == []


def test_a_pass_without_room_is_halved_and_not_refused(
    subject: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = subject("causal:gpt2")

    def full(*_args: Any, **_kwargs: Any) -> Any:
        raise torch.OutOfMemoryError("no room")

    monkeypatch.setattr(model._loaded.model.transformer, "forward", full)
    with pytest.raises(OutOfMemory):
        model.patch([Patch(TEXT, OTHER, TARGET)])
