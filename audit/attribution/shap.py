"""Shapley values of words by the library `shap`, asked about coalitions of words.

The library is handed a row of ones as the text and zeros as hidden words, so every model, tokenizer and script looks
alike to it. Its global random state is set back afterwards.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from fairwitness.audit.attribution.coalitions import CoalitionValues, Presence, Values, WordAttributions
from fairwitness.audit.attribution.targets import Refused

EVALUATIONS = 500
PERMUTATIONS = 10


class HideWords:
    """The library's masker: a coalition of words is its own masked input."""

    immutable_outputs = True

    def __init__(self, clustering: npt.NDArray[np.float64] | None = None) -> None:
        if clustering is not None:
            self.clustering = clustering

    def __call__(self, present: npt.NDArray[Any], text: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        return np.array(present, dtype=np.bool_)[np.newaxis, :]


def least_budget(words: int) -> int:
    """Evaluations of one permutation forth and back, below which the sampling method gives nothing."""
    return 2 * words + 1


def permutation(values_of: CoalitionValues, words: int, budget: int, seed: int) -> WordAttributions:
    """Shapley values by sampled permutations, each evaluated forth and back (Lundberg & Lee 2017; antithetic sampling).

    Exact for interactions of two words, whatever the budget; the values always add up to full - base. The standard
    error comes from the spread between permutations and needs two of them. `budget` 0 means 500 evaluations, or ten
    permutations where that is more. Raises Refused for a budget below one permutation.
    """
    least = least_budget(words)
    budget = budget or max(EVALUATIONS, PERMUTATIONS * least)
    if budget < least:
        raise Refused(f"SHAP needs at least {least} evaluations for {words} words, the budget is {budget}")
    shap = library()
    permutations: list[tuple[Presence, Values]] = []

    def model(present: Presence) -> Values:
        values = values_of(present)
        permutations.append((np.array(present, dtype=np.bool_), values))
        return values

    with own_random_state():
        explainer = shap.PermutationExplainer(model, HideWords(), seed=seed % 2**32)
        result = explainer(np.ones((1, words)), max_evals=budget, batch_size=least, silent=True)
    return WordAttributions(
        values=np.asarray(result.values[0], dtype=np.float64),
        errors=_standard_errors(permutations),
        note=f"SHAP {shap.__version__}, {len(permutations)} permutations forth and back.",
    )


def partition(values_of: CoalitionValues, words: int, budget: int) -> WordAttributions:
    """Owen values of a text that is halved again and again (Owen 1977): adds up, has no randomness.

    Groups of words are taken apart only while the budget lasts (0 means 500 evaluations), so that long texts stay
    cheap; words of a group that was never taken apart share its value.
    """
    shap = library()
    with own_random_state():
        explainer = shap.PartitionExplainer(values_of, HideWords(halves(words)))
        result = explainer(np.ones((1, words)), max_evals=budget or EVALUATIONS, batch_size=64, silent=True)
    note = f"SHAP {shap.__version__}, partition of the text by halves; no randomness."
    return WordAttributions(np.asarray(result.values[0], dtype=np.float64), None, note)


def halves(words: int) -> npt.NDArray[np.float64]:
    """The balanced tree over neighbouring words as a linkage matrix: left, right, height (its words), words."""
    rows: list[list[float]] = []

    def join(first: int, last: int) -> int:
        if last - first == 1:
            return first
        middle = (first + last + 1) // 2
        left, right = join(first, middle), join(middle, last)
        rows.append([left, right, last - first, last - first])
        return words + len(rows) - 1

    join(0, words)
    return np.array(rows, dtype=np.float64)


def _standard_errors(permutations: Sequence[tuple[Presence, Values]]) -> Values | None:
    """Standard error of each word's mean over permutations; None for a single permutation."""
    if len(permutations) < 2:
        return None
    each = np.array([_marginals(present, values) for present, values in permutations])
    return np.asarray(each.std(axis=0, ddof=1) / np.sqrt(len(permutations)), dtype=np.float64)


def _marginals(present: Presence, values: Values) -> Values:
    """What each word adds, averaged over the two times that a permutation switches it."""
    switched = np.argmax(present[1:] != present[:-1], axis=1)
    steps = np.where(present[1:].sum(axis=1) > present[:-1].sum(axis=1), 1.0, -1.0) * np.diff(values)
    total = np.zeros(present.shape[1])
    np.add.at(total, switched, steps)
    return total / 2


def library() -> Any:
    """The library, imported late. Its import of matplotlib gives a warning that is not the user's to mend."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        return importlib.import_module("shap")


@contextmanager
def own_random_state() -> Iterator[None]:
    """Gives the library, which seeds and draws from numpy's global state, a state that is put back afterwards."""
    before = np.random.get_state()  # noqa: NPY002 - the library knows no other generator
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002
