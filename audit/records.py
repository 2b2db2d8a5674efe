"""The frozen types that every part of Fairwitness speaks: what was measured, on what, and how it was judged."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from fairwitness.audit.item_records import Items, StoredItems

Cell: TypeAlias = str | int | float | bool | None
CHECK = "Check the data: "
"""How a note begins that the terminal shows too: something in a table may mean another thing than it says."""
Json: TypeAlias = Mapping[str, Any]
Better: TypeAlias = Literal["lower", "higher", "near_zero", "none"]
EvidenceKind: TypeAlias = Literal["table", "tokens", "matrix", "curves", "points"]
ColumnRole: TypeAlias = Literal["label", "number", "text", "prompt", "token", "weight", "error", "flag"]
Role: TypeAlias = Literal["bias", "competence", "description"]
Scope: TypeAlias = Literal["overall", "group", "detail"]
Outcome: TypeAlias = Literal["pass", "fail", "likely_violated", "inconclusive", "not_measured", "waived"]
AuditOutcome: TypeAlias = Literal[
    "pass", "fail", "likely_violated", "inconclusive", "reported", "incomplete", "nothing_judged", "nothing_ran"
]
UndefinedKind: TypeAlias = Literal["not_asked", "not_estimable", "not_interpretable"]
Severity: TypeAlias = Literal["error", "warn"]

SCHEMA_VERSION = "2.0"


@dataclass(frozen=True, slots=True)
class Interval:
    """Closed interval at a confidence level; the unit is that of the value it belongs to."""

    level: float
    low: float
    high: float

    def __post_init__(self) -> None:
        if not 0 < self.level < 1:
            raise ValueError(f"level {self.level} is not between 0 and 1")
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.high):
            raise ValueError(f"[{self.low}, {self.high}] is no interval")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval, the number of independent units behind it and how it was made.

    `wider` holds the same interval at rising levels (1 - 0.05/2, 1 - 0.05/4, ...), so that a rule over many
    metrics can be decided at a corrected level by whoever holds the document. `if_answered` is where the value could
    lie had every unanswered item been answered, from its lowest to its highest; None where the probe did not work it
    out, so that a rule cannot pass on it when something stayed unanswered.
    """

    value: float
    low: float
    high: float
    level: float
    n: int
    method: str
    wider: tuple[Interval, ...] = ()
    if_answered: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        Interval(self.level, self.low, self.high)
        if self.if_answered is not None and not self.if_answered[0] <= self.value <= self.if_answered[1]:
            raise ValueError(f"the answered items alone give {self.value}, outside {self.if_answered}")
        if not self.low <= self.value <= self.high:
            raise ValueError(f"interval [{self.low}, {self.high}] does not hold value {self.value}")
        if self.n < 1 or (self.n < 2 and self.low == self.high):
            raise ValueError(f"an interval of zero width needs more than n = {self.n}")

    def at(self, level: float) -> Interval | None:
        """The narrowest stored interval of at least this level; None when no stored level is high enough."""
        intervals = (Interval(self.level, self.low, self.high), *self.wider)
        return next((interval for interval in intervals if interval.level >= level - 1e-12), None)


@dataclass(frozen=True, slots=True)
class Undefined:
    """Why there is no estimate.

    Kinds: `not_asked`, nothing in this run asked for it (no column of true outcomes was named, say); `not_estimable`,
    too little to tell; `not_interpretable`, answers were given and a validity check says that they do not mean what
    the metric claims. A rule on what is not interpretable is inconclusive, whatever the policy ignores.
    """

    reason: str
    kind: UndefinedKind = "not_estimable"


Labels: TypeAlias = tuple[tuple[str, str], ...]
MetricKey: TypeAlias = tuple[str, Labels, str | None, Labels]
"""What tells a metric of one probe from all others: its name, groups, the group compared with, way of measuring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One measured quantity."""

    name: str
    estimate: Estimate | Undefined
    unit: str
    better: Better
    claim: str
    """The sentence a reader may conclude."""
    null: float | None = None
    """The value that means no difference, no bias or no more than chance; None where there is no such value."""
    by: Mapping[str, str] = field(default_factory=dict)
    """The group of people that the value speaks of, as the value of each column or category; empty for everybody."""
    against: str | None = None
    """The group that the group of `by` is compared with; of a crossing its values, joined by ` × `."""
    variant: Mapping[str, str] = field(default_factory=dict)
    """The way of measuring or the part of the material, where the probe has several: a scoring, a label, a column."""
    role: Role = "bias"
    """What it is for: the harm or difference that the probe asks for; whether the model can do the task at all; or
    what describes either (rates behind a difference, reliability, how large controls come out)."""
    scope: Scope = "overall"
    """Of everybody and all material; of one group or part, or a comparison of two; or a detail behind others, which
    readers find in the section of the probe alone."""
    joint: bool = False
    """Whether its interval holds together with those of all metrics of its name and group columns: they count once."""
    evidence: tuple[str, ...] = ()
    """Ids of the tables behind it."""
    tags: tuple[str, ...] = ()
    """Free words for the selectors of policies; nothing else decides by them."""

    @property
    def key(self) -> MetricKey:
        """What tells it from the other metrics of its probe."""
        return metric_key(self.name, self.by, self.against, self.variant)


def metric_key(
    name: str, by: Mapping[str, str], against: str | None = None, variant: Mapping[str, str] | None = None
) -> MetricKey:
    """The key of a metric by its parts."""
    return name, tuple(sorted(by.items())), against, tuple(sorted((variant or {}).items()))


@dataclass(frozen=True, slots=True)
class Column:
    """A column of evidence. `prompt` is the exact text the model saw; `secret` cells are redacted in every file.

    Roles: label (a name), number, text, prompt, token (a word of a strip), weight (a signed value of a strip),
    error (the standard error of the weight before it), flag (true marks the row as failing or protected).
    """

    name: str
    role: ColumnRole = "label"
    unit: str = ""
    secret: bool = False


@dataclass(frozen=True, slots=True)
class StoredRows:
    """Rows that were written to a file as they came and are not held: its place in the run's folder, hash and rows."""

    file: str
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """A captioned table or drawing, `shown` of `total` rows of it.

    Kinds: `table`; `tokens`, one row a word; `matrix`, first column the label of the row; `curves`, columns by position
    series, x, y and then either no number or low and high (a band) and more that only the table shows; `points`,
    columns label, x, its low and high, y, its low and high, and more for the table. In both drawings a row without a
    label belongs to a reference line, a flag marks a point, and an empty number is a break. A table whose rows are
    `stored` in a file holds none itself. Raises ValueError on other shapes.
    """

    id: str
    caption: str
    kind: EvidenceKind
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int
    stored: StoredRows | None = None

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"evidence {self.id!r}: {len(row)} cells under {len(self.columns)} columns")
        if self.stored is not None and (self.rows or self.kind != "table"):
            raise ValueError(f"evidence {self.id!r}: rows in a file are those of a table that holds none itself")
        if self.total < self.shown:
            raise ValueError(f"evidence {self.id!r}: {self.shown} rows shown of {self.total}")
        if self.kind in ("curves", "points") and (problem := _undrawable(self)):
            raise ValueError(f"evidence {self.id!r}: {problem}")

    @property
    def shown(self) -> int:
        """Number of rows that the document holds, or the file that it names."""
        return len(self.rows) if self.stored is None else self.stored.rows


def _undrawable(evidence: Evidence) -> str:
    """What keeps curves or points from being drawn; empty when nothing does."""
    roles = [column.role for column in evidence.columns]
    numbers = roles.count("number")
    if roles != ["label", *["number"] * numbers, *["flag"] * (len(roles) - 1 - numbers)]:
        return f"{evidence.kind} have a label, then numbers, then flags; these columns are {', '.join(roles) or 'none'}"
    if numbers < (2 if evidence.kind == "curves" else 6) or (evidence.kind == "curves" and numbers == 3):
        wanted = "2 numbers a row, or 4 and more" if evidence.kind == "curves" else "6 numbers a row, or more"
        return f"{evidence.kind} have {wanted}; these have {numbers}"
    spans = {"curves": [(1, 2, 3)] if numbers > 2 else [], "points": [(0, 1, 2), (3, 4, 5)]}[evidence.kind]
    for at, row in enumerate(evidence.rows, start=1):
        cells = [cell if isinstance(cell, int | float) else None for cell in row[1 : numbers + 1]]
        if any(isinstance(cell, str | bool) for cell in row[1 : numbers + 1]):
            return f"row {at} has a cell that is no number: {row!r}"
        for value, low, high in ([cells[k] for k in span] for span in spans):
            if (low is None) != (high is None):
                return f"row {at} has one end of an interval and not the other"
            if value is not None and low is not None and high is not None and not low <= value <= high:
                return f"row {at}: [{low}, {high}] does not hold {value}"
    return ""


@dataclass(frozen=True, slots=True)
class DataNeed:
    """A data set that a probe asks the runner to find and load: a table with these columns.

    `package` and `inner` say where an installed package keeps it, `hub` (`owner/name:config:split`) where the hub does;
    without them only a file of the user's serves. `format` is a reader of `fairwitness.audit.datasets.sets` where the
    set is published as something else than one plain table; `inner` may then be a folder.
    """

    name: str
    what: str
    columns: tuple[str, ...] = ()
    package: str = ""
    inner: str = ""
    licence: str = ""
    required: bool = True
    hub: str = ""
    format: str = ""


@dataclass(frozen=True, slots=True)
class DataSource:
    """Which file served a data need, and the hash of its bytes."""

    name: str
    source: str
    sha256: str
    licence: str
    rows: int


def again(name: str, number: int) -> str:
    """What the second column of a name, or a further one, is called in a table: as few files name one."""
    return f"{name} ({number})"


@dataclass(frozen=True, slots=True)
class Table:
    """A loaded data set: equally long columns by name, in the order of the file."""

    source: DataSource
    columns: Mapping[str, tuple[Cell, ...]]

    def __len__(self) -> int:
        return self.source.rows

    def repeats(self, name: str) -> bool:
        """Whether the file has more than one column of the name, so that nothing says which one is meant."""
        return again(name, 2) in self.columns


@dataclass(frozen=True, slots=True)
class ProbeSpec:
    """What a probe asks and what it cannot tell. `needs`: alternatives, each a set of request kinds."""

    name: str
    version: str
    family: str
    title: str
    question: str
    why: str
    how_to_read: str
    needs: tuple[tuple[str, ...], ...]
    citations: tuple[str, ...]
    limits: tuple[str, ...]
    data: tuple[DataNeed, ...] = ()
    data_licence: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """A probe that ran to its end. `requests` and `unanswered` count what it asked and what came back empty.

    `sources` are the hashes of the files that served its data needs: another probe may have asked another file for a
    need of the same name.
    """

    probe: ProbeSpec
    metrics: tuple[Metric, ...]
    evidence: tuple[Evidence, ...]
    requests: int
    unanswered: int
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    items: Items | StoredItems | None = None
    """What was asked or decided, row by row: named by its file where the run has a folder, else held."""
    status: Literal["measured"] = "measured"


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """A probe that this model or these data cannot answer, and why.

    `asked` is False for a probe of a suite that this kind of model cannot answer, or whose data the suite marks
    optional and nobody gave: no rule counts it as missing.
    """

    probe: ProbeSpec
    reason: str
    asked: bool = True
    status: Literal["not_applicable"] = "not_applicable"


@dataclass(frozen=True, slots=True)
class Failed:
    """A probe that crashed; the others went on. `reason` is one line, `detail` the traceback without paths."""

    probe: ProbeSpec
    reason: str
    detail: str = ""
    status: Literal["failed"] = "failed"


ProbeResult: TypeAlias = Measured | NotApplicable | Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a rule says of one metric, which `metric`, `by`, `against` and `variant` name.

    `decided` is the interval at the level that the rule used.

    `fingerprint` is stable across runs of one model family; `counts` says whether it weighs in the exit code: a verdict
    of severity error that is no pass, is not waived and that no key of the policy leaves open. `asked` is False where
    the rule speaks of what this run did not ask. `waived_from` is the outcome that a waiver took away.
    """

    rule: str
    outcome: Outcome
    probe: str
    metric: str
    by: Mapping[str, str]
    reason: str
    severity: Severity
    counts: bool
    fingerprint: str
    against: str | None = None
    variant: Mapping[str, str] = field(default_factory=dict)
    condition: str = ""
    threshold: float | None = None
    decided: Interval | None = None
    waiver: str = ""
    asked: bool = True
    waived_from: Outcome | None = None

    @property
    def metric_key(self) -> MetricKey:
        """The key of the metric that it speaks of."""
        return metric_key(self.metric, self.by, self.against, self.variant)


@dataclass(frozen=True, slots=True)
class SubjectInfo:
    """What is audited. `capabilities`: the request kinds it answers; `notes`: what to know of its loading.

    An empty `fingerprint` says that the subject has no content that could be hashed (a function): its answers are not
    kept between runs, and nothing shows whether two runs asked the same.
    """

    spec: str
    fingerprint: str
    kind: str
    architecture: str
    parameters: int | None
    dtype: str
    capabilities: tuple[str, ...]
    revision: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """One time that a probe asked a model: of these data (hashes), at most so many items, with this seed."""

    probe: str
    data: str
    limit: int | None
    seed: int


@dataclass(frozen=True, slots=True)
class PolicyInfo:
    """Which policy judged, and the hash of its bytes; `path` is `default` for the one that Fairwitness brings."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything needed to repeat the run. All that may differ between equal runs stands in `run` and nowhere else."""

    subject: SubjectInfo
    config: Json
    policy: PolicyInfo
    seed: int
    data: tuple[DataSource, ...]
    environment: Json
    git: Json
    run: Json


@dataclass(frozen=True, slots=True)
class Audit:
    """The one document. Every renderer, exporter and exit code is computed from it and nothing else."""

    fairwitness_version: str
    status: Literal["complete", "incomplete"]
    outcome: AuditOutcome
    manifest: Manifest
    results: tuple[ProbeResult, ...]
    verdicts: tuple[Verdict, ...]
    exit_code: int
    schema_version: str = SCHEMA_VERSION
