"""The GitHub Action: what it is by the published schema, and what its steps run."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from pipelines.programs import stand_in_for_us, stand_ins
from pipelines.runner import Runner, machine

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "action" / "action.yml"
ACTION: dict[str, Any] = yaml.safe_load(FILE.read_text())
PUSH = {"github.event_name": "push"}
"""Without a baseline, unless an input asks for one."""
PULL = {
    "github.event_name": "pull_request",
    "github.repository": "people/model",
    "github.server_url": "https://host",
    "github.run_id": "7",
    "github.base_ref": "main",
    "github.workflow": "audits",
    "github.event.pull_request.number": "12",
    "github.event.pull_request.head.repo.full_name": "people/model",
}


@pytest.mark.slow
def test_it_fits_the_published_schema(tmp_path: Path) -> None:
    pytest.importorskip("check_jsonschema", reason="check-jsonschema is not installed")
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-actions"]
    assert subprocess.run([*words, str(FILE)], capture_output=True).returncode == 0
    (tmp_path / "action.yml").write_text(FILE.read_text().replace("using: composite", "using: magic"))
    assert subprocess.run([*words, str(tmp_path / "action.yml")], capture_output=True).returncode != 0


def runner(tmp_path: Path, code: int, names: dict[str, str], **inputs: str) -> Runner:
    """A machine on which runs of `fairwitness` end with a code, and the action is given these inputs."""
    for name in ("checkout", "outside", "temporary"):
        (tmp_path / name).mkdir(exist_ok=True)
    shutil.rmtree(tmp_path / "bin", ignore_errors=True)
    programs = stand_ins(tmp_path / "bin", tmp_path / "state")
    stand_in_for_us(tmp_path / "bin", tmp_path / "state", code)
    given = {name: str(entry.get("default", "")) for name, entry in ACTION["inputs"].items()}
    if names == PUSH:
        given["baseline"] = "false"
    given |= {name.replace("_", "-"): value for name, value in inputs.items()}
    made = machine(tmp_path / "checkout", tmp_path / "outside", programs, names)
    made.names |= {f"inputs.{name}": value for name, value in given.items()}
    made.environment |= {"RUNNER_TEMP": str(tmp_path / "temporary"), "GITHUB_ACTION_PATH": str(ROOT / "action")}
    return made


def commands(tmp_path: Path) -> list[str]:
    return (tmp_path / "state" / "commands").read_text().splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("code", [0, 1])
def test_it_audits_reports_and_gives_the_code(code: int, tmp_path: Path) -> None:
    given: dict[str, Any] = {
        "model": "./a model",
        "suite": "release",
        "policy": "policy.toml",
        "extras": "gguf,tabular",
    }
    made = runner(tmp_path, code, PUSH, **given, args='--limit 5 --unit "two words"')
    assert made.job(ACTION["runs"], {}) == code, made.steps
    assert commands(tmp_path) == [
        "run ./a model -s release --policy policy.toml --max-minutes 45 -o audit --limit 5 --unit two words",
        "report audit -f html,github,junit,sarif,comment",
    ]
    place = f"{ROOT / 'action'}/.."
    installed = (tmp_path / "state" / "installed").read_text()
    assert installed == f"-m pip install -c {place}/constraints-3.12.txt {place}[gguf,tabular]\n"
    outputs = dict(line.split("=") for line in made.listed("GITHUB_OUTPUT"))
    assert outputs == {"exit-code": str(code), "outcome": "made up", "written": "true"}
    assert not made.step("Comment").ran


@pytest.mark.slow
def test_without_inputs_the_settings_file_decides(tmp_path: Path) -> None:
    made = runner(tmp_path, 0, PUSH, max_minutes="")
    assert made.job(ACTION["runs"], {}) == 0, made.steps
    assert commands(tmp_path)[0] == "run -o audit"


@pytest.mark.slow
def test_arguments_are_words_and_no_commands(tmp_path: Path) -> None:
    made = runner(tmp_path, 0, PUSH, args="--unit '$(touch made) `touch made`' ; touch made")
    made.job(ACTION["runs"], {})
    assert not (tmp_path / "checkout" / "made").exists()
    assert commands(tmp_path)[0].endswith("--unit $(touch made) `touch made` ; touch made")


@pytest.mark.slow
def test_a_pull_request_is_compared_and_commented_once(tmp_path: Path) -> None:
    state = tmp_path / "state"
    base = state / "artifacts" / "41" / "fairwitness-audit"
    base.mkdir(parents=True)
    (base / "audit.json").write_text("{}")
    (state / "runs").write_text("42\n41\n")
    found = tmp_path / "temporary" / "fairwitness-baseline"
    for _ in range(2):
        made = runner(tmp_path, 1, PULL)
        assert made.job(ACTION["runs"], {}) == 1
        assert commands(tmp_path)[-2] == f"run --max-minutes 45 -o audit --baseline {found} --baseline-optional"
    (comment,) = json.loads((state / "comments.json").read_text())
    assert comment["body"].startswith("<!-- fairwitness mark -->\n")
    assert "https://host/people/model/actions/runs/7" in comment["body"]
    assert "--workflow audits --branch main --event push" in (state / "calls").read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("missing", "why"),
    [
        ("artifact", "main has no audit yet"),
        ("download", "the last audit of main, of run 41, could not be fetched"),
        ("list", "the audits of main could not be listed"),
    ],
)
def test_a_pull_request_that_is_compared_with_nothing_says_why(missing: str, why: str, tmp_path: Path) -> None:
    made, state = runner(tmp_path, 0, PULL), tmp_path / "state"
    (state / "artifacts" / "41" / ("another" if missing == "artifact" else "fairwitness-audit")).mkdir(parents=True)
    if missing != "list":
        (state / "runs").write_text("41\n")
    if missing == "download":
        (state / "unfetchable").touch()
    assert made.job(ACTION["runs"], {}) == 0, made.steps
    assert commands(tmp_path)[0] == f"run --max-minutes 45 -o audit --no-baseline {why}"


@pytest.mark.slow
def test_a_push_is_compared_with_the_last_audit_of_its_own_branch(tmp_path: Path) -> None:
    base = tmp_path / "state" / "artifacts" / "41" / "fairwitness-audit"
    base.mkdir(parents=True)
    (tmp_path / "state" / "runs").write_text("41\n")
    made = runner(tmp_path, 0, {**PUSH, "github.ref_name": "release/2"})
    assert made.job(ACTION["runs"], {}) == 0, made.steps
    assert commands(tmp_path)[0].endswith("fairwitness-baseline --baseline-optional")
    assert "--branch release/2 --event push" in (tmp_path / "state" / "calls").read_text()


@pytest.mark.slow
def test_arguments_that_are_no_words_stop_the_step_and_audit_nothing(tmp_path: Path) -> None:
    made = runner(tmp_path, 0, PUSH, args="--policy strict.toml --unit 'people")
    assert made.job(ACTION["runs"], {}) == 2
    assert not (tmp_path / "state" / "commands").exists()
    assert "::error::the input args cannot be read as words of a shell" in made.step("Audit").out


@pytest.mark.slow
def test_words_keep_their_blanks_and_lines(tmp_path: Path) -> None:
    made = runner(tmp_path, 0, PUSH, args="--unit 'two\nlines' ''")
    made.job(ACTION["runs"], {})
    assert " --unit two\nlines " in (tmp_path / "state" / "commands").read_text()


@pytest.mark.slow
def test_a_mistake_reports_nothing_of_what_an_earlier_step_left(tmp_path: Path) -> None:
    made = runner(tmp_path, 2, PULL)
    left = tmp_path / "checkout" / "audit"
    left.mkdir()
    for name in ("audit.json", "report.comment.md", "report.sarif"):
        (left / name).write_text("of another day")
    (tmp_path / "state" / "runs").write_text("")
    assert made.job(ACTION["runs"], {}) == 2
    assert not made.step("Report").ran
    assert made.step("Comment").code == 0
    assert not (tmp_path / "state" / "comments.json").exists()
    steps = {step.get("name"): step.get("if", "") for step in ACTION["runs"]["steps"]}
    for name in ("Upload problems to code scanning", "Upload the page, the document and the JUnit file"):
        assert not made.holds(steps[name], failed=True)


@pytest.mark.slow
def test_a_comment_of_an_earlier_commit_does_not_stand_for_one_that_was_not_audited(tmp_path: Path) -> None:
    """Of two models each has its comment; the one whose audit ended without a result says so."""
    for artifact, code in (("first", 0), ("second", 0), ("first", 2)):
        made = runner(
            tmp_path, code, {**PULL, "github.event.pull_request.head.sha": f"commit {code}"}, artifact=artifact
        )
        shutil.rmtree(tmp_path / "checkout" / "audit", ignore_errors=True)
        (tmp_path / "state" / "runs").write_text("")
        (tmp_path / "state" / "name").write_text(artifact)
        assert made.job(ACTION["runs"], {}) == code
    first, second = json.loads((tmp_path / "state" / "comments.json").read_text())
    assert first["body"].startswith("<!-- fairwitness first -->\n\n# ○ Not audited\n")
    assert "commit 2" in first["body"]
    assert second["body"].startswith("<!-- fairwitness second -->\n")
    assert "Not audited" not in second["body"]


@pytest.mark.slow
def test_what_is_switched_off_is_left_out(tmp_path: Path) -> None:
    made = runner(tmp_path, 0, PULL, comment="false", baseline="false", code_scanning="false")
    assert made.job(ACTION["runs"], {}) == 0
    assert not made.step("Comment").ran
    assert not (tmp_path / "state" / "calls").exists()
    steps = {step.get("name"): step.get("if", "") for step in ACTION["runs"]["steps"]}
    (tmp_path / "checkout" / "audit" / "report.sarif").touch()
    assert not made.holds(steps["Upload problems to code scanning"], failed=False)


def test_no_input_or_event_stands_in_a_script() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
        assert ("run" in step) == ("shell" in step)


@pytest.mark.slow
def test_no_module_of_the_checkout_is_run(tmp_path: Path) -> None:
    """A pull request may bring a json.py: what reads words and outcomes starts without the folder that it lies in."""
    made = runner(tmp_path, 0, PUSH, args="--limit 5")
    for name in ("json", "shlex", "pip"):
        (tmp_path / "checkout" / f"{name}.py").write_text("raise SystemExit('the checkout was imported')")
    assert made.job(ACTION["runs"], {}) == 0, made.steps
    assert commands(tmp_path)[0].endswith("--limit 5")
    for step in ACTION["runs"]["steps"]:
        assert "python -m" not in step.get("run", ""), "isolated, with -I"
