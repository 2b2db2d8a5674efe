"""Leave-one-out, rollout, the choice of hiding, and that one method's trouble is not another's."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from attribution_fakes import Fake, Worth, additive

from fairwitness.audit.attribution import Explainer
from fairwitness.audit.attribution.flow import flow
from fairwitness.audit.attribution.hidings import Removed, hidden_by
from fairwitness.audit.attribution.words import split
from fairwitness.audit.requests import (
    BLANK,
    Answer,
    AnswerQuestion,
    Attend,
    Attention,
    Attribute,
    Attribution,
    BetweenFillers,
    Classify,
    FillMask,
    ForClass,
    Hiding,
    LogLikelihood,
    Method,
    OfAnswer,
    OfContinuation,
    OfTag,
    Request,
    SpanAnswer,
    TokenScores,
    Unanswered,
    given_offsets,
)

TEXT = "The nurse said that [MASK] was tired."
SHE = BetweenFillers("she", "he")
YES = ForClass("yes")


class Hider(Fake):
    """A fake that has a token for hidden words, and attention maps of its words."""

    hidden_text = "<hid>"

    def __init__(self, worth: Worth, capability: str = "Classify", *, left_to_right: bool = False) -> None:
        super().__init__(worth, capability)
        self.left_to_right = left_to_right

    def _answer(self, request: Request) -> Answer:
        if not isinstance(request, Attend):
            return super()._answer(request)
        filled = request.text.replace(BLANK, self.hidden_text)
        found = list(re.finditer(r"<hid>|\w+", filled))
        starts = (-1, *(match.start() for match in found))
        tokens = ("[CLS]", *(match.group() for match in found))
        rng = np.random.default_rng(len(starts))
        weights = rng.random((2, 3, len(starts), len(starts))).astype(np.float32)
        if self.left_to_right:
            weights = np.tril(weights)
        weights /= weights.sum(axis=-1, keepdims=True)
        return Attention(tokens, starts, (True, *(False for _ in found)), weights)


def explain(fake: Fake, *requests: Attribute) -> list[Attribution]:
    answers = Explainer(fake).explain(requests, fake.ask)
    assert all(isinstance(answer, Attribution) for answer in answers), answers
    return [answer for answer in answers if isinstance(answer, Attribution)]


@pytest.mark.parametrize("capability", ["LogLikelihood", "FillMask"])
def test_leave_one_out_gives_an_additive_model_its_weights(capability: str) -> None:
    weights = {"The": 0.25, "nurse": 2.0, "said": 0.0, "that": -0.5, "was": 0.125, "tired": -1.0}
    fake = Fake(additive(weights), capability)
    (found,) = explain(fake, Attribute(TEXT, SHE, "leave_one_out"))
    assert found.values == pytest.approx(list(weights.values()))
    assert (found.evaluations, found.errors, found.removal) == (8, (), ())
    assert len(set(fake.asked)) == 8 * (1 + (capability == "LogLikelihood"))


def test_leave_one_out_gives_nothing_to_what_is_said_twice() -> None:
    (found,) = explain(
        Fake(lambda words: float("bad" in words), "Classify"), Attribute("bad bad day", YES, "leave_one_out")
    )
    assert (found.values, found.residual) == ((0.0, 0.0, 0.0), 1.0)


@pytest.mark.parametrize(("hiding", "each", "base"), [("", 1.0, 0.0), ("removed", 1.0, 0.0), ("masked", 0.0, 3.0)])
def test_the_hiding_decides_and_is_named(hiding: Hiding, each: float, base: float) -> None:
    """A model that counts words: one left out is one less, one replaced is none less."""
    fake = Hider(lambda words: float(len(words)))
    (found,) = explain(fake, Attribute("three short words", YES, "leave_one_out", hiding=hiding))
    assert (found.values, found.base, found.full) == ((each,) * 3, base, 3.0)
    assert found.hiding == (hiding or "removed")
    assert ("'<hid>'" in found.note) == (hiding == "masked")


def test_a_masked_model_may_leave_words_out_and_a_causal_one_may_mask_them() -> None:
    masked, causal = Fake(additive({}), "FillMask"), Hider(additive({}), "LogLikelihood")
    (out,) = explain(masked, Attribute("She and [MASK] left [MASK]", SHE, "leave_one_out", hiding="removed"))
    assert FillMask("[MASK] [MASK]", ("she", "he"), at=0) in masked.asked
    assert out.hiding == "removed"
    (token,) = explain(causal, Attribute("Then [MASK] left", SHE, "leave_one_out", hiding="masked"))
    assert LogLikelihood("", "<hid> she <hid>") in causal.asked
    assert token.hiding == "masked"


def test_a_hiding_that_a_model_or_method_does_not_have_is_said() -> None:
    asked = [
        Attribute("a b", YES, "leave_one_out", hiding="masked"),
        Attribute("a b", YES, "leave_one_out", hiding="drawn"),
        Attribute("a b", YES, "leave_one_out"),
    ]
    fake = Fake(additive({}), "Classify")
    no_token, no_model, given = Explainer(fake).explain(asked, fake.ask)
    assert no_token == Unanswered("the model names no token that could stand for a hidden word")
    assert isinstance(no_model, Unanswered)
    assert "masked model" in no_model.reason
    assert isinstance(given, Attribution)
    (flow_hides,) = Explainer(fake).explain([Attribute("a b", YES, "rollout", hiding="removed")], fake.ask)
    assert flow_hides == Unanswered("attention rollout hides no words")


class Moody(Fake):
    """A model without an answer for texts in which `a` and `b` are both missing."""

    def _answer(self, request: Request) -> Answer:
        if isinstance(request, Classify) and not {"a", "b"} & set(request.text.split()) and "c" in request.text:
            return Unanswered("the model gave a value that is not a finite number", "long_text")
        return super()._answer(request)


@pytest.mark.slow
def test_a_text_without_an_answer_fails_the_methods_that_need_it_and_no_other() -> None:
    """Both methods share one table of coalitions: neither budget holds all sixteen."""
    fake = Moody(additive({"a": 1.0}), "Classify")
    text = "a b c d"
    alone, orders = Explainer(fake).explain(
        [Attribute(text, YES, "leave_one_out"), Attribute(text, YES, "shap", 15)], fake.ask
    )
    assert isinstance(alone, Attribution)
    assert alone.values == pytest.approx((1.0, 0.0, 0.0, 0.0))
    assert orders == Unanswered("the model gave a value that is not a finite number", "long_text")


@pytest.mark.parametrize("worth", [math.nan, math.inf])
def test_a_value_that_is_no_number_is_no_explanation(worth: float) -> None:
    fake = Fake(lambda words: worth, "Classify")
    methods: tuple[Method, ...] = ("leave_one_out", "lime")
    for answer in Explainer(fake).explain([Attribute("a b", YES, method) for method in methods], fake.ask):
        assert isinstance(answer, Unanswered)


def test_rolled_out_maps_by_hand() -> None:
    """Two layers of one head: 0.5 A + 0.5 I is [[.75, .25], [0, 1]], then [[1, 0], [.25, .75]]; the later times it."""
    layers = np.array([[[[0.5, 0.5], [0.0, 1.0]]], [[[1.0, 0.0], [0.5, 0.5]]]], dtype=np.float32)
    assert flow(layers) == pytest.approx(np.array([[0.75, 0.25], [0.1875, 0.8125]]))


@pytest.mark.parametrize(
    ("capability", "target", "text", "left_to_right", "row"),
    [
        ("Classify", YES, "one small step", False, 0),
        ("Classify", YES, "one small step", True, 3),
        ("FillMask", SHE, "one [MASK] step", False, 2),
        ("LogLikelihood", SHE, "one [MASK] step", True, 3),
    ],
)
def test_rollout_flows_to_the_token_that_decides(
    capability: str, target: ForClass | BetweenFillers, text: str, left_to_right: bool, row: int
) -> None:
    fake = Hider(additive({}), capability, left_to_right=left_to_right)
    (found,) = explain(fake, Attribute(text, target, "rollout"))
    (maps,) = fake.ask([Attend("one she step" if capability == "LogLikelihood" else text)])
    assert isinstance(maps, Attention)
    shares = flow(maps.weights)[row]
    columns = [1, 2, 3] if target == YES else [1, 3]
    assert found.values == pytest.approx(shares[columns])
    assert found.residual == pytest.approx(1 - shares[columns].sum())
    assert "not evidence" in found.note
    assert (found.errors, found.hiding) == ((), "")


def test_rollout_without_maps_says_so() -> None:
    fake = Fake(additive({}), "Classify")
    (answer,) = Explainer(fake).explain([Attribute("a b", YES, "rollout")], fake.ask)
    assert answer == Unanswered("not this")


class Marks(Fake):
    """Marks answers: the log-odds of an asked span are the worth of the words around it."""

    def __init__(self, worth: Worth) -> None:
        super().__init__(worth, "AnswerQuestion")

    def _answer(self, request: Request) -> Answer:
        assert isinstance(request, AnswerQuestion)
        ((start, end),) = request.spans
        assert request.context[start:end] == "Ada Byron"
        rest = f"{request.context[:start]} {request.context[end:]}"
        odds = self.worth(re.findall(r"\w+", rest))
        return SpanAnswer("", start, end, 0.0, exact=(-float(np.logaddexp(0.0, -odds)),))


@pytest.mark.parametrize("hiding", ["removed", ""])
def test_an_answer_stays_where_words_around_it_are_hidden(hiding: Hiding) -> None:
    text = "It was she, Ada Byron, who wrote it"
    start = text.index("Ada")
    weights = {"It": 0.5, "was": -1.0, "she": 0.25, "who": 2.0, "wrote": 1.0, "it": 0.0}
    target = OfAnswer("Who wrote it?", start, start + len("Ada Byron"))
    (found,) = explain(Marks(additive(weights)), Attribute(text, target, "leave_one_out", hiding=hiding))
    assert dict(zip(found.words, found.values, strict=True)) == pytest.approx(weights)
    assert (found.full, found.base) == pytest.approx((2.75, 0.0))


class Continues(Fake):
    """Goes on after a context: a log-probability of -3 and what the context is worth, shared out over two tokens."""

    def _answer(self, request: Request) -> Answer:
        assert isinstance(request, LogLikelihood)
        assert request.continuation == " rain"
        assert request.context.strip()
        worth = self.worth(re.findall(r"\w+", request.context)) - 3
        return TokenScores((worth - 1, 1.0), (True, True), (0, 1))


def test_a_continuation_is_explained_by_the_words_before_it() -> None:
    weights = {"after": 0.5, "clouds": 1.5, "comes": -0.25}
    fake = Continues(additive(weights))
    (found,) = explain(fake, Attribute("after clouds comes", OfContinuation(" rain"), "leave_one_out"))
    assert found.values == pytest.approx(list(weights.values()))
    assert (found.base, found.full) == pytest.approx((-3.0, -1.25))
    assert LogLikelihood("…", " rain") in fake.asked


@pytest.mark.parametrize(
    ("target", "capability", "reason"),
    [
        (OfContinuation(" rain"), "Classify", "the model does not read from left to right, so it continues no text"),
        (OfContinuation(""), "LogLikelihood", "the continuation is empty"),
        (OfAnswer("Who?", 0, 3), "Classify", "the model answers no questions about a text"),
        (OfTag("PER", 0, 3), "Classify", "the model is no tagger, so it has no tag to explain"),
        (OfTag("PER", 0, 2), "TagTokens", "the text has 9 characters, and no word from 0 to 2"),
        (OfAnswer("Who?", 3, 99), "AnswerQuestion", "the text has 9 characters, and no answer from 3 to 99"),
    ],
)
def test_a_target_that_a_model_does_not_have_is_said(
    target: OfContinuation | OfAnswer | OfTag, capability: str, reason: str
) -> None:
    fake = Fake(additive({}), capability)
    (answer,) = Explainer(fake).explain([Attribute("two words", target, "leave_one_out")], fake.ask)
    assert answer == Unanswered(reason)


def test_a_text_that_is_all_answer_has_no_word_to_explain() -> None:
    fake = Marks(additive({}))
    (answer,) = Explainer(fake).explain([Attribute("Ada Byron", OfAnswer("Who?", 0, 9), "shap")], fake.ask)
    assert answer == Unanswered("the text has no word to explain", "no_words")


@pytest.mark.parametrize("width", [3, 6, 9])
def test_offsets_in_a_filled_text_are_those_of_the_given_one(width: int) -> None:
    text = f"ab {BLANK} c {BLANK}d"
    blank = "x" * width
    other = text.replace(BLANK, blank)
    places = [other.index("ab"), other.index("c"), other.index("d"), other.index(blank), -1]
    assert given_offsets(places, text, width) == (0, text.index("c"), text.index("d"), 3, -1)


@pytest.mark.parametrize("rules", [Removed(), hidden_by("<hid>")])
def test_what_is_shown_stands_where_it_is_said_to(rules: Removed) -> None:
    text = "Before that, 我们 said: [MASK] left."
    words = split(text)
    for number in range(2 ** len(words)):
        present = [bool(number >> place & 1) for place in range(len(words))]
        shown = rules.hide(text, words, present)
        for word, there in zip(words, present, strict=True):
            if there:
                place = shown.place(word.start)
                assert shown.text[place : place + len(word.text)] == word.text
        assert shown.text[shown.place(text.index(BLANK)) :].startswith(BLANK)


def test_a_text_keeps_its_own_white_space() -> None:
    text = "hello there \n"
    words = split(text)
    assert Removed().hide(text, words, [True, True]).text == text
    assert Removed().hide(text, words, [False, True]).text == "there \n"
    assert Removed().hide(text, words, [True, False]).text == "hello \n"
