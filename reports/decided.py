"""Of decisions about the rows of a table: which file, what a row and the counted decision mean, who was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from fairwitness.audit.records import (
    Audit,
    DataSource,
    DecisionRows,
    Evidence,
    Facts,
    Json,
    Measured,
    StoredItems,
    joined,
)
from fairwitness.reports.facts import FactRow, fact_rows, period_rows
from fairwitness.reports.i18n import both
from fairwitness.reports.text import line

FILE = "predictions"
"""The kind of a subject that is a file of decisions: nothing was asked of a model."""
LEFT_OUT = "left_out"
"""The table of what was left out: number, reason, remedy."""


NO_FACTS = Facts()
COLUMNS = ("prediction", "label", "score", "weight", "id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a reader must know of a table of decisions: facts by what they say, without those that nobody gave.

    `left_out` has every reason with the number of rows that were left out for it.
    """

    facts: tuple[tuple[str, str], ...]
    left_out: tuple[tuple[str, str], ...]


LOG = "log"
"""The kind of a subject that is a log of another harness: nothing was asked of a model either."""


def only_a_file(audit: Audit) -> bool:
    """Whether decisions were read from a file and no model was asked."""
    return audit.manifest.subject.kind == FILE


def only_a_log(audit: Audit) -> bool:
    """Whether what another harness wrote down was read and no model was asked."""
    return audit.manifest.subject.kind == LOG


def decided(result: Measured, sources: Sequence[DataSource], options: Json, facts: Facts = NO_FACTS) -> Decided | None:
    """The facts of a probe of decisions, from its options as the document has them; None of any other probe.

    What period and population the data cover only people know: it stands in `facts`, or is missing by its name.
    """
    items = result.items
    of_rows = isinstance(items, DecisionRows) or (isinstance(items, StoredItems) and items.kind == "decision_rows")
    if items is None or not of_rows:
        return None
    rows = items.rows if isinstance(items, StoredItems) else len(items)
    given = {
        "file": next((_name(source) for source in sources), ""),
        "rows": f"{rows:,}",
        "period": _of_the_data(period_rows(facts)),
        "population": _of_the_data(row for row in fact_rows(facts) if row.name == "audit_data.population"),
        **{key: options.get(key) for key in ("unit", "favourable", "favourable_name", "outcome_name", *COLUMNS)},
    }
    return Decided(
        facts=tuple([(key, line(_text(value))) for key, value in given.items() if value]),
        left_out=tuple((reason, f"{count:,}") for reason, count in _left_out(result.evidence).items()),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else str(value)


def _of_the_data(rows: Iterable[FactRow]) -> str:
    """What the facts say of the data of the audit, source by source; that it is missing where they say nothing."""
    texts = [text for row in rows for text in row.texts]
    return joined(both("semicolon"), texts) if texts else both("missing")


def options_of(config: Json, probe: str) -> Json:
    """The options of a probe in the settings as they were resolved; empty where the document has none."""
    resolved = config.get("resolved")
    probes = resolved.get("probe") if isinstance(resolved, Mapping) else None
    options = probes.get(probe) if isinstance(probes, Mapping) else None
    return options if isinstance(options, Mapping) else {}


def _name(source: DataSource) -> str:
    return PurePath(source.source.replace("\\", "/")).name or source.source


def _left_out(evidence: Sequence[Evidence]) -> Counter[str]:
    """How many rows were left out for each reason."""
    tables = [table for table in evidence if table.id == LEFT_OUT]
    return Counter(line(str(row[1])) for table in tables for row in table.rows)
