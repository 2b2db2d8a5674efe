"""Which persons count: those selected, or those who score above the median."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.errors import BadData
from fairwitness.audit.records import Name
from fairwitness.audit.requests import Answer, Prediction
from fairwitness.probes.fairness.ll144.categories import WORDS
from fairwitness.probes.kit.decisions.categorical import Flags, Floats
from fairwitness.probes.kit.decisions.outcomes import decide, decisions
from fairwitness.probes.kit.decisions.table import DecisionTable


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Counted:
    """Who was assessed, who of them counts, what that is, and in what words.

    `persons` is what they are called. `surely` of those assessed count, and no more than `perhaps`, however the others
    would have been assessed.
    """

    assessed: Flags
    hit: Flags
    surely: Flags
    perhaps: Flags
    rate: str
    verb: str
    persons: str
    about: str = ""
    note: str


def selected(table: DecisionTable, answers: Sequence[Answer], favourable: str, threshold: float | None) -> Counted:
    """Who is selected. Raises BadOption or BadData where decisions cannot be counted so."""
    outcomes = decide(table, answers, favourable=favourable, threshold=threshold)
    hit = outcomes.selected
    return Counted(
        assessed=outcomes.answered,
        hit=hit,
        surely=hit,
        perhaps=hit,
        rate="selection rate",
        verb=outcomes.said.get if table.naming.favourable else WORDS("part.selected"),
        persons=_persons(table),
        note=WORDS("note.selected", chosen=outcomes.said.chosen),
    )


def scored(table: DecisionTable, answers: Sequence[Answer], favourable: str) -> Counted:
    """Who scores above the median of all persons assessed. Raises BadData where a score is absent."""
    assessed = decisions(table, answers).known
    scores = _scores(table, answers, favourable)
    absent = assessed & np.isnan(scores)
    if absent.any():
        count, first = int(absent.sum()), int(absent.argmax()) + 1
        raise BadData(f"{count} of {table.rows} rows have no score, for example row {first}")
    known, others = scores[assessed], int((~assessed).sum())
    median = float(np.median(known))
    bars = (median, *(float(np.median(np.append(known, np.full(others, end)))) for end in (math.inf, -math.inf)))
    hit, surely, perhaps = (assessed & (np.nan_to_num(scores, nan=-math.inf) > bar) for bar in bars)
    return Counted(
        assessed=assessed,
        hit=hit,
        surely=surely,
        perhaps=perhaps,
        rate="scoring rate",
        verb=WORDS("part.scored"),
        persons=_persons(table),
        about=WORDS("part.above_median", persons=f"{len(known):,}", median=f"{median:g}"),
        note=WORDS("note.scored", median=f"{median:g}", exactly=f"{int((known == median).sum()):,}"),
    )


def _persons(table: DecisionTable) -> str:
    """What the persons of a table are called."""
    return Name(table.naming.unit) if table.naming.unit else WORDS("part.persons")


def _scores(table: DecisionTable, answers: Sequence[Answer], favourable: str) -> Floats:
    """The score of each row, or its decision as a number where there are no scores; NaN where there is neither."""
    plain = [answer.score if isinstance(answer, Prediction) else None for answer in answers]
    if any(score is not None for score in plain):
        return np.array([math.nan if score is None else score for score in plain], dtype=np.float64)
    if all(isinstance(answer, Prediction) and not answer.scores for answer in answers):
        return decisions(table, answers).numbers("decision")
    return decide(table, answers, favourable=favourable).score_numbers
