"""The report of one run: its document, its tables as DataFrames, its page, and a card for a notebook."""

from __future__ import annotations

import shutil
import weakref
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from fairwitness import frames
from fairwitness.audit import document, outcomes, private
from fairwitness.audit.records import Audit, AuditOutcome
from fairwitness.audit.session.run import PAGE

if TYPE_CHECKING:
    import pandas as pd

    from fairwitness.compared import Comparison
    from fairwitness.reports.findings import Finding


class Report:
    """What one run found. Everything in it is read from its document, `audit`."""

    def __init__(self, audit: Audit, folder: Path, *, temporary: bool = False) -> None:
        self.audit = audit
        """The document itself."""
        self.folder = folder
        """The folder of the run, with the page, the document and its tables."""
        self.temporary = temporary
        """Whether the folder goes when this report does; `save` keeps it."""
        if temporary:
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

    @property
    def outcome(self) -> AuditOutcome:
        """What the policy says of the run: `pass`, `fail`, `inconclusive`, ..."""
        return self.audit.outcome

    @property
    def exit_code(self) -> int:
        """What the command line ends with: 0 only where nothing stands in the way of a release."""
        return self.audit.exit_code

    @property
    def verdicts(self) -> pd.DataFrame:
        """A row for each rule and metric that it speaks of: outcome, reason, limit, whether it counts."""
        return frames.verdicts(self.audit)

    @property
    def metrics(self) -> pd.DataFrame:
        """A row for each metric: value, interval, n, unit, groups, worst verdict; or why there is no value."""
        return frames.metrics(self.audit)

    def evidence(self, id: str | None = None) -> pd.DataFrame:
        """The table behind a metric, by its id (`PROBE/ID` where two probes have one of that name).

        Without an id the list of all tables. Raises UnknownTable with the nearest id.
        """
        return frames.tables(self.audit) if id is None else frames.evidence(self.audit, self.folder, id)

    def items(self, probe: str) -> pd.DataFrame:
        """What a probe asked, an item or a row of the table a row: scores by measure, groups, what stayed unanswered.

        The columns are those of the file in the folder of the run. Raises UnknownProbe where the probe has none.
        """
        return frames.items(self.audit, self.folder, probe)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What a reader must know first, at most seven: broken rules, then open ones, then departures without a rule.

        `str` of one is its sentence.
        """
        from fairwitness.reports.view import headlines

        return headlines(self.audit)

    def save(self, folder: str | PathLike[str]) -> Path:
        """Copies the run to a folder that is empty, new or holds an earlier run; gives the folder.

        Raises BadRun where something else is there.
        """
        target = Path(folder)
        if target.resolve() == self.folder.resolve():
            return target
        document.prepare(target)
        with document.writing(target):
            for part in sorted(self.folder.iterdir(), key=lambda path: path.name == document.AUDIT):
                _replace(part, target / part.name)
        return target

    def to_html(self) -> str:
        """The whole page, self-contained."""
        from fairwitness.reports import html

        return html.render(document.with_scores(self.audit, self.folder))

    def compare(
        self,
        other: Report | str | PathLike[str],
        *,
        margin: float | None = None,
        min_effect: float | None = None,
        other_data: bool = False,
    ) -> Comparison:
        """What changed from this run to another, as `fairwitness.compare(self, other)`."""
        from fairwitness.api import compare

        return compare(self, other, margin=margin, min_effect=min_effect, other_data=other_data)

    def __bool__(self) -> bool:
        """Refused with a TypeError: `if report:` would hold for a run that failed."""
        raise TypeError("a report is neither true nor false: ask report.outcome == 'pass', or report.exit_code")

    def __repr__(self) -> str:
        judged = outcomes.gate_summary(self.audit.verdicts)
        model = self.audit.manifest.subject.spec
        return f"<Report: {self.outcome}, exit code {self.exit_code}; {model}; {judged}; {self.folder / PAGE}>"

    def _repr_html_(self) -> str:
        """A card for a notebook: verdict, top findings, where the page is."""
        from fairwitness.reports import card

        return card.render(self.audit, page=str(self.folder / PAGE), temporary=self.temporary)


def _replace(source: Path, target: Path) -> None:
    """Copies a file or a folder over what stands there."""
    if target.is_dir():
        shutil.rmtree(target)
    if source.is_dir():
        private.make_folder(target)
        for part in source.iterdir():
            _replace(part, target / part.name)
        return
    private.make_file(target)
    shutil.copyfile(source, target)
