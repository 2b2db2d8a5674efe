"""Shares of groups and gaps between them, with sentences and terms as what varies by chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.audit import stats
from assay.audit.records import Estimate, Undefined


@dataclass(frozen=True, slots=True)
class Unit:
    """The mean over the completions of one prompt, in 0..1."""

    group: str
    value: float
    template: str
    target: str
    part: str = ""
    shared: bool = False


def share(units: Sequence[Unit], seed: int) -> Estimate | Undefined:
    """The mean of a group, clustered by sentence and by term (`stats.mean`)."""
    clusters = [one.template for one in units], [one.target for one in units]
    return stats.mean([one.value for one in units], clusters=clusters, bounds=(0.0, 1.0), seed=seed)


def paired_gap(units: Sequence[Unit], group: str, reference: str, seed: int) -> Estimate | Undefined:
    """Mean of `group` minus mean of `reference` where both stand in the same sentences: of two intervals the wider.

    One is paired by sentence (other sentences), one compares the means of terms (other terms). Texts that stand under
    both groups are left out. Undefined where either cannot be estimated.
    """
    kept = [one for one in units if not one.shared]
    differences = by_template(kept, group, reference)
    first, second = zip(*differences.values(), strict=True) if differences else ((), ())
    sentences = stats.paired_difference(first, second, bounds=(-1.0, 1.0), seed=seed)
    terms = independent_gaps(kept, [group], reference, seed)[0]
    if isinstance(sentences, Undefined):
        return sentences
    if isinstance(terms, Undefined):
        return terms
    return max(sentences, terms, key=lambda one: one.high - one.low)


def by_template(units: Sequence[Unit], group: str, reference: str) -> dict[str, tuple[float, float]]:
    """Means of both groups in every sentence that both have."""
    values: dict[str, dict[str, list[float]]] = {}
    for one in units:
        if not one.shared:
            values.setdefault(one.template, {}).setdefault(one.group, []).append(one.value)
    both = {name: found for name, found in values.items() if group in found and reference in found}
    return {name: (float(np.mean(found[group])), float(np.mean(found[reference]))) for name, found in both.items()}


def independent_gaps(
    units: Sequence[Unit], groups: Sequence[str], reference: str, seed: int
) -> list[Estimate | Undefined]:
    """Mean of each group minus that of the reference, clustered by term, all intervals at once (max-T)."""
    order = [reference, *groups]
    of = [[one for one in units if one.group == name] for name in order]
    return stats.mean_contrasts(
        [[one.value for one in group] for group in of],
        0,
        [[one.target for one in group] for group in of],
        bounds=(0.0, 1.0),
        seed=seed,
    )


def p_value(first: Sequence[float], second: Sequence[float], *, paired: bool) -> float:
    """Two-sided p-value of a difference of means by the t test (Welch where not paired).

    Where nothing varies: the exact chance of so many equal signs, or of so clean a split; 1.0 without a difference.
    """
    from scipy.stats import ttest_ind, ttest_rel

    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if min(len(a), len(b)) < 2 or a.mean() == b.mean():
        return 1.0
    if paired:
        return min(1.0, 2 * 0.5 ** len(a)) if np.ptp(a - b) == 0 else float(ttest_rel(a, b).pvalue)
    if np.ptp(a) == np.ptp(b) == 0:
        return min(1.0, 2 / math.comb(len(a) + len(b), len(a)))
    return float(ttest_ind(a, b, equal_var=False).pvalue)
