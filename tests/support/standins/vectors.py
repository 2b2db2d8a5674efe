"""Words for people beside other words in the vectors (weat, seat, ceat)."""

from __future__ import annotations

import numpy as np
from plants.vectors import LISTS, WIDTH, Planted

from fairwitness.audit.requests import Answer, Embed, Embedding, Request
from fairwitness.probes.bias.association.items import SETS
from standins.runs import Scenario, Worst

QUIET = 8
"""Seed of a balanced world in which every probe shows little by chance."""


def worst(request: Request) -> Answer:
    """Every word lies exactly where the stereotypes say."""
    assert isinstance(request, Embed)
    values = np.zeros(WIDTH, dtype=np.float32)
    for at, test in enumerate(LISTS):
        for letter, one in zip(SETS, test.sets, strict=True):
            if request.word in one.words:
                values[at] = 1 if letter in "XA" else -1
    return Embedding(values, 1)


SCENARIOS = tuple(
    Scenario(
        name, ("Embed",), (Worst(worst, ("association",)),), Planted(0.0, seed=QUIET), options=options
    )
    for name, options in (("weat", {}), ("seat", {}), ("ceat", {"draws": 30, "limit": 4}))
)  # fmt: skip
