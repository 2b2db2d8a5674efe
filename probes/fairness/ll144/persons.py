"""Which persons count: those selected, or those who score above the median."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.errors import BadData
from fairwitness.audit.requests import Answer, Prediction
from fairwitness.probes.fairness.group_fairness.cells import Flags, Floats
from fairwitness.probes.fairness.group_fairness.rows import Frame, decide, decisions


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """Who was assessed, who of them counts, what that is, and in what words.

    `surely` of those assessed count, and no more than `perhaps`, however the others would have been assessed.
    """

    assessed: Flags
    hit: Flags
    surely: Flags
    perhaps: Flags
    rate: str
    verb: str
    about: str
    note: str


def selected(frame: Frame, answers: Sequence[Answer], favourable: str, threshold: float | None) -> Counted:
    """Who is selected. Raises BadOption or BadData where decisions cannot be counted so."""
    outcomes = decide(frame, answers, favourable=favourable, threshold=threshold)
    note = f"Selected means {outcomes.chosen}."
    hit = outcomes.selected
    return Counted(outcomes.answered, hit, hit, hit, "selection rate", "are selected", "", note)


def scored(frame: Frame, answers: Sequence[Answer], favourable: str) -> Counted:
    """Who scores above the median of all persons assessed. Raises BadData where a score is absent."""
    assessed = decisions(frame, answers).known
    scores = _scores(frame, answers, favourable)
    lost = assessed & np.isnan(scores)
    if lost.any():
        raise BadData(f"{int(lost.sum())} of {frame.rows} rows have no score, for example row {int(lost.argmax()) + 1}")
    median = float(np.median(scores[assessed]))
    at = int((scores[assessed] == median).sum())
    about = f", scoring above the median of all {int(assessed.sum()):,} persons, {median:g}"
    note = (
        f"A person counts who scores above {median:g}, the median of everybody assessed, those of unknown category "
        f"included. {at:,} score exactly that and do not count."
    )
    others = int((~assessed).sum())
    hit, surely, perhaps = (
        assessed & (np.nan_to_num(scores, nan=-math.inf) > bar)
        for bar in (median, _median(scores[assessed], math.inf, others), _median(scores[assessed], -math.inf, others))
    )
    return Counted(assessed, hit, surely, perhaps, "scoring rate", "score above the median", about, note)


def _median(scores: Floats, other: float, others: int) -> float:
    """The median, had `others` persons more this score."""
    return float(np.median(np.append(scores, np.full(others, other))))


def _scores(frame: Frame, answers: Sequence[Answer], favourable: str) -> Floats:
    """The score of each row, or its decision as a number where there are no scores; NaN where there is neither."""
    plain = [answer.score if isinstance(answer, Prediction) else None for answer in answers]
    if any(score is not None for score in plain):
        return np.array([math.nan if score is None else score for score in plain], dtype=np.float64)
    decided = decisions(frame, answers)
    if all(isinstance(answer, Prediction) and not answer.scores for answer in answers):
        return decided.numbers("decision")
    outcomes = decide(frame, answers, favourable=favourable)
    return np.array([math.nan if score is None else score for score in outcomes.scores], dtype=np.float64)
