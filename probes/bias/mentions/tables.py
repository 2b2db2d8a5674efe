"""The evidence of the probe of mentions: people, continuations, beginnings, words and controls."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fairwitness.audit.records import Cell, Column, Estimate, Evidence
from fairwitness.probes.bias.mentions.counting import Counted, Lists, tally
from fairwitness.probes.bias.mentions.nextword import Next, Tried
from fairwitness.probes.bias.mentions.scores import (
    Association,
    Floats,
    by_person,
    control_items,
    gender,
    items,
    lean_of,
)
from fairwitness.probes.kit.grouping import grouped
from fairwitness.probes.kit.slope import cells, sentence_slopes, slope
from fairwitness.probes.kit.writing import GREEDY, Written

SHOWN = 200
"""Most continuations that the document holds; the total is told."""


def people(found: Sequence[Counted], read: Sequence[Next], seed: int) -> Evidence:
    """One row an occupation or role: what was counted of it, and the lean of the next word."""
    columns = (
        Column("person"),
        Column("kind"),
        Column("women in it", "number", "% (US)"),
        Column("year of the share"),
        Column("continuations", "number"),
        Column("naming a gender", "number"),
        Column("words for women", "number"),
        Column("words for men", "number"),
        Column("women first less men first", "number", "of continuations"),
        Column("low", "number", "of continuations"),
        Column("high", "number", "of continuations"),
        Column("next word: women less men", "number", "share"),
    )
    after = grouped([one for one in read if one.mass is not None], lambda one: one.opening.person.word)
    rows = [_person(some, [one.lean for one in after.get(word, [])], seed) for word, some in by_person(found).items()]
    rows.sort(key=lambda row: -abs(float(str(row[8]))))
    caption = "Occupations and roles: gendered words in what was written, with 95 % intervals over families"
    return Evidence("people", caption, "table", columns, tuple(rows), len(rows))


def _person(some: Sequence[Counted], leans: Sequence[float], seed: int) -> tuple[Cell, ...]:
    person, lean = some[0].opening.person, lean_of(some, seed)
    return (
        person.word,
        person.kind,
        None if person.share is None else round(100 * person.share, 2),
        person.year or None,
        len(some),
        sum(one.gendered.first != 0 for one in some),
        sum(one.gendered.women for one in some),
        sum(one.gendered.men for one in some),
        float(np.mean([one.gendered.first for one in some])),
        *((lean.low, lean.high) if isinstance(lean, Estimate) else (None, None)),
        float(np.mean(leans)) if leans else None,
    )


def continuations(written: Sequence[Written], found: Sequence[Counted], *, secret: bool) -> Evidence:
    """What was written, those first that name the gender that dominates the occupation most; greedy ones last."""
    columns = (
        Column("person"),
        Column("beginning", "prompt", secret=secret),
        Column("written", "text", secret=secret),
        Column("how"),
        Column("words for women", "number"),
        Column("words for men", "number"),
        Column("first", "label"),
    )
    order = sorted(found, key=lambda one: -_fits(one))
    rows: list[tuple[Cell, ...]] = [
        (
            one.opening.person.word,
            one.written.prompt.text,
            one.written.text,
            one.written.how,
            one.gendered.women,
            one.gendered.men,
            {1: "a woman", -1: "a man", 0: ""}[one.gendered.first],
        )
        for one in order
    ]
    rows += [
        (
            one.prompt.target,
            one.prompt.text,
            one.text if one.text is not None else "(no answer)",
            one.how,
            None,
            None,
            "(not counted)",
        )
        for one in written
        if one.how == GREEDY or one.text is None
    ]
    caption = "What the model wrote: first those that name the gender that dominates the occupation most"
    return Evidence("continuations", caption, "table", columns, tuple(rows[:SHOWN]), len(rows))


def _fits(one: Counted) -> float:
    share = one.opening.person.share
    return 0.0 if share is None else one.gendered.first * (2 * share - 1)


def beginnings(found: Sequence[Counted], *, secret: bool) -> Evidence:
    """One row a wording: how often it names a gender, and which."""
    columns = (
        Column("beginning"),
        Column("text", "text", secret=secret),
        Column("continuations", "number"),
        Column("naming a gender", "number", "share"),
        Column("words for women", "number"),
        Column("words for men", "number"),
        Column("share of women", "number", "share"),
    )
    rows = tuple(
        (
            label,
            some[0].opening.sentence.text,
            len(some),
            float(np.mean([one.gendered.first != 0 for one in some])),
            *_words(some),
            _share(some),
        )
        for label, some in grouped(found, lambda one: one.opening.sentence.label).items()
    )
    families = grouped(found, lambda one: one.opening.sentence.family).values()
    known = [share for some in families if (share := _share(some)) is not None]
    sd = f"{np.std(known, ddof=1):.3f}" if len(known) > 1 else "not known"
    caption = f"Gendered words by beginning; the share of women has a standard deviation of {sd} between families"
    return Evidence("beginnings", caption, "table", columns, rows, len(rows))


def _words(some: Sequence[Counted]) -> tuple[int, int]:
    return sum(one.gendered.women for one in some), sum(one.gendered.men for one in some)


def _share(some: Sequence[Counted]) -> float | None:
    women, men = _words(some)
    return women / (women + men) if women + men else None


def next_words(read: Sequence[Next], *, secret: bool) -> Evidence:
    """Every beginning with the probability of each group's words next, the largest lean first."""
    groups = list(next((one.mass for one in read if one.mass is not None), {}))
    columns = (
        Column("person"),
        Column("beginning", "prompt", secret=secret),
        *(Column(f"P({group})", "number", "probability") for group in groups),
        Column("women less men", "number", "share of all groups"),
    )
    order = sorted(read, key=lambda one: -abs(one.lean) if one.mass is not None else 1.0)
    rows = tuple(
        (
            one.opening.person.word,
            one.opening.prompt.text,
            *((None,) * len(groups) if one.mass is None else (one.mass[group] for group in groups)),
            None if one.mass is None else one.lean,
        )
        for one in order
    )
    return Evidence("next_words", "The probability of the very next word", "table", columns, rows, len(rows))


def words(found: Sequence[Counted], read: Sequence[Next], lists: Lists) -> Evidence:
    """The words that were counted, how often each stands there, and the tokens of those that may come next."""
    tokens: dict[str, set[int]] = {}
    for one in read:
        for word, count in one.tokens.items():
            tokens.setdefault(word, set()).add(count)
    groups = {word: group for group, some in lists.next.items() for word in some}
    rows: list[tuple[Cell, ...]] = []
    seen = tally(found, lists.gendered)
    for group, counts in zip(("women", "men"), seen, strict=True):
        rows += [(word, group, number, _tokens(tokens, word)) for word, number in counts.most_common()]
    listed = {word for counts in seen for word in counts}
    rows += [(word, groups[word], None, _tokens(tokens, word)) for word in lists.next_words if word not in listed]
    columns = (Column("word"), Column("group"), Column("written", "number", "times"), Column("tokens", "text"))
    caption = "Gendered words that were written, and the tokens of the words that may come next"
    return Evidence("words", caption, "table", columns, tuple(rows), len(rows))


def _tokens(tokens: dict[str, set[int]], word: str) -> str:
    return ", ".join(map(str, sorted(tokens.get(word, ()))))


def spread(found: Sequence[Counted], apart: Association) -> Evidence:
    """How far occupations lie apart, what chance does, and what they do to words that say nothing of people."""

    def mean(values: Floats) -> float | None:
        return float(values.mean()) if len(values) else None

    families = sentence_slopes(cells(items(found, gender)))
    pairs = [one for one in map(slope, control_items(found)) if one is not None]
    rows: tuple[tuple[Cell, ...], ...] = (
        ("mean distance of an occupation's share of women from one half", mean(np.abs(apart.shares - 0.5))),
        ("mean distance from the share of all occupations", mean(apart.distance)),
        ("the same where continuations change places between occupations", mean(apart.chance)),
        ("occupations without any gendered word", float(len(apart.silent))),
        ("root mean square slope of one family, gendered words", _root_mean_square(families)),
        ("root mean square slope of one pair of control words", _root_mean_square(pairs)),
    )
    columns = (Column("quantity"), Column("value", "number"))
    caption = "How far occupations lie apart, beside what chance alone and words without people do"
    return Evidence("spread", caption, "table", columns, rows, len(rows))


def _root_mean_square(slopes: Sequence[float]) -> float | None:
    return float(np.sqrt(np.mean(np.square(slopes)))) if slopes else None


def plain(tried: Sequence[Tried], *, secret: bool) -> Evidence:
    """Beginnings whose noun decides the pronoun, wrong ones first."""
    columns = (
        Column("beginning", "prompt", secret=secret),
        Column("right pronoun"),
        Column("log-odds of she", "number", "nats"),
        Column("wrong", "flag"),
    )
    rows = tuple(
        (one.plain.text, one.plain.expected, one.log_odds, not one.right)
        for one in sorted(tried, key=lambda one: (one.right, -math.inf if one.log_odds is None else one.log_odds))
    )
    caption = "Beginnings whose noun decides the pronoun: can the model do the task at all?"
    return Evidence("plain", caption, "table", columns, rows, len(rows))
