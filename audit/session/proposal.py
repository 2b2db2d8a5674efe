"""What a run over a table still lacks: all of it at once, with the columns there are and a command that would work."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairwitness.audit.config import RunConfig
from fairwitness.audit.datasets.tables import Columns, read_columns
from fairwitness.audit.errors import FairwitnessError, separated
from fairwitness.audit.own_cells import are_names, column_name
from fairwitness.audit.records import Cell
from fairwitness.audit.session.select import PREDICTIONS
from fairwitness.probes.kit.decisions.categorical import MOST_CLASSES, is_number, outcome
from fairwitness.probes.kit.decisions.counted import POSITIVE_WORDS
from fairwitness.probes.kit.decisions.group_columns import MOST_GROUPS
from fairwitness.probes.kit.decisions.spelling import spells_missing

MOST_COLUMNS = 24
ROLES = ("label", "prediction", "score")
MOST_TEXT_GROUPS = 20
"""Different texts up to which a column that nothing in its name tells may be one of groups."""
FEW = 10
NAMES: Mapping[str, frozenset[str]] = {
    "prediction": frozenset(
        {
            "prediction",
            "predictions",
            "predicted",
            "predict",
            "pred",
            "preds",
            "decision",
            "decisions",
            "decided",
            "dec",
            "d",
            "yhat",
            "hat",
            "granted",
            "selected",
            "approved",
            "accepted",
            "hired",
            "classified",
        }
    ),
    "label": frozenset(
        {"label", "labels", "y", "true", "truth", "target", "outcome", "actual", "observed", "gold", "repaid", "real"}
    ),
    "score": frozenset(
        {"score", "scores", "p", "prob", "probs", "probability", "probabilities", "proba", "risk", "confidence"}
    ),
    "id": frozenset({"id", "ids", "pid", "uid", "uuid", "identifier"}),
    "group": frozenset(
        {
            "sex",
            "gender",
            "geschlecht",
            "race",
            "ethnicity",
            "ethnic",
            "age",
            "group",
            "groups",
            "nationality",
            "religion",
            "disability",
            "region",
            "country",
            "citizenship",
        }
    ),
}
"""Words in the name of a column that tell what it is."""
FAVOURABLE = (*POSITIVE_WORDS, "true", "pass", "passed", "ja", "oui", "si", "sí", "sim", "tak", "是", ">50k", "2")
"""Outcomes that are likely the good one, what is surest first."""
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Looked:
    """A column as far as its role shows: its different values with their rows, and whether all are numbers."""

    name: str
    values: Mapping[str, int]
    numbers: bool
    rows: int

    @classmethod
    def at(cls, name: str, cells: Sequence[Cell]) -> Looked:
        """The column, without empty cells and those that spell out that they are."""
        counts = Counter(cells)
        values: Counter[str] = Counter()
        for cell, rows in counts.items():
            text = outcome(cell)
            if text is not None and not spells_missing(text):
                values[text] += rows
        return cls(name, values, bool(values) and all(map(is_number, values)), len(cells))

    def says(self, role: str) -> bool:
        """Whether a word of its name is one of the role's."""
        parts = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", self.name)
        return any(word in NAMES[role] for word in _WORD.findall(parts.replace("_", " ").casefold()))

    @property
    def described(self) -> str:
        """The column for a message: its name and what it holds, never its values."""
        kind = "numbers" if self.numbers else "texts"
        return f"{column_name(self.name)} ({len(self.values)} different {kind})"


def proposed(config: RunConfig) -> Iterator[Mapping[str, Any]]:
    """Ways to name what is missing, the fullest first, as settings to add; none where no table can be read."""
    columns = _columns(config)
    if not columns:
        return
    free = [Looked.at(name, cells) for name, cells in columns.items() if name and name.isprintable()]
    table = {column.name: column for column in free}
    taken = {str(name) for key in (*ROLES, "weight", "id") if (name := getattr(config, key))}
    free = [column for column in free if column.name not in {*taken, *config.group}]
    proposal: dict[str, Any] = {}
    score = _score(free) if not config.score else None
    if score is not None:
        free.remove(score)
    groups = [] if config.group else _groups(free)
    rest = [column for column in free if column not in groups]
    if (config.model or "").startswith(PREDICTIONS):
        proposal |= _decisions(config, rest, table.get(config.prediction or ""))
        if score is not None:
            proposal["score"] = score.name
    elif not config.label and (label := _first(rest, "label")) is not None:
        proposal["label"] = label.name
    if not config.id and (names := _ids(rest)):
        proposal["id"] = names[0].name
    if groups:
        proposal["group"] = tuple(group.name for group in groups)
    for left_out in ((), ("score",), ("label",), ("score", "label")):
        if set(left_out) <= set(proposal):
            chosen = {key: value for key, value in proposal.items() if key not in left_out}
            roles = [chosen.get(key) or getattr(config, key) for key in ("label", "prediction")]
            good = "" if config.favourable else _favourable([table[name] for name in roles if name in table])
            yield {**chosen, "favourable": good} if good else chosen


def seen(config: RunConfig) -> str:
    """The columns of the table for a message; empty where none can be read."""
    columns = _columns(config)
    shown = [Looked.at(name, cells).described for name, cells in list(columns.items())[:MOST_COLUMNS]]
    more = f" and {len(columns) - MOST_COLUMNS} more" if len(columns) > MOST_COLUMNS else ""
    return ", ".join(shown) + more + separated(columns)


def _columns(config: RunConfig) -> Columns:
    """The table that a run is about; empty where none is named or it cannot be read."""
    model = config.model or ""
    predictions = model.removeprefix(PREDICTIONS) if model.startswith(PREDICTIONS) else ""
    path = Path(predictions or (config.data[-1].rpartition("=")[2] if config.data else ""))
    try:
        return read_columns(path) if path.is_file() else {}
    except (FairwitnessError, OSError):
        return {}


def _first(columns: Sequence[Looked], role: str) -> Looked | None:
    """The first column that could be counted and whose name tells the role."""
    return next((column for column in columns if column.says(role) and 2 <= len(column.values) <= MOST_CLASSES), None)


def _score(columns: Sequence[Looked]) -> Looked | None:
    """The column of scores: many numbers, and told by its name or, where only one is, by lying between 0 and 1."""
    many = [column for column in columns if column.numbers and len(column.values) > FEW]
    shares = [column for column in many if all(0 <= float(value) <= 1 for value in column.values)]
    named = [column for column in many if column.says("score")]
    return named[0] if named else shares[0] if len(shares) == 1 else None


def _groups(columns: Sequence[Looked]) -> list[Looked]:
    """The columns whose names tell groups; where none does, those of few texts that are no outcomes."""
    fit = [column for column in columns if 2 <= len(column.values) <= MOST_GROUPS]
    named = [column for column in fit if column.says("group")]
    if named:
        return named
    other = [column for column in fit if not any(column.says(role) for role in ("prediction", "label", "score"))]
    texts = [column for column in other if not column.numbers and len(column.values) <= MOST_TEXT_GROUPS]
    return texts[:1]


def _ids(columns: Sequence[Looked]) -> list[Looked]:
    """Columns that are called an id and name every row by a value of its own."""
    return [column for column in columns if column.says("id") and len(column.values) == column.rows]


def _decisions(config: RunConfig, columns: Sequence[Looked], named: Looked | None) -> dict[str, str]:
    """The columns of decisions and of true outcomes, as far as they are not named: by name, then by equal values.

    `named` is the column of decisions where that is named.
    """
    countable = [
        column for column in columns if 2 <= len(column.values) <= MOST_CLASSES and len(column.values) < column.rows
    ]
    decisions: dict[str, str] = {}
    if not config.prediction:
        chosen = _first(countable, "prediction") or next(
            (column for column in countable if not column.says("label")), None
        )
        chosen = chosen or next(iter(countable), None)
        if chosen is None:
            return decisions
        decisions["prediction"] = chosen.name
        countable = [column for column in countable if column is not chosen]
        alike = [column for column in countable if set(column.values) <= set(chosen.values)]
    else:
        alike = [column for column in countable if named and set(column.values) <= set(named.values)]
    label = _first(alike, "label") or (alike[0] if len(alike) == 1 else None)
    if not config.label and label is not None:
        decisions["label"] = label.name
    return decisions


def _favourable(outcomes: Sequence[Looked]) -> str:
    """The outcome to count where the probe would ask for it: likely the good one, else the one of fewer rows.

    None where outcomes are texts and no names, which a command must not repeat.
    """
    values: Counter[str] = Counter()
    if not all(are_names(column.values) for column in outcomes):
        return ""
    for column in outcomes:
        values.update(column.values)
    known = [value for value in values if value.casefold() in POSITIVE_WORDS]
    if len(values) < 2 or (len(values) == 2 and len(known) == 1):
        return ""
    if len(values) > 2 and len(outcomes) > 1:
        return ""
    places = {value: index for index, value in enumerate(FAVOURABLE)}
    return min(values, key=lambda value: (places.get(value.casefold(), len(FAVOURABLE)), values[value], value))
