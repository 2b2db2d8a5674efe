"""The share of invented things that are described, counted by a judge who errs and corrected for its errors."""

from __future__ import annotations

from fairwitness.audit.judging import Decided, Verdicts, corrected_rate
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.judged import Errors
from worlds.behind.rows import Case, Draw, Rng, Row

EDGE = 0.2001
LABELS = 64


def _corrected(things: int, rate: float, sensitivity: float, specificity: float) -> Draw:
    """Replies of which a share describes, judged by one whose errors are known from labelled replies of either kind."""

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        describes = rng.random(things) < rate
        called = rng.random(things) < [sensitivity if each else 1 - specificity for each in describes]
        errors = Errors(
            called=int(rng.binomial(LABELS, sensitivity)),
            positives=LABELS,
            let_go=int(rng.binomial(LABELS, specificity)),
            negatives=LABELS,
        )
        return corrected_rate(Verdicts.of([Decided(bool(each)) for each in called]), errors), rate

    return draw


JUDGES = ((0.9, 0.92), (0.95, 0.8))
BEHIND = ("confabulation/invented_described",)
ROWS = (
    Row(
        behind=BEHIND,
        estimator="corrected share (Rogan-Gladen, Lang & Reiczigel)",
        situation="40 and 104 things, 64 and 64 labels, rates 0.02 to 0.95, judges of 0.9 and 0.92, 0.95 and 0.8",
        cases=[
            Case(f"{things} things, {rate:g}, judge {judge[0]:g} {judge[1]:g}", _corrected(things, rate, *judge))
            for things in (40, 104)
            for rate in (0.02, 0.2, 0.5, 0.95)
            for judge in JUDGES
        ],
    ),
    Row(
        behind=BEHIND,
        estimator="corrected share (Rogan-Gladen, Lang & Reiczigel)",
        situation="at the limit: 40 and 104 things, 64 and 64 labels",
        cases=[
            Case(f"{things} things, judge {judge[0]:g} {judge[1]:g}", _corrected(things, EDGE, *judge), edge=True)
            for things in (40, 104)
            for judge in JUDGES
        ],
        limit=("<=", 0.2),
    ),
)
