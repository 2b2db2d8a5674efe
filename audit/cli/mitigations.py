"""What the commands of `fairwitness mitigate` do: read, mitigate, write, and say what to run next."""

from __future__ import annotations

import csv
import io
import shlex
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fairwitness.audit import document
from fairwitness.audit.cli.terminal import say
from fairwitness.audit.errors import BadData, BadOption, nearest, separated, twice_named
from fairwitness.audit.own_cells import listed_columns, listed_values
from fairwitness.audit.records import Cell, DataNeed, Table

if TYPE_CHECKING:
    from fairwitness.audit.mitigation.thresholds import Decided

NAMES = DataNeed(name="names", what="pairs of given names", columns=("female", "male"))
WEIGHT = "weight"
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
    """Writes before.csv and after.csv: the half of the rows on which the thresholds were not fitted."""
    import numpy as np

    from fairwitness.audit.mitigation import thresholds
    from fairwitness.audit.tabular import load_predictions
    from fairwitness.probes.kit.decisions.categorical import outcome

    _one_of("--constraint", wanted.constraint, thresholds.CONSTRAINTS)
    _one_of("--objective", wanted.objective, thresholds.OBJECTIVES)
    _refuse_old((wanted.before, wanted.after), wanted.overwrite)
    table = _read(wanted.file, [wanted.label, *wanted.group, *([wanted.id] if wanted.id else [])])
    subject = load_predictions(wanted.file, label=wanted.label, prediction=wanted.prediction, score=wanted.score)
    if subject.problems:
        raise BadData(f"{wanted.file}: {'; '.join(subject.problems)}")
    labels = [outcome(cell) for cell in table.columns[wanted.label]]
    decisions = [outcome(cell) or "" for cell in subject.labels]
    counted, other = _two_outcomes(labels, decisions, wanted.favourable or "")
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
    _write(wanted.before, cells)
    _write(wanted.after, {**cells, wanted.prediction: new})
    _tell_rules(wanted, decided, len(held), len(table))
    _tell_commands(wanted, counted)
    return 0


def run_reweigh(file: Path, label: str, groups: Sequence[str], out: Path, overwrite: bool, rows: str) -> int:
    """Writes the table with a column of weights, and prints the weight of each group and outcome."""
    from fairwitness.audit.mitigation.reweighing import cell_weights
    from fairwitness.probes.kit.decisions.categorical import outcome

    _refuse_old((out,), overwrite)
    table = _read(file, [label, *groups])
    if WEIGHT in table.columns:
        raise BadData(f"{file} has a column {WEIGHT!r} already: rename it first")
    labels = [outcome(cell) for cell in table.columns[label]]
    missing = [row for row, value in enumerate(labels, start=1) if value is None]
    if missing:
        raise BadData(
            f"column {label!r}: {len(missing)} of {len(labels)} rows have no true outcome, for example row "
            f"{missing[0]}: leave them out first"
        )
    keys = list(zip(_crossed(table, groups), [value or "" for value in labels], strict=True))
    weights = cell_weights([group for group, _ in keys], [value for _, value in keys])
    _write(out, {**table.columns, WEIGHT: [float(weights[key]) for key in keys]})
    say(f"{out}: {len(keys)} {rows}, weights in column {WEIGHT!r}")
    sizes = Counter(keys)
    for (group, value), weight in weights.items():
        where = f"{', '.join(groups)} {group}, {label} {value}"
        say(f"  {where}: weight {float(weight):.6g}, {sizes[group, value]} {rows}")
    say(f"Under these weights every group has the base rate of all {rows}. Give them to the training of a model")
    say("(sample_weight in scikit-learn), then audit that model: weights alone change no decision.")
    return 0


def run_augment(file: Path, text: str, groups: Sequence[str], names: Path | None, out: Path, overwrite: bool) -> int:
    """Writes the table with the counterfactuals of its texts, and says which rows got none."""
    from fairwitness.audit import datasets
    from fairwitness.audit.mitigation.augmentation import augment, name_pairs

    _refuse_old((out,), overwrite)
    table = _read(file, [text, *groups])
    pairs: dict[str, str] = {}
    if names is not None:
        read = datasets.find(NAMES, given=names, offline=True)
        pairs = name_pairs(read.columns["female"], read.columns["male"])
    augmented = augment(table.columns, text, groups=groups, names=pairs)
    _write(out, augmented.columns)
    rows = len(table)
    made, plain = augmented.counterfactuals, augmented.plain
    say(f"{out}: counterfactuals of {made} of {rows} rows; {plain} of {rows} texts have no gendered word")
    if augmented.doubtful:
        shown = ", ".join(map(str, augmented.doubtful[:SHOWN])) + (", ..." if len(augmented.doubtful) > SHOWN else "")
        say(f"No counterfactual for {len(augmented.doubtful)} of {rows} rows (row {shown}): a word in them (her, his)")
        say("has two readings, and the words around it do not say which.")
    return 0


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


def _two_outcomes(labels: Sequence[str | None], decisions: Sequence[str], favourable: str) -> tuple[str, str]:
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


def _write(path: Path, columns: Mapping[str, Sequence[Cell]]) -> None:
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


def _tell_commands(wanted: Wanted, counted: str) -> None:
    """The lines that audit both files and compare them."""
    say("Next:")
    runs = []
    for file in (wanted.before, wanted.after):
        columns = ["--label", wanted.label, "--prediction", wanted.prediction, "--score", wanted.score]
        groups = [word for name in wanted.group for word in ("--group", name)]
        run = str(file.with_suffix(""))
        words = ["fairwitness", "run", f"predictions:{file}", "-p", "group_fairness", *columns, *groups]
        say("  " + shlex.join([*words, *_named(wanted), "--favourable", counted, "-o", run]))
        runs.append(run)
    say("  " + shlex.join(["fairwitness", "compare", *runs]))


def _named(wanted: Wanted) -> list[str]:
    """The options by which a run calls rows and decisions, as they were given here."""
    given = {"--id": wanted.id, "--unit": wanted.unit, "--favourable-name": wanted.favourable_name}
    return [word for flag, value in given.items() if value for word in (flag, value)]
