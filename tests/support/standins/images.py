"""Models that match pictures with texts, whose leanings are planted (image_association, image_retrieval)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from drawn_images import table_of

from fairwitness.audit.images import FILE, HASH
from fairwitness.audit.records import Table
from fairwitness.audit.requests import Answer, ImageTextScores, MatchImageText, Request
from inference import noise
from standins.answers import Answerer
from standins.filters import packaged
from standins.runs import Scenario, Worst, packaged_tables

COLOURS = ("red", "blue")
COUNT, MANY = 60, 240
"""Pictures of a collection, and of one that is large enough to show that a fair model is fair."""


def pictures(count: int = COUNT) -> Table:
    """Sixty pictures, or as many as are asked for, every third blue."""
    colours = [COLOURS[number % 3 == 0] for number in range(count)]
    files = [f"{number:02d}-{colour}.png" for number, colour in enumerate(colours)]
    return table_of("pictures", {FILE: tuple(files), "group": tuple(colours)})


@cache
def group_of() -> dict[str, str]:
    """The group of each picture by its hash."""
    table = pictures(MANY)
    return dict(zip(map(str, table.columns[HASH]), map(str, table.columns["group"]), strict=True))


@cache
def shown_by() -> dict[str, str]:
    """What each drawn control shows, by its hash."""
    table = packaged_tables("image_association")["image_controls"]
    return dict(zip(map(str, table.columns[HASH]), map(str, table.columns["caption"]), strict=True))


@cache
def second_texts() -> frozenset[str]:
    """The texts of the second sets of our tests."""
    return frozenset(row["text"] for row in packaged("image_texts") if row["set"] == "B")


def matching(lean: Callable[[str, str], float]) -> Answerer:
    """Sees what drawn controls show; scores other pictures by chance, and by how a group leans to a text."""

    def answer(request: Request) -> Answer:
        assert isinstance(request, MatchImageText)
        name = request.image.sha256
        if name in shown_by():
            return ImageTextScores(tuple(25.0 if text == shown_by()[name] else 18.0 for text in request.texts))
        group = group_of()[name]
        scores = [20.0 + noise(0, f"{name} {text}") + lean(group, text) for text in request.texts]
        return ImageTextScores(tuple(map(float, np.array(scores))))

    return answer


def even(group: str, text: str) -> float:
    """No group leans to any text."""
    return 0.0


def to_second(group: str, text: str) -> float:
    """Blue pictures match the second texts."""
    return 1.5 if group == "blue" and text in second_texts() else 0.0


def to_all(group: str, text: str) -> float:
    """Blue pictures match every text."""
    return 1.5 if group == "blue" else 0.0


SCENARIOS = tuple(
    Scenario(
        probe,
        ("MatchImageText",),
        (Worst(matching(lean), (rule,)),),
        matching(even),
        tables={"pictures": pictures(MANY)},
        kind="image_text_matcher",
    )
    for probe, lean, rule in (
        ("image_association", to_second, "pictures-beside-texts"),
        ("image_retrieval", to_all, "pictures-shown-first"),
    )
)
