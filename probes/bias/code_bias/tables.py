"""Tables: conditions and what speaks for each group, functions and what they decide by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fairwitness.audit.records import Evidence
from fairwitness.probes.bias.code_bias.estimators import Estimated, use_share
from fairwitness.probes.bias.code_bias.items import WORDS, Condition, Control
from fairwitness.probes.bias.code_bias.results import Contrast, Function, Scored, WrittenCode
from fairwitness.probes.kit.code import controls
from fairwitness.probes.kit.code.written import columns
from fairwitness.probes.kit.tables import Listing, flag, interval, label, number, prompt
from fairwitness.probes.kit.words import series

GAPS: Listing[tuple[Contrast, Estimated]] = Listing(
    "gaps",
    WORDS,
    label("attribute", lambda row: row[0].attribute),
    label("group", lambda row: row[0].group),
    label("compared with", lambda row: row[0].against),
    interval(("gap", "low", "high"), lambda row: row[1], "log-odds"),
)
CONDITIONS: Listing[tuple[Condition, float | None]] = Listing(
    "conditions",
    WORDS,
    label("attribute", lambda row: row[0].wording.attribute),
    label("group", lambda row: row[0].wording.group or None),
    prompt("text", lambda row: row[0].requests[0].context),
    label("good_decision", lambda row: row[0].decision.grants),
    number("log_odds", lambda row: row[1], "log-odds"),
)
CONTROLS: Listing[tuple[Control, float | None]] = Listing(
    "condition_controls",
    WORDS,
    prompt("good_condition", lambda row: row[0].requests[0].context),
    prompt("bad_condition", lambda row: row[0].requests[2].context),
    label("good_decision", lambda row: row[0].decision.grants),
    number("margin", lambda row: row[1], "log-odds"),
    flag("wrong", lambda row: row[1] is None or row[1] <= 0),
)


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """An attribute, its kind, and how many functions were judged of people who have it."""

    attribute: str
    kind: str
    functions: int
    share: Estimated


USES: Listing[AttributeRow] = Listing(
    "attribute_uses",
    WORDS,
    label("attribute", lambda row: row.attribute),
    label("kind", lambda row: row.kind),
    number("functions", lambda row: row.functions),
    interval(("share", "low", "high"), lambda row: row.share, "share"),
)
FUNCTIONS: Listing[Function] = Listing(
    "functions",
    WORDS,
    label("task", lambda row: row.person.decision.function),
    number("sample", lambda row: row.sample),
    columns(lambda row: row.read),
    label("decides_by", lambda row: series(sorted((row.attributes or frozenset()) & row.person.protected))),
    label("neutral_too", lambda row: series(sorted((row.attributes or frozenset()) & row.person.neutral))),
    flag("protected_used", lambda row: bool((row.attributes or frozenset()) & row.person.protected)),
)


def of_scored(scored: Scored, gaps: Mapping[Contrast, Estimated]) -> list[Evidence]:
    """Gaps, every condition, and the controls."""
    return [
        GAPS.of(gaps.items()),
        CONDITIONS.of(zip(scored.conditions, scored.scores, strict=True)),
        CONTROLS.of(sorted(zip(scored.controls, scored.margins, strict=True), key=_worst)),
    ]


def _worst(row: tuple[Control, float | None]) -> float:
    return float("-inf") if row[1] is None else row[1]


def of_written(code: WrittenCode) -> list[Evidence]:
    """Attributes and how many functions decide by each, every function, and the controls."""
    rows = []
    for kind, names in code.attributes.items():
        for name in names:
            used = code.having(name)
            share = use_share(used, {entry.task: frozenset({name}) for entry in used})
            rows.append(AttributeRow(name, kind, sum(entry.attributes is not None for entry in used), share))
    functions = sorted(code.functions, key=_kept)
    return [USES.of(rows), FUNCTIONS.of(functions), controls.table(code.controls)]


def _kept(row: Function) -> tuple[bool, str, int]:
    """Those that decide by a protected attribute first."""
    return (not (row.attributes or frozenset()) & row.person.protected, row.person.decision.function, row.sample)
