"""Counting the green tokens of a text: the request, and its answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Seeding: TypeAlias = Literal["lefthash", "selfhash"]
"""What a green list is drawn from: the token before alone, or the tokens of the context and the token itself."""
Drawing: TypeAlias = Literal["cpu", "cuda"]
"""Whose random numbers the lists are drawn with: those of a processor and of a graphics card differ."""


@dataclass(frozen=True, slots=True)
class ScoreGreen:
    """How many tokens of a text stand in the green lists of a key (Kirchenbauer et al. 2023, arXiv 2301.10226).

    The lists are those of `WatermarkingConfig` in transformers. `key` is a whole number from 1 to 2**63 - 1 and stands
    in nothing that is printed or stored; `share` of the vocabulary is in each list.
    """

    text: str
    key: int = field(repr=False)
    share: float = 0.25
    seeding: Seeding = "lefthash"
    width: int = 1
    drawing: Drawing = "cpu"


@dataclass(frozen=True, slots=True)
class GreenScores:
    """Counts of a text's tokens, and of those that are green.

    `places` are all that could be scored, `ngrams` the different ones among them (a token with the context that the
    setting names), `draws` those of them that were decided apart: two with the same list and the same token are one
    decision, whatever stands before them. `unknown` are tokens that the tokenizer does not know.
    """

    tokens: int
    unknown: int
    places: int
    green_places: int
    ngrams: int
    green_ngrams: int
    draws: int
    green_draws: int
