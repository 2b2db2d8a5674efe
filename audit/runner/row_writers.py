"""Tables that a probe writes while it runs: held while they are small, in a file from then on."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from fairwitness.audit import document
from fairwitness.audit.probe import MemoryRows, OpenTable, RowWriter
from fairwitness.audit.records import Cell, Column, Evidence, StoredRows
from fairwitness.audit.runner.findings import plain_row
from fairwitness.audit.runner.own_texts import OwnTexts
from fairwitness.audit.runner.redaction import redact_row

GROUP = 2_000
"""Rows that are held before they are written as one group."""


def table_opener(folder: Path | None, probe: str, *, show_secrets: bool, own_texts: Collection[str] = ()) -> OpenTable:
    """Opens writers of one probe: in the folder of the run, or in memory where there is none.

    `own_texts` are the texts of the user's files, which are hidden unless secrets are shown.
    """
    if folder is None:
        return MemoryRows
    known: list[OwnTexts] = []

    def hidden(columns: tuple[Column, ...]) -> OwnTexts | None:
        """What the user's texts hold, gathered once; not for a table without prompts, which would not ask for it."""
        if show_secrets or not any(column.role == "prompt" for column in columns):
            return None
        if not known:
            known.append(OwnTexts.of(own_texts))
        return known[0]

    return lambda name, caption, columns: FileRows(
        folder, probe, MemoryRows(name, caption, columns), show_secrets, hidden(columns)
    )


class FileRows(RowWriter):
    """A writer whose rows go to a file in groups. Secret cells and the user's own texts are hidden before that."""

    def __init__(
        self, folder: Path, probe: str, held: MemoryRows, show_secrets: bool, own_texts: OwnTexts | None = None
    ) -> None:
        self._held = held
        prompts = any(column.role == "prompt" for column in held.columns)
        self._own = own_texts if prompts and own_texts is not None else OwnTexts()
        self._show_secrets = show_secrets
        self._place, self._file = document.row_file(folder, probe, held.id, held.columns)
        self._written = 0

    def add(self, row: tuple[Cell, ...]) -> None:
        """Checks the row as findings are checked, and writes it with its group."""
        self._held.add(plain_row(self._held.id, self._held.columns, row))
        if len(self._held.rows) > GROUP:
            self._write(self._held.rows[:GROUP])
            del self._held.rows[:GROUP]

    def _write(self, rows: list[tuple[Cell, ...]]) -> None:
        shown = rows if self._show_secrets else [redact_row(self._held.columns, row) for row in rows]
        shown = [self._own.row(self._held.columns, row) for row in shown] if self._own else shown
        with document.writing(Path(self._place)):
            self._file.add(shown)
        self._written += len(rows)

    def evidence(self) -> Evidence:
        """The table: its rows where they are few, the name and hash of its file where they are many."""
        if not self._written and len(self._held.rows) <= document.INLINE_ROWS:
            return self._held.evidence()
        self._write(self._held.rows)
        with document.writing(Path(self._place)):
            digest = self._file.close()
        stored = StoredRows(self._place, digest, self._written)
        held = self._held
        return Evidence(
            id=held.id,
            caption=held.caption,
            kind="table",
            columns=held.columns,
            rows=(),
            total=self._written,
            stored=stored,
        )
