"""Probes -> engine -> results -> verdicts: one run, as the Audit that everything else is computed from."""

from __future__ import annotations

import json
import socket
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, TypeAlias

from fairwitness import __version__
from fairwitness.audit import document, private
from fairwitness.audit.document import writing
from fairwitness.audit.engine import Engine
from fairwitness.audit.outcomes import outcome_of
from fairwitness.audit.policy import Policy, judged
from fairwitness.audit.probe import Context, Judge, Options, Probe, applies
from fairwitness.audit.reasons import SEMICOLON, WORDS, cells
from fairwitness.audit.records import (
    AbsenceCode,
    Audit,
    Baseline,
    Cell,
    DataSource,
    Facts,
    Json,
    Manifest,
    Name,
    NotApplicable,
    PolicyInfo,
    ProbeResult,
    ProbeSpec,
    Since,
    SubjectInfo,
    Verdict,
    WaiverUse,
    joined,
)
from fairwitness.audit.requests import Request, kind
from fairwitness.audit.runner import manifest as machine
from fairwitness.audit.runner.data_binding import BoundData, provide
from fairwitness.audit.runner.reads import Reads
from fairwitness.audit.runner.rounds import Event, Live, run_rounds
from fairwitness.audit.runner.row_writers import table_opener
from fairwitness.audit.runner.second_models import NONE, SecondModels, described

__all__ = [
    "BoundData",
    "EventLog",
    "Plan",
    "ProbePlan",
    "Scope",
    "SecondModels",
    "Selected",
    "plan",
    "provide",
    "run",
    "with_run",
]

Selected: TypeAlias = Sequence[tuple[Probe, Options]]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run asks for beyond the probes themselves, so that an absence can be told from what nobody wanted.

    `in_suite` are probes that a suite brought along: one that this kind of model cannot answer was not asked. Of these
    `optional` ones were not asked either where their data are not given. All other probes were asked by name.
    """

    in_suite: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()


class Against(Protocol):
    """An earlier run that a new one is compared with."""

    def since(self, new: Audit) -> Since:
        """What changed, as the rules of a policy look at it; the new run has results and no verdicts yet."""

    def told(self, new: Audit) -> Baseline:
        """What changed, as the document holds it; the new run was judged."""


class EventLog:
    """The log of a run, one JSON object a line, written as things happen. Raises CannotWrite."""

    def __init__(self, path: Path) -> None:
        with writing(path):
            private.make_folder(path.parent)
            self._file = private.open_text(path)
        self._path = path

    def __call__(self, event: str, what: Mapping[str, object]) -> None:
        """Writes one event with the time."""
        line = json.dumps({"event": event, "time": _now().isoformat(timespec="milliseconds"), **what}, default=str)
        with writing(self._path):
            self._file.write(line + "\n")
            self._file.flush()

    def __enter__(self) -> EventLog:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._file.close()


def run(
    selected: Selected,
    engine: Engine,
    subject_info: SubjectInfo,
    supplied: Mapping[str, BoundData],
    config: Json,
    policy: Policy,
    policy_info: PolicyInfo,
    *,
    seed: int = 0,
    show_secrets: bool = False,
    threads: int | None = None,
    output: Path | None = None,
    log: Event | None = None,
    judge: Engine | None = None,
    second_models: SecondModels = NONE,
    scope: Scope | None = None,
    model_facts: Facts | None = None,
    against: Against | None = None,
    clock: Callable[[], datetime] | None = None,
) -> Audit:
    """Asks, measures and judges; returns the one document, which is complete or, after Ctrl-C, incomplete.

    Without a `scope` every probe was asked by name.
    `supplied` are the data of every probe by its name (`provide`). The exit code in the audit is the one that the
    policy says. `judge` answers what probes put to a judge, `second_models` what they ask others; `model_facts` are
    what people wrote; `against` is the run that this one is compared with. Raises UsageError before the first model
    call and RunError after it; a crashed probe raises nothing.
    """
    event, now = log or _silence, clock or _now
    started, begun = now(), time.perf_counter()
    event("run", {"fairwitness": __version__, "model": subject_info.spec, "fingerprint": subject_info.fingerprint})
    ask_judge = None if judge is None else judge.answer
    lives = [
        _live(
            *entry,
            subject_info,
            supplied[entry[0].spec.name],
            seed,
            show_secrets,
            ask_judge,
            second_models,
            output,
            scope or Scope(),
        )
        for entry in selected
    ]
    recorded = now()
    event("policy", {"path": policy_info.path, "sha256": policy_info.sha256})
    interrupted, counts = _played(lives, engine, event)
    facts = {
        "started": started.isoformat(timespec="seconds"),
        "policy_recorded": recorded.isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - begun, 3),
        **counts,
        **_asked_besides(judge, second_models),
        "output": None if output is None else str(output),
    }
    config = {**config, **_described_besides(judge, second_models)}
    manifest = _manifest(subject_info, config, policy_info, seed, lives, threads, facts)
    manifest = replace(manifest, facts=model_facts or Facts())
    audit = _judged(lives, manifest, policy, started, interrupted=interrupted, against=against)
    event("judged", {"status": audit.status, "outcome": audit.outcome, "exit_code": audit.exit_code})
    return audit


def _asked_besides(judge: Engine | None, second_models: SecondModels) -> dict[str, int]:
    """How often other models than the audited one were asked."""
    judged = {} if judge is None else {"judge_calls": judge.model_calls, "judge_cache_hits": judge.cache_hits}
    return {**judged, **second_models.counts}


def _described_besides(judge: Engine | None, second_models: SecondModels) -> Json:
    """What these other models are."""
    return {**({} if judge is None else {"judge": described(judge.subject.info)}), **second_models.described}


def _played(lives: Sequence[Live], engine: Engine, event: Event) -> tuple[bool, dict[str, int]]:
    """Runs all probes to their results; whether that was interrupted, and what it cost."""
    calls, hits = engine.model_calls, engine.cache_hits
    interrupted = False
    try:
        run_rounds(lives, engine.answer, event)
    except KeyboardInterrupt:
        interrupted = True
        for live in lives:
            live.interrupt()
    return interrupted, {"model_calls": engine.model_calls - calls, "cache_hits": engine.cache_hits - hits}


def _manifest(
    subject: SubjectInfo,
    config: Json,
    policy: PolicyInfo,
    seed: int,
    lives: Sequence[Live],
    threads: int | None,
    facts: Json,
) -> Manifest:
    """What the run was made with; `facts` are what may differ between equal runs."""
    timed = {live.name: round(live.seconds, 3) for live in lives}
    return Manifest(
        subject=subject,
        config=config,
        policy=policy,
        seed=seed,
        data=_sources(lives),
        environment=machine.environment(threads),
        git=machine.git(),
        run={**facts, "host": socket.gethostname(), "probe_seconds": timed},
    )


def _judged(
    lives: Sequence[Live],
    manifest: Manifest,
    policy: Policy,
    day: datetime,
    *,
    interrupted: bool,
    against: Against | None = None,
) -> Audit:
    results: tuple[ProbeResult, ...] = tuple(live.result for live in lives if live.result is not None)
    family = manifest.subject.architecture or manifest.subject.kind
    status: Literal["complete", "incomplete"] = "incomplete" if interrupted else "complete"

    def audit(verdicts: tuple[Verdict, ...], waivers: tuple[WaiverUse, ...]) -> Audit:
        outcome, code = outcome_of(verdicts, results, status)
        return Audit(
            fairwitness_version=__version__,
            status=status,
            outcome=outcome,
            manifest=manifest,
            results=results,
            verdicts=verdicts,
            exit_code=code,
            waivers=waivers,
        )

    since = None if against is None else against.since(audit((), ()))
    whole = audit(*judged(policy, results, family, day.date(), since))
    return whole if against is None else replace(whole, baseline=against.told(whole))


def _live(
    probe: Probe,
    options: Options,
    subject: SubjectInfo,
    data: BoundData,
    seed: int,
    show_secrets: bool,
    judge: Judge | None = None,
    second_models: SecondModels = NONE,
    folder: Path | None = None,
    scope: Scope = Scope(),
) -> Live:
    """A probe ready to start, or already found not to apply."""
    own_texts = data.own_texts
    open_table = table_opener(folder, probe.spec.name, show_secrets=show_secrets, own_texts=own_texts)
    tables = Reads(data.tables)
    context = Context(
        seed=seed,
        options=options,
        capabilities=frozenset(subject.capabilities),
        data=tables,
        kind=subject.kind,
        judge=judge,
        references=second_models.references,
        masked_model=second_models.masked,
        open_table=open_table,
    )
    name = probe.spec.name
    live = Live(
        probe,
        context,
        show_secrets,
        own_texts,
        tuple(WORDS("missing.not_given", need=text) for text in data.optional),
        in_suite=name in scope.in_suite,
        optional=name in scope.optional,
        store=None if folder is None else partial(document.store_items, folder, name),
    )
    if not applies(probe.spec, subject.capabilities):
        live.does_not_apply(*_lacking(probe.spec, subject))
    elif data.required:
        needs = [need.name for need in probe.spec.data if need.required and need.name not in data.tables]
        live.does_not_apply(joined(SEMICOLON, data.required), "data_missing", {"needs": ", ".join(needs)})
    return live


def _lacking(spec: ProbeSpec, subject: SubjectInfo) -> tuple[str, AbsenceCode, dict[str, Cell]]:
    """What a model lacks to be asked: the sentence, its code and its values."""
    have = set(subject.capabilities)
    lacking = [sorted(set(needs) - have) for needs in spec.needs]
    lacks = joined(WORDS("absent.or"), [joined(WORDS("absent.and"), kinds) for kinds in lacking])
    what = " ".join(part for part in (subject.architecture, f"({subject.kind})") if part)
    answers = Name(", ".join(sorted(have))) if have else WORDS("absent.nothing")
    which = "file_lacks" if subject.kind == "predictions" else "model_lacks"
    sentence = WORDS(f"absent.{which}", lacks=lacks, what=Name(what), answers=answers)
    wanted = {kind for kinds in lacking for kind in kinds}
    for note in subject.notes:
        if note.code == "kind_not_asked" and note.values["kind"] in wanted:
            sentence = WORDS("absent.because", reason=sentence, note=note.text)
    return sentence, "model_lacks", cells({"lacks": lacks, "architecture": subject.architecture, "kind": subject.kind})


def _sources(lives: Sequence[Live]) -> tuple[DataSource, ...]:
    """Every file behind what the probes found, once, by name."""
    started = (live for live in lives if not isinstance(live.result, NotApplicable) or live.requests)
    sources = {source for live in started for source in live.sources}
    return tuple(sorted(sources, key=lambda source: (source.name, source.source)))


@dataclass(frozen=True, slots=True)
class ProbePlan:
    """What one probe would ask in its first round: counts by kind, data found and missing, why it will not apply."""

    spec: ProbeSpec
    requests: Mapping[str, int]
    data: tuple[DataSource, ...]
    missing: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A dry run: the probes, and the different requests of their first round."""

    probes: tuple[ProbePlan, ...]
    requests: frozenset[Request]

    @property
    def unique(self) -> Mapping[str, int]:
        """Requests by kind, duplicates between probes dropped."""
        return Counter(kind(request) for request in self.requests)


def plan(selected: Selected, subject_info: SubjectInfo, supplied: Mapping[str, BoundData], *, seed: int = 0) -> Plan:
    """What a run would ask first, without asking anything. Raises UsageError as `run` does."""
    planned: list[ProbePlan] = []
    asked: set[Request] = set()
    for probe, options in selected:
        data = supplied[probe.spec.name]
        live = _live(probe, options, subject_info, data, seed, show_secrets=False)
        if live.result is None:
            live.start()
        asked.update(live.wanted)
        sources = tuple(table.source for table in data.tables.values())
        reason = getattr(live.result, "reason", "")
        counts = Counter(kind(request) for request in live.wanted)
        planned.append(ProbePlan(probe.spec, counts, sources, (*data.required, *data.optional), reason))
        live.close()
    return Plan(tuple(planned), frozenset(asked))


def with_run(audit: Audit, **facts: object) -> Audit:
    """The same audit with more facts in `manifest.run`, the one place for what differs between equal runs."""
    manifest = replace(audit.manifest, run={**audit.manifest.run, **facts})
    return replace(audit, manifest=manifest)


def _silence(event: str, what: Mapping[str, object]) -> None:
    return


def _now() -> datetime:
    return datetime.now(UTC)
