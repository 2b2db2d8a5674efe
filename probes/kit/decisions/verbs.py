"""What a user says of one person, said of several and denied; only where both are sure to mean the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ENGLISH: dict[str, frozenset[str]] = {
    name: frozenset(words)
    for name, words in tomllib.loads(Path(__file__).with_name("english.toml").read_text(encoding="utf-8")).items()
}
"""Words that are looked for in what a user wrote, by what they are."""
_BE = {"is": "are", "are": "are", "was": "were", "were": "were"}
_MODAL = {"can": "cannot", "could": "could not", "will": "will not", "would": "would not"}
"""May, must, might and should are left out: who must not pay is not who need not pay."""
_ARTICLE = frozenset({"a", "an", "the"})
_NOT = "do not"
_HISS = ("ches", "goes", "shes", "sses", "xes", "zes")


def plural(said: str) -> tuple[str, str] | None:
    """A verb of one person as one of several, and its negation; None where either might mean something else.

    >>> plural("is granted the loan")
    ('are granted the loan', 'are not granted the loan')
    >>> plural("gets a loan"), plural("passes")
    (('get a loan', 'do not get a loan'), ('pass', 'do not pass'))
    >>> [plural(said) for said in ("bekommt den Kredit", "must pay", "is not refused")]
    [None, None, None]
    """
    words = said.split()
    if not words or not re.fullmatch(r"[A-Za-z0-9 %$€£'./-]+", said.strip()) or re.search(r"n't\b|[.] ", said):
        return None
    first, rest = words[0].casefold(), words[1:]
    if not ENGLISH["scope"].isdisjoint(map(str.casefold, words)):
        return None
    both = _auxiliary(first, rest) or _verb(first)
    return (" ".join([both[0], *rest]), " ".join([both[1], *rest])) if both else None


def _auxiliary(first: str, rest: list[str]) -> tuple[str, str] | None:
    """A form of be, have or do, or a verb before another, with its negation."""
    after = rest[0].casefold() if rest else ""
    if first in _BE and after and after not in _ARTICLE:
        return _BE[first], f"{_BE[first]} not"
    if first in _MODAL and after:
        return first, _MODAL[first]
    if first == "has" and after == "been":
        return "have", "have not"
    if first in {"has", "does"} and after in _ARTICLE:
        return ("have", f"{_NOT} have") if first == "has" else ("do", f"{_NOT} do")
    return None


def _verb(first: str) -> tuple[str, str] | None:
    """A known verb of a single person."""
    if not re.fullmatch(r"[a-z]+s", first):
        return None
    base = (
        f"{first[:-3]}y" if first.endswith("ies") and len(first) > 4 else first[: -2 if first.endswith(_HISS) else -1]
    )
    return (base, f"{_NOT} {base}") if base in ENGLISH["verbs"] else None
