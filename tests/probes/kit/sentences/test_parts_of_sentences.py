"""Claims about parts are corrected, controls are those of the whole set, and scores say how reliable they are."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from fairwitness.audit.datasets import find
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.bias.bec_pro import probe as bec_pro
from fairwitness.probes.bias.bec_pro.items import Association
from fairwitness.probes.bias.crows_pairs import probe as crows_pairs
from fairwitness.probes.bias.stereoset import probe as stereoset
from fairwitness.probes.bias.stereoset.estimators import icat
from fairwitness.probes.bias.stereoset.items import Item, ScoredItem
from fairwitness.probes.kit.sentences import consistency
from fairwitness.probes.kit.sentences.pairs import OUR_PAIRS, Pair, our_pairs
from fairwitness.probes.kit.sentences.scores import ScoredPair
from organisms import context, drive, metric, value
from sentence_pairs import Reader, crows_table, planted, stereoset_table
from worlds.exchanges import CROWS, crows, scored
from worlds.professions import profession_line

SOUND = [pair.more for pair in our_pairs(find(OUR_PAIRS), "en", "competence")]
ONCE = "once all that are compared are corrected for"
CAUSAL = ["LogLikelihood"]


def _number(text: str) -> int:
    return int("".join(letter for letter in text if letter.isdigit()) or 0)


def _leaning(known: dict[int, bool]) -> Reader:
    """Prefers `blue` in the sentences whose number is said to."""
    return Reader(
        lambda text: -30.0 + 10.0 * (text in SOUND) + (2.0 if known.get(_number(text)) else -2.0) * (" blue " in text)
    )


@pytest.mark.slow
def test_a_direction_is_claimed_only_among_both() -> None:
    """Of 47 pairs of one direction 31 are preferred (p = 0.03), of the others half: twice that is no finding."""
    sides = ["antistereo" if at % 2 else "stereo" for at in range(94)]
    known = {at: (at // 2 < 31) if at % 2 else at % 4 == 0 for at in range(94)}
    ctx = context(crows_pairs.PROBE, CAUSAL, {"crows_pairs": crows_table(94, stereo_antistereo=sides)})
    found = drive(crows_pairs.PROBE, ctx, _leaning(known))
    assert value(found, "direction_score", direction="antistereo").low > 50
    assert ONCE in metric(found, "direction_score", direction="antistereo").claim
    surer = {at: bool(at % 2 and at // 2 < 40) or at % 4 == 0 for at in range(94)}
    claim = metric(drive(crows_pairs.PROBE, ctx, _leaning(surer)), "direction_score", direction="antistereo").claim
    assert "Preference detected" in claim


def test_a_part_of_stereoset_is_claimed_only_among_both() -> None:
    """12 terms with two items of each part; in one of them 10 prefer the stereotype in both (p = 0.04)."""
    known = {at: at // 4 < 10 if at % 2 else at % 4 == 0 for at in range(48)}
    data = {"stereoset": stereoset_table(12, 4)}

    def worth(text: str) -> float:
        return (
            -20.0 - 20.0 * ("xyzzy" in text) + (2.0 if known[_number(text.split()[-1])] else -2.0) * (" blue " in text)
        )

    found = drive(stereoset.PROBE, context(stereoset.PROBE, CAUSAL, data), Reader(worth))
    part = metric(found, "stereotype_score", part="intersentence")
    assert isinstance(part.estimate, Estimate)
    assert part.estimate.low > 50
    narrow = part.estimate.at(0.975)
    assert narrow is not None
    assert (ONCE in part.claim) == (narrow.low <= 50)


def everything(associations: list[Association]) -> bec_pro.Responses:
    """What was read where every line has an answer and no sound sentences were asked."""
    lines = [row.line for row in associations]
    return bec_pro.Responses(lines=lines, associations=associations, controls=associations, skipped=[], name="sum")


def _professions(gaps: dict[str, float]) -> list[Association]:
    rng = np.random.default_rng(3)
    lines = [
        profession_line(gender, f"w{wording}", f"{kind} {job}", kind)
        for kind in gaps
        for job in range(12)
        for wording in range(5)
        for gender in ("female", "male")
    ]
    jobs = {line.key: rng.normal(0, 0.5) for line in lines}
    return [
        Association(one, (one.gender == "female") * (gaps[one.dominated] + jobs[one.key] + 0.1 * rng.normal()), 1)
        for one in lines
    ]


@pytest.mark.parametrize(("gap", "told"), [(0.8, ONCE), (2.2, "raise women more than men")])
def test_a_kind_of_profession_is_claimed_only_among_all_three(gap: float, told: str) -> None:
    found = _professions({"female": gap, "male": 0.0, "balanced": 0.0})
    said = bec_pro.findings(everything(found))
    assert value(said, "association_gap", professions="female").low > 0
    assert told in metric(said, "association_gap", professions="female").claim


@pytest.mark.slow
def test_controls_are_taken_off_the_whole_set_and_off_no_single_category() -> None:
    data = {"crows_pairs": crows_table(94)}
    whole, both, one = (
        drive(crows_pairs.PROBE, context(crows_pairs.PROBE, CAUSAL, data, categories=chosen), planted(0.5, sound=SOUND))
        for chosen in ((), ("colour", "shade"), ("colour",))
    )
    for found in (whole, both):
        assert isinstance(metric(found, "score_less_control").estimate, Estimate)
    for name in ("score_less_control", "control_score"):
        left = metric(one, name).estimate
        assert isinstance(left, Undefined)
        assert left.kind == "not_estimable"
        assert "not as those of a category" in left.reason
    assert not [each for each in one.evidence if each.id == "controls"]


def test_what_the_page_says_of_differences_of_shares() -> None:
    """Half a standard deviation: 19 points at half, 15 up and 9 down at controls of 15 %."""
    low = norm.ppf(0.15)
    moved = [norm.cdf(0.5) - 0.5, norm.cdf(low + 0.5) - 0.15, 0.15 - norm.cdf(low - 0.5)]
    assert [round(100 * one) for one in moved] == [19, 15, 9]


def _categories(spread: float) -> list[ScoredPair]:
    pairs, rng = crows(), np.random.default_rng(4)
    lean = dict(zip(CROWS, spread * rng.standard_normal(len(CROWS)), strict=True))
    return scored(pairs, np.array([lean[one.category] for one in pairs]) + rng.standard_normal(len(pairs)))


@pytest.mark.slow
def test_reliability_tells_categories_that_differ_from_such_as_do_not() -> None:
    differ, alike = (consistency.reliability(_categories(spread), "sum", 0) for spread in (1.0, 0.0))
    assert isinstance(differ, Estimate)
    assert isinstance(alike, Estimate)
    assert differ.low > 0.5
    assert alike.value < 0.7
    # below four categories: of exchanges, in halves of their pairs
    few = [Pair(at, "", "", "one", terms=f"{at % 40}") for at in range(400)]
    preferences = np.random.default_rng(5).standard_normal(40)[np.arange(400) % 40]
    steady = consistency.reliability(scored(few, preferences), "sum", 0)
    assert isinstance(steady, Estimate)
    assert steady.value == pytest.approx(1.0)


@pytest.mark.slow
def test_agreement_is_that_of_exchanges_and_where_the_validity_check_fails_it_means_nothing() -> None:
    rng = np.random.default_rng(6)
    lean = rng.standard_normal(300)
    pairs = [Pair(at, "", "", terms=f"{at // 3}") for at in range(300)]
    both = [
        ScoredPair(one, {"sum": (a, 0.0), "mean": (b, 0.0)}, (1, 1), (1, 1))
        for one, a, b in zip(pairs, lean.tolist(), (lean + 0.5 * rng.standard_normal(300)).tolist(), strict=True)
    ]
    halves, agree = consistency.consistency(both, ("sum", "mean"), "", 0)
    assert halves.name == "split_half_reliability"
    assert agree.variant == {"scorings": "score sum / score mean"}
    assert set(agree.tags) == {"intrinsic", "overall", "reliability"}
    assert isinstance(agree.estimate, Estimate)
    first, second = (
        [np.mean([one.prefers_more(name) for one in both[at : at + 3]]) for at in range(0, 300, 3)]
        for name in ("sum", "mean")
    )
    assert agree.estimate.value == pytest.approx(float(np.corrcoef(first, second)[0, 1]))
    for one in consistency.consistency(both, ("sum", "mean"), "validity check failed", 0):
        assert one.estimate == Undefined("validity check failed", "not_interpretable")


@pytest.mark.slow
def test_every_probe_shows_its_reliability() -> None:
    tables = {"crows_pairs": crows_table(94)}
    names = {
        one.name
        for one in drive(
            crows_pairs.PROBE, context(crows_pairs.PROBE, CAUSAL, tables), planted(0.5, sound=SOUND)
        ).metrics
    }
    assert {"split_half_reliability", "scoring_agreement"} <= names
    items = {"stereoset": stereoset_table(12, 4)}
    found = drive(stereoset.PROBE, context(stereoset.PROBE, CAUSAL, items), planted(0.5))
    assert {"split_half_reliability", "scoring_agreement"} <= {one.name for one in found.metrics}
    gaps = _professions({"female": 0.5, "male": 0.0})
    said = bec_pro.findings(everything(gaps))
    assert value(said, "split_half_reliability").low > 0.8


@pytest.mark.proof
@pytest.mark.parametrize("share", [50, 70])
def test_icat_holds_the_truth_at_its_kink(share: int) -> None:
    """At 50 every estimate is too low, so that a bootstrap of it left the truth out in a third of all worlds."""
    held, rng = 0, np.random.default_rng(8)
    for _ in range(100):
        preferences = rng.normal(norm.ppf(share / 100) * np.sqrt(1.25), 1, 800) + np.repeat(rng.normal(0, 0.5, 40), 20)
        made = [
            ScoredItem(
                Item(at, "", f"{at // 20}", "", "", ("", "", ""), ("", "", "")), {"sum": (float(lean), 0.0, -9.0)}, ()
            )
            for at, lean in enumerate(preferences)
        ]
        found = icat(made, "sum")
        assert isinstance(found, Estimate)
        held += found.low <= 2 * min(share, 100 - share) <= found.high
    assert held >= 88
