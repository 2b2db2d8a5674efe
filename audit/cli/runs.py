"""`fairwitness runs`: old ones go, by number or by age; all of them as a trend."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fairwitness.audit.cli.terminal import say
from fairwitness.audit.errors import BadOption, nearest
from fairwitness.audit.session import retention, trend
from fairwitness.audit.session.place import RUNS
from fairwitness.reports import LANGUAGES

AGE = re.compile(r"(\d{1,6})([hdw])")
HOURS = {"h": 1, "d": 24, "w": 7 * 24}


def prune_runs(folder: Path, keep: int | None, older_than: str | None, *, dry_run: bool) -> int:
    """Deletes old runs and says which. Raises BadOption, BadRun, CannotWrite."""
    if (keep is None) == (older_than is None):
        raise BadOption("name what goes: either --keep N or --older-than AGE (90d)")
    age = None if older_than is None else _age(older_than)
    if folder == RUNS and not folder.exists():
        say(f"there is no folder {RUNS}: nothing to delete")
        return 0
    runs, kept = retention.survey(folder)
    gone, size = 0, 0
    for run in retention.old(runs, keep=keep, older_than=age, now=datetime.now(UTC)):
        if not dry_run and not retention.delete(run):
            say(f"kept {run.folder}: it changed meanwhile")
            continue
        say(f"{'would delete' if dry_run else 'deleted'} {run.folder}, started {run.started:%Y-%m-%d %H:%M}")
        gone, size = gone + 1, size + run.size
    for other in kept:
        say(f"kept {other.folder}: it {other.why}")
    say(f"{'would delete' if dry_run else 'deleted'} {gone} of {len(runs)} runs, {size / 1e6:.1f} MB")
    return 0


def trend_of_runs(folder: Path, out: Path | None, language: str) -> int:
    """Writes the trend of the runs of a folder, and says where. Raises BadRun, BadOption, CannotWrite."""
    if language not in LANGUAGES:
        raise BadOption(f"no language {language!r}{nearest(language, LANGUAGES)} (languages: {', '.join(LANGUAGES)})")
    target = out or folder
    steps = trend.steps_of(folder, target)
    page = trend.save(steps, target, language)
    for step in steps:
        if step.reason:
            say(f"without values: {step.reason}")
    say(f"{sum(step.outcome is not None for step in steps)} of {len(steps)} runs", f"page: {page}")
    return 0


def _age(text: str) -> timedelta:
    match = AGE.fullmatch(text)
    if match is None:
        raise BadOption(f"--older-than {text}: it is a number with h, d or w behind it, as in 90d")
    return timedelta(hours=int(match[1]) * HOURS[match[2]])
