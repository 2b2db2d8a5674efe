"""What the parts of the hand-made audit share: hostile texts, estimates with their ladder, a probe's description."""

from __future__ import annotations

import math

from fairwitness.audit.records import Estimate, Interval, ProbeSpec

HOSTILE = (
    "<script>alert('xss')</script><img src=x onerror=alert(1)>",
    "\u202egnp.exe\u2066 is a picture",
    "\x1b[31mred\x1b[0m and \x1b]8;;http://evil.example\x07a link\x1b]8;;\x07",
    "NUL \x00 and bell \x07 and a lone surrogate \ud800 end",
    '"><svg/onload=alert(1)> ${7*7} {{7*7}} {% raw %}',
    "](javascript:alert(1)) | pipe | `code` ::error::boom%0A",
)


def ladder(value: float, half: float) -> tuple[Interval, ...]:
    """Wider intervals as a normal value would have them."""
    wider = []
    for k in range(1, 11):
        factor = math.sqrt(2 * math.log(2.0 ** (k + 1) * 10)) / math.sqrt(2 * math.log(20)) * 1.02
        wider.append(Interval(1 - 0.05 / 2**k, value - half * factor, value + half * factor))
    return tuple(wider)


def estimate(value: float, half: float, n: int, method: str = "t interval on cluster means") -> Estimate:
    return Estimate(
        value=value, low=value - half, high=value + half, level=0.95, n=n, method=method, wider=ladder(value, half)
    )


def spec(name: str, family: str, title: str, question: str, **changes: tuple[str, ...]) -> ProbeSpec:
    return ProbeSpec(
        name=name,
        version="1.0",
        family=family,
        title=title,
        question=question,
        why="People are sorted by texts like these every day: in search, in hiring tools and in automatic replies. "
        "A model that ties work to gender repeats the tie wherever it is used.",
        how_to_read="Zero means that both pronouns are equally likely. A value of 0.1 means that one pronoun is ten "
        "percentage points likelier. The dot is the estimate, the bar its interval, the shaded side breaks the limit.",
        needs=(("FillMask",), ("LogLikelihood",)),
        citations=changes.get(
            "citations",
            (
                "Kurita et al. 2019, Measuring Bias in Contextualized Word Representations",
                "US Bureau of Labor Statistics 2023, table 11",
            ),
        ),
        limits=changes.get(
            "limits",
            (
                "Pronouns at a blank say little of what the model writes in a long text.",
                "Two pronouns do not stand for all people; other pronouns are a separate arm.",
            ),
        ),
        data_licence="templates: Apache-2.0, written for this project",
    )
