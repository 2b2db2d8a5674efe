"""Runs the `run:` steps of a job as a runner of GitHub would; what a step `uses:` is noted and not run."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.expressions import filled, value

SHELL = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")
"""How GitHub starts a step with `shell: bash`."""


@dataclass(frozen=True)
class Step:
    """A step that was reached: its name, whether it ran, and what it gave."""

    name: str
    ran: bool
    code: int = 0
    out: str = ""


@dataclass
class Runner:
    """A machine: the checkout, its environment, and the names that expressions know (`github.event_name`)."""

    folder: Path
    environment: dict[str, str]
    names: dict[str, str]
    steps: list[Step] = field(default_factory=list)

    def job(self, job: Mapping[str, Any], environment: Mapping[str, str]) -> int:
        """Runs all steps; the exit code of the first that failed, 0 where all passed."""
        self.environment |= {name: self.fill(str(text)) for name, text in environment.items()}
        failed = 0
        for step in job["steps"]:
            self.note(step, self.run(step, failed=bool(failed)))
            last = self.steps[-1]
            if last.code and not failed and not step.get("continue-on-error"):
                failed = last.code
        return failed

    def run(self, step: Mapping[str, Any], *, failed: bool) -> subprocess.CompletedProcess[str] | None:
        """What a step printed; None where it was not for this runner to run."""
        condition = str(step.get("if", "success()"))
        reached = not failed if condition == "success()" else self.holds(condition, failed=failed)
        if not reached or "run" not in step:
            return None
        variables = {name: self.fill(str(text)) for name, text in step.get("env", {}).items()}
        done = subprocess.run(
            [*SHELL, self.fill(step["run"])],
            cwd=self.folder,
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
            timeout=300,
        )
        for line in self.listed("GITHUB_ENV"):
            name, _, text = line.partition("=")
            self.environment[name] = text
        self.keep_outputs(step, done.returncode)
        return done

    def keep_outputs(self, step: Mapping[str, Any], code: int) -> None:
        """What later steps are told of one that has an id: how it ended, and its outputs."""
        if "id" not in step:
            return
        before = f"steps.{step['id']}"
        self.names[f"{before}.outcome"] = "failure" if code else "success"
        for line in self.listed("GITHUB_OUTPUT"):
            name, _, text = line.partition("=")
            self.names.setdefault(f"{before}.outputs.{name}", text)

    def note(self, step: Mapping[str, Any], done: subprocess.CompletedProcess[str] | None) -> None:
        name = str(step.get("name") or step.get("uses"))
        if done is None:
            self.steps.append(Step(name, ran=False))
        else:
            self.steps.append(Step(name, ran=True, code=done.returncode, out=done.stdout + done.stderr))

    def holds(self, condition: str, *, failed: bool) -> bool:
        """Whether a step with this condition runs: without `always()` none does after a failure."""
        if failed and "always()" not in condition:
            return False
        known = {f"env.{name}": text for name, text in self.environment.items()}
        return bool(value(condition, {**known, **self.names}, self.folder))

    def fill(self, text: str) -> str:
        known = {f"env.{name}": variable for name, variable in self.environment.items()}
        return filled(text, {**known, **self.names}, self.folder)

    def listed(self, variable: str) -> list[str]:
        path = Path(self.environment[variable])
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def step(self, name: str) -> Step:
        return next(step for step in self.steps if step.name == name)

    @property
    def summary(self) -> str:
        """The summary of all steps together."""
        return "\n".join(self.listed("GITHUB_STEP_SUMMARY"))


def machine(checkout: Path, outside: Path, programs: Sequence[Path], names: Mapping[str, str]) -> Runner:
    """A runner in a checkout; what it is told and tells lies in `outside`, `programs` go before those installed."""
    path = os.pathsep.join([*(str(place) for place in programs), os.environ["PATH"]])
    inherited = {name: text for name, text in os.environ.items() if not name.startswith(("GITHUB_", "FAIRWITNESS_"))}
    files = {name: str(outside / name.lower()) for name in ("GITHUB_ENV", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    return Runner(checkout, {**inherited, **files, "GITHUB_ACTIONS": "true", "CI": "true", "PATH": path}, dict(names))
