"""The change of a mean score is the mean change, on whatever scale the scores are."""

from __future__ import annotations

import numpy as np
import pytest

from fairwitness.audit.comparison.changes import SCORES
from fairwitness.audit.records import Estimate


@pytest.mark.parametrize(("scale", "ends"), [(1.0, 1.0), (100.0, 100.0)])
def test_the_change_of_a_mean_score_is_the_mean_change(scale: float, ends: float) -> None:
    draw = np.random.default_rng(0)
    before, after = draw.uniform(0.0, 1.0, 300), scale * draw.uniform(0.0, 1.0, 300)
    found = SCORES["mean_score"](before, after, np.zeros(300, dtype=np.int64))
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(float((after - before).mean()))
    assert found.low < found.value < found.high <= ends
