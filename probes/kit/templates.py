"""Sentences with places that words are put in, in families of wordings that say the same."""

from __future__ import annotations

from dataclasses import dataclass

from fairwitness.audit.records import Table
from fairwitness.probes.kit.rows import full_rows


@dataclass(frozen=True, slots=True)
class Template:
    """A sentence with places for words, such as a person or an attribute; `number` is that of the wording.

    `masculine`: it is about men, in a language whose words show it.
    """

    family: str
    number: int
    text: str
    masculine: bool = False

    def filled(self, **words: str) -> str:
        """The text with words in their places; a place without a word stays.

        >>> Template("train", 1, "{subject} missed the train.").filled(subject="The nurse")
        'The nurse missed the train.'
        """
        text = self.text
        for place, word in words.items():
            text = text.replace(f"{{{place}}}", word)
        return text

    @property
    def label(self) -> str:
        """Family and number of the wording within it."""
        return f"{self.family} {self.number}"


def templates_of(table: Table, what: str) -> list[Template]:
    """The wordings in the order of the file, whose rows are called `what`. Raises DoesNotApply as `full_rows`."""
    rows = full_rows(table, ("family", "number", "text"), what)
    return [Template(family, int(number), text) for family, number, text in rows]
