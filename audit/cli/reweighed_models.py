"""Models trained with and without the weights of `fairwitness mitigate reweigh`, audited on rows that neither saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fairwitness.audit.cli import before_after
from fairwitness.audit.cli.before_after import Settings
from fairwitness.audit.cli.terminal import say
from fairwitness.audit.errors import BadData, BadOption, nearest, twice_named
from fairwitness.audit.mitigation import training
from fairwitness.audit.records import Cell, Table

DECISION, SCORE = "decision", "score"
"""The columns that the models' answers are written to."""
WANTED = ("group_fairness/impact_ratio", "group_fairness/true_positive_rate_gap", "group_fairness/accuracy")
HALF = 0.5
"""The score from which on a row is selected."""
LISTED = 12
"""Names of columns that a line holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """What `mitigate reweigh` was told of the models to train."""

    estimator: str
    features: Sequence[str]
    seed: int
    id: str | None
    unit: str | None
    favourable: str | None
    favourable_name: str | None
    policy: Path | None
    out: Path

    def check(self) -> None:
        """Raises UsageError for a model of no known name, and where a folder is not ours to write."""
        if self.estimator not in training.ESTIMATORS:
            known = ", ".join(training.ESTIMATORS)
            near = nearest(self.estimator, training.ESTIMATORS)
            raise BadOption(f"--estimator {self.estimator!r} is not known{near} (known: {known})")
        before_after.check(self.out)


def features_of(table: Table, wanted: Training, label: str, groups: Sequence[str]) -> list[str]:
    """The columns that a model is trained on: those that were named, or all but outcome, groups and id."""
    for name in (DECISION, SCORE):
        if name in table.columns:
            raise BadData(f"the table has a column {name!r} already, which holds what a model says: rename it first")
    for name in wanted.features:
        if name not in table.columns:
            raise BadOption(f"--feature {name!r}: there is no such column{nearest(name, table.columns)}")
        if table.repeats(name):
            raise BadOption(f"--feature {name!r}: {twice_named(name)}")
        if name == label:
            raise BadOption(f"--feature {name!r} is the true outcome")
    left_out = {label, *groups, wanted.id}
    return list(wanted.features) or [name for name in table.columns if name not in left_out]


def train_and_audit(
    wanted: Training, table: Table, label: str, groups: Sequence[str], crossed: Sequence[str], labels: Sequence[str]
) -> None:
    """Trains on half of the rows twice, decides the other half twice, and audits both.

    `labels` are the true outcomes of all rows, `crossed` their groups.
    """
    import numpy as np

    from fairwitness.audit.cli.mitigations import two_outcomes, write_table
    from fairwitness.audit.mitigation.reweighing import cell_weights
    from fairwitness.audit.mitigation.thresholds import held_out_half

    features = features_of(table, wanted, label, groups)
    counted, other = two_outcomes(labels, labels, wanted.favourable or "")
    positive = np.array([value == counted for value in labels])
    held_out = held_out_half(crossed, positive, np.ones(len(labels), dtype=bool), wanted.seed)
    fitted = ~held_out
    rows = np.flatnonzero(fitted).tolist()
    cells = cell_weights([crossed[row] for row in rows], [labels[row] for row in rows])
    weights = np.array([float(cells.get(key, 0)) for key in zip(crossed, labels, strict=True)])
    columns = {name: table.columns[name] for name in features}
    spelled: dict[str, Cell] = {}
    for value, cell in zip(labels, table.columns[label], strict=True):
        spelled.setdefault(value, cell)
    held = np.flatnonzero(held_out).tolist()
    plain = {name: [column[row] for row in held] for name, column in table.columns.items()}
    selected = []
    for file, given in ((wanted.out / "before.csv", None), (wanted.out / "after.csv", weights)):
        scores = training.scores(columns, positive, fitted, given, estimator=wanted.estimator, seed=wanted.seed)[
            held_out
        ]
        decisions = scores >= HALF
        selected.append(decisions)
        said = [spelled[counted if decision else other] for decision in decisions.tolist()]
        write_table(file, {**plain, DECISION: said, SCORE: scores.tolist()})
    shown = ", ".join(features[:LISTED]) + (f" and {len(features) - LISTED} more" if len(features) > LISTED else "")
    say(f"{wanted.estimator} on {len(rows)} {wanted.unit or 'rows'}, without and with weights, by {shown}:")
    changed = int((selected[0] != selected[1]).sum())
    _audit(wanted, label, groups, counted, f"{changed} of {len(held)} decisions changed")


def _audit(wanted: Training, label: str, groups: Sequence[str], counted: str, changed: str) -> None:
    named = {
        "probes": ["group_fairness"],
        "label": label,
        "prediction": DECISION,
        "score": SCORE,
        "group": list(groups),
        "favourable": counted,
        "id": wanted.id,
        "unit": wanted.unit,
        "favourable_name": wanted.favourable_name,
        "policy": None if wanted.policy is None else str(wanted.policy),
    }
    given = {key: value for key, value in named.items() if value}
    files = (wanted.out / "before.csv", wanted.out / "after.csv")
    sides = [Settings({**given, "model": f"predictions:{file}"}) for file in files]
    compared = before_after.measure(wanted.out, before_after.jobs(wanted.out, sides), "selection_rate")
    before_after.tell(wanted.out, compared, WANTED, changed)
