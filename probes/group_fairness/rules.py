"""Which outcome counts as selected, and which rows have it."""

from __future__ import annotations

import operator
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from assay.audit.errors import BadData, BadOption, MissingOption, nearest
from assay.probes.group_fairness.cells import Coded, Flags, Floats, outcome
from assay.probes.group_fairness.spelling import like_numbers, spelled_alike

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
    if labels and decisions and not set(labels) & set(decisions):
        raise BadOption(
            f"true outcomes and decisions have no value in common: write both in the same words "
            f"({_listed(labels)}; decisions: {', '.join(map(repr, sorted(decisions)[:10]))})"
            f"{_hint([*labels, *decisions])}"
        )
    named = outcome(given)
    if named is not None:
        if values and named not in values:
            raise BadOption(f"favourable outcome {given!r} never occurs{nearest(named, values)} ({_listed(values)})")
        return named
    known = [value for value in values if value.lower() in POSITIVE_WORDS]
    if not values:
        return "1"
    if len(known) == 1 and len(values) <= 2:
        return known[0]
    raise MissingOption(f"say which outcome counts as selected with --favourable ({_listed(values)}){_hint([*values])}")


def matches(what: str, rule: str, column: Coded) -> Flags:
    """Whether each row has the counted outcome, by equality or by a numeric rule. Raises BadData on odd cells."""
    match = _RULE.fullmatch(rule)
    if match is None:
        return column.where(lambda value: value == rule)
    return np.asarray(_COMPARE[match[1]](column.numbers(what), float(match[2])), dtype=np.bool_) & column.known


def above(threshold: float, decisions: Coded, scores: Floats) -> tuple[Flags, str]:
    """Whether the score, or the decision as a number where there is no score, reaches the threshold; and in words."""
    known = decisions.known
    values, what = scores, "score"
    if np.isnan(scores).all():
        values, what = decisions.numbers("decision"), "decision"
    absent = np.isnan(values) & known
    if absent.any():
        first = int(absent.argmax()) + 1
        raise BadData(f"{int(absent.sum())} of {len(values)} rows have no {what}, for example row {first}")
    return np.asarray(np.nan_to_num(values, nan=-np.inf) >= threshold) & known, f"a {what} of at least {threshold:g}"


def _hint(values: Sequence[str]) -> str:
    """What is odd about outcomes that cannot be counted, in clauses after a semicolon; empty where nothing is."""
    found = [*spelled_alike(values)[:2], *([hint] if (hint := like_numbers(values)) else [])]
    return "".join(f"; {clause}" for clause in found)


def _listed(values: Counter[str]) -> str:
    shown = ", ".join(f"{value!r} {count} times" for value, count in values.most_common(10))
    return f"outcomes: {shown}{', ...' if len(values) > 10 else ''}"
