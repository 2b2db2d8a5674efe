"""Shapley values of columns by sampled coalitions, by the library `shap`, for any model."""

from __future__ import annotations

import numpy as np

from fairwitness.audit.attribution import shap as attribution_shap
from fairwitness.audit.attribution.coalitions import CoalitionValues, Presence, Values, WordAttributions

PERMUTATIONS = 4
"""Permutations where no budget is named; each is evaluated forth and back."""


def permutation(values_of: CoalitionValues, columns: int, budget: int, seed: int) -> WordAttributions:
    """As of words (`attribution.shap.permutation`), with four permutations where no budget is named."""
    least = attribution_shap.least_budget(columns)
    return attribution_shap.permutation(values_of, columns, budget or PERMUTATIONS * least, seed)


def kernel(values_of: CoalitionValues, columns: int, budget: int, seed: int) -> WordAttributions:
    """Kernel SHAP (Lundberg & Lee 2017): a weighted regression over sampled coalitions, without a penalty.

    The values add up by construction. `budget` 0 means 2 * columns + 256 coalitions; all are taken where it holds them.
    """
    shap = attribution_shap.library()

    def model(rows: Values) -> Values:
        present: Presence = np.asarray(rows) > 0.5
        return values_of(present)

    with attribution_shap.own_random_state():
        np.random.seed(seed % 2**32)  # noqa: NPY002 - the library draws from the global state
        explainer = shap.KernelExplainer(model, np.zeros((1, columns)))
        values = explainer.shap_values(
            np.ones((1, columns)), nsamples=budget or 2 * columns + 256, l1_reg=False, silent=True
        )
    note = f"SHAP {shap.__version__}, kernel over at most {budget or 2 * columns + 256} coalitions."
    return WordAttributions(np.asarray(values, dtype=np.float64).reshape(columns), None, note)
