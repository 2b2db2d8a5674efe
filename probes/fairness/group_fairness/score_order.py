"""Whether the score runs backwards: lower where the decision or the true outcome is the favourable one."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fairwitness.audit.reasons import CHECK
from fairwitness.audit.records import Estimate, Metric, joined
from fairwitness.audit.stats import LEVEL
from fairwitness.audit.stats.levels import normal_quantile
from fairwitness.probes.fairness.group_fairness.measures import WORDS
from fairwitness.probes.kit.decisions.outcomes import Outcomes


def backwards(outcomes: Outcomes, metrics: Sequence[Metric]) -> list[str]:
    """A note where the score seems to be that of another decision than the favourable one; else none.

    So it is where the mean score of the rows that got the favourable decision is lower than that of the others by more
    than chance makes it, or where the interval of the AUC over all rows lies wholly below one half.
    """
    scores = outcomes.score_numbers
    known = outcomes.answered & ~np.isnan(scores)
    selected, others = scores[known & outcomes.selected], scores[known & ~outcomes.selected]
    if min(len(selected), len(others)) > 1:
        error = math.sqrt(selected.var(ddof=1) / len(selected) + others.var(ddof=1) / len(others))
        if others.mean() - selected.mean() > normal_quantile(LEVEL) * error:
            means = {"selected": f"{selected.mean():.3g}", "others": f"{others.mean():.3g}"}
            return [joined("", (CHECK, WORDS("note.score_backwards", **means)))]
    for metric in metrics:
        auc = metric.estimate
        if metric.name == "auc" and not metric.by and isinstance(auc, Estimate) and auc.high < 0.5:
            return [joined("", (CHECK, WORDS("note.auc_backwards", auc=f"{auc.value:.2f}")))]
    return []
