"""A model in memory through `fairwitness.run`: the same document and page as by its path, but for its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
import torch
from model_state import differences, state_of
from same_pages import from_command_line, hold_same
from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, AutoTokenizer, pipeline

import fairwitness
import tiny_models
from fairwitness.audit.errors import BadOption, UnfitObject, UnknownModel

CASES = {
    "masked:roberta": (AutoModelForMaskedLM, ["gender", "attention"]),
    "causal:gpt2": (AutoModelForCausalLM, ["gender", "attribution", "group_fairness"]),
}


@pytest.fixture(scope="module")
def causal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.build("causal:gpt2", tmp_path_factory.mktemp("causal"))


def in_memory(folder: Path) -> tuple[Any, Any]:
    return AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)


@pytest.mark.arithmetic
@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_by_path_and_in_memory_the_page_is_the_same(name: str, tmp_path: Path) -> None:
    kind, probes = CASES[name]
    path = tiny_models.build(name, tmp_path / "model")
    flags = [word for probe in probes for word in ("-p", probe)]
    named = from_command_line(tmp_path / "named", path, *flags, "--limit", "3", "--policy", "report-only")
    model, tokenizer = kind.from_pretrained(path).train(), AutoTokenizer.from_pretrained(path)
    before = state_of(model, tokenizer)
    settings: dict[str, Any] = {"probes": probes, "limit": 3, "quiet": True, "policy": "report-only", "no_cache": True}
    loaded = fairwitness.run(model, tokenizer=tokenizer, **settings)
    assert differences(before, state_of(model, tokenizer)) == []
    ours = loaded.audit.manifest
    assert ours.subject.spec == f"{path} (in memory)"
    assert ours.subject.fingerprint not in ("", named.audit.manifest.subject.fingerprint)
    command = f"fairwitness.run(model, tokenizer=tokenizer, probes={probes!r}, policy='report-only', limit=3, "
    assert str(ours.config["command"]).startswith(command)
    hold_same(loaded, named)


@pytest.mark.slow
def test_answers_are_kept_by_content(causal: Path) -> None:
    asked: dict[str, Any] = {"probes": "gender", "limit": 2, "quiet": True}
    model, tokenizer = in_memory(causal)
    first = fairwitness.run(model, tokenizer=tokenizer, **asked).audit.manifest.run
    again = fairwitness.run(*in_memory(causal)[:1], tokenizer=tokenizer, **asked).audit.manifest.run
    assert (first["cache_hits"], again["model_calls"]) == (0, 0)
    with torch.no_grad():
        model.transformer.h[0].mlp.c_fc.weight[0, 0] += 1
    changed = fairwitness.run(model, tokenizer=tokenizer, **asked).audit.manifest.run
    assert changed["cache_hits"] == 0


@pytest.mark.slow
def test_a_pipeline_is_audited_as_its_model(causal: Path) -> None:
    model, tokenizer = in_memory(causal)
    asked: dict[str, Any] = {"probes": "gender", "limit": 2, "quiet": True}
    piped = fairwitness.run(pipeline("text-generation", model=model, tokenizer=tokenizer), **asked)
    assert piped.metrics.equals(fairwitness.run(model, tokenizer=tokenizer, **asked).metrics)


def test_mistakes_about_a_model_in_memory(causal: Path) -> None:
    model, tokenizer = in_memory(causal)
    with pytest.raises(UnfitObject, match="GPT2LMHeadModel comes without a tokenizer"):
        fairwitness.run(model)
    for key, value in {"device": "cpu", "dtype": "float32", "task": "causal_lm", "trust_remote_code": True}.items():
        with pytest.raises(BadOption, match=f"{key}: a model in memory is asked as it stands"):
            fairwitness.run(model, tokenizer=tokenizer, **cast(dict[str, Any], {key: value}))
    with pytest.raises(BadOption, match="device: a model in memory is loaded already"):
        fairwitness.load(model, tokenizer=tokenizer, device="cpu")
    with pytest.raises((UnknownModel, UnfitObject), match=r"give a (model )?spec"):
        fairwitness.run([1, 2])


@pytest.mark.slow
def test_threads_are_those_of_before_after_a_run(causal: Path) -> None:
    model, tokenizer = in_memory(causal)
    before = torch.get_num_threads()
    report = fairwitness.run(model, tokenizer=tokenizer, probes="gender", limit=1, threads=before + 1, quiet=True)
    assert report.audit.manifest.environment["threads"] == before + 1
    assert torch.get_num_threads() == before


def test_what_can_be_asked_of_it(causal: Path) -> None:
    model, tokenizer = in_memory(causal)
    subject = fairwitness.load(model, tokenizer=tokenizer)
    assert subject.info.capabilities == fairwitness.load(causal).info.capabilities
