"""`fairwitness run`: everything is checked, then the model is loaded, asked, judged and shown."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from fairwitness.audit import config as settings
from fairwitness.audit import document, outcomes, policy, runner
from fairwitness.audit.cli import judges, proposal, subjects
from fairwitness.audit.cli.place import claim, run_folder
from fairwitness.audit.cli.select import PREDICTIONS, Selection, published, select
from fairwitness.audit.cli.terminal import Screen, coloured, draw, draw_json, say, tell
from fairwitness.audit.config import Given, RunConfig
from fairwitness.audit.errors import BadOption, FairwitnessError, MissingOption, UsageError
from fairwitness.audit.policy import Policy
from fairwitness.audit.private import cache_folder
from fairwitness.audit.probe import Options, metric_names, registry
from fairwitness.audit.records import Audit, PolicyInfo, SubjectInfo
from fairwitness.audit.runner.looks import tried
from fairwitness.audit.subject import Subject

if TYPE_CHECKING:
    from fairwitness.audit.engine import Engine
    from fairwitness.audit.runner import Plan, Supply
    from fairwitness.audit.runner.rounds import Event

SETTINGS_FILE = Path("fairwitness.toml")
PAGE = "report.html"


@dataclass(frozen=True, slots=True)
class Job:
    """A run that was checked as far as that goes without its model."""

    config: RunConfig
    given: Given
    selection: Selection
    policy: Policy
    policy_info: PolicyInfo
    folder: Path
    cache: Path

    @property
    def model(self) -> str:
        """The model spec."""
        return self.config.model or ""

    @property
    def repeats(self) -> str:
        """The line that repeats this run."""
        return settings.command(self.given, self.config)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was found out before anything is asked; `subject` where it is already loaded."""

    info: SubjectInfo
    supplied: Mapping[str, Supply]
    plan: Plan
    subject: Subject | None


def run_command(parameters: Mapping[str, Any]) -> int:
    """Runs or, with --dry-run, plans an audit; gives the exit code.

    Raises MissingOption with the columns of the table and a command that would work, where one is found.
    """
    try:
        return _run_command(parameters)
    except MissingOption as mistake:
        mistake.hints = _hints(parameters)
        raise


def _hints(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """What could be named where an option is missing: the columns, and the first proposal that passes the checks."""
    config = settings.resolve(gather(parameters))
    columns = proposal.seen(config)
    if not columns:
        return ()
    told = (f"columns: {columns}",)
    for more in proposal.proposed(config):
        try:
            job = prepare({**parameters, **more})
            preflight(job)
        except FairwitnessError:
            continue
        names = ", ".join(f"--{key}" for key in more)
        return (*told, f"proposed, with {names} guessed from names and values, so check them:", f"  {job.repeats}")
    return told


def _run_command(parameters: Mapping[str, Any]) -> int:
    job = prepare(parameters)
    with Screen(quiet=job.config.quiet, verbose=job.config.verbose) as screen:
        for note in job.selection.notes:
            screen.hint(note)
        if job.config.dry_run:
            from fairwitness.audit.cli.dry import show_plan

            return show_plan(job)
        job = claimed(job)
        try:
            audit = perform(job, screen)
        except KeyboardInterrupt:
            tell("interrupted: finished answers are kept, and this line goes on:", f"  {job.repeats}")
            return 130
        finally:
            if job.config.out is None:
                with suppress(OSError):
                    job.folder.rmdir()  # goes only where nothing was written
    show(job, audit)
    return outcomes.exit_code(audit.exit_code, exit_zero=job.config.exit_zero)


def claimed(job: Job) -> Job:
    """The job with a folder that no run beside this one writes; a folder that the user named is the user's."""
    if job.config.out is not None:
        return job
    with document.writing(job.folder):
        return replace(job, folder=claim(job.folder))


def prepare(parameters: Mapping[str, Any]) -> Job:
    """Checks settings, probes, options, data, policy and folder. Raises UsageError."""
    given = gather(parameters)
    config = settings.resolve(given)
    if not config.model:
        raise BadOption("no model is named: fairwitness run MODEL, or `model` in fairwitness.toml")
    if config.model.startswith(PREDICTIONS) and not config.prediction and not published(config.model):
        subjects.check_predictions(config.model)
        raise MissingOption(
            f"{config.model} needs --prediction COLUMN, the column of decisions; --group COLUMN names groups to "
            "compare, --label COLUMN true outcomes, --score COLUMN scores"
        )
    selection = select(config, given)
    judging, info = policy.load(config.policy)
    policy.check_probes(judging, metric_names([*registry().values(), *(probe for probe, _ in selection.probes)]))
    folder = run_folder(config.out, config.model)
    document.check_folder(folder)
    return Job(config, given, selection, judging, info, folder, cache_folder())


def gather(parameters: Mapping[str, Any]) -> Given:
    """What the command line, the environment and the settings file say."""
    empty = next((key for key, value in parameters.items() if value == "" or (_is_list(value) and "" in value)), None)
    if empty is not None:
        raise BadOption(f"--{empty.replace('_', '-')}: it must not be empty")
    named = {key: value for key, value in parameters.items() if value or (value == 0 and value is not False)}
    asked = "config" in named
    file = named.pop("config", SETTINGS_FILE if SETTINGS_FILE.is_file() else None)
    if "as_json" in named:
        named["json"] = named.pop("as_json")
    if "option" in named:
        named["probe"] = settings.options_from(list(named.pop("option")))
    return settings.gather(file, named, named=asked)


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, list | tuple)


def perform(job: Job, screen: Screen) -> Audit:
    """Loads the model, runs the probes, judges and writes the folder of the run."""
    from fairwitness.audit.attribution import Explainer
    from fairwitness.audit.cache import cache_of
    from fairwitness.audit.engine import Engine

    ready = preflight(job)
    subject = loaded(job, ready, screen)
    document.prepare(job.folder)
    config = job.config
    kept = cache_of(job.cache, subject.info.fingerprint, wanted=not config.no_cache)
    judging = judges.opened(config, job.cache)
    with document.log_file(job.folder) as place, kept as cache, judging as judge, runner.EventLog(place) as log:

        def event(name: str, what: Mapping[str, object]) -> None:
            log(name, what)
            screen.event(name, what)

        engine = Engine(
            subject,
            cache=cache,
            batch_tokens=config.batch_tokens,
            explainer=Explainer(subject),
            progress=screen.progress,
            arithmetic=subjects.arithmetic(job.config),
        )
        try:
            audit = ask(job, engine, ready.supplied, event, judge)
            audit = runner.with_run(audit, **tried(audit, options_of(job), cache))
        except UsageError:
            discard(place)
            raise
        if not outlived(job, audit):
            write(job, audit)
    return audit


def discard(log: Path) -> None:
    """Takes back the log of a run in which nothing happened, and its folder where nothing else is in it."""
    with suppress(OSError):
        log.unlink(missing_ok=True)
        log.parent.rmdir()


def outlived(job: Job, audit: Audit) -> bool:
    """Whether the folder holds an earlier run that came to its end and this one did not: then that one stays."""
    return audit.status == "incomplete" and document.finished(job.folder)


def ask(job: Job, engine: Engine, supplied: Mapping[str, Supply], event: Event, judge: Engine | None = None) -> Audit:
    """The audit itself."""
    config = job.config
    options = {name: chosen.model_dump(mode="json") for name, chosen in options_of(job).items()}
    return runner.run(
        job.selection.probes,
        engine,
        engine.subject.info,
        supplied,
        settings.recorded(job.given, config, options),
        job.policy,
        job.policy_info,
        seed=config.seed,
        show_secrets=config.show_secrets,
        threads=config.threads,
        output=job.folder,
        log=event,
        judge=judge,
        scope=job.selection.scope,
    )


def options_of(job: Job) -> dict[str, Options]:
    """The options of each probe by its name."""
    return {probe.spec.name: chosen for probe, chosen in job.selection.probes}


def preflight(job: Job) -> Prepared:
    """Reads the data and each probe's first requests, so that mistakes show before a large model is loaded.

    Decisions of a file are no large model: they are read first. Raises UsageError.
    """
    config = job.config
    probes = job.selection.probes
    specs = [probe.spec for probe, _ in probes]
    read = subjects.load(config, job.cache) if job.model.startswith(PREDICTIONS) else None
    info = subjects.inspect(config, job.cache) if read is None else read.info
    judges.check(config, job.cache)
    supplied = runner.provide(specs, job.selection.files, cache_dir=job.cache, offline=config.offline)
    if read is not None:
        subjects.fit_rows(read, specs, supplied)
    return Prepared(info, supplied, runner.plan(probes, info, supplied, seed=config.seed), read)


def loaded(job: Job, ready: Prepared, screen: Screen) -> Subject:
    """The model itself, once everything else was looked at. Raises BadData where it needs other columns."""
    if ready.subject is not None:
        return ready.subject
    screen.hint(f"loading {job.model}")
    subject = subjects.load(job.config, job.cache)
    subjects.fit_columns(subject, ready.plan.requests)
    return subject


def write(job: Job, audit: Audit) -> None:
    """The document and the page, in the place of an earlier run's."""
    from fairwitness.reports import FORMATS

    pages = {name: render(audit) if name == PAGE else None for name, render in FORMATS.values()}
    document.write(audit, job.folder, pages)


def show(job: Job, audit: Audit) -> None:
    """Prints the summary, or with --json the document alone, and how to repeat the run."""
    config = job.config
    code = outcomes.exit_code(audit.exit_code, exit_zero=config.exit_zero)
    changed = "" if code == audit.exit_code else f" ({code} because of --exit-zero)"
    outcome = f"{audit.outcome.replace('_', ' ')}, exit code {audit.exit_code}{changed}"
    left = outlived(job, audit)
    told = [
        f"verdict: {outcome}; {outcomes.gate_summary(audit.verdicts)}",
        f"policy:  {job.policy_info.path}, sha256 {job.policy_info.sha256[:12]}",
        f"report:  {f'none; {job.folder} keeps the run that it held' if left else job.folder / PAGE}",
        f"repeat:  {job.repeats}",
    ]
    if audit.exit_code == 130:
        told.append("interrupted: finished answers are kept, and the line above goes on")
    if config.as_json:
        draw_json(document.dump(document.to_json(audit)))
        if not config.quiet:
            tell(*told)
        return
    from fairwitness.reports import terminal

    draw(terminal.render(audit, shutil.get_terminal_size((100, 24)).columns, coloured()) + "\n")
    say(*told)
