"""What was decided and what is true, row by row, from the answers about a table."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.own_cells import are_names
from fairwitness.audit.reasons import CHECK
from fairwitness.audit.records import Name, quoted
from fairwitness.audit.requests import Answer, ClassScores, Prediction
from fairwitness.probes.kit import classes
from fairwitness.probes.kit.decisions.categorical import Categorical, Flags, Floats, example, outcome
from fairwitness.probes.kit.decisions.counted import above, counted_of, is_rule, matches
from fairwitness.probes.kit.decisions.naming import UNNAMED, OutcomeWords
from fairwitness.probes.kit.decisions.spelling import listed, spelled_alike, spells_missing
from fairwitness.probes.kit.decisions.table import DecisionTable
from fairwitness.probes.kit.decisions.words import WORDS


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Outcomes:
    """What was decided and what was true, row by row.

    `answered` rows have a decision; of these `labelled` rows have a true outcome. `selected` and `positive` say
    whether decision and true outcome are the counted one; `said` says in words what that is, `counted` in the words by
    which two runs are compared.
    """

    answered: Flags
    labelled: Flags
    selected: Flags
    positive: Flags
    decisions: tuple[str, ...] = ()
    scores: tuple[float | None, ...] = ()
    said: OutcomeWords = UNNAMED
    counted: str = ""
    notes: tuple[str, ...] = ()

    @property
    def has_labels(self) -> bool:
        """Whether any true outcome is known."""
        return bool(self.labelled.any())

    @property
    def score_numbers(self) -> Floats:
        """The score of each row, NaN where there is none; all NaN where no scores are read."""
        if not self.scores:
            return np.full(len(self.answered), math.nan)
        return _numbers(self.scores)


def decisions(table: DecisionTable, answers: Sequence[Answer]) -> Categorical:
    """The decision of each row, none where it was not answered. Raises DoesNotApply where no row was."""
    decided = table.allowed(_given(answers))
    if not decided.known.any():
        raise WORDS.does_not_apply("unfit.no_answer", "unanswered")
    return decided


def odd_decisions(table: DecisionTable, answers: Sequence[Answer], *, classes: bool = False) -> Iterator[str]:
    """Notes on decisions that are not among the declared outcomes, spell out no value, or differ in spelling alone.

    Of several `classes` one that spells out no value is noted with them.
    """
    given = _given(answers)
    odd = given.known & ~table.allowed(given).known
    if odd.any():
        what = example(odd, given.texts(None), WORDS("note.outside"))
        yield WORDS("note.odd_decisions", what=what)
    blank = [value for value in given.counts if spells_missing(value) and value not in table.declared]
    if blank and not classes:
        yield CHECK + WORDS("note.blank_decisions", names=listed(blank))
    names = are_names(table.truth.counts) and are_names(given.counts)
    for clause in spelled_alike({**table.truth.counts, **given.counts}, names=names):
        yield CHECK + WORDS("note.alike_outcomes", clause=clause)


def decide(
    table: DecisionTable, answers: Sequence[Answer], *, favourable: str = "", threshold: float | None = None
) -> Outcomes:
    """Decisions from answers. Raises BadOption when the counted outcome cannot be found, BadData on odd cells."""
    decided = decisions(table, answers)
    labels = Counter(table.truth.counts)
    seen = Counter(decided.counts) if threshold is None else Counter()
    counted = counted_of(favourable, labels, seen)
    scores = tuple(_score(answer, counted) for answer in answers)
    if threshold is None:
        selected, said = matches("decision", counted, decided), table.naming.outcome(counted)
    else:
        selected, what = above(threshold, decided, _numbers(scores))
        said = table.naming.at_least(what, threshold, counted)
    label = f"label {table.columns.label!r}"
    return Outcomes(
        answered=decided.known,
        labelled=table.truth.known & decided.known,
        selected=selected,
        positive=matches(label, counted, table.truth) if labels else np.zeros(table.rows, dtype=np.bool_),
        decisions=tuple(text or "" for text in decided.texts("")),
        scores=scores,
        said=said,
        counted=f"the outcome '{counted}'",
        notes=tuple(_notes(table, decided, counted, labels, seen)),
    )


def _numbers(scores: Sequence[float | None]) -> Floats:
    return np.array([math.nan if score is None else score for score in scores], dtype=np.float64)


def _given(answers: Sequence[Answer]) -> Categorical:
    return Categorical.of([_decision(answer) for answer in answers], outcome)


def _decision(answer: Answer) -> str | None:
    if isinstance(answer, Prediction):
        return answer.label
    if isinstance(answer, ClassScores):
        return outcome(answer.labels[int(np.argmax(answer.logits))])
    return None


def _score(answer: Answer, counted: str) -> float | None:
    """Probability of the counted outcome, where the answer gives one."""
    if isinstance(answer, Prediction):
        return next((chance for name, chance in answer.scores if outcome(name) == counted), answer.score)
    if isinstance(answer, ClassScores):
        names = [outcome(label) for label in answer.labels]
        if counted not in names:
            return None
        return classes.ranked(classes.softmax(answer.logits)[names.index(counted)])
    return None


def _notes(
    table: DecisionTable, decided: Categorical, counted: str, labels: Counter[str], seen: Counter[str]
) -> Iterator[str]:
    answered, known = int(decided.known.sum()), int(table.truth.known.sum())
    if answered < table.rows:
        yield WORDS("note.undecided", rows=table.rows - answered, total=table.rows)
    if not labels:
        yield WORDS("note.no_label")
    elif known < table.rows:
        yield WORDS("note.unlabelled", rows=table.rows - known, total=table.rows)
    strange = sorted(set(seen) - set(labels)) if labels and not is_rule(counted) else []
    if strange and set(strange) != set(seen):
        names = Name(", ".join(strange[:10])) if are_names(seen) else WORDS("note.texts", count=len(strange))
        yield WORDS("note.never_true", names=names)
    if len(set(labels) | set(seen)) > 2:
        yield WORDS("note.against_rest", counted=quoted(counted))
