"""The documents of a corpus: read in portions, and of each no more kept than the numbers that one pass gave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fairwitness.audit.records import Table
from fairwitness.probes.kit.choices import spread
from fairwitness.probes.kit.memory.duplicates import words_of
from fairwitness.probes.kit.memory.passages import Passage
from fairwitness.probes.kit.memory.quantities import Extraction, Quantities
from fairwitness.probes.kit.memory.thresholds import ScoredText
from fairwitness.probes.kit.words import Words
from fairwitness.probes.memorization.extraction.packed import Extractions

WORDS = Words.beside(__file__)
PORTION = 250_000
"""Characters that are asked at once: what is held of a corpus while it is asked does not grow with it."""
LONGEST_NAME = 3
"""Words of a name that is shown; what has more may be a text that stands in the wrong column."""
NAMES = ("id", "name")
"""Columns that name a document, the first that is there; a folder of files has the second."""


def title_of(number: int) -> str:
    """What a document without a name is called."""
    return WORDS("titles.row", number=number + 1)


@dataclass(frozen=True, slots=True)
class Document:
    """What is kept of a document: numbers, and nothing of its text.

    `extractions` has one for each prefix, None where the document is too short for it. `lost` says why it could not be
    read; then all else is empty.
    """

    number: int
    name: str
    """Of its column, or of its file; empty where it is only a row."""
    characters: int
    lost: str = ""
    unanswered: bool = False
    tokens: int = 0
    run: int = 0
    run_start: int = 0
    counted: int = 0
    limit: int = 0
    segment: float = 0.0
    segment_limit: float = 0.0
    bits_per_byte: float = 0.0
    min_k: float = 0.0
    compressed: float = 0.0
    framed: bool = False
    above: bool = False
    undecided: bool = False
    extractions: Sequence[Extraction | None] = ()
    shared: tuple[bool, ...] | None = None
    """Whether a reference model gives each suffix too; None where none was asked of this document."""
    shared_text: bool = False
    """Whether the whole text is about as likely to a reference model."""

    @property
    def title(self) -> str:
        """What it is called: the number of its row where it has no name."""
        return self.name or title_of(self.number)

    @property
    def extraction(self) -> Extraction | None:
        """That after the first prefix; None where it could not be read or is too short."""
        return self.extractions[0] if self.extractions else None

    def given_away(self, prefix: int = 0) -> bool | None:
        """Whether greedy decoding gives the whole suffix after a prefix (by its place); None where nothing is said."""
        extraction = self.judged(prefix)
        return None if extraction is None else extraction.greedy and not self.foretold(prefix)

    def sampled(self, tries: int, sure: float) -> bool | None:
        """Whether so many samples hold the suffix with a chance of `sure` or more (Hayes et al. 2025, (n, p))."""
        extraction = self.judged(0)
        if extraction is None:
            return None
        return extraction.comes_out(tries, sure) and not self.foretold(0)

    def judged(self, prefix: int) -> Extraction | None:
        """What follows a prefix, where something can be said of it.

        Of a text that repeats a frame that is only so where a reference model was asked too.
        """
        if (self.framed and self.shared is None) or prefix >= len(self.extractions):
            return None
        return self.extractions[prefix]

    def foretold(self, prefix: int) -> bool:
        """Whether what follows a prefix says nothing of memory: a reference model gives it too.

        Where none was asked, a predictor without a model gives half or more of it away.
        """
        if self.shared is not None:
            return self.shared[prefix]
        extraction = self.extractions[prefix]
        return extraction is not None and extraction.predictable

    @property
    def known(self) -> bool | None:
        """Whether a run of it is longer than a text that nobody has seen has; None where nothing is said."""
        return None if self.lost or self.framed or self.undecided else self.above and not self.shared_text


def kept(number: int, text: ScoredText) -> Document:
    """What is kept of a text that was read."""
    quantities: Quantities = text.quantities
    return Document(
        number=number,
        name=quantities.passage.title,
        characters=len(quantities.passage.text),
        tokens=quantities.tokens,
        run=quantities.run.length,
        run_start=quantities.run.token,
        counted=quantities.counted,
        limit=text.limit,
        segment=quantities.segment,
        segment_limit=text.segment_limit,
        bits_per_byte=quantities.bits_per_byte,
        min_k=quantities.min_k,
        compressed=quantities.compressed,
        framed=text.framed,
        above=text.above,
        undecided=text.undecided,
        extractions=Extractions(quantities.extractions),
    )


def lost(number: int, passage: Passage, reason: str, *, unanswered: bool = False) -> Document:
    """A document that could not be read, and why."""
    return Document(number, passage.title, len(passage.text), lost=reason, unanswered=unanswered)


@dataclass(frozen=True, slots=True)
class Corpus:
    """The documents of a table that have a text; `empty` ones are counted. A `limit` draws so many by the seed."""

    table: Table
    limit: int | None = None
    seed: int = 0

    @property
    def numbers(self) -> Sequence[int]:
        """The places of the documents in the table, in its order."""
        return spread([place for place in range(len(self.table)) if self._text(place).strip()], self.limit, self.seed)

    @property
    def empty(self) -> int:
        """How many have no text."""
        return sum(not self._text(place).strip() for place in range(len(self.table)))

    def passage(self, place: int) -> Passage:
        """The document at a place of the table; without a title where nothing names it."""
        column = next((self.table.columns[name] for name in NAMES if name in self.table.columns), None)
        name = None if column is None else column[place]
        plain = name is not None and len(words_of(str(name))) <= LONGEST_NAME
        title = str(name) if plain else ""
        return Passage(title, "own", title, self._text(place))

    def portions(self) -> Iterator[list[tuple[int, Passage]]]:
        """The documents with their places, as many at once as `PORTION` allows and at least one."""
        portion: list[tuple[int, Passage]] = []
        size = 0
        for place in self.numbers:
            passage = self.passage(place)
            if portion and size + len(passage.text) > PORTION:
                yield portion
                portion, size = [], 0
            portion.append((place, passage))
            size += len(passage.text)
        if portion:
            yield portion

    def _text(self, place: int) -> str:
        cell = self.table.columns["text"][place]
        return "" if cell is None else str(cell)
