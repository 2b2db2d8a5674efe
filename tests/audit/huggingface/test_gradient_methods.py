"""Gradient methods and rollout on real (tiny, random) models, against captum, and what they leave behind."""

from __future__ import annotations

import random  # noqa: TID251 - its state is under test
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from model_state import differences, state_of

import tiny_models
from fairwitness.audit.attribution import Explainer
from fairwitness.audit.engine import Engine
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.requests import (
    Attribute,
    Attribution,
    BetweenFillers,
    ForClass,
    Hiding,
    Method,
    OfAnswer,
    OfContinuation,
    OfTag,
    Target,
    Unanswered,
)

pytestmark = [pytest.mark.slow, pytest.mark.arithmetic]

TEXT = "The nurse said that she was tired"
BLANKED = "The nurse said that [MASK] was tired."
METHODS: tuple[Method, ...] = (
    "shap",
    "shap_partition",
    "lime",
    "integrated_gradients",
    "expected_gradients",
    "gradient_x_input",
    "leave_one_out",
    "rollout",
)
CASES: dict[str, tuple[str, Target]] = {
    "classifier:bert": (TEXT, ForClass("LABEL_1")),
    "masked:bert": (BLANKED, BetweenFillers("she", "he")),
    "causal:llama": (BLANKED, BetweenFillers("she", "he")),
    "causal:gpt2": (TEXT, OfContinuation(" and left.")),
    "question:bert": (TEXT, OfAnswer("who was tired?", TEXT.index("nurse"), TEXT.index("nurse") + len("nurse"))),
    "tagger:bert": (TEXT, OfTag("PER", TEXT.index("nurse"), TEXT.index("nurse") + len("nurse"))),
}


@pytest.fixture(scope="module")
def subject(tmp_path_factory: pytest.TempPathFactory) -> Any:
    made: dict[str, Any] = {}

    def build(name: str) -> Any:
        if name not in made:
            folder = tmp_path_factory.mktemp("model")
            made[name] = load(Loading(str(tiny_models.build(name, folder / "m")), cache_dir=folder, threads=1))
        return made[name]

    return build


def explain(subject: Any, *requests: Attribute) -> list[Any]:
    return Engine(subject, explainer=Explainer(subject)).answer(requests)


@pytest.fixture
def captum() -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # captum's own
        yield pytest.importorskip("captum.attr", reason="captum is not installed")


def embedded(subject: Any, text: str) -> tuple[torch.Tensor, Any, list[list[int]]]:
    """Embeddings [1, tokens, width] of a text, the log-odds of class 1 as a function of them, tokens of each word."""
    loaded = subject._loaded
    encoded = loaded.encoder.whole(text)
    real = loaded.model.get_input_embeddings()(torch.tensor([encoded.ids])).detach()

    def log_odds(inputs: torch.Tensor) -> torch.Tensor:
        logits = loaded.model(inputs_embeds=inputs, attention_mask=torch.ones(inputs.shape[:2])).logits
        rest = torch.cat([logits[:, :1], logits[:, 2:]], dim=1)
        odds: torch.Tensor = logits[:, 1] - torch.logsumexp(rest, dim=1)
        return odds

    names = text.split()
    starts = [text.index(name) for name in names]
    ends = [start + len(name) for start, name in zip(starts, names, strict=True)]
    pieces = [
        [place for place, at in enumerate(encoded.starts) if start <= at < end]
        for start, end in zip(starts, ends, strict=True)
    ]
    return real, log_odds, pieces


def test_gradient_times_input_equals_captum(subject: Any, captum: Any) -> None:
    model = subject("classifier:bert")
    (ours,) = explain(model, Attribute(TEXT, ForClass("LABEL_1"), "gradient_x_input"))
    real, log_odds, pieces = embedded(model, TEXT)
    theirs = captum.InputXGradient(log_odds).attribute(real)[0].sum(dim=-1).tolist()
    assert ours.values == pytest.approx([sum(theirs[place] for place in word) for word in pieces], abs=1e-5)
    assert max(map(abs, ours.values)) > 1e-3
    assert ours.full == pytest.approx(float(log_odds(real)), abs=1e-4)


def test_integrated_gradients_equal_captum_through_the_engine(subject: Any, captum: Any) -> None:
    model = subject("classifier:bert")
    (ours,) = explain(model, Attribute(TEXT, ForClass("LABEL_1"), "integrated_gradients"))
    real, log_odds, pieces = embedded(model, TEXT)
    nothing = real.clone()
    encoder = model._loaded.encoder
    nothing[0, 1:-1] = model._loaded.model.get_input_embeddings()(torch.tensor(encoder.hidden_id)).detach()
    method = captum.IntegratedGradients(log_odds)
    theirs = method.attribute(real, nothing, n_steps=ours.evaluations, method="gausslegendre")[0].sum(-1).tolist()
    assert ours.evaluations == 20
    assert ours.values == pytest.approx([sum(theirs[place] for place in word) for word in pieces], abs=1e-4)
    assert (ours.hiding, "'[MASK]'" in ours.note) == ("masked", True)


def test_expected_gradients_agree_with_captum_within_their_error(subject: Any, captum: Any) -> None:
    """captum's GradientShap, without its noise, takes the same mean over beginnings; ours are drawn anew."""
    model = subject("classifier:bert")
    (ours,) = explain(model, Attribute(TEXT, ForClass("LABEL_1"), "expected_gradients"))
    real, log_odds, pieces = embedded(model, TEXT)
    loaded = model._loaded
    torch.manual_seed(0)
    rng = np.random.default_rng(5)
    ids = torch.from_numpy(rng.choice(loaded.encoder.ordinary_ids, size=(2000, real.shape[1] - 2)))
    begins = real.repeat(len(ids), 1, 1)
    begins[:, 1:-1] = loaded.model.get_input_embeddings()(ids).detach()
    method = captum.GradientShap(log_odds)
    theirs = method.attribute(real, begins, n_samples=2000, stdevs=0.0)[0].sum(-1).tolist()
    expected = np.array([sum(theirs[place] for place in word) for word in pieces])
    assert np.all(np.abs(np.array(ours.values) - expected) <= 4 * np.array(ours.errors))
    assert np.any(np.abs(expected) > 3 * np.array(ours.errors))
    assert abs(ours.residual) < 4 * np.linalg.norm(ours.errors) + 0.01 * abs(ours.full - ours.base)


def test_the_error_of_expected_gradients_is_the_spread_over_seeds(subject: Any) -> None:
    model = subject("classifier:bert")
    runs = explain(
        model, *[Attribute(TEXT, ForClass("LABEL_1"), "expected_gradients", seed=seed) for seed in range(30)]
    )
    spread = np.std([run.values for run in runs], axis=0, ddof=1)
    claimed = np.sqrt(np.mean(np.square([run.errors for run in runs]), axis=0))
    assert claimed / spread == pytest.approx(np.ones(len(spread)), abs=0.45)
    assert explain(model, Attribute(TEXT, ForClass("LABEL_1"), "expected_gradients", seed=3)) == [runs[3]]


@pytest.mark.parametrize("name", CASES)
def test_every_method_explains_every_kind(subject: Any, name: str) -> None:
    text, target = CASES[name]
    answers = explain(subject(name), *[Attribute(text, target, method) for method in METHODS])
    given = dict(zip(METHODS, answers, strict=True))
    if isinstance(target, OfAnswer):
        refused = given.pop("rollout")
        assert refused == Unanswered("attention maps are of one text, and an answer is read from two")
    left = {"[MASK]"} | ({"nurse"} if isinstance(target, OfAnswer) else set())
    for method, answer in given.items():
        assert isinstance(answer, Attribution), (method, answer)
        assert answer.words == tuple(word.rstrip(".") for word in text.split() if word not in left)
        assert np.isfinite(answer.values).all()
        assert max(map(abs, answer.values)) > 0, method
    assert np.ptp([answer.full for answer in given.values()]) < 1e-3
    complete = given["integrated_gradients"]
    assert abs(complete.residual) <= 0.01 * abs(complete.full - complete.base) + 1e-4


@pytest.mark.parametrize(
    ("name", "hiding", "token"),
    [
        ("classifier:bert", "masked", "[MASK]"),
        ("causal:llama", "masked", "</s>"),
        ("masked:bert", "removed", ""),
        ("causal:gpt2", "masked", "</s>"),
        ("question:bert", "masked", "[UNK]"),
        ("tagger:bert", "removed", "[MASK]"),
    ],
)
def test_other_hidings_are_answered_and_named(subject: Any, name: str, hiding: Hiding, token: str) -> None:
    text, target = CASES[name]
    model = subject(name)
    usual, other = explain(
        model, Attribute(text, target, "leave_one_out"), Attribute(text, target, "leave_one_out", hiding=hiding)
    )
    assert other.hiding == hiding != usual.hiding
    assert other.values != pytest.approx(usual.values, abs=1e-4)
    assert token in other.note


def test_the_log_odds_of_a_tag_are_what_torch_says_with_each_word_hidden(subject: Any) -> None:
    text, target = CASES["tagger:bert"]
    assert isinstance(target, OfTag)
    model = subject("tagger:bert")
    (ours,) = explain(model, Attribute(text, target, "leave_one_out"))
    names = [model._loaded.model.config.id2label[number] for number in range(len(model._loaded.model.config.id2label))]

    def log_odds(written: list[str]) -> float:
        tokenizer = model._loaded.encoder.tokenizer
        fed = tokenizer(" ".join(written), return_tensors="pt", return_offsets_mapping=True)
        start = len(" ".join(written[: text.split().index("nurse")])) + 1
        place = next(k for k, (low, high) in enumerate(fed.pop("offset_mapping")[0].tolist()) if low == start < high)
        with torch.no_grad():
            chances = torch.softmax(model._loaded.model(**fed).logits[0, place].double(), dim=-1)
        share = sum(float(chances[number]) for number, name in enumerate(names) if name.endswith("-PER"))
        return float(np.log(share / (1 - share)))

    words = text.split()
    assert any(name == "B-PER" for name in names)
    assert any(name == "I-PER" for name in names)
    assert ours.full == pytest.approx(log_odds(words), abs=1e-4)
    assert ours.base == pytest.approx(log_odds(["[MASK]"] * len(words)), abs=1e-4)
    hidden = [[*words[:place], "[MASK]", *words[place + 1 :]] for place in range(len(words))]
    assert ours.values == pytest.approx([ours.full - log_odds(row) for row in hidden], abs=1e-4)
    assert max(map(abs, ours.values)) > 1e-3


def test_a_beginning_that_a_method_cannot_have_is_said(subject: Any) -> None:
    text, target = CASES["classifier:bert"]
    methods: tuple[Method, ...] = ("integrated_gradients", "expected_gradients", "gradient_x_input")
    answers = explain(subject("classifier:bert"), *[Attribute(text, target, m, hiding="removed") for m in methods])
    for method, answer in zip(methods, answers, strict=True):
        assert answer == Unanswered(f"{method} hides words by their embeddings: words cannot be removed for it")


def generators() -> tuple[Any, ...]:
    kind, keys, *rest = np.random.get_state(legacy=True)  # noqa: NPY002 - it is the state under test
    return kind, np.asarray(keys).tolist(), rest, random.getstate(), torch.get_rng_state().tolist()


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_model_and_generators_are_left_as_they_were(subject: Any, name: str, broken: bool) -> None:
    text, target = CASES[name]
    model = subject(name)
    inner, tokenizer = model._loaded.model, model._loaded.encoder.tokenizer
    calls = 0

    def fail(module: Any, inputs: Any, output: Any) -> None:
        nonlocal calls
        calls += 1
        if broken and calls > 2:
            raise RuntimeError("the layer is gone")

    hook = list(inner.base_model.modules())[-1].register_forward_hook(fail)
    explain(model, Attribute(text, target, "rollout"))  # transformers marks a model whose maps were asked for once
    inner.train()
    calls, before, drawn = 0, state_of(inner, tokenizer), generators()
    try:
        answers = explain(model, *[Attribute(text, target, method) for method in METHODS])
        assert calls > 2
        assert differences(before, state_of(inner, tokenizer)) == []
        assert generators() == drawn
    finally:
        hook.remove()
        inner.eval()
    if isinstance(target, OfAnswer):
        del answers[METHODS.index("rollout")]
    assert all(isinstance(answer, Unanswered if broken else Attribution) for answer in answers), answers


def test_the_log_probability_of_a_continuation_is_what_torch_says(subject: Any) -> None:
    text, target = CASES["causal:gpt2"]
    assert isinstance(target, OfContinuation)
    model = subject("causal:gpt2")
    (ours,) = explain(model, Attribute(text, target, "leave_one_out"))

    def log_prob(context: str) -> float:
        tokenizer, inner = model._loaded.encoder.tokenizer, model._loaded.model
        ids = tokenizer(context + target.continuation, return_tensors="pt", add_special_tokens=False)["input_ids"]
        first = len(tokenizer(context, add_special_tokens=False)["input_ids"])
        with torch.no_grad():
            scores = torch.log_softmax(inner(ids).logits[0], dim=-1)
        return float(scores[range(first - 1, ids.shape[1] - 1), ids[0, first:]].sum())

    assert ours.full == pytest.approx(log_prob(text), abs=1e-4)
    without = [" ".join(word for word in text.split() if word != other) for other in text.split()]
    assert ours.values == pytest.approx([ours.full - log_prob(left) for left in without], abs=1e-4)
