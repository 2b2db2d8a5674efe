"""What the command line says: results on the output stream, progress and hints on the error stream."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

DOING: Mapping[str, str] = {
    "FillMask": "filling blanks",
    "LogLikelihood": "scoring texts",
    "PseudoLogLikelihood": "scoring texts word by word",
    "UnmaskedLikelihood": "scoring whole texts",
    "Generate": "continuing texts",
    "Classify": "classifying texts",
    "AnswerQuestion": "answering questions",
    "Attend": "reading attention",
    "Embed": "reading vectors",
    "Attribute": "explaining texts",
    "Predict": "taking decisions",
}
"""Request kinds as a person would call the work."""

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
SECONDS_BETWEEN_LINES = 10.0


def say(text: object = "") -> None:
    """One line of a result."""
    sys.stdout.write(f"{text}\n")


def tell(text: object) -> None:
    """One line that is no result: progress, hints, mistakes. What a model or a file says cannot steer the terminal."""
    sys.stderr.write(CONTROL.sub("?", str(text)) + "\n")
    sys.stderr.flush()


def say_json(value: Any) -> None:
    """One JSON document."""
    say(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def coloured() -> bool:
    """Whether the output stream is a terminal that wants colour."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def error_line(message: str) -> None:
    """A mistake, as one line."""
    tell(f"error: {' '.join(message.split())}")


class Screen:
    """Shows how far a run is: bars on a terminal, a line now and then elsewhere, nothing when `quiet`."""

    def __init__(self, *, quiet: bool, verbose: bool) -> None:
        self._quiet = quiet
        self._verbose = verbose
        self._last = time.monotonic()
        self._bars: Bars | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Screen:
        if not self._quiet and sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
            self._bars = _bars()
            self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._bars is not None:
            self._bars.stop()

    def hint(self, text: str) -> None:
        """A line for the person who watches."""
        if self._quiet:
            return
        if self._bars is None:
            tell(text)
        else:
            self._bars.console.print(CONTROL.sub("?", text), markup=False, highlight=False)

    def event(self, name: str, what: Mapping[str, object]) -> None:
        """An event of the run: crashes always, the rest when verbose."""
        details = ", ".join(f"{key} {value}" for key, value in what.items())
        if name == "probe_failed":
            self.hint(f"{what.get('probe')} crashed: {what.get('reason')}")
        elif self._verbose:
            self.hint(f"{name.replace('_', ' ')}: {details}")

    def progress(self, kind: str, done: int, total: int) -> None:
        """The engine has answered `done` of `total` requests of a kind in this round."""
        what = DOING.get(kind, kind)
        if self._bars is not None:
            task = self._tasks.get(kind)
            if task is None:
                task = self._tasks[kind] = self._bars.add_task(what, total=total)
            self._bars.update(task, completed=done, total=total)
        elif done == total or time.monotonic() - self._last > SECONDS_BETWEEN_LINES:
            self._last = time.monotonic()
            self.hint(f"{what}: {done} of {total}")


def _bars() -> Bars:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
