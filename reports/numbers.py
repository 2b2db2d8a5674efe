"""How numbers are written: as many digits as the interval supports, a true minus sign, the exact value beside it.

Numbers keep the unit and scale of the document (0.134 stays 0.134, never 13.4 %), so that the page, the policy
and audit.json can be compared by eye.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MOST_DECIMALS = 6
SAME = 1e-12
"""Numbers that differ by less are one: 0.1 times 100 is no other limit than 10."""

_PRINTED = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?")
"""Numbers in a text."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as shown, and its exact value as the document spells it."""

    text: str
    exact: str


def decimals_for(width: float) -> int:
    """Decimals that show two significant digits of an interval's width; none of one beyond the largest number."""
    if width <= 0:
        return 3
    if math.isinf(width):
        return 0
    return min(MOST_DECIMALS, max(0, 1 - math.floor(math.log10(width))))


def shared_decimals(widths: Iterable[float]) -> int:
    """One count of decimals for a column: that of the narrowest interval, at most one more than the widest needs."""
    each = [decimals_for(width) for width in widths]
    return min(max(each), min(each) + 1) if each else 3


def decimals_of_change(sides: Iterable[float], change: float | None) -> int:
    """Decimals of what was before and after: those of both intervals' widths, and of a narrower one of the change.

    Otherwise a change of −0.003 would stand beside −0.01 and −0.02. None is a change that is unknown, or a factor.
    """
    decimals = shared_decimals(sides)
    return decimals if change is None else max(decimals, decimals_for(change))


def apart(value: float, limit: float, decimals: int) -> int:
    """Decimals, raised until a value that differs from a limit also looks different from it."""
    while abs(value - limit) > SAME and decimals < MOST_DECIMALS and fixed(value, decimals) == fixed(limit, decimals):
        decimals += 1
    return decimals


def fixed(value: float, decimals: int, *, sign: bool = False) -> str:
    """The value with this many decimals, thousands separated, a true minus and no negative zero."""
    text = f"{value:,.{decimals}f}"
    if not text.strip("-0.,"):
        return text.lstrip("-")
    if text.startswith("-"):
        return "−" + text[1:]
    return "+" + text if sign else text


def number(value: float, decimals: int, *, sign: bool = False) -> Number:
    """A measured value; `sign` also prints the plus of a positive one. What would read as zero gets an exponent."""
    text = fixed(value, decimals, sign=sign)
    if value and decimals == MOST_DECIMALS and reads_zero(text):
        text = exponent(value, sign=sign)
    return Number(text, repr(value))


def together(
    values: Sequence[float], decimals: int, *, sign: bool = False, limits: Sequence[float] = ()
) -> tuple[Number, ...]:
    """A value and the ends of its interval in one notation, in which each stands on its own side of the limits.

    With decimals where these show something; where all would read as zero, or six decimals are not enough, each with
    an exponent and two digits (an exact zero stays 0). Ends that differ get decimals that show it.
    """
    hides = [value for value in values if value and reads_zero(fixed(value, decimals))]
    if hides and (len(hides) == sum(map(bool, values)) or decimals >= MOST_DECIMALS):
        return tuple(Number(exponent(value, sign=sign), repr(value)) for value in values)
    decimals = max(decimals, 1) if hides else decimals
    low, high = min(values), max(values)
    if low != high and fixed(low, decimals) == fixed(high, decimals):
        decimals = max(decimals, decimals_for(high - low))
    decimals = max((apart(value, limit, decimals) for value in values for limit in limits), default=decimals)
    return tuple(Number(fixed(value, decimals, sign=sign), repr(value)) for value in values)


def exponent(value: float, *, sign: bool = False) -> str:
    """A small number with two digits and its power of ten: 3.6e−17; zero is 0."""
    if not value:
        return "0"
    digits, power = f"{value:+.1e}".split("e") if sign else f"{value:.1e}".split("e")
    return f"{digits}e{int(power)}".replace("-", "−")


def reads_zero(text: str) -> bool:
    """Whether no digit of the text is other than 0."""
    return not text.strip("+−0.,")


def compact(value: float) -> str:
    """A limit or option as a person would type it: no trailing zeros."""
    if isinstance(value, int) or (float(value).is_integer() and abs(value) < 1e15):
        return fixed(value, 0)
    if abs(value) >= 1e15 or abs(value) < 1e-6:
        digits, _, power = f"{value:.3g}".partition("e")
        return f"{digits}e{int(power)}".replace("-", "−")
    return fixed(value, min(12, max(0, 5 - math.floor(math.log10(abs(value)))))).rstrip("0").rstrip(".")


def column_decimals(values: Iterable[float]) -> int:
    """Decimals for a column of plain numbers: four significant digits of the largest, none for whole numbers."""
    sizes = [abs(value) for value in values if math.isfinite(value)]
    if all(size == int(size) for size in sizes):
        return 0
    largest = max(sizes)
    return min(MOST_DECIMALS, max(1, 3 - math.floor(math.log10(largest))))


FEW = 30
"""Independent units below which words say that they are few: intervals are wide, and normal theory is poor."""


def is_few(count: str) -> bool:
    """Whether a printed number of units is small.

    >>> is_few("8"), is_few("1,968"), is_few("")
    (True, False, False)
    """
    digits = count.replace(",", "")
    return digits.isdecimal() and int(digits) < FEW


def percent(level: float) -> str:
    """A confidence level: 0.95 becomes 95 %, 0.9958 becomes 99.6 %."""
    shown = level * 100
    digits = 0 if abs(shown - round(shown)) < 1e-9 else 1 if shown < 99.9 else 2 if shown < 99.99 else 3
    return f"{shown:.{digits}f} %"


def duration(seconds: float) -> str:
    """A length of time in seconds, or minutes and seconds."""
    if seconds < 90:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60):02d} s"


def stands_in(text: str, value: float) -> bool:
    """Whether a text says a number, as it is or in per cent, rounded to the decimals that it is printed with.

    Its sign may be said in words: "lower by 0.2" is -0.2.

    >>> stands_in("12 % (95 % interval 10.5 to 13.1)", 0.1054), stands_in("12 % (95 % interval 10.5 to 13.1)", 0.11)
    (True, False)
    >>> stands_in("lower by 50 points (95 % interval 35 to 62 points)", -0.619)
    True
    """
    for printed in _PRINTED.findall(text.replace("−", "-").replace(",", "")):
        decimals = len(printed.partition(".")[2])
        if any(round(value * scale, decimals) == float(printed) for scale in (1, 100, -1, -100)):
            return True
    return False


def is_share(unit: str) -> bool:
    """Whether values of a unit are shares of a whole or differences of such, which sentences give in percent."""
    return "share" in unit or "probability" in unit


def is_difference(name: str) -> bool:
    """Whether a metric of this name is a difference of shares, which is in points, though it has no null value.

    >>> is_difference("true_positive_rate_gap"), is_difference("flip_rate")
    (True, False)
    """
    return name.endswith(("gap", "_difference", "_spread", "_distance"))


def odds(value: float, unit: str) -> str:
    """The factor in likelihood that a logarithm stands for, to two digits; empty for other units and beyond a thousand.

    >>> odds(0.69, "nats"), odds(-1.1, "log-odds"), odds(0.69, "share")
    ('2', '3', '')
    """
    if not unit.startswith(("nats", "log-odds")) or abs(value) > math.log(1000):
        return ""
    return f"{float(f'{math.exp(abs(value)):.2g}'):g}"
