"""What a run would ask, without asking anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from fairwitness.audit.probe import Foresees, Options, Probe
from fairwitness.audit.records import DataSource, ProbeSpec, SubjectInfo
from fairwitness.audit.requests import Request, kind
from fairwitness.audit.runner.data_binding import BoundData
from fairwitness.audit.runner.lives import live_of
from fairwitness.audit.runner.rounds import Live
from fairwitness.audit.verbs import cost

Selected: TypeAlias = Sequence[tuple[Probe, Options]]


@dataclass(frozen=True, slots=True)
class ProbePlan:
    """What one probe would ask in its first round: counts by kind, data found and missing, why it will not apply.

    `later` counts what is known of its further rounds, which cost about `later_tokens`.
    """

    spec: ProbeSpec
    requests: Mapping[str, int]
    data: tuple[DataSource, ...]
    missing: tuple[str, ...]
    reason: str = ""
    later: Mapping[str, int] = field(default_factory=dict)
    later_tokens: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """A dry run: the probes, and the different requests of their first round."""

    probes: tuple[ProbePlan, ...]
    requests: frozenset[Request]

    @property
    def unique(self) -> Mapping[str, int]:
        """Requests by kind, duplicates between probes dropped."""
        return Counter(kind(request) for request in self.requests)


def plan(
    selected: Selected,
    subject_info: SubjectInfo,
    supplied: Mapping[str, BoundData],
    *,
    seed: int = 0,
    foresee: bool = False,
    away: frozenset[str] = frozenset(),
) -> Plan:
    """What a run would ask first, without asking anything. Raises UsageError as `run` does.

    To `foresee` is to count later rounds too, as far as a probe knows them without an answer. `away` is as of `run`.
    """
    planned: list[ProbePlan] = []
    asked: set[Request] = set()
    for probe, options in selected:
        data = supplied[probe.spec.name]
        live = live_of(probe, options, subject_info, data, seed, show_secrets=False, away=away)
        if live.result is None:
            live.start()
        asked.update(live.wanted)
        sources = tuple(table.source for table in data.tables.values())
        reason = getattr(live.result, "reason", "")
        counts = Counter(kind(request) for request in live.wanted)
        missing = (*data.required, *data.optional)
        later, tokens = _foreseen(live) if foresee and live.result is None else ({}, 0.0)
        planned.append(ProbePlan(probe.spec, counts, sources, missing, reason, later, tokens))
        live.close()
    return Plan(tuple(planned), frozenset(asked))


def _foreseen(live: Live) -> tuple[Mapping[str, int], float]:
    """What is known of the later rounds of a probe: counts by kind, and about how many tokens they cost."""
    counts: Counter[str] = Counter()
    tokens = 0.0
    for request in live.probe.later(live.context) if isinstance(live.probe, Foresees) else ():
        counts[kind(request)] += 1
        tokens += cost(request)
    return counts, tokens
