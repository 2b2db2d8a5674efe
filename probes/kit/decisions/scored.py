"""The rows that have a score: by group, with what keeps a group from being measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.reasons import cause
from fairwitness.audit.records import Undefined
from fairwitness.audit.stats.decisions.scored import Scored
from fairwitness.probes.kit.decisions.categorical import Codes, Flags, Floats, example
from fairwitness.probes.kit.decisions.counts import Group
from fairwitness.probes.kit.decisions.outcomes import Outcomes
from fairwitness.probes.kit.decisions.partition import NEGATIVES, POSITIVES, Partition
from fairwitness.probes.kit.decisions.table import DecisionTable
from fairwitness.probes.kit.decisions.words import WORDS

MOST_ABSENT = 0.05
"""The share of a group's rows that may lack a score: which scores are absent is seldom by chance."""


@dataclass(frozen=True, slots=True, eq=False)
class ScoredSlice:
    """The rows of one group: all that have a score, and those of them whose true outcome is known (`judged`).

    `few` says why the scores alone cannot be measured, `problem` why they cannot beside true outcomes. `in_use` is the
    lowest score of a selected row where every row from there on is selected and no other is.
    """

    group: Group
    every: Scored
    judged: Scored
    few: Undefined | None
    problem: Undefined | None
    in_use: float | None

    @property
    def positives(self) -> int:
        """Rows whose true outcome is the counted one."""
        return int(self.judged.positive.sum())


@dataclass(frozen=True, slots=True, eq=False)
class ScoredPartition:
    """A partition with the rows of each of its groups, in its order. `levels` are the values that scores have.

    `odd` says why the scores are no probabilities; `in_use` is the threshold of all decisions, where they have one.
    """

    part: Partition
    slices: Mapping[Group, ScoredSlice]
    odd: Undefined | None
    in_use: float | None
    levels: Floats

    @property
    def range(self) -> tuple[float, float]:
        """From the lowest to the highest score; of probabilities 0 to 1."""
        return (0.0, 1.0) if self.odd is None else (float(self.levels[0]), float(self.levels[-1]))


def scored_partitions(
    table: DecisionTable, outcomes: Outcomes, parts: Sequence[Partition]
) -> tuple[list[ScoredPartition], list[str]]:
    """All rows and every single column, with notes; nothing where no answered row has a score."""
    scores = outcomes.score_numbers
    scored = outcomes.answered & np.isfinite(scores)
    if not scored.any():
        return [], []
    notes = []
    absent = outcomes.answered & ~scored
    if absent.any():
        what = example(absent, outcomes.scores, WORDS("note.has_no_score"))
        notes.append(WORDS("note.no_score", what=what))
    if table.weights is not None:
        notes.append(WORDS("note.unweighted_scores"))
    odd = _no_probabilities(scores, scored)
    if odd is not None:
        notes.append(WORDS("note.no_probabilities", cause=cause(odd.reason)))
    rows = Scored(scores, outcomes.positive, table.persons)
    in_use, levels = _threshold(scores[scored], outcomes.selected[scored]), np.unique(scores[scored])
    parts_scored = []
    for part in parts:
        if len(part.columns) <= 1:
            slices = {group: _slice(part, group, rows, scored, outcomes) for group in part.groups}
            parts_scored.append(ScoredPartition(part, slices, odd, in_use, levels))
    return parts_scored, notes


def _slice(part: Partition, group: Group, rows: Scored, scored: Flags, outcomes: Outcomes) -> ScoredSlice:
    inside = part.rows_of(group)
    here = inside & scored
    judged = here & outcomes.labelled
    few, problem = _problems(part, rows.persons, here, judged, outcomes.positive)
    size, absent = int(inside.sum()), int((inside & ~scored).sum())
    if absent > MOST_ABSENT * size:
        few = WORDS.undefined("reason.absent", "unanswered", count=absent, rows=size)
        problem = few
    in_use = _threshold(rows.scores[here], outcomes.selected[here])
    return ScoredSlice(group, rows.where(here), rows.where(judged), few, problem, in_use)


def _problems(
    part: Partition, persons: Codes | None, here: Flags, judged: Flags, positive: Flags
) -> tuple[Undefined | None, Undefined | None]:
    """Why rows with a score are too few, and why those with a true outcome too are; people, where they have several."""

    def units(rows: Flags) -> int:
        return int(rows.sum()) if persons is None else len(np.unique(persons[rows]))

    limits, naming = part.limits, part.naming
    few = limits.enough(units(here), WORDS("condition.scored", rows=naming.units))
    problem = few or limits.enough(units(judged), WORDS("condition.scored_labelled", rows=naming.units))
    problem = problem or limits.condition_of(units(judged & positive), naming.condition(POSITIVES))
    return few, problem or limits.condition_of(units(judged & ~positive), naming.condition(NEGATIVES))


def _threshold(scores: Floats, selected: Flags) -> float | None:
    """The lowest selected score, where no row that is not selected reaches it."""
    if not selected.any() or selected.all():
        return None
    lowest = float(scores[selected].min())
    return lowest if float(scores[~selected].max()) < lowest else None


def _no_probabilities(scores: Floats, scored: Flags) -> Undefined | None:
    outside = scored & ((scores < 0) | (scores > 1))
    if not outside.any():
        return None
    rows = example(outside, scores.tolist(), WORDS("reason.outside"))
    return WORDS.undefined("reason.no_probability", "no_value", example=rows)
