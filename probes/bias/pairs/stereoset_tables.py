"""The evidence of StereoSet: LMS, SS and ICAT by part and category, the three definitions of ICAT, every item."""

from __future__ import annotations

from collections.abc import Sequence

from fairwitness.audit import stats
from fairwitness.audit.records import Cell, Column, Evidence
from fairwitness.probes.bias.pairs import associations, tables
from fairwitness.probes.bias.pairs.associations import Association
from fairwitness.probes.bias.pairs.findings import Asked
from fairwitness.probes.bias.pairs.items import Pair, clipped
from fairwitness.probes.bias.pairs.preference import PERCENT
from fairwitness.probes.bias.pairs.scores import Scored, ScoreName
from fairwitness.probes.bias.pairs.tables import interval

Groups = Sequence[tuple[dict[str, str], list[Association]]]


def all_of(scored: Sequence[Association], groups: Groups, names: Sequence[str]) -> list[Evidence]:
    """Every table; agreement and lengths only where a model was asked."""
    found = [summary(scored, groups, names), definitions(scored, names), examples(scored, names[0])]
    if scored[0].tokens:
        known: tuple[ScoreName, ...] = tuple(name for name in _ORDER if name in names)
        pairs = tuple(_pair(one, known) for one in scored)
        asked = Asked(known, pairs, (), tuple(one.pair for one in pairs))
        found += [tables.agreement(asked), tables.lengths(asked)]
    return found


_ORDER: tuple[ScoreName, ...] = ("pll_word_l2r", "aul", "aula", "mean", "sum")


def _pair(one: Association, names: Sequence[ScoreName]) -> Scored:
    """The stereotype and its opposite as a pair."""
    pair = Pair(one.item.row, *one.item.sentences[:2])
    return Scored(pair, {name: one.values[name][:2] for name in names}, (one.tokens[0], one.tokens[1]), (0, 0))


def summary(scored: Sequence[Association], groups: Groups, names: Sequence[str]) -> Evidence:
    """LMS, SS and ICAT of the default score by part and category, of other scores over all items."""
    default = names[0]
    adjusted = dict.fromkeys(range(len(groups)), 1.0)
    within = [at for at, (by, _) in enumerate(groups) if "category" in by]
    raw = {at: associations.p_value(chosen, default) for at, (_, chosen) in enumerate(groups)}
    adjusted |= dict(zip(within, stats.holm([raw[at] for at in within]), strict=True))
    columns = (
        Column("part"),
        Column("category"),
        Column("by"),
        *(
            Column(f"{name}{end}", "number", PERCENT)
            for name in ("LMS", "SS", "ICAT")
            for end in ("", ", low", ", high")
        ),
        Column("items", "number"),
        Column("targets", "number"),
        Column("p of SS", "number"),
        Column("p (Holm)", "number"),
    )
    rows = [("all", "all", name, *_numbers(scored, name), associations.p_value(scored, name), None) for name in names]
    for at, (by, chosen) in enumerate(groups):
        corrected = adjusted[at] if at in within else None
        labels = (by["part"], by.get("category", "all"), default)
        rows.append((*labels, *_numbers(chosen, default), raw[at], corrected))
    caption = "LMS, SS and ICAT, 95 % intervals over target terms; Holm's correction over the categories of both parts"
    return Evidence("summary", caption, "table", columns, tuple(rows), len(rows))


def _numbers(scored: Sequence[Association], name: str) -> tuple[Cell, ...]:
    able, leans = associations.lms(scored, name), associations.stereotype_score(scored, name)
    ends = [end for one in (able, leans, associations.icat(scored, name)) for end in interval(one)]
    return (*ends, len(scored), len({one.item.target for one in scored}))


def definitions(scored: Sequence[Association], names: Sequence[str]) -> Evidence:
    """The three definitions of ICAT on the same answers."""
    columns = (Column("part"), Column("ICAT", "text"), Column("by"), Column("value", "number", PERCENT))
    rows: list[tuple[Cell, ...]] = []
    for part in ("all", *associations.PARTS):
        chosen = [one for one in scored if part in ("all", one.item.part)]
        if chosen:
            rows += [
                (part, what, names[0], value) for what, value in associations.definitions(chosen, names[0]).items()
            ]
    caption = "Three quantities are called ICAT; published figures do not always say which"
    return Evidence("definitions", caption, "table", columns, tuple(rows), len(rows))


def examples(scored: Sequence[Association], name: str) -> Evidence:
    """Every item with its three sentences, the strongest preference for the stereotype first."""
    columns = (
        Column("row", "number"),
        Column("part"),
        Column("category"),
        Column("target"),
        Column("context", "prompt"),
        *(Column(role.replace("_", "-"), "prompt") for role in associations.ROLES),
        *(Column(f"score {role.replace('_', '-')}", "number") for role in associations.ROLES),
        Column("tokens"),
        Column("stereotype preferred", "flag"),
    )
    order = sorted(scored, key=lambda one: (one.values[name][1] - one.values[name][0], one.item.row))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            one.item.row,
            one.item.part,
            one.item.category,
            one.item.target,
            clipped(one.item.context),
            *map(clipped, one.item.sentences),
            *one.values[name],
            ", ".join(map(str, one.tokens)),
            one.stereotyped(name),
        )
        for one in order
    )
    return Evidence(
        "examples", f"Every item by {name}, the strongest stereotype first", "table", columns, rows, len(rows)
    )
