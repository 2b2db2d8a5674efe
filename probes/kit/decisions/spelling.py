"""Values that look like another spelling of each other, like no value, or like numbers: told, and never merged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fairwitness.audit.own_cells import DECIMAL_COMMA, THOUSANDS
from fairwitness.audit.reasons import COMMA
from fairwitness.audit.records import joined, quoted
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.kit.decisions.words import WORDS

SPELLED_MISSING = frozenset(
    {"na", "n/a", "n.a.", "#n/a", "<na>", "none", "null", "nil", "?", "-", "--", ".", "missing", "unknown", "nat"}
)
NO_OUTCOME = frozenset({"na", "n/a", "n.a.", "#n/a", "<na>", "null", "nat", "?"})
"""Those of them that programs write for a missing value, and that name no class; "none" or "unknown" may be a class."""
SHOWN = 5


def spells_missing(value: str) -> bool:
    """Whether the value spells out that there is none."""
    return value.casefold() in SPELLED_MISSING


def no_outcome(value: str) -> bool:
    """Whether a true outcome that is never decided is what a program writes where there is none."""
    return value.casefold() in NO_OUTCOME


def spelled_alike(values: Iterable[str], *, names: bool = True) -> list[str]:
    """A clause for each set of values that differ only in how they are spelled; they are shown where they are names."""
    alike = [same for same in grouped(dict.fromkeys(values), plain).values() if len(same) > 1]
    clauses = []
    for same in alike:
        values = listed(same) if names else WORDS("alike.texts", count=len(same))
        clauses.append(WORDS("alike.clause", values=values, ways=_by_what(same)))
    return clauses


def cut_alike(cells: Iterable[object]) -> list[list[str]]:
    """The sets of texts that are one once blanks at their ends are cut, each in the order in which they occur."""
    texts = dict.fromkeys(cell for cell in cells if isinstance(cell, str))
    return [same for text, same in grouped(texts, str.strip).items() if text and len(same) > 1]


def like_numbers(values: Sequence[str]) -> str:
    """What to do where values are numbers that a person writes with commas; empty where they are not."""
    if values and all(THOUSANDS.fullmatch(value) for value in values if not value.isdecimal()):
        if any("," in value for value in values):
            return WORDS("alike.thousands")
    elif any("," in value for value in values) and all(
        DECIMAL_COMMA.fullmatch(value) for value in values if not value.isdecimal()
    ):
        return WORDS("alike.decimal_comma")
    return ""


def listed(values: Sequence[str]) -> str:
    """The first values, and how many more there are."""
    shown = [quoted(value) for value in values[:SHOWN]]
    if len(values) > SHOWN:
        return WORDS("alike.more", values=joined(COMMA, shown), count=len(values) - SHOWN)
    return joined(WORDS("alike.and"), [joined(COMMA, shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def plain(value: str) -> str:
    """What is left of a value without capitals, blanks and a final point; signs alone stay what they are."""
    return "".join(value.casefold().split()).rstrip(".") or value


def _by_what(values: Sequence[str]) -> str:
    folded = {value.casefold() for value in values}
    closed = {"".join(value.split()) for value in folded}
    ways = []
    if len(folded) < len(values):
        ways.append(WORDS("alike.capitals"))
    if len(closed) < len(folded):
        ways.append(WORDS("alike.blanks"))
    if len({value.rstrip(".") for value in closed}) < len(closed):
        ways.append(WORDS("alike.point"))
    return joined(WORDS("alike.and"), ways)
