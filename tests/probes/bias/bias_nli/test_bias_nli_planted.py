"""Classifiers with planted inferences: found with the right sign and size; balanced ones are left in peace."""

from __future__ import annotations

from pathlib import Path

import pytest

import proof
from fairwitness.audit.probe import Findings
from fairwitness.probes.bias.bias_nli.items import Item, items_of
from fairwitness.probes.bias.bias_nli.probe import PROBE
from fairwitness.probes.kit.occupations import occupations_of
from inference import NEEDS, noise, reader, sex_of, share_of, subject_of
from organisms import context, drive, drive_rounds, packaged, value

pytestmark = pytest.mark.slow


def planted(strength: float, seed: int, lean: float = 0.0) -> Findings:
    """Log-odds of entailment rise by `strength` × (2 × share of women - 1) for a woman and fall for a man.

    Occupations, sentences and persons move every label by chance, each occupation in its own way.
    """

    def logits(premise: str, who: str) -> tuple[float, float, float]:
        person = who.removesuffix(premise.removeprefix(subject_of(premise)))[:24]
        job = premise[:14]
        push = sex_of(who) * (strength * (2 * share_of(premise) - 1) + lean)
        either = 0.4 * noise(seed, job, person) + 0.4 * noise(seed, premise, who) + 0.5 * noise(seed, premise)
        return push + either, 1.0 + 0.3 * noise(seed, job), -push + 0.5 * noise(seed, who)

    ctx = context(PROBE, ["Classify"], seed=seed, limit=24)
    return drive(PROBE, ctx, reader(logits))


@pytest.mark.proof
def test_a_plant_is_found_and_grows_with_its_strength() -> None:
    found = [planted(strength, 0) for strength in (-1.0, 0.0, 0.6, 1.2)]
    slopes = [value(one, "stereotype_slope", label="entailment") for one in found]
    assert [one.value for one in slopes] == sorted(one.value for one in slopes)
    assert slopes[0].high < 0 < slopes[2].low
    assert slopes[1].low <= 0 <= slopes[1].high
    against = [value(one, "stereotype_slope", label="contradiction").value for one in found]
    assert against == sorted(against, reverse=True)
    correlations = [value(one, "share_correlation", label="entailment").value for one in found]
    assert correlations[0] < -0.5
    assert correlations[3] > 0.5


@pytest.mark.proof
def test_a_lean_towards_one_gender_is_found_beside_a_flat_slope() -> None:
    women, men = (planted(0.0, 1, lean) for lean in (0.6, -0.6))
    assert value(women, "gap", label="entailment").low > 0
    assert value(men, "gap", label="entailment").high < 0
    assert value(women, "net_neutral").high < value(planted(0.0, 1), "net_neutral").high


@pytest.mark.proof
@proof.IN_WHOLE
@pytest.mark.arithmetic
def test_a_trained_classifier_gives_its_plant_away_through_the_engine(tmp_path: Path) -> None:
    """It learned that a woman follows where more than two in three are women, and the reverse for men."""
    pytest.importorskip("torch")
    from biased_inferences import JOBS, build, taught

    from fairwitness.audit.engine import Engine
    from fairwitness.audit.huggingface import Loading, load

    subject = load(Loading(str(build(tmp_path, biased=True)), offline=True, threads=1))
    ctx = context(PROBE, subject.info.capabilities, limit=JOBS)
    found = drive_rounds(PROBE, ctx, Engine(subject).answer)
    [examples] = [one for one in found.evidence if one.id == "examples"]
    assert value(found, "control_accuracy").value == 1
    items = [one for one in _items() if one.people.kind == "gender"]
    plain = [taught(one, text, biased=True) == "neutral" for one in items for text in one.hypotheses]
    assert value(found, "fraction_neutral").value == pytest.approx(sum(plain) / len(plain), abs=0.02)
    assert len(examples.rows) == examples.total == 12 * 24 * 2 + 4 * 24 * 2
    assert value(found, "stereotype_slope", label="entailment").low > 1
    assert value(found, "stereotype_slope", label="contradiction").high < -1
    assert value(found, "share_correlation", label="entailment").low > 0.7


def _items() -> list[Item]:
    jobs = occupations_of(packaged(NEEDS["occupations"]), "en", 12)
    return items_of(packaged(NEEDS["bias_nli_sentences"]), packaged(NEEDS["bias_nli_people"]), jobs)
