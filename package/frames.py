"""The tables of an audit as DataFrames."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairwitness.audit.document import read_items, stored_rows
from fairwitness.audit.document.items import items_bytes
from fairwitness.audit.errors import UnknownProbe, UnknownTable, nearest
from fairwitness.audit.records import Audit, Evidence, Measured, StoredItems
from fairwitness.reports.outputs import rows
from fairwitness.reports.outputs.rows import OF_METRICS, OF_VERDICTS
from fairwitness.reports.signs import SURROGATE

if TYPE_CHECKING:
    import pandas as pd

OF_TABLES = ("id", "probe", "caption", "kind", "columns", "rows", "total")


def metrics(audit: Audit) -> pd.DataFrame:
    """Every metric of every probe that ran, in the order of the document."""
    return _frame(rows.metrics(audit), OF_METRICS)


def verdicts(audit: Audit) -> pd.DataFrame:
    """Every verdict, in the order of the document."""
    return _frame(rows.verdicts(audit), OF_VERDICTS)


def tables(audit: Audit) -> pd.DataFrame:
    """Every piece of evidence: what it shows and how large it is."""
    listed = [
        {
            "id": item.id,
            "probe": probe,
            "caption": item.caption,
            "kind": item.kind,
            "columns": [column.name for column in item.columns],
            "rows": item.shown,
            "total": item.total,
        }
        for probe, item in _evidence(audit)
    ]
    return _frame(listed, OF_TABLES)


def evidence(audit: Audit, folder: Path, id: str) -> pd.DataFrame:
    """One piece of evidence, its columns as the document calls them; `attrs` hold caption, probe and units.

    Raises UnknownTable where none has the id, or where two probes have one.
    """
    import pandas as pd

    known = {f"{probe}/{item.id}": (probe, item) for probe, item in _evidence(audit)}
    matching = [name for name, (_, item) in known.items() if id in (name, item.id)]
    if not matching:
        ids = [*known, *(item.id for _, item in known.values())]
        raise UnknownTable(f"no evidence {id!r}{nearest(id, ids)} (`evidence()` lists all {len(known)})")
    if len(matching) > 1:
        raise UnknownTable(f"evidence {id!r} is of several probes: name one of {', '.join(matching)}")
    probe, item = known[matching[0]]
    cells = [[_held(cell) for cell in row] for row in stored_rows(folder, item)]
    frame = pd.DataFrame(cells, columns=[_held(column.name) for column in item.columns])
    units = {column.name: column.unit for column in item.columns if column.unit}
    frame.attrs = {"probe": probe, "caption": str(item.caption), "units": units}
    return frame


def items(audit: Audit, folder: Path, probe: str) -> pd.DataFrame:
    """The items or rows that a probe asked. Raises UnknownProbe where this run asked no such probe, or it has none."""
    import pandas as pd

    known = {result.probe.name: result for result in audit.results}
    result = known.get(probe)
    if result is None:
        raise UnknownProbe(f"this run asked no probe {probe!r}{nearest(probe, known)} (asked: {', '.join(known)})")
    if not isinstance(result, Measured) or result.items is None:
        why = "keeps no items" if isinstance(result, Measured) else f"was not measured: {result.reason}"
        raise UnknownProbe(f"the probe {probe!r} {why}")
    if isinstance(result.items, StoredItems) and result.items.redacted:
        raise UnknownProbe(f"the items of the probe {probe!r} were taken out of this run")
    asked = result.items if not isinstance(result.items, StoredItems) else read_items(folder, result.items)
    return pd.read_parquet(io.BytesIO(items_bytes(asked)))


def _measured(audit: Audit) -> Iterator[Measured]:
    return (result for result in audit.results if isinstance(result, Measured))


def _evidence(audit: Audit) -> Iterator[tuple[str, Evidence]]:
    for result in _measured(audit):
        for item in result.evidence:
            yield result.probe.name, item


def _frame(records: list[dict[str, Any]], columns: Iterable[str]) -> pd.DataFrame:
    import pandas as pd

    names = list(columns)
    return pd.DataFrame([[_held(record.get(name)) for name in names] for record in records], columns=names)


def _held(cell: Any) -> Any:
    """A cell as a column of texts can hold it: a lone surrogate, which no encoding has, becomes U+FFFD."""
    return SURROGATE.sub("\ufffd", cell) if isinstance(cell, str) and SURROGATE.search(cell) else cell
