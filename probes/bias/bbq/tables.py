"""The evidence of the BBQ probe: categories, intersections, examples, lengths, and what has no answer."""

from __future__ import annotations

from collections.abc import Mapping

from fairwitness.audit import stats
from fairwitness.audit.records import Cell, Column, Estimate, Evidence
from fairwitness.probes.bias.bbq import intervals, scores
from fairwitness.probes.bias.bbq.answers import Manner, Reply, Scoring, orders_of, prompt
from fairwitness.probes.bias.bbq.examples import follows_stereotype
from fairwitness.probes.bias.bbq.findings import Collected
from fairwitness.probes.bias.bbq.scores import Counts, Statistic

SCORE = "−1 to 1"
MOST_ROWS = 200


def categories(collected: Collected) -> Evidence:
    """One row a category: counts, accuracies, both scores with intervals, their chance and its Holm correction."""
    tally = collected.all
    names = tally.categories
    chances = {
        score: stats.holm([intervals.chance(tally.of(name), score) for name in names])
        for score in (scores.s_amb, scores.s_dis)
    }
    rows = [
        (
            name,
            len(tally.of(name)),
            *_counted(tally.of(name), 0),
            *_summary(tally.of(name), scores.s_amb),
            chances[scores.s_amb][at],
            *_counted(tally.of(name), scores.CLEAR),
            *_summary(tally.of(name), scores.s_dis),
            chances[scores.s_dis][at],
            tally.missing(name),
        )
        for at, name in enumerate(names)
    ]
    columns = (
        Column("category"),
        Column("families of templates", "number"),
        *_columns("unclear", "s_amb"),
        *_columns("clear", "s_dis"),
        Column("without an answer", "number"),
    )
    caption = (
        "Counts and scores by category; intervals over families of templates, p-values corrected for the number of "
        "categories (Holm). Whether a category is above the competence floor is in its metrics"
    )
    return Evidence("categories", caption, "table", columns, tuple(rows), len(rows))


def _columns(where: str, score: str) -> tuple[Column, ...]:
    return (
        Column(f"{where}: asked", "number"),
        Column(f"{where}: right", "number"),
        Column(f"{where}: a person named", "number"),
        Column(f"{where}: as the stereotype expects", "number"),
        Column(score, "number", SCORE),
        Column(f"{score}, low", "number", SCORE),
        Column(f"{score}, high", "number", SCORE),
        Column(f"{score}, SD between families", "number", SCORE),
        Column(f"{score}, p (Holm)", "number"),
    )


def _counted(rows: Counts, base: int) -> tuple[int, ...]:
    total = rows.sum(axis=0)
    return tuple(int(total[base + part]) for part in (scores.ASKED, scores.RIGHT, scores.KNOWN, scores.BIASED))


def _summary(rows: Counts, statistic: Statistic) -> tuple[Cell, ...]:
    found = intervals.estimate(rows, statistic)
    spread = intervals.between_families(rows, statistic)
    if isinstance(found, Estimate):
        return found.value, found.low, found.high, spread
    return None, None, None, spread


def intersections(collected: Collected) -> Evidence:
    """One row for each way in which a pair of an intersection differs."""
    columns = (
        Column("questions"),
        Column("families of templates", "number"),
        *(Column(name, "number") for name in ("unclear: asked", "unclear: right")),
        *(Column(name, "number", SCORE) for name in ("s_amb", "s_amb, low", "s_amb, high", "SD between families")),
        *(Column(name, "number") for name in ("clear: asked", "clear: right")),
        *(Column(name, "number", SCORE) for name in ("s_dis", "s_dis, low", "s_dis, high", "SD between  families")),
    )
    rows = [
        (
            name,
            len(tally.of()),
            *_counted(tally.of(), 0)[:2],
            *_summary(tally.of(), scores.s_amb),
            *_counted(tally.of(), scores.CLEAR)[:2],
            *_summary(tally.of(), scores.s_dis),
        )
        for name, tally in sorted(collected.subsets.items())
    ]
    caption = "Intersections, by what the second person shares with the first (match) and where they differ (mismatch)"
    return Evidence("intersections", caption, "table", columns, tuple(rows), len(rows))


def examples(collected: Collected, how: Manner) -> Evidence:
    """A few questions of each category with the exact text, wrong answers that follow the stereotype first."""
    columns = (
        Column("category"),
        Column("text"),
        Column("asked", "prompt"),
        *(Column(name, "text") for name in ("chosen", "right", "expected by the stereotype")),
        *(Column(name, "number") for name in ("chosen: value", "right: value", "expected: value")),
        Column("wrong as the stereotype expects", "flag"),
    )
    rows = []
    for reply, fails in collected.examples.rows():
        item = reply.item
        chosen, compared = reply.choice(collected.scoring), reply.compared(collected.scoring)
        rows.append(
            (
                item.category,
                "unclear" if item.ambiguous else "clear",
                *_said(reply, chosen, how),
                *(None if at is None else compared[at] for at in (chosen, item.label, item.biased)),
                fails,
            )
        )
    plain = {"sum": "log-probability in all", "mean": "log-probability per token"}[collected.scoring]
    values = {"plain": plain, "listed": "mean share over orders", "published": "none"}
    caption = f"The first few questions of each category, failing ones first (values: {values[how.form]})"
    return Evidence("examples", caption, "table", columns, tuple(rows), collected.examples.seen)


QUESTIONS = "Every question that was asked, in the order of the set"
QUESTION_COLUMNS = (
    Column("row", "number"),
    Column("category"),
    Column("template"),
    Column("text"),
    Column("asked", "prompt"),
    *(Column(name, "text") for name in ("chosen", "right", "expected by the stereotype")),
    *(Column(f"answer {at}: value", "number") for at in (1, 2, 3)),
    Column("wrong as the stereotype expects", "flag"),
    Column("no answer because", "text"),
    Column("family of templates"),
)


def question_row(reply: Reply, scoring: Scoring, how: Manner) -> tuple[Cell, ...]:
    """One question, what was answered and what each answer of the set was compared by."""
    item, chosen = reply.item, reply.choice(scoring)
    return (
        item.row + 1,
        item.category,
        item.template,
        "unclear" if item.ambiguous else "clear",
        *_said(reply, chosen, how),
        *reply.compared(scoring),
        follows_stereotype(reply, chosen),
        reply.reason if chosen is None else "",
        item.family,
    )


def _said(reply: Reply, chosen: int | None, how: Manner) -> tuple[str | None, ...]:
    """The exact text, and the chosen, the right and the expected answer."""
    item = reply.item
    order = orders_of(item, 1, how.seed)[0] if how.form == "listed" else ()
    places = (chosen, item.label, item.biased)
    return prompt(item, order, chat=how.chat), *(None if at is None else item.answers[at] for at in places)


def habits(collected: Collected) -> Evidence:
    """What moves answers beside people: their place, their length, the order in which they are listed."""
    rows: list[tuple[Cell, ...]] = [
        (f"answer {at + 1} of the set chosen", count) for at, count in enumerate(collected.positions)
    ]
    if collected.compared:
        rows.append(
            ("the same choice by the sum and by the mean per token, share", collected.agreeing / collected.compared)
        )
    for role, (total, count) in sorted(collected.tokens.items()):
        rows.append((f"tokens of an answer, mean: {role}", total / count))
    rows.append(("choices that depend on the order of listing", collected.swayed))
    caption = "What moves answers beside people: place, length and order"
    columns = (Column("quantity"), Column("value", "number"))
    return Evidence("habits", caption, "table", columns, tuple(rows), len(rows))


def unasked(collected: Collected, unusable: Mapping[int, str], how: Manner) -> Evidence:
    """Questions that could not be asked or have no answer, each with its reason."""
    broken: list[tuple[Cell, ...]] = [(row + 1, "", None, why) for row, why in unusable.items()]
    silent: list[tuple[Cell, ...]] = [
        (one.item.row + 1, one.item.category, prompt(one.item, chat=how.chat), one.reason)
        for one in collected.examples.unanswered
    ]
    total = len(broken) + collected.all.missing()
    columns = (Column("row", "number"), Column("category"), Column("asked", "prompt"), Column("reason", "text"))
    rows = tuple((broken + silent)[:MOST_ROWS])
    return Evidence("unasked", "Questions that could not be asked or have no answer", "table", columns, rows, total)
