"""What changed between two runs, as an object: its record, its changes as a DataFrame, its page."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairwitness.audit import comparison
from fairwitness.audit.comparison import Change
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.session import comparing
from fairwitness.reports.labels import Labels

if TYPE_CHECKING:
    import pandas as pd

    from fairwitness.report import Report

VERDICT_COLUMNS = ("rule", "probe", "metric", "group", "before", "after", "turn", "gated")
FLIP_COLUMNS = ("probe", "measure", "item", "labels", "before", "after")
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

    @property
    def verdicts(self) -> pd.DataFrame:
        """A row for each verdict of either run: the outcome before and after, and what it did."""
        import pandas as pd

        rows = [
            {
                "rule": verdict.rule,
                "probe": verdict.probe,
                "metric": verdict.metric,
                "group": Labels.of(verdict).text,
                "before": verdict.before or "",
                "after": verdict.after or "",
                "turn": verdict.turn,
                "gated": verdict.gated,
            }
            for verdict in self.record.verdicts
        ]
        return pd.DataFrame(rows, columns=list(VERDICT_COLUMNS))

    @property
    def flips(self) -> pd.DataFrame:
        """A row for each item that both runs answered, and otherwise: what it belongs to, and both answers."""
        import pandas as pd

        rows = [
            [flips.probe, flips.measure, flip.item, dict(flip.labels), flip.before, flip.after]
            for flips in self.record.flips
            for flip in flips.flips
        ]
        return pd.DataFrame(rows, columns=list(FLIP_COLUMNS))

    def to_html(self, language: str = "en") -> str:
        """The whole page, self-contained; `language` is the one that it opens in."""
        return comparing.drawn(self.record, ("html",), language)["comparison.html"]

    def save(self, folder: str | PathLike[str]) -> Path:
        """Writes record and page to a folder that is empty, new or holds a comparison. Raises BadRun elsewhere."""
        target = Path(folder)
        comparing.save(self.record, target)
        return target

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in self.record.tally.items() if count)
        sides = f"{self.record.base.folder} and {self.record.new.folder}"
        return f"<Comparison of {sides}: {counts}; exit code {self.exit_code}>"


def compare(
    base: Sequence[Report],
    new: Sequence[Report],
    *,
    margin: float | None,
    min_effect: float | None,
    other_data: bool,
) -> Comparison:
    """Compares two reports, or two sets of several.

    Raises BadRun where nothing can be compared or a run stands there twice, ValueError for a margin of 0 or less.
    """
    ours, theirs = ([(report.folder, report.audit) for report in side] for side in (base, new))
    return Comparison(comparing.compared(ours, theirs, margin=margin, min_effect=min_effect, other_data=other_data))


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
