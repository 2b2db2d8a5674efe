"""A claim beside a limit: the interval that decided, with digits that show on which side of the limit each end lies."""

from __future__ import annotations

import re

from fairwitness.audit.records import Estimate, Interval, Metric, Verdict, each
from fairwitness.reports.numbers import fixed, percent, together
from fairwitness.reports.rules import limit

_NUMBER = r"[-−]?\d[\d,]*(?:\.\d+)?"
_INTERVAL = re.compile(
    rf"[\d.]+(?P<sign> ?% (?:interval|区间) )(?P<low>{_NUMBER})(?P<to> (?:to|至) )(?P<high>{_NUMBER})"
)
_VALUE = re.compile(rf"(?<![\w.,]){_NUMBER}(?![\w,]|\.\d)")
SCALES = (1, 100, -1, -100)
"""What a sentence may multiply a value by: it may give per cent, and say "lower" in words."""


def beside_limit(claim: str, metric: Metric, verdict: Verdict | None) -> str:
    """The claim with the interval of the level that the verdict was given at, in every language.

    Ends and value get as many digits as tell them from the limit. A claim that says its interval in another unit, or
    not at all, stays as it is.
    """
    estimate = metric.estimate
    if verdict is None or not isinstance(estimate, Estimate) or not limit(verdict, metric.null).marks:
        return claim
    return each(claim, lambda text: _said(text, metric, estimate, verdict))


def _said(text: str, metric: Metric, estimate: Estimate, verdict: Verdict) -> str:
    printed = _INTERVAL.search(text)
    if printed is None:
        return text
    ends, decimals = (_read(printed["low"]), _read(printed["high"])), _decimals(printed["low"])
    scale = next((scale for scale in SCALES if _rounded(estimate.low, estimate.high, scale, decimals) == ends), 0)
    if not scale:
        return text
    marks = [mark * scale for mark in limit(verdict, metric.null).marks]
    decided = verdict.decided or Interval(level=estimate.level, low=estimate.low, high=estimate.high)
    low, high = sorted((decided.low * scale, decided.high * scale))
    shown = together((low, high), decimals, limits=marks)
    level = percent(decided.level).removesuffix(" %")
    said = f"{level}{printed['sign']}{shown[0].text}{printed['to']}{shown[1].text}"
    before, after = text[: printed.start()], text[printed.end() :]
    return _value(before, estimate.value * scale, marks) + said + after


def _value(text: str, value: float, marks: list[float]) -> str:
    """The text with more digits of the value, where it is printed once and reads like a limit that it differs from."""
    like = [printed for printed in _VALUE.finditer(text) if _reads(printed[0], value)]
    if len(like) != 1:
        return text
    decimals = _decimals(like[0][0])
    more = together((value,), decimals, limits=marks)[0].text
    return text if more == fixed(value, decimals) else text[: like[0].start()] + more + text[like[0].end() :]


def _reads(printed: str, value: float) -> bool:
    return _read(printed) == round(value, _decimals(printed))


def _rounded(low: float, high: float, scale: int, decimals: int) -> tuple[float, float]:
    first, last = sorted((low * scale, high * scale))
    return float(f"{first:.{decimals}f}"), float(f"{last:.{decimals}f}")


def _read(printed: str) -> float:
    return float(printed.replace("−", "-").replace(",", ""))


def _decimals(printed: str) -> int:
    return len(printed.partition(".")[2])
