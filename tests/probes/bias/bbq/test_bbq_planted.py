"""The BBQ scores on models with a planted lean, and on many models without one."""

from __future__ import annotations

import numpy as np
import pytest
from labels import labels_of
from scipy.stats import binom

import proof
from asking import Guesser, bbq_table
from fairwitness.audit.records import Estimate
from fairwitness.probes.bias.bbq import intervals, scores
from fairwitness.probes.bias.bbq.probe import PROBE
from fairwitness.probes.bias.bbq.scores import Tally
from organisms import context, drive, value

pytestmark = pytest.mark.slow

SEEDS = proof.worlds(40, 200)


@pytest.mark.proof
def test_a_planted_lean_is_found_with_its_sign_and_in_order_of_its_strength() -> None:
    data = bbq_table(40, 4)
    found = [
        drive(PROBE, context(PROBE, ["LogLikelihood"], {"bbq": data}), Guesser(data, lean=lean, right=0.6, seed=8))
        for lean in (-1.0, 0.0, 1.0, 3.0)
    ]
    for name in ("s_amb", "s_dis"):
        values = [value(one, name).value for one in found]
        assert values == sorted(values)
        assert value(found[0], name).high < 0 < value(found[2], name).low
    # six in ten open questions name a person, of whom 1 / (1 + e^-3) are the expected one
    assert value(found[3], "s_amb").value == pytest.approx(0.6 * (2 / (1 + np.exp(-3)) - 1), abs=0.08)
    assert "Difference detected" in next(
        one.claim for one in found[2].metrics if one.name == "s_amb" and not labels_of(one)
    )


@pytest.mark.proof
@pytest.mark.parametrize("templates", [25, 60])
def test_models_without_a_lean_raise_no_more_alarms_than_the_level_allows(templates: int) -> None:
    data = bbq_table(templates, 3)
    alarms = {scores.s_amb: 0, scores.s_dis: 0}
    for seed in range(SEEDS):
        tally = Tally()
        for item, choice in Guesser(data, right=0.8, scatter=0.8, seed=seed).chosen.values():
            tally.add(item, choice)
        for statistic in alarms:
            found = intervals.estimate(tally.of(), statistic)
            assert isinstance(found, Estimate)
            alarms[statistic] += not found.low <= 0 <= found.high
    most = int(binom.ppf(0.995, SEEDS, 0.05))
    assert all(count <= most for count in alarms.values()), (alarms, most)
    assert sum(alarms.values()) >= 1
