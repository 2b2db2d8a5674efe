"""The workflow that `fairwitness init` writes: its `run:` steps on a model that passes, fails and is undecided."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from pipelines.programs import stand_ins
from pipelines.runner import Runner, machine

from fairwitness.audit import cli

pytestmark = pytest.mark.slow
WORKFLOW = Path(".github/workflows/fairwitness.yml")
PUSH = {
    "github.event_name": "push",
    "github.ref_name": "main",
    "github.repository": "people/model",
    "github.server_url": "https://host",
    "github.run_id": "7",
}
PULL = {
    **PUSH,
    "github.event_name": "pull_request",
    "github.ref_name": "12/merge",
    "github.base_ref": "main",
    "github.event.pull_request.number": "12",
    "github.event.pull_request.head.sha": "abc",
    "github.event.pull_request.head.repo.full_name": "people/model",
}
SELECTED_OF_B = {"pass": 2, "fail": 5, "inconclusive": 2}
"""One of so many rows of group b is selected; of group a one of two."""
ROWS = {"pass": 3000, "fail": 3000, "inconclusive": 120}


def decisions(outcome: str) -> str:
    """Decisions about two groups, equal or not, many or few."""
    lines = ["group,decision"]
    for at in range(ROWS[outcome]):
        group = "ab"[at % 2]
        lines.append(f"{group},{int((at // 2) % (SELECTED_OF_B[outcome] if group == 'b' else 2) == 0)}")
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Pushed:
    """A repository after a push, and what its job came to."""

    folder: Path
    code: int
    runner: Runner


@pytest.fixture(scope="module")
def pushed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Pushed]:
    """The job of a push with decisions of an outcome, run once."""
    base = tmp_path_factory.mktemp("pushed")

    @cache
    def run_once(outcome: str) -> Pushed:
        folder = repository(base / outcome, outcome)
        (base / f"{outcome}-state").mkdir()
        (base / f"{outcome}-state" / "runs").write_text("")
        return Pushed(folder, *run(folder, PUSH, base / f"{outcome}-state"))

    return run_once


def repository(folder: Path, outcome: str) -> Path:
    """A repository with a table of decisions and what `fairwitness init` writes for it."""
    folder.mkdir()
    (folder / "people.csv").write_text(decisions(outcome))
    with contextlib.chdir(folder):
        subprocess.run(["git", "init", "-q", "-b", "main"], check=True)
        assert cli.invoke(["init", "--ci", "github"]) == 0
    return folder


def job(folder: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The one job, and the environment of all jobs."""
    workflow = yaml.safe_load((folder / WORKFLOW).read_text())
    return workflow["jobs"]["audit"], workflow["env"]


def runner_in(folder: Path, names: dict[str, str], state: Path) -> Runner:
    outside = state / "outside"
    for place in (outside, state / "bin"):
        shutil.rmtree(place, ignore_errors=True)
    outside.mkdir(parents=True)
    return machine(folder, outside, stand_ins(state / "bin", state), names)


def run(folder: Path, names: dict[str, str], state: Path) -> tuple[int, Runner]:
    runner = runner_in(folder, names, state)
    return runner.job(*job(folder)), runner


@pytest.mark.parametrize(
    ("outcome", "code"), [("pass", 0), ("fail", 1), pytest.param("inconclusive", 1, marks=pytest.mark.proof)]
)
def test_a_push_is_audited(outcome: str, code: int, pushed: Callable[[str], Pushed]) -> None:
    done = pushed(outcome)
    folder, runner = done.folder, done.runner
    assert done.code == code, runner.steps
    assert runner.step("Audit").code == code
    document = json.loads((folder / "audit" / "audit.json").read_text())
    assert document["outcome"] == outcome
    report = runner.step("Report")
    assert report.code == 0
    assert outcome.capitalize() in runner.summary.splitlines()[0]
    assert ("::error title=" in report.out) == (outcome != "pass")
    if outcome != "pass":
        assert "file=policy.toml,line=" in report.out
    for name in ("report.html", "report.junit.xml", "report.sarif", "report.comment.md"):
        assert (folder / "audit" / name).stat().st_size > 0
    assert "Not compared with an earlier run: main has no audit yet" in runner.summary, "this was the first push"
    assert not runner.step("Comment").ran
    installed = (folder.parent / f"{outcome}-state" / "installed").read_text()
    assert installed.startswith("-m pip install fairwitness==")


def test_a_pull_request_is_compared_with_its_branch_and_has_one_comment(
    pushed: Callable[[str], Pushed], tmp_path: Path
) -> None:
    good, state = pushed("pass").folder, tmp_path / "state"
    shutil.copytree(good / "audit", state / "artifacts" / "41" / "fairwitness-audit")
    (state / "runs").write_text("43\n41\n")
    mark = (good / "audit" / "report.comment.md").read_text().splitlines()[0]
    other = {"id": 9, "user": {"login": "somebody"}, "body": mark}
    (state / "comments.json").write_text(json.dumps([other]))
    bad = repository(tmp_path / "bad", "fail")

    code, runner = run(bad, PULL, state)
    assert code == 1
    assert "baseline" in json.loads((bad / "audit" / "audit.json").read_text()), runner.steps
    assert (bad / "audit" / "comparison.html").exists()
    assert "## What changed" in runner.summary
    first, second = json.loads((state / "comments.json").read_text())
    assert first == other, "a comment with our mark by somebody else is theirs"
    assert "Fail" in second["body"].splitlines()[2]
    assert "(https://host/people/model/actions/runs/7), commit abc" in second["body"]

    shutil.copytree(good / "audit", bad / "audit", dirs_exist_ok=True)
    again = runner_in(bad, PULL, state)
    steps, environment = job(bad)
    steps["steps"] = [step for step in steps["steps"] if step.get("name") in ("Report", "Comment")]
    assert again.job(steps, environment) == 0
    first, updated = json.loads((state / "comments.json").read_text())
    assert first == other
    assert updated["id"] == second["id"], "the comment is updated where it stands"
    assert "Pass" in updated["body"].splitlines()[2]


def test_a_baseline_that_does_not_fit_is_left_out_and_summary_and_comment_say_so(tmp_path: Path) -> None:
    folder, state = repository(tmp_path / "copy", "inconclusive"), tmp_path / "state"
    broken = state / "artifacts" / "41" / "fairwitness-audit"
    broken.mkdir(parents=True)
    (broken / "audit.json").write_text("{}")
    (state / "runs").write_text("41\n")
    code, runner = run(folder, PULL, state)
    assert code == 1, runner.steps
    document = json.loads((folder / "audit" / "audit.json").read_text())
    assert document["uncompared"]["kind"] == "left_out"
    assert "baseline" not in document
    (comment,) = json.loads((state / "comments.json").read_text())
    for said in (runner.summary, comment["body"]):
        assert "the baseline that was named does not fit this run and was left out" in said
        assert "has no schema\\_version" in said or "has no schema_version" in said
    assert "::warning::Not compared with an earlier run" in runner.step("Report").out


@pytest.mark.parametrize(
    ("missing", "why"),
    [
        ("artifact", "main has no audit yet"),
        ("download", "the last audit of main, of run 41, could not be fetched"),
        ("list", "the audits of main could not be listed"),
    ],
)
def test_a_baseline_that_was_not_reached_is_told_from_one_that_is_not_there(
    missing: str, why: str, pushed: Callable[[str], Pushed], tmp_path: Path
) -> None:
    folder, state = shutil.copytree(pushed("pass").folder, tmp_path / "copy"), tmp_path / "state"
    (state / "artifacts" / "41" / ("another" if missing == "artifact" else "fairwitness-audit")).mkdir(parents=True)
    if missing != "list":
        (state / "runs").write_text("41\n")
    if missing == "download":
        (state / "unfetchable").touch()
    runner = runner_in(folder, PULL, state)
    steps, environment = job(folder)
    steps["steps"] = [step for step in steps["steps"] if step.get("name", "").startswith("Last audit")]
    assert runner.job(steps, environment) == 0, runner.steps
    assert runner.environment["FAIRWITNESS_NO_BASELINE"] == why
    assert "FAIRWITNESS_BASELINE" not in runner.environment


def test_what_a_pull_request_of_a_fork_may_not_do_is_not_tried(pushed: Callable[[str], Pushed], tmp_path: Path) -> None:
    fork = {**PULL, "github.event.pull_request.head.repo.full_name": "fork/model"}
    folder = pushed("fail").folder
    steps = {step.get("name"): step.get("if", "") for step in job(folder)[0]["steps"]}
    for names, holds in ((fork, False), (PULL, True)):
        runner = runner_in(folder, names, tmp_path / "state")
        assert runner.holds(steps["Comment"], failed=True) == holds
        assert runner.holds(steps["Upload problems to code scanning"], failed=True) == holds
        assert runner.holds(steps["Report"], failed=True)


def test_a_mistake_stops_the_job_and_reports_nothing(tmp_path: Path) -> None:
    folder = repository(tmp_path / "mistaken", "inconclusive")
    (folder / "people.csv").unlink()
    (folder / "audit").mkdir()
    (folder / "audit" / "audit.json").write_text("of another day")
    state = tmp_path / "state"
    state.mkdir()
    (state / "runs").write_text("")
    old = {"id": 9, "user": {"login": "github-actions[bot]"}, "body": "<!-- fairwitness 1 -->\n\n# Pass\n"}
    (state / "comments.json").write_text(json.dumps([old]))
    code, runner = run(folder, PULL, state)
    assert code == 2
    assert [step.name for step in runner.steps if step.ran] == [
        "Install",
        "Last audit of the branch that this goes to",
        "Audit",
        "Comment",
    ]
    (comment,) = json.loads((state / "comments.json").read_text())
    assert comment["body"].startswith("<!-- fairwitness 1 -->\n\n# ○ Not audited\n"), "it said Pass of another commit"
    assert runner.environment["FAIRWITNESS_NO_BASELINE"] == "main has no audit yet"
