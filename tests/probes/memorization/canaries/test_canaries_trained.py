"""Models that really are trained on planted secrets: exposure grows with repeats, and the unseen stay at chance."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from plants.canaries import asked, unseen_ranks

import proof
from fairwitness.audit.stats.exposure import chance_p
from organisms import value

SLACK = 0.3
"""Bits that a mean may fall by chance: with a hundred others a secret has 5.2 above chance at most."""
pytestmark = [pytest.mark.slow, pytest.mark.arithmetic]


def confirm(kind: str, folder: Path) -> None:
    """Each dose is known better than the one before, the largest well; the unseen are at chance."""
    result = asked(kind, 1, folder)
    doses = [value(result, "exposure_by_repeats", repeats=str(dose)) for dose in (0, 1, 2, 8, 32)]
    print(kind, [round(dose.value, 2) for dose in doses])  # noqa: T201
    means = [dose.value for dose in doses]
    assert all(after > before - SLACK for before, after in pairwise(means[1:]))
    assert doses[-1].low > doses[0].high
    assert means[-1] > 3
    assert doses[0].low - 0.2 < 0 < doses[0].high + 0.2
    assert value(result, "texts_in_order").value > 0.9


@pytest.mark.proof
def test_a_causal_model_knows_what_it_saw_more_often_better(tmp_path: Path) -> None:
    confirm("causal", tmp_path)


@pytest.mark.proof
def test_so_does_a_masked_model(tmp_path: Path) -> None:
    confirm("masked", tmp_path)


@pytest.mark.proof
@pytest.mark.timeout(3_000)
def test_unseen_secrets_are_at_chance_whatever_is_trained(tmp_path: Path) -> None:
    """Of many models, each with a key of its own: alarms of a test at 5 % of the ranks of what was left out."""
    seeds = proof.worlds(2, 50)
    alarms, everything = 0, []
    for seed in range(seeds):
        ranks = unseen_ranks(100 + seed, tmp_path / str(seed), steps=60)
        alarms += chance_p([rank for rank, _ in ranks], [places for _, places in ranks]) < 0.05
        everything += [rank / places for rank, places in ranks]
    print("unseen", alarms, seeds, len(everything))  # noqa: T201
    assert alarms <= proof.allowed(seeds)
    assert abs(sum(everything) / len(everything) - 0.505) < 4 * 0.2887 / len(everything) ** 0.5
