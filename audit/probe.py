"""The Probe protocol, what a probe is given and gives back, and the registry of installed probes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from typing import Any, Literal, Protocol, TypeAlias, TypeVar, runtime_checkable

from fairwitness.audit import probe_file
from fairwitness.audit.checked import Checked
from fairwitness.audit.errors import UnknownProbe, nearest, shortened
from fairwitness.audit.reasons import WORDS
from fairwitness.audit.records import (
    AbsenceCode,
    Better,
    Cell,
    Column,
    Evidence,
    Items,
    Metric,
    Picture,
    ProbeSpec,
    Role,
    SubjectInfo,
    Table,
)
from fairwitness.audit.requests import Answer, Fault, Request

A = TypeVar("A")
Judge: TypeAlias = Callable[[Sequence[Request]], list[Answer]]
"""Answers requests in order and in full number, as the engine does."""
ENTRY_POINT_GROUP = "fairwitness.probes"
NEEDED = "spec, options, metrics and run are needed"


REMEDIES: Mapping[Fault, str] = {
    fault: WORDS(f"remedy.{fault}")
    for fault in (
        "long_text",
        "no_words",
        "no_decision",
        "mixed_decisions",
        "unaligned",
        "several_tokens",
        "control_words",
        "bad_image",
    )
}
"""What can be done where a single text cannot be asked or a single row has no decision."""


def remedy(fault: Fault) -> str:
    """What can be done where the text or the row is at fault that there is no answer; empty where it is the model."""
    return REMEDIES.get(fault, "")


class SecondModel(Protocol):
    """A model that is asked beside the audited one, in order and in full number, as the engine does."""

    @property
    def info(self) -> SubjectInfo:
        """What it is; its fingerprint is known once it was asked."""

    def __call__(self, requests: Sequence[Request]) -> list[Answer]: ...


class Options(Checked):
    """Options of one probe: a schema with defaults; unknown names are errors."""


class RowWriter(Protocol):
    """A table of evidence that is written while a probe runs, so that its rows need not be held."""

    def add(self, row: tuple[Cell, ...]) -> None:
        """Writes the next row. Raises ValueError where its cells do not fit the columns."""

    def evidence(self) -> Evidence:
        """The table of all rows so far; nothing can be added after it."""


OpenTable: TypeAlias = Callable[[str, str, tuple[Column, ...]], RowWriter]
"""Opens a writer by the id, the caption and the columns of its evidence."""


@dataclass(slots=True)
class MemoryRows:
    """A writer in memory: for a probe that runs without a folder."""

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: list[tuple[Cell, ...]] = field(default_factory=list)

    def add(self, row: tuple[Cell, ...]) -> None:
        """Keeps the row."""
        self.rows.append(row)

    def evidence(self) -> Evidence:
        """The table of all rows."""
        return Evidence(
            id=self.id,
            caption=self.caption,
            kind="table",
            columns=self.columns,
            rows=tuple(self.rows),
            total=len(self.rows),
        )


class DoesNotApply(Exception):
    """Raised by a probe that finds, once it runs, that this model or these data cannot answer it.

    `why` is the sentence, `code` one of `ABSENCE_CODES`, `values` what the sentence is filled with. A probe makes it
    from its words by `Words.does_not_apply`. With the code `unanswered` the model was asked and answered nothing that
    could be measured: such a probe did apply, and failed.
    """

    def __init__(
        self, why: str, code: AbsenceCode | Literal["unanswered"] = "other", values: Mapping[str, Cell] | None = None
    ) -> None:
        super().__init__(why)
        self.why = why
        self.code: AbsenceCode | Literal["unanswered"] = code
        self.values = values or {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a probe knows of the run."""

    seed: int
    options: Any
    capabilities: frozenset[str]
    """The request kinds that the subject answers."""
    data: Mapping[str, Table] = field(default_factory=dict)
    kind: str = ""
    """The kind of the subject. One of kind `predictions` is asked for a row by its number, one of kind `tabular` by the
    cells of the row, one of kind `published` for its answer to an item of a published set."""
    judge: Judge | None = None
    """Answers requests with the classifier that the run names as a judge; None where it names none, and in a dry run.
    It may be asked after the first round."""
    references: Sequence[SecondModel] = ()
    """The models that the run names to compare with (--reference-model); none in a dry run. They may be asked after the
    first round."""
    masked_model: SecondModel | None = None
    """The masked model that the run names beside the audited one, to vary texts by; None as of a judge."""
    open_table: OpenTable = MemoryRows
    """Opens a table for rows that are too many to hold."""

    @property
    def decides(self) -> bool:
        """Whether the subject decides on rows of a table, so that it has no answers to a published set."""
        return self.kind in ("tabular", "predictions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a probe concludes: metrics, the evidence behind them, and notes for the reader."""

    metrics: Sequence[Metric]
    evidence: Sequence[Evidence] = ()
    notes: Sequence[str] = ()
    unused: Sequence[str] = ()
    """Data needs whose table was at hand and took no part in this: the document does not list them."""
    accounted: int = 0
    """Number of unanswered requests that do not make the probe fail: those of a part that is named as missing (a score
    or a method that this model does not give), and those of single texts that cannot be asked, which are named too. A
    pass must hold whatever these would have answered (`if_answered`), as everywhere."""
    recorded: int = 0
    """Requests that were asked before this run, whose answers a log holds: they count as those of the run do."""
    unrecorded: int = 0
    """How many of these have no answer."""
    items: Items | None = None
    """What was asked or decided, row by row, by which two runs are compared."""
    pictures: Sequence[Picture] = ()
    """What of it is drawn first; without any the metrics of groups are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSpec:
    """A metric that a probe may find: its name, the unit of its values, which direction is better, what it is for.

    A probe declares each name once, whatever groups and ways of measuring it then finds it for. The unit is empty where
    it depends on the data.
    """

    name: str
    unit: str
    better: Better
    role: Role = "bias"


ProbeRun: TypeAlias = Generator[list[Request], list[Answer], Findings]


@runtime_checkable
class Probe(Protocol):
    """A question asked of a model. Pure: no torch, files, clocks or global random state."""

    @property
    def spec(self) -> ProbeSpec: ...

    @property
    def options(self) -> type[Options]: ...

    @property
    def metrics(self) -> tuple[MetricSpec, ...]:
        """Every metric that it may find, each name once."""

    def run(self, ctx: Context) -> ProbeRun:
        """Yields requests, is sent their answers in order, may yield again, returns findings.

        Raises DoesNotApply when the subject or the data turn out not to fit.
        """


@runtime_checkable
class Foresees(Protocol):
    """A probe that knows some of its later requests before it is answered anything, so that a dry run counts them."""

    def later(self, ctx: Context) -> Iterable[Request]:
        """Requests of its further rounds, one at a time: they may be too many to hold."""


def applies(spec: ProbeSpec, capabilities: Iterable[str]) -> bool:
    """Whether one of the alternatives in `needs` lies wholly within the capabilities."""
    have = set(capabilities)
    return any(set(alternative) <= have for alternative in spec.needs)


def metric_names(probes: Iterable[Probe]) -> dict[str, tuple[str, ...]]:
    """The names of the metrics that each probe declares, by the name of the probe."""
    return {probe.spec.name: tuple(metric.name for metric in probe.metrics) for probe in probes}


def expect(answer: Answer, kind: type[A]) -> A | None:
    """The answer when it is of its request's kind, None when it is unanswered."""
    return answer if isinstance(answer, kind) else None


@cache
def _installed() -> tuple[Mapping[str, Probe], Mapping[str, str]]:
    """Probes by name, and why each of the others could not be loaded."""
    probes: dict[str, Probe] = {}
    broken: dict[str, str] = {}
    for point in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda point: point.name):
        try:
            loaded = point.load()
        except (
            Exception,
            SystemExit,
        ) as error:  # a plug-in's import may fail in any way, and must not take the others with it
            broken[point.name] = f"{type(error).__name__}: {error}"
            continue
        if isinstance(loaded, Probe):
            probes[loaded.spec.name] = loaded
        else:
            broken[point.name] = f"{point.value} is no probe ({NEEDED})"
    return probes, broken


def registry() -> Mapping[str, Probe]:
    """Every installed probe by name, in name order: ours and those of plug-ins (entry point `fairwitness.probes`)."""
    return _installed()[0]


def broken() -> Mapping[str, str]:
    """Why a registered probe cannot be loaded, by its name; empty when all can."""
    return _installed()[1]


def find(name: str) -> Probe:
    """The probe of that name or file. Raises UnknownProbe with the nearest name, or with why it cannot be loaded."""
    if probe_file.is_file(name):
        return _of_file(name)
    known = registry()
    if name in broken():
        raise UnknownProbe(f"probe {name!r} is installed but cannot be loaded: {broken()[name]}")
    if name not in known:
        family = [key for key, probe in known.items() if probe.spec.family == name]
        hint = f"; the family {name} has {', '.join(family)}" if family else nearest(name, known)
        raise UnknownProbe(f"no probe {shortened(name)}{hint} (`fairwitness probes` lists all {len(known)})")
    return known[name]


def _of_file(name: str) -> Probe:
    probe = probe_file.read(name)
    if not isinstance(probe, Probe):
        raise UnknownProbe(f"what {name} calls PROBE is no probe ({NEEDED})")
    if probe.spec.name in registry():
        raise UnknownProbe(f"{name} calls its probe {probe.spec.name!r}, as an installed one is called: rename it")
    return probe
