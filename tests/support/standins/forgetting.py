"""Unlearning: models that still know the texts to forget by heart, and models that do not."""

from __future__ import annotations

from organisms import table
from standins.known_texts import OWN, invented, mind
from standins.runs import Scenario, Worst

RETAIN = tuple(invented(text, 130) for text in range(100, 140))
DATA = {"forget": table("forget", {"text": OWN}), "retain": table("retain", {"text": RETAIN})}
SCENARIOS = (
    Scenario(
        "forgetting",
        ("LogLikelihood",),
        (Worst(mind((*OWN, *RETAIN)), ("forgotten-texts-by-heart",)),),
        mind(RETAIN),
        DATA,
    ),
)
