"""Corrected rates are those of two packages that correct the rates of judges."""

from __future__ import annotations

import numpy as np
import pytest

from fairwitness.audit.records import Estimate
from fairwitness.audit.stats.judged import Errors, corrected, lang_reiczigel
from fairwitness.audit.stats.prediction_powered import Stratum, prediction_powered

CASES = [
    (26, 100, Errors(called=90, positives=100, let_go=90, negatives=100)),
    (3, 120, Errors(called=50, positives=60, let_go=55, negatives=60)),
    (180, 200, Errors(called=160, positives=200, let_go=120, negatives=150)),
]


@pytest.mark.slow
@pytest.mark.parametrize(("hits", "n", "errors"), CASES)
def test_the_interval_is_that_of_cigate(hits: int, n: int, errors: Errors) -> None:
    peer = pytest.importorskip("cigate.stats", reason="cigate is not installed")
    sensitivity, specificity = errors.called / errors.positives, errors.let_go / errors.negatives
    low, high = lang_reiczigel(hits, n, errors, 0.95)
    theirs = peer.analytic_ci(hits / n, specificity, sensitivity, n, errors.negatives, errors.positives)
    assert theirs == pytest.approx((min(1.0, max(0.0, low)), min(1.0, high)), abs=1e-9)
    if low > 1:
        return
    found = corrected(hits, n, errors)
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(peer.rogan_gladen(hits / n, sensitivity, specificity))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_a_labelled_rate_is_near_ppi_of_truescore(seed: int) -> None:
    peer = pytest.importorskip("truescore.correct", reason="truescore is not installed")
    rng = np.random.default_rng(seed)
    true = rng.random(2_000) < 0.3
    said = np.where(true, rng.random(2_000) < 0.85, rng.random(2_000) < 0.1)
    labelled = rng.choice(2_000, 200, replace=False)
    theirs = peer.ppi_estimate(said.astype(float), true[labelled].astype(float), labelled)
    strata = []
    for verdict in (True, False):
        some = labelled[said[labelled] == verdict]
        strata.append(Stratum(int((said == verdict).sum()), len(some), int(true[some].sum()), len(some)))
    found = prediction_powered(strata, 2_000)
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(theirs.point, abs=0.01)
    assert found.high - found.low == pytest.approx(theirs.high - theirs.low, rel=0.1)
