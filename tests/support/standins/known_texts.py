"""Texts known by heart."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from fairwitness.audit.requests import Answer, Generate, Generated, LogLikelihood, Request, TokenScores, Unanswered
from organisms import table
from standins.answers import Answerer
from standins.runs import Scenario, Worst

BITS = -math.log(2)


def scores(text: str, hit: Callable[[int, str], bool], log_prob: float = BITS) -> TokenScores:
    """One token a word, or a Chinese character, the first not scored."""
    words = [(match.start(), match.group()) for match in re.finditer(r"[\u3000-\u9fff]|[^\s\u3000-\u9fff]+", text)][1:]
    return TokenScores(
        (log_prob,) * len(words),
        tuple(hit(at, word) for at, (_, word) in enumerate(words)),
        tuple(at for at, _ in words),
    )


def mind(known: tuple[str, ...], dull: bool = False) -> Answerer:
    """A model that knows some texts by heart and has every fourth token right elsewhere (none when dull)."""

    def answer(request: Request) -> Answer:
        match request:
            case LogLikelihood(continuation=text) if text in known:
                return scores(text, lambda at, word: True)
            case LogLikelihood(continuation=text):
                return scores(text, lambda at, word: not dull and at % 4 == 0, -3.0)
            case Generate(prompt=prompt):
                return next(
                    (Generated(text[len(prompt) :], 9) for text in known if text.startswith(prompt)),
                    Generated(" no", 1),
                )
            case _:
                return Unanswered("cannot")

    return answer


SYLLABLES = ("ba", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "zo", "mu", "na")


def invented(text: int, words: int) -> str:
    """A text of words that stand in no other text, each once: nothing but memory could go on with it."""

    def word(number: int) -> str:
        return "".join(SYLLABLES[number // 16**place % 16] for place in range(4))

    return " ".join(word(text * 200 + place) for place in range(words))


OWN = tuple(invented(text, 130) for text in range(100))
"""A hundred texts of a user's."""

SCENARIOS = (
    Scenario(
        "known_texts",
        ("LogLikelihood",),
        (Worst(mind(OWN), ("own-texts-by-heart",)), Worst(mind(OWN, dull=True), ("own-texts-by-heart",))),
        mind(()),
        {"texts": table("texts", {"text": OWN})},
        more=("Generate",),
    ),
    Scenario(
        "extraction",
        ("LogLikelihood",),
        (
            Worst(mind(OWN), ("own-documents-extractable", "own-documents-by-heart")),
            Worst(mind(OWN, dull=True), ("own-documents-extractable", "own-documents-by-heart")),
        ),
        mind(()),
        {"documents": table("documents", {"text": OWN})},
        more=("Generate",),
    ),
)
