"""What libraries and the code log while something runs, gathered without pytest's plugin."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


class Messages(logging.Handler):
    """Keeps what is logged as text."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


@contextmanager
def messages_of(logger: str = "", level: int = logging.WARNING) -> Iterator[list[str]]:
    """The messages of at least this level of a logger and those below it; of all loggers without a name.

    One that hands nothing on to those above it, as that of huggingface_hub does, must be named to be heard.
    """
    source, handler = logging.getLogger(logger), Messages(level)
    before = source.level
    source.addHandler(handler)
    source.setLevel(min(before, level) if before else level)
    try:
        yield handler.texts
    finally:
        source.setLevel(before)
        source.removeHandler(handler)
