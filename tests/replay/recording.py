"""One probe's run, recorded: what it was given, what was answered, and what it found.

Answers stand in the order of their requests' text and not in that of asking, beside a hash of the requests: a probe
that asks the same in another order replays, one that asks something else does not.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fairwitness.audit.probe import Context, Findings, find
from fairwitness.audit.records import Cell, DataSource, Estimate, Evidence, Metric, Table, Undefined
from fairwitness.audit.requests import Answer, Request, canonical
from fairwitness.audit.verbs import answer_types
from organisms import drive_rounds, packaged

ANSWERS = answer_types()
DIGITS = 3
"""Significant digits that a recorded answer keeps."""


class OtherRequests(AssertionError):
    """The probe asks something else than what was recorded."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a probe is given: enough to run it again without any of the code that made it."""

    probe: str
    capabilities: tuple[str, ...]
    kind: str
    options: dict[str, Any]
    tables: dict[str, Table]

    def context(self) -> Context:
        """The context of a run with this setting; tables that the package brings are read from it."""
        probe = find(self.probe)
        tables = {need.name: packaged(need) for need in probe.spec.data if need.package.startswith("fairwitness.")}
        options = probe.options.model_validate(self.options)
        return Context(
            seed=0,
            options=options,
            capabilities=frozenset(self.capabilities),
            data={**tables, **self.tables},
            kind=self.kind,
        )


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A setting, the rounds of requests (their hash) with the answers, and the findings as plain numbers."""

    name: str
    setting: Setting
    rounds: list[tuple[str, list[Answer]]]
    findings: dict[str, Any]


def record(name: str, setting: Setting, answer: Callable[[Request], Answer]) -> Recording:
    """Runs the probe with answers from a function, rounded to what the file keeps."""
    rounds: list[tuple[str, list[Answer]]] = []

    def ask(requests: Sequence[Request]) -> list[Answer]:
        answers = {canonical(request): _restored(_plain(answer(request))) for request in requests}
        rounds.append((_digest(answers), [answers[key] for key in sorted(answers)]))
        return [answers[canonical(request)] for request in requests]

    findings = drive_rounds(find(setting.probe), setting.context(), ask)
    return Recording(name=name, setting=setting, rounds=rounds, findings=numbers_of(findings))


def replay(recording: Recording) -> Findings:
    """Runs the probe with the recorded answers. Raises OtherRequests where it asks something else."""
    rounds = iter(recording.rounds)

    def ask(requests: Sequence[Request]) -> list[Answer]:
        keys = sorted({canonical(request) for request in requests})
        digest, answers = next(rounds, ("", []))
        if digest != _digest(keys):
            raise OtherRequests(f"{recording.name}: {len(keys)} requests, not the {len(answers)} that were recorded")
        known = dict(zip(keys, answers, strict=True))
        return [known[canonical(request)] for request in requests]

    findings = drive_rounds(find(recording.setting.probe), recording.setting.context(), ask)
    if next(rounds, None) is not None:
        raise OtherRequests(f"{recording.name}: fewer rounds than were recorded")
    return findings


def numbers_of(findings: Findings) -> dict[str, Any]:
    """All that a reader could compute with: metrics by name and group, and the tables' shapes and sums."""
    metrics = {metric_key(metric): _numbers_of_metric(metric) for metric in findings.metrics}
    evidence = {table.id: _numbers_of_table(table) for table in findings.evidence}
    return {"metrics": metrics, "evidence": evidence, "accounted": findings.accounted}


def metric_key(metric: Metric) -> str:
    """Name and labels of a metric as one text."""
    return json.dumps(metric.key, ensure_ascii=False)


def _numbers_of_metric(metric: Metric) -> dict[str, Any]:
    estimate: dict[str, Any]
    match metric.estimate:
        case Undefined(kind=kind):
            estimate = {"undefined": kind}
        case Estimate():
            estimate = asdict(metric.estimate)
            del estimate["method"]
    return {"estimate": estimate, "unit": metric.unit, "better": metric.better, "null": metric.null}


def _numbers_of_table(table: Evidence) -> dict[str, Any]:
    sums = {}
    for place, column in enumerate(table.columns):
        cells = [row[place] for row in table.rows]
        numbers = [float(cell) for cell in cells if isinstance(cell, int | float)]
        if column.role in ("number", "weight", "doubted", "error", "flag"):
            sums[str(place)] = [len(numbers), sum(numbers), sum(abs(number) for number in numbers)]
    return {"kind": table.kind, "shown": table.shown, "total": table.total, "columns": len(table.columns), "sums": sums}


def words_of(findings: Findings) -> list[str]:
    """Every sentence that a reader sees: what a change of words is compared by."""
    claims = [f"{metric_key(metric)}: {metric.claim}" for metric in findings.metrics]
    reasons = [m.estimate.reason for m in findings.metrics if isinstance(m.estimate, Undefined)]
    tables = [
        f"{table.id}: {table.caption} | {' | '.join(c.name for c in table.columns)}" for table in findings.evidence
    ]
    return [*claims, *reasons, *tables, *findings.notes]


def _digest(keys: Iterable[bytes]) -> str:
    return hashlib.sha256(b"\n".join(sorted(keys))).hexdigest()[:16]


def _rounded(number: float) -> float:
    return float(f"{number:.{DIGITS}g}")


def _plain(value: Any) -> Any:
    """An answer, or a part of it, as JSON."""
    if is_dataclass(value) and type(value).__name__ in ANSWERS:
        return [type(value).__name__, *(_plain(getattr(value, part.name)) for part in fields(value))]
    if isinstance(value, np.ndarray):
        return {"shape": list(value.shape), "values": [_rounded(number) for number in value.ravel().tolist()]}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float | np.floating):
        return _rounded(float(value))
    return value.item() if isinstance(value, np.generic) else value


def _restored(plain: list[Any]) -> Answer:
    """The answer that `_plain` took apart."""
    name, *parts = plain
    answer: Answer = ANSWERS[name](*(_part(part) for part in parts))
    return answer


def _part(value: Any) -> Any:
    if isinstance(value, dict):
        return np.array(value["values"], dtype=np.float32).reshape(value["shape"])
    return tuple(_part(part) for part in value) if isinstance(value, list) else value


def write(recording: Recording, folder: Path) -> Path:
    """Writes a recording, always the same bytes for the same recording."""
    tables = {name: {"source": asdict(t.source), "columns": t.columns} for name, t in recording.setting.tables.items()}
    rounds = [[digest, [_plain(answer) for answer in answers]] for digest, answers in recording.rounds]
    setting = {
        "probe": recording.setting.probe,
        "capabilities": recording.setting.capabilities,
        "kind": recording.setting.kind,
        "options": recording.setting.options,
        "tables": tables,
    }
    whole = {"name": recording.name, "setting": setting, "rounds": rounds, "findings": recording.findings}
    text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
    path = folder / f"{recording.name}.json.gz"
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    return path


def read(path: Path) -> Recording:
    """Reads a recording back."""
    whole = json.loads(gzip.decompress(path.read_bytes()))
    setting = whole["setting"]
    tables = {name: _table(data) for name, data in setting["tables"].items()}
    rounds = [(digest, [_restored(answer) for answer in answers]) for digest, answers in whole["rounds"]]
    given = Setting(**{**setting, "capabilities": tuple(setting["capabilities"]), "tables": tables})
    return Recording(name=whole["name"], setting=given, rounds=rounds, findings=whole["findings"])


def _table(data: dict[str, Any]) -> Table:
    columns: dict[str, tuple[Cell, ...]] = {name: tuple(cells) for name, cells in data["columns"].items()}
    return Table(DataSource(**data["source"]), columns)
