"""At which depth something is decided: pure arithmetic on paths over layers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate
from fairwitness.audit.stats.bootstrap import bca_interval
from fairwitness.audit.stats.equal import all_equal, constant_interval
from fairwitness.probes.explanation.lens.items import Floats

SHARE = 0.5
"""Of its final value, what a path must have reached."""
DRAWS = 1_999
METHOD = "pigeonhole bootstrap"


def reached(path: Floats, share: float = SHARE) -> float:
    """The depth from which on a path has `share` of its final value, as a share of its steps: 0 to 1.

    Between two layers the path is taken to be straight. A path that ends at 0 is nowhere before its end: 1.

    >>> reached(np.array([0.0, 2.0, 4.0])), reached(np.array([3.0, 4.0, 4.0]))
    (0.5, 0.0)
    """
    steps, final = len(path) - 1, float(path[-1])
    if final == 0:
        return 1.0
    beyond = path / final - share
    below = np.flatnonzero(beyond < 0)
    if not below.size:
        return 0.0
    last = int(below.max())
    return float((last + beyond[last] / (beyond[last] - beyond[last + 1])) / steps)


def kept(path: Floats) -> float:
    """The first layer from which on a path is on the side of 0 where it ends, as a share of its steps; 1 at a tie."""
    if path[-1] == 0:
        return 1.0
    return first_of(np.sign(path) == np.sign(path[-1]))


def answered(ranks: Sequence[int]) -> float:
    """The first layer from which on the model's own likeliest token is the likeliest, as a share of the layers."""
    return first_of(np.asarray(ranks) == 1)


def first_of(holds: npt.NDArray[np.bool_]) -> float:
    """The first place from which on something holds to the end, as a share of the steps; 1 where it never does."""
    failing = np.flatnonzero(~holds)
    first = int(failing.max()) + 1 if failing.size else 0
    return min(1.0, first / (len(holds) - 1))


def gap_depth(women: Floats, men: Floats, seed: int) -> Estimate:
    """The depth at which the mean path of one group less that of another has half of its final value.

    Paths [occupation, family, layer], NaN where a sentence has no answer; each family has some of both groups. The
    interval is that of a bootstrap of occupations and families both, each drawn for itself (Owen 2007, the pigeonhole
    bootstrap, https://doi.org/10.1214/07-AOAS122), corrected for bias and for few units.
    """
    sizes = len(women), len(men), women.shape[1]
    units = min(sizes)
    rng = np.random.default_rng(seed)
    counts = [rng.multinomial(size, np.full(size, 1 / size), size=DRAWS).astype(np.float64) for size in sizes]
    value = reached(_gap(women, men, *(np.ones((1, size)) for size in sizes))[0])
    draws = np.array([reached(path) for path in _gap(women, men, *counts) if np.isfinite(path).all()])
    if all_equal(draws):
        interval = constant_interval(value, units, (0.0, 1.0))
        return stats.estimate(value, interval, n=units, method="all equal", bounds=(0.0, 1.0))
    interval = bca_interval(draws, value, 0.0, units)
    return stats.estimate(value, interval, n=units, method=METHOD, bounds=(0.0, 1.0))


def _gap(women: Floats, men: Floats, of_women: Floats, of_men: Floats, of_families: Floats) -> Floats:
    """Mean paths of the first group less those of the second [draw, layer], by how often each unit was drawn."""
    return _means(women, of_women, of_families) - _means(men, of_men, of_families)


def _means(paths: Floats, of_occupations: Floats, of_families: Floats) -> Floats:
    occupations, families, layers = paths.shape
    known = np.isfinite(paths[:, :, 0]).astype(np.float64)
    flat = np.where(known[:, :, None] > 0, paths, 0.0).reshape(occupations, -1)
    sums = (of_occupations @ flat).reshape(-1, families, layers)
    weights = (of_occupations @ known * of_families).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        means: Floats = np.einsum("dfl,df->dl", sums, of_families) / weights[:, None]
    return means
