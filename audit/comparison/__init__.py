"""What changed between two runs, beyond noise: two documents in, one comparison out. Asks nothing, shows nothing."""

from __future__ import annotations

from fairwitness.audit.comparison.changes import draft
from fairwitness.audit.comparison.judging import judge
from fairwitness.audit.comparison.matching import Couple, Key, gate, gated, match, metrics_of, side
from fairwitness.audit.comparison.serialization import to_json
from fairwitness.audit.comparison.several import compare_several
from fairwitness.audit.comparison.tradeoff import trade_offs
from fairwitness.audit.comparison.types import FINDINGS, NO_CHANGE, Change, Comparison, Finding, Side, Unmatched
from fairwitness.audit.comparison.words import WORDS
from fairwitness.audit.errors import BadRun
from fairwitness.audit.records import Audit, Estimate
from fairwitness.audit.records.terms import worded_audit

__all__ = [
    "FINDINGS",
    "NO_CHANGE",
    "Change",
    "Comparison",
    "Finding",
    "Side",
    "Unmatched",
    "compare",
    "compare_several",
    "to_json",
]


def compare(
    base: Audit,
    new: Audit,
    *,
    names: tuple[str, str] = ("BASE", "NEW"),
    margin: float | None = None,
    other_data: bool = False,
) -> Comparison:
    """What NEW measured otherwise than BASE. `names` are the folders of the runs, for whoever reads the comparison.

    Decisions about the same rows are compared row by row; everything else by its two intervals, taken to be
    independent. The rows must have been read (`document.with_items`): ValueError where they were not. A change within
    `margin` (a difference, or a factor of 1 + margin) counts as none where that is shown. `other_data` lets tables of
    different rows be compared as independent samples. Raises BadRun where nothing can be compared.
    """
    if margin is not None and margin <= 0:
        raise ValueError(f"margin {margin} is not above 0")
    base, new = worded_audit(base), worded_audit(new)
    matched = match(base, new, other_data=other_data)
    rules = gated(base, new)
    changes: list[Change] = []
    unmatched: list[Unmatched] = []
    for couple in matched.couples:
        result, single = _couple(couple, rules, other_data=other_data)
        changes += result
        unmatched += single
    if not changes:
        raise BadRun(f"the runs have nothing to compare: {_nothing(base, new, (*matched.unmatched, *unmatched))}")
    gone = [gate(missing, base, rules) for missing in matched.unmatched]
    return Comparison(
        base=side(base, names[0]),
        new=side(new, names[1]),
        changes=judge(changes, margin),
        unmatched=(*gone, *unmatched),
        warnings=tuple(remark.text for remark in matched.warnings),
        plots=trade_offs(matched.couples),
        margin=margin,
    )


def _couple(couple: Couple, rules: frozenset[Key], *, other_data: bool) -> tuple[list[Change], list[Unmatched]]:
    probe = couple.base.probe.name
    changes: list[Change] = []
    single: list[Unmatched] = []
    for first, second in metrics_of(couple):
        metric = first or second
        if metric is None:
            continue
        ruled = (probe, metric.key) in rules
        if first is None or second is None:
            where = "BASE" if second is None else "NEW"
            measured = ruled and isinstance(metric.estimate, Estimate)
            single.append(
                Unmatched(
                    probe, metric, "base" if second is None else "new", WORDS("unmatched.only", run=where), measured
                )
            )
            continue
        if couple.items is not None and not other_data and (odd := couple.items.difference(second)):
            measured = ruled and isinstance(first.estimate, Estimate)
            single.append(Unmatched(probe, second, "both", WORDS("unmatched.other_data", where=odd), measured))
            continue
        made = draft(second, first.estimate, second.estimate, couple.people, couple.items)
        changes.append(
            Change(
                probe,
                second,
                first.estimate,
                second.estimate,
                made.change,
                made.scale,
                made.pairing,
                ruled,
                made.p_value,
            )
        )
    return changes, single


def _nothing(base: Audit, new: Audit, unmatched: tuple[Unmatched, ...]) -> str:
    if unmatched:
        return "; ".join(dict.fromkeys(f"{missing.probe}: {missing.reason}" for missing in unmatched))
    names = [", ".join(result.probe.name for result in audit.results) or "nothing" for audit in (base, new)]
    return f"BASE asked {names[0]}, NEW asked {names[1]}"
