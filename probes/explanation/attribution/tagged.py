"""Tags of words: what is explained of a tagger, whether form or context carries a tag, and what capital letters do."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace

from fairwitness.audit import stats
from fairwitness.audit.attributions import Attribution
from fairwitness.audit.probe import expect
from fairwitness.audit.records import Estimate, Evidence, Metric, Name, Undefined
from fairwitness.audit.requests import Answer, OfTag, Request, Tagged, TagTokens, Target
from fairwitness.probes.explanation.attribution.cards import Card
from fairwitness.probes.explanation.attribution.checks import Explained
from fairwitness.probes.explanation.attribution.items import NAMES, WORDS, MethodName, Sentence
from fairwitness.probes.explanation.attribution.measures import CAPITALS, FORM
from fairwitness.probes.kit.tables import Listing, label, number, prompt, text

LOG_ODDS = "log-odds"


@dataclass(frozen=True, slots=True)
class Tags:
    """The texts with the word whose tag is explained, and the tag of each; `without` have no such word."""

    sentences: Sequence[Sentence]
    targets: Mapping[str, Target]
    without: int
    lost: int
    """Texts that were not tagged at all."""

    @property
    def labels(self) -> list[str]:
        """Every label that is explained."""
        return list(dict.fromkeys(target.label for target in self.targets.values() if isinstance(target, OfTag)))

    def lowered(self) -> dict[str, TagTokens]:
        """Of each text whose word has capital letters, the same tag with the word in lower case."""
        asked = {}
        for sentence in self.sentences:
            target, lower = self.targets.get(sentence.text), lowered(sentence)
            if isinstance(target, OfTag) and lower != sentence.text:
                asked[sentence.text] = TagTokens(lower, ((target.start, target.end, target.label),))
        return asked

    def notes(self) -> list[str]:
        """Which label is explained, and that texts were left out where some were."""
        notes = [WORDS("note.tags", labels=Name(", ".join(self.labels)))]
        return [*notes, WORDS("note.untagged", count=self.without)] if self.without else notes


def asked(sentences: Sequence[Sentence], named: str) -> Generator[list[Request], list[Answer], Tags]:
    """Tags every text and settles what is explained of it; raises as `tags_of`."""
    answers = yield [TagTokens(sentence.text) for sentence in sentences]
    given = {sentence.text: answer for sentence, answer in zip(sentences, answers, strict=True)}
    return tags_of(sentences, given, named)


def rows(
    tags: Tags, explained: Sequence[Explained], method: MethodName
) -> Generator[list[Request], list[Answer], list[Row]]:
    """Asks for the tags with words in lower case; one row for each text that the method explained."""
    lower = tags.lowered()
    answers = (yield list(lower.values())) if lower else []
    odds = {text: expect(answer, Tagged) for text, answer in zip(lower, answers, strict=True)}
    return rows_of(explained, method, {text: answer.log_odds[0] for text, answer in odds.items() if answer})


def tags_of(sentences: Sequence[Sentence], answers: Mapping[str, Answer], named: str) -> Tags:
    """What is explained of each text: the `named` label, else that which most of the given words have, at the word.

    A text that names no word is explained at the first span that the tagger marks. A word that the tagger misses is
    explained for the label of the others. Raises DoesNotApply where no word has a label.
    """
    placed: list[Sentence] = []
    lost = 0
    given: Counter[str] = Counter()
    for sentence in sentences:
        answer = expect(answers[sentence.text], Tagged)
        if answer is None:
            lost += 1
            continue
        first = next(iter(answer.spans), None)
        if sentence.start < 0 and first is not None:
            sentence = replace(sentence, start=first[0], end=first[1])
        if sentence.start >= 0:
            placed.append(sentence)
            given.update(tag for low, high, tag in answer.spans if low < sentence.end and high > sentence.start)
    label = named or next((tag for tag, _ in given.most_common(1)), "")
    if not label or not placed:
        raise WORDS.does_not_apply("reason.no_tags", "option_unfit", count=len(sentences))
    targets = {sentence.text: _first_word(sentence, label) for sentence in placed}
    return Tags(placed, targets, len(sentences) - len(placed), lost)


def moved(target: Target, sentence: Sentence, other: str) -> Target | None:
    """The target in a text that says the same otherwise; None where its word does not stand there once."""
    if not isinstance(target, OfTag) or other == sentence.text:
        return target
    before = sentence.text[: sentence.start]
    if other.startswith(before):
        after = sentence.text[sentence.end :]
        inside = len(other) - len(after) if other.endswith(after) else sentence.end
        return _first_word(replace(sentence, text=other, end=max(inside, sentence.start + 1)), target.label)
    start = other.find(sentence.word)
    if start < 0 or other.find(sentence.word, start + 1) >= 0:
        return None
    return _first_word(replace(sentence, text=other, start=start, end=start + len(sentence.word)), target.label)


def _first_word(sentence: Sentence, label: str) -> OfTag:
    """The first run of letters of the word: a tagger's label of a name is that of its first word."""
    word = sentence.word
    first = next((place for place, sign in enumerate(word) if sign.isalnum()), 0)
    last = next((place for place in range(first, len(word)) if not _inside(word, place)), len(word))
    return OfTag(label, sentence.start + first, sentence.start + last)


def _inside(word: str, place: int) -> bool:
    """Whether a word for explanations goes on here: letters, digits, and apostrophes between them."""
    if word[place].isalnum() or word[place] == "_":
        return True
    return word[place] in "'’" and word[place + 1 : place + 2].isalnum()


def lowered(sentence: Sentence) -> str:
    """The text with its word in lower case; the text itself where that would be longer or shorter."""
    lower = sentence.word.lower()
    if len(lower) != len(sentence.word):
        return sentence.text
    return sentence.text[: sentence.start] + lower + sentence.text[sentence.end :]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A text with its tag: log-odds, and of them what the word itself and the words around it make by one method."""

    sentence: Sentence
    target: OfTag
    odds: float
    form: float
    context: float
    lower: float | None
    """The log-odds with the word in lower case; None where it has none or they were not answered."""


def rows_of(explained: Sequence[Explained], method: MethodName, lower: Mapping[str, float]) -> list[Row]:
    """One row for each text that the method explained; `lower` are log-odds with the word in lower case, by text."""
    made = []
    for item in explained:
        shown = item.first(method)
        if shown is None or not isinstance(item.target, OfTag):
            continue
        form = _inside_sum(shown, item.sentence)
        made.append(
            Row(
                sentence=item.sentence,
                target=item.target,
                odds=shown.full,
                form=form,
                context=sum(shown.values) - form,
                lower=lower.get(item.sentence.text),
            )
        )
    return made


def _inside_sum(shown: Attribution, sentence: Sentence) -> float:
    places = zip(shown.starts, shown.values, strict=True)
    return math.fsum(value for start, value in places if sentence.start <= start < sentence.end)


def metrics(rows: Sequence[Row], card: Card, seed: int) -> list[Metric]:
    """Whether a tag rests on the word more than on its context, and what capital letters add to it."""
    form = _mean([abs(row.form) - abs(row.context) for row in rows], seed, "reason.no_answer")
    if card.status == "failed":
        form = WORDS.undefined("reason.card", "validity_check", "not_interpretable", method=NAMES[card.method])
    capitals = [row.odds - row.lower for row in rows if row.lower is not None]
    return [
        FORM.metric(form, variant={"method": NAMES[card.method]}),
        CAPITALS.metric(_mean(capitals, seed, "reason.no_capitals")),
    ]


def _mean(values: Sequence[float], seed: int, missing: str) -> Estimate | Undefined:
    return stats.mean(values, seed=seed) if values else WORDS.undefined(missing, "unanswered")


def table(rows: Sequence[Row], *, secret: bool) -> Evidence:
    """One row a text, those first whose tag rests most on the word itself."""
    listing: Listing[Row] = Listing(
        "tags",
        WORDS,
        prompt("text", lambda row: row.sentence.text, secret=secret),
        text("tagged word", lambda row: row.sentence.word, secret=secret),
        label("group", lambda row: row.sentence.group),
        label("tag", lambda row: Name(row.target.label)),
        number("log-odds of the tag", lambda row: row.odds, LOG_ODDS),
        number("from the word itself", lambda row: row.form, LOG_ODDS),
        number("from the words around it", lambda row: row.context, LOG_ODDS),
        number("log-odds in lower case", lambda row: row.lower, LOG_ODDS),
    )
    return listing.of(sorted(rows, key=lambda row: abs(row.context) - abs(row.form)))
