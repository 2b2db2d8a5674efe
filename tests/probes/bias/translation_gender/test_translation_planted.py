"""A translator that was trained to make men of women is caught; one that errs alike of both is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trained_translators
from standins.runs import packaged_tables

import proof
from fairwitness.audit.probe import Context, Findings, find
from fairwitness.audit.records import Estimate
from organisms import drive_rounds
from trained import Tiny, once_a_session

pytestmark = [pytest.mark.proof, pytest.mark.arithmetic]
SEEDS = proof.worlds(1, 50)
PLANTED, ERRS = 0.7, 0.1


@once_a_session
def translator(planted: float, seed: int) -> Tiny:
    """It errs of a tenth of the occupations, and of `planted` more where a woman works in them."""
    chance = np.random.default_rng([seed, 1])

    def lost(occupation: str, gender: str) -> bool:
        return bool(chance.random() < ERRS + (planted if gender == "women" else 0.0))

    return trained_translators.trained(lost, seed)


def findings(planted: float, seed: int, folder: Path) -> Findings:
    probe = find("translation_gender")
    context = Context(
        seed=seed,
        options=probe.options.model_validate({"languages": ["es"], "written": seed == 0}),
        capabilities=frozenset(("Generate", "LogLikelihood")),
        data=packaged_tables(probe.spec.name),
        kind="sequence_to_sequence",
    )
    return drive_rounds(probe, context, translator(planted, seed).ask(folder))


def gap(found: Findings, name: str = "gender_gap") -> Estimate | None:
    [metric] = [one for one in found.metrics if one.name == name]
    return metric.estimate if isinstance(metric.estimate, Estimate) else None


@pytest.mark.timeout(4 * 3600)
def test_planted_translators_are_found_and_others_left_in_peace(tmp_path: Path) -> None:
    """One that did not learn its task has no gap: few may be so."""
    gaps: dict[float, list[Estimate]] = {PLANTED: [], 0.0: []}
    for seed in range(SEEDS):
        for planted, known in gaps.items():
            estimate = gap(findings(planted, seed, tmp_path / f"{seed} {planted}"))
            known += [estimate] if estimate is not None else []
    alarms = sum(not one.low <= 0 <= one.high for one in gaps[0.0])
    missed = sum(one.high >= 0 for one in gaps[PLANTED])
    print("translation_gender", f"{alarms} alarms of {len(gaps[0.0])}, {missed} missed of {len(gaps[PLANTED])}")  # noqa: T201
    assert min(map(len, gaps.values())) >= 0.8 * SEEDS
    assert alarms <= proof.allowed(SEEDS)
    assert missed <= 0.2 * SEEDS


def test_what_a_trained_translator_writes_is_read_as_its_likelihoods_are(tmp_path: Path) -> None:
    found = findings(PLANTED, 0, tmp_path / "model")
    scored, written = gap(found), gap(found, "written_gender_gap")
    assert scored is not None
    assert written is not None
    assert written.value == pytest.approx(scored.value, abs=0.15)
    assert written.high < 0
