"""The evidence of the probe of mentions: people, continuations, beginnings, words and controls."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from fairwitness.audit.records import Estimate, Evidence, Undefined
from fairwitness.audit.stats.crossed.slope import cells, root_mean_square, sentence_slopes
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.bias.mentions import scores
from fairwitness.probes.bias.mentions.counting import Counted, Lists, tally
from fairwitness.probes.bias.mentions.items import WORDS, Opening
from fairwitness.probes.bias.mentions.nextword import ControlScore, Next
from fairwitness.probes.bias.mentions.scores import Association, Texts
from fairwitness.probes.kit.pictured import share_point, share_points
from fairwitness.probes.kit.tables import (
    Head,
    Listing,
    distinct,
    flag,
    interval,
    label,
    mean_of,
    number,
    prompt,
    quantities,
    text,
)
from fairwitness.probes.kit.writing import GREEDY, GeneratedText

SHOWN = 200
"""Most continuations that the document holds; the total is told."""
TEXTS = "of continuations"
FIRST = {1: "woman", -1: "man", 0: "nobody"}


@dataclass(frozen=True, slots=True)
class PersonRow:
    """An occupation or role: its texts, how much oftener they first name a woman, and the leans of the next word."""

    texts: Texts
    preference: Estimate | Undefined
    next_preferences: Sequence[float]

    @property
    def opening(self) -> Opening:
        """One of its beginnings."""
        return self.texts[0].opening

    @property
    def women(self) -> float | None:
        """Percent of women in an occupation."""
        share = self.opening.person.share
        return None if share is None else round(100 * share, 2)

    @property
    def mean_lean(self) -> float:
        """The mean lean of its texts."""
        return float(np.mean([scores.first_gender(text) for text in self.texts]))


PEOPLE: Listing[PersonRow] = Listing(
    "people",
    WORDS,
    label("person", lambda row: row.opening.person.word),
    label("kind", lambda row: row.opening.person.kind),
    number("women", lambda row: row.women, "% (US)"),
    label("year_share", lambda row: row.opening.person.year or None),
    number("continuations", lambda row: len(row.texts)),
    number("naming a gender", lambda row: sum(scores.first_gender(text) != 0 for text in row.texts)),
    number("words_women", lambda row: scores.words_written(row.texts)[0]),
    number("words_men", lambda row: scores.words_written(row.texts)[1]),
    number("women_first", lambda row: row.mean_lean, TEXTS),
    interval(("", "low", "high"), lambda row: row.preference, TEXTS)[1:],
    number("next_word", lambda row: mean_of(row.next_preferences), "share"),
)
SPREAD = quantities("spread", WORDS)


def person_rows(texts: Texts, read: Sequence[Next], seed: int) -> list[PersonRow]:
    """What was counted of every occupation and role, and the lean of the next word."""
    after = grouped(scores.answered(read), lambda item: item.opening.person.word)
    rows = []
    for person, members in grouped(texts, lambda text: text.person).items():
        preferences = [item.preference for item in after.get(person, [])]
        rows.append(PersonRow(members, scores.preference_of(members, seed), preferences))
    return rows


def people(rows: Sequence[PersonRow]) -> Evidence:
    """One row an occupation or role, the largest lean first."""
    return PEOPLE.of(sorted(rows, key=lambda row: -abs(row.mean_lean)))


def by_share(rows: Sequence[PersonRow], slope: Estimate | Undefined) -> Evidence:
    """How much oftener a woman than a man is named first, by occupation, against the share of women in it."""
    points = []
    for row in rows:
        person = row.opening.person
        if person.share is not None:
            points.append(share_point(person.word, person.share, row.preference, row.mean_lean))
    return share_points(points, slope, what=WORDS("picture.what"), unit=TEXTS)


def continuations(written: Sequence[GeneratedText], texts: Texts, *, secret: bool) -> Evidence:
    """What was written, those first that name the gender that dominates the occupation most; greedy ones last."""
    listing: Listing[tuple[GeneratedText, Counted | None]] = Listing(
        "continuations",
        WORDS,
        label("person", lambda row: row[0].prompt.target),
        prompt("beginning", lambda row: row[0].prompt.text, secret=secret),
        text("written", lambda row: WORDS("words.no_answer") if row[0].text is None else row[0].text, secret=secret),
        label("how", lambda row: row[0].how),
        number("words_women", lambda row: row[1].gendered.women if row[1] else None),
        number("words_men", lambda row: row[1].gendered.men if row[1] else None),
        label("first", lambda row: WORDS(f"first.{FIRST[scores.first_gender(row[1])] if row[1] else 'not_counted'}")),
    )
    rows: list[tuple[GeneratedText, Counted | None]] = []
    for item in sorted(texts, key=lambda item: -_typical(item)):
        rows.append((item.written, item))
    for greedy in written:
        if greedy.how == GREEDY or greedy.text is None:
            rows.append((greedy, None))
    return listing.of(rows, shown=SHOWN)


def _typical(item: Counted) -> float:
    """How far a text names the gender that dominates the occupation."""
    share = item.opening.person.share
    return 0.0 if share is None else scores.first_gender(item) * (2 * share - 1)


def beginnings(texts: Texts, *, secret: bool) -> Evidence:
    """One row a wording: how often it names a gender, and which."""
    listing: Listing[Texts] = Listing(
        "beginnings",
        WORDS,
        label("beginning", lambda row: row[0].opening.template.label),
        text("text", lambda row: row[0].opening.template.text, secret=secret),
        number("continuations", len),
        number("naming a gender", lambda row: mean_of([scores.first_gender(item) != 0 for item in row]), "share"),
        number("words_women", lambda row: scores.words_written(row)[0]),
        number("words_men", lambda row: scores.words_written(row)[1]),
        number("share_women", _share, "share"),
    )
    families = grouped(texts, lambda item: item.family).values()
    known = [share for share in map(_share, families) if share is not None]
    sd = f"{np.std(known, ddof=1):.3f}" if len(known) > 1 else WORDS("words.not_known")
    return listing.of(grouped(texts, lambda item: item.opening.template.label).values(), sd=sd)


def _share(texts: Texts) -> float | None:
    women, men = scores.words_written(texts)
    return women / (women + men) if women + men else None


def next_words(read: Sequence[Next], *, secret: bool) -> Evidence:
    """Every beginning with the probability of each group's words next, the largest lean first."""

    def mass(group: str) -> Head[Next]:
        return number(f"P({group})", lambda item: (item.mass or {}).get(group), "probability")

    groups = list(next((item.mass for item in read if item.mass is not None), {}))
    listing: Listing[Next] = Listing(
        "next_words",
        WORDS,
        label("person", lambda item: item.opening.person.word),
        prompt("beginning", lambda item: item.opening.prompt.text, secret=secret),
        map(mass, groups),
        number("women_less_men", lambda item: None if item.mass is None else item.preference, "share of all groups"),
    )
    return listing.of(sorted(read, key=lambda item: 1.0 if item.mass is None else -abs(item.preference)))


def words(texts: Texts, read: Sequence[Next], lists: Lists) -> Evidence:
    """The words that were counted, how often each stands there, and the tokens of those that may come next."""
    tokens = distinct(chain.from_iterable(item.tokens.items() for item in read))
    groups = {word: group for group, members in lists.next.items() for word in members}
    rows: list[tuple[str, str, int | None]] = []
    for group, counts in zip(("women", "men"), tally(texts, lists.gendered), strict=True):
        rows += [(word, group, times) for word, times in counts.most_common()]
    listed = {word for word, _, _ in rows}
    rows += [(word, groups[word], None) for word in lists.next_words if word not in listed]
    listing: Listing[tuple[str, str, int | None]] = Listing(
        "words",
        WORDS,
        label("word", lambda row: row[0]),
        label("group", lambda row: row[1]),
        number("written", lambda row: row[2], "times"),
        text("tokens", lambda row: tokens.get(row[0], "")),
    )
    return listing.of(rows)


def spread(texts: Texts, apart: Association) -> Evidence:
    """How far occupations lie apart, what chance does, and what they do to words that say nothing of people."""
    rows = {
        "from_half": mean_of(np.abs(apart.shares - 0.5)),
        "from_all": mean_of(apart.distance),
        "by_chance": mean_of(apart.chance),
        "silent": float(len(apart.silent)),
        "slope": root_mean_square(sentence_slopes(cells(scores.points(texts)))),
        "control_slope": root_mean_square(scores.slopes_of(scores.control_points(texts))),
    }
    return SPREAD.of(rows.items())


def controls(asked: Sequence[ControlScore], *, secret: bool) -> Evidence:
    """Beginnings whose noun decides the pronoun, wrong ones first."""
    listing: Listing[ControlScore] = Listing(
        "plain",
        WORDS,
        prompt("beginning", lambda score: score.control.text, secret=secret),
        label("right pronoun", lambda score: score.control.expected),
        number("log_odds_she", lambda score: score.log_odds, "nats"),
        flag("wrong", lambda score: not score.right),
    )
    return listing.of(
        sorted(asked, key=lambda score: (score.right, -math.inf if score.log_odds is None else score.log_odds))
    )
