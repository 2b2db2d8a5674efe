"""What others publish of judges of the same kind, beside what ours is measured to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fairwitness.audit.judging import Tally
from fairwitness.audit.probe import Context
from fairwitness.audit.records import Cell
from fairwitness.probes.kit.judged.judges import PUBLISHED, WORDS, Label
from fairwitness.probes.kit.tables import Listing, label, number


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeFigures:
    """The figures of a judge as shares of labelled examples; None where they are not published."""

    judge: str
    examples: int | None
    accuracy: float | None
    sensitivity: float | None
    specificity: float | None
    precision: float | None
    source: str


PUBLISHED_ROWS: Listing[tuple[str, JudgeFigures]] = Listing(
    "judge_published",
    WORDS,
    label("what", lambda row: row[0]),
    label("judge", lambda row: row[1].judge),
    number("examples", lambda row: row[1].examples),
    number("accuracy", lambda row: row[1].accuracy),
    number("sensitivity", lambda row: row[1].sensitivity),
    number("specificity", lambda row: row[1].specificity),
    number("precision", lambda row: row[1].precision),
    label("source", lambda row: row[1].source),
)


def published(ctx: Context, kind: Label) -> tuple[JudgeFigures, ...]:
    """What the data at hand publish of judges of a kind: a user's file, else the packages that bring such figures."""
    rows: list[JudgeFigures] = []
    for need in PUBLISHED:
        table = ctx.data.get(need.name)
        if table is None:
            continue
        for place in range(len(table)):
            cells = {name: column[place] for name, column in table.columns.items()}
            if str(cells.get("kind")) == kind and (figures := _figures(cells)):
                rows.append(figures)
    return tuple(rows)


def measured(judge: str, tally: Tally) -> JudgeFigures:
    """The same figures of a judge that was tried in this run."""
    errors = tally.errors
    called = errors.called + errors.negatives - errors.let_go
    return JudgeFigures(
        judge=judge,
        examples=errors.positives + errors.negatives,
        accuracy=tally.agreement,
        sensitivity=errors.called / errors.positives if errors.positives else None,
        specificity=errors.let_go / errors.negatives if errors.negatives else None,
        precision=errors.called / called if called else None,
        source=WORDS("published.measured"),
    )


def _figures(cells: Mapping[str, Cell]) -> JudgeFigures | None:
    """The figures of a row; None where it names no judge or none of its figures is a share."""
    shares = {name: _share(cells.get(name)) for name in ("accuracy", "sensitivity", "specificity", "precision")}
    if not cells.get("judge") or not any(share is not None for share in shares.values()):
        return None
    count = cells.get("examples")
    return JudgeFigures(
        judge=str(cells["judge"]),
        examples=int(count) if isinstance(count, int | float) else None,
        source=str(cells.get("source") or WORDS("published.file")),
        **shares,
    )


def _share(cell: Cell) -> float | None:
    return float(cell) if isinstance(cell, int | float) and 0 <= cell <= 1 else None
