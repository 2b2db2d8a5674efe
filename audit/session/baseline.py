"""The run that another is compared with: found before anything is asked, and what changed since told at the end."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fairwitness.audit import comparison, document
from fairwitness.audit.comparison import Change, Comparison, Drafted
from fairwitness.audit.config import LATEST
from fairwitness.audit.errors import BadOption, BadRun
from fairwitness.audit.records import (
    Audit,
    Baseline,
    Estimate,
    FlipCount,
    Measured,
    Metric,
    MetricChange,
    NotCompared,
    Since,
    SubjectInfo,
    VerdictChange,
)
from fairwitness.audit.session.comparing import home
from fairwitness.audit.session.place import RUNS

OF_TABLES = "Predict"
"""What every model of tables and every file of decisions answers: one may follow another of any class."""
MOVED = ("worse", "better", "changed")


@dataclass(slots=True)
class Against:
    """A finished run, with all rows of its probes, that a new one is compared with."""

    folder: Path
    audit: Audit
    sha256: str
    target: Path
    """The folder of the new run, where its rows wait until it is written."""
    made: Drafted | None = field(default=None, init=False)
    compared: Comparison | None = field(default=None, init=False)
    """The whole comparison, once the new run was judged."""

    def since(self, new: Audit) -> Since:
        """What changed, as the rules of a policy look at it; the new run has its results and no verdicts yet."""
        self.made = comparison.drafted(self.audit, document.with_items(new, self.target))
        measured = [result for result in self.made.base.results if isinstance(result, Measured)]
        return Since(
            changes={
                (change.probe, change.metric.key): (change.still or change.change, change.scale)
                for change in self.made.changes
            },
            missing={missing.probe: missing.reason for missing in self.made.matched.unmatched},
            unanswered={result.probe.name: (result.unanswered, result.requests) for result in measured},
            gone=_gone(measured, new),
        )

    def told(self, new: Audit) -> Baseline:
        """What changed, as the document of the new run holds it, which has its verdicts now."""
        if self.made is None:
            self.since(new)
        if self.made is None:
            raise ValueError("nothing was drafted")
        judged = comparison.judged(self.made, new)
        self.compared = comparison.compare_drafted(judged, names=(str(self.folder), str(self.target)))
        return _told(self.compared, self.folder, self.sha256)


def _gone(base: Sequence[Measured], new: Audit) -> tuple[tuple[str, Metric], ...]:
    """What the baseline measured and the new run, which asked the same probe, does not have."""
    ran = [result for result in new.results if isinstance(result, Measured)]
    known = {(result.probe.name, metric.key) for result in ran for metric in result.metrics}
    return tuple(
        (result.probe.name, metric)
        for result in base
        for metric in result.metrics
        if isinstance(metric.estimate, Estimate) and (result.probe.name, metric.key) not in known
    )


def find(
    named: str,
    info: SubjectInfo,
    target: Path,
    probes: Collection[str],
    tell: Callable[[str], None] = lambda text: None,
) -> Against:
    """The run that was named, or of `latest` the newest finished one of the same family under `runs/`.

    Raises BadRun where there is none, or one that no run of this model and these probes can be compared with, and
    BadOption for the folder that the new run writes. `tell` is given what was passed over.
    """
    if named == LATEST:
        return _latest(info, target, probes, tell)
    folder = Path(named)
    if home(folder) == target.resolve():
        raise BadOption(f"--baseline {named} is the folder that this run writes: name another one with -o")
    try:
        against = read(folder, target)
    except BadRun as problem:
        raise BadRun(f"--baseline: {problem}") from problem
    if reason := unfit(against.audit, info, probes):
        raise BadRun(f"--baseline {named} {reason}")
    return against


def _latest(info: SubjectInfo, target: Path, probes: Collection[str], tell: Callable[[str], None]) -> Against:
    """The newest finished run that fits. A run that cannot be read is told, never taken for one that is not there."""
    passed: list[str] = []
    for folder in _dated():
        if home(folder) == target.resolve():
            continue
        try:
            audit = document.read(folder)
            reason = unfit(audit, info, probes)
            if not reason:
                against = read(folder, target)
                tell(f"baseline: {folder}" + (f"; newer ones passed over: {'; '.join(passed)}" if passed else ""))
                return against
        except BadRun as error:
            passed.append(str(error))
        else:
            passed.append(f"{folder} {reason}")
    why = f" ({'; '.join(passed[:3])})" if passed else ""
    raise BadRun(
        f"--baseline latest: no finished run of the same kind under {RUNS}/{why}; name one with --baseline DIR"
    )


def _dated() -> Iterator[Path]:
    """The folders with a document, the newest first by the time at which they were begun; stopped runs among them."""
    paths = sorted(RUNS.glob(f"*/{document.AUDIT}")) if RUNS.is_dir() else []
    dated = [(_started(path), path.parent) for path in paths]
    for _, folder in sorted(dated, key=lambda entry: (entry[0], str(entry[1])), reverse=True):
        yield folder


def _started(path: Path) -> str:
    """When a run began; one that cannot be read comes first, so that it is told and not passed over in silence."""
    try:
        started = json.loads(path.read_text("utf-8"))["manifest"]["run"]["started"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return "9"
    return str(started)


def read(folder: Path, target: Path) -> Against:
    """A finished run that the run of another folder is compared with. Raises BadRun where there is none."""
    audit = document.read(folder)
    content = (folder / document.AUDIT if folder.is_dir() else folder).read_bytes()
    return Against(folder, document.with_items(audit, folder), hashlib.sha256(content).hexdigest(), target)


def unfit(base: Audit, info: SubjectInfo, probes: Collection[str]) -> str:
    """Why a run cannot be the baseline of another, in words that follow its name; empty where it can."""
    ours = base.manifest.subject
    if base.status != "complete":
        return "was stopped before its end: name a finished run"
    if OF_TABLES not in ours.capabilities or OF_TABLES not in info.capabilities:
        if ours.kind != info.kind:
            return f"asked a {ours.kind}, and this run asks a {info.kind}"
        if ours.architecture and info.architecture and ours.architecture != info.architecture:
            return f"asked another model family, {ours.architecture}; this run asks {info.architecture}"
    measured = {result.probe.name for result in base.results if isinstance(result, Measured)}
    if not measured & set(probes):
        asked = ", ".join(sorted(measured)) or "nothing"
        return f"measured {asked}, and none of what this run asks ({', '.join(sorted(probes)) or 'nothing'})"
    return ""


def _told(made: Comparison, folder: Path, sha256: str) -> Baseline:
    base = made.base
    shown = [
        change
        for change in made.changes
        if change.gated or made.verdicts_on(change) or (change.finding in MOVED and change.metric.scope != "detail")
    ]
    return Baseline(
        folder=str(folder),
        sha256=sha256,
        spec=base.spec,
        fingerprint=base.fingerprint,
        started=base.started,
        outcome=base.outcome,
        changes=tuple(map(_change, shown)),
        verdicts=tuple(map(_verdict, made.verdicts)),
        flips=tuple(
            FlipCount(
                probe=flips.probe,
                measure=flips.measure,
                flipped=len(flips.flips),
                paired=flips.paired,
                lost=len(flips.lost),
            )
            for flips in made.flips
        ),
        not_compared=(*(_not_compared(change) for change in shown if _unknown(change)), *_unmatched(made)),
        warnings=made.warnings,
    )


def _change(change: Change) -> MetricChange:
    metric = change.metric
    return MetricChange(
        probe=change.probe,
        metric=_plain(metric.name),
        by=_labels(metric.by),
        against=None if metric.against is None else _plain(metric.against),
        variant=_labels(metric.variant),
        before=change.before,
        after=change.after,
        change=change.change,
        scale=change.scale,
        pairing=change.pairing,
        finding=change.finding,
        reason=change.reason,
        adjusted=change.adjusted,
        gated=change.gated,
    )


def _unknown(change: Change) -> bool:
    """Whether a metric that one of the runs measured has no change that anybody could know."""
    measured = isinstance(change.before, Estimate) or isinstance(change.after, Estimate)
    return change.finding == "not_tested" and measured


def _not_compared(change: Change) -> NotCompared:
    return _missing(change.probe, change.metric, change.reason)


def _unmatched(made: Comparison) -> Iterator[NotCompared]:
    judged = {verdict.key for verdict in made.verdicts}
    for missing in made.unmatched:
        metric = missing.metric
        if metric is None:
            yield NotCompared(probe=missing.probe, reason=missing.reason)
        elif missing.gated or (missing.probe, metric.key) in judged:
            yield _missing(missing.probe, metric, missing.reason)


def _missing(probe: str, metric: Metric, reason: str) -> NotCompared:
    return NotCompared(
        probe=probe,
        metric=_plain(metric.name),
        by=_labels(metric.by),
        against=None if metric.against is None else _plain(metric.against),
        variant=_labels(metric.variant),
        reason=reason,
    )


def _verdict(change: VerdictChange) -> VerdictChange:
    against = None if change.against is None else _plain(change.against)
    by, variant = _labels(change.by), _labels(change.variant)
    return replace(change, metric=_plain(change.metric), against=against, by=by, variant=variant)


def _labels(labels: Mapping[str, str]) -> dict[str, str]:
    return {_plain(name): _plain(value) for name, value in labels.items()}


def _plain(name: str) -> str:
    """A name as the document holds it, without its translations."""
    return "".join(name)
