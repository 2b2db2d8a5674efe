"""Which persons count: those selected, or those who score above the median."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.audit.errors import BadData
from assay.audit.requests import Answer, Prediction
from assay.probes.group_fairness.cells import Flags, Floats
from assay.probes.group_fairness.rows import Frame, decide, decisions


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """Who was assessed, who of them counts, what that is, and in what words."""

    assessed: Flags
    hit: Flags
    rate: str
    verb: str
    about: str
    note: str


def selected(frame: Frame, answers: Sequence[Answer], favourable: str, threshold: float | None) -> Counted:
    """Who is selected. Raises BadOption or BadData where decisions cannot be counted so."""
    outcomes = decide(frame, answers, favourable=favourable, threshold=threshold)
    note = f"Selected means {outcomes.chosen}."
    return Counted(outcomes.answered, outcomes.selected, "selection rate", "are selected", "", note)


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
    hit = assessed & (np.nan_to_num(scores, nan=-math.inf) > median)
    return Counted(assessed, hit, "scoring rate", "score above the median", about, note)


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
