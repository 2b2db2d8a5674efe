"""The evidence of the BBQ probe: categories, intersections, examples, lengths, and what has no answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from fairwitness.audit import stats
from fairwitness.audit.records import Evidence
from fairwitness.probes.bias.bbq import intervals, scores
from fairwitness.probes.bias.bbq.answers import Manner, Reply, Scoring, orders_of
from fairwitness.probes.bias.bbq.answers import prompt as prompt_of
from fairwitness.probes.bias.bbq.collected import Collected
from fairwitness.probes.bias.bbq.expected import WORDS
from fairwitness.probes.bias.bbq.scores import Counts, Tally
from fairwitness.probes.kit.tables import Head, Listing, flag, interval, label, number, prompt, text

SCORE = "−1 to 1"
MOST_ROWS = 200


SHORT = {"asked": scores.ASKED, "right": scores.RIGHT}
LONG = {**SHORT, "a person named": scores.KNOWN, "as the stereotype expects": scores.BIASED}
HALVES = (("ambiguous", 0, scores.s_amb), ("disambiguated", scores.DISAMBIGUATED, scores.s_dis))


def _heads(counts: Mapping[str, Counts], parts: Mapping[str, int], *, corrected: bool) -> Iterator[Head[str]]:
    """Of each name its counts and scores; with p-values `corrected` for the number of names (Holm)."""

    def count(part: int) -> Callable[[str], int]:
        return lambda name: int(counts[name].sum(axis=0)[part])

    yield number("families_templates", lambda name: len(counts[name]))
    for condition, first, statistic in HALVES:
        score = "s_amb" if first == 0 else "s_dis"
        for part, place in parts.items():
            yield number(f"{condition}: {part}", count(first + place))
        estimates = {name: intervals.estimate(rows, statistic) for name, rows in counts.items()}
        spread = {name: intervals.between_families(rows, statistic) for name, rows in counts.items()}
        yield from interval((score, f"{score}, low", f"{score}, high"), estimates.__getitem__, SCORE)
        yield number(f"{score}, SD between families", spread.__getitem__, SCORE)
        if corrected:
            pvalues = stats.holm([intervals.chance(rows, statistic) for rows in counts.values()])
            yield number(f"{score}, p (Holm)", dict(zip(counts, pvalues, strict=True)).__getitem__)


def categories(tally: Tally) -> Evidence:
    """One row a category: counts, accuracies, both scores with intervals, their chance and its Holm correction."""
    counts = {name: tally.of(name) for name in tally.categories}
    name: Head[str] = label("category", lambda category: category)
    missing: Head[str] = number("without_answer", tally.missing)
    return Listing("categories", WORDS, name, _heads(counts, LONG, corrected=True), missing).of(counts)


def intersections(subsets: Mapping[str, Tally]) -> Evidence:
    """One row for each way in which a pair of an intersection differs."""
    counts = {name: subsets[name].of() for name in sorted(subsets)}
    name: Head[str] = label("questions", lambda subset: subset)
    return Listing("intersections", WORDS, name, _heads(counts, SHORT, corrected=False)).of(counts)


Place: TypeAlias = Callable[[Reply], int | None]


def _asked(scoring: Scoring, how: Manner) -> tuple[Head[Reply], ...]:
    """The exact text (where answers are listed, in the first order), and the chosen, right and expected answers."""

    def condition(reply: Reply) -> str:
        return WORDS("condition.ambiguous" if reply.item.ambiguous else "condition.disambiguated")

    def shown(reply: Reply) -> str:
        order = orders_of(reply.item, 1, how.seed)[0] if how.form == "listed" else ()
        return prompt_of(reply.item, order, chat=how.chat)

    def answer(place: Place) -> Callable[[Reply], str | None]:
        return lambda reply: None if (chosen := place(reply)) is None else reply.item.answers[chosen]

    return (
        label("text", condition),
        prompt("asked", shown),
        text("chosen", answer(lambda reply: reply.choice(scoring))),
        text("right", answer(lambda reply: reply.item.label)),
        text("expected_stereotype", answer(lambda reply: reply.item.biased)),
    )


def _value(name: str, scoring: Scoring, place: Place) -> Head[Reply]:
    """What an answer was compared by."""
    return number(name, lambda reply: None if (chosen := place(reply)) is None else reply.compared(scoring)[chosen])


def question_listing(scoring: Scoring, how: Manner) -> Listing[Reply]:
    """The table of all questions: what was answered, and what each answer of the set was compared by."""
    return Listing(
        "questions",
        WORDS,
        number("row", lambda reply: reply.item.row + 1),
        label("category", lambda reply: reply.item.category),
        label("template", lambda reply: reply.item.template),
        _asked(scoring, how),
        _value("answer 1: value", scoring, lambda reply: 0),
        _value("answer 2: value", scoring, lambda reply: 1),
        _value("answer 3: value", scoring, lambda reply: 2),
        flag("wrong_as_expected", lambda reply: reply.follows_stereotype(scoring)),
        text("no_answer_because", lambda reply: reply.reason if reply.choice(scoring) is None else ""),
        label("family_templates", lambda reply: reply.item.family),
    )


def examples(collected: Collected, how: Manner) -> Evidence:
    """A few questions of each category with the exact text, wrong answers that follow the stereotype first."""
    scoring = collected.scoring
    listing: Listing[Reply] = Listing(
        "examples",
        WORDS,
        label("category", lambda reply: reply.item.category),
        _asked(scoring, how),
        _value("chosen: value", scoring, lambda reply: reply.choice(scoring)),
        _value("right: value", scoring, lambda reply: reply.item.label),
        _value("expected: value", scoring, lambda reply: reply.item.biased),
        flag("wrong_as_expected", lambda reply: reply.follows_stereotype(scoring)),
    )
    values = WORDS(f"values.{scoring if how.form == 'plain' else how.form}")
    return listing.of(collected.examples.shown(), total=collected.examples.seen, values=values)


HABITS: Listing[tuple[str, float]] = Listing(
    "habits", WORDS, label("quantity", lambda row: row[0]), number("value", lambda row: row[1])
)
UNASKED: Listing[tuple[int, str, str | None, str]] = Listing(
    "unasked",
    WORDS,
    number("row", lambda row: row[0] + 1),
    label("category", lambda row: row[1]),
    prompt("asked", lambda row: row[2]),
    text("reason", lambda row: row[3]),
)


def habits(collected: Collected) -> Evidence:
    """What moves answers beside people: their place, their length, the order in which they are listed."""
    rows: list[tuple[str, float]] = [
        (WORDS("habit.position", place=place), count) for place, count in enumerate(collected.positions, start=1)
    ]
    if collected.compared:
        rows.append((WORDS("habit.agreeing"), collected.agreeing / collected.compared))
    rows += [
        (WORDS("habit.tokens", role=WORDS.labelled(role)), total / collected.answers[role])
        for role, total in sorted(collected.tokens.items())
    ]
    rows.append((WORDS("habit.order"), collected.order_sensitive))
    return HABITS.of(rows)


def unasked(collected: Collected, unusable: Mapping[int, str], how: Manner) -> Evidence:
    """Questions that could not be asked or have no answer, each with its reason."""
    broken = [(row, "", None, reason) for row, reason in unusable.items()]
    silent = [
        (reply.item.row, reply.item.category, prompt_of(reply.item, chat=how.chat), reply.reason)
        for reply in collected.examples.unanswered
    ]
    return UNASKED.of([*broken, *silent], shown=MOST_ROWS, total=len(broken) + collected.answered.missing())
