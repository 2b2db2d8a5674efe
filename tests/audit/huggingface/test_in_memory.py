"""A model in memory: asked as one from a folder, left as it was found, known by its content."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from model_state import differences, state_of
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    BertForMaskedLM,
    BertForMultipleChoice,
    BertForTokenClassification,
    LlamaConfig,
    LlamaForCausalLM,
    pipeline,
)

import tiny_models
from fairwitness.audit.errors import FairwitnessError, UnfitModel, UnfitObject, WrongTask
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.huggingface.in_memory import adopt, is_loaded_model
from fairwitness.audit.internals import ReadLayers
from fairwitness.audit.requests import (
    BLANK,
    Answer,
    Attend,
    BetweenFillers,
    Classify,
    Embed,
    FillMask,
    ForClass,
    Generate,
    LogLikelihood,
    PseudoLogLikelihood,
    Unanswered,
    UnmaskedLikelihood,
)
from fairwitness.audit.verbs import VERBS

pytestmark = pytest.mark.slow

CLASSES = {
    "masked:bert": AutoModelForMaskedLM,
    "causal:gpt2": AutoModelForCausalLM,
    "causal:llama": AutoModelForCausalLM,
    "classifier:bert": AutoModelForSequenceClassification,
}
TEXT = "the nurse said that she was tired ."
BLANKED = TEXT.replace("she", BLANK)
REQUESTS: dict[str, Sequence[Any]] = {
    "masked:bert": [
        FillMask(TEXT.replace("she", BLANK), ("she", "he")), PseudoLogLikelihood(TEXT),
        UnmaskedLikelihood(TEXT), Attend(TEXT), Embed(TEXT), ReadLayers(BLANKED, ("she", "he")),
    ],
    "causal:gpt2": [
        LogLikelihood("the nurse", " said"), Generate("the nurse", 3),
        Attend(TEXT), Embed(TEXT), ReadLayers(BLANKED, ("she", "he")),
    ],
    "classifier:bert": [Classify(TEXT), Attend(TEXT)],
}  # fmt: skip
REQUESTS["causal:llama"] = REQUESTS["causal:gpt2"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    built: dict[str, Path] = {}

    def build(name: str) -> Path:
        if name not in built:
            built[name] = tiny_models.build(name, tmp_path_factory.mktemp("model"))
        return built[name]

    return build


def opened(folder: Path, name: str) -> tuple[Any, Any]:
    """A model as somebody has it who trains it: parts in training mode, a frozen weight, settings of the tokenizer."""
    model = CLASSES[name].from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model.train()
    next(model.base_model.children()).eval()
    next(model.parameters()).requires_grad_(False)
    tokenizer.padding_side, tokenizer.truncation_side, tokenizer.model_max_length = "left", "left", 50
    tokenizer.backend_tokenizer.enable_truncation(7)
    tokenizer.backend_tokenizer.enable_padding(pad_id=1, pad_token="x")  # noqa: S106 - no secret
    return model, tokenizer


def ask(subject: Any, request: Any) -> Answer:
    verb = VERBS[type(request)]
    method = getattr(subject, verb.method)
    [answer] = method([[request]])[0] if verb.packing == "trees" else method([request])
    found: Answer = answer
    return found


def ask_all(subject: Any, name: str) -> list[Answer]:
    """Answers of every kind, and gradients."""
    answers = [ask(subject, request) for request in REQUESTS[name]]
    target: Any = ForClass("LABEL_0") if name.startswith("classifier") else BetweenFillers("she", "he")
    text = TEXT if name.startswith("classifier") else TEXT.replace("she", BLANK)
    answers.append(subject.path_gradients(text, target, [0.5]))
    return answers


@pytest.mark.slow
@pytest.mark.parametrize("name", CLASSES)
def test_a_model_in_memory_is_left_as_it_was_found(folder: Any, name: str) -> None:
    model, tokenizer = opened(folder(name), name)
    before = state_of(model, tokenizer)
    answers = ask_all(adopt(model, tokenizer), name)
    assert not [answer for answer in answers if isinstance(answer, Unanswered)]
    assert differences(before, state_of(model, tokenizer)) == []


@pytest.mark.parametrize("name", CLASSES)
def test_it_is_left_so_where_asking_fails_in_the_middle(folder: Any, name: str) -> None:
    model, tokenizer = opened(folder(name), name)
    subject: Any = adopt(model, tokenizer)
    calls = 0

    def fail(module: Any, inputs: Any, output: Any) -> None:
        nonlocal calls
        calls += 1
        raise OSError("the disk is gone")

    last = list(model.base_model.modules())[-1]
    last.register_forward_hook(fail)
    before = state_of(model, tokenizer)
    for request in REQUESTS[name]:
        with pytest.raises(OSError, match="the disk is gone"):
            ask(subject, request)
    with pytest.raises(OSError, match="the disk is gone"):
        ask_all(subject, name)
    assert calls > len(REQUESTS[name])
    assert differences(before, state_of(model, tokenizer)) == []


@pytest.mark.arithmetic
@pytest.mark.parametrize("name", CLASSES)
def test_it_answers_as_the_same_model_from_a_folder(folder: Any, name: str, tmp_path: Path) -> None:
    model, _ = opened(folder(name), name)
    ours: Any = adopt(model, AutoTokenizer.from_pretrained(folder(name)))
    theirs: Any = load(Loading(str(folder(name)), cache_dir=tmp_path))
    same = {key: getattr(theirs.info, key) for key in ("kind", "architecture", "parameters", "dtype", "capabilities")}
    assert {key: getattr(ours.info, key) for key in same} == same
    assert (ours.info.notes, ours.batch_tokens) == (theirs.info.notes, theirs.batch_tokens)
    assert ours.info.spec == f"{folder(name)} (in memory)"
    assert len(ask_all(ours, name)) == len(ask_all(theirs, name))
    for request in REQUESTS[name]:
        assert repr(ask(ours, request)) == repr(ask(theirs, request))


def test_the_model_itself_is_asked_and_no_copy_of_it(folder: Any) -> None:
    model, tokenizer = opened(folder("masked:bert"), "masked:bert")
    subject: Any = adopt(model, tokenizer)
    assert subject._loaded.model is model
    with torch.no_grad():
        model.cls.predictions.bias.add_(torch.randn_like(model.cls.predictions.bias))
    other = adopt(model, tokenizer)
    [request] = REQUESTS["masked:bert"][:1]
    assert ask(subject, request) == ask(other, request)


def test_training_goes_on_after_it(tmp_path: Path) -> None:
    """What a pass leaves in a model, here the wave lengths of positions, must be such as a gradient can go through."""
    rope = {"rope_type": "dynamic", "factor": 2.0, "rope_theta": 10000.0}
    sizes = {**tiny_models.decoder(), "num_key_value_heads": 2, "max_position_embeddings": 8, "rope_parameters": rope}
    model = LlamaForCausalLM(LlamaConfig(**sizes))
    subject: Any = adopt(model, tiny_models.byte_level(start=True))
    subject._loaded.encoder.limit = 32
    ask(subject, LogLikelihood("", "the nurse said that she was tired and went home"))
    assert not [name for name, buffer in model.named_buffers() if buffer.is_inference()]
    ids = torch.arange(20)[None] + 4
    model(input_ids=ids, labels=ids).loss.backward()
    assert all(weight.grad is not None for weight in model.parameters())


def fingerprint(model: Any, tokenizer: Any) -> str:
    return adopt(model, tokenizer).info.fingerprint


@pytest.mark.slow
def test_equal_weights_have_one_fingerprint_and_whatever_changes_another(folder: Any) -> None:
    name = "causal:gpt2"
    model, tokenizer = opened(folder(name), name)
    base = fingerprint(model, tokenizer)
    assert len(base) == 64
    assert fingerprint(*opened(folder(name), name)) == base
    assert fingerprint(copy.deepcopy(model).eval(), AutoTokenizer.from_pretrained(folder(name))) != base  # length 50
    plain = AutoTokenizer.from_pretrained(folder(name))
    plain.model_max_length = 50
    assert fingerprint(copy.deepcopy(model).eval(), plain) == base
    changed = [copy.deepcopy(model) for _ in range(4)]
    with torch.no_grad():
        changed[0].transformer.h[1].mlp.c_fc.weight[3, 5] += 1e-6
    changed[1].config.layer_norm_epsilon = 1e-3
    changed[2].generation_config.eos_token_id = 5
    changed[3].to(torch.bfloat16)
    prints = [fingerprint(other, tokenizer) for other in changed]
    plain.add_tokens(["nurse"])
    prints.append(fingerprint(model, plain))
    assert len({base, *prints}) == 6
    assert fingerprint(model, tokenizer) == base


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_the_fingerprint_is_the_same_on_every_device(folder: Any) -> None:
    model, tokenizer = opened(folder("masked:bert"), "masked:bert")
    base = fingerprint(model, tokenizer)
    assert fingerprint(model.to("cuda"), tokenizer) == base


class Halved(BertForMaskedLM):  # type: ignore[misc]
    """A class of the user's: what it computes is in no installed package."""


def test_what_a_hash_of_weights_would_not_tell_is_not_fingerprinted(folder: Any) -> None:
    name = "masked:bert"
    hooked, tokenizer = opened(folder(name), name)
    handle = hooked.bert.encoder.layer[1].register_forward_hook(lambda module, inputs, output: output)
    subject = adopt(hooked, tokenizer)
    assert subject.info.fingerprint == ""
    assert subject.info.notes[-1].text.startswith("Not fingerprinted: bert.encoder.layer.1 (BertLayer) has hooks")
    handle.remove()
    assert fingerprint(hooked, tokenizer)
    hooked.bert.forward = hooked.bert.forward
    assert "has a forward of its own" in adopt(hooked, tokenizer).info.notes[-1].text
    mine = Halved.from_pretrained(folder(name))
    subject = adopt(mine, tokenizer)
    assert (subject.info.kind, subject.info.fingerprint) == ("masked_lm", "")
    assert "(Halved) is of a class that no installed package holds" in subject.info.notes[-1].text


def test_asking_for_maps_does_not_unmake_the_fingerprint(folder: Any) -> None:
    """transformers leaves hooks of its own on a model whose maps somebody asked for."""
    model, tokenizer = opened(folder("masked:bert"), "masked:bert")
    base = fingerprint(model, tokenizer)
    model.set_attn_implementation("eager")
    model(input_ids=torch.tensor([[5, 6]]), output_attentions=True)
    model.set_attn_implementation("sdpa")
    assert fingerprint(model, tokenizer) == base


def test_a_pipeline_brings_both(folder: Any) -> None:
    model, _ = opened(folder("masked:bert"), "masked:bert")
    tokenizer = AutoTokenizer.from_pretrained(folder("masked:bert"))
    pipe = pipeline("fill-mask", model=model, tokenizer=tokenizer)
    assert is_loaded_model(pipe)
    assert adopt(pipe).info == adopt(model, tokenizer).info


@pytest.mark.slow
def test_compiled_and_parallel_models_are_asked_within(folder: Any) -> None:
    model, tokenizer = opened(folder("masked:bert"), "masked:bert")
    wrapped = torch.nn.DataParallel(model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch, about itself
        compiled = torch.compile(model)
    assert is_loaded_model(wrapped)
    assert is_loaded_model(compiled)
    assert adopt(wrapped, tokenizer).info == adopt(model, tokenizer).info
    subject: Any = adopt(compiled, tokenizer)
    assert subject._loaded.model is model


def meta_model(folder: Path) -> Any:
    config = AutoConfig.from_pretrained(folder)
    with torch.device("meta"):
        return BertForMaskedLM(config)


def test_what_cannot_be_asked_is_refused_by_name(folder: Any) -> None:
    path = folder("masked:bert")
    model, tokenizer = opened(path, "masked:bert")
    tagger, chooser = BertForTokenClassification(model.config), BertForMultipleChoice(model.config)
    maskless = tiny_models.wordpiece(mask=False)
    strange = tiny_models.byte_level(roberta=True)
    cases: list[tuple[Any, Any, type[FairwitnessError], str]] = [
        (model, None, UnfitObject, r"BertForMaskedLM comes without a tokenizer: .*AutoTokenizer\.from_pretrained\('"),
        (model, "bert", UnfitObject, "tokenizer: it is a str; give a tokenizer of transformers"),
        (chooser, tokenizer, WrongTask, "is a BertForMultipleChoice, which has no task .*masked_lm"),
        (pipeline("token-classification", model=tagger, tokenizer=tokenizer), None, UnfitModel,
         "labels tokens and does not say with what"),
        (model, maskless, WrongTask, "its tokenizer has no mask token"),
        (model, strange, UnfitModel, "one of them belongs to another model"),
        (meta_model(path), tokenizer, UnfitObject, "is on the device 'meta', which holds no numbers"),
    ]  # fmt: skip
    for given, with_tokenizer, error, said in cases:
        with pytest.raises(error, match=said):
            adopt(given, with_tokenizer)
    assert not is_loaded_model(torch.nn.Linear(2, 2))
    assert not is_loaded_model("bert")
