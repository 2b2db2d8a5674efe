"""The card of a judge: tables of its errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from fairwitness.audit import judging, stats
from fairwitness.audit.judging import Tally
from fairwitness.audit.judging.calibration import CUTS
from fairwitness.audit.records import Estimate, Evidence, Undefined
from fairwitness.audit.stats.judged import Errors
from fairwitness.probes.kit.judged.calibrated import Calibrated
from fairwitness.probes.kit.judged.judges import WORDS
from fairwitness.probes.kit.tables import Head, Listing, interval, label, number

Figure: TypeAlias = tuple[str, Estimate | Undefined | None, float | None]
"""Its name, its interval or none, and the value where there is none."""
TallyRow: TypeAlias = tuple[str | float, Tally]


def _sensitivity(row: TallyRow) -> Estimate | Undefined:
    return sensitivity(row[1].errors)


def _specificity(row: TallyRow) -> Estimate | Undefined:
    return specificity(row[1].errors)


def sensitivity(errors: Errors) -> Estimate | Undefined:
    """Of examples that are, the share that the judge calls."""
    return stats.proportion(errors.called, errors.positives)


def specificity(errors: Errors) -> Estimate | Undefined:
    """Of examples that are not, the share that it lets go."""
    return stats.proportion(errors.let_go, errors.negatives)


FIGURES: Listing[Figure] = Listing(
    "judge",
    WORDS,
    label("figure", lambda row: WORDS(f"judge_figures.{row[0]}")),
    interval(("value", "low", "high"), lambda row: row[1], otherwise=lambda row: row[2]),
)
_COUNTS: tuple[Head[TallyRow] | tuple[Head[TallyRow], ...], ...] = (
    number("positives", lambda row: row[1].errors.positives),
    interval(("sensitivity", "low sensitivity", "high sensitivity"), _sensitivity),
    number("negatives", lambda row: row[1].errors.negatives),
    interval(("specificity", "low specificity", "high specificity"), _specificity),
)
CUT_ROWS: Listing[TallyRow] = Listing("judge_cuts", WORDS, number("cut", lambda row: float(row[0])), *_COUNTS)
GROUP_ROWS: Listing[TallyRow] = Listing("judge_groups", WORDS, label("group", lambda row: str(row[0])), *_COUNTS)


def tables(calibrated: Calibrated) -> list[Evidence]:
    """The card of one judge; empty where it has no labelled examples."""
    tallied, calibration = calibrated.tally, calibrated.calibration
    if tallied is None or calibration is None:
        return []
    made = [FIGURES.of(figures(tallied), what=calibrated.what, who=calibrated.judge.name)]
    if calibration.graded:
        cuts = [(cut, judging.tally(calibration.examples, calibrated.decided, cut)) for cut in CUTS]
        made.append(CUT_ROWS.of(cuts, what=calibrated.what))
    if groups := calibrated.by_group():
        made.append(GROUP_ROWS.of(groups.items(), what=calibrated.what))
    return made


def figures(tallied: Tally) -> Iterator[Figure]:
    """The figures of a tally."""
    errors, total = tallied.errors, tallied.total
    yield "positives", None, errors.positives
    yield "negatives", None, errors.negatives
    yield "sensitivity", sensitivity(errors), None
    yield "specificity", specificity(errors), None
    youden = errors.youden_estimate()
    yield "youden", youden, None
    yield "unscored", stats.proportion(sum(tallied.unscored), total), None
    yield "refused", stats.proportion(tallied.whys.get("refused", 0), total), None
