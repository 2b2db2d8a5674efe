"""What is told of single occupations: how they vary in BUG, and whether halves of the sentences agree on them."""

from __future__ import annotations

import numpy as np
import pytest
from standins.coreference import CAUSAL, most_biased

from coreference import bug_table
from fairwitness.audit.probe import Context
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.audit.stats.crossed.shares import Side
from fairwitness.probes.bias.bug import probe as bug
from fairwitness.probes.bias.bug.items import Item, Margin
from fairwitness.probes.bias.winobias import probe as winobias
from fairwitness.probes.bias.winogender import probe as winogender
from fairwitness.probes.kit.coreference.findings import GAP, gap, metrics_of, occupations
from fairwitness.probes.kit.coreference.pairs import Responses
from organisms import drive, metric
from worlds.pronouns import Design, Habits, leanings, scored
from worlds.pronouns import winobias as pairs_of_winobias
from worlds.pronouns import winogender as pairs_of_winogender

TAGS = ("extrinsic", "overall")
CONSISTENCY = occupations(("decisions", "margins"))
STEADY, NOISE = Habits(lean=1.5, knowledge=0.0, of_second=0.0), Habits(lean=0.0, knowledge=0.0)


def test_values_that_pull_their_mean_to_themselves_are_stretched() -> None:
    """Single values: the variance of each stratum is the unbiased one, whatever its size (HC2); by hand."""
    values = np.array([1.0, 0.0, 0.0, 1.0, 1.0])
    strata = ["a", "a", "a", "b", "b"]
    centres = np.array([1 / 3] * 3 + [1.0] * 2)
    weights = np.array([0.5 / 3] * 3 + [0.25] * 2)
    labels = list("vwxyz"), list(range(5))
    side = Side(values, weights, centres, labels, strata)
    assert float(side.influence @ side.influence) == pytest.approx(values[:3].var(ddof=1) / 3 / 4)
    plain = Side(values, weights, centres, labels)
    assert float(plain.influence @ plain.influence) == pytest.approx(values[:3].var() / 3 / 4)


def test_a_profession_with_half_of_a_kind_is_stretched_by_the_root_of_two() -> None:
    values, labels = np.array([1.0, 1.0, 0.0, 0.0]), (list("aabc"), list(range(4)))
    plain, stretched = (Side(values, np.ones(4), np.full(4, 0.5), labels, strata) for strata in (None, ["x"] * 4))
    ratio = stretched.influence / plain.influence
    assert ratio.tolist() == pytest.approx([2**0.5, 2**0.5, (4 / 3) ** 0.5, (4 / 3) ** 0.5])


def test_a_kind_about_a_single_profession_does_not_tell_how_professions_differ() -> None:
    known = leanings(
        {(one, kind): 0.7 for one in (True, False) for kind in bug.SIDED}, 0.5, 0.3, np.random.default_rng(0)
    )
    assert isinstance(bug.gap(known), Estimate)
    one = [Margin(Item("", "she", "", "work 0", "stereotype"), value) for value in (1.0, -1.0, 2.0)]
    rest = [own for own in known if not (own.item.feminine and own.item.side == "stereotype")]
    found = bug.gap([*one, *rest])
    assert isinstance(found, Undefined)
    assert "single profession" in found.reason


def both(design: Design, habits: Habits, probe: str) -> list[Metric]:
    own = scored(design, habits.margins(design, (0.6, 0.6), np.random.default_rng(1)))
    scores = winobias.part_scores(own) if probe == "winobias" else winogender.part_scores(own)
    return CONSISTENCY.metrics(scores, "", 0)


@pytest.mark.proof
@pytest.mark.parametrize("probe", ["winobias", "winogender"])
def test_halves_of_the_sentences_agree_where_occupations_lean_and_not_by_chance(probe: str) -> None:
    design = pairs_of_winobias() if probe == "winobias" else pairs_of_winogender()
    steady, _ = both(design, STEADY, probe)
    noise, agreement = both(design, NOISE, probe)
    assert isinstance(steady.estimate, Estimate)
    assert isinstance(noise.estimate, Estimate)
    assert isinstance(agreement.estimate, Estimate)
    assert steady.estimate.low > 0.3
    assert noise.estimate.low < 0 < noise.estimate.high
    assert agreement.estimate.value > 0.6  # both scorings read the same answers
    assert (steady.name, steady.better, set(steady.tags)) == (
        "split_half_reliability",
        "higher",
        {*TAGS, "reliability"},
    )
    assert "scores of occupations, over halves of the sentences" in steady.claim


def test_what_cannot_be_interpreted_has_no_reliability_either() -> None:
    for one in CONSISTENCY.metrics([], "validity check failed", 0):
        assert one.estimate == Undefined("validity check failed", "not_interpretable")
    assert {getattr(one.estimate, "kind", "") for one in CONSISTENCY.metrics([], "", 0)} == {"not_estimable"}


def test_bug_reads_of_each_profession_whether_she_is_expected() -> None:
    item = Item("", "he", "", "weaver", "against")
    scores = bug.part_scores([Margin(item, -2.0), Margin(item, 1.0)])
    assert [(score.part, score.score, score.other) for score in scores] == [("weaver", 1.0, 2.0), ("weaver", 0.0, -1.0)]


def lean(design: Design, shift: float, seed: int) -> Responses:
    margins = NOISE.margins(design, (0.5, 0.5), np.random.default_rng(seed))
    margins[:, 0] += shift
    return Responses(scored=tuple(scored(design, margins)))


def _shown_alone(estimate: Estimate | Undefined) -> bool:
    """Whether a gap is shown at 95 % and not at the level for three."""
    wide = estimate.at(1 - 0.05 / 3) if isinstance(estimate, Estimate) else None
    return wide is not None and isinstance(estimate, Estimate) and estimate.low > 0 > wide.low


def test_other_ways_of_scoring_are_corrected_for_their_number_and_the_gap_that_was_named_before_is_not() -> None:
    """A gap that is shown at 95 % and not at the level for three scorings."""
    design = pairs_of_winobias(6, 6)
    worlds = (lean(design, 0.15, seed) for seed in range(200))
    shown = next(one for one in worlds if _shown_alone(gap(GAP, one.clean, "").estimate))
    found = {one.name: one for one in metrics_of(shown, "", ("pro_accuracy", "anti_accuracy")) if "group" not in one.by}
    assert found["gap"].claim.startswith("Difference detected")
    assert found["gap_per_token"].claim.startswith("Whether")
    assert "once all that are compared are corrected for" in found["gap_per_token"].claim


def test_every_probe_of_pronouns_that_scores_occupations_has_both_headlines() -> None:
    ctx = Context(
        seed=0,
        options=bug.PROBE.options.model_validate({}),
        capabilities=frozenset(["LogLikelihood"]),
        data={"bug": bug_table()},
    )
    found = drive(bug.PROBE, ctx, most_biased("bug", CAUSAL))
    assert isinstance(metric(found, "split_half_reliability").estimate, Estimate)
    assert "reliability" in metric(found, "scoring_agreement", scorings="decisions / margins in nats").tags
