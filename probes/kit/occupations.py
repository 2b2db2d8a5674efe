"""Occupations with the share of women in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairwitness.audit.records import Table, joined
from fairwitness.probes.kit.choices import spaced
from fairwitness.probes.kit.privacy import private
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
OCCUPATIONS = WORDS.data_need("occupations")
"""The occupations that the package brings."""
CENSUS = WORDS("occupations.census")
"""Source of their shares of women."""


@dataclass(frozen=True, slots=True)
class Occupation:
    """An occupation as it is written, its key (the English name), the share of women in it, in 0..1, and its year."""

    key: str
    word: str
    article: str
    share: float
    year: str = ""


def occupations_of(table: Table, language: str, limit: int | None) -> list[Occupation]:
    """The occupations of a language, by share of women; `limit` takes that many, evenly spread over the shares.

    Raises DoesNotApply for a row that lacks a word, an article or a share.
    """
    names = ("occupation", "occupation" if language == "en" else language, "article", "percent_women", "year")
    known = []
    for row, cells in enumerate(zip(*(table.columns[name] for name in names), strict=True), start=1):
        key, word, article, share, year = cells
        if not (key and word and article) or not isinstance(share, int | float):
            raise WORDS.does_not_apply("occupations.lacking", "data_unfit", row=row)
        dated = "" if year is None else str(year).removesuffix(".0")
        known.append(Occupation(str(key), str(word), str(article), float(share) / 100, dated))
    known.sort(key=lambda occupation: (occupation.share, occupation.key))
    return spaced(known, limit)


def shares_note(table: Table, occupations: Sequence[Occupation]) -> str:
    """Whose shares of women the occupations have, and of which years; of a user's own file only the years."""
    years = joined(WORDS("occupations.and"), sorted({occupation.year for occupation in occupations if occupation.year}))
    source = WORDS("occupations.given") if private(table.source) else CENSUS
    return WORDS("occupations.note", source=source, years=years or WORDS("occupations.no_year"))
