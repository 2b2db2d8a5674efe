"""A log of another harness carried through as a run: read, measured again, judged, and written in a folder."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from fairwitness.audit import document, policy, runner
from fairwitness.audit.engine import Engine
from fairwitness.audit.imported.fields import Fields
from fairwitness.audit.imported.formats import read_log
from fairwitness.audit.imported.record import ImportedRun
from fairwitness.audit.policy import REPORT_ONLY, Policy
from fairwitness.audit.probe import registry
from fairwitness.audit.reasons import note
from fairwitness.audit.records import Audit, Json, Name, PolicyInfo, SubjectInfo, Table
from fairwitness.audit.runner import BoundData
from fairwitness.audit.session.known import known_metrics
from fairwitness.audit.session.place import claim, run_folder
from fairwitness.audit.session.run import write_run
from fairwitness.audit.session.watch import Watcher
from fairwitness.probes.imported.probe import ImportedOptions, ImportedProbe

KIND = "log"
"""The kind of a subject that is a log of another harness: nothing was asked of a model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a user asks of an import."""

    log: Path
    policy: Path = Path(REPORT_ONLY)
    out: Path | None = None
    cluster: str | None = None
    category: str | None = None
    show_secrets: bool = False
    judging: tuple[Policy, PolicyInfo] | None = None
    """A policy that stands in no file, in the place of `policy`."""

    def command(self, *, showing: bool = True) -> str:
        """The line that repeats it, quoted for a shell."""
        given = {
            "--policy": None if str(self.policy) == REPORT_ONLY else self.policy,
            "--cluster": self.cluster,
            "--category": self.category,
            "--out": self.out if showing else None,
        }
        words = [word for name, value in given.items() if value is not None for word in (name, str(value))]
        secrets = ["--show-secrets"] if self.show_secrets else []
        return shlex.join(["fairwitness", "import", str(self.log), *words, *secrets])


@dataclass(frozen=True)
class Log:
    """A log as a subject: it has no capability, for nothing can be asked of it."""

    run: ImportedRun

    @cached_property
    def info(self) -> SubjectInfo:
        """The model that the log names; the fingerprint is that of the log's files, as nobody saw the weights."""
        digest = hashlib.sha256("".join(file.sha256 for file in self.run.files).encode())
        return SubjectInfo(
            spec=self.run.model,
            fingerprint=digest.hexdigest(),
            kind=KIND,
            architecture="",
            parameters=None,
            dtype="",
            capabilities=(),
            notes=(note("log", "other", tool=Name(self.run.tool), version=Name(self.run.version or "?")),),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """An import that was checked: its log was read, its policy holds and its folder is free."""

    wanted: Wanted
    run: ImportedRun
    policy: Policy
    policy_info: PolicyInfo
    folder: Path


def prepare(wanted: Wanted) -> Import:
    """Reads the log and checks policy and folder. Raises UsageError."""
    run = read_log(wanted.log, Fields.named(wanted.cluster, wanted.category))
    judging, info = wanted.judging or policy.load(wanted.policy)
    policy.check_probes(judging, known_metrics(registry().values()))
    folder = run_folder(wanted.out, run.model)
    document.check_folder(folder)
    return Import(wanted=wanted, run=run, policy=judging, policy_info=info, folder=folder)


def claimed(ready: Import) -> Import:
    """The import with a folder that no run beside this one writes; a folder that the user named is the user's."""
    if ready.wanted.out is not None:
        return ready
    with document.writing(ready.folder):
        return replace(ready, folder=claim(ready.folder))


def perform(ready: Import, watcher: Watcher) -> Audit:
    """Measures, judges and writes the folder. Raises CannotWrite."""
    probe, subject = ImportedProbe(ready.run), Log(ready.run)
    options = ImportedOptions(settings=probe.settings())
    document.prepare(ready.folder)
    with document.log_file(ready.folder) as place, runner.EventLog(place) as log:

        def event(name: str, what: Mapping[str, object]) -> None:
            log(name, what)
            watcher.event(name, what)

        audit = runner.run(
            [(probe, options)],
            Engine(subject),
            subject.info,
            {probe.spec.name: BoundData(_tables(ready.run))},
            _config(ready, probe),
            ready.policy,
            ready.policy_info,
            show_secrets=ready.wanted.show_secrets,
            output=ready.folder,
            log=event,
        )
        write_run(audit, ready.folder)
    return audit


def _tables(run: ImportedRun) -> dict[str, Table]:
    """The files of the log as the data behind its findings; the texts of the samples, which no message may repeat."""
    samples = [sample for task in run.tasks for sample in task.samples]
    texts = {"asked": [sample.asked for sample in samples], "answered": [sample.answered for sample in samples]}
    texts["target"] = [sample.target for sample in samples]
    columns = {name: tuple(column) for name, column in texts.items()}
    return {file.name: Table(file, columns if place == 0 else {}) for place, file in enumerate(run.files)}


def _config(ready: Import, probe: ImportedProbe) -> Json:
    """The settings of an import in the shape of those of a run, so that whoever reads documents reads one."""
    wanted = ready.wanted
    given: dict[str, Any] = {
        "log": str(wanted.log),
        "policy": str(wanted.policy),
        "cluster": wanted.cluster,
        "category": wanted.category,
        "show_secrets": wanted.show_secrets,
    }
    return {
        "given": {"file": {}, "environment": {}, "command_line": given},
        "resolved": {**given, "limit": ready.run.limit, "probe": {probe.spec.name: dict(probe.settings())}},
        "command": wanted.command(showing=False),
    }
