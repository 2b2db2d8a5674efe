"""`fairwitness run --dry-run`: what would be asked, of what, for about how long, and what will not apply."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from fairwitness.audit.cli.terminal import say, say_json
from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.requests import Request
from fairwitness.audit.session.job import Job
from fairwitness.audit.session.run import preflight
from fairwitness.audit.verbs import cost

if TYPE_CHECKING:
    from fairwitness.audit.runner import Plan, ProbePlan

TABULAR = "tabular"
"""Kind of the models whose time for a row nobody knows beforehand."""

MATRICES = (128, 256, 512)
SHARE_OF_PEAK = 0.7
"""Share of the matrix-multiply rate that a run is taken to reach."""


def show_plan(job: Job) -> int:
    """Prints the plan; asks the model nothing."""
    ready = preflight(job)
    info, plan = ready.info, ready.plan
    seconds = estimate(info, plan.requests, sum(probe.later_tokens for probe in plan.probes))
    if job.config.as_json:
        say_json(as_json(job, info, plan, seconds))
        return 0
    say(f"{info.spec}: {', '.join(described(info))}")
    for probe in plan.probes:
        say_probe(probe)
    say(f"first round, duplicates dropped: {sum(plan.unique.values())} requests")
    if later := sum(sum(probe.later.values()) for probe in plan.probes):
        say(f"later rounds, as far as they are known: {later} requests")
    say(f"estimated time: {at_least(seconds)}, without loading the model and what hangs on answers")
    say(f"policy: {job.policy_info.path}, sha256 {job.policy_info.sha256[:12]}", *ready.notes)
    say(f"run it: {job.repeats.replace(' --dry-run', '')}")
    return 0


def described(info: SubjectInfo) -> list[str]:
    """What is known of a model: its class or kind, its size and the type of its numbers."""
    if not info.dtype and info.parameters is None:
        return [info.architecture or info.kind]
    size = "unknown size" if info.parameters is None else f"{info.parameters / 1e6:.1f} M parameters"
    return [info.architecture or info.kind, size, info.dtype or "no weights"]


def say_probe(plan: ProbePlan) -> None:
    """Prints one probe of the plan."""
    if plan.reason:
        say(f"  {plan.spec.name:<16} will not apply: {plan.reason}")
        return
    counts = ", ".join(f"{count} {kind}" for kind, count in plan.requests.items())
    say(f"  {plan.spec.name:<16} {counts or 'no requests'}")
    if plan.later:
        say(f"  {'':<16} later {', '.join(f'{count} {kind}' for kind, count in plan.later.items())}")
    for source in plan.data:
        say(f"  {'':<16} data {source.name}: {source.rows} rows from {source.source}")
    for text in plan.missing:
        say(f"  {'':<16} missing: {text}")


def as_json(job: Job, info: SubjectInfo, plan: Plan, seconds: float | None) -> dict[str, object]:
    """The plan as one JSON document."""
    return {
        "model": info.spec,
        "kind": info.kind,
        "architecture": info.architecture,
        "parameters": info.parameters,
        "probes": [
            {
                "name": probe.spec.name,
                "requests": dict(probe.requests),
                "later_requests": dict(probe.later),
                "data": [{"name": source.name, "source": source.source, "rows": source.rows} for source in probe.data],
                "missing": list(probe.missing),
                "will_not_apply": probe.reason,
            }
            for probe in plan.probes
        ],
        "unique_requests": dict(plan.unique),
        "estimated_seconds": seconds,
        "policy": {"path": job.policy_info.path, "sha256": job.policy_info.sha256},
    }


def estimate(info: SubjectInfo, requests: Iterable[Request], later_tokens: float = 0.0) -> float | None:
    """Seconds that a processor of this machine would need: 2 × parameters × tokens over its rate. None if unknown.

    It is the least: what a probe asks because of an answer nobody knows beforehand.
    """
    if info.kind == TABULAR:
        return None
    tokens = sum(sorted(map(cost, requests))) + later_tokens
    if not tokens:
        return 0.0
    if info.parameters is None:
        return None
    return round(2 * info.parameters * tokens / (SHARE_OF_PEAK * multiply_rate()), 1)


def multiply_rate() -> float:
    """Floating-point operations a second of float32 matrix products here: the best of a moment, others may be busy."""
    import numpy as np

    rates = [0.0]
    for size in MATRICES:
        ones = np.ones((size, size), dtype=np.float32)
        begun = time.perf_counter()
        while time.perf_counter() - begun < 0.1:
            start = time.perf_counter()
            ones @ ones
            rates.append(2 * size**3 / (time.perf_counter() - start))
    return max(rates)


def at_least(seconds: float | None) -> str:
    """The least that a run takes, as a person would say it."""
    known = seconds is not None and seconds >= 1
    return f"at least {duration(seconds).removeprefix('about ')}" if known else duration(seconds)


def duration(seconds: float | None) -> str:
    """Seconds as a person would say them."""
    if seconds is None:
        return "unknown"
    if seconds < 1:
        return "under a second"
    return f"about {seconds:.0f} seconds" if seconds < 100 else f"about {seconds / 60:.0f} minutes"
