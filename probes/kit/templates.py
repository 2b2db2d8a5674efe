"""Sentences with places that words are put in, in families of wordings that say the same."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Template:
    """A sentence with places for words, such as a person or an attribute; `number` is that of the wording.

    `masculine`: it is about men, in a language whose words show it.
    """

    family: str
    number: int
    text: str
    masculine: bool = False

    @property
    def label(self) -> str:
        """Family and number of the wording within it."""
        return f"{self.family} {self.number}"
