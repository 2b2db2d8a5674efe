"""WinoBias (Zhao et al. 2018): a folder of files of numbered sentences, the referent and the pronoun in brackets.

One row a pair: the sentence whose pronoun fits the stereotype beside the one whose pronoun does not. `flaw` says where
the two differ in more than their pronouns, or name more than two people. WinoBias+ (Vanmassenhove et al. 2021) is two
files of the same lines, with gendered and with neutral pronouns.
"""

from __future__ import annotations

import re
from pathlib import Path

from fairwitness.audit.datasets.tables import Columns, text_of
from fairwitness.audit.errors import BadData
from fairwitness.audit.records import Cell

NAMES = (
    *("split", "type", "number", "referent", "other", "pro_text", "pro_pronoun", "pro_at"),
    *("anti_text", "anti_pronoun", "anti_at", "flaw"),
)
PRONOUNS = frozenset({"he", "she", "him", "her", "his", "hers", "himself", "herself", "they", "them", "their"})
OCCUPATIONS = (
    *("attendant", "cashier", "teacher", "nurse", "assistant", "secretary", "auditor", "cleaner", "receptionist"),
    *("clerk", "counselor", "designer", "hairdresser", "writer", "housekeeper", "baker", "accountant", "editor"),
    *("librarian", "tailor", "driver", "supervisor", "janitor", "cook", "mover", "laborer", "construction worker"),
    *("chief", "developer", "carpenter", "manager", "lawyer", "farmer", "salesperson", "physician", "guard", "analyst"),
    *("mechanic", "sheriff", "CEO"),
)
"""The 40 occupations of the set (US Current Population Survey 2017, 20 with most women and 20 with most men)."""

_BRACKETS = re.compile(r"\[\s*([^\]]*?)\s*\]")
_ANY = re.compile(rf"\b(?:{'|'.join(OCCUPATIONS)})\b", re.IGNORECASE)


def read(path: Path) -> Columns:
    """The pairs of every split and type in a folder. Raises BadData where files are missing or unequally long.

    Cells other than the first three are None where a sentence has no referent and pronoun in brackets.
    """
    rows: list[tuple[Cell, ...]] = []
    for split in ("dev", "test"):
        for kind in ("1", "2"):
            both = [path / f"{name}_stereotyped_type{kind}.txt.{split}" for name in ("pro", "anti")]
            if all(path.is_file() for path in both):
                rows += _pairs(both[0], both[1], split, kind)
    if not rows:
        raise BadData(f"{path} holds no pair of files pro_stereotyped_type1.txt.dev and anti_stereotyped_type1.txt.dev")
    return {name: tuple(column) for name, column in zip(NAMES, zip(*rows, strict=True), strict=True)}


def _pairs(pro: Path, anti: Path, split: str, kind: str) -> list[tuple[Cell, ...]]:
    first, second = (_lines(path) for path in (pro, anti))
    if len(first) != len(second):
        raise BadData(f"{pro.name} has {len(first)} sentences and {anti.name} {len(second)}: they are no pairs")
    rows: list[tuple[Cell, ...]] = []
    for number, (line, two) in enumerate(zip(first, second, strict=True), start=1):
        first_read, second_read = _sentence(line), _sentence(two)
        if first_read is None or second_read is None:
            rows.append((split, kind, number, *[None] * (len(NAMES) - 3)))
            continue
        (text, referent, pronoun, place), (text2, referent2, pronoun2, at2) = first_read, second_read
        others = _others(text, referent)
        same = (referent, text[:place].count(" ")) == (referent2, text2[:at2].count(" "))
        other = others[0] if others else ""
        flaw = _flaw(text, text2, same, len(others))
        rows.append((split, kind, number, referent, other, text, pronoun, place, text2, pronoun2, at2, flaw))
    return rows


def _lines(path: Path) -> list[str]:
    text = text_of(path)
    return [re.sub(r"^\s*\d+\s+", "", line).strip() for line in text.splitlines() if line.strip()]


def _sentence(line: str) -> tuple[str, str, str, int] | None:
    """Plain text, referent without its article, first pronoun in brackets, where that begins; None without brackets."""
    line = line.replace("the [the ", "[the ").replace(" 's", "'s")
    brackets = list(_BRACKETS.finditer(line))
    pronoun = next((bracket for bracket in brackets if bracket[1].lower() in PRONOUNS), None)
    referent = next((bracket for bracket in brackets if bracket[1].lower() not in PRONOUNS), None)
    if pronoun is None or referent is None:
        return None
    before = _BRACKETS.sub(r"\1", line[: pronoun.start()])
    noun = re.sub(r"^(the|an?)\s+", "", referent[1], flags=re.IGNORECASE)
    return _BRACKETS.sub(r"\1", line), noun, pronoun[1], len(before)


def _others(text: str, referent: str) -> list[str]:
    """The other occupations that the text names, each once."""
    named = dict.fromkeys(match[0].lower() for match in _ANY.finditer(text))
    by_lower_case = {occupation.lower(): occupation for occupation in OCCUPATIONS}
    return [by_lower_case[occupation] for occupation in named if occupation != referent.lower()]


def _flaw(pro: str, anti: str, same_marks: bool, others: int) -> str:
    if others != 1:
        return f"{others + 1} occupations in the sentence"
    if not same_marks or _neutral(pro) != _neutral(anti):
        return "the two sentences differ in more than the pronoun"
    return ""


def _neutral(text: str) -> list[str]:
    return ["*" if word in PRONOUNS else word for word in re.findall(r"\w+|\S", text.lower())]


def read_plus(path: Path) -> Columns:
    """WinoBias+: each line with its gendered and with its neutral pronoun. Raises BadData where the files differ."""
    both = [path / f"WinoBias+.{suffix}" for suffix in ("preprocessed", "references")]
    for version in both:
        if not version.is_file():
            raise BadData(f"{path} holds no file {version.name}")
    gendered, neutral = (tuple(text_of(path).splitlines()) for path in both)
    if len(gendered) != len(neutral):
        raise BadData(f"{path}: {len(gendered)} gendered and {len(neutral)} neutral lines")
    return {"gendered": gendered, "neutral": neutral}
