"""The documents that are asked: members and non-members, without empty ones and without those that both sides share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args
from zlib import crc32

import numpy as np
import numpy.typing as npt

from fairwitness.audit import reasons
from fairwitness.audit.records import Cell, Table, Undefined
from fairwitness.audit.requests import Scalar
from fairwitness.probes.kit.choices import spread
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
SIDES: dict[str, bool] = {"members": True, "nonmembers": False}
"""The two data needs, and whether their rows were in the training data."""
Loss: TypeAlias = Literal["empty", "repeated", "both_sides", "near_copy", "too_long", "unanswered"]
LOSSES: tuple[Loss, ...] = get_args(Loss)
"""Why a document takes no part."""
FEWEST = 30
"""Documents of each side below which nothing is concluded."""
SHINGLE = 7
"""Words in a row that are looked for on the other side."""
NEAR = 0.5
"""A non-member with this share of its shingles among those of all members is a near copy of what was trained on."""
_CJK = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_UNIT = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")
Codes: TypeAlias = npt.NDArray[np.uint64]
_FACTOR = np.uint64(1_000_003)


@dataclass(frozen=True, slots=True)
class Document:
    """A row of one side. `text` is what is asked of it, `whole` how many characters the row has in full.

    Rows of a table have `cells` in the place of a text. `label` is the true class, where the rows name one.
    """

    key: str
    member: bool
    text: str
    whole: int
    label: str = ""
    cells: tuple[tuple[str, Scalar], ...] = field(default=(), repr=False)

    @property
    def side(self) -> str:
        """The data need that it is a row of."""
        return "members" if self.member else "nonmembers"


@dataclass(frozen=True, slots=True)
class Lost:
    """A document that takes no part, and why, never its content; `reason` is what the model said, where it did."""

    document: Document
    why: Loss
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """The documents that are asked, those that are not, and how many of those asked were cut to their beginning."""

    documents: list[Document]
    lost: list[Lost]
    cut: int


def sides(rows: Iterable[Document]) -> tuple[int, int]:
    """How many members and non-members there are."""
    flags = [row.member for row in rows]
    return sum(flags), len(flags) - sum(flags)


def few(rows: Iterable[Document]) -> Undefined | None:
    """Why one of the sides is too small; None where neither is."""
    for name, count in zip(SIDES, sides(rows), strict=True):
        if count < FEWEST:
            return reasons.few(count, FEWEST, WORDS(f"unit.{name}"))
    return None


def documents(data: Mapping[str, Table], longest: int, label: str) -> list[Document]:
    """The rows of both sides as texts, cut at white space after at most `longest` characters."""
    rows: list[Document] = []
    for name, member in SIDES.items():
        columns = data[name].columns
        if "text" not in columns:
            raise WORDS.does_not_apply("absent.no_text", "data_unfit", need=name)
        labels = columns.get(label, (None,) * len(data[name]))
        for key, text, true in zip(_keys(data[name]), columns["text"], labels, strict=True):
            whole = "" if text is None else str(text)
            rows.append(Document(key, member, _beginning(whole, longest), len(whole), _text(true)))
    return rows


def table_rows(data: Mapping[str, Table], label: str) -> list[Document]:
    """The rows of two tables: every column but the label and the id is what the model is asked with."""
    rows: list[Document] = []
    for name, member in SIDES.items():
        columns = data[name].columns
        names = [column for column in columns if column not in (label, "id")]
        labels = columns.get(label, (None,) * len(data[name]))
        for key, true, *cells in zip(_keys(data[name]), labels, *(columns[column] for column in names), strict=True):
            asked = tuple(zip(names, cells, strict=True))
            rows.append(Document(key, member, repr(asked), 0, _text(true), asked))
    return rows


def prepare(rows: Sequence[Document], limit: int | None, seed: int, near: Callable[[Document], bool]) -> Prepared:
    """Leaves out what is empty, repeated, on both sides or a near copy of the other side; then `limit` of each side.

    What stands on both sides is neither: it goes from both. A near copy goes from the non-members alone.
    """
    sides: dict[str, set[bool]] = {}
    for row in rows:
        sides.setdefault(_normal(row.text), set()).add(row.member)
    seen: set[tuple[str, bool]] = set()
    kept: list[Document] = []
    lost: list[Lost] = []
    for row in rows:
        normal = _normal(row.text)
        why: Loss | None = None
        if not row.text.strip():
            why = "empty"
        elif len(sides[normal]) > 1:
            why = "both_sides"
        elif (normal, row.member) in seen:
            why = "repeated"
        elif near(row):
            why = "near_copy"
        seen.add((normal, row.member))
        if why is None:
            kept.append(row)
        else:
            lost.append(Lost(row, why))
    chosen: list[Document] = []
    for member in (True, False):
        chosen += spread([row for row in kept if row.member == member], limit, seed)
    return Prepared(chosen, lost, sum(len(row.text) < row.whole for row in chosen))


def near_copies(rows: Sequence[Document]) -> Callable[[Document], bool]:
    """Whether a non-member shares half or more of its runs of seven words with the members, taken together."""
    known = np.unique(np.concatenate([np.empty(0, np.uint64), *(shingles(row.text) for row in rows if row.member)]))

    def near(row: Document) -> bool:
        if row.member:
            return False
        runs = shingles(row.text)
        return bool(len(runs)) and float(np.isin(runs, known).mean()) >= NEAR

    return near


def nothing_near(row: Document) -> bool:
    """Rows of tables are told apart as a whole: equal ones are copies, and likeness is no sign of one."""
    return False


def units(text: str) -> list[str]:
    """The words of a text in small letters; of Chinese and Japanese each character is one."""
    return _UNIT.findall(text.lower())


def word_codes(text: str) -> Codes:
    """A number for each word."""
    return np.array([crc32(word.encode("utf-8", "surrogatepass")) for word in units(text)], dtype=np.uint64)


def shingles(text: str) -> Codes:
    """A number for each run of `SHINGLE` words; none of a text that has fewer."""
    return runs_of(word_codes(text), SHINGLE)


def runs_of(codes: Codes, length: int) -> Codes:
    """A number for each run of so many codes."""
    if len(codes) < length:
        return np.empty(0, np.uint64)
    windows = np.lib.stride_tricks.sliding_window_view(codes, length)
    total = np.zeros(len(windows), dtype=np.uint64)
    for column in windows.T:
        total = total * _FACTOR + column + np.uint64(1)
    return total


def _normal(text: str) -> str:
    """The text without what an editor changes: case and white space."""
    return " ".join(text.lower().split())


def _beginning(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    last = max(text.rfind(sign, 0, longest + 1) for sign in " \n\t")
    return text[: last if last > 0 else longest]


def _keys(table: Table) -> Iterable[str]:
    names = table.columns.get("id") or table.columns.get("name") or (None,) * len(table)
    for number, name in enumerate(names, start=1):
        yield WORDS("titles.row", number=number) if name is None else str(name)


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell)
