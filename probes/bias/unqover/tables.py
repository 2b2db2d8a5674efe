"""The evidence of the UnQover probe: subjects, attributes, sentences, examples, and what could not be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Evidence
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.bias.unqover import scores
from fairwitness.probes.bias.unqover.answers import TURNS, Check, Reading
from fairwitness.probes.bias.unqover.estimators import Bias, Subject, preferences
from fairwitness.probes.bias.unqover.lists import WORDS, Class, Template
from fairwitness.probes.kit.tables import (
    Head,
    Listing,
    distinct,
    interval,
    label,
    number,
    prompt,
    size_of,
    text,
    token_counts,
)

SHARE = "share"
SIGN = "−1 to 1"
MOST_ROWS = 300


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


ATTRIBUTES: Listing[tuple[tuple[str, str, str], Sequence[float]]] = Listing(
    "attributes",
    WORDS,
    label("class", lambda row: row[0][0]),
    label("subject", lambda row: row[0][1]),
    text("attribute", lambda row: row[0][2]),
    number("gamma", lambda row: _mean(row[1]), SHARE),
    number("eta", lambda row: _mean(np.sign(row[1]).tolist()), SIGN),
    number("comparisons", lambda row: len(row[1])),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceRow:
    """One template: its comparisons, or why it was left out."""

    kind: Class
    template: Template
    biases: Sequence[Bias] = ()

    def mean(self, value: Callable[[Bias], float]) -> float | None:
        """Mean over the comparisons; None without one."""
        return _mean([value(bias) for bias in self.biases]) if self.biases else None


SENTENCES: Listing[SentenceRow] = Listing(
    "sentences",
    WORDS,
    label("class", lambda row: row.kind),
    text("sentence", lambda row: row.template.sentence),
    text("question", lambda row: row.template.question),
    number("mean_size_bias", lambda row: row.mean(lambda bias: abs(bias.value)), SHARE),
    number("positional error", lambda row: row.mean(lambda bias: scores.positional_error(bias.shares)), SHARE),
    number("attributive error", lambda row: row.mean(lambda bias: scores.attributive_error(bias.shares)), SHARE),
    number("comparisons", lambda row: len(row.biases)),
    text("left_out_because", lambda row: row.template.flaw),
)
PAPER: Listing[tuple[str, float, float, Sequence[Bias]]] = Listing(
    "paper",
    WORDS,
    label("class", lambda row: row[0]),
    number("mu", lambda row: row[1], SHARE),
    number("eta", lambda row: row[2], SHARE),
    number("mean_size_bias", lambda row: _mean([abs(bias.value) for bias in row[3]]), SHARE),
    number("comparisons", lambda row: len(row[3])),
)
CHECKS: Listing[tuple[Class, Check]] = Listing(
    "checks",
    WORDS,
    label("class", lambda row: row[0]),
    prompt("text", lambda row: f"{row[1].question.context} {row[1].question.question}"),
    text("right", lambda row: row[1].question.expected),
    text("answer", lambda row: row[1].answer),
    number("share_right_one", lambda row: row[1].share, SHARE),
)
UNREAD: Listing[tuple[tuple[str, str], int]] = Listing(
    "unread",
    WORDS,
    label("class", lambda row: row[0][0]),
    text("reason", lambda row: row[0][1]),
    number("comparisons", lambda row: row[1]),
)
NAMES = token_counts("names", WORDS, "class", "name")


def _turn(place: int, *, extracts: bool) -> list[Head[Bias]]:
    """The columns of one of the four texts: as the model saw it, what it marked, and the share of the first subject."""
    turn, name = TURNS[place], WORDS(f"turn.{place}")
    span_texts: Head[Bias] = text(f"{name}: answer", lambda bias: bias.span_texts[place])
    return [
        prompt(name, lambda bias: bias.unit.text(*turn).whole),
        *([span_texts] if extracts else []),
        number(f"{name}: share of the first", lambda bias: float(bias.shares[(*turn, 0)]), SHARE),
    ]


def subjects(biases: Sequence[Bias], seed: int) -> Evidence:
    """One row a subject or group: its mean bias and mean sign, with intervals and Holm-corrected p-values."""
    known = preferences(biases)
    gamma = {subject: preference.gamma(seed) for subject, preference in known.items()}
    eta = {subject: preference.eta(seed) for subject, preference in known.items()}
    pvalues = dict(zip(known, stats.holm([preference.chance() for preference in known.values()]), strict=True))

    listing: Listing[Subject] = Listing(
        "subjects",
        WORDS,
        label("class", lambda subject: subject[0]),
        label("subject", lambda subject: subject[1]),
        number("comparisons", lambda subject: len(known[subject].sides)),
        interval(("gamma", "gamma, low", "gamma, high"), gamma.__getitem__, SHARE),
        number("p (Holm)", pvalues.__getitem__),
        interval(("eta", "eta, low", "eta, high"), eta.__getitem__, SIGN),
    )
    return listing.of(sorted(known, key=lambda subject: -size_of(gamma[subject])))


def attributes(biases: Sequence[Bias]) -> Evidence:
    """One row a pair of subject group and attribute, the largest mean bias first."""
    sides = [((*subject, bias.unit.attribute.name), value) for bias in biases for subject, value in bias.sides]
    rows = [(key, [value for _, value in members]) for key, members in grouped(sides, lambda side: side[0]).items()]
    return ATTRIBUTES.of(sorted(rows, key=lambda row: (-abs(_mean(row[1])), row[0])), shown=MOST_ROWS)


def sentences(biases: Sequence[Bias], excluded: Sequence[tuple[Class, Template]]) -> Evidence:
    """One row a template: its mean bias, and how far it is answered by place instead of by content."""
    groups = grouped(
        biases, lambda bias: (bias.unit.kind, bias.unit.template.sentence, bias.unit.template.question)
    ).values()
    asked = [SentenceRow(kind=group[0].unit.kind, template=group[0].unit.template, biases=group) for group in groups]
    return SENTENCES.of([*asked, *(SentenceRow(kind=kind, template=template) for kind, template in excluded)])


def paper(biases: Sequence[Bias]) -> Evidence:
    """The model-level scores of the paper by class, which lie above 0 by noise alone, beside the intensity squared."""
    rows = []
    for kind, members in grouped(biases, lambda bias: bias.unit.kind).items():
        sides = []
        for bias in members:
            first, second = bias.unit.first, bias.unit.second
            names = (first.group, second.group) if kind == "gender" else (first.name, second.name)
            sides.append((*names, bias.unit.attribute.name, bias.value))
        rows.append((kind, *scores.published(sides), members))
    return PAPER.of(rows)


def examples(biases: Sequence[Bias]) -> Evidence:
    """Single comparisons with the four exact texts, and what was marked in them, the largest bias first."""
    extracts = any(bias.span_texts for bias in biases)
    listing: Listing[Bias] = Listing(
        "examples",
        WORDS,
        label("class", lambda bias: bias.unit.kind),
        label("first subject", lambda bias: bias.unit.first.name),
        label("second subject", lambda bias: bias.unit.second.name),
        number("bias_first", lambda bias: bias.value, SHARE),
        [head for place in range(len(TURNS)) for head in _turn(place, extracts=extracts)],
    )
    rows = sorted(biases, key=lambda bias: -abs(bias.value))
    return listing.of(rows[:MOST_ROWS], total=len(rows), blank="" if extracts else WORDS("turn.blank"))


def checks(readings: Sequence[Reading]) -> Evidence:
    """Questions that their context answers, the wrongly answered first."""
    rows = [(reading.unit.kind, check) for reading in readings for check in reading.checks]
    return CHECKS.of(sorted(rows, key=lambda row: row[1].share), shown=MOST_ROWS)


def unread(readings: Sequence[Reading]) -> Evidence:
    """Comparisons that could not be read, by reason."""
    missing = Counter((reading.unit.kind, reading.reason) for reading in readings if reading.shares is None)
    return UNREAD.of(sorted(missing.items()))


def names(readings: Sequence[Reading]) -> Evidence:
    """Tokens of each name."""
    tokens = distinct(
        ((reading.unit.kind, name), count)
        for reading in readings
        for name, count in zip(reading.unit.names, reading.tokens, strict=False)
    )
    return NAMES.of((*key, counts) for key, counts in sorted(tokens.items()))
