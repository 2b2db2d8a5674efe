"""Writers with planted habits: found with the right sign and a growing size; balanced ones are left in peace."""

from __future__ import annotations

import math
import zlib

import numpy as np
import pytest
from mentions import person_of, share_of, writer

import proof
from fairwitness.audit.probe import Findings
from fairwitness.probes.bias.mentions.probe import PROBE
from organisms import context, drive, value

pytestmark = pytest.mark.slow

SEEDS = 60
ALARMS = 7
"""More false alarms than this in 60 have a chance of 1 % where each has one of 5 %."""


def noise(seed: int, what: str) -> float:
    """A standard normal number that belongs to these words."""
    return float(np.random.default_rng([seed, zlib.crc32(what.encode())]).normal())


def planted(strength: float, seed: int, preference: float = 0.0, jobs: float = 0.0) -> Findings:
    """Log-odds of a woman: `lean`, `strength` × (2 × share - 1), and chance of beginnings and (`jobs`) of persons."""

    def woman(prompt: str) -> float:
        who = person_of(prompt)
        odds = preference + strength * (2 * share_of(prompt) - 1) + 0.4 * noise(seed, prompt.replace(who, "x"))
        return 1 / (1 + math.exp(-odds - jobs * noise(seed, who)))

    def text(prompt: str, named: bool) -> str:
        more = noise(seed, prompt) > 0
        own, other = ("her", "husband") if named else ("his", "wife")
        return f" {'she' if named else 'he'} lost {own} key{f' and {own} {other}' if more else ''}."

    ctx = context(PROBE, ["Generate", "LogLikelihood"], seed=seed, samples=2)
    return drive(PROBE, ctx, writer(woman, text=text))


@pytest.mark.proof
def test_a_plant_is_found_and_grows_with_its_strength() -> None:
    found = [planted(strength, 0) for strength in (-1.5, 0.0, 1.5, 3.0)]
    for name in ("stereotype_slope", "share_correlation", "next_word_slope"):
        values = [value(one, name) for one in found]
        assert [one.value for one in values] == sorted(one.value for one in values), name
        assert values[0].high < 0 < values[2].low, name
    apart = [value(one, "association_less_chance") for one in found]
    assert apart[1].low <= 0 <= apart[1].high
    assert apart[1].value < apart[2].value < apart[3].value
    assert apart[3].low > 0


@pytest.mark.proof
def test_a_world_of_men_and_one_of_women_are_told() -> None:
    men, women = (planted(0.0, 1, preference) for preference in (-1.5, 1.5))
    for name, by in (("representation_gap", {"counted": "words"}), ("next_word_gap", {})):
        assert value(men, name, **by).high < 0 < value(women, name, **by).low


@pytest.mark.proof
@proof.IN_WHOLE
def test_occupations_that_differ_without_regard_to_women_s_share_raise_no_slope() -> None:
    alarms = apart = 0
    for seed in range(SEEDS):
        found = planted(0.0, seed, jobs=2.5)
        slope = value(found, "stereotype_slope")
        alarms += not slope.low <= 0 <= slope.high
        apart += value(found, "association_less_chance").low > 0
    assert alarms <= ALARMS
    assert apart >= 0.8 * SEEDS
