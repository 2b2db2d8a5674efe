"""What the commands of `fairwitness mitigate` do on tables: read, mitigate, write, and measure before and after."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fairwitness.audit import document
from fairwitness.audit.cli import before_after
from fairwitness.audit.cli.before_after import Settings
from fairwitness.audit.cli.reweighed_models import Training, features_of, train_and_audit
from fairwitness.audit.cli.terminal import say
from fairwitness.audit.errors import BadData, BadOption, nearest, separated, twice_named
from fairwitness.audit.own_cells import listed_columns, listed_values
from fairwitness.audit.records import Cell, DataNeed, Table

if TYPE_CHECKING:
    from fairwitness.audit.mitigation.augmentation import Augmented
    from fairwitness.audit.mitigation.thresholds import Decided

NAMES = DataNeed(name="names", what="pairs of given names", columns=("female", "male"))
WEIGHT = "weight"
ACCURACY = "accuracy"
EQUAL: Mapping[str, tuple[str, ...]] = {
    "demographic_parity": ("impact_ratio",),
    "equalized_odds": ("true_positive_rate_gap", "false_positive_rate_gap"),
    "true_positive_rate_parity": ("true_positive_rate_gap",),
    "false_negative_rate_parity": ("true_positive_rate_gap",),
    "false_positive_rate_parity": ("false_positive_rate_gap",),
    "true_negative_rate_parity": ("false_positive_rate_gap",),
}
"""The metrics that show whether a constraint was reached, by constraint."""
RATES = {
    "impact_ratio": "selection_rate",
    "true_positive_rate_gap": "true_positive_rate",
    "false_positive_rate_gap": "true_positive_rate",
}
"""The rate of which the picture shows the trade-off."""
SHOWN = 5
"""Row numbers that a line gives as examples."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The command line of `fairwitness mitigate thresholds`."""

    file: Path
    label: str
    prediction: str
    score: str
    group: Sequence[str]
    id: str | None
    unit: str | None
    favourable: str | None
    favourable_name: str | None
    constraint: str
    objective: str
    seed: int
    policy: Path | None
    out: Path
    overwrite: bool

    @property
    def rows(self) -> str:
        """What the rows of the table are called."""
        return self.unit or "rows"

    @property
    def before(self) -> Path:
        """The held-out rows as they were decided."""
        return self.out / "before.csv"

    @property
    def after(self) -> Path:
        """The held-out rows as the thresholds decide them."""
        return self.out / "after.csv"


def run_thresholds(wanted: Wanted) -> int:
    """Decides the half of the rows on which the thresholds were not fitted, and audits both decisions on them."""
    import numpy as np

    from fairwitness.audit.mitigation import thresholds
    from fairwitness.audit.tabular import load_predictions
    from fairwitness.probes.kit.decisions.categorical import outcome

    _one_of("--constraint", wanted.constraint, thresholds.CONSTRAINTS)
    _one_of("--objective", wanted.objective, thresholds.OBJECTIVES)
    _refuse_old((wanted.before, wanted.after), wanted.overwrite)
    before_after.check(wanted.out)
    table = _read(wanted.file, [wanted.label, *wanted.group, *([wanted.id] if wanted.id else [])])
    subject = load_predictions(wanted.file, label=wanted.label, prediction=wanted.prediction, score=wanted.score)
    if subject.problems:
        raise BadData(f"{wanted.file}: {'; '.join(subject.problems)}")
    labels = [outcome(cell) for cell in table.columns[wanted.label]]
    decisions = [outcome(cell) or "" for cell in subject.labels]
    counted, other = two_outcomes(labels, decisions, wanted.favourable or "")
    decided = thresholds.decide(
        np.array(subject.scores, dtype=np.float64),
        np.array([label == counted for label in labels]),
        np.array([label is not None for label in labels]),
        np.array([decision == counted for decision in decisions]),
        _crossed(table, wanted.group),
        constraint=wanted.constraint,
        objective=wanted.objective,
        seed=wanted.seed,
    )
    text_of = _spellings(table, (wanted.label, wanted.prediction), outcome)
    held = np.flatnonzero(decided.held_out).tolist()
    cells = {name: [column[row] for row in held] for name, column in table.columns.items()}
    new = [text_of[counted if decided.selected[row] else other] for row in held]
    write_table(wanted.before, cells)
    write_table(wanted.after, {**cells, wanted.prediction: new})
    _tell_rules(wanted, decided, len(held), len(table))
    held_decisions = zip(held, new, strict=True)
    changed = sum(decisions[row] != outcome(cell) for row, cell in held_decisions)
    _measure(wanted, counted, f"{changed} of {len(held)} decisions changed")
    return 0


def run_reweigh(
    file: Path, label: str, groups: Sequence[str], out: Path, overwrite: bool, rows: str, training: Training | None
) -> int:
    """Writes the table with a column of weights, prints the weight of each group and outcome, and tries them.

    `training`: the models to train with and without the weights; None trains none.
    """
    from fairwitness.audit.mitigation.reweighing import cell_weights
    from fairwitness.probes.kit.decisions.categorical import outcome

    _refuse_old((out,), overwrite)
    if training is not None:
        training.check()
    table = _read(file, [label, *groups, *([training.id] if training and training.id else [])])
    if WEIGHT in table.columns:
        raise BadData(f"{file} has a column {WEIGHT!r} already: rename it first")
    labels = [outcome(cell) for cell in table.columns[label]]
    missing = [row for row, value in enumerate(labels, start=1) if value is None]
    if missing:
        raise BadData(
            f"column {label!r}: {len(missing)} of {len(labels)} rows have no true outcome, for example row "
            f"{missing[0]}: leave them out first"
        )
    crossed, known = _crossed(table, groups), [value or "" for value in labels]
    keys = list(zip(crossed, known, strict=True))
    weights = cell_weights(crossed, known)
    if training is not None:
        features_of(table, training, label, groups)
        two_outcomes(known, known, training.favourable or "")
    write_table(out, {**table.columns, WEIGHT: [float(weights[key]) for key in keys]})
    say(f"{out}: {len(keys)} {rows}, weights in column {WEIGHT!r}")
    sizes = Counter(keys)
    for (group, value), weight in weights.items():
        where = f"{', '.join(groups)} {group}, {label} {value}"
        say(f"  {where}: weight {float(weight):.6g}, {sizes[group, value]} {rows}")
    if training is not None:
        train_and_audit(training, table, label, groups, crossed, known)
        return 0
    say(f"Under these weights every group has the base rate of all {rows}. Give them to the training of a model")
    say("(sample_weight in scikit-learn), then audit that model: weights alone change no decision. --estimator")
    say("logistic_regression trains one with and without them, audits both and compares.")
    return 0


def run_augment(file: Path, text: str, groups: Sequence[str], names: Path | None, out: Path, overwrite: bool) -> int:
    """Writes the table with the counterfactuals of its texts, and says which rows got none."""
    _refuse_old((out,), overwrite)
    augmented = counterfactuals(file, text, groups, names)
    write_table(out, augmented.columns)
    rows = augmented.rows
    made, plain = augmented.counterfactuals, augmented.plain
    say(f"{out}: counterfactuals of {made} of {rows} rows; {plain} of {rows} texts have no gendered word")
    if augmented.doubtful:
        shown = ", ".join(map(str, augmented.doubtful[:SHOWN])) + (", ..." if len(augmented.doubtful) > SHOWN else "")
        say(f"No counterfactual for {len(augmented.doubtful)} of {rows} rows (row {shown}): a word in them (her, his)")
        say("has two readings, and the words around it do not say which.")
    return 0


def counterfactuals(file: Path, text: str, groups: Sequence[str], names: Path | None) -> Augmented:
    """The table of a file with the counterfactuals of its texts; `names` is a table of given names to swap too."""
    from fairwitness.audit import datasets
    from fairwitness.audit.mitigation.augmentation import augment, name_pairs

    table = _read(file, [text, *groups])
    pairs: dict[str, str] = {}
    if names is not None:
        read = datasets.find(NAMES, given=names, offline=True)
        pairs = name_pairs(read.columns["female"], read.columns["male"])
    return augment(table.columns, text, groups=groups, names=pairs)


def _read(file: Path, columns: Sequence[str]) -> Table:
    """The table, in which each of the columns exists once."""
    from fairwitness.audit import datasets

    table = datasets.find(DataNeed(name="table", what="your table"), given=file, offline=True)
    for name in columns:
        if name not in table.columns:
            known, hint = listed_columns(table.columns), separated(table.columns)
            raise BadData(f"{file}: there is no column {name!r}{nearest(name, table.columns)} (columns: {known}){hint}")
        if table.repeats(name):
            raise BadData(f"{file}: {twice_named(name)}")
    return table


def _one_of(option: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise BadOption(f"{option} {value!r} is not known{nearest(value, known)} (known: {', '.join(known)})")


def _refuse_old(files: Sequence[Path], overwrite: bool) -> None:
    for file in files:
        if file.exists() and not overwrite:
            raise BadOption(f"{file} is there already: name another with -o, or add --overwrite")


def two_outcomes(labels: Sequence[str | None], decisions: Sequence[str], favourable: str) -> tuple[str, str]:
    """The counted outcome and the other one. Raises BadOption where there are not two."""
    from fairwitness.probes.kit.decisions.counted import counted_outcome

    known = [label for label in labels if label is not None]
    counted = counted_outcome(favourable, known, decisions)
    values = Counter([*known, *decisions])
    others = [value for value in sorted(values) if value != counted]
    if counted not in values or len(others) != 1:
        raise BadOption(
            f"thresholds decide between two outcomes, named by value; here are {len(values)} (true outcomes: "
            f"{listed_values(Counter(known))}; decisions: {listed_values(Counter(decisions))})"
        )
    return counted, others[0]


def _crossed(table: Table, groups: Sequence[str]) -> list[str]:
    """The group of each row; of several columns, their crossing."""
    from fairwitness.probes.kit.decisions.categorical import group
    from fairwitness.probes.kit.decisions.group_columns import MOST_GROUPS

    columns = [[group(cell) for cell in table.columns[name]] for name in groups]
    crossed = [" and ".join(names) for names in zip(*columns, strict=True)]
    kinds = len(set(crossed))
    if kinds > MOST_GROUPS:
        raise BadOption(
            f"group column {' and '.join(map(repr, groups))} has {kinds} different values in {len(crossed)} rows; "
            f"at most {MOST_GROUPS} groups can be told apart"
        )
    return crossed


def _spellings(table: Table, columns: Sequence[str], outcome: Callable[[Cell], str | None]) -> dict[str, Cell]:
    """How the table spells each outcome; the last column wins."""
    return {
        value: cell
        for name in columns
        for cell in reversed(table.columns[name])
        if (value := outcome(cell)) is not None
    }


def write_table(path: Path, columns: Mapping[str, Sequence[Cell]]) -> None:
    """A CSV file, whole or not at all."""
    buffer = io.StringIO()
    out = csv.writer(buffer, lineterminator="\n")
    out.writerow(columns)
    out.writerows(zip(*columns.values(), strict=True))
    with document.writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    document.write_file(path, buffer.getvalue())


def _tell_rules(wanted: Wanted, decided: Decided, held: int, rows: int) -> None:
    say(f"Fitted on {rows - held} {wanted.rows} for {wanted.constraint} and {wanted.objective}, seed {wanted.seed}:")
    for rule in decided.rules:
        say(f"  {', '.join(wanted.group)} {rule.group}: {rule}")
    for group, why in decided.left_alone.items():
        say(f"  {', '.join(wanted.group)} {group}: too few {wanted.rows} to fit ({why}), decisions stay as they were")
    others = f"the other {held} {wanted.rows}, decided as they were and by these rules"
    say(f"{wanted.before} and {wanted.after} hold {others}.")
    say("The rules look at a person's group. Where the law forbids that (disparate treatment), they show what is")
    say("possible and must not be used.")


def _measure(wanted: Wanted, counted: str, changed: str) -> None:
    """Audits both files and tells what the thresholds gave and cost."""
    named = {
        "probes": ["group_fairness"],
        "label": wanted.label,
        "prediction": wanted.prediction,
        "score": wanted.score,
        "group": list(wanted.group),
        "favourable": counted,
        "id": wanted.id,
        "unit": wanted.unit,
        "favourable_name": wanted.favourable_name,
        "policy": None if wanted.policy is None else str(wanted.policy),
    }
    given = {key: value for key, value in named.items() if value}
    sides = [Settings({**given, "model": f"predictions:{file}"}) for file in (wanted.before, wanted.after)]
    equal = EQUAL[wanted.constraint]
    compared = before_after.measure(wanted.out, before_after.jobs(wanted.out, sides), RATES[equal[0]])
    before_after.tell(wanted.out, compared, [f"group_fairness/{name}" for name in (*equal, ACCURACY)], changed)
