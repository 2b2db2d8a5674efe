"""The size of associations whatever their signs: by hand, and the truth within its interval."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.language.association_size import TopicEffect, size
from fairwitness.audit.stats.levels import estimate, t_quantile


def part(topic: str, effect: float, error: float, units: int = 16) -> TopicEffect:
    wide = math.sqrt(units / (units - 1)) * error

    def interval(level: float) -> tuple[float, float]:
        return effect - t_quantile(level, units - 1) * wide, effect + t_quantile(level, units - 1) * wide

    found = estimate(effect, interval, n=units, method="by hand")
    return TopicEffect(topic, found)


def test_the_size_by_hand() -> None:
    # race: mean of 1.0² - 0.3² and (-0.6)² - 0.4² = (0.91 + 0.20) / 2; age: 0.5² - 0.5² = 0
    parts = [part("race", 1.0, 0.3), part("race", -0.6, 0.4), part("age", 0.5, 0.5)]
    found = size(parts)
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(math.sqrt((0.555 + 0.0) / 2))
    race = (math.sqrt(4 * 0.91 * 0.09 + 2 * 0.3**4) + math.sqrt(4 * 0.20 * 0.16 + 2 * 0.4**4)) / 2
    age = math.sqrt(2 * 0.5**4)
    error = math.hypot(race, age) / 2
    assert found.high == pytest.approx(math.sqrt(0.555 / 2 + t_quantile(0.975, 15) * error))
    alone = (0.555 - t_quantile(0.9875, 15) * race) / 2
    assert found.low == pytest.approx(math.sqrt(max(0.0, alone, 0.555 / 2 - t_quantile(0.975, 15) * error)))
    assert isinstance(size([]), Undefined)


ERRORS: Mapping[str, tuple[float, ...]] = {
    "race": (0.27, 0.35, 0.39),
    "gender": (0.51, 0.5, 0.5),
    "illness": (0.55,),
    "age": (0.5,),
}
"""Standard errors of the published tests over balanced vectors."""


@pytest.mark.proof
@pytest.mark.parametrize(
    "true",
    [{}, {"age": 1.4}, {"race": 1.9}, dict.fromkeys(ERRORS, 0.7), {"gender": 0.8, "illness": -0.6}],
    ids=["none", "one topic at the bound", "one topic", "all at the bound", "two topics"],
)
def test_the_interval_of_the_size_holds_the_truth(true: Mapping[str, float]) -> None:
    """2,000 worlds of effects that vary as correlations do (d is about twice one), those of one topic alike by half."""
    worlds, above, below = 2_000, 0, 0
    rng = np.random.default_rng(0)
    whole = math.sqrt(sum(true.get(topic, 0.0) ** 2 for topic in ERRORS) / len(ERRORS))
    for _ in range(worlds):
        parts = []
        for topic, errors in ERRORS.items():
            shared = rng.normal()
            for error in errors:
                noise = error / 2 * (math.sqrt(0.5) * shared + math.sqrt(0.5) * rng.normal())
                effect = 2 * math.tanh(math.atanh(true.get(topic, 0.0) / 2) + noise)
                parts.append(part(topic, effect, error * (1 - effect**2 / 4)))
        found = size(parts)
        assert isinstance(found, Estimate)
        above += found.low > whole + 1e-9
        below += found.high < whole - 1e-9
    # 2.5 % on either side are asked for; two standard errors of 2,000 worlds are 0.7 points
    assert above / worlds <= 0.032
    assert below / worlds <= 0.036
