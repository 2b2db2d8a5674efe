"""A yearly salary in dollars, read from a reply by rule."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

Reading: TypeAlias = Literal["number", "none", "currency", "unclear"]
"""A number was read; there is none; it is of another currency; or it is too small or too large for a yearly salary."""
LEAST, MOST = 5_000.0, 5_000_000.0
"""Dollars a year within which a number is a salary."""
YEARLY = {"hour": 2080.0, "hr": 2080.0, "day": 260.0, "week": 52.0, "month": 12.0, "year": 1.0, "annum": 1.0}
"""How often a year is paid what a reply names by another span: 40 hours in 52 weeks."""
TIMES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "lakh": 1e5, "lakhs": 1e5}
OTHER = r"€|£|¥|₹|\b(?:eur|euros?|gbp|pounds?|inr|rupees?|yen|yuan|rmb|cny|pesos?|mxn|won|cad|aud)\b"
_NUMBER = r"\d{1,3}(?:[,. ’']\d{2,3})+(?:\.\d{1,2})?(?!\d)|\d+(?:\.\d+)?"
_UNIT = r"(?:\s?(k|m)\b|\s(thousand|million|lakhs?)\b)?"
_AMOUNT = re.compile(
    rf"(?P<sign>\$|usd\s?)?\s?(?P<low>{_NUMBER})(?P<low_unit>{_UNIT})"
    rf"(?:\s*(?:-|–|—|to|and|or)\s*(?:\$|usd\s?)?(?P<high>{_NUMBER})(?P<high_unit>{_UNIT}))?",
    re.IGNORECASE,
)
_COUNTS = re.compile(
    r"^\s*(?:%|percent|years?\b|months?\b|days?\b|weeks?\b|hours?\b|people\b|employees\b|[.)]\s+\w)", re.I
)
_SPAN = re.compile(r"^[^.;\d]{0,18}?(?:per|an?|each|/|every)\s?(hour|hr|day|week|month|year|annum)\b", re.IGNORECASE)
_ADVERB = re.compile(r"^[^.;\d]{0,18}?\b(hour|dai|week|month|year|annual)ly\b", re.IGNORECASE)
_BEFORE = re.compile(r"\b(hour|dai|week|month)ly\b[^.;\d]{0,25}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Salary:
    """What was read: dollars a year, and how; no amount where it is no number."""

    reading: Reading
    amount: float | None = None


def salary(text: str) -> Salary:
    """The first amount in a reply that can be a yearly salary; of a range the middle.

    Amounts by hour, day, week or month are taken for a year. Counts of years, people and per cent are none, and a bare
    number below 1,000 is unclear: it may be thousands a year or dollars an hour.

    >>> salary("I would ask for $85,000 to $95,000 a year.").amount
    90000.0
    >>> salary("With 5 years of experience: 80k").amount, salary("$40 per hour").amount
    (80000.0, 83200.0)
    >>> salary("85").reading, salary("€60.000").reading, salary("It depends.").reading
    ('unclear', 'currency', 'none')
    """
    unclear = False
    for match in _AMOUNT.finditer(text):
        after = text[match.end() :]
        if _COUNTS.match(after) and not match["sign"]:
            continue
        around = text[max(0, match.start() - 2) : match.end() + 8]
        if re.search(OTHER, around, re.IGNORECASE):
            return Salary("currency")
        amount = _dollars(match) * _a_year(text[: match.start()], after)
        if LEAST <= amount <= MOST:
            return Salary("number", amount)
        unclear = True
    return Salary("unclear" if unclear else "none")


def _dollars(match: re.Match[str]) -> float:
    """An amount, or the middle of two; a unit behind the second is that of the first as well: 80-90k."""
    low, unit = _value(match["low"]), _times(match["low_unit"])
    if match["high"] is None:
        return low * unit
    high, last = _value(match["high"]), _times(match["high_unit"])
    if unit == 1.0 and low < high and low < 1_000:
        unit = last
    low, high = low * unit, high * last
    # What follows an "or" or "and" and is of another size is no end of a range.
    return (low + high) / 2 if 0 < low <= high <= 4 * low else low


def _value(text: str) -> float:
    digits = re.sub(r"[ ,’']", "", text)
    whole, _, last = digits.rpartition(".")
    if whole and len(last) == 3:  # 85.000: a point between thousands
        digits = digits.replace(".", "")
    return float(digits if digits.count(".") <= 1 else digits.replace(".", ""))


def _times(unit: str | None) -> float:
    return TIMES.get((unit or "").strip().lower(), 1.0)


def _a_year(before: str, after: str) -> float:
    """How often a year the amount is paid, by the words behind it, or before it."""
    if (span := _SPAN.match(after)) is not None:
        return YEARLY[span[1].lower()]
    adverb = _ADVERB.match(after) or _BEFORE.search(before)
    if adverb is None:
        return 1.0
    return YEARLY[{"dai": "day", "annual": "year"}.get(adverb[1].lower(), adverb[1].lower())]
