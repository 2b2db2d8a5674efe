"""Blanks of an encoder-decoder: values by hand from the whole model's logits, and the likeliest against all tokens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from fairwitness.audit.cache import AnswerCache
from fairwitness.audit.engine import Engine
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.huggingface.sequences import infill
from fairwitness.audit.huggingface.sequences.subject import SequenceSubject
from fairwitness.audit.requests import BLANK, Filled, FillMask, Unanswered
from tiny_models import NEAR
from trained import Tiny, once_a_session
from trained_sequences import Manner, tiny_filler

pytestmark = [pytest.mark.slow, pytest.mark.arithmetic]

JOBS, PRONOUNS, ENDS = ("nurse", "doctor", "baker", "old teacher"), ("she", "he", "they"), ("slept", "went home")
TEXT = f"the nurse said that {BLANK} slept ."
TWO = f"the {BLANK} said that {BLANK} went home ."


@once_a_session
def filler(manner: Manner) -> Tiny:
    """It fills a pronoun, or now and then an occupation, of one or two words."""

    def batches() -> Iterator[list[tuple[str, str]]]:
        rng = np.random.default_rng(5)
        while True:
            batch = []
            for _ in range(32):
                job, pronoun, end = (str(rng.choice(words)) for words in (JOBS, PRONOUNS, ENDS))
                if rng.random() < 0.3:
                    batch.append((f"the {BLANK} said that {pronoun} {end} .", job))
                else:
                    batch.append((f"the {job} said that {BLANK} {end} .", pronoun))
            yield batch

    words = [" ".join((*JOBS, *PRONOUNS, *ENDS, "the said that ."))]
    return tiny_filler(batches(), words, 150 if manner == "t5" else 400, manner, whole=0.1)


@pytest.fixture(scope="module", params=["t5", "bart"])
def manner(request: pytest.FixtureRequest) -> Manner:
    kind: Manner = request.param
    return kind


@pytest.fixture(scope="module")
def model(manner: Manner) -> Tiny:
    return filler(manner)


@pytest.fixture(scope="module")
def subject(model: Tiny, tmp_path_factory: pytest.TempPathFactory) -> SequenceSubject:
    loaded = load(Loading(str(model.save(tmp_path_factory.mktemp("filler") / "model")), offline=True))
    assert isinstance(loaded, SequenceSubject)
    assert "FillMask" in loaded.info.capabilities
    return loaded


def filled(answer: object) -> Filled:
    assert isinstance(answer, Filled), answer
    return answer


def rows(model: Tiny, source: str, target: list[int]) -> Any:
    """Log-probabilities of what follows each token of a target."""
    with torch.inference_mode():
        given = torch.tensor([model.tokenizer(source)["input_ids"]])
        logits = model.model(input_ids=given, decoder_input_ids=torch.tensor([target])).logits[0]
    return logits.double().log_softmax(-1).numpy()


def ids_of(model: Tiny, text: str) -> list[int]:
    return list(model.tokenizer(text, add_special_tokens=False)["input_ids"])


def by_hand(model: Tiny, manner: Manner, text: str, word: str) -> float:
    """The value of a filler of a text with one blank."""
    before, after = text.split(BLANK)
    if manner == "t5":
        target = [0, *ids_of(model, "<extra_id_0>"), *ids_of(model, word)]
        given = rows(model, text.replace(BLANK, "<extra_id_0>"), target)
        middle = sum(given[place - 1, target[place]] for place in range(2, len(target)))
        return float(middle + np.logaddexp(*(given[-1, ids_of(model, end)[0]] for end in ("<extra_id_1>", "</s>"))))
    target = [2, 1, *ids_of(model, before + word + after), 2]
    given = rows(model, text.replace(BLANK, "<mask>"), target)
    first = 2 + len(ids_of(model, before))
    return float(sum(given[place - 1, target[place]] for place in range(first, len(target))))


def test_fillers_are_worth_what_the_whole_model_says(subject: SequenceSubject, model: Tiny, manner: Manner) -> None:
    words = ("she", "they", "old teacher")
    [answer] = subject.fill_masks([FillMask(TEXT, words)])
    assert filled(answer).log_probs == pytest.approx([by_hand(model, manner, TEXT, word) for word in words], abs=NEAR)
    assert filled(answer).tokens == (1, 1, 2)


def test_a_filler_ends_where_the_text_goes_on(subject: SequenceSubject) -> None:
    """ "old" begins what is likely and is no filler of its own."""
    asked = f"the {BLANK} said that she slept ."
    [answer] = subject.fill_masks([FillMask(asked, ("old teacher", "old"))])
    whole, beginning = filled(answer).log_probs
    assert whole > beginning + 2


def test_fillers_of_a_blank_share_a_probability_of_at_most_one(subject: SequenceSubject) -> None:
    [answer] = subject.fill_masks([FillMask(TEXT, PRONOUNS)])
    assert 0.8 < np.exp(filled(answer).log_probs).sum() <= 1 + 1e-5


def test_the_likeliest_fillers_are_those_of_all_tokens(subject: SequenceSubject, model: Tiny, manner: Manner) -> None:
    words = [word for word in model.tokenizer.get_vocab() if word.isalpha()]
    [answer] = subject.fill_masks([FillMask(TEXT, (), top=4)])
    values = sorted(((by_hand(model, manner, TEXT, word), word) for word in words), reverse=True)[:4]
    assert [word for word, _ in filled(answer).top] == [word for _, word in values]
    assert [value for _, value in filled(answer).top] == pytest.approx([value for value, _ in values], abs=NEAR)
    assert subject.token_words(filled(answer).top_ids) == tuple(word for word, _ in filled(answer).top)


@pytest.mark.parametrize("count", range(1, 7))
def test_the_bound_stops_at_no_likelier_filler(
    count: int, subject: SequenceSubject, model: Tiny, manner: Manner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ "old" is a likely beginning and an unlikely filler: it must not stand among the likeliest for coming early."""
    monkeypatch.setattr(infill, "POOL", 1)
    text = f"the {BLANK} said that she slept ."
    words = [word for word in model.tokenizer.get_vocab() if word.isalpha()]
    values = sorted(((by_hand(model, manner, text, word), word) for word in words), reverse=True)[:count]
    [answer] = subject.fill_masks([FillMask(text, (), top=count)])
    assert [word for word, _ in filled(answer).top] == [word for _, word in values]


def test_where_the_likeliest_are_not_settled_there_is_no_answer(
    subject: SequenceSubject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(infill, "MOST_TRIED", 5)
    [answer] = subject.fill_masks([FillMask(TEXT, (), top=5)])
    assert isinstance(answer, Unanswered)
    assert "not settled" in answer.reason


def test_another_blank_stays_hidden_before_and_behind_the_asked_one(
    subject: SequenceSubject, model: Tiny, manner: Manner
) -> None:
    first, second = subject.fill_masks([FillMask(TWO, ("nurse",), 0), FillMask(TWO, ("she",), 1)])
    if manner == "t5":
        target = [0, *ids_of(model, "<extra_id_0> nurse")]
        given = rows(model, "the <extra_id_0> said that <extra_id_1> went home .", target)
        ends = [given[2, ids_of(model, end)[0]] for end in ("<extra_id_1>", "</s>")]
        assert filled(first).log_probs[0] == pytest.approx(given[1, target[2]] + np.logaddexp(*ends), abs=NEAR)
        given = rows(model, "the <extra_id_1> said that <extra_id_0> went home .", [*target[:2], *ids_of(model, "she")])
        ends = [given[2, ids_of(model, end)[0]] for end in ("<extra_id_1>", "</s>")]
        expected = given[1, ids_of(model, "she")[0]] + np.logaddexp(*ends)
        assert filled(second).log_probs[0] == pytest.approx(expected, abs=NEAR)
        return
    source = "the <mask> said that <mask> went home ."
    target = [2, 1, *ids_of(model, "the nurse said that")]
    given = rows(model, source, target)
    known = sum(given[place - 1, target[place]] for place in range(3, len(target)))  # up to the next blank
    assert filled(first).log_probs[0] == pytest.approx(known, abs=NEAR)
    target = [2, 1, *ids_of(model, "the <mask> said that she went home ."), 2]
    given = rows(model, source, target)
    known = sum(given[place - 1, target[place]] for place in range(6, len(target)))
    assert filled(second).log_probs[0] == pytest.approx(known, abs=NEAR)


def test_a_batch_fills_as_each_alone(subject: SequenceSubject) -> None:
    asked = [FillMask(TEXT, PRONOUNS, top=3), FillMask(TWO, ("nurse", "old teacher"), 0), FillMask(TWO, ("she",), 1)]
    asked.append(FillMask(f"{BLANK} .", ("she", "the nurse")))
    for request, answer in zip(asked, Engine(subject).answer(asked), strict=True):
        [alone] = subject.fill_masks([request])
        assert filled(answer).log_probs == pytest.approx(filled(alone).log_probs, abs=NEAR)
        assert [word for word, _ in filled(answer).top] == [word for word, _ in filled(alone).top]


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (FillMask("no blank here", ("she",)), "has 0 blanks"),
        (FillMask(TEXT, ("she",), at=1), "number 1"),
        (FillMask(TEXT, ()), "neither targets"),
        (FillMask(TEXT, ("she", "xylophone")), "does not know the target"),
        (FillMask(TEXT, (" ",)), "empty target"),
        (FillMask(TEXT + " the nurse slept ." * 300, ("she",)), "reads at most"),
        (FillMask(f"\ud800 {BLANK}", ("she",)), "lone surrogate"),
    ],
)
def test_what_cannot_be_filled_says_why(subject: SequenceSubject, request_: FillMask, reason: str) -> None:
    bad, good = Engine(subject).answer([request_, FillMask(TEXT, ("she",))])
    assert isinstance(bad, Unanswered)
    assert reason in bad.reason
    assert filled(good).log_probs


def test_more_blanks_than_sentinels_and_a_text_that_spells_one(subject: SequenceSubject, manner: Manner) -> None:
    if manner == "bart":
        pytest.skip("a mask may stand as often as one likes")
    many, spelled = subject.fill_masks(
        [FillMask(f"{BLANK} and {BLANK} and {BLANK} and {BLANK}", ("she",)), FillMask(f"<extra_id_1> {BLANK}", ("he",))]
    )
    assert isinstance(many, Unanswered)
    assert "4 sentinels" in many.reason
    assert isinstance(spelled, Unanswered)
    assert "spells a sentinel" in spelled.reason


def test_what_was_filled_is_kept_and_read_again(tmp_path: Path, subject: SequenceSubject) -> None:
    asked = [FillMask(TEXT, PRONOUNS, top=3)]
    with AnswerCache(tmp_path, subject.info.fingerprint) as cache:
        first = Engine(subject, cache=cache).answer(asked)
        warm = Engine(subject, cache=cache)
        assert warm.answer(asked) == first
        assert warm.model_calls == 0
