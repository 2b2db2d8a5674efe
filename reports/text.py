"""Makes foreign text safe to show: what a model, a file or a name says never steers the page or the terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable

from fairwitness.audit.reasons import cause
from fairwitness.audit.records import Keyed, Translated, as_read, each, opened
from fairwitness.reports.signs import ANSI, HIDDEN, SURROGATE

LONGEST = 20_000
"""Characters that are shown of one text; the rows of a run hold it whole."""
INITIALS = frozenset({"auc", "abroca"})
SLUG = re.compile(r"[^a-z0-9]+")


def clean(text: str) -> str:
    """The text without terminal sequences, control, direction and invisible signs; lone surrogates become U+FFFD.

    Of a text that is longer than any page should hold the beginning is left, and how many characters are not shown.
    """
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]} … +{len(text) - LONGEST:,}"
    return _visible(text)


def line(text: str) -> str:
    """The cleaned text on one line, in each of its languages: runs of white space become one space."""
    return each(text, lambda said: " ".join(clean(said).split()))


def removed(text: str) -> int:
    """How many characters `clean` takes away."""
    return len(text.replace("\r\n", "\n")) - len(_visible(text))


def _visible(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return SURROGATE.sub("\ufffd", HIDDEN.sub("", ANSI.sub("", text)))


def reason(text: str) -> str:
    """Why something has no value, on one line and without the words that say so."""
    return cause(line(text))


def human(name: str) -> str:
    """A name as a reader would write it: its words, or no underscores; a capital first, initials in capitals."""
    text = line(as_read(name))
    if isinstance(name, Keyed) and name.reading != name:
        return opened(text)
    return Translated(_human(text), text.translations) if isinstance(text, Translated) else _human(text)


def _human(name: str) -> str:
    words = " ".join(word.upper() if word in INITIALS else word for word in name.replace("_", " ").split(" "))
    return words[:1].upper() + words[1:]


def slug(*parts: str) -> str:
    """An ASCII anchor made of the parts."""
    return "-".join(made for part in parts if (made := SLUG.sub("-", part.lower()).strip("-"))) or "x"


class Anchors:
    """Hands out anchors, each once: the second taker of a name gets a number behind it."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)

    def take(self, *parts: str) -> str:
        """A fresh anchor made of the parts."""
        wanted = free = slug(*parts)
        number = 2
        while free in self._taken:
            free = f"{wanted}-{number}"
            number += 1
        self._taken.add(free)
        return free
