"""Probes -> engine -> results -> verdicts: one run, as the Audit that everything else is computed from."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol

from fairwitness import __version__
from fairwitness.audit import private
from fairwitness.audit.document import writing
from fairwitness.audit.engine import Engine
from fairwitness.audit.manner import USUAL, Manner
from fairwitness.audit.outcomes import outcome_of
from fairwitness.audit.policy import Policy, judged
from fairwitness.audit.records import (
    Audit,
    Baseline,
    DataSource,
    Facts,
    Json,
    Manifest,
    NotApplicable,
    PolicyInfo,
    ProbeResult,
    Since,
    SubjectInfo,
    Verdict,
    WaiverUse,
)
from fairwitness.audit.runner import manifest as machine
from fairwitness.audit.runner.data_binding import BoundData, provide
from fairwitness.audit.runner.kept_texts import AskedJudge
from fairwitness.audit.runner.lives import Scope, live_of
from fairwitness.audit.runner.plans import Plan, ProbePlan, Selected, plan
from fairwitness.audit.runner.rounds import Event, Live, run_rounds
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
    manner: Manner = USUAL,
    model_facts: Facts | None = None,
    against: Against | None = None,
    clock: Callable[[], datetime] | None = None,
    away: frozenset[str] = frozenset(),
) -> Audit:
    """Asks, measures and judges; returns the one document, which is complete or, after Ctrl-C, incomplete.

    Without a `scope` every probe was asked by name.
    `supplied` are the data of every probe by its name (`provide`). The exit code in the audit is the one that the
    policy says. What probes ask is put in the `manner` of the run.
    `judge` answers what probes put to a judge, `second_models` what they ask others; `model_facts` are
    what people wrote; `against` is the run that this one is compared with; `away` are the specs of models on other
    machines, to which nothing of a user's own files is put. Raises UsageError before the first model call and RunError
    after it; a crashed probe raises nothing.
    """
    event, now = log or _silence, clock or _now
    started, begun = now(), time.perf_counter()
    event("run", {"fairwitness": __version__, "model": subject_info.spec, "fingerprint": subject_info.fingerprint})
    ask_judge = None if judge is None else AskedJudge(judge.answer, judge.subject.info.spec)
    lives = [
        live_of(
            *entry,
            subject_info,
            supplied[entry[0].spec.name],
            seed,
            show_secrets,
            ask_judge,
            second_models,
            output,
            scope or Scope(),
            manner,
            away,
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


def _sources(lives: Sequence[Live]) -> tuple[DataSource, ...]:
    """Every file behind what the probes found, once, by name."""
    started = (live for live in lives if not isinstance(live.result, NotApplicable) or live.requests)
    sources = {source for live in started for source in live.sources}
    return tuple(sorted(sources, key=lambda source: (source.name, source.source)))


def with_run(audit: Audit, **facts: object) -> Audit:
    """The same audit with more facts in `manifest.run`, the one place for what differs between equal runs."""
    manifest = replace(audit.manifest, run={**audit.manifest.run, **facts})
    return replace(audit, manifest=manifest)


def _silence(event: str, what: Mapping[str, object]) -> None:
    return


def _now() -> datetime:
    return datetime.now(UTC)
