"""Audits of one model over its training: a record, a page, and how often in a row an outcome came."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fairwitness.audit import document, private
from fairwitness.audit.records import AuditOutcome
from fairwitness.reports import trend as page
from fairwitness.reports.trend import Step, judged_of

if TYPE_CHECKING:
    from fairwitness.report import Report

RECORD = "trend.json"
PAGE = "trend.html"


@dataclass(slots=True)
class Trend:
    """The audits so far, in their order."""

    steps: list[Step] = field(default_factory=list)
    stopped_at: int | None = None
    """The step at which training was stopped for what an audit said."""

    def add(self, step: int, epoch: float | None, report: Report) -> None:
        """Takes an audit in."""
        self.steps.append(
            Step(
                step=step,
                epoch=epoch,
                outcome=report.outcome,
                exit_code=report.exit_code,
                folder=report.folder.name,
                metrics=tuple(judged_of(report.audit)),
            )
        )

    def missed(self, step: int, epoch: float | None, reason: str) -> None:
        """Takes in that a step could not be audited: it is shown, and is no good outcome."""
        self.steps.append(Step(step=step, epoch=epoch, reason=reason))

    def in_a_row(self, outcomes: Sequence[AuditOutcome]) -> int:
        """How many of the last audits in a row had one of these outcomes; steps that were not audited are passed over.

        >>> trend = Trend([Step(step=1, outcome="pass"), Step(step=2, outcome="fail"), Step(step=3, reason="full")])
        >>> trend.in_a_row(["fail"]), trend.in_a_row(["pass"])
        (1, 0)
        """
        count = 0
        for step in reversed([step for step in self.steps if step.outcome]):
            if step.outcome not in outcomes:
                break
            count += 1
        return count

    def save(self, folder: Path) -> None:
        """Writes record and page. Raises CannotWrite."""
        record = {"stopped_at": self.stopped_at, "steps": [asdict(step) for step in self.steps]}
        with document.writing(folder):
            private.make_folder(folder)
        document.write_file(folder / RECORD, json.dumps(record, ensure_ascii=False, indent=1) + "\n")
        document.write_file(folder / PAGE, page.render(self.steps, stopped_at=self.stopped_at))
