"""Claims about parts: groups hold together in one column; classes and slopes are corrected for their number."""

from __future__ import annotations

import numpy as np
import pytest
from decision_tables import audit

pytestmark = pytest.mark.slow

SAID = ("percentage points more often than", "percentage points less often than")


@pytest.mark.proof
def test_claims_about_classes_are_corrected_for_how_many_they_are() -> None:
    """Twelve classes that fall alike on both groups: about a third of such tables show one, uncorrected."""
    rng, said, shown, worlds = np.random.default_rng(11), 0, 0, 12
    for _ in range(worlds):
        found = audit(
            {
                "sex": np.where(rng.random(1_500) < 0.5, "f", "m").tolist(),
                "prediction": [f"c{at}" for at in rng.integers(0, 12, 1_500)],
            },
            kind="multiclass",
        )
        own = [one for one in found.metrics if one.name == "class_selection_rate_difference"]
        assert len(own) == 12
        said += any(words in one.claim for one in own for words in SAID)
        shown += any("once all classes are corrected for" in one.claim for one in own)
    assert said <= 3
    assert shown >= 2


@pytest.mark.proof
def test_claims_about_calibration_slopes_are_corrected_for_the_groups() -> None:
    """Eight groups with calibrated scores."""
    rng, said, worlds = np.random.default_rng(12), 0, 6
    for _ in range(worlds):
        score = rng.uniform(0.05, 0.95, 1_200)
        found = audit(
            {
                "sex": [f"g{at % 8}" for at in range(1_200)],
                "score": score.tolist(),
                "y": (rng.random(1_200) < score).astype(int).tolist(),
                "prediction": (score > 0.5).astype(int).tolist(),
            },
            label="y",
        )
        slopes = [one.claim for one in found.metrics if one.name == "calibration_slope" and one.by]
        assert len(slopes) == 8
        said += any("too timid: their" in claim or "too extreme: their" in claim for claim in slopes)
    assert said <= 2
