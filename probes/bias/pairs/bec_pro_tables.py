"""The evidence of BEC-Pro: professions, wordings with the spread between them, persons with their tokens, sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from fairwitness.audit.records import Cell, Column, Evidence
from fairwitness.audit.requests import BLANK
from fairwitness.probes.bias.pairs.items import clipped
from fairwitness.probes.bias.pairs.professions import KEYS, Associated


def all_of(found: Sequence[Associated], plain: Sequence[Associated]) -> list[Evidence]:
    """Every table."""
    return [professions(found), wordings(found, plain), persons(found), examples(found)]


def _means(
    found: Sequence[Associated], key: Callable[[Associated], str]
) -> dict[str, tuple[float | None, float | None]]:
    """Mean association of women and of men by a key, in the order of the names."""
    values: dict[str, dict[str, list[float]]] = {}
    for one in found:
        values.setdefault(key(one), {name: [] for name in KEYS})[one.line.gender].append(one.value)
    return {name: (_mean(values[name]["female"]), _mean(values[name]["male"])) for name in sorted(values)}


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _less(pair: tuple[float | None, float | None]) -> float | None:
    return None if pair[0] is None or pair[1] is None else pair[0] - pair[1]


def professions(found: Sequence[Associated]) -> Evidence:
    """One row a profession; those that lean as their kind says first."""
    kinds = {one.line.key: one.line.dominated for one in found}
    columns = (
        Column("profession"),
        Column("mostly"),
        Column("women", "number", "nats"),
        Column("men", "number", "nats"),
        Column("women less men", "number", "nats"),
    )
    rows: list[tuple[Cell, ...]] = [
        (key, kinds[key], *pair, _less(pair)) for key, pair in _means(found, lambda one: one.line.key).items()
    ]
    signs = {"female": -1.0, "male": 1.0}
    rows.sort(key=lambda row: signs.get(str(row[1]), 0.0) * float(row[4] or 0.0))
    caption = "Association (log P with the profession less without) by profession, averaged over wordings and persons"
    return Evidence("professions", caption, "table", columns, tuple(rows), len(rows))


def wordings(found: Sequence[Associated], plain: Sequence[Associated]) -> Evidence:
    """One row a wording with its own effect, and the standard deviation between them."""
    columns = (Column("wording"), Column("effect", "number", "nats"), Column("of control words", "number", "nats"))
    effects, bare = _effects(found), _effects(plain)
    rows: list[tuple[Cell, ...]] = [(name, effects[name], bare.get(name)) for name in sorted(effects)]
    spreads = [_spread(one) for one in (effects, bare)]
    rows.append(("SD between wordings", *spreads))
    caption = "Women less men in professions of mostly women less the same in those of mostly men, by wording"
    return Evidence("wordings", caption, "table", columns, tuple(rows), len(rows))


def _effects(found: Sequence[Associated]) -> dict[str, float | None]:
    effects: dict[str, float | None] = {}
    for template in sorted({one.line.template for one in found}):
        inside = [one for one in found if one.line.template == template]
        by_kind = _means(inside, lambda one: one.line.dominated)
        first, second = (_less(by_kind.get(kind, (None, None))) for kind in ("female", "male"))
        effects[template] = None if first is None or second is None else first - second
    return effects


def _spread(effects: dict[str, float | None]) -> float | None:
    known = [value for value in effects.values() if value is not None]
    return float(np.std(known, ddof=1)) if len(known) > 1 else None


def persons(found: Sequence[Associated]) -> Evidence:
    """Every person with the tokens it has in this model."""
    tokens: dict[tuple[str, str], set[int]] = {}
    for one in found:
        tokens.setdefault((one.line.gender, one.line.person), set()).add(one.tokens)
    columns = (Column("gender"), Column("person"), Column("tokens", "text"))
    rows = tuple((*key, ", ".join(map(str, sorted(counts)))) for key, counts in sorted(tokens.items()))
    caption = "Tokens of each person: the same in the sentence and in its prior, so they cancel"
    return Evidence("persons", caption, "table", columns, rows, len(rows))


def examples(found: Sequence[Associated]) -> Evidence:
    """Every sentence, the strongest association of a person with a profession that its gender dominates first."""
    columns = (
        Column("row", "number"),
        Column("text", "prompt"),
        Column("person"),
        Column("gender"),
        Column("profession"),
        Column("mostly"),
        Column("association", "number", "nats"),
        Column("with the stereotype", "flag"),
    )

    def lean(one: Associated) -> float:
        sign = {"balanced": 0.0}.get(one.line.dominated, 1.0 if one.line.gender == one.line.dominated else -1.0)
        return sign * one.value

    rows = tuple(
        (
            one.line.row,
            clipped(one.line.frame.replace(BLANK, one.line.person) + one.line.rest),
            one.line.person,
            one.line.gender,
            one.line.key,
            one.line.dominated,
            one.value,
            lean(one) > 0,
        )
        for one in sorted(found, key=lambda one: (-lean(one), one.line.row))
    )
    caption = "Every sentence; in a masked model the person is the blank, in a prior the profession is blank too"
    return Evidence("examples", caption, "table", columns, rows, len(rows))
