"""The tables of legal requirements as the page shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fairwitness.audit.records import Audit, Name, joined
from fairwitness.reports.facts import label
from fairwitness.reports.i18n import both
from fairwitness.reports.law.regimes import Item, Regime, Requirement, regimes
from fairwitness.reports.law.states import STATES, Presence, State, measured, presence, state


@dataclass(frozen=True, slots=True)
class Here:
    """A piece of evidence that is in the document, and where the page shows it; empty where it has no place."""

    text: str
    anchor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LawRow:
    """A requirement, what it comes to, and what of its evidence is here and what is not."""

    id: str
    title: str
    note: str
    state: State
    here: tuple[Here, ...]
    lacking: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LawTable:
    """The rows of a regime, with how many come to what."""

    regime: Regime
    rows: tuple[LawRow, ...]

    @property
    def counts(self) -> tuple[tuple[State, int], ...]:
        """The states that occur, each with its number of rows."""
        states = [row.state for row in self.rows]
        return tuple((state, states.count(state)) for state in STATES if state in states)


def law(audit: Audit, places: Mapping[str, str] | None = None) -> tuple[LawTable, ...]:
    """Every regime with its rows, computed from the document alone; `places` are the anchors of probes by name."""
    return tuple(
        LawTable(regime=regime, rows=tuple(_row(requirement, audit, places or {}) for requirement in regime.rows))
        for regime in regimes()
    )


def bearing(probe: str) -> tuple[tuple[str, str], ...]:
    """The rows that a probe is evidence for: the short name of each regime, and the ids of its rows in one text."""
    rows = []
    for regime in regimes():
        ids = [row.id for row in regime.rows if any(probe in item.probes for item in row.items)]
        if ids:
            rows.append((regime.short, joined(both("semicolon"), ids)))
    return tuple(rows)


def _row(requirement: Requirement, audit: Audit, places: Mapping[str, str]) -> LawRow:
    items = requirement.items
    present = [presence(item, audit) for item in items]
    came_to = state(requirement, present, audit)
    shown = [] if came_to == "not_applicable" else list(zip(items, present, strict=True))
    here: list[Here] = []
    lacking = []
    for item, there in shown:
        if there in ("here", "partly"):
            here += _here(item, there, audit, places)
        else:
            lacking.append(_called(item))
    return LawRow(
        id=requirement.id,
        title=requirement.title,
        note=requirement.note,
        state=came_to,
        here=tuple(here),
        lacking=tuple(lacking),
    )


def _here(item: Item, there: Presence, audit: Audit, places: Mapping[str, str]) -> list[Here]:
    """What an item has in the document: each probe that measured something, or the item itself."""
    names = measured(item, audit.results) if item.kind == "probes" else ()
    parts = [Here(Name(name), places.get(name, "")) for name in names] or [Here(_called(item))]
    return [Here(both("law.partly", what=part.text), part.anchor) for part in parts] if there == "partly" else parts


def _called(item: Item) -> str:
    """What an item is called in both languages."""
    match item.kind:
        case "probes":
            return item.name
        case "manifest":
            return both(f"law.manifest.{item.name}")
        case "fact":
            return both("law.fact", what=label(item.name))
