"""Decisions that were already made, in a table in memory, as a subject."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from fairwitness.audit.datasets.frames import NAME, table_of
from fairwitness.audit.records import Table
from fairwitness.audit.tabular.predictions import PredictionsFile, decisions_of


@dataclass(frozen=True, slots=True, init=False)
class Predictions(PredictionsFile):
    """Decisions by row: column `prediction` of a DataFrame, with `score` and true outcomes (`label`) where it has them.

    The same as a file of decisions, without a file: rows are asked by their number, and the table about the rows is
    the DataFrame itself, or another with as many rows. Raises BadData where a column is absent or holds no decision.

    >>> import pandas as pd
    >>> Predictions(pd.DataFrame({"hired": ["yes", "no"]}), "hired").labels
    ('yes', 'no')
    """

    table: Table = field(kw_only=True)
    chosen: Mapping[str, str] = field(kw_only=True)
    """The column of each role: `prediction`, `score`, `label`."""

    def __init__(
        self, frame: object, prediction: str, *, label: str | None = None, score: str | None = None, name: str = NAME
    ) -> None:
        table = frame if isinstance(frame, Table) else table_of(frame, name)
        chosen = {"prediction": prediction, "score": score, "label": label}
        print_of = hashlib.sha256(repr((table.source.sha256, sorted(chosen.items(), key=str))).encode()).hexdigest()
        made = decisions_of(table.columns, chosen, where=name, spec=f"predictions:{name}", fingerprint=print_of)
        for made_field in fields(PredictionsFile):
            object.__setattr__(self, made_field.name, getattr(made, made_field.name))
        object.__setattr__(self, "table", table)
        object.__setattr__(self, "chosen", {role: column for role, column in chosen.items() if column})
