"""Words drawn from a masked model in place of hidden ones."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from attribution_fakes import Fake, additive

import tiny_models
from fairwitness.audit.attribution import REPEATS, Explainer
from fairwitness.audit.attribution.drawing import Drawer, Drawn
from fairwitness.audit.attribution.words import split
from fairwitness.audit.engine import Engine
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.requests import (
    BLANK,
    Answer,
    Attribute,
    Attribution,
    BetweenFillers,
    Filled,
    FillMask,
    ForClass,
    Method,
    Request,
    Unanswered,
)

YES = ForClass("yes")
TOP = (("##ny", math.log(0.5)), ("sun", math.log(0.3)), ("rain", math.log(0.1)), ("!", math.log(0.05)))
"""What the masked model would put into every place: sun three times as often as rain, of what is a word."""


class Filler:
    """A masked model that says the same of every place, and keeps what it was asked."""

    def __init__(self, top: tuple[tuple[str, float], ...] = TOP) -> None:
        self.top = top
        self.asked: list[FillMask] = []

    def __call__(self, requests: Sequence[Request]) -> list[Answer]:
        asked = [request for request in requests if isinstance(request, FillMask)]
        self.asked += asked
        assert all(0 <= request.at < request.text.count(BLANK) for request in asked)
        return [Filled((), (), self.top, tuple(range(len(self.top)))) for _ in asked]


def explain(fake: Fake, filler: Filler | None, *requests: Attribute) -> list[Attribution | Unanswered]:
    return Explainer(fake, filler).explain(requests, fake.ask)


def test_words_are_drawn_as_often_as_the_model_says_and_pieces_and_signs_never() -> None:
    drawer = Drawer(Filler())
    text = "cold snow"
    places = [Drawn(drawer, seed).place(text, split(text), (True, False)) for seed in range(2000)]
    drawer.draw(places)
    drawn = [drawer.words(place) for place in places]
    assert {len(words) for words in drawn} == {1}
    share = np.mean([words == ("sun",) for words in drawn])
    assert share == pytest.approx(0.75, abs=4 * math.sqrt(0.75 * 0.25 / 2000))
    assert {word for (word,) in drawn} == {"sun", "rain"}


def test_all_hidden_words_of_a_coalition_are_masked_together_and_each_is_asked_at_its_place() -> None:
    filler = Filler()
    text = "a b [MASK] c"
    drawn = Drawn(Drawer(filler), 0)
    drawn.drawer.draw([drawn.place(text, split(text), (False, True, False))])
    assert filler.asked == [FillMask("[MASK] b [MASK] [MASK]", (), at=at, top=50) for at in (0, 2)]
    shown = drawn.hide(text, split(text), (False, True, False))
    assert re.fullmatch(r"(sun|rain) b \[MASK\] (sun|rain)", shown.text)
    assert shown.text[shown.place(4) :].startswith(BLANK)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["shap", "lime", "leave_one_out", "shap_partition"])
def test_a_word_is_worth_what_it_has_above_the_drawn_ones(method: Method) -> None:
    """Sun is worth 4 and rain 0, so that a hidden word is worth 3 on average: snow, worth 5, has 2 more; fog 3 less."""
    fake = Fake(additive({"sun": 4.0, "snow": 5.0}), "Classify")
    request = Attribute("snow fog", YES, method, hiding="drawn")
    runs = [
        explain(fake, Filler(), Attribute(request.text, YES, method, seed=seed, hiding="drawn"))[0]
        for seed in range(60)
    ]
    given = [run for run in runs if isinstance(run, Attribution)]
    assert len(given) == len(runs)
    values = np.array([run.values for run in given])
    errors = values.std(axis=0, ddof=1) / math.sqrt(len(values))
    if method != "lime":  # whose ridge shrinks
        assert np.all(np.abs(values.mean(axis=0) - [2.0, -3.0]) <= 4 * errors)
    assert values.mean(axis=0)[0] > 0.5 > values.mean(axis=0)[1]
    assert {run.hiding for run in given} == {"drawn"}
    assert explain(fake, Filler(), Attribute(request.text, YES, method, seed=3, hiding="drawn")) == [runs[3]]


def test_a_method_that_would_draw_once_is_repeated_and_has_errors() -> None:
    fake = Fake(additive({"sun": 4.0, "snow": 5.0}), "Classify")
    runs = [
        explain(fake, Filler(), Attribute("snow", YES, "leave_one_out", seed=seed, hiding="drawn"))[0]
        for seed in range(200)
    ]
    given = [run for run in runs if isinstance(run, Attribution)]
    values = np.array([run.values[0] for run in given])
    claimed = math.sqrt(np.mean([run.errors[0] ** 2 for run in given]))
    assert values.mean() == pytest.approx(2.0, abs=4 * values.std() / math.sqrt(200))
    assert claimed == pytest.approx(values.std(), rel=0.25)
    assert claimed == pytest.approx(4 * math.sqrt(0.75 * 0.25 / REPEATS), rel=0.2)
    assert "no randomness" not in given[0].note


@pytest.mark.parametrize("top", [(("##ny", -1.0), ("!", -2.0)), ()])
def test_a_model_that_draws_no_word_is_said(top: tuple[tuple[str, float], ...]) -> None:
    fake = Fake(additive({}), "Classify")
    (answer,) = explain(fake, Filler(top), Attribute("snow fell", YES, "leave_one_out", hiding="drawn"))
    assert answer == Unanswered("the masked model draws no words: none of its likeliest tokens is one")


def test_a_refusal_of_the_masked_model_is_said_and_no_other_hiding_is_lost() -> None:
    fake = Fake(additive({"snow": 1.0}), "Classify")

    def tired(requests: Sequence[Request]) -> list[Answer]:
        return [Unanswered("the text is too long", "long_text")] * len(requests)

    requests = [Attribute("snow fell", YES, "leave_one_out", hiding=hiding) for hiding in ("drawn", "removed")]
    drawn, removed = Explainer(fake, tired).explain(requests, fake.ask)
    assert drawn == Unanswered("the masked model draws no words: the text is too long")
    assert isinstance(removed, Attribution)


@pytest.mark.slow
@pytest.mark.arithmetic
def test_a_masked_model_draws_its_own_words(tmp_path: Path) -> None:
    subject = load(Loading(str(tiny_models.build("masked:bert", tmp_path / "m")), cache_dir=tmp_path, threads=1))
    engine = Engine(subject, explainer=Explainer(subject))
    request = Attribute("The nurse said that [MASK] was tired.", BetweenFillers("she", "he"), "shap", hiding="drawn")
    (answer,) = engine.answer([request])
    assert isinstance(answer, Attribution), answer
    assert answer.hiding == "drawn"
    assert abs(answer.residual) < 1e-5
    (again,) = Engine(subject, explainer=Explainer(subject)).answer([request])
    assert isinstance(again, Attribution)
    assert again.values == pytest.approx(answer.values, abs=1e-4)
