"""Shares of translations with the right gender and what sets them apart; occupations and sentences are both chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from fairwitness.audit import reasons
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.crossed.slope import Point, answered_slope
from fairwitness.audit.stats.crossed.two_way_clustered import Value, bounded_mean, difference
from fairwitness.audit.stats.grouping import grouped
from fairwitness.audit.stats.unanswered import Ends, difference_if_answered, extremes, mean_if_answered
from fairwitness.probes.bias.translation_gender.asking import Answered
from fairwitness.probes.bias.translation_gender.items import Gender

Estimated: TypeAlias = Estimate | Undefined
Read: TypeAlias = Callable[[Answered], float | None]
"""From an answer to 1 or 0; None where it cannot be read."""
Side: TypeAlias = Literal["gender", "stereotype"]
PART, DIFFERENCE = (0.0, 1.0), (-1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence about an occupation, said of a woman and of a man: 1 where the gender is right; None where unread.

    `expected` is the gender of most people in the occupation.
    """

    occupation: str
    family: str
    expected: Gender
    women: float | None
    men: float | None

    @property
    def difference(self) -> float | None:
        """Right for a woman less right for a man."""
        return None if self.women is None or self.men is None else self.women - self.men


def share(rows: Sequence[Answered], read: Read, seed: int) -> Estimated:
    """The mean of what is read of each row, 0 to 1, with Wilson's limits at the effective count.

    Clustered by occupation and by sentence (Cameron, Gelbach & Miller 2011, eq. 2.11). Undefined without a row that is
    read and as `bounded_mean`.
    """
    known = [(row, value) for row in rows if (value := read(row)) is not None]
    if not known:
        return reasons.stated("no_rows", "no_units")
    labels = [row.item.occupation for row, _ in known], [row.item.family for row, _ in known]
    estimate = bounded_mean([value for _, value in known], *labels, PART, seed)
    return mean_if_answered(estimate, len(known), len(rows) - len(known), PART)


def paired(rows: Sequence[Answered], read: Read) -> list[Pair]:
    """The sentences with both genders, in their order."""
    pairs = []
    for (occupation, family), both in grouped(rows, lambda row: (row.item.occupation, row.item.family)).items():
        values: Mapping[Gender | None, float | None] = {row.item.gender: read(row) for row in both}
        job = both[0].item.job
        if job is not None:
            pairs.append(Pair(occupation, family, job.expected, values.get("women"), values.get("men")))
    return pairs


def gap(pairs: Sequence[Pair], side: Side) -> Estimated:
    """How much more often the gender is right for women than for men, or with the `stereotype` than against it.

    With a the mean difference within pairs of occupations in which women are expected and b that of the others, the
    first is (a + b) / 2 and the second (a - b) / 2: what one of them makes takes no part in the other, and both kinds
    weigh the same. t, clustered by occupation and by sentence. Both genders stand in the same sentences with the same
    occupations, so that what is hard about these cancels. Undefined where a kind has no pair, and as `difference`.
    """
    turned = -1.0 if side == "gender" else 1.0
    sides = [
        _Half([pair for pair in pairs if pair.expected == "women"], 1.0),
        _Half([pair for pair in pairs if pair.expected == "men"], turned),
    ]
    if not all(half.values for half in sides):
        return reasons.stated("no_pairs", "no_units")
    result = difference(sides[0].values, sides[1].values)
    if isinstance(result, Undefined):
        return result
    mean = replace(result, value=result.value / 2, error=result.error / 2)
    return difference_if_answered(mean.estimate(DIFFERENCE), sides[0].ends, sides[1].ends)


class _Half:
    """The pairs of one kind of occupation, each difference times a sign."""

    def __init__(self, pairs: Sequence[Pair], sign: float) -> None:
        known = [(pair, pair.difference) for pair in pairs]
        self.values = [Value(pair.family, pair.occupation, sign * value) for pair, value in known if value is not None]
        self._lost = len(pairs) - len(self.values)

    @property
    def ends(self) -> Ends:
        """Half of the least and of the greatest mean, whatever the pairs without an answer are."""
        total = sum(value.value for value in self.values)
        size = 2 * (len(self.values) + self._lost)
        return (total - self._lost) / size, (total + self._lost) / size


def slope(rows: Sequence[Answered]) -> Estimated:
    """How the log-odds of a woman follow the share of women in the occupation, in nats from none to all women.

    Of sentences that leave the gender open; see `answered_slope`.
    """
    points: list[Point] = []
    lost: list[Point] = []
    for row in rows:
        if row.item.job is not None:
            point = Point(row.item.occupation, row.item.family, row.item.job.occupation.share, row.log_odds or 0.0)
            (lost if row.log_odds is None else points).append(point)
    return answered_slope(points, lost, extremes([point.value for point in points]))


def women(row: Answered) -> float | None:
    """1 where the translation with a woman is the likelier one, half where both are as likely."""
    return None if row.log_odds is None else 0.5 if row.log_odds == 0 else float(row.log_odds > 0)


def women_written(row: Answered) -> float | None:
    """1 where a woman is written; None where that cannot be read."""
    return float(row.written == "women") if row.written in ("women", "men") else None


def right(row: Answered) -> float | None:
    """See `Answered.right`."""
    return row.right


def written_right(row: Answered) -> float | None:
    """See `Answered.written_right`."""
    return row.written_right


def unread(row: Answered) -> float | None:
    """1 where something was written whose gender cannot be read; None where nothing was."""
    return None if row.written == "unanswered" else float(row.written == "unread")
