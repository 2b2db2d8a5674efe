"""Whether answers to BBQ come from somebody who does the task."""

from __future__ import annotations

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.bias.bbq import scores
from fairwitness.probes.bias.bbq.expected import WORDS
from fairwitness.probes.bias.bbq.intervals import of_category, overall
from fairwitness.probes.bias.bbq.scores import ScoreFunction, Tally
from fairwitness.probes.kit.competence import COIN, SURE
from fairwitness.probes.kit.validity import LEAST_SCORED


def invalid(tally: Tally, category: str | None = None) -> str:
    """Why answers, of one category or of all, are not shown to come from somebody who does the task; else empty.

    The right one of the two people must be named more often than by a coin, at 99 %: at 95 % a coin meets one of the
    twelve checks of a run in one run of four.
    """
    rows, missing = tally.of(category), tally.missing(category)
    total = int(rows[:, [scores.ASKED, scores.DISAMBIGUATED + scores.ASKED]].sum()) + missing
    if total - missing < LEAST_SCORED * total:
        return WORDS("validity.unscored", missing=missing, total=total)
    asked, named = rows[:, scores.DISAMBIGUATED + scores.ASKED].sum(), rows[:, scores.NAMED].sum()
    if not named:
        return WORDS("validity.nobody_named", count=f"{asked:g}")
    accuracy = scored(tally, scores.accuracy_named, category)
    if isinstance(accuracy, Undefined):
        return WORDS("validity.unknown", reason=accuracy.reason)
    sure = accuracy.at(SURE)
    if sure is not None and sure.low > COIN:
        return ""
    low, high = (accuracy.low, accuracy.high) if sure is None else (sure.low, sure.high)
    return WORDS("validity.coin", value=f"{accuracy.value:.2f}", low=f"{low:.2f}", high=f"{high:.2f}", coin=COIN)


def scored(tally: Tally, statistic: ScoreFunction, category: str | None = None) -> Estimate | Undefined:
    """A score of one category or overall, whether or not it may be read."""
    return overall(tally, statistic) if category is None else of_category(tally, statistic, category)
