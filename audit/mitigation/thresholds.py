"""Decisions by a threshold of its own for each group, fitted on one half of the rows for the other half.

Hardt, Price & Srebro 2016, Equality of Opportunity in Supervised Learning, sec. 3.2; fitted by fairlearn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from fairwitness.audit.errors import BadData, MissingExtra

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

CONSTRAINTS = (
    "demographic_parity",
    "equalized_odds",
    "true_positive_rate_parity",
    "false_positive_rate_parity",
    "false_negative_rate_parity",
    "true_negative_rate_parity",
)
"""What can be made equal between groups: the rate of selection, an error rate, or both error rates."""

OBJECTIVES = ("accuracy_score", "balanced_accuracy_score")
"""What is kept as high as the constraint allows."""

MIN_ROWS = 30
MIN_CLASS = 10
LISTED = 5
"""Groups that a message names."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How one group is decided.

    With probability `drawn` the score is not looked at and a row is selected with probability `drawn_selected`;
    otherwise each step `(share, threshold)` says in which share of cases a score above the threshold is selected.
    """

    group: str
    steps: tuple[tuple[float, float], ...]
    drawn: float
    drawn_selected: float

    def __str__(self) -> str:
        cuts = [(share, cut) for share, cut in self.steps if share >= 0.0005]
        cut_texts = " or ".join(
            _cut(cut) + (f" (in {share:.1%} of cases)" if len(cuts) > 1 else "") for share, cut in cuts
        )
        if self.drawn < 0.0005:
            return cut_texts
        selected = f"(selected: {self.drawn_selected:.1%})"
        return f"{cut_texts}; by lot, without the score, in {self.drawn:.1%} of cases {selected}"


def _cut(threshold: float) -> str:
    if np.isneginf(threshold):
        return "always selected"
    return "never selected" if np.isposinf(threshold) else f"selected above {threshold:.4g}"


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """Which rows are held out, what is decided on every row, by which rules, and the groups that got none and why."""

    held_out: Flags
    selected: Flags
    rules: tuple[Rule, ...]
    left_alone: Mapping[str, str]


def decide(
    scores: Floats,
    positive: Flags,
    labelled: Flags,
    selected: Flags,
    groups: Sequence[str],
    *,
    constraint: str = CONSTRAINTS[0],
    objective: str = OBJECTIVES[0],
    seed: int = 0,
) -> Decided:
    """Fits thresholds on a seeded half of the labelled rows and decides all rows by them.

    `scores` are probabilities of the counted outcome, `positive` says which rows truly have it (where `labelled`) and
    `selected` who was selected before. A group with fewer than 30 rows, or 10 of either outcome, in the fitting half
    keeps its decisions. Rules may draw lots, which makes rates meet that no single threshold makes meet: the seed
    fixes the draw. Raises MissingExtra without fairlearn and BadData where fewer than two groups can be fitted.
    """
    optimizer = _optimizer(constraint, objective)
    names = np.asarray(groups, dtype=object)
    held_out = held_out_half(groups, positive, labelled, seed)
    fitted = labelled & ~held_out
    left_alone = _too_small(names, positive, fitted)
    known = [group for group in sorted(set(groups)) if group not in left_alone]
    if len(known) < 2:
        small = [f"{group}: {why}" for group, why in left_alone.items()]
        listed = "; ".join(small[:LISTED]) + (f"; and {len(small) - LISTED} more" if len(small) > LISTED else "")
        raise BadData(
            f"thresholds need two groups with {MIN_ROWS} rows and {MIN_CLASS} of each true outcome in the half that "
            f"they are fitted on, of which {len(known)} can be found (too small: {listed or 'none'})"
        )
    codes = np.array([known.index(group) if group not in left_alone else -1 for group in groups])
    used = fitted & (codes >= 0)
    optimizer.fit(scores[used, None], positive[used].astype(int), sensitive_features=codes[used])
    after = selected.copy()
    ruled = codes >= 0
    after[ruled] = optimizer.predict(scores[ruled, None], sensitive_features=codes[ruled], random_state=seed) == 1
    return Decided(held_out, after, _rules(optimizer, known), left_alone)


def held_out_half(groups: Sequence[str], positive: Flags, labelled: Flags, seed: int) -> Flags:
    """Half of the rows of each group and true outcome, by the seed. Rows without a true outcome are all held out."""
    rng = np.random.default_rng(seed)
    held_out = ~labelled
    keys = list(zip(groups, positive.tolist(), strict=True))
    for key in sorted(set(keys)):
        rows = np.flatnonzero(np.array([group == key for group in keys]) & labelled)
        held_out[rng.permutation(rows)[: len(rows) // 2]] = True
    return held_out


def _too_small(names: npt.NDArray[np.object_], positive: Flags, fitted: Flags) -> dict[str, str]:
    small = {}
    for group in sorted(set(names.tolist())):
        of_group = fitted & (names == group)
        rows, hits = int(of_group.sum()), int((of_group & positive).sum())
        if rows < MIN_ROWS or min(hits, rows - hits) < MIN_CLASS:
            small[group] = f"{rows} rows, {hits} of them with the counted outcome"
    return small


def _optimizer(constraint: str, objective: str) -> Any:
    try:
        postprocessing: Any = import_module("fairlearn.postprocessing")
        linear_model: Any = import_module("sklearn.linear_model")
    except ImportError as error:
        raise MissingExtra('thresholds are fitted by fairlearn: pip install "fairwitness[tabular]"') from error
    score = linear_model.LinearRegression()  # the model of which a row's one feature is its prediction
    score.coef_, score.intercept_ = np.ones(1), 0.0
    return postprocessing.ThresholdOptimizer(
        estimator=score, constraints=constraint, objective=objective, prefit=True, predict_method="predict"
    )


def _rules(optimizer: Any, known: Sequence[str]) -> tuple[Rule, ...]:
    rules = []
    for code, group in enumerate(known):
        rule = optimizer.interpolated_thresholder_.interpolation_dict[code]
        steps = [(float(rule[f"p{index}"]), float(rule[f"operation{index}"].threshold)) for index in (0, 1)]
        drawn, chance = float(rule.get("p_ignore", 0.0)), float(rule.get("prediction_constant", 0.0))
        rules.append(Rule(group, tuple(sorted(steps)), drawn, chance))
    return tuple(rules)
