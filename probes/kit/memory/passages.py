"""A text that is asked, in windows where it is long."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from fairwitness.audit.requests import LogLikelihood

TextKind: TypeAlias = Literal["own", "public_domain", "written", "predictable", "shuffled"]
KINDS: tuple[TextKind, ...] = get_args(TextKind)
WINDOW = 2400
STEP = 2000
"""Characters of one window of a long text, and from window to window; what overlaps keeps runs whole."""
EAST_ASIAN = re.compile("[\u3000-\U0010ffff]")
"""Characters of East Asian scripts (and rare ones), of which a window holds a third of the characters."""
SHORTEST = 20
"""Fewest characters of a text that is asked, and fewest scored tokens of one that is judged."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text to be asked, in windows that overlap where it is long."""

    key: str
    kind: TextKind
    title: str
    text: str
    register: str = ""
    """Of texts that nobody has seen: prose, letters, forms, logs, tables, code, dialogue, chinese or docs."""
    half: int = 0
    """Of these, the half that sets a threshold for the other: 1 or 2; 0 where nothing is said."""

    @property
    def overlap(self) -> int:
        """Characters that a window has in common with the one before it."""
        return (WINDOW - STEP) // self._width

    @property
    def windows(self) -> tuple[str, ...]:
        """The text, cut at characters only where it is longer than one window."""
        window, step = WINDOW // self._width, STEP // self._width
        if len(self.text) <= window:
            return (self.text,)
        return tuple([self.text[start : start + window] for start in range(0, len(self.text) - window + step, step)])

    @property
    def _width(self) -> int:
        """How much more a character says than one of an alphabet: 3 where most are of an East Asian script."""
        begin = self.text[:WINDOW]
        if begin.isascii():
            return 1
        return 3 if 2 * len(EAST_ASIAN.findall(begin)) > len(begin) else 1

    def requests(self, *, start: bool = False) -> list[LogLikelihood]:
        """One pass a window; without a start token the first token is not scored."""
        return [LogLikelihood("", window, bos=start) for window in self.windows]
