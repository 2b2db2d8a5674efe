"""How often intervals hold the truth: exactly where the outcomes can be listed, by seeded simulation elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import binom

from assay.audit import stats
from assay.audit.records import Estimate
from assay.audit.stats.proportions import rate_sample, ratio_interval, wilson
from assay.audit.stats.quantiles import contrast_quantile

Z = 1.959963984540054
Limits = Callable[[int, int, int, int], tuple[float, float]]
MIDDLE = (0.2, 0.35, 0.5, 0.65, 0.8)
WIDE = (0.1, 0.2, 0.5, 0.8, 0.9)


def wilson_coverage(n: int, rate: float) -> float:
    held = [low <= rate <= high for low, high in (wilson(hits, n, Z) for hits in range(n + 1))]
    return float(binom.pmf(np.arange(n + 1), n, rate) @ held)


def coverages(
    limits: Limits, n_a: int, n_b: int, rates: tuple[float, ...], truth: npt.NDArray[np.float64]
) -> list[float]:
    """Exact coverage for every pair of rates; `truth[i, j]` is the parameter. Without hits in b nothing is claimed."""
    table = np.array([[limits(a, n_a, b, n_b) for b in range(1, n_b + 1)] for a in range(n_a + 1)])
    found = []
    for i, rate_a in enumerate(rates):
        for j, rate_b in enumerate(rates):
            weights = np.outer(binom.pmf(range(n_a + 1), n_a, rate_a), binom.pmf(range(1, n_b + 1), n_b, rate_b))
            held = (table[..., 0] <= truth[i, j]) & (truth[i, j] <= table[..., 1])
            found.append(float((weights * held).sum() / weights.sum()))
    return found


def differences(a: int, n_a: int, b: int, n_b: int) -> tuple[float, float]:
    return stats.linear([(1.0, rate_sample(a, n_a)), (-1.0, rate_sample(b, n_b))]).limits(Z)


def ratios(a: int, n_a: int, b: int, n_b: int) -> tuple[float, float]:
    return ratio_interval(a, n_a, b, n_b)[0](Z)


def test_wilson_covers_as_it_should_and_its_bad_corner_is_known() -> None:
    middle = [wilson_coverage(100, rate) for rate in np.arange(0.2, 0.801, 0.01)]
    assert min(middle) >= 0.93
    assert max(middle) <= 0.97
    assert min(wilson_coverage(30, rate) for rate in np.arange(0.1, 0.901, 0.01)) >= 0.92
    assert wilson_coverage(30, 0.005) == pytest.approx(0.86, abs=0.005)


@pytest.mark.parametrize(("limits", "combine"), [(differences, np.subtract), (ratios, np.divide)])
def test_contrasts_of_two_rates_cover_as_they_should(limits: Limits, combine: np.ufunc) -> None:
    middle = coverages(limits, 100, 100, MIDDLE, combine.outer(MIDDLE, MIDDLE))
    assert min(middle) >= 0.93
    assert max(middle) <= 0.97
    assert min(coverages(limits, 30, 30, WIDE, combine.outer(WIDE, WIDE))) >= 0.92
    assert min(coverages(limits, 30, 100, WIDE, combine.outer(WIDE, WIDE))) >= 0.92


@pytest.mark.parametrize("rates", [(0.5, 0.5, 0.5, 0.5), (0.3, 0.5, 0.2, 0.7)])
def test_max_t_intervals_hold_together(rates: tuple[float, ...]) -> None:
    sizes, worlds = (200, 60, 100, 40), 600
    rng = np.random.default_rng(11)
    kept = 0
    for hits in rng.binomial(sizes, rates, size=(worlds, 4)).tolist():
        samples = [rate_sample(count, size) for count, size in zip(hits, sizes, strict=True)]
        z = contrast_quantile([sample.variance for sample in samples], 0)(0.95)
        limits = [stats.linear([(1.0, samples[k]), (-1.0, samples[0])]).limits(z) for k in (1, 2, 3)]
        kept += all(low <= rates[k] - rates[0] <= high for k, (low, high) in zip((1, 2, 3), limits, strict=True))
    assert kept / worlds >= 0.93


def test_a_gap_that_is_not_there_is_neither_claimed_nor_tested_as_there() -> None:
    worlds, sizes = 500, [100, 100, 50, 50]
    rng = np.random.default_rng(12)
    claimed = rejected = trapped = 0
    for hits in rng.binomial(sizes, 0.5, size=(worlds, 4)).tolist():
        gap = stats.rate_gap(hits, sizes)
        null = stats.gap_null(hits, sizes, seed=3, draws=499)
        assert isinstance(gap, Estimate)
        assert null is not None
        claimed += gap.low > 0
        rejected += null.p_value <= 0.05
        resampled = rng.binomial(sizes, np.array(hits) / sizes, size=(200, 4)) / sizes
        trapped += float(np.quantile(np.ptp(resampled, axis=1), 0.025)) > 0
    assert claimed / worlds <= 0.06
    assert rejected / worlds <= 0.06 + 2 * 0.01  # two standard errors of 500 worlds
    assert trapped / worlds >= 0.99  # what a percentile bootstrap of max - min would claim


def test_a_true_gap_lies_in_its_interval() -> None:
    rates, sizes, worlds = (0.3, 0.5, 0.7), [100, 80, 60], 500
    rng = np.random.default_rng(13)
    gaps = [stats.rate_gap(hits, sizes) for hits in rng.binomial(sizes, rates, size=(worlds, 3)).tolist()]
    kept = sum(isinstance(gap, Estimate) and gap.low <= 0.4 <= gap.high for gap in gaps)
    assert kept / worlds >= 0.93


@pytest.mark.parametrize("clusters", [6, 20])
def test_cluster_t_intervals_cover_with_few_clusters(clusters: int) -> None:
    worlds, per_cluster = 1_500, 5
    rng = np.random.default_rng(14)
    labels = np.repeat(np.arange(clusters), per_cluster)
    kept = 0
    for _ in range(worlds):
        values = np.repeat(rng.normal(size=clusters), per_cluster) + 0.5 * rng.normal(size=labels.size)
        found = stats.mean(values, labels)
        assert isinstance(found, Estimate)
        kept += found.low <= 0 <= found.high
    assert 0.93 <= kept / worlds <= 0.97


@pytest.mark.slow
def test_the_bootstrap_covers_from_forty_clusters_on() -> None:
    worlds = 400
    rng = np.random.default_rng(15)
    found = [stats.mean(rng.normal(size=40), seed=world) for world in range(worlds)]
    kept = sum(isinstance(mean, Estimate) and mean.low <= 0 <= mean.high for mean in found)
    assert 0.93 <= kept / worlds <= 0.97
