"""A text that is asked, in windows where it is long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from fairwitness.audit.requests import LogLikelihood

TextKind: TypeAlias = Literal["own", "public_domain", "written", "predictable", "shuffled"]
KINDS: tuple[TextKind, ...] = get_args(TextKind)
WINDOW = 2400
STEP = 2000
"""Characters of one window of a long text, and from window to window; what overlaps keeps runs whole."""
SHORTEST = 20
"""Fewest characters of a text that is asked, and fewest scored tokens of one that is judged."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text to be asked, in windows that overlap where it is long."""

    key: str
    kind: TextKind
    title: str
    text: str

    @property
    def windows(self) -> tuple[str, ...]:
        """The text, cut at characters only where it is longer than one window."""
        if len(self.text) <= WINDOW:
            return (self.text,)
        return tuple(self.text[start : start + WINDOW] for start in range(0, len(self.text) - WINDOW + STEP, STEP))

    @property
    def requests(self) -> list[LogLikelihood]:
        """One pass a window; the first token is not scored."""
        return [LogLikelihood("", window, bos=False) for window in self.windows]
