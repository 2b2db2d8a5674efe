"""The runs of a folder as a trend: one model from run to run, oldest first."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

from fairwitness.audit import document, private
from fairwitness.audit.errors import BadRun
from fairwitness.audit.records import Audit, Measured
from fairwitness.audit.session.baseline import unfit
from fairwitness.reports import trend as page
from fairwitness.reports.trend import Step, judged_of

RECORD, PAGE = "trend.json", "trend.html"


def steps_of(place: Path, target: Path) -> list[Step]:
    """A step for each run right under a folder, by the time at which it began; links are read from `target`.

    Runs that cannot be read, were stopped, or asked another kind or family of model than the newest are steps without
    values that say why. Raises BadRun where there is no run that can be read.
    """
    if not place.is_dir():
        raise BadRun(f"{place} is no folder: name the one that holds the folders of the runs")
    read: list[tuple[str, Path, Audit]] = []
    broken: list[tuple[Path, str]] = []
    for folder in sorted(path.parent for path in place.glob(f"*/{document.AUDIT}")):
        try:
            audit = document.read(folder)
        except BadRun as problem:
            broken.append((folder, str(problem)))
        else:
            read.append((str(audit.manifest.run.get("started", "")), folder, audit))
    if not read:
        why = f": {broken[0][1]}" if broken else ""
        raise BadRun(f"{place} holds no run that can be read{why}")
    read.sort(key=lambda entry: (entry[0], str(entry[1])))
    newest = read[-1][2]
    steps = []
    for number, (_, folder, audit) in enumerate(read, start=1):
        steps.append(_step(number, audit, os.path.relpath(folder, target), newest))
    lost = [Step(step=len(steps) + place, reason=why) for place, (_, why) in enumerate(broken, start=1)]
    return [*steps, *lost]


def _step(number: int, audit: Audit, folder: str, newest: Audit) -> Step:
    asked = [result.probe.name for result in newest.results if isinstance(result, Measured)]
    if problem := unfit(audit, newest.manifest.subject, asked):
        return Step(step=number, folder=folder, reason=f"{folder} {problem}")
    return Step(
        step=number,
        outcome=audit.outcome,
        exit_code=audit.exit_code,
        folder=folder,
        metrics=tuple(judged_of(audit)),
    )


def save(steps: list[Step], target: Path, language: str = "en") -> Path:
    """Writes record and page, and gives the page. Raises CannotWrite."""
    record = {"steps": [asdict(step) for step in steps]}
    with document.writing(target):
        private.make_folder(target)
    document.write_file(target / RECORD, json.dumps(record, ensure_ascii=False, indent=1) + "\n")
    document.write_file(target / PAGE, page.render(steps, over="runs", language=language))
    return target / PAGE
