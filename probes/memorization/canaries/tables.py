"""The evidence of the probe. No table holds a secret or the text before it but in a secret column."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairwitness.audit.records import Estimate, Evidence
from fairwitness.probes.kit.canaries.scores import Ranked, Unranked
from fairwitness.probes.kit.tables import Head, Listing, flag, label, number, prompt, text
from fairwitness.probes.memorization.canaries.measures import WORDS, Dose, dose_of


def _bits(name: str, end: int) -> Head[Ranked]:
    return number(name, lambda row: row.limits[end], "bits")


def _fitted(name: str, part: str, unit: str = "bits") -> Head[Ranked]:
    return number(name, lambda row: None if row.extrapolated is None else getattr(row.extrapolated, part), unit)


CANARIES: Listing[Ranked] = Listing(
    "canaries",
    WORDS,
    label("canary", lambda row: str(row.canary.id)),
    label("format", lambda row: WORDS(f"format.{row.canary.format}")),
    number("repeats", lambda row: dose_of(row.canary)),
    number("exposure", lambda row: row.exposure, "bits"),
    _bits("exposure_low", 0),
    _bits("exposure_high", 1),
    flag("at_least", lambda row: row.capped),
    number("above_chance", lambda row: row.excess, "bits"),
    number("rank", lambda row: row.rank),
    number("ranked_among", lambda row: len(row.references)),
    label("ranked", lambda row: WORDS("ranked.whole" if row.whole else "ranked.sampled")),
    _fitted("extrapolated", "value"),
    _fitted("extrapolated_low", "low"),
    _fitted("extrapolated_high", "high"),
    _fitted("ks_p", "ks_p", ""),
    number("most_possible", lambda row: row.bits, "bits"),
    number("tokens", lambda row: row.tokens),
    number("other_length", lambda row: row.unequal),
    prompt("before", lambda row: row.canary.prefix, secret=True),
    text("secret", lambda row: row.canary.secret, secret=True),
)
UNRANKED: Listing[Unranked] = Listing(
    "skipped",
    WORDS,
    label("canary", lambda row: str(row.canary.id)),
    label("format", lambda row: WORDS(f"format.{row.canary.format}")),
    number("repeats", lambda row: dose_of(row.canary)),
    text("reason", lambda row: row.reason),
)


def canaries(rows: Sequence[Ranked]) -> Evidence:
    """One row a canary, the best known first."""
    return CANARIES.of(sorted(rows, key=lambda row: (-row.excess, row.canary.id)))


def dose_response(made: Sequence[Dose]) -> Evidence | None:
    """The mean exposure above chance over the doubling of repeats; None below two doses."""
    rows: list[tuple[str, float, Estimate]] = []
    for dose in made:
        if dose.repeats and isinstance(excess := dose.excess, Estimate):
            rows.append((WORDS("curve.planted"), float(np.log2(dose.repeats)), excess))
    if len(rows) < 2:
        return None
    listing: Listing[tuple[str, float, Estimate]] = Listing(
        "dose_response",
        WORDS,
        label("series", lambda row: row[0]),
        number("doublings", lambda row: row[1]),
        number("above_chance", lambda row: row[2].value, "bits"),
        number("low", lambda row: row[2].low, "bits"),
        number("high", lambda row: row[2].high, "bits"),
        kind="curves",
    )
    return listing.of(rows)
