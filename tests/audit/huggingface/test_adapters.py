"""An adapter is measured as the model that it makes of its base: found, named, whole."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification
from typer.testing import CliRunner

import tiny_models
from fairwitness.audit import cli
from fairwitness.audit.errors import (
    CorruptModel,
    NoWeights,
    UnfitModel,
    UnknownModel,
    UnsafeModel,
    WrongTask,
)
from fairwitness.audit.huggingface import Loading, inspect, load
from fairwitness.audit.huggingface.adapter import _distance
from fairwitness.audit.huggingface.quiet import quiet
from fairwitness.audit.requests import Classify, LogLikelihood, TokenScores

peft = pytest.importorskip("peft")
pytestmark = pytest.mark.slow
TEXT = LogLikelihood("The nurse said that", " she was late")


def adapted(base: Path, folder: Path, config: Any = None) -> Any:
    """An adapter of random weights for the causal model of a folder, saved there; and the model with it, unmerged."""
    torch.manual_seed(0)
    settings = {"r": 2, "target_modules": ["q_proj", "v_proj"], "init_lora_weights": False}
    config = peft.LoraConfig(task_type="CAUSAL_LM", **settings) if config is None else config
    with quiet():
        made = peft.get_peft_model(AutoModelForCausalLM.from_pretrained(base), config)
        made.peft_config["default"].base_model_name_or_path = str(base)
        made.save_pretrained(folder)
    return made.eval()


def scores(spec: str | Path, cache: Path, **settings: Any) -> list[float]:
    subject: Any = load(Loading(str(spec), cache_dir=cache, **settings))
    [[answer]] = subject.log_likelihoods([[TEXT]])
    assert isinstance(answer, TokenScores)
    return list(answer.log_probs)


@pytest.fixture(name="base", scope="module")
def base_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    tiny_models.build("causal:llama", folder)
    return folder


def rewrite(folder: Path, **changed: Any) -> None:
    path = folder / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))


@pytest.mark.arithmetic
def test_the_adapted_model_answers(base: Path, tmp_path: Path) -> None:
    """The scores are those of the library, which adds the adapter's product to each layer's output."""
    model = adapted(base, tmp_path / "adapter")
    subject: Any = load(Loading(str(tmp_path / "adapter"), cache_dir=tmp_path))
    [[answer]] = subject.log_likelihoods([[TEXT]])
    [ids] = subject.token_ids([TEXT])
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([ids])).logits.log_softmax(-1)[0]
    count = len(answer.log_probs)
    by_hand = [float(logits[place - 1, ids[place]]) for place in range(len(ids) - count, len(ids))]
    assert list(answer.log_probs) == pytest.approx(by_hand, abs=1e-4)
    assert list(answer.log_probs) != pytest.approx(scores(base, tmp_path), abs=1e-2)
    assert any("an adapter, merged into" in note.text for note in subject.info.notes)


def test_another_adapter_is_another_model(base: Path, tmp_path: Path) -> None:
    adapted(base, tmp_path / "first")
    adapted(base, tmp_path / "second")
    weights = load_file(tmp_path / "second" / "adapter_model.safetensors")
    name = next(iter(weights))
    save_file({**weights, name: weights[name] * 1.01}, tmp_path / "second" / "adapter_model.safetensors")
    prints = [
        load(Loading(str(spec), cache_dir=tmp_path)).info.fingerprint
        for spec in (tmp_path / "first", tmp_path / "second", base)
    ]
    assert len(set(prints)) == 3


def test_the_base_is_named_or_lies_beside(base: Path, tmp_path: Path) -> None:
    adapted(base, tmp_path / "adapter")
    expected = scores(tmp_path / "adapter", tmp_path)
    rewrite(tmp_path / "adapter", base_model_name_or_path="somebody/elsewhere")
    with pytest.raises(UnknownModel, match=r"an adapter of 'somebody/elsewhere', .* name it with --base"):
        scores(tmp_path / "adapter", tmp_path, offline=True)
    assert scores(tmp_path / "adapter", tmp_path, base=str(base)) == expected
    notes = load(Loading(str(tmp_path / "adapter"), cache_dir=tmp_path, base=str(base))).info.notes
    assert any("says that it was trained on 'somebody/elsewhere'" in note.text for note in notes)
    (tmp_path / "adapter" / "base").symlink_to(base)
    rewrite(tmp_path / "adapter", base_model_name_or_path="base")
    assert scores(tmp_path / "adapter", tmp_path) == expected


def test_what_is_looked_at_reads_no_weights(base: Path, tmp_path: Path) -> None:
    adapted(base, tmp_path / "adapter")
    info = inspect(Loading(str(tmp_path / "adapter"), cache_dir=tmp_path))
    assert (info.kind, info.architecture) == ("causal_lm", "LlamaForCausalLM")


def test_an_adapter_of_another_model(base: Path, tmp_path: Path) -> None:
    adapted(base, tmp_path / "adapter")
    path = tmp_path / "adapter" / "adapter_model.safetensors"
    weights = load_file(path)
    first = next(iter(weights))
    for changed, said in (
        ({name.replace("layers.0", "layers.9"): weight for name, weight in weights.items()}, "have no place there"),
        ({**weights, first: torch.zeros(3, 3)}, "does not fit"),
        ({}, "does not fit"),
    ):
        save_file(changed, path)
        with pytest.raises(CorruptModel, match=said):
            load(Loading(str(tmp_path / "adapter"), cache_dir=tmp_path))
    path.write_bytes(b"no safetensors")
    with pytest.raises(CorruptModel, match="cannot be read"):
        load(Loading(str(tmp_path / "adapter"), cache_dir=tmp_path))


@pytest.mark.parametrize(
    ("changed", "kind", "said"),
    [
        ({"task_type": "SEQ_CLS"}, WrongTask, "is an adapter for sequence_classifier .*; merge it into that model"),
        ({"task_type": "HAIKU"}, UnfitModel, "for 'HAIKU', which is no kind"),
        ({"task_type": ["CAUSAL_LM"]}, UnfitModel, "which is no kind"),
        ({"base_model_name_or_path": None}, UnknownModel, "does not say of which model: name it with --base"),
        ({"peft_type": "NONSENSE"}, CorruptModel, "does not fit"),
    ],
)
def test_an_adapter_that_cannot_be_used(
    base: Path, tmp_path: Path, changed: dict[str, Any], kind: type[Exception], said: str
) -> None:
    adapted(base, tmp_path / "adapter")
    rewrite(tmp_path / "adapter", **changed)
    with pytest.raises(kind, match=said):
        load(Loading(str(tmp_path / "adapter"), cache_dir=tmp_path))


def test_an_adapter_that_is_no_change_of_weights(base: Path, tmp_path: Path) -> None:
    adapted(base, tmp_path, peft.PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=3))
    with pytest.raises(UnfitModel, match="of the kind PROMPT_TUNING, which is no change of weights"):
        load(Loading(str(tmp_path), cache_dir=tmp_path))


def test_files_that_are_missing_or_damaged(base: Path, tmp_path: Path) -> None:
    adapted(base, tmp_path)
    weights = tmp_path / "adapter_model.safetensors"
    weights.rename(tmp_path / "adapter_model.bin")
    with pytest.raises(UnsafeModel, match="only as pickle"):
        load(Loading(str(tmp_path), cache_dir=tmp_path))
    (tmp_path / "adapter_model.bin").unlink()
    with pytest.raises(NoWeights, match="without weights"):
        load(Loading(str(tmp_path), cache_dir=tmp_path))
    (tmp_path / "adapter_config.json").write_text("[")
    with pytest.raises(CorruptModel, match="cannot be read"):
        load(Loading(str(tmp_path), cache_dir=tmp_path))


@pytest.mark.arithmetic
@pytest.mark.parametrize("adapted_layer", ["lm_head", "embed_tokens"])
def test_embeddings_that_are_the_output_head_too(base: Path, tmp_path: Path, adapted_layer: str) -> None:
    """An adapter of one of the two changes that one alone, as it does while it is trained."""
    tied = tmp_path / "tied"
    shutil.copytree(base, tied)
    with quiet():
        whole: Any = AutoModelForCausalLM.from_pretrained(base)
        whole.config.tie_word_embeddings = True
        whole.tie_weights()
        whole.save_pretrained(tied)
    settings: dict[str, Any] = {"r": 2, "target_modules": [adapted_layer], "init_lora_weights": False}
    model = adapted(tied, tmp_path / "adapter", peft.LoraConfig(task_type="CAUSAL_LM", **settings))
    subject: Any = load(Loading(str(tmp_path / "adapter"), cache_dir=tmp_path))
    [[answer]] = subject.log_likelihoods([[TEXT]])
    [ids] = subject.token_ids([TEXT])
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([ids])).logits.log_softmax(-1)[0]
    count = len(answer.log_probs)
    by_hand = [float(logits[place - 1, ids[place]]) for place in range(len(ids) - count, len(ids))]
    assert list(answer.log_probs) == pytest.approx(by_hand, abs=1e-3)


def test_a_merge_that_changes_the_answers(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    adapted(base, tmp_path / "adapter")
    monkeypatch.setattr(peft.LoraModel, "merge_and_unload", lambda self, **_: self.unload())
    with pytest.raises(UnfitModel, match="the merged model answers otherwise than base and adapter do"):
        load(Loading(str(tmp_path / "adapter"), cache_dir=tmp_path))


def test_outputs_are_compared_where_they_are_numbers() -> None:
    first = torch.tensor([3.0, 4.0, float("-inf")])
    assert _distance(first, first) == 0
    assert _distance(first, torch.tensor([3.0, 4.5, float("-inf")])) == pytest.approx(0.1)
    assert _distance(first, torch.tensor([3.0, 4.0, 1.0])) == float("inf")
    assert _distance(first * float("nan"), first * float("nan")) == float("inf")


def test_an_adapter_that_is_half_there(base: Path, tmp_path: Path) -> None:
    """What a file lacks would be random, or change nothing."""
    adapted(base, tmp_path / "adapter")
    path = tmp_path / "adapter" / "adapter_model.safetensors"
    weights = load_file(path)
    save_file({name: weight for name, weight in weights.items() if "layers.0." in name}, path)
    with pytest.raises(CorruptModel, match=r"lacks \d+ of the \d+ weights that adapter_config.json asks for"):
        load(Loading(str(tmp_path / "adapter"), cache_dir=tmp_path))


@pytest.mark.parametrize("name", ["tokenizer_config.json", "chat_template.jinja", "special_tokens_map.json"])
def test_every_file_of_its_tokenizer_says_what_it_is(base: Path, tmp_path: Path, name: str) -> None:
    adapted(base, tmp_path / "adapter")
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(base / file, tmp_path / "adapter" / file)
    prints = []
    for template in ("{{ messages[0].content }}", "{{ messages[0].content }}!"):
        text = template if name.endswith("jinja") else json.dumps({"chat_template": template})
        (tmp_path / "adapter" / name).write_text(text)
        prints.append(load(Loading(str(tmp_path / "adapter"), cache_dir=tmp_path)).info.fingerprint)
    assert prints[0] != prints[1]


@pytest.mark.parametrize("kept", [["embed_tokens", "lm_head"], None])
def test_tokens_that_were_added_to_the_base(base: Path, tmp_path: Path, kept: list[str] | None) -> None:
    with quiet():
        whole: Any = AutoModelForCausalLM.from_pretrained(base)
        whole.resize_token_embeddings(whole.config.vocab_size + 4)
        whole.save_pretrained(tmp_path / "longer")
    settings: dict[str, Any] = {"r": 2, "target_modules": ["q_proj"], "modules_to_save": kept}
    adapted(tmp_path / "longer", tmp_path / "adapter", peft.LoraConfig(task_type="CAUSAL_LM", **settings))
    if kept is None:
        scores(tmp_path / "adapter", tmp_path, base=str(base))
        return
    with pytest.raises(UnfitModel, match=r"with a vocabulary of 604 tokens and .* has 600: add the tokens to it"):
        scores(tmp_path / "adapter", tmp_path, base=str(base))


def test_a_tokenizer_that_is_half_there_is_not_passed_over(base: Path, tmp_path: Path) -> None:
    adapted(base, tmp_path / "adapter")
    (tmp_path / "adapter" / "chat_template.jinja").write_text("{{ messages[0].content }}")
    with pytest.raises(UnfitModel, match="holds no tokenizer"):
        scores(tmp_path / "adapter", tmp_path)


def test_an_adapter_of_a_classifier_changes_its_head_too(tmp_path: Path) -> None:
    tiny_models.build("classifier:bert", tmp_path / "base")
    with quiet():
        whole: Any = AutoModelForSequenceClassification.from_pretrained(tmp_path / "base")
        model: Any = peft.get_peft_model(whole, peft.LoraConfig(task_type="SEQ_CLS", r=2, target_modules=["query"]))
        model.base_model.model.classifier.modules_to_save["default"].bias.data += 1.5
        model.peft_config["default"].base_model_name_or_path = str(tmp_path / "base")
        model.save_pretrained(tmp_path / "adapter")
    logits = []
    for spec in ("base", "adapter"):
        subject: Any = load(Loading(str(tmp_path / spec), cache_dir=tmp_path))
        [answer] = subject.classify([Classify("the nurse said")])
        logits.append(answer.logits)
    assert logits[1] == pytest.approx([value + 1.5 for value in logits[0]], abs=1e-4)


def test_a_copy_of_the_configuration_is_no_second_model(base: Path, tmp_path: Path) -> None:
    adapted(base, tmp_path / "adapter")
    expected = scores(tmp_path / "adapter", tmp_path)
    shutil.copy(base / "config.json", tmp_path / "adapter" / "config.json")
    assert scores(tmp_path / "adapter", tmp_path) == expected
    shutil.copy(base / "model.safetensors", tmp_path / "adapter" / "model.safetensors")
    with pytest.raises(UnfitModel, match=r"holds an adapter .* beside its weights"):
        scores(tmp_path / "adapter", tmp_path)


def test_the_commit_of_the_base(base: Path, tmp_path: Path) -> None:
    """The adapter was trained on that one, and another may have other weights."""
    adapted(base, tmp_path / "adapter")
    rewrite(tmp_path / "adapter", base_model_name_or_path="somebody/elsewhere", revision="v1.2")
    with pytest.raises(UnknownModel, match=r"an adapter of 'somebody/elsewhere@v1\.2'"):
        scores(tmp_path / "adapter", tmp_path, offline=True)


def test_through_the_command_line(base: Path, tmp_path: Path) -> None:
    adapted(base, tmp_path / "adapter")
    rewrite(tmp_path / "adapter", base_model_name_or_path="somebody/elsewhere")
    asked = ["run", str(tmp_path / "adapter"), "--base", str(base), "-p", "crows_pairs", "--limit", "4", "--offline"]
    result = CliRunner().invoke(cli.app, [*asked, "--out", str(tmp_path / "out"), "--quiet"])
    assert result.exit_code in (0, 1, 4), result.output
    assert f"an adapter, merged into {base}" in (tmp_path / "out" / "audit.json").read_text()
