"""Which outcome counts as selected, and which rows have it."""

from __future__ import annotations

import operator
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from fairwitness.audit.errors import BadData, BadOption, MissingOption, nearest
from fairwitness.audit.own_cells import are_names, listed_values
from fairwitness.probes.kit.decisions.categorical import Categorical, Flags, Floats, outcome
from fairwitness.probes.kit.decisions.spelling import like_numbers, spelled_alike

POSITIVE_WORDS = ("1", "yes", "y", "positive", "pos", "good", "granted", "accept", "accepted", "approved", "hired")

_RULE = re.compile(r"\s*(>=|<=|>|<)\s*([-+]?\d+(?:\.\d+)?)\s*")
_COMPARE: dict[str, Callable[[Floats, float], Any]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


def is_rule(text: str) -> bool:
    """Whether the counted outcome is a numeric rule such as >=5."""
    return _RULE.fullmatch(text) is not None


def counted_outcome(given: str, labels: Sequence[str], decisions: Sequence[str]) -> str:
    """The counted outcome as named, or the only sensible one of two; BadOption where there is none.

    Without decisions it is what the true outcomes alone say, to find a mistake before anything is asked.
    """
    return counted_of(given, Counter(labels), Counter(decisions))


def counted_of(given: str, labels: Counter[str], decisions: Counter[str]) -> str:
    """As `counted_outcome`, from the number of rows of each value."""
    if is_rule(given):
        return given.strip()
    values = labels + decisions
    names = are_names(labels) and are_names(decisions)
    if labels and decisions and not set(labels) & set(decisions):
        raise BadOption(
            f"true outcomes and decisions have no value in common: write both in the same words "
            f"(outcomes: {listed_values(labels)}; decisions: {listed_values(decisions)}){_hint(values, names)}"
        )
    named = outcome(given)
    if named is not None:
        if values and named not in values:
            near = nearest(named, values) if names else ""
            raise BadOption(f"favourable outcome {given!r} never occurs{near} ({_outcomes(labels, decisions)})")
        return named
    known = [value for value in values if value.lower() in POSITIVE_WORDS]
    if not values:
        return "1"
    if len(known) == 1 and len(values) <= 2:
        return known[0]
    occurring = _outcomes(labels, decisions)
    raise MissingOption(f"say which outcome counts as selected with --favourable ({occurring}){_hint(values, names)}")


def matches(what: str, rule: str, column: Categorical) -> Flags:
    """Whether each row has the counted outcome, by equality or by a numeric rule. Raises BadData on odd cells."""
    match = _RULE.fullmatch(rule)
    if match is None:
        return column.where(lambda value: value == rule)
    return np.asarray(_COMPARE[match[1]](column.numbers(what), float(match[2])), dtype=np.bool_) & column.known


def above(threshold: float, decisions: Categorical, scores: Floats) -> tuple[Flags, str]:
    """Whether the score, or a decision that is a number where there is no score, reaches the threshold; and which."""
    known = decisions.known
    values, what = scores, "score"
    if np.isnan(scores).all():
        values, what = decisions.numbers("decision"), "decision"
    absent = np.isnan(values) & known
    if absent.any():
        first = int(absent.argmax()) + 1
        raise BadData(f"{int(absent.sum())} of {len(values)} rows have no {what}, for example row {first}")
    return np.asarray(np.nan_to_num(values, nan=-np.inf) >= threshold) & known, what


def _hint(values: Iterable[str], names: bool) -> str:
    """What is odd about outcomes that cannot be counted, in clauses after a semicolon; empty where nothing is."""
    hints = [*spelled_alike(values, names=names)[:2], *([hint] if (hint := like_numbers([*values])) else [])]
    return "".join(f"; {clause}" for clause in hints)


def _outcomes(labels: Counter[str], decisions: Counter[str]) -> str:
    """True outcomes and decisions as one list; apart where some of them are texts and no names."""
    if not decisions or (are_names(labels) and are_names(decisions)):
        return f"outcomes: {listed_values(labels + decisions)}"
    both = {"outcomes": labels, "decisions": decisions}
    return "; ".join(f"{what}: {listed_values(values)}" for what, values in both.items() if values)
