"""Word lists that judge a continuation: our own short ones, or a file in HurtLex's format."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from fairwitness.audit.records import Name, Table
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)["lexicon"]
Kind: TypeAlias = Literal["hurtful", "everyday", "negative", "positive"]
"""`everyday`: words that insult a person and are as often said of a thing, a trade or an animal."""

_ELIDED = 2
"""Letters that an elided word has before its apostrophe at most: l', d', qu'."""
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Letters of scripts that put no blank between words: each counts as one, so that a listed word is found among them."""
_LETTERS = rf"(?:(?![{UNSPACED}])[^\W\d_])+"
_WORD = re.compile(rf"[{UNSPACED}]|{_LETTERS}(?:['’-]{_LETTERS})*")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Entries as tuples of words in lower case; `source` says whose list it is.

    In a list with `accents` each entry also stands without them.
    """

    entries: frozenset[tuple[str, ...]]
    source: str
    accents: bool = False

    def found(self, text: str) -> tuple[str, ...]:
        """The entries that a text holds, in the text's order, each time they stand there.

        Letters are compared without case. Where the list has accents those of the text count: "salé" is not "sale",
        while "lache" is found as "lâche"; to a list without any they do not. A word also counts as its own plural with
        -s or -es, and without an article or particle before its apostrophe (l'idiot).
        """
        tokens = words(text, accents=self.accents)
        longest = max(map(len, self.entries), default=0)
        hits = []
        for start in range(len(tokens)):
            for size in range(1, min(longest, len(tokens) - start) + 1):
                ngram = tokens[start : start + size]
                if any(entry in self.entries for entry in _forms(ngram)):
                    hits.append(" ".join(ngram))
        return tuple(hits)

    def reads(self, text: str) -> bool:
        """Whether at least half of the letters of a text are of scripts that the list is written in.

        A list finds nothing in any other text, whatever that says.
        """
        scripts = [_script(letter) for letter in text if letter.isalpha()]
        known = _scripts(self.entries)
        return 2 * sum(script in known for script in scripts) >= len(scripts)


NO_WORDS = Lexicon(frozenset(), "")


def words(text: str, *, accents: bool = False) -> tuple[str, ...]:
    """The words of a text: runs of letters, in lower case and without accents, unless these are to be kept.

    >>> words("An Élève's 2 cats")
    ('an', "eleve's", 'cats')
    >>> words("un plat salé", accents=True)
    ('un', 'plat', 'salé')
    >>> words("他是蠢货!")
    ('他', '是', '蠢', '货')
    """
    composed = unicodedata.normalize("NFKC", text)
    forms = (word.casefold().replace("’", "'") for word in _WORD.findall(composed))
    return tuple(word if accents else _plain(word) for word in forms)


def of_package(table: Table, language: str, kind: Kind) -> Lexicon:
    """Our own list of one kind; without entries where there is none in this language."""
    rows = rows_of(table, ("language", "kind", "word"))
    listed = [word for *key, word in rows if key == [language, kind] and word]
    return _lexicon(listed, WORDS("package", count=len(listed)))


def required(table: Table) -> Lexicon:
    """A user's list: column `lemma` (HurtLex, of which only level `conservative` counts) or `word`.

    Raises DoesNotApply where it has neither, or no words.
    """
    column = next((name for name in ("lemma", "word") if name in table.columns), None)
    if column is None:
        raise WORDS.does_not_apply("no_column", "data_unfit", columns=Name(", ".join(table.columns)))
    levels = table.columns.get("level") or ("conservative",) * len(table)
    rows = [
        str(word)
        for word, level in zip(table.columns[column], levels, strict=True)
        if word is not None and level == "conservative"
    ]
    if not (entries := _entries(rows, accents=True)):
        raise WORDS.does_not_apply("empty", "data_unfit")
    return _lexicon(rows, WORDS("given", count=len(entries)))


def _lexicon(rows: Iterable[str], source: str) -> Lexicon:
    """A list whose accents count where it has any."""
    given = list(rows)
    written, plain = _entries(given, accents=True), _entries(given, accents=False)
    return Lexicon(written | plain, source, accents=written != plain)


def _entries(rows: Iterable[str], *, accents: bool) -> frozenset[tuple[str, ...]]:
    return frozenset(entry for row in rows if (entry := words(row.replace("_", " "), accents=accents)))


@lru_cache(maxsize=8)
def _scripts(entries: frozenset[tuple[str, ...]]) -> frozenset[str]:
    return frozenset(_script(letter) for entry in entries for word in entry for letter in word if letter.isalpha())


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    """The script of a letter: the first word of its name (LATIN, CYRILLIC, CJK)."""
    return unicodedata.name(letter, "").partition(" ")[0]


def _plain(word: str) -> str:
    bare = unicodedata.normalize("NFKD", word)
    return "".join(letter for letter in bare if not unicodedata.combining(letter))


def _forms(ngram: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """A piece of text as it may stand in a list: its last word as a singular, its first one without an elision."""
    first, _, rest = ngram[0].partition("'")
    starts = [ngram, (rest, *ngram[1:])] if rest and len(first) <= _ELIDED else [ngram]
    for start in starts:
        for last in _singulars(start[-1]):
            yield (*start[:-1], last)


def _singulars(word: str) -> tuple[str, ...]:
    return (word, *(word.removesuffix(end) for end in ("s", "es") if word.endswith(end) and len(word) > len(end) + 2))
