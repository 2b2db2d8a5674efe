"""Word lists that judge a continuation: our own short ones, or a file in HurtLex's format."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from assay.audit.probe import DoesNotApply
from assay.audit.records import Table

Kind: TypeAlias = Literal["hurtful", "negative", "positive"]

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Entries as tuples of plain words; `source` says whose list it is."""

    entries: frozenset[tuple[str, ...]]
    source: str

    def found(self, text: str) -> tuple[str, ...]:
        """The entries that a text holds, in the text's order, each time they stand there.

        Letters are compared without case and accents; a word also counts as its own plural with -s or -es.
        """
        tokens = words(text)
        longest = max(map(len, self.entries), default=0)
        hits = []
        for start in range(len(tokens)):
            for size in range(1, min(longest, len(tokens) - start) + 1):
                piece = tokens[start : start + size]
                if any((*piece[:-1], last) in self.entries for last in _singulars(piece[-1])):
                    hits.append(" ".join(piece))
        return tuple(hits)


def words(text: str) -> tuple[str, ...]:
    """The words of a text: runs of letters, in lower case and without accents.

    >>> words("An Élève's 2 cats")
    ('an', "eleve's", 'cats')
    """
    return tuple(_plain(found) for found in _WORD.findall(text))


def own(table: Table, language: str, kind: Kind) -> Lexicon:
    """Our own list of one kind; without entries where there is none in this language."""
    columns = (table.columns[name] for name in ("language", "kind", "word"))
    rows = [str(word) for lang, one, word in zip(*columns, strict=True) if (lang, one) == (language, kind) and word]
    return Lexicon(_entries(rows), f"Assay's own {len(rows)} words")


def required(table: Table) -> Lexicon:
    """A user's list: column `lemma` (HurtLex, of which only level `conservative` counts) or `word`.

    Raises DoesNotApply where it has neither, or no words.
    """
    column = next((name for name in ("lemma", "word") if name in table.columns), None)
    if column is None:
        raise DoesNotApply(f"the given lexicon needs a column 'lemma' or 'word' (columns: {', '.join(table.columns)})")
    levels = table.columns.get("level") or ("conservative",) * len(table)
    rows = [
        str(word)
        for word, level in zip(table.columns[column], levels, strict=True)
        if word is not None and level == "conservative"
    ]
    if not (entries := _entries(rows)):
        raise DoesNotApply("the given lexicon holds no words of level conservative")
    return Lexicon(entries, f"{len(entries)} words of a file that was given")


def _entries(rows: Iterable[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(entry for row in rows if (entry := words(row.replace("_", " "))))


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in bare if not unicodedata.combining(letter)).replace("’", "'")


def _singulars(word: str) -> tuple[str, ...]:
    return (word, *(word.removesuffix(end) for end in ("s", "es") if word.endswith(end) and len(word) > len(end) + 2))
