"""Two runs side by side: every change with its p-value, before and after it is judged."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fairwitness.audit.comparison.changes import draft
from fairwitness.audit.comparison.flips import flips_of
from fairwitness.audit.comparison.judging import judge
from fairwitness.audit.comparison.matching import Couple, Match, gate, gated, match, metrics_of, side
from fairwitness.audit.comparison.settings import unlike
from fairwitness.audit.comparison.tradeoff import trade_offs
from fairwitness.audit.comparison.types import Change, Comparison, Unmatched
from fairwitness.audit.comparison.verdicts import verdict_changes
from fairwitness.audit.comparison.words import WORDS
from fairwitness.audit.errors import BadRun
from fairwitness.audit.records import Audit, Estimate
from fairwitness.audit.records.terms import worded_audit


@dataclass(frozen=True, slots=True)
class Drafted:
    """Two runs side by side before anything is judged: every change with its p-value, what could not be compared."""

    base: Audit
    new: Audit
    matched: Match
    changes: tuple[Change, ...]
    unmatched: tuple[Unmatched, ...]


def drafted(base: Audit, new: Audit, *, other_data: bool = False) -> Drafted:
    """The changes of all metrics, whatever rules there are. The rows must have been read: ValueError where not."""
    base, new = worded_audit(base), worded_audit(new)
    matched = match(base, new, other_data=other_data)
    changes: list[Change] = []
    unmatched: list[Unmatched] = []
    for couple in matched.couples:
        result, single = _couple(couple, other_data=other_data)
        changes += result
        unmatched += single
    return Drafted(base, new, matched, tuple(changes), tuple(unmatched))


def judged(made: Drafted, new: Audit) -> Drafted:
    """The same changes, beside the verdicts that the new run has by now."""
    return replace(made, new=replace(made.new, verdicts=new.verdicts, outcome=new.outcome, exit_code=new.exit_code))


def check_comparable(made: Drafted) -> None:
    """Raises BadRun where the two runs have nothing to compare."""
    if not made.changes:
        raise BadRun(f"the runs have nothing to compare: {_nothing(made)}")


def _nothing(made: Drafted) -> str:
    unmatched = (*made.matched.unmatched, *made.unmatched)
    if unmatched:
        return "; ".join(dict.fromkeys(f"{missing.probe}: {missing.reason}" for missing in unmatched))
    names = [", ".join(result.probe.name for result in audit.results) or "nothing" for audit in (made.base, made.new)]
    return f"BASE asked {names[0]}, NEW asked {names[1]}"


def compare_drafted(
    made: Drafted,
    *,
    names: tuple[str, str],
    margin: float | None = None,
    min_effect: float | None = None,
) -> Comparison:
    """The comparison of changes that were drafted: corrected, and judged by the rules of both runs."""
    check_sizes(margin, min_effect)
    changes = judge(ruled(made), margin, min_effect)
    return compared(made, changes, names=names, margin=margin, min_effect=min_effect)


def check_sizes(margin: float | None, min_effect: float | None) -> None:
    """Raises ValueError for a margin or a least effect of 0 or less."""
    for name, number in (("margin", margin), ("min_effect", min_effect)):
        if number is not None and number <= 0:
            raise ValueError(f"{name} {number} is not above 0")


def ruled(made: Drafted) -> tuple[Change, ...]:
    """The changes, each with whether a rule of either run can fail a release for its metric."""
    rules = gated(made.base, made.new)
    return tuple(replace(change, gated=(change.probe, change.metric.key) in rules) for change in made.changes)


def compared(
    made: Drafted,
    changes: tuple[Change, ...],
    *,
    names: tuple[str, str],
    margin: float | None,
    min_effect: float | None,
) -> Comparison:
    """The comparison of two runs, whose changes were judged."""
    base, new, matched = made.base, made.new, made.matched
    rules = gated(base, new)
    single = [
        replace(missing, gated=isinstance(metric.estimate, Estimate) and (missing.probe, metric.key) in rules)
        for missing in made.unmatched
        if (metric := missing.metric) is not None
    ]
    gone = [gate(missing, base, rules) for missing in matched.unmatched]
    return Comparison(
        base=side(base, names[0]),
        new=side(new, names[1]),
        changes=changes,
        unmatched=(*gone, *single),
        warnings=tuple(remark.text for remark in matched.warnings),
        plots=trade_offs(matched.couples),
        margin=margin,
        min_effect=min_effect,
        verdicts=verdict_changes([base], [new]),
        flips=tuple(flips for couple in matched.couples for flips in flips_of(couple)),
    )


def _couple(couple: Couple, *, other_data: bool) -> tuple[list[Change], list[Unmatched]]:
    probe = couple.base.probe.name
    changes: list[Change] = []
    single: list[Unmatched] = []
    for first, second in metrics_of(couple):
        metric = first or second
        if metric is None:
            continue
        if first is None or second is None:
            where = "BASE" if second is None else "NEW"
            reason = WORDS("unmatched.only", run=where)
            single.append(Unmatched(probe, metric, "base" if second is None else "new", reason))
            continue
        if odd := unlike(second, *couple.options):
            single.append(Unmatched(probe, first, "both", odd))
            continue
        if couple.items is not None and not other_data and (odd := couple.items.difference(second)):
            single.append(Unmatched(probe, first, "both", WORDS("unmatched.other_data", where=odd)))
            continue
        made = draft(second, first.estimate, second.estimate, couple)
        changes.append(
            Change(
                probe=probe,
                metric=second,
                before=first.estimate,
                after=second.estimate,
                change=made.change,
                scale=made.scale,
                pairing=made.pairing,
                gated=False,
                p_value=made.p_value,
                still=made.still,
            )
        )
    return changes, single
