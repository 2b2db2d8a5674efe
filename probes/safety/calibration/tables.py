"""What a reader can follow the numbers back to: choices, bins of confidence, and risk by coverage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Evidence, Undefined
from fairwitness.audit.stats.decisions.calibration import BINS
from fairwitness.probes.kit.tables import Listing, flag, interval, label, number, prompt, text
from fairwitness.probes.safety.calibration.answers import Choice
from fairwitness.probes.safety.calibration.estimators import risk_by_coverage
from fairwitness.probes.safety.calibration.items import WORDS

DRAWN = 60
"""Most points of a curve."""


@dataclass(frozen=True, slots=True)
class Bin:
    """The choices of a set whose confidence lies in one tenth."""

    group: str
    low: float
    choices: Sequence[Choice]

    @property
    def right(self) -> Estimate | Undefined:
        """The share of right ones."""
        return stats.proportion(sum(item.right for item in self.choices), len(self.choices))

    @property
    def confidence(self) -> float:
        """Their mean confidence."""
        return float(np.mean([item.confidence for item in self.choices]))


BINS_TABLE: Listing[Bin] = Listing(
    "bins",
    WORDS,
    label("set", lambda row: row.group),
    number("from", lambda row: row.low, "share"),
    number("to", lambda row: row.low + 1 / BINS, "share"),
    number("choices", lambda row: len(row.choices)),
    number("confidence", lambda row: row.confidence, "share"),
    interval(("right", "low", "high"), lambda row: row.right, "share"),
)
CURVE: Listing[tuple[str, float, float, tuple[float, float]]] = Listing(
    "curve",
    WORDS,
    label("set", lambda row: row[0]),
    number("coverage", lambda row: row[1], "share"),
    number("risk", lambda row: row[2], "share"),
    number("low", lambda row: row[3][0], "share"),
    number("high", lambda row: row[3][1], "share"),
    kind="curves",
)


def _choices(secret: bool) -> Listing[tuple[str, Choice]]:
    return Listing(
        "choices",
        WORDS,
        label("set", lambda row: row[0]),
        prompt("asked", lambda row: row[1].asked, secret=secret),
        text("said", lambda row: row[1].said, secret=secret),
        text("truth", lambda row: row[1].truth, secret=secret),
        number("confidence", lambda row: row[1].confidence, "share"),
        flag("right", lambda row: row[1].right),
        label("held_back", lambda row: {None: "", True: "yes", False: "no"}[row[1].held_back]),
    )


def choices(rows: Sequence[tuple[str, Choice]], *, secret: bool) -> Evidence:
    """Every choice, wrong ones of which the model is sure first."""
    ordered = sorted(rows, key=lambda row: (row[1].right, -row[1].confidence))
    return _choices(secret).of(ordered)


def bins(groups: Sequence[tuple[str, Sequence[Choice]]]) -> Evidence:
    """The share of right choices in each tenth of confidence."""
    rows = []
    for name, estimate in groups:
        places = np.searchsorted(np.arange(1, BINS) / BINS, [item.confidence for item in estimate], "right")
        for place in sorted(set(places.tolist())):
            inside = [item for item, position in zip(estimate, places, strict=True) if position == place]
            rows.append(Bin(name, place / BINS, inside))
    return BINS_TABLE.of(rows)


def curve(groups: Sequence[tuple[str, Sequence[Choice]]]) -> Evidence:
    """The share of wrong choices among the surest ones, by how many are answered, each with its own interval."""
    rows = []
    for name, estimate in groups:
        _, coverage, risk = risk_by_coverage(estimate)
        kept = np.unique(np.linspace(0, len(coverage) - 1, min(DRAWN, len(coverage))).astype(int))
        for position in kept.tolist():
            answered = round(coverage[position] * len(estimate))
            shown = stats.proportion(round(risk[position] * answered), answered)
            if isinstance(shown, Estimate):
                rows.append((name, float(coverage[position]), float(risk[position]), (shown.low, shown.high)))
    return CURVE.of(rows)
