"""The words of a probe: what a reader sees of it, kept as data in the `words.toml` beside its code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from fairwitness.audit import reasons, words
from fairwitness.audit.probe import DoesNotApply
from fairwitness.audit.records import (
    AbsenceCode,
    DataNeed,
    ProbeSpec,
    ReasonCode,
    Translated,
    Undefined,
    UndefinedKind,
    as_translated,
    joined,
    languages,
)


@dataclass(frozen=True, slots=True)
class Words(words.Words):
    """The words of a probe: a tree of texts, of which its spec and its data needs are made too."""

    def undefined(
        self, name: str, code: ReasonCode, kind: UndefinedKind = "not_estimable", /, **values: object
    ) -> Undefined:
        """What is undefined for the reason of a dotted name, filled in; the code is one of `REASON_CODES`."""
        return reasons.undefined(self, name, code, kind, **values)

    def column(self, table: str, key: str) -> str:
        """What the column of a table is called: under `[table.ID.heads]`, `[heads]`, or `[heads]` of the kit.

        Where none of them has the key it is the name itself, the same in every language: a word of a text, say. A test
        holds that no column of ours that has a meaning is one of these.
        """
        return self._first((f"table.{table}.heads", "heads"), key)

    def term(self, branch: str, key: str) -> str:
        """A key that reads in other languages as it does under a branch of these words, or of the kit's.

        Branches: `[metrics]` for names of metrics, `[units]`, and `[labels]` for what metrics are told apart by.
        """
        return as_translated(key, self._first((branch,), key))

    def labelled(self, label: str) -> str:
        """A label as `[labels]` of these words alone reads it; what has a translation already stays as it is."""
        return label if isinstance(label, Translated) else as_translated(label, self.or_key("labels", label))

    def labels(self, labels: Mapping[str, str]) -> dict[str, str]:
        """The values of labels as a sentence reads them, by their names."""
        return {name: self.labelled(value) for name, value in labels.items()}

    def _first(self, branches: Sequence[str], key: str) -> str:
        for source in (self, SHARED):
            for branch in branches:
                text = source.or_key(branch, key)
                if languages(text) != {"en": key}:
                    return text
        return key

    def does_not_apply(self, name: str, code: AbsenceCode | Literal["unanswered"], /, **values: object) -> DoesNotApply:
        """What a probe raises that does not apply, for the reason of a dotted name, with one of `ABSENCE_CODES`.

        With `unanswered` it failed: nothing was answered that it could measure.
        """
        return DoesNotApply(self(name, **values), code, reasons.cells(values))

    def spec(
        self,
        *,
        name: str,
        family: str,
        needs: Sequence[Sequence[str]],
        version: str = "1.0",
        data: Sequence[DataNeed | str] | None = None,
    ) -> ProbeSpec:
        """The spec of a probe whose texts and data needs these are; `needs` are its alternative sets of requests.

        `data` names its data needs in their order, one that other probes have too by its record in the kit; without it
        they are those under `[data]`. A file that is given for the probe takes the place of the first.
        """
        needed = self.tree.get("data", ()) if data is None else data
        return ProbeSpec(
            name=name,
            version=version,
            family=family,
            title=self("title"),
            question=self("question"),
            why=self("why"),
            how_to_read=self("how_to_read"),
            needs=tuple(tuple(kinds) for kinds in needs),
            citations=tuple(map(str, self.texts("citations"))),
            limits=self.texts("limits"),
            data=tuple(need if isinstance(need, DataNeed) else self.data_need(need) for need in needed),
            data_licence=self.tree.get("data_licence", ""),
        )

    def data_need(self, name: str) -> DataNeed:
        """The data need that stands under `[data.NAME]`, with the fields of `DataNeed` for its keys."""
        fields = dict(self.tree["data"][name])
        del fields["what"]
        what = self(f"data.{name}.what")
        return DataNeed(name=name, what=what, columns=tuple(fields.pop("columns", ())), **fields)


SHARED = Words.beside(__file__)
"""What is called alike in every probe."""


def series(texts: Iterable[str]) -> str:
    """Texts between commas, in each language that all of them have."""
    return joined(SHARED("list.comma"), texts)
