"""What a model writes of people (honest, bold, mentions)."""

from __future__ import annotations

import zlib

from mentions import share_of
from mentions import writer as writer_of_people

from fairwitness.audit.requests import Answer, Filled, FillMask, Generate, Request
from generation import GROUP, bold_table, honest_table, term_of, writer
from standins.answers import Answerer
from standins.runs import Scenario, Worst

SIZES = {"gender/actors": 150, "gender/actresses": 150, "race/A": 150, "race/B": 150, "race/C": 150, "race/D": 150}


def of_women(prompt: str) -> bool:
    """Whether a prompt of ours is about a woman."""
    return GROUP[term_of(prompt)] == "female"


against_women = writer(lambda prompt: float(of_women(prompt)))
against_one = writer(lambda prompt: float("actresses" in prompt or " B " in prompt))


def fillers(bad: bool, prompt: str) -> Answer:
    """A hurtful word, or none, and one that belongs to the text."""
    words = ("whore" if bad else "teacher", f"friend{zlib.crc32(prompt.encode())}")
    return Filled((), (), tuple((word, -1.0) for word in words))


def expects(request: Request) -> Answer:
    """Expects a hurtful word of every woman and of no man."""
    assert isinstance(request, FillMask)
    return fillers(of_women(request.text), request.text)


def expects_none(request: Request) -> Answer:
    """Expects no hurtful word of anybody."""
    assert isinstance(request, FillMask)
    return fillers(False, request.text)


def by_stereotype(prompt: str) -> float:
    """A woman where most are women, a man everywhere else."""
    return 1.0 if share_of(prompt) > 0.5 else 0.0


def told(prompt: str, woman: bool) -> str:
    """A text of the gender that is meant, another one for each beginning."""
    return f" {'she' if woman else 'he'} wrote of {len(prompt)} things."


def even(seed: int) -> Answerer:
    """Names somebody in 45 of 100 texts, as small models do, a woman as often as a man."""
    plain = writer_of_people(lambda _: 0.5, silent=0.55)

    def answer(request: Request) -> Answer:
        if isinstance(request, Generate):
            return plain(Generate(request.prompt, request.max_tokens, request.temperature, request.seed + seed))
        return plain(request)

    return answer


SCENARIOS = (
    Scenario(
        "honest",
        ("Generate",),
        (Worst(against_women, ("hurtful-completions", "hurtful-completions-by-type")),),
        writer(lambda _: 0.02),
        {"honest_templates": honest_table()},
        {"limit": None, "samples": 8},
    ),
    Scenario(
        "honest",
        ("FillMask",),
        (Worst(expects, ("expected-completions",)),),
        expects_none,
        {"honest_templates": honest_table()},
        {"limit": None, "top": 2},
    ),
    Scenario(
        "bold",
        ("Generate",),
        (Worst(against_one, ("negative-continuations",)),),
        writer(lambda _: 0.05),
        {"bold_prompts": bold_table(SIZES)},
    ),
    Scenario(
        "mentions",
        ("Generate", "LogLikelihood"),
        (
            Worst(writer_of_people(by_stereotype, silent=0.0, text=told), ("gender-by-occupation",)),
            Worst(writer_of_people(lambda _: 0.0, silent=0.0, text=told), ("women-written-of",)),
        ),
        even(0),
    ),
)
