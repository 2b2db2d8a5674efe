"""Makes cases, has each read within seconds, and keeps those that ended in anything but a user's error or an answer."""

from __future__ import annotations

import shutil
import signal
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import numpy as np

from fairwitness.audit.errors import FairwitnessError
from fuzzing.families import FAMILIES

SECONDS = 10.0
"""A case that computes for longer hangs; what a busy machine adds counts thirty times less."""


class Hangs(BaseException):
    """A case took too long; no reader may catch it."""


@dataclass
class Tally:
    """What became of a family's cases: right answers, user errors by their kind, and whatever else was raised."""

    answers: int = 0
    mistakes: Counter[str] = field(default_factory=Counter)
    crashes: Counter[str] = field(default_factory=Counter)
    examples: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def cases(self) -> int:
        """All of them."""
        return self.answers + self.mistakes.total() + self.crashes.total()


def fuzz(family: str, cases: int, seed: int = 0, told: Callable[[int], None] | None = None) -> Tally:
    """So many cases of one family. Case n depends on the seed and n alone."""
    case, _ = FAMILIES[family]
    tally = Tally()
    for number in range(cases):
        rng = np.random.default_rng((seed, number))
        with _folder() as folder:
            _one(case, folder, rng, tally, number)
        if told is not None:
            told(number)
    return tally


def _one(
    case: Callable[[Path, np.random.Generator], None],
    folder: Path,
    rng: np.random.Generator,
    tally: Tally,
    number: int,
) -> None:
    try:
        with _within(SECONDS), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            case(folder, rng)
    except FairwitnessError as mistake:
        tally.mistakes[type(mistake).__name__] += 1
    except (Exception, Hangs) as crash:
        frame = traceback.extract_tb(crash.__traceback__)[-1]
        name = f"{type(crash).__name__} at {Path(frame.filename).name}:{frame.lineno}"
        tally.crashes[name] += 1
        tally.examples.setdefault(name, (number, "".join(traceback.format_exception(crash))))
    else:
        tally.answers += 1


@contextmanager
def _folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="fuzz-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Raises Hangs where what is inside takes longer."""

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise Hangs

    clocks = ((signal.SIGPROF, signal.ITIMER_PROF, seconds), (signal.SIGALRM, signal.ITIMER_REAL, 30 * seconds))
    before = [signal.signal(number, ring) for number, _, _ in clocks]
    for _, clock, limit in clocks:
        signal.setitimer(clock, limit)
    try:
        yield
    finally:
        for (number, clock, _), handler in zip(clocks, before, strict=True):
            signal.setitimer(clock, 0)
            signal.signal(number, handler)
