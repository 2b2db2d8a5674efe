"""Models that cannot be audited: one line and the right code at the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from fairwitness.audit import cli

MASKED_LM = Path(__file__).resolve().parents[4] / "shared" / "models" / "masked-lm"
pytestmark = pytest.mark.skipif(not MASKED_LM.is_dir(), reason="the shared masked language model is not here")


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy without weights."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "model"
    shutil.copytree(MASKED_LM, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    return folder


def failed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = cli.invoke(["run", *arguments, "-p", "gender", "--limit", "3", "--offline", "-q"])
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
    return code, said.err


def test_a_folder_without_weights(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = failed(capsys, "model")
    assert code == 2
    assert "model" in said


def test_a_task_that_does_not_exist_and_one_that_the_model_has_no_head_for(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = failed(capsys, str(MASKED_LM), "--task", "maskd_lm")
    assert (code, "did you mean 'masked_lm'" in said) == (2, True)
    code, said = failed(capsys, str(MASKED_LM), "--task", "sequence_classifier")
    assert code == 2


@pytest.mark.slow
def test_corrupted_weights(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights = (MASKED_LM / "model.safetensors").read_bytes()
    (model / "model.safetensors").write_bytes(weights[: len(weights) // 2])
    code, said = failed(capsys, "model")
    assert code == 3
    assert "model.safetensors cannot be read" in said


def test_pickled_weights_need_a_flag(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (model / "pytorch_model.bin").write_bytes(b"not even a pickle")
    code, said = failed(capsys, "model")
    assert (code, "--allow-pickle" in said) == (2, True)


def test_a_tokenizer_without_a_mask_token(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (model / "model.safetensors").symlink_to(MASKED_LM / "model.safetensors")
    settings = json.loads((model / "tokenizer_config.json").read_text())
    settings["mask_token"] = None
    (model / "tokenizer_config.json").write_text(json.dumps(settings))
    code, said = failed(capsys, "model")
    assert (code, "no mask token" in said) == (2, True)


@pytest.mark.parametrize(("option", "value"), [("--device", "gpu"), ("--dtype", "float33")])
def test_unknown_devices_and_number_formats(option: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = failed(capsys, str(MASKED_LM), option, value)
    assert code == 2
    assert value in said
