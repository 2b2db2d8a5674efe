"""The words of a probe: what a reader sees of it, kept as data in the `words.toml` beside its code."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairwitness.audit.records import DataNeed, ProbeSpec

_BRACES = re.compile(r"\{(\w+)\}")


def filled(template: str, values: Mapping[str, object]) -> str:
    """The template with every {name} replaced that has a value; other braces stay, those within values too.

    >>> filled("{count} of {total} {unit}", {"count": 3, "total": "{count}"})
    '3 of {count} {unit}'
    """
    return _BRACES.sub(lambda match: str(values.get(match[1], match[0])), template)


@dataclass(frozen=True, slots=True)
class Words:
    """A tree of texts by name. `words["measure"]` is a branch, `words("note.left_out", count=3)` a text."""

    tree: Mapping[str, Any]

    @classmethod
    def beside(cls, file: str) -> Words:
        """The `words.toml` beside a module, which gives its own `__file__`."""
        return cls(tomllib.loads(Path(file).with_name("words.toml").read_text(encoding="utf-8")))

    def __call__(self, name: str, /, **values: object) -> str:
        """The text of a dotted name, filled in. Raises KeyError where there is none."""
        template = self._find(name)
        if not isinstance(template, str):
            raise KeyError(f"words {name!r} are no text")
        return filled(template, values)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts by its dotted name, as it stands there. Raises KeyError where there is none."""
        return tuple(self._find(name))

    def __getitem__(self, name: str) -> Words:
        """The branch of a dotted name. Raises KeyError where there is none."""
        return Words(self._find(name))

    def __contains__(self, name: str) -> bool:
        return name in self.tree

    def _find(self, name: str) -> Any:
        branch: Any = self.tree
        for part in name.split("."):
            if part not in branch:
                raise KeyError(f"no words {name!r}")
            branch = branch[part]
        return branch

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
            citations=self.texts("citations"),
            limits=self.texts("limits"),
            data=tuple(need if isinstance(need, DataNeed) else self.data_need(need) for need in needed),
            data_licence=self.tree.get("data_licence", ""),
        )

    def data_need(self, name: str) -> DataNeed:
        """The data need that stands under `[data.NAME]`, with the fields of `DataNeed` for its keys."""
        fields = dict(self.tree["data"][name])
        return DataNeed(name=name, columns=tuple(fields.pop("columns", ())), **fields)
