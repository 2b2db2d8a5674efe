"""Answers as the cache keeps them: no text of a request or of the vocabulary is left in them, and all comes back."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.requests import Answer, AnswerQuestion, Embed, Filled, FillMask, Request, Unanswered
from fairwitness.audit.veil import unveiled, veiled

EMAIL = "orla.quist@fernbank.example"


class Vocabulary:
    """A subject that knows the tokens of its vocabulary by number."""

    info = SubjectInfo(
        spec="fake", fingerprint="0" * 64, kind="fake", architecture="Fake", parameters=1, dtype="", capabilities=()
    )

    def token_words(self, ids: Sequence[int]) -> tuple[str, ...]:
        return tuple({3: "Orla", 4: "Quist"}[token] for token in ids)


PAIRS: tuple[tuple[Request, Answer], ...] = (
    (FillMask("She is [MASK].", ("well", EMAIL)), Unanswered(f"the tokenizer does not know the target {EMAIL!r}")),
    (Embed("Orla Quist slept", "O'Neill"), Unanswered('the text does not hold the word "O\'Neill"')),
    (AnswerQuestion("Who?", f"Ask {EMAIL}.", ((4, 9),)), Unanswered("'orla.' begins or ends inside a token")),
    (FillMask("[MASK] slept", (), top=2), Filled((), (), (("Orla", -1.0), ("Quist", -2.0)), (3, 4))),
    (FillMask("[MASK] slept", ("x",)), Unanswered("the model gave a value that is not a finite number")),
)


@pytest.mark.parametrize(("request_", "answer"), PAIRS, ids=lambda part: type(part).__name__)
def test_texts_are_left_out_and_come_back(request_: Request, answer: Answer) -> None:
    subject = Vocabulary()
    kept = veiled([request_], [answer], subject)
    assert not any(part in repr(kept) for part in (EMAIL, "orla", "Orla", "Quist", "Neill"))
    assert unveiled([request_], kept, subject) == [answer]


def test_what_cannot_be_given_back_is_kept_as_it_is() -> None:
    """A quote that a request does not hold, and a subject that cannot name its tokens."""
    for request, answer in (
        (FillMask("[MASK].", ("x",)), Unanswered("no such 'thing' here")),
        (FillMask("[MASK].", (), top=1), Filled((), (), (("Unlisted", -1.0),), ())),
    ):
        kept = veiled([request], [answer], Vocabulary())
        assert kept == [answer]
        assert unveiled([request], kept, Vocabulary()) == [answer]


def test_the_words_of_an_error_that_may_quote_are_not_kept() -> None:
    request, answer = (
        FillMask("[MASK] slept", ("x",)),
        Unanswered("ValueError: [text: 9 characters]", said=f"no {EMAIL}"),
    )
    [kept] = veiled([request], [answer], Vocabulary())
    assert EMAIL not in repr(kept)
