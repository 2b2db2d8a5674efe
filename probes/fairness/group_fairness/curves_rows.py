"""The rows that have a score: by group, with what keeps a group from being measured."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Undefined
from fairwitness.probes.fairness.group_fairness.cells import Codes, Flags, Floats, example
from fairwitness.probes.fairness.group_fairness.curves_chance import Scored
from fairwitness.probes.fairness.group_fairness.parts import coded
from fairwitness.probes.fairness.group_fairness.rates import NEGATIVES, NOT_ESTIMABLE, POSITIVES, Group, Limits, Part
from fairwitness.probes.fairness.group_fairness.rows import Frame, Outcomes

MOST_ABSENT = 0.05
"""The share of a group's rows that may lack a score: which scores are absent is seldom by chance."""


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """The rows of one group: all that have a score (`persons`: whose), and those of them whose true outcome is known.

    `few` says why the scores alone cannot be measured, `problem` why they cannot beside true outcomes.
    `in_use` is the lowest score of a selected row where every row from there on is selected and no other is.
    """

    group: Group
    scores: Floats
    selected: Flags
    judged: Scored
    few: Undefined | None
    problem: Undefined | None
    in_use: float | None
    persons: Codes | None = None

    @property
    def each(self) -> float:
        """What a row counts for where people have several: people for each row."""
        if self.persons is None or not len(self.persons):
            return 1.0
        return stats.effective_size(np.unique_counts(self.persons).counts) / len(self.persons)

    @property
    def positives(self) -> int:
        """Rows whose true outcome is the counted one."""
        return int(self.judged.positive.sum())


@dataclass(frozen=True, slots=True, eq=False)
class Sliced:
    """A part with the rows of each of its groups, in the order of the part. `range` is that of all scores.

    `odd` says why the scores are no probabilities; `in_use` is the threshold of all decisions, where they have one.
    """

    part: Part
    slices: Mapping[Group, Slice]
    odd: Undefined | None
    range: tuple[float, float]
    in_use: float | None
    levels: Floats


def sliced(frame: Frame, outcomes: Outcomes, parts: Sequence[Part], limits: Limits) -> tuple[list[Sliced], list[str]]:
    """All rows and every single column, with notes; nothing where no answered row has a score."""
    scores = np.array([math.nan if score is None else score for score in outcomes.scores], dtype=np.float64)
    scored = outcomes.answered & np.isfinite(scores)
    if not scored.any():
        return [], []
    notes = []
    absent = outcomes.answered & ~scored
    if absent.any():
        notes.append(f"Score: {example(absent, outcomes.scores, 'have no score')}; measures of scores leave them out.")
    if frame.weights is not None:
        notes.append("Measures of scores count every row once: weights are not used in them.")
    odd = _no_probabilities(scores, scored)
    if odd is not None:
        notes.append(f"Score: {odd.reason.removeprefix(NOT_ESTIMABLE)}; Brier score and calibration are left out.")
    known = scores[scored]
    levels = np.unique(known)
    found = []
    for part in parts:
        if len(part.columns) <= 1:
            slices = _slices(frame, outcomes, part, scores, scored, limits)
            ends = (float(levels[0]), float(levels[-1]))
            found.append(Sliced(part, slices, odd, ends, _cut(known, outcomes.selected[scored]), levels))
    return found, notes


def _slices(
    frame: Frame, outcomes: Outcomes, part: Part, scores: Floats, scored: Flags, limits: Limits
) -> dict[Group, Slice]:
    keys, codes = coded(frame, part.columns)
    found = {}
    for group in part.groups:
        every = codes == keys.index(group)
        one = _slice(group, every & scored, outcomes, scores, frame.persons, limits)
        rows, absent = int(every.sum()), int((every & ~scored).sum())
        if absent > MOST_ABSENT * rows:
            why = Undefined(f"{NOT_ESTIMABLE}{absent} of {rows} rows have no score or no decision, at most 5 % may")
            one = replace(one, few=why, problem=why)
        found[group] = one
    return found


def _slice(
    group: Group, rows: Flags, outcomes: Outcomes, scores: Floats, persons: Codes | None, limits: Limits
) -> Slice:
    """`rows` are those of the group that have a score."""
    judged = rows & outcomes.labelled
    pair = Scored(scores[judged], outcomes.positive[judged], None if persons is None else persons[judged])

    def units(of: Flags) -> int:
        return int(of.sum()) if persons is None else len(np.unique(persons[of]))

    unit = "rows" if persons is None else "people"
    with_rows = "" if persons is None else "people with "
    few = _few(units(rows), f"{unit} with a score", limits)
    problem = few or _few(units(judged), f"{unit} with a score and a true outcome", limits)
    problem = problem or limits.condition_of(units(judged & outcomes.positive), with_rows + POSITIVES)
    problem = problem or limits.condition_of(units(judged & ~outcomes.positive), with_rows + NEGATIVES)
    selected = outcomes.selected[rows]
    own = None if persons is None else persons[rows]
    return Slice(group, scores[rows], selected, pair, few, problem, _cut(scores[rows], selected), own)


def _few(rows: int, what: str, limits: Limits) -> Undefined | None:
    return Undefined(f"{NOT_ESTIMABLE}{rows} {what}, {limits.group} needed") if rows < limits.group else None


def _cut(scores: Floats, selected: Flags) -> float | None:
    """The lowest selected score, where no row that is not selected reaches it."""
    if not selected.any() or selected.all():
        return None
    lowest = float(scores[selected].min())
    return lowest if float(scores[~selected].max()) < lowest else None


def _no_probabilities(scores: Floats, scored: Flags) -> Undefined | None:
    outside = scored & ((scores < 0) | (scores > 1))
    if not outside.any():
        return None
    return Undefined(f"{NOT_ESTIMABLE}{example(outside, scores.tolist(), 'have a score outside 0 to 1')}")
