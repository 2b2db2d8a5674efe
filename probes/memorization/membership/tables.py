"""The evidence of the probe: each attack, its ROC curve, the blind baseline, and the documents that took no part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fairwitness.audit.records import Estimate, Evidence, Undefined
from fairwitness.audit.stats.roc import roc_points
from fairwitness.probes.kit.tables import Listing, interval, label, number, text
from fairwitness.probes.memorization.membership.attacks import FloatArray
from fairwitness.probes.memorization.membership.items import LOSSES, WORDS, Lost
from fairwitness.probes.memorization.membership.results import AttackResult

DRAWN = 40
"""Points of a curve at most."""


def _reason(row: AttackResult) -> str | None:
    return row.auc.reason if isinstance(row.auc, Undefined) else None


ATTACKS: Listing[AttackResult] = Listing(
    "attacks",
    WORDS,
    label("score", lambda row: row.attack.called),
    interval(("AUC", "low", "high"), lambda row: row.auc, "AUC"),
    interval(("tpr", "tpr_low", "tpr_high"), lambda row: row.tpr, "share"),
    interval(("above_blind", "above_low", "above_high"), lambda row: row.above_blind, "difference of AUC"),
    text("reason", _reason),
)


@dataclass(frozen=True, slots=True)
class Point:
    """A corner of a ROC curve."""

    called: str
    false: float
    true: float


ROC: Listing[Point] = Listing(
    "roc",
    WORDS,
    label("score", lambda point: point.called),
    number("fpr", lambda point: point.false, "share"),
    number("tpr_drawn", lambda point: point.true, "share"),
    kind="curves",
)


def curves(
    attacks: Sequence[AttackResult], member: npt.NDArray[np.bool_], blind: tuple[str, FloatArray, npt.NDArray[np.bool_]]
) -> Evidence:
    """The ROC curve of every attack, and that of the blind baseline (its name, its scores, the sides)."""
    drawn = [
        (row.attack.called, row.attack.scores, member)
        for row in attacks
        if not isinstance(row.attack.scores, Undefined)
    ]
    points: list[Point] = []
    for called, values, sides in [*drawn, blind]:
        corners = roc_points(values[sides], values[~sides])
        kept = np.unique(np.linspace(0, len(corners) - 1, min(DRAWN, len(corners))).astype(int))
        points += [Point(called, float(false), float(true)) for false, true in corners[kept]]
    return ROC.of(points)


@dataclass(frozen=True, slots=True)
class Family:
    """What one family of features says of the side."""

    name: str
    auc: Estimate | Undefined


FAMILIES: Listing[Family] = Listing(
    "blind",
    WORDS,
    label("features", lambda family: WORDS(f"family.{family.name}")),
    interval(("AUC", "low", "high"), lambda family: family.auc, "AUC"),
)


@dataclass(frozen=True, slots=True)
class LossCount:
    """How many documents of a side took no part for one reason."""

    why: str
    members: int
    others: int


LOST: Listing[LossCount] = Listing(
    "lost",
    WORDS,
    label("reason", lambda row: WORDS(f"lost.{row.why}")),
    number("members", lambda row: row.members),
    number("nonmembers", lambda row: row.others),
)


def lost(documents: Sequence[Lost]) -> Evidence:
    """How many documents took no part, by the reason."""
    counts = Counter((row.why, row.document.member) for row in documents)
    rows = [LossCount(why, counts[why, True], counts[why, False]) for why in LOSSES]
    return LOST.of([row for row in rows if row.members or row.others])
