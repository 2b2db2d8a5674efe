"""What the pipelines of GitLab, Azure, Jenkins and pre-commit run, in the order and with the codes of their runners."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import cast

import pytest
import yaml
from pipelines.programs import stand_in_for_us, stand_ins
from pipelines.runner import machine

from fairwitness.audit import cli
from fairwitness.audit.cli.init import pipelines
from fairwitness.audit.cli.init.surroundings import Pipeline, Surroundings

pytestmark = pytest.mark.slow
RUN = "run -o audit --max-minutes 45"
COMMAND = re.compile(r"(?<![\w`/-])fairwitness ((?:run|report|compare|policy|cache)\b[^\n'|;&]*)")
NAMES = ("CI_API_V4_URL", "CI_PROJECT_ID", "CI_JOB_TOKEN", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME")


class Place:
    """A checkout with a pipeline in it, and a `fairwitness` whose runs end with a code."""

    def __init__(self, folder: Path, pipeline: Pipeline, code: int) -> None:
        self.checkout, self.state, self.code = folder / "checkout", folder / "state", code
        self.checkout.mkdir()
        (folder / "outside").mkdir()
        seen = Surroundings(pipeline=pipeline, why="", top=None, branch="main", lfs=False, models=(), tables=())
        self.text = pipelines.text(pipeline, pipelines.PLACES[pipeline].usual, "predictions:people.csv", seen)
        programs = stand_ins(folder / "bin", self.state)
        stand_in_for_us(folder / "bin", self.state, code)
        self.environment = machine(self.checkout, folder / "outside", programs, {}).environment

    def run(self, script: str, *shell: str, **more: str) -> subprocess.CompletedProcess[str]:
        words = [*(shell or ("bash", "-e", "-c")), script]
        environment = {**self.environment, **more}
        return subprocess.run(words, cwd=self.checkout, env=environment, capture_output=True, text=True)

    @property
    def commands(self) -> list[str]:
        """What `fairwitness` was called with."""
        return (self.state / "commands").read_text().splitlines()


@pytest.fixture(params=[0, 1, 4])
def code(request: pytest.FixtureRequest) -> int:
    found: int = request.param
    return found


@pytest.mark.parametrize("baseline", [False, True])
def test_gitlab(code: int, baseline: bool, tmp_path: Path) -> None:
    place = Place(tmp_path, "gitlab", code)
    if baseline:
        with zipfile.ZipFile(place.state / "baseline.zip", "w") as archive:
            archive.writestr("audit/audit.json", "{}")
    job = yaml.safe_load(place.text)["fairwitness"]
    names = dict(zip(NAMES, ("https://host/api/v4", "5", "secret", "main"), strict=True))
    done = place.run("\n".join([*job["before_script"], *job["script"]]), "bash", "-e", "-o", "pipefail", "-c", **names)
    assert done.returncode == code, done.stderr
    assert "secret" not in done.stdout + done.stderr
    assert place.run("\n".join(job["after_script"]), **names).returncode == 0
    told = " with baseline/audit if it fits" if baseline else " without: main has no audit that succeeded yet"
    assert place.commands == [f"{RUN}{told}", "report audit -f html,junit,gitlab"]
    called = (place.state / "calls").read_text()
    assert "https://host/api/v4/projects/5/jobs/artifacts/main/download?job=fairwitness" in called


@pytest.mark.parametrize(
    ("status", "target", "told"),
    [
        ("502", "main", " without: the last audit of main could not be fetched (502)"),
        ("200", "main", " without: the last audit of main could not be fetched (200)"),
        ("404", "main", " without: main has no audit that succeeded yet"),
        ("404", "", ""),
    ],
)
def test_gitlab_tells_what_it_could_not_fetch_from_what_is_not_there(
    status: str, target: str, told: str, tmp_path: Path
) -> None:
    place = Place(tmp_path, "gitlab", 0)
    (place.state / "status").write_text(status)
    job = yaml.safe_load(place.text)["fairwitness"]
    names = {**dict.fromkeys(NAMES, "x"), "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": target}
    done = place.run("\n".join([*job["before_script"], *job["script"]]), "bash", "-e", "-o", "pipefail", "-c", **names)
    assert done.returncode == 0, done.stderr
    assert place.commands == [f"{RUN}{told}"]


def test_azure(code: int, tmp_path: Path) -> None:
    place = Place(tmp_path, "azure", code)
    pipeline = yaml.safe_load(place.text)
    sources = {"$(Build.SourcesDirectory)": str(place.checkout)}
    variables = {"FAIRWITNESS_CACHE_DIR": str(tmp_path / "cache")}
    failed, said = 0, ""
    for step in pipeline["steps"]:
        if "script" in step and (not failed or step.get("condition") == "always()"):
            script = step["script"]
            for name, value in sources.items():
                script = script.replace(name, value)
            done = place.run(script, "bash", "--noprofile", "--norc", "-e", "-c", **variables)
            failed, said = failed or done.returncode, said + done.stdout
    assert failed == code
    assert place.commands == [RUN, "report audit -f html,md,junit"]
    assert f"##vso[task.uploadsummary]{place.checkout}/audit/report.md" in said
    assert (tmp_path / "cache").is_dir(), "a task that finds no folder to keep fails"


def test_jenkins(code: int, tmp_path: Path) -> None:
    place = Place(tmp_path, "jenkins", code)
    scripts = re.findall(r"sh '{3}(.*?)'{3}|sh '([^']+)'", place.text, re.DOTALL)
    install, audit, report = (block or line for block, line in scripts)
    assert place.run(install, "sh", "-xe", "-c").returncode == 0
    assert place.run(audit, "sh", "-xe", "-c").returncode == code
    assert place.run(report, "sh", "-xe", "-c").returncode == 0
    assert place.commands == [RUN, "report audit -f html,junit"]
    shutil.rmtree(place.checkout / "audit")
    assert place.run(report, "sh", "-xe", "-c").returncode == 0, "there is nothing to report of a mistake"
    for opening, closing in ("{}", "()", "[]"):
        assert place.text.count(opening) == place.text.count(closing)


@pytest.mark.parametrize("pipeline", ["gitlab", "azure", "jenkins"])
def test_what_an_earlier_run_left_is_gone_before_this_one_begins(pipeline: Pipeline, tmp_path: Path) -> None:
    """A run that ends in 2 writes nothing, and a place that is kept would show the audit of another day."""
    place = Place(tmp_path, pipeline, 2)
    old = place.checkout / "audit"
    old.mkdir()
    for name in ("audit.json", "report.junit.xml"):
        (old / name).write_text("old")
    if pipeline == "jenkins":
        block = re.search(r"sh '{3}(.*?)'{3}", place.text, re.DOTALL)
        assert block
        first = block[1].strip().splitlines()[0]
    elif pipeline == "gitlab":
        first = yaml.safe_load(place.text)["fairwitness"]["before_script"][0]
    else:
        checkout, step, *_ = yaml.safe_load(place.text)["steps"]
        assert checkout["checkout"] == "self"
        first = step["script"]
    assert place.run(first, "sh", "-xe", "-c").returncode == 0
    assert not old.exists()


def test_every_command_is_one(tmp_path: Path) -> None:
    """What the stand-in takes, the real one takes too: it reads all options before it shows its help."""
    seen = Surroundings(pipeline="none", why="", top=None, branch="main", lfs=False, models=(), tables=())
    commands = set()
    for pipeline, place in pipelines.PLACES.items():
        text = pipelines.text(cast("Pipeline", pipeline), place.usual, "predictions:people.csv", seen)
        plain = re.sub(r"\\\n\s*", " ", text)
        assert "--dry-run" not in plain, "a try that crashes looks like a baseline that does not fit"
        commands |= set(
            re.findall(r"(?<![\w`/-])fairwitness ((?:run|report|compare|policy|cache)\b[^\n\'|;&]*)", plain)
        )
    assert len(commands) > 6
    for command in commands:
        assert cli.invoke([*shlex.split(command), "--help"]) == 0, command
