"""Who is told how far a run is: a terminal, a notebook, nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Watcher(Protocol):
    """Is told of a run while it goes on."""

    def hint(self, text: str) -> None:
        """A line for the person who watches."""

    def event(self, name: str, what: Mapping[str, object]) -> None:
        """An event of the run, as its log has it."""

    def progress(self, kind: str, done: int, total: int) -> None:
        """The engine has answered `done` of `total` requests of a kind in this round."""
