"""Local linear explanations by the library `lime`, asked about coalitions of words."""

from __future__ import annotations

import importlib
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt

from fairwitness.audit.attribution.coalitions import CoalitionValues, Presence, Values, WordAttributions
from fairwitness.audit.attribution.targets import Refused

EVALUATIONS = 1000
REPLICATES = 100
KERNEL_WIDTH = 25.0
RIDGE = 1.0
HIDDEN = "_"


def surrogate(values_of: CoalitionValues, words: int, budget: int, seed: int) -> WordAttributions:
    """Weights of the ridge regression that LIME fits around the text (Ribeiro 2016), in log-odds per word.

    The library draws coalitions for a stand-in text of numbered words, one name per place, and fits the second of two
    columns: the log-odds against and for the target. Its own settings hold: cosine distance, kernel width 25, ridge
    penalty 1. The weights do not add up to full - base. Standard errors by resampling the drawn coalitions.
    `budget` 0 means 1,000 draws. Raises Refused where it is less than a line through so many words needs.
    """
    least = min(words + 2, 2**words)
    if 0 < budget < least:
        raise Refused(f"LIME needs at least {least} evaluations for {words} words, the budget is {budget}")
    lime_text: Any = importlib.import_module("lime.lime_text")
    drawn: list[tuple[Presence, Values]] = []

    def classifier(texts: list[str]) -> Values:
        present = np.array([[name != HIDDEN for name in text.split(" ")] for text in texts], dtype=np.bool_)
        values = values_of(present)
        drawn.append((present, values))
        return np.column_stack([-values, values])

    explainer = lime_text.LimeTextExplainer(
        split_expression=" ",
        bow=False,
        mask_string=HIDDEN,
        feature_selection="none",
        random_state=seed % 2**32,
    )
    text = " ".join(str(number) for number in range(words))
    explained = explainer.explain_instance(
        text, classifier, labels=(1,), num_features=words, num_samples=budget or EVALUATIONS
    )
    weights = dict(explained.local_exp[1])
    values = np.array([weights[number] for number in range(words)], dtype=np.float64)
    (present, scores), *_ = drawn
    note = f"LIME {version('lime')}, {len(scores)} draws, R² of the local fit {float(explained.score):.3f}."
    return WordAttributions(values, _standard_errors(present, scores, seed), note)


def nearness(present: Presence) -> Values:
    """LIME's weight of each coalition: exp(-(100 d)²/25²)^½ with d the cosine distance to the whole text."""
    distance = 100 * (1 - np.sqrt(present.mean(axis=1)))
    return np.asarray(np.sqrt(np.exp(-(distance**2) / KERNEL_WIDTH**2)), dtype=np.float64)


def fit(present: npt.NDArray[np.float64], scores: Values, weights: Values) -> Values:
    """Ridge coefficients (penalty 1, free intercept) of weighted rows, as the library fits them."""
    total = weights.sum()
    centred = present - weights @ present / total
    gram = (centred * weights[:, np.newaxis]).T @ centred
    aim = (centred * weights[:, np.newaxis]).T @ (scores - weights @ scores / total)
    return np.asarray(np.linalg.solve(gram + RIDGE * np.eye(present.shape[1]), aim), dtype=np.float64)


def _standard_errors(present: Presence, scores: Values, seed: int) -> Values | None:
    """Spread of the coefficients when the drawn coalitions are drawn again from themselves; None below two draws."""
    if len(scores) < 3:
        return None
    generator = np.random.default_rng(seed)
    weights, rows = nearness(present), present.astype(np.float64)
    again = []
    for _ in range(REPLICATES):
        # the first row is the text itself, which is no draw
        times = np.bincount(generator.integers(1, len(scores), len(scores) - 1), minlength=len(scores))
        times[0] = 1
        again.append(fit(rows, scores, weights * times))
    return np.asarray(np.std(again, axis=0, ddof=1), dtype=np.float64)
