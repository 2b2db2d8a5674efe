"""Claims of differential privacy: accounted again, checked, and held against the coins of canaries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from canary_models import claim_table, key_of, key_table, mind, receipt_table

from fairwitness.audit.accounting import Accounted, accounted
from fairwitness.audit.datasets.sets import READERS
from fairwitness.audit.errors import BadData, BadOption
from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Undefined
from fairwitness.probes.memorization.privacy_claim import probe
from fairwitness.probes.memorization.privacy_claim.probe import PROBE
from organisms import Answerer, context, drive, metric, value
from worlds.behind.privacy_claim import gaussian

COINS = key_of(coins=120)
WHOLE: dict[str, Any] = {
    "epsilon": 2.4, "delta": 1e-5, "noise_multiplier": 1.1, "sample_rate": 256 / 60_000, "steps": 14_062,
    "examples": 60_000, "sampling": "poisson", "clipping_norm": 1.0,
}  # fmt: skip


def found(answer: Answerer | None = None, **said: Any) -> Findings:
    data = {"claim": claim_table(**said)}
    if answer is not None:
        data["key"] = key_table(COINS)
    return drive(PROBE, context(PROBE, ("LogLikelihood",), data), answer or mind(COINS, float))


@pytest.mark.proof
def test_coins_that_are_known_contradict_a_small_epsilon_and_no_large_one() -> None:
    known = mind(COINS, lambda repeats: 60.0)
    small, large = found(known, epsilon=0.5), found(known, epsilon=8.0)
    assert value(small, "guesses_beyond_claim").low > 0
    assert value(large, "guesses_beyond_claim").low < 0
    assert value(large, "coins_guessed_right").value == 1.0
    [bound] = [item for item in large.evidence if item.id == "bound"]
    told: dict[str, Any] = {str(row[0]): row[1] for row in bound.rows}
    assert 2 < told["epsilon is at least (95 %, one run)"] <= told["most that so many coins could show"]
    assert "does not show that it holds" in metric(large, "guesses_beyond_claim").claim


@pytest.mark.proof
def test_coins_that_are_not_known_never_confirm_a_claim() -> None:
    result = value(found(mind(COINS, lambda repeats: 0.0), epsilon=0.01), "guesses_beyond_claim")
    assert result.low < 0 < result.high


def test_without_a_key_or_with_one_of_another_training() -> None:
    estimate = metric(found(), "guesses_beyond_claim").estimate
    assert isinstance(estimate, Undefined)
    assert estimate.kind == "not_asked"
    data = {"claim": claim_table(), "key": key_table(COINS), "receipt": receipt_table(key_of())}
    with pytest.raises(BadOption, match=r"privacy_claim: the key file is of the set"):
        drive(PROBE, context(PROBE, ("LogLikelihood",), data), mind(COINS, float))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"sampling": "shuffled"}, "is broken (batches are drawn by Poisson sampling: shuffled)"),
        ({"sampling": None}, "nobody said that an assumption of the accountants holds (batches are drawn"),
        ({"delta": 1e-3}, "is broken (delta is below 1 over the examples: 0.001, 1/60000)"),
        ({"examples": None}, "nobody said that an assumption of the accountants holds (delta is below"),
        ({"clipping_norm": None}, "(the gradient of each example is clipped)"),
        ({"steps": None}, "(the steps are said)"),
    ],
)
def test_an_assumption_that_is_broken_or_not_said_leaves_no_number(
    said: dict[str, Any], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "accounts", lambda claim: (Accounted("any", 2.0, 1.9),))
    estimate = metric(found(**{**WHOLE, **said}), "accounted_over_claimed").estimate
    assert isinstance(estimate, Undefined)
    assert estimate.kind == "not_interpretable"
    assert why in estimate.reason


def test_the_accountants_agree_with_the_closed_form_and_with_one_another() -> None:
    pytest.importorskip("opacus", reason="the extra privacy is not installed")
    for sigma in (0.8, 3.0):
        exact = gaussian(sigma)
        made = accounted(sigma, 1.0, 1, 1e-5, exact)
        assert all(each.epsilon >= exact * 0.999 for each in made)
        assert min(each.epsilon for each in made) == pytest.approx(exact, rel=0.01)
        assert max(each.low for each in made) <= exact * 1.001
    result = value(found(**WHOLE), "accounted_over_claimed")
    assert 0.97 < result.low <= result.value < 1.0
    assert value(found(**{**WHOLE, "epsilon": 1.0}), "accounted_over_claimed").low > 2


def test_without_an_accountant_the_way_to_one_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for name in ("opacus.accountants", "dp_accounting.pld"):
        monkeypatch.setitem(sys.modules, name, None)
    accounted.cache_clear()
    estimate = metric(found(**WHOLE), "accounted_over_claimed").estimate
    assert isinstance(estimate, Undefined)
    accounted.cache_clear()
    assert "no accountant is installed: pip install 'opacus>=1.6'" in estimate.reason


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("epsilon = 1\n", "says no delta"),
        ("epsilon = 1\ndelta = 2\n", "a probability below 1"),
        ("epsilon = -1\ndelta = 1e-5\n", "a number above 0"),
        ("epsilon = 1\ndelta = 1e-5\nnoise_multiplyer = 1\n", "did you mean 'noise_multiplier'?"),
        ("epsilon = 1\ndelta = 1e-5\nsampling = 'posson'\n", "did you mean 'poisson'?"),
        ("epsilon = 1\ndelta = 1e-5\nsteps = 1.5\n", "a whole number above 0"),
        (
            "epsilon = 1\ndelta = 1e-5\nsample_rate = 0.1\nbatch_size = 1\nexamples = 100\n",
            "batch_size over examples is",
        ),
        ("epsilon = 1\ndelta = 1e-5\nsample_rate = 0.1\nepochs = 1\nsteps = 100\n", "are 10"),
        ("epsilon = 1\ndelta = 1e-5\nsample_rate = 3\n", "at most 1"),
        ("epsilon = \n", "no TOML file"),
    ],
)
def test_what_a_claim_cannot_say_is_one_line(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "claim.toml").write_text(text)
    with pytest.raises(BadData, match=r"claim\.toml") as refused:
        READERS["privacy_claim"](tmp_path / "claim.toml")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_rate_and_steps_follow_from_batches_and_epochs(tmp_path: Path) -> None:
    (tmp_path / "claim.toml").write_text("epsilon = 1\ndelta = 1e-5\nbatch_size = 256\nexamples = 60000\nepochs = 60\n")
    columns = READERS["privacy_claim"](tmp_path / "claim.toml")
    assert columns["sample_rate"] == (256 / 60_000,)
    assert columns["steps"] == (14_062,)
