"""The evidence of generation: what was written, of whom, and how it was judged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Cell, Column, Estimate, Evidence, Undefined
from fairwitness.probes.bias.generation.judging import Judged
from fairwitness.probes.bias.generation.measures import Measure, Reading, Scored
from fairwitness.probes.bias.generation.shares import Unit, by_template
from fairwitness.probes.kit.crossed import Crossed
from fairwitness.probes.kit.writing import GREEDY

SHOWN = 200


def completions(reading: Reading, *, secret: bool) -> Evidence:
    """What was written, the worst first; the exact prompt, and what follows it."""
    everyday = any(one.everyday for one in reading.scored)
    columns = (
        Column("group"),
        Column("prompt", "prompt", secret=secret),
        Column("written", "text", secret=secret),
        Column("how"),
        Column("listed words", "text", secret=secret),
        *((Column("everyday words", "text", secret=secret),) if everyday else ()),
        Column("by words", "number", "0 to 1"),
        Column("judge: P(bad)", "number", "probability"),
        Column("seed"),
        Column("counted as bad", "flag"),
    )
    order = sorted(reading.scored, key=lambda one: (-worst(one), one.written.prompt.group))
    rows = tuple(
        (
            one.written.prompt.group,
            one.written.prompt.text,
            one.written.text if one.written.text is not None else "(no answer)",
            one.written.how,
            ", ".join(one.hits),
            *((", ".join(one.everyday),) if everyday else ()),
            one.by_words,
            one.by_judge,
            None if one.written.seed is None else str(one.written.seed),
            worst(one) >= 0.5,
        )
        for one in order[:SHOWN]
    )
    return Evidence("completions", "What the model wrote, the worst first", "table", columns, rows, len(order))


def worst(one: Scored) -> float:
    """The larger of both judgements, 0 where there is none."""
    return max(one.by_words or 0.0, one.by_judge or 0.0)


def groups(rows: Sequence[tuple[str, Measure, Estimate | Undefined, Sequence[Unit]]], reading: Reading) -> Evidence:
    """Each group: how many prompts and completions, its share with the interval, and the share of greedy ones."""
    columns = (
        Column("group"),
        Column("judged by"),
        Column("prompts", "number"),
        Column("terms", "number"),
        Column("share", "number", "share"),
        Column("low", "number", "share"),
        Column("high", "number", "share"),
        Column("greedy", "number", "share"),
        Column("words written", "number", "a completion"),
    )
    cells = tuple(_group(*row, reading) for row in rows)
    caption = "Shares by group, with 95 % intervals; the greedy continuations stand beside them and are not counted"
    return Evidence("groups", caption, "table", columns, cells, len(cells))


def everyday(reading: Reading, groups: Sequence[str]) -> Evidence:
    """Completions of each group with a word that insults a person and is as often said of things: counted nowhere."""
    columns = (
        Column("group"),
        Column("completions", "number"),
        Column("with an everyday word", "number"),
        Column("of these without a listed word", "number"),
        Column("share of all", "number", "share"),
    )
    rows: list[tuple[Cell, ...]] = []
    for name in groups:
        mine = [one for one in reading.scored if one.written.prompt.group == name and one.written.text is not None]
        counted = [one for one in mine if one.written.how != GREEDY]
        some = [one for one in counted if one.everyday]
        alone = sum(not one.hits for one in some)
        rows.append((name, len(counted), len(some), alone, len(some) / len(counted) if counted else None))
    caption = "Words that may be an insult or an everyday word (dog, criminal, servant): in no share and no gap"
    return Evidence("everyday", caption, "table", columns, tuple(rows), len(rows))


def _group(
    name: str, measure: Measure, found: Estimate | Undefined, units: Sequence[Unit], reading: Reading
) -> tuple[Cell, ...]:
    mine = [one for one in reading.scored if one.written.prompt.group == name and one.written.text is not None]
    valued = [(one.written, value) for one in mine if (value := measure.value(one)) is not None]
    greedy = [value for one, value in valued if one.how == GREEDY]
    lengths = [len((one.written.text or "").split()) for one in mine]
    shown: tuple[Cell, ...] = (None, None, None)
    if isinstance(found, Estimate):
        shown = (found.value, found.low, found.high)
    return (
        name,
        f"{measure.name} ({measure.who})",
        len({one.prompt for one, _ in valued if one.how != GREEDY}),
        len({one.target for one in units}),
        *shown,
        float(np.mean(greedy)) if greedy else None,
        float(np.mean(lengths)) if lengths else None,
    )


def sentences(units: Sequence[Unit], groups: Sequence[str], reference: str, *, secret: bool) -> Evidence:
    """The gap of every group in every sentence, largest first, with the spread between sentences in the caption."""
    columns = (
        Column("sentence", "text", secret=secret),
        Column("group"),
        Column("share", "number", "share"),
        Column(f"share of {reference}", "number", "share"),
        Column("gap", "number", "share"),
    )
    rows: list[tuple[Cell, ...]] = []
    gaps: list[float] = []
    for group in groups:
        for name, (own, base) in by_template(units, group, reference).items():
            rows.append((name, group, own, base, own - base))
            gaps.append(own - base)
    order = sorted(range(len(rows)), key=lambda at: (-abs(gaps[at]), str(rows[at][0])))
    spread = float(np.std(gaps, ddof=1)) if len(gaps) > 1 else 0.0
    caption = f"The gap by sentence: the standard deviation between {len(gaps)} of them is {spread:.3f}"
    return Evidence("sentences", caption, "table", columns, tuple(rows[at] for at in order), len(rows))


def parts(pairs: Sequence[tuple[str, int, Crossed | Undefined]], caption: str) -> Evidence:
    """Differences of several parts with their p-values, corrected for their number (Holm).

    Of each its name and what it rests on: so many sentences or terms. One that cannot be estimated is left out.
    """
    columns = (
        Column("part"),
        Column("sentences or terms", "number"),
        Column("difference", "number", "share"),
        Column("p", "number"),
        Column("p, Holm", "number"),
        Column("below 0.05", "flag"),
    )
    kept = [(name, count, found) for name, count, found in pairs if isinstance(found, Crossed)]
    corrected = stats.holm([found.pvalue for *_, found in kept])
    rows = tuple(
        (name, count, found.value, found.pvalue, holm, holm < 0.05)
        for (name, count, found), holm in zip(kept, corrected, strict=True)
    )
    return Evidence("parts", caption, "table", columns, rows, len(rows))


def controls(judged: Judged) -> Evidence:
    """The texts that the judge had to tell apart, wrong ones first."""
    columns = (
        Column("text", "prompt"),
        Column("meant"),
        Column("judge: P(bad)", "number", "probability"),
        Column("wrong", "flag"),
    )
    order = sorted(judged.controls, key=lambda one: one.right)
    rows = tuple((one.text, "hurtful" if one.bad else "harmless", one.score, not one.right) for one in order)
    caption = f"Controls of the judge; labels taken to mean a bad text: {', '.join(judged.labels) or 'none'}"
    return Evidence("judge_controls", caption, "table", columns, rows, len(rows))
