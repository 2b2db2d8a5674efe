"""What changed between two runs, as an object: its record, its changes as a DataFrame, its page."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairwitness.audit import comparison, document, private
from fairwitness.audit.comparison import Change
from fairwitness.audit.errors import BadRun
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.reports.labels import Labels

if TYPE_CHECKING:
    import pandas as pd

    from fairwitness.report import Report

RECORD = "comparison.json"
COLUMNS = (
    "probe", "metric", "group", "before", "after", "change", "low", "high", "level", "scale", "finding", "p_value",
    "adjusted", "pairing", "gated", "unit", "better", "reason",
)  # fmt: skip


class Comparison:
    """What a run measured otherwise than the one before it. Everything in it is read from its `record`."""

    def __init__(self, record: comparison.Comparison) -> None:
        self.record = record

    @property
    def exit_code(self) -> int:
        """1 where something that a rule can fail a release for got worse or was lost, else 0."""
        return self.record.exit_code

    @property
    def changes(self) -> pd.DataFrame:
        """A row for each metric of both runs: before, after, the change with its interval, what was found."""
        import pandas as pd

        rows = [_row(change) for change in self.record.changes]
        return pd.DataFrame([[row[name] for name in COLUMNS] for row in rows], columns=list(COLUMNS))

    def to_html(self) -> str:
        """The whole page, self-contained."""
        from fairwitness.reports.comparison import FORMATS

        _, render = FORMATS["html"]
        return render(self.record)

    def save(self, folder: str | PathLike[str]) -> Path:
        """Writes record and page to a folder that is empty, new or holds a comparison. Raises BadRun elsewhere."""
        from fairwitness.reports.comparison import FORMATS

        target = Path(folder)
        if target.exists() and (not target.is_dir() or (any(target.iterdir()) and not (target / RECORD).is_file())):
            raise BadRun(f"{target} is not empty and holds no comparison: name another folder, or empty it")
        with document.writing(target):
            private.make_folder(target)
        document.write_file(target / RECORD, document.dump(comparison.to_json(self.record)))
        page, render = FORMATS["html"]
        document.write_file(target / page, render(self.record))
        return target

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in self.record.tally.items() if count)
        sides = f"{self.record.base.folder} and {self.record.new.folder}"
        return f"<Comparison of {sides}: {counts}; exit code {self.exit_code}>"


def compare(base: Sequence[Report], new: Sequence[Report], *, margin: float | None, other_data: bool) -> Comparison:
    """Compares two reports, or two sets of several.

    Raises BadRun where nothing can be compared or a run stands there twice, ValueError for a margin of 0 or less.
    """
    folders = [report.folder.resolve() for report in (*base, *new)]
    twice = next((folder for folder in folders if folders.count(folder) > 1), None)
    if twice is not None:
        raise BadRun(f"the same run stands there twice: {twice}")
    ours, theirs = ([document.with_items(report.audit, report.folder) for report in side] for side in (base, new))
    names = [[str(report.folder) for report in side] for side in (base, new)]
    if len(base) == len(new) == 1:
        pair = (names[0][0], names[1][0])
        return Comparison(comparison.compare(ours[0], theirs[0], names=pair, margin=margin, other_data=other_data))
    sides = (names[0], names[1])
    return Comparison(comparison.compare_several(ours, theirs, names=sides, margin=margin, other_data=other_data))


def _row(change: Change) -> dict[str, Any]:
    estimate = change.change
    interval: dict[str, Any] = dict.fromkeys(("change", "low", "high", "level"))
    if isinstance(estimate, Estimate):
        interval = {"change": estimate.value, "low": estimate.low, "high": estimate.high, "level": estimate.level}
    return interval | {
        "probe": change.probe,
        "metric": change.metric.name,
        "group": Labels.of(change.metric).text,
        "before": _value(change.before),
        "after": _value(change.after),
        "scale": change.scale,
        "finding": change.finding,
        "p_value": change.p_value,
        "adjusted": change.adjusted,
        "pairing": change.pairing,
        "gated": change.gated,
        "unit": change.metric.unit,
        "better": change.metric.better,
        "reason": str(change.reason),
    }


def _value(estimate: Estimate | Undefined) -> float | None:
    return estimate.value if isinstance(estimate, Estimate) else None
