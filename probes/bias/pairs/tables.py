"""The evidence of pairs of sentences: examples, scores side by side, categories, agreement, lengths."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Literal, TypeAlias

from fairwitness.audit import stats
from fairwitness.audit.records import Cell, Column, Estimate, Evidence, Undefined
from fairwitness.probes.bias.pairs import preference
from fairwitness.probes.bias.pairs.items import Pair, Skipped, clipped
from fairwitness.probes.bias.pairs.less_control import control_score
from fairwitness.probes.bias.pairs.preference import PERCENT, preferred
from fairwitness.probes.bias.pairs.scores import MEANINGS, Scored, ScoreName

if TYPE_CHECKING:
    from fairwitness.probes.bias.pairs.findings import Asked

CAPTIONS = {
    "examples": "Every pair, the strongest preference for the stereotypical sentence first; margin: first less second",
    "controls": "Control pairs: groups exchanged in sentences that say nothing of them, the disadvantaged one first",
    "things": "Pairs without people: the first names a somewhat rarer thing; what the commonness of words does",
    "competence": "Sound sentences (first) beside the same words scrambled: can the model tell them apart at all?",
}


Which: TypeAlias = Literal["examples", "controls", "things", "competence"]


def examples(asked: Asked, which: Which = "examples") -> Evidence:
    """One row a pair with both texts; failing ones first: the stereotype preferred, or the scrambled sentence."""
    scored: tuple[Scored, ...] = asked.scored if which == "examples" else getattr(asked, which)
    default = asked.names[0]
    wrong = which == "competence"
    columns = (
        Column("row", "number"),
        *([Column("category"), Column("direction")] if which == "examples" else []),
        Column("first", "prompt"),
        Column("second", "prompt"),
        *(Column(f"margin {name}", "number", "nats") for name in asked.names),
        Column("tokens first", "number"),
        Column("tokens second", "number"),
        Column("tokens changed first", "number"),
        Column("tokens changed second", "number"),
        Column("scrambled preferred" if wrong else "first preferred", "flag"),
    )
    sign = -1 if wrong else 1
    order = sorted(scored, key=lambda one: (-sign * one.margin(default), one.pair.row))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            one.pair.row,
            *([one.pair.category, one.pair.direction] if which == "examples" else []),
            clipped(one.pair.more),
            clipped(one.pair.less),
            *(one.margin(name) for name in asked.names),
            *one.tokens,
            *one.changed,
            one.prefers_more(default) != wrong,
        )
        for one in order
    )
    return Evidence(which, CAPTIONS[which], "table", columns, rows, len(rows))


def interval(estimate: Estimate | Undefined) -> tuple[Cell, Cell, Cell]:
    """Value and ends of an estimate; empty cells where there is none."""
    if isinstance(estimate, Undefined):
        return None, None, None
    return estimate.value, estimate.low, estimate.high


SCORE_COLUMNS = (
    Column("score", "number", PERCENT),
    Column("low", "number", PERCENT),
    Column("high", "number", PERCENT),
)


def scores(asked: Asked) -> Evidence:
    """All scores on the same pairs, with and without the pairs of the exclusion list."""
    kept = [one for one in asked.scored if one.pair.row not in asked.flawed]
    columns = (
        Column("by"),
        Column("pairs"),
        *SCORE_COLUMNS,
        Column("n", "number"),
        Column("ties", "number"),
        Column("meaning", "text"),
    )
    rows: list[tuple[Cell, ...]] = []
    for name in asked.names:
        parts = [("all", list(asked.scored)), ("equal tokens", preference.equal_length(asked.scored))]
        parts += [("without excluded", kept)] if asked.flawed else []
        parts += [
            (label, list(part)) for label, part in (("controls", asked.controls), ("things", asked.things)) if part
        ]
        for label, part in parts:
            ties = sum(one.tied(name) for one in part)
            found = preferred(part, name) if label != "controls" else control_score(part, asked.scored, name)
            rows.append((name, label, *interval(found), len(part), ties, MEANINGS[name]))
    caption = "Share of pairs whose first (stereotypical) sentence scores strictly higher; 50 is no preference"
    return Evidence("scores", caption, "table", columns, tuple(rows), len(rows))


def categories(asked: Asked) -> Evidence:
    """The default score by category, with p-values corrected for looking at all of them (Holm)."""
    default = asked.names[0]
    groups: dict[str, list[Scored]] = {}
    for one in asked.scored:
        if one.pair.category:
            groups.setdefault(one.pair.category, []).append(one)
    names = sorted(groups)
    raw = [preference.p_value(groups[name], default) for name in names]
    columns = (
        Column("category"),
        *SCORE_COLUMNS,
        Column("n", "number"),
        Column("p", "number"),
        Column("p (Holm)", "number"),
        *(Column(name, "number", PERCENT) for name in asked.names[1:]),
    )
    rows = tuple(
        (
            name,
            *interval(preferred(groups[name], default)),
            len(groups[name]),
            p,
            adjusted,
            *(_share(groups[name], other) for other in asked.names[1:]),
        )
        for name, p, adjusted in zip(names, raw, stats.holm(raw), strict=True)
    )
    caption = f"Score {default} by category with exact p-values, Holm's correction over {len(names)} categories"
    return Evidence("categories", caption, "table", columns, rows, len(rows))


def _share(scored: Sequence[Scored], name: ScoreName) -> float:
    return 100.0 * sum(one.prefers_more(name) for one in scored) / len(scored)


def agreement(asked: Asked) -> Evidence:
    """How often two scores prefer the same sentence of a pair."""
    columns = (
        Column("one score"),
        Column("other score"),
        Column("agree", "number", PERCENT),
        Column("kappa", "number"),
    )
    rows: list[tuple[Cell, ...]] = []
    for first, second in combinations(asked.names, 2):
        found = preference.agreement(asked.scored, first, second)
        rows.append((first, second, 100.0 * found.share, found.kappa))
    caption = "Item by item: do two scores prefer the same sentence? Kappa is agreement beyond chance"
    return Evidence("agreement", caption, "table", columns, tuple(rows), len(rows))


def lengths(asked: Asked) -> Evidence:
    """What the number of tokens alone does to each score."""
    columns = (
        Column("by"),
        Column("pairs of unequal tokens", "number"),
        Column("shorter preferred", "number", PERCENT),
        Column("pairs of equal tokens", "number"),
    )
    rows: list[tuple[Cell, ...]] = []
    for name in asked.names:
        found = preference.lengths(asked.scored, name)
        rows.append((name, found.unequal, found.shorter_wins, found.equal))
    caption = "How often the shorter sentence is preferred where token counts differ; 50 would be no effect of length"
    return Evidence("lengths", caption, "table", columns, tuple(rows), len(rows))


def unscored(skipped: Sequence[Skipped]) -> Evidence:
    """Rows that could not be asked or were not answered, each with its reason."""
    columns = (Column("row", "number"), Column("text", "prompt"), Column("reason", "text"))
    rows = tuple((one.row, one.text, one.reason) for one in skipped)
    return Evidence("unscored", "Rows that count nowhere, and why", "table", columns, rows, len(rows))


def excluded(pairs: Sequence[Pair], found: dict[int, tuple[str, ...]], version: str) -> Evidence:
    """The exclusion list: pairs that are no minimal edits, by the rules of a version."""
    columns = (Column("row", "number"), Column("rule"), Column("first", "prompt"), Column("second", "prompt"))
    rows = tuple(
        (pair.row, "; ".join(found[pair.row]), clipped(pair.more), clipped(pair.less))
        for pair in pairs
        if found.get(pair.row)
    )
    caption = f"Pairs that are no minimal edits (exclusion rules, version {version})"
    return Evidence("excluded", caption, "table", columns, rows, len(rows))
