"""A checked run carried out: data and first questions, then the model, its answers, the verdicts and the folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairwitness.audit import config as settings
from fairwitness.audit import document, endpoints, runner
from fairwitness.audit.errors import BadRun, UsageError
from fairwitness.audit.probe import applies
from fairwitness.audit.records import Audit, SubjectInfo, Uncompared
from fairwitness.audit.runner.looks import tried
from fairwitness.audit.runner.second_models import NONE, SecondModels
from fairwitness.audit.session import baseline, comparing, judges, manner, second_models, subjects
from fairwitness.audit.session.baseline import Against
from fairwitness.audit.session.job import Job
from fairwitness.audit.session.select import PREDICTIONS
from fairwitness.audit.session.watch import Watcher
from fairwitness.audit.subject import Subject

if TYPE_CHECKING:
    from fairwitness.audit.budget import Budget
    from fairwitness.audit.engine import Engine
    from fairwitness.audit.runner import BoundData, Plan
    from fairwitness.audit.runner.rounds import Event

PAGE = "report.html"
COMPARED = (comparing.RECORD, "comparison.html")
"""What a run with a baseline writes beside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What was found out before anything is asked."""

    info: SubjectInfo
    supplied: Mapping[str, BoundData]
    plan: Plan
    subject: Subject | None
    """The model, where it is already loaded."""
    against: Against | None = None
    """The run to compare with, where one was named and fits."""
    uncompared: Uncompared | None = None
    """Why there is none, where that was wanted."""
    notes: tuple[str, ...] = ()
    """What to tell of it before anything is asked."""


def preflight(job: Job) -> Prepared:
    """Reads the data and each probe's first requests, so that mistakes show before a large model is loaded.

    Decisions of a file are no large model: they are read first. What an endpoint gives is known once it was asked a few
    short questions, so that comes first too. Raises UsageError.
    """
    config = job.config
    probes = job.selection.probes
    specs = [probe.spec for probe, _ in probes]
    read = job.memory.subject
    if read is None and (job.model.startswith(PREDICTIONS) or endpoints.is_endpoint(job.model)):
        read = subjects.load(config, job.cache, job.spending)
    info = subjects.inspect(config, job.cache) if read is None else read.info
    manner.check_manner(job.manner, info)
    judges.check(config, [spec.name for spec in specs], job.cache)
    second_models.check(config, info, [spec.name for spec in specs], job.cache)
    supplied = runner.provide(specs, job.selection.files, cache_dir=job.cache, offline=config.offline)
    if read is not None:
        subjects.fit_rows(read, specs, supplied)
    away = subjects.away(config)
    plan = runner.plan(probes, info, supplied, seed=config.seed, foresee=config.dry_run, away=away)
    if read is not None:
        subjects.fit_columns(read, plan.requests)
        subjects.fit_translators(read, plan.requests)
    notes: list[str] = []
    against = _baseline(job, info, [spec.name for spec in specs], notes)
    uncompared = against if isinstance(against, Uncompared) else None
    if uncompared is not None:
        notes.append(f"not compared with an earlier run: {uncompared.reason}")
    rules = [rule.id for rule in job.policy.rules if rule.relative_to]
    if rules and not isinstance(against, Against):
        notes.append(f"no baseline: not measured is what the policy judges since one: {', '.join(rules)}")
    return Prepared(
        info=info,
        supplied=supplied,
        plan=plan,
        subject=read,
        against=against if isinstance(against, Against) else None,
        uncompared=uncompared,
        notes=tuple(notes),
    )


def _baseline(job: Job, info: SubjectInfo, probes: Sequence[str], notes: list[str]) -> Against | Uncompared | None:
    """The run to compare with, or why there is none where that was wanted; `notes` are told which one it is.

    Raises BadRun for a baseline that was named and that no run of this model can be compared with, unless it is
    optional.
    """
    config = job.config
    if config.baseline is None:
        return None if config.no_baseline is None else Uncompared(kind="none", reason=config.no_baseline)
    try:
        return baseline.find(config.baseline, info, job.folder, probes, notes.append)
    except BadRun as problem:
        if not config.baseline_optional:
            raise
        return Uncompared(kind="left_out", reason=str(problem))


def perform(job: Job, watcher: Watcher, ready: Prepared | None = None) -> Audit:
    """Loads the model, runs the probes, judges and writes the folder of the run.

    `ready` is what `preflight` found, where it was asked before.
    """
    with document.alone(job.folder):
        ready = ready or preflight(job)
        for note in ready.notes:
            watcher.hint(note)
        return _performed(job, watcher, ready)


def _performed(job: Job, watcher: Watcher, ready: Prepared) -> Audit:
    from fairwitness.audit.attribution import Explainer
    from fairwitness.audit.cache import cache_of
    from fairwitness.audit.engine import Engine

    subject = _loaded(job, ready, watcher)
    document.prepare(job.folder)
    config = job.config
    kept = cache_of(job.cache, subject.info.fingerprint, wanted=not config.no_cache)
    spending = job.spending
    judging = judges.opened(config, job.cache, spending, watcher.progress)
    with document.log_file(job.folder) as place, kept as cache, judging as judge, runner.EventLog(place) as log:

        def event(name: str, what: Mapping[str, object]) -> None:
            log(name, what)
            watcher.event(name, what)

        others = second_models.opened(config, job.cache, spending)
        engine = Engine(
            subject,
            cache=cache,
            batch_tokens=config.batch_tokens,
            explainer=Explainer(subject, others.masked),
            progress=watcher.progress,
            spending=spending,
        )
        try:
            if not isinstance(subject, Unasked):
                manner.try_manner(job.manner, engine)
            audit = _asked(job, engine, ready, event, judge, others)
            audit = runner.with_run(audit, **tried(audit, job.options, cache), **_paid(spending))
            audit = replace(audit, uncompared=ready.uncompared)
        except UsageError:
            _discard(place)
            raise
        if not outlived(job, audit):
            write_run(audit, job.folder, ready.against)
    return audit


def _paid(spending: Budget) -> dict[str, object]:
    """What endpoints were paid for, as they count it; nothing where none was asked."""
    paid: dict[str, object] = {"tokens": spending.spent.tokens} if spending.spent.tokens else {}
    return {**paid, "price": round(spending.spent.price, 6)} if spending.spent.price else paid


def outlived(job: Job, audit: Audit) -> bool:
    """Whether the folder holds an earlier run that came to its end and this one did not: then that one stays."""
    return audit.status == "incomplete" and document.finished(job.folder)


@dataclass(frozen=True, slots=True)
class Unasked:
    """A model that is not loaded, as nothing would be asked of it: what its files say."""

    info: SubjectInfo


def _loaded(job: Job, ready: Prepared, watcher: Watcher) -> Subject:
    """The model itself, once everything else was looked at. Raises BadData where it needs other columns.

    A probe that was asked by name and whose data are missing or unfit is told of before a large model is loaded. Where
    that is so of all, none is loaded.
    """
    if ready.subject is not None:
        return ready.subject
    unfit = [plan for plan in ready.plan.probes if plan.reason and applies(plan.spec, ready.info.capabilities)]
    for plan in unfit:
        if plan.spec.name not in job.selection.scope.in_suite:
            watcher.hint(f"{plan.spec.name} will not run: {plan.reason}")
    if len(unfit) == len(ready.plan.probes):
        return Unasked(ready.info)
    watcher.hint(f"loading {job.model}")
    subject = subjects.load(job.config, job.cache)
    subjects.fit_columns(subject, ready.plan.requests)
    subjects.fit_translators(subject, ready.plan.requests)
    return subject


def _asked(
    job: Job,
    engine: Engine,
    ready: Prepared,
    event: Event,
    judge: Engine | None = None,
    others: SecondModels = NONE,
) -> Audit:
    """The audit itself."""
    config = job.config
    repeats = job.memory.repeats or settings.command(job.given, config, showing=False)
    if ready.against is not None:
        repeats = settings.pinned(repeats, str(ready.against.folder))
    return runner.run(
        job.selection.probes,
        engine,
        engine.subject.info,
        ready.supplied,
        _recorded(job, repeats),
        job.policy,
        job.policy_info,
        seed=config.seed,
        show_secrets=config.show_secrets,
        threads=config.threads,
        output=job.folder,
        log=event,
        judge=judge,
        second_models=others,
        scope=job.selection.scope,
        manner=job.manner,
        model_facts=job.facts,
        against=ready.against,
        away=subjects.away(config),
    )


def _recorded(job: Job, repeats: str) -> dict[str, Any]:
    """The settings for the manifest, a system message in full whether or not it stands in a file."""
    options = {name: options.model_dump(mode="json") for name, options in job.options.items()}
    recorded = settings.recorded(job.given, job.config, options, repeats)
    return {**recorded, "resolved": {**recorded["resolved"], **job.manner.recorded}}


def _discard(log: Path) -> None:
    """Takes back the log of a run in which nothing happened, and its folder where nothing else is in it."""
    with suppress(OSError):
        log.unlink(missing_ok=True)
        log.parent.rmdir()


def write_run(audit: Audit, folder: Path, against: Against | None = None) -> None:
    """The document and the page, and the comparison with a baseline, in the place of an earlier run's."""
    from fairwitness.audit.signing import SIGNATURE
    from fairwitness.reports import FORMATS, NAMES

    drawn = document.with_scores(audit, folder)
    earlier = dict.fromkeys([*NAMES, *COMPARED, SIGNATURE])
    compared = against.compared if against is not None else None
    pages = {} if compared is None else comparing.drawn(compared)
    document.write(audit, folder, {**earlier, **pages, **FORMATS["html"].draw(drawn)})
