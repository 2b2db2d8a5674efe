"""What the command line says: results on the output stream, progress and hints on the error stream."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

from fairwitness.reports.signs import HIDDEN, SURROGATE

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

SECONDS_BETWEEN_LINES = 10.0


def say(*lines: object) -> None:
    """Lines of a result, an empty one where none is given.

    What a model or a file says can neither steer the terminal nor begin a line of its own.
    """
    draw("".join(f"{safe(line)}\n" for line in lines or ("",)))


def say_block(text: str) -> None:
    """A result of several lines in our own words."""
    say(*text.split("\n"))


def draw(text: str) -> None:
    """What a renderer drew and cleaned, with its colours."""
    _write(sys.stdout, text)


def tell(*lines: object) -> None:
    """Lines that are no result: progress, hints, mistakes. They are cleaned as those of `say`."""
    _write(sys.stderr, "".join(f"{safe(line)}\n" for line in lines))
    if sys.stderr is not None:
        sys.stderr.flush()


def safe(line: object) -> str:
    """A line with a question mark for each sign that a terminal obeys or that nobody sees, line breaks among them."""
    return SURROGATE.sub("?", HIDDEN.sub("?", str(line).replace("\n", "\r")))


def say_json(value: Any) -> None:
    """One JSON document."""
    draw_json(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def draw_json(text: str) -> None:
    """A JSON document as it is, in ASCII where the output stream holds no more: nothing of it is lost.

    Signs that a terminal obeys, or that nobody sees, stand in it by their numbers.
    """
    text = HIDDEN.sub(lambda signs: json.dumps(signs.group())[1:-1], text)
    try:
        text.encode(_encoding(sys.stdout))
    except UnicodeEncodeError:
        text = json.dumps(json.loads(text), indent=1) + "\n"
    draw(text)


def coloured() -> bool:
    """Whether the output stream is a terminal that wants colour."""
    return _watched(sys.stdout) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def error_line(message: str) -> None:
    """A mistake, as one line."""
    tell(f"error: {' '.join(message.split())}")


def _write(stream: TextIO | None, text: str) -> None:
    """Writes to a stream that may be closed (None) or know fewer letters: those it lacks become question marks."""
    if stream is None:
        return
    encoding = _encoding(stream)
    stream.write(text.encode(encoding, "replace").decode(encoding))


def _encoding(stream: TextIO | None) -> str:
    return getattr(stream, "encoding", None) or "utf-8"


def _watched(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


class Screen:
    """Shows how far a run is: bars on a terminal, a line now and then elsewhere, nothing when `quiet`."""

    def __init__(self, *, quiet: bool, verbose: bool) -> None:
        self._quiet = quiet
        self._verbose = verbose
        self._last = time.monotonic()
        self._bars: Bars | None = None
        self._begun: dict[str, tuple[float, int]] = {}
        """When a kind of request was first heard of, and how many were answered then."""
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Screen:
        if not self._quiet and _watched(sys.stderr) and os.environ.get("TERM") != "dumb":
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
            self._bars.console.print(safe(text), markup=False, highlight=False)

    def event(self, name: str, what: Mapping[str, object]) -> None:
        """An event of the run: crashes always, the rest when verbose."""
        details = ", ".join(f"{key} {value}" for key, value in what.items())
        if name == "probe_failed":
            self.hint(f"{what.get('probe')} crashed: {what.get('reason')}")
        elif self._verbose:
            self.hint(f"{name.replace('_', ' ')}: {details}")

    def progress(self, kind: str, done: int, total: int) -> None:
        """The engine has answered `done` of `total` requests of a kind in this round."""
        from fairwitness.audit.verbs import doing

        what = doing(kind)
        if self._bars is not None:
            task = self._tasks.get(kind)
            if task is None:
                task = self._tasks[kind] = self._bars.add_task(what, total=total)
            self._bars.update(task, completed=done, total=total)
            return
        now = time.monotonic()
        since, before = self._begun.setdefault(kind, (now, done))
        if done == total:
            del self._begun[kind]
        if done == total or now - self._last > SECONDS_BETWEEN_LINES:
            self._last = now
            left = (now - since) * (total - done) / (done - before) if done > before else 0.0
            self.hint(f"{what}: {done} of {total}{_left(left)}")


def _left(seconds: float) -> str:
    """How long the rest takes at the pace so far; nothing where no pace is known.

    >>> _left(0), _left(42.3), _left(200)
    ('', ', about 42 s left', ', about 3 min left')
    """
    if seconds < 1:
        return ""
    return f", about {seconds:.0f} s left" if seconds < 90 else f", about {seconds / 60:.0f} min left"


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
