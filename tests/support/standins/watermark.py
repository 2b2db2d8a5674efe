"""Marks of a key: models whose marked texts are found or not, and whose unmarked ones are called marked or not."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np

from fairwitness.audit.green import GreenScores, ScoreGreen
from fairwitness.audit.records import Cell, Table
from fairwitness.audit.requests import Answer, Generate, Generated, LogLikelihood, Request, TokenScores, Unanswered
from organisms import table
from standins.answers import Answerer
from standins.known_texts import invented
from standins.runs import Scenario, Worst

KEY = 982_451_653
TOKENS = 240
SHARE = 0.25
GREENER = 0.55
"""Share of the tokens of a marked text that are green."""


def key_table(key: int = KEY, **said: Cell) -> Table:
    """A key file as the harness reads it."""
    cells: dict[str, Cell] = {"key": str(key), "called": "0123456789abcdef", "greenlist_ratio": SHARE, "bias": 2.0}
    cells |= {"seeding_scheme": "lefthash", "context_width": 1, "device": "cpu", **said}
    return table("watermark_key", {name: [cell] for name, cell in cells.items()})


MARKED = tuple(invented(text, 130) for text in range(200, 260))
UNMARKED = tuple(invented(text, 130) for text in range(300, 400))
TEXTS = table(
    "watermark_texts",
    {"text": (*MARKED, *UNMARKED), "marked": ["yes"] * len(MARKED) + ["no"] * len(UNMARKED)},
)
DATA = {"watermark_texts": TEXTS, "watermark_key": key_table()}


def greens(text: str, share: float, tokens: int = TOKENS) -> GreenScores:
    """Counts of a text of which this share is green, by chance as its words decide."""
    rng = np.random.default_rng(zlib.crc32(text.encode()))
    green = int(rng.binomial(tokens, share))
    return GreenScores(tokens + 1, 0, tokens, green, tokens, green, tokens, green)


def choices(entropy: float = 3.0, likeliest: float = 0.4, tokens: int = 50) -> TokenScores:
    """A text of so much choice."""
    greedy = tuple(place < likeliest * tokens for place in range(tokens))
    numbers = (-entropy,) * tokens
    return TokenScores(numbers, greedy, tuple(range(tokens)), means=numbers, deviations=(1.0,) * tokens)


def mind(green: Callable[[str], float], entropy: float = 3.0) -> Answerer:
    """A model in whose texts such a share of tokens is green. What it writes begins with `written`."""

    def answer(request: Request) -> Answer:
        match request:
            case ScoreGreen(text=text):
                return greens(text, green(text))
            case LogLikelihood():
                return choices(entropy)
            case Generate(prompt=prompt, seed=seed):
                return Generated(f"written {seed} after {prompt}", TOKENS)
            case _:
                return Unanswered("cannot")

    return answer


def of_truth(text: str) -> float:
    """Marked texts are green and no others."""
    return GREENER if text in MARKED else SHARE


SCENARIOS = (
    Scenario(
        "watermark",
        ("ScoreGreen", "LogLikelihood", "Generate"),
        (
            Worst(mind(lambda text: SHARE), ("marks-found",)),
            Worst(
                mind(lambda text: GREENER if text.startswith("written") or text in MARKED else SHARE),
                ("own-unmarked-texts-called-marked",),
            ),
            Worst(mind(lambda text: GREENER if text in UNMARKED else SHARE), ("unmarked-texts-called-marked",)),
        ),
        mind(of_truth),
        DATA,
    ),
)
