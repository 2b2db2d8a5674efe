"""What files beside a model say of it: claims of whoever made them, which nobody here checked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CardClaim:
    """One thing that a file says, by the key that it says it under."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFile:
    """A model card, a licence or settings of generation that lie beside a model."""

    name: str
    sha256: str
    claims: tuple[CardClaim, ...] = ()
    readable: bool = True
    """Whether it could be read; where not, it claims nothing."""
