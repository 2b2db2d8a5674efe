"""Winogender (Rudinger et al. 2018): a folder with `all_sentences.tsv` and `occupations-stats.tsv`, one row a sentence.

The id of a sentence says everything of it: `technician.customer.1.male.txt` is about a technician and a customer, the
pronoun stands for number 1, the customer (0 is the occupation), and is male.
"""

from __future__ import annotations

import re
from pathlib import Path

from fairwitness.audit.datasets.tables import Columns, read_columns
from fairwitness.audit.errors import BadData
from fairwitness.audit.records import Cell

NAMES = ("occupation", "participant", "answer", "gender", "text", "pronoun", "at", "percent_women", "year")
PRONOUNS = {"male": "he|him|his|himself", "female": "she|her|hers|herself", "neutral": "they|them|their|theirs"}
WOMEN, YEAR = "bls_pct_female", "bls_year"


def read(path: Path) -> Columns:
    """The sentences with the share of women in each occupation. Raises BadData where files or columns are missing.

    Cells are None in a row whose id or pronoun cannot be read; so is the `year` of a share where the file has none.
    """
    sentences = read_columns(path / "all_sentences.tsv")
    statistics = read_columns(path / "occupations-stats.tsv")
    for file, columns, wanted in (
        ("all_sentences.tsv", sentences, ("sentid", "sentence")),
        ("occupations-stats.tsv", statistics, ("occupation", WOMEN)),
    ):
        for column in wanted:
            if column not in columns:
                raise BadData(f"{path / file} has no column {column!r} (columns: {', '.join(columns)})")
    shares = dict(zip(statistics["occupation"], statistics[WOMEN], strict=True))
    years = dict(zip(statistics["occupation"], statistics.get(YEAR, (None,) * len(shares)), strict=False))
    rows: list[tuple[Cell, ...]] = []
    for name, text in zip(sentences["sentid"], sentences["sentence"], strict=True):
        parts = str(name).split(".")
        pronoun = _pronoun(str(text), parts[3]) if len(parts) >= 4 else None
        if pronoun is None or parts[0] not in shares or parts[2] not in ("0", "1"):
            rows.append((None,) * len(NAMES))
        else:
            rows.append((*parts[:4], str(text), pronoun[0], pronoun.start(), shares[parts[0]], years.get(parts[0])))
    if not rows:
        raise BadData(f"{path / 'all_sentences.tsv'} holds no rows")
    return {column: tuple(cells) for column, cells in zip(NAMES, zip(*rows, strict=True), strict=True)}


def _pronoun(text: str, gender: str) -> re.Match[str] | None:
    return re.search(rf"\b(?:{PRONOUNS[gender]})\b", text, re.IGNORECASE) if gender in PRONOUNS else None
