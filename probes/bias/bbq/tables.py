"""The evidence of the BBQ probe: categories, intersections, examples, lengths, and what has no answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

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

    yield number("families of templates", lambda name: len(counts[name]))
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
    heads = _heads(counts, LONG, corrected=True)
    missing = number("without an answer", tally.missing)
    return Listing("categories", WORDS, (label("category", str), *heads, missing)).of(counts)


def intersections(subsets: Mapping[str, Tally]) -> Evidence:
    """One row for each way in which a pair of an intersection differs."""
    counts = {name: subsets[name].of() for name in sorted(subsets)}
    return Listing("intersections", WORDS, (label("questions", str), *_heads(counts, SHORT, corrected=False))).of(
        counts
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRow:
    """One question and its reply."""

    reply: Reply
    scoring: Scoring
    how: Manner

    @property
    def condition(self) -> str:
        """Whether the text leaves the question open."""
        return WORDS("condition.ambiguous" if self.reply.item.ambiguous else "condition.disambiguated")

    @property
    def prompt(self) -> str:
        """The exact text; where answers are listed, in the first of the orders."""
        item, how = self.reply.item, self.how
        return prompt_of(item, orders_of(item, 1, how.seed)[0] if how.form == "listed" else (), chat=how.chat)

    @property
    def chosen(self) -> int | None:
        """Place of the chosen answer."""
        return self.reply.choice(self.scoring)

    def answer(self, place: int | None) -> str | None:
        """The answer at a place."""
        return None if place is None else self.reply.item.answers[place]

    def value(self, place: int | None) -> float | None:
        """What it was compared by."""
        return None if place is None else self.reply.compared(self.scoring)[place]


ASKED: tuple[Head[ReplyRow], ...] = (
    label("text", lambda row: row.condition),
    prompt("asked", lambda row: row.prompt),
    text("chosen", lambda row: row.answer(row.chosen)),
    text("right", lambda row: row.answer(row.reply.item.label)),
    text("expected by the stereotype", lambda row: row.answer(row.reply.item.biased)),
)
FOLLOWS: Head[ReplyRow] = flag("wrong as the stereotype expects", lambda row: row.reply.follows_stereotype(row.scoring))
EXAMPLES: Listing[ReplyRow] = Listing(
    "examples",
    WORDS,
    (
        label("category", lambda row: row.reply.item.category),
        *ASKED,
        number("chosen: value", lambda row: row.value(row.chosen)),
        number("right: value", lambda row: row.value(row.reply.item.label)),
        number("expected: value", lambda row: row.value(row.reply.item.biased)),
        FOLLOWS,
    ),
)
QUESTIONS: Listing[ReplyRow] = Listing(
    "questions",
    WORDS,
    (
        number("row", lambda row: row.reply.item.row + 1),
        label("category", lambda row: row.reply.item.category),
        label("template", lambda row: row.reply.item.template),
        *ASKED,
        number("answer 1: value", lambda row: row.value(0)),
        number("answer 2: value", lambda row: row.value(1)),
        number("answer 3: value", lambda row: row.value(2)),
        FOLLOWS,
        text("no answer because", lambda row: row.reply.reason if row.chosen is None else ""),
        label("family of templates", lambda row: row.reply.item.family),
    ),
)
HABITS: Listing[tuple[str, float]] = Listing(
    "habits", WORDS, (label("quantity", lambda row: row[0]), number("value", lambda row: row[1]))
)
UNASKED: Listing[tuple[int, str, str | None, str]] = Listing(
    "unasked",
    WORDS,
    (
        number("row", lambda row: row[0] + 1),
        label("category", lambda row: row[1]),
        prompt("asked", lambda row: row[2]),
        text("reason", lambda row: row[3]),
    ),
)


def examples(collected: Collected, how: Manner) -> Evidence:
    """A few questions of each category with the exact text, wrong answers that follow the stereotype first."""
    rows = [ReplyRow(reply=reply, scoring=collected.scoring, how=how) for reply in collected.examples.shown()]
    values = WORDS(f"values.{collected.scoring if how.form == 'plain' else how.form}")
    return EXAMPLES.of(rows, total=collected.examples.seen, values=values)


def habits(collected: Collected) -> Evidence:
    """What moves answers beside people: their place, their length, the order in which they are listed."""
    rows: list[tuple[str, float]] = [
        (WORDS("habit.position", place=place), count) for place, count in enumerate(collected.positions, start=1)
    ]
    if collected.compared:
        rows.append((WORDS("habit.agreeing"), collected.agreeing / collected.compared))
    rows += [
        (WORDS("habit.tokens", role=role), total / collected.answers[role])
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
