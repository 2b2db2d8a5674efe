"""The tables of legal requirements that come with Fairwitness, one file a regime in the folder `regimes`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, TypeAlias

from fairwitness.audit.records import Name, Translated

ORDER = (
    "eu_ai_act",
    "eu_gpai",
    "compl_ai",
    "gdpr",
    "nist_ai_rmf",
    "nyc_ll144",
    "colorado",
    "china",
    "iso_42001",
    "owasp_llm",
    "ailuminate",
    "model_cards",
)
"""The regimes in the order of the page."""
MANIFEST, FACTS = "manifest.", "facts."
GROUPED = re.compile(r"(\w+)\[([\w,]+)\]")
OF_METRIC = re.compile(r"(\w+)/(\w+)")
TAGGED = " tag:"

Kind: TypeAlias = Literal["probes", "manifest", "fact"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that a row names as its evidence."""

    kind: Kind
    name: str
    """The key of the manifest or the fact, without its prefix; of probes what they are called together."""
    probes: tuple[str, ...] = ()
    """Probes of which one is enough."""
    groups: frozenset[str] = frozenset()
    """The columns that its metrics must be of, where the row is of certain ones."""
    metric: str = ""
    """The metric that must have a value, where not any of the probe will do."""
    tag: str = ""
    """The tag that a metric must have, where not any of the probe will do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A row: what is asked for, and what would be evidence of it."""

    id: str
    """Where it stands in the law, in both languages."""
    title: str
    items: tuple[Item, ...]
    needs_human: bool
    """Whether evidence alone can never be all that is asked for."""
    applies_to: frozenset[str]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """A law, a standard or a framework, as it stood on a day."""

    id: str
    name: str
    short: str
    version: str
    as_of: str
    applies_from: str
    amended_by: str
    source: str
    note: str
    rows: tuple[Requirement, ...]


def _read(name: str) -> Mapping[str, Any]:
    return tomllib.loads((files("fairwitness.reports.law") / "regimes" / f"{name}.toml").read_text(encoding="utf-8"))


def _both(table: Mapping[str, Any], key: str) -> str:
    """A text of a file in both languages; empty where there is none."""
    if f"{key}_en" not in table:
        return ""
    return Translated(table[f"{key}_en"], {"zh": table[f"{key}_zh"]})


@cache
def regimes() -> tuple[Regime, ...]:
    """All regimes, read once."""
    return tuple(_regime(_read(name)) for name in ORDER)


def _regime(table: Mapping[str, Any]) -> Regime:
    everywhere = table.get("applies_to", ())
    rows = [
        Requirement(
            id=_both(row, "id"),
            title=_both(row, "title"),
            items=tuple(map(item, row["evidence"])),
            needs_human=row.get("needs_human", False),
            applies_to=frozenset(row.get("applies_to", everywhere)),
            note=_both(row, "note"),
        )
        for row in table["rows"]
    ]
    return Regime(
        id=table["regime"],
        name=_both(table, "name"),
        short=_both(table, "short"),
        version=table["version"],
        as_of=table["as_of"],
        applies_from=table["applies_from"],
        amended_by=table["amended_by"],
        source=table["source"],
        note=_both(table, "note"),
        rows=tuple(rows),
    )


def item(text: str) -> Item:
    """An entry of `evidence`.

    `manifest.KEY`, `facts.NAME`, a probe, `probe/metric`, `probe[column,column]`, `@set`, or `a|b`; `tag:NAME` behind
    probes leaves their metrics with that tag.
    """
    if text.startswith(MANIFEST):
        return Item(kind="manifest", name=text.removeprefix(MANIFEST))
    if text.startswith(FACTS):
        return Item(kind="fact", name=text.removeprefix(FACTS))
    if grouped := GROUPED.fullmatch(text):
        columns = frozenset(grouped[2].split(","))
        return Item(kind="probes", name=Name(text), probes=(grouped[1],), groups=columns)
    if named := OF_METRIC.fullmatch(text):
        return Item(kind="probes", name=Name(text), probes=(named[1],), metric=named[2])
    text, _, tag = text.partition(TAGGED)
    names: list[str] = []
    for part in text.split("|"):
        names += _read("sets")[part[1:]]["probes"] if part.startswith("@") else [part]
    called = _both(_read("sets")[text[1:]], "title") if text.startswith("@") and "|" not in text else ""
    name = called or Name(text.replace("@", ""))
    return Item(kind="probes", name=name, probes=tuple(dict.fromkeys(names)), tag=tag)
