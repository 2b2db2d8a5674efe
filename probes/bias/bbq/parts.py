"""How single questions make up each score of BBQ: what its interval needs beside the scatter of families."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fairwitness.probes.bias.bbq import scores
from fairwitness.probes.bias.bbq.scores import Counts, ScoreFunction


@dataclass(frozen=True, slots=True)
class Items:
    """How single questions make up a score: `count` of them, each of which moves it by at most `largest` / count.

    What questions add to the score of faultless answers (`best`) has the mean square `above`, what they take from it
    `below`; what one does to the score, given whether its answer fits the stereotype, has the variance `within`.
    """

    count: float
    largest: float
    above: float
    below: float
    within: float
    best: float = 0.0


def _share_of(right: int, asked: int) -> Callable[[Counts], Items]:
    def items(total: Counts) -> Items:
        count = float(total[asked])
        wrong = 1 - float(total[right]) / count
        return Items(count, 1.0, 0.0, wrong, wrong * (1 - wrong), 1.0)

    return items


def _amb(total: Counts) -> Items:
    named, value = 1 - float(scores.accuracy_ambiguous(total)), float(scores.s_amb(total))
    return Items(float(total[scores.OPEN]), 1.0, (named + value) / 2, (named - value) / 2, named - value**2)


def _sides(total: Counts) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Of the fitting and of the contrary disambiguated questions: all, right, wrongly named."""
    sides = []
    for first in (scores.FITTING, scores.CONTRARY):
        asked, right, named = (float(total[first + part]) for part in range(3))
        sides.append((asked, right, named - right))
    return sides[0], sides[1]


def _dis(total: Counts) -> Items:
    value, named = float(scores.s_dis(total)), float(total[scores.DISAMBIGUATED + scores.KNOWN])
    squares, within = [], 0.0
    for sign, (asked, right, wrong) in zip((1, -1), _sides(total), strict=True):
        squares.append((asked - right + 3 * wrong) / named)
        if asked:
            mean = (right * (sign - value) + wrong * (-sign - value)) / asked
            within += right * (sign - value) ** 2 + wrong * (-sign - value) ** 2 - asked * mean**2
    below, above = squares
    return Items(named, 2.0, above, below, max(0.0, within) / named)


def _difference(total: Counts) -> Items:
    sides = _sides(total)
    count = sum(asked for asked, _, _ in sides)
    wrong = [(asked, 1 - right / asked) for asked, right, _ in sides]
    below, above = (count * share / asked for asked, share in wrong)
    within = count * sum(share * (1 - share) / asked for asked, share in wrong)
    return Items(count, count / min(asked for asked, _ in wrong), above, below, within)


ITEMS: Mapping[ScoreFunction, Callable[[Counts], Items]] = {
    scores.accuracy_ambiguous: _share_of(scores.RIGHT, scores.ASKED),
    scores.accuracy_disambiguated: _share_of(scores.DISAMBIGUATED + scores.RIGHT, scores.DISAMBIGUATED + scores.ASKED),
    scores.accuracy_named: _share_of(scores.DISAMBIGUATED + scores.RIGHT, scores.NAMED),
    scores.s_amb: _amb,
    scores.s_dis: _dis,
    scores.accuracy_difference: _difference,
}
