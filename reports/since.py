"""What changed since the baseline of a run, as its report shows it: new failures first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar

from fairwitness.audit.records import (
    Audit,
    Baseline,
    Estimate,
    FlipCount,
    Measured,
    MetricChange,
    NotCompared,
    Uncompared,
    Undefined,
    VerdictChange,
)
from fairwitness.audit.records.terms import worded_verdict
from fairwitness.reports.i18n import Words, shown
from fairwitness.reports.labels import Labels
from fairwitness.reports.numbers import decimals_for, decimals_of_change, together
from fairwitness.reports.rules import SHAPES
from fairwitness.reports.text import human, line
from fairwitness.reports.text import reason as why

T = TypeVar("T", VerdictChange, MetricChange, NotCompared)
Say: TypeAlias = Callable[..., str]
"""Looks up a text of one language."""
TURNS = ("new_failure", "only_new", "changed", "only_base", "fixed")
"""What verdicts can do, what needs a look first; those that did nothing are counted."""
MARKS = {
    "new_failure": "fail",
    "only_new": "inconclusive",
    "changed": "inconclusive",
    "only_base": "not_measured",
    "fixed": "pass",
    "unchanged": "none",
}
"""The shape and colour of what a verdict did."""
FINDING_MARKS = {"worse": "fail", "changed": "inconclusive", "better": "pass", "not_tested": "not_measured"}
ORDER = ("worse", "changed", "better", "no_change_shown", "not_inferior", "equivalent", "not_tested")
MOST_CHANGES, MOST_LINES, MOST_REASONS = 12, 8, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """A verdict that is not what it was; outcomes are keys of the catalogues, empty where a run has none."""

    turn: str
    mark: str
    rule: str
    name: str
    before: str
    after: str
    gated: bool

    @classmethod
    def of(cls, verdict: VerdictChange) -> Turned:
        """A verdict as it is shown."""
        return cls(
            turn=verdict.turn,
            mark=MARKS[verdict.turn],
            rule=line(verdict.rule),
            name=Labels.of(verdict).named(f"{line(verdict.probe)}/{line(verdict.metric)}"),
            before=verdict.before or "",
            after=verdict.after or "",
            gated=verdict.gated,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A metric before and after, and its change with its interval."""

    probe: str
    label: str
    labels: Labels
    before: str
    after: str
    change: str
    interval: str
    finding: str
    mark: str
    reason: str
    gated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What could not be compared, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """What changed since the baseline, ready to be shown."""

    baseline: Baseline
    spec: str
    folder: str
    started: str
    counts: tuple[tuple[str, str, int], ...]
    """Turn, mark and how many verdicts; those that are as they were last."""
    turned: tuple[Turned, ...]
    changes: tuple[Changed, ...]
    folded: tuple[Changed, ...]
    flips: tuple[FlipCount, ...]
    missing: tuple[Missing, ...]
    warnings: tuple[str, ...]


def since_of(audit: Audit) -> Since | None:
    """The view of what changed since the baseline; None of a run that has none."""
    baseline = audit.baseline
    if baseline is None:
        return None
    terms = {result.probe.name: result.terms for result in audit.results if isinstance(result, Measured)}
    turned = sorted(
        (_worded(verdict, terms) for verdict in baseline.verdicts if verdict.turn in TURNS),
        key=lambda verdict: (TURNS.index(verdict.turn), not verdict.gated),
    )
    changes = sorted(
        (_worded(change, terms) for change in baseline.changes),
        key=lambda change: (not change.gated, ORDER.index(change.finding)),
    )
    quiet = [change for change in changes if silent(change.before, change.after)]
    moved = [_changed(change) for change in changes if change not in quiet]
    counts = [(turn, MARKS[turn], sum(verdict.turn == turn for verdict in turned)) for turn in TURNS]
    unchanged = sum(verdict.turn == "unchanged" for verdict in baseline.verdicts)
    return Since(
        baseline=baseline,
        spec=line(baseline.spec),
        folder=line(baseline.folder),
        started=line(baseline.started).replace("T", " ").split("+")[0][:16],
        counts=(*(entry for entry in counts if entry[2]), ("unchanged", "none", unchanged)),
        turned=tuple(map(Turned.of, turned)),
        changes=tuple(moved[:MOST_CHANGES]),
        folded=(*moved[MOST_CHANGES:], *map(_changed, quiet)),
        flips=tuple(flips for flips in baseline.flips if flips.flipped or flips.lost),
        missing=tuple(_missing(_worded(entry, terms)) for entry in baseline.not_compared),
        warnings=tuple(map(line, baseline.warnings)),
    )


def _worded(record: T, terms: Mapping[str, Mapping[str, str]]) -> T:
    return worded_verdict(record, terms.get(record.probe, {}))


def _changed(change: MetricChange) -> Changed:
    widths = [side.high - side.low for side in (change.before, change.after) if isinstance(side, Estimate)]
    factor = change.scale == "factor"
    width = change.change.high - change.change.low if isinstance(change.change, Estimate) and not factor else None
    decimals = decimals_of_change(widths, width)
    moved, interval = "–", ""
    if isinstance(change.change, Estimate):
        places = decimals_for(change.change.high - change.change.low)
        ends = (change.change.value, change.change.low, change.change.high)
        value, low, high = together(ends, places, sign=not factor)
        moved, interval = ("× " if factor else "") + value.text, f"[{low.text}, {high.text}]"
    return Changed(
        probe=line(change.probe),
        label=human(change.metric),
        labels=Labels.of(change),
        before=_value(change.before, decimals),
        after=_value(change.after, decimals),
        change=moved,
        interval=interval,
        finding=change.finding,
        mark=FINDING_MARKS.get(change.finding, "none"),
        reason=why(change.reason),
        gated=change.gated,
    )


def _value(estimate: Estimate | Undefined, decimals: int) -> str:
    if isinstance(estimate, Undefined):
        return "–"
    return together((estimate.value, estimate.low, estimate.high), decimals)[0].text


def _missing(entry: NotCompared) -> Missing:
    name = Labels.of(entry).named(line(entry.probe), line(entry.metric)) if entry.metric else line(entry.probe)
    return Missing(name=name, reason=line(entry.reason))


def silent(before: Estimate | Undefined, after: Estimate | Undefined) -> bool:
    """Whether neither run has a value of a metric, so that nothing can be seen: such rows come last, folded."""
    return isinstance(before, Undefined) and isinstance(after, Undefined)


def uncompared_of(audit: Audit) -> Uncompared | None:
    """Why nothing was compared, on one line; None where something was, or nobody wanted it."""
    none = audit.uncompared
    return None if none is None else replace(none, reason=line(none.reason).removesuffix("."))


def lines(audit: Audit, language: str = "en") -> list[str]:
    """What changed since the baseline in a few lines, for terminals, or why nothing was compared.

    None of a run that was to be compared with none.
    """
    tx = Words(language).plain
    if (none := uncompared_of(audit)) is not None:
        return [tx(f"since.{none.kind}", reason=none.reason)]
    since = since_of(audit)
    if since is None:
        return []
    counts = tx("comma").join(f"{tx(f'compare.turn.{turn}').lower()} {count}" for turn, _, count in since.counts)
    said = [tx("since.lead", folder=since.folder, spec=since.spec, counts=counts)]
    said += [f"  {text}" for text in _verdicts(since.turned[:MOST_LINES], tx)]
    if len(since.turned) > MOST_LINES:
        said.append(f"  {tx('compare.verdicts.more', n=len(since.turned) - MOST_LINES)}")
    moved = [change for change in since.changes if change.gated and change.finding in ("worse", "better", "changed")]
    said += [f"  {_change(change, tx)}" for change in moved[:MOST_LINES]]
    said += [f"  {flip(flips, tx)}" for flips in since.flips[:MOST_LINES]]
    said += [
        f"  {tx('since.not_compared')} {missing.name}: {shown(missing.reason)}"
        for missing in since.missing[:MOST_REASONS]
    ]
    if len(since.missing) > MOST_REASONS:
        said.append(f"  {tx('compare.more_unmatched', n=len(since.missing) - MOST_REASONS)}")
    return said


def _verdicts(turned: Sequence[Turned], tx: Say) -> list[str]:
    texts = []
    for verdict in turned:
        outcomes = [tx(f"outcome.{name}" if name else "compare.no_verdict") for name in (verdict.before, verdict.after)]
        warns = "" if verdict.gated else f" ({tx('compare.warning')})"
        word = f"{SHAPES.get(verdict.mark, '·')} {tx(f'compare.turn.{verdict.turn}')}{warns}"  # type: ignore[call-overload]
        texts.append(f"{word}: {verdict.rule}, {verdict.name}: {' → '.join(outcomes)}")
    return texts


def _change(change: Changed, tx: Say) -> str:
    name = change.labels.named(f"{change.probe}/{shown(change.label)}")
    mark = SHAPES.get(change.mark, "·")  # type: ignore[call-overload]
    moved = f"{change.before} → {change.after} ({change.change} {change.interval})"
    return f"{mark} {tx(f'finding.{change.finding}')}: {name}: {moved}"


def flip(flips: FlipCount, tx: Say) -> str:
    """How many answers of a score are others now."""
    name = f"{line(flips.probe)}/{line(flips.measure)}" if flips.measure else line(flips.probe)
    said = tx("since.flips", n=flips.flipped, paired=flips.paired)
    lost = f"; {tx('compare.flips.lost', n=flips.lost)}" if flips.lost else ""
    return f"{name}: {said}{lost}"
