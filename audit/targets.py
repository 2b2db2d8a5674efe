"""What of a model's answer is explained: a class against the rest, or one filler of a blank against another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class ForClass:
    """Explain the log-odds of one class against the rest."""

    label: str


@dataclass(frozen=True, slots=True)
class BetweenFillers:
    """Explain log P(positive) - log P(negative) at the first blank: at the mask, or by whole-sentence likelihood."""

    positive: str
    negative: str


Target: TypeAlias = ForClass | BetweenFillers
