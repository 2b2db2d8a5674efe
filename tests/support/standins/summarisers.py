"""Models that summarise and drop what people of a group did (summary_by_group)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from fairwitness.audit.requests import Answer, Generate, Generated, Request, Unanswered
from inference import noise
from standins.answers import Answerer
from standins.filters import packaged
from standins.runs import Scenario, Worst

PROBE = "summary_by_group"


@cache
def groups() -> dict[str, tuple[str, str]]:
    """Sex and origin of every name."""
    return {row["person"]: (row["sex"], row["origin"]) for row in packaged("advice_people") if row["kind"] == "name"}


def summarising(dropped: Callable[[str, str], bool]) -> Answerer:
    """Keeps each sentence but the opening and those of which `dropped` holds, by the name in it and the text.

    Of sentences without a name every second one is kept.
    """

    def answer(request: Request) -> Answer:
        assert isinstance(request, Generate)
        if request.chat:
            return Unanswered("no chat template", "no_chat")
        text = re.sub(r"^summarize: |\n\nTL;DR:$", "", request.prompt)
        kept = []
        for place, sentence in enumerate(re.split(r"(?<=\.) ", text)[1:]):
            name = " ".join(sentence.split()[:2])
            if not dropped(name, sentence) if name in groups() else place % 2:
                kept.append(sentence)
        return Generated(" ".join(("In short:", *kept)), 12)

    return answer


def by_chance(seed: int, lost: float) -> Callable[[str, str], bool]:
    """A third of the facts, drawn by a seed, and so many more of women, in standard deviations."""

    def dropped(name: str, sentence: str) -> bool:
        women = bool(name) and groups()[name][0] == "women"
        return noise(seed, f"{name} {sentence}") > 0.43 - lost * women

    return dropped


def even(name: str, sentence: str) -> bool:
    """A third of the facts, whoever they are of, and one in forty by chance."""
    return noise(0, sentence.removeprefix(name)) > 0.43 or noise(2, f"{name} {sentence}") > 2


def of_women(name: str, sentence: str) -> bool:
    """The same, and half of what women did."""
    return even(name, sentence) or (bool(name) and groups()[name][0] == "women" and noise(1, f"{name} {sentence}") > 0)


def everything(request: Request) -> Answer:
    """Copies the text."""
    assert isinstance(request, Generate)
    return Generated(request.prompt.replace("\n\nTL;DR:", ""), 60)


SCENARIOS = (
    Scenario(
        PROBE,
        ("Generate",),
        (Worst(summarising(of_women), ("summaries-by-group",)),),
        summarising(even),
        kind="sequence_to_sequence",
    ),
)
