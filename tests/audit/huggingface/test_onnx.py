"""Exported models answer as the checkpoint does; what cannot be read of one is refused aloud."""

from __future__ import annotations

import importlib
import importlib.util
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoModelForCausalLM, AutoModelForMaskedLM, AutoModelForSequenceClassification
from typer.testing import CliRunner

import tiny_models
from fairwitness.audit import cli
from fairwitness.audit.errors import (
    CorruptModel,
    MissingExtra,
    NoWeights,
    UnfitModel,
    UnknownModel,
    UsageError,
    WrongTask,
)
from fairwitness.audit.huggingface import Loading, inspect, load
from fairwitness.audit.requests import Classify, ClassScores, Embed, Embedding, FillMask, Generate, LogLikelihood

pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")
from exported import BRANCH, export, export_continuing

pytestmark = pytest.mark.slow
TEXTS = ("the nurse said that she was late", "a", "the doctor was late and the nurse was not")


@pytest.fixture(name="checkpoint", scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("classifier")
    tiny_models.build("classifier:bert", folder)
    return folder


@pytest.fixture(name="alone")
def folder_without_weights(checkpoint: Path, tmp_path: Path) -> Path:
    """Configuration and tokenizer of the checkpoint."""
    return Path(shutil.copytree(checkpoint, tmp_path / "exported", ignore=shutil.ignore_patterns("*.safetensors")))


def model_of(checkpoint: Path, kind: Any = AutoModelForSequenceClassification) -> Any:
    return kind.from_pretrained(checkpoint, attn_implementation="eager")


def logits(spec: Path, cache: Path, **settings: Any) -> list[tuple[float, ...]]:
    subject: Any = load(Loading(str(spec), cache_dir=cache, **settings))
    answers = subject.classify([Classify(text) for text in TEXTS])
    assert all(isinstance(answer, ClassScores) for answer in answers)
    return [answer.logits for answer in answers]


@pytest.mark.arithmetic
@pytest.mark.parametrize("place", ["model.onnx", "onnx/model.onnx"])
def test_a_classifier_answers_as_its_checkpoint(checkpoint: Path, alone: Path, tmp_path: Path, place: str) -> None:
    (alone / "onnx").mkdir()
    path = export(model_of(checkpoint), alone / place, "logits")
    expected = logits(checkpoint, tmp_path)
    for spec in (path, alone):
        assert np.allclose(logits(spec, tmp_path), expected, atol=1e-4)
    info = load(Loading(str(alone), cache_dir=tmp_path)).info
    assert (info.kind, info.capabilities, info.parameters) == ("sequence_classifier", ("Classify", "Attribute"), None)
    assert inspect(Loading(str(alone), cache_dir=tmp_path)).kind == "sequence_classifier"


@pytest.mark.arithmetic
def test_an_encoder_answers_as_its_checkpoint(checkpoint: Path, tmp_path: Path) -> None:
    lone = export(model_of(checkpoint, AutoModel), tmp_path / "alone.onnx", "last_hidden_state")
    subject: Any = load(Loading(str(lone), base=str(checkpoint), cache_dir=tmp_path))
    assert subject.info.capabilities == ("Embed",)
    reference: Any = load(Loading(str(checkpoint), cache_dir=tmp_path))
    states = reference._loaded.model.base_model
    for text in TEXTS:
        [answer] = subject.embed([Embed(text, pooling="mean")])
        assert isinstance(answer, Embedding)
        ids = reference._encoder.tokenizer(text, return_tensors="pt")
        by_hand = states(**ids)[0][0].mean(dim=0).detach().numpy()
        assert np.allclose(answer.values, by_hand, atol=1e-4)


@pytest.mark.arithmetic
@pytest.mark.parametrize("kind", ["masked:bert", "causal:llama", "causal:gpt2", "causal:gpt2 with past"])
def test_a_language_model_answers_as_its_checkpoint(kind: str, tmp_path: Path) -> None:
    tiny_models.build(kind.split()[0], tmp_path / "checkpoint")
    ignored = shutil.ignore_patterns("*.safetensors")
    folder = Path(shutil.copytree(tmp_path / "checkpoint", tmp_path / "exported", ignore=ignored))
    masked = kind.startswith("masked")
    loader = AutoModelForMaskedLM if masked else AutoModelForCausalLM
    names = ("input_ids", "attention_mask") if masked else ("input_ids", "attention_mask", "position_ids")
    model = model_of(tmp_path / "checkpoint", loader)
    model.config.use_cache = False
    export(model, folder / "model.onnx", "logits", names=names, past="past" in kind)
    subjects: list[Any] = [load(Loading(str(spec), cache_dir=tmp_path)) for spec in (folder, tmp_path / "checkpoint")]
    if masked:
        [ours, theirs] = [
            subject.fill_masks([FillMask("the nurse said [MASK] was late", ("she", "he"))])[0].log_probs
            for subject in subjects
        ]
    else:
        rows = [[LogLikelihood(TEXTS[0], f" {text}") for text in TEXTS]]
        [ours, theirs] = [[answer.log_probs for answer in subject.log_likelihoods(rows)[0]] for subject in subjects]
    assert np.allclose(np.hstack(ours), np.hstack(theirs), atol=1e-4)


PROMPTS = ("the nurse said", "a", "the doctor was late and the nurse")
WRITTEN = [Generate(text, 8, temperature=heat, seed=3) for text in PROMPTS for heat in (0.0, 1.0)]


@pytest.mark.arithmetic
@pytest.mark.parametrize("kind", ["causal:llama", "causal:gpt2"])
def test_an_exported_model_writes_what_its_checkpoint_writes(kind: str, tmp_path: Path) -> None:
    """Going on from what the graph keeps; reading anew where it keeps nothing, or counts padding as a place."""
    tiny_models.build(kind, tmp_path / "checkpoint")
    model = model_of(tmp_path / "checkpoint", AutoModelForCausalLM)
    ignored = shutil.ignore_patterns("*.safetensors")
    folders = [Path(shutil.copytree(tmp_path / "checkpoint", tmp_path / name, ignore=ignored)) for name in "abcd"]
    export_continuing(model, folders[0] / "model.onnx", "position_ids")
    export_continuing(model, folders[1] / "model.onnx")
    export_continuing(model, folders[3] / "model.onnx", "position_ids", BRANCH)
    model.config.use_cache = False
    export(model, folders[2] / "model.onnx", "logits", names=("input_ids", "attention_mask"))
    reference: Any = load(Loading(str(tmp_path / "checkpoint"), cache_dir=tmp_path))
    expected = reference.generate(WRITTEN)
    kept = []
    for folder in folders:
        subject: Any = load(Loading(str(folder), cache_dir=tmp_path))
        assert subject.info.capabilities == ("LogLikelihood", "Generate")
        assert subject.generate(WRITTEN) == expected
        kept.append(subject._loaded.model.keeps)
    assert (kept[0], kept[2], kept[3]) == (True, False, True)
    assert not (kept[1] and kind == "causal:gpt2")


def test_padding_that_a_graph_cannot_tell_is_never_fed(checkpoint: Path, alone: Path, tmp_path: Path) -> None:
    """Without a mask every text is asked beside those of its length alone, and so gets its own answer."""
    export(model_of(checkpoint), alone / "model.onnx", "logits", names=("input_ids",))
    subject: Any = load(Loading(str(alone), cache_dir=tmp_path))
    assert any(note.code == "slower" for note in subject.info.notes)
    assert np.allclose(logits(alone, tmp_path), logits(checkpoint, tmp_path), atol=1e-4)


def test_another_file_is_another_model(checkpoint: Path, alone: Path, tmp_path: Path) -> None:
    model = model_of(checkpoint)
    prints = []
    for scale in (1.0, 1.001):
        model.classifier.weight.data *= scale
        export(model, alone / "model.onnx", "logits")
        prints.append(load(Loading(str(alone), cache_dir=tmp_path)).info.fingerprint)
    assert prints[0] != prints[1]


def test_weights_beside_the_graph_say_what_it_is(checkpoint: Path, alone: Path, tmp_path: Path) -> None:
    import onnx

    model = model_of(checkpoint)
    graphs, prints = [], []
    for scale in (1.0, 1.001):
        model.classifier.weight.data *= scale
        graph = onnx.load(str(export(model, tmp_path / "whole.onnx", "logits")))
        onnx.save_model(
            graph,
            str(alone / "model.onnx"),
            save_as_external_data=True,
            location=f"{'w' * 150}.data",
            size_threshold=0,
        )
        graphs.append((alone / "model.onnx").read_bytes())
        prints.append(load(Loading(str(alone), cache_dir=tmp_path)).info.fingerprint)
        (alone / f"{'w' * 150}.data").unlink()
    assert graphs[0] == graphs[1]
    assert prints[0] != prints[1]


@pytest.mark.parametrize(
    ("loader", "output", "rows", "said"),
    [
        (AutoModel, "last_hidden_state", 20, "knows more than the"),
        (AutoModel, "last_hidden_state", -9, "knows fewer than the"),
        (AutoModelForMaskedLM, "logits", 20, "knows more than the"),
    ],
)
def test_a_configuration_of_another_model(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], loader: Any, output: str, rows: int, said: str
) -> None:
    tiny_models.build("masked:bert", tmp_path / "base")
    load(Loading(str(export(model_of(tmp_path / "base", loader), tmp_path / "right.onnx", output)),
                 base=str(tmp_path / "base")))  # fmt: skip
    model = model_of(tmp_path / "base", loader)
    model.resize_token_embeddings(model.config.vocab_size + rows)
    path = export(model, tmp_path / "other.onnx", output)
    with pytest.raises(UnfitModel, match=rf"{said} \d+ tokens that its config\.json names.*--base"):
        load(Loading(str(path), base=str(tmp_path / "base")))
    assert "onnxruntime" not in capfd.readouterr().err


def test_a_configuration_of_another_width(checkpoint: Path, alone: Path) -> None:
    export(model_of(checkpoint, AutoModel), alone / "model.onnx", "last_hidden_state")
    settings = json.loads((alone / "config.json").read_text())
    (alone / "config.json").write_text(json.dumps({**settings, "hidden_size": 2 * settings["hidden_size"]}))
    with pytest.raises(UnfitModel, match=r"gives \d+ numbers for each token and its config\.json names"):
        load(Loading(str(alone)))


def test_a_graph_is_computed_where_and_as_it_is(checkpoint: Path, alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export(model_of(checkpoint), alone / "model.onnx", "logits")
    with pytest.raises(UsageError, match="computed on the processor: leave out --device meta"):
        load(Loading(str(alone), device="meta"))
    with pytest.raises(UsageError, match="leave out --dtype"):
        load(Loading(str(alone), dtype="float16"))
    module = importlib.import_module("fairwitness.audit.huggingface.load")
    monkeypatch.setattr(module, "choose_device", lambda _: torch.device("meta"))
    subject: Any = load(Loading(str(alone)))
    assert subject._loaded.device.type == "cpu", "a machine with a GPU computes it on the processor too"
    assert isinstance(subject.classify([Classify(TEXTS[0])])[0], ClassScores)


def test_a_folder_of_two_exported_models(checkpoint: Path, alone: Path) -> None:
    export(model_of(checkpoint), alone / "model.onnx", "logits")
    shutil.copy(alone / "model.onnx", alone / "model_quantized.onnx")
    with pytest.raises(UnknownModel, match=r"holds 2 exported models; name one of them: model\.onnx, model_quant"):
        load(Loading(str(alone)))


def named_otherwise(checkpoint: Path, path: Path) -> None:
    export(model_of(checkpoint), path, "logits", called={"input_ids": "tokens"})


def of_one_length(checkpoint: Path, path: Path) -> None:
    export(model_of(checkpoint), path, "logits", fixed=True)


def with_another_output(checkpoint: Path, path: Path) -> None:
    export(model_of(checkpoint), path, "logits", called={"logits": "verdict"})


def that_fills_masks(checkpoint: Path, path: Path) -> None:
    export(model_of(checkpoint, AutoModelForMaskedLM), path, "logits")


def damaged(checkpoint: Path, path: Path) -> None:
    del checkpoint
    path.write_bytes(b"no graph")


@pytest.mark.parametrize(
    ("write", "kind", "said"),
    [
        (named_otherwise, UnfitModel, "reads tokens, attention_mask, token_type_ids, and a text is fed as input_ids"),
        (of_one_length, UnfitModel, "reads input_ids of 2 x 5, and rows and tokens of any number"),
        (with_another_output, UnfitModel, "gives verdict; Fairwitness reads last_hidden_state"),
        (that_fills_masks, WrongTask, "gives logits of every token, and its config.json names a sequence_classifier"),
        (damaged, CorruptModel, "cannot be read as an ONNX model"),
    ],
)
def test_what_cannot_be_read_is_refused(
    checkpoint: Path, alone: Path, write: Callable[[Path, Path], None], kind: type[Exception], said: str
) -> None:
    write(checkpoint, alone / "model.onnx")
    with pytest.raises(kind, match=said):
        load(Loading(str(alone)))


def test_a_file_alone_says_what_is_missing(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = export(model_of(checkpoint), tmp_path / "m.onnx", "logits")
    with pytest.raises(NoWeights, match="name the model that it was exported from with --base"):
        load(Loading(str(path)))
    with pytest.raises(WrongTask, match="made for sequence_classifier; it cannot do encoder"):
        load(Loading(str(path), base=str(checkpoint), task="encoder"))
    seen = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "onnxruntime" else seen(name))
    with pytest.raises(MissingExtra, match=r'pip install "fairwitness\[onnx\]"'):
        load(Loading(str(path), base=str(checkpoint)))


def test_classes_that_the_graph_has_and_the_configuration_lacks(checkpoint: Path, alone: Path) -> None:
    export(model_of(checkpoint), alone / "model.onnx", "logits")
    settings = json.loads((alone / "config.json").read_text())
    settings |= {"id2label": {"0": "no", "1": "yes"}, "label2id": {"no": 0, "yes": 1}}
    (alone / "config.json").write_text(json.dumps(settings))
    with pytest.raises(UnfitModel, match=r"gives 3 classes and its config\.json names 2"):
        load(Loading(str(alone)))


def test_through_the_command_line(checkpoint: Path, alone: Path, tmp_path: Path) -> None:
    export(model_of(checkpoint), alone / "model.onnx", "logits")
    asked = ["run", str(alone / "model.onnx"), "-p", "attribution", "--limit", "3", "--offline"]
    (tmp_path / "texts.csv").write_text("text\n" + "\n".join(TEXTS) + "\n")
    asked += ["--data", f"attribution={tmp_path / 'texts.csv'}", "--out", str(tmp_path / "out"), "--quiet"]
    result = CliRunner().invoke(cli.app, asked)
    document = json.loads((tmp_path / "out" / "audit.json").read_text())
    assert "computed by onnxruntime" in json.dumps(document), result.output
    [answered] = [each for each in document["results"] if each["probe"]["name"] == "attribution"]
    scores = {(metric["name"], metric["variant"].get("method")) for metric in answered["metrics"]}
    assert {("sufficiency_gain", "SHAP"), ("sufficiency_gain", "LIME")} <= scores, scores
    assert "the weights of this model cannot be drawn at random" in json.dumps(answered)


def test_an_exported_part_beside_a_model_is_not_taken_for_it(checkpoint: Path, tmp_path: Path) -> None:
    shutil.copytree(checkpoint, tmp_path / "all" / "model")
    (tmp_path / "all" / "voice.onnx").write_bytes(b"something else")
    assert load(Loading(str(tmp_path / "all"), cache_dir=tmp_path)).info.parameters
