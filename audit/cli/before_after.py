"""A mitigation measured: both runs, what changed between them, one line and one picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairwitness.audit import config as settings
from fairwitness.audit import document
from fairwitness.audit.cli.terminal import Screen, say
from fairwitness.audit.comparison import Comparison
from fairwitness.audit.records import Audit
from fairwitness.audit.session import comparing
from fairwitness.audit.session.job import Job, prepare
from fairwitness.audit.session.memory import NOTHING, InMemory
from fairwitness.audit.session.run import PAGE, perform

SIDES = ("before", "after")
COMPARED = "comparison"
PICTURE = "trade-off.svg"


@dataclass(frozen=True, slots=True)
class Settings:
    """How one side is run: settings by name, and what is in memory."""

    values: Mapping[str, Any]
    memory: InMemory = NOTHING


def folders(out: Path) -> tuple[Path, Path, Path]:
    """Where both runs and their comparison are written."""
    before, after = (out / side for side in SIDES)
    return before, after, out / COMPARED


def check(out: Path) -> None:
    """Raises BadRun where one of the folders holds something else than a run or a comparison of ours."""
    before, after, compared = folders(out)
    for folder in (before, after):
        document.check_folder(folder)
    comparing.check_target(compared)


def jobs(out: Path, sides: Sequence[Settings]) -> list[Job]:
    """Both runs, checked as far as that goes before anything is asked or written. Raises UsageError."""
    return [
        prepare(settings.gather(None, {**side.values, "out": str(out / name)}), side.memory)
        for name, side in zip(SIDES, sides, strict=True)
    ]


def measure(out: Path, ready: Sequence[Job], rate: str = "") -> Comparison:
    """Runs both sides, writes their folders and the comparison's, and gives the comparison.

    `rate` is that of which the picture shows the trade-off.
    """
    for job in ready:
        with Screen(quiet=True, verbose=False) as screen:
            perform(job, screen)
    before, after, target = folders(out)
    made = comparing.compared([comparing.read(before)], [comparing.read(after)])
    _write(made, target, rate)
    return made


def tell(out: Path, changed: Comparison, wanted: Sequence[str], beside: str = "") -> None:
    """The one line, the verdicts of both runs, and where pages and picture are."""
    from fairwitness.reports.comparison.headline import headline

    before, after, compared = folders(out)
    say(headline(changed, wanted) + (f"; {beside}" if beside else ""))
    codes = [_outcome(document.read(folder)) for folder in (before, after)]
    say(f"verdict: {codes[0]} → {codes[1]}")
    say(f"pages:   {before / PAGE}, {after / PAGE}, {compared / 'comparison.html'}")
    if (compared / PICTURE).is_file():
        say(f"picture: {compared / PICTURE}")


def _outcome(audit: Audit) -> str:
    return f"{audit.outcome.replace('_', ' ')} (exit code {audit.exit_code})"


def _write(made: Comparison, folder: Path, rate: str) -> None:
    from fairwitness.reports.comparison import FORMATS
    from fairwitness.reports.comparison.picture import picture

    comparing.save(made, folder, list(FORMATS))
    drawn = picture(made, rate)
    if drawn:
        document.write_file(folder / PICTURE, drawn)
