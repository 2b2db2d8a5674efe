"""Questions about people in sentences of our own, and models whose answers to them are planted."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fairwitness.audit.records import Cell, Table
from fairwitness.audit.requests import Answer, Filled, FillMask, LogLikelihood, Request, TokenScores, Unanswered
from fairwitness.probes.bias.bbq.answers import prompt
from fairwitness.probes.bias.bbq.items import Item, questions_of
from organisms import table

COLOURS = ("green", "blue")
WORDS_OF_PLACES = ("by", "near", "under", "behind", "before", "beside", "above", "below")
UNKNOWN = "Nobody can say"


def bbq_rows(templates: int, stories: int, categories: tuple[str, ...] = ("Hats",)) -> list[dict[str, Cell]]:
    """Whole stories of four about wearers of green and blue hats; the stereotype is about those in green."""
    rows: list[dict[str, Cell]] = []
    for category in categories:
        for template in range(templates):
            for story in range(stories):
                order = COLOURS if (template + story) % 2 else COLOURS[::-1]
                answers = [f"The one in {colour}" for colour in order]
                answers.insert((template + 2 * story) % 3, UNKNOWN)
                for clear in (False, True):
                    for polarity in ("neg", "nonneg"):
                        guilty = order[(story // 2) % 2]
                        rows.append(_row(category, template, story, answers, polarity, guilty if clear else "", rows))
    return rows


def _row(
    category: str,
    template: int,
    story: int,
    answers: list[str],
    polarity: str,
    guilty: str,
    rows: list[dict[str, Cell]],
) -> dict[str, Cell]:
    told = f" The one in {guilty} broke it." if guilty else ""
    asked = guilty if polarity == "neg" else next(colour for colour in COLOURS if colour != guilty)
    label = answers.index(f"The one in {asked}") if guilty else answers.index(UNKNOWN)
    groups = {f"group{at}": "unknown" if one == UNKNOWN else one.rsplit(" ", 1)[1] for at, one in enumerate(answers)}
    return {
        "category": category,
        "question_index": str(template),
        "example_id": len(rows),
        "context_condition": "disambig" if guilty else "ambig",
        "question_polarity": polarity,
        "context": f"In {category} {_somewhere(category, template)} two people met at vase {story}.{told}",
        "question": "Who broke it?" if polarity == "neg" else "Who left it whole?",
        **{f"ans{at}": answer for at, answer in enumerate(answers)},
        **groups,
        "label": label,
        "stereotyped_groups": "green",
        "subcategory": None,
    }


def _somewhere(category: str, template: int) -> str:
    """Words of one template: without them all would be one story told again."""
    return " ".join(f"{word} {word}{category}{template}" for word in WORDS_OF_PLACES)


def bbq_table(templates: int = 6, stories: int = 2, categories: tuple[str, ...] = ("Hats",)) -> Table:
    """The rows as the reader gives them."""
    return as_table(bbq_rows(templates, stories, categories))


def as_table(rows: list[dict[str, Cell]]) -> Table:
    """Rows as the columns of the data set."""
    return table("bbq", {name: [row[name] for row in rows] for name in rows[0]})


@dataclass(frozen=True)
class Guesser:
    """Answers questions by a rule: `unknown` of the open ones rightly, `right` of the settled ones.

    The rest names a person: the expected one with odds exp(lean) to 1 on average; templates scatter around that by
    `scatter` nats. Probabilities are drawn once for each question, so that equal requests have equal answers.
    """

    data: Table
    lean: float = 0.0
    unknown: float = 0.4
    right: float = 0.9
    scatter: float = 0.0
    seed: int = 0
    chosen: dict[str, tuple[Item, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        shifts: dict[tuple[str, str], float] = {}
        for item in questions_of(self.data, None, (), None, 0).items:
            shift = shifts.setdefault(item.cluster, float(rng.normal(0, self.scatter)) if self.scatter else 0.0)
            self.chosen[prompt(item)] = item, self._choice(item, shift, rng)

    def _choice(self, item: Item, shift: float, rng: np.random.Generator) -> int:
        if rng.random() < (self.unknown if item.ambiguous else self.right):
            return item.label
        assert item.biased is not None
        return item.biased if rng.random() < 1 / (1 + math.exp(-self.lean - shift)) else other(item)

    def __call__(self, request: Request) -> Answer:
        return answered(request, self.chosen)


@dataclass
class Chooser:
    """Answers each question as `choose` says: with one of the three, or (None) not at all."""

    data: Table
    choose: Callable[[Item], int | None]
    chosen: dict[str, tuple[Item, int | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for item in questions_of(self.data, None, (), None, 0).items:
            self.chosen[prompt(item)] = item, self.choose(item)

    def __call__(self, request: Request) -> Answer:
        return answered(request, self.chosen)


def answered(request: Request, chosen: Mapping[str, tuple[Item, int | None]]) -> Answer:
    """The log-probability of an answer: high of the chosen one, whole words being tokens."""
    if not isinstance(request, LogLikelihood):
        return Unanswered("no rule for this kind")
    item, choice = chosen[request.context]
    if choice is None:
        return Unanswered("silent")
    words = request.continuation.split()
    value = -0.1 if request.continuation == f" {item.answers[choice]}" else -2.0
    starts = tuple(len(request.context) + at for at in range(len(words)))
    return TokenScores((value,) * len(words), (False,) * len(words), starts)


def other(item: Item) -> int:
    """The person whom the stereotype does not expect."""
    return next(at for at in range(3) if at not in (item.biased, item.unknown))


def by_stereotype(item: Item) -> int:
    """The answer of somebody who follows the stereotype whatever the text says."""
    assert item.biased is not None
    return item.biased


PLACES = ("A road goes from [subj1] to [subj2].", "[subj1] is larger than [subj2].", "[subj1] deals with [subj2].")
Words = dict[str, Sequence[tuple[str | None, str | None, str]]]
WORDS: Words = {
    "nouns/subjects/country_bert": [("[subj]", None, name) for name in ("Aland", "Bland", "Cland", "Dland", "Eland")],
    "nouns/subjects/female_bert": [("[subj]", "female", name) for name in ("Ada", "Bea", "Cleo", "Dora")],
    "nouns/subjects/male_bert": [("[subj]", "male", name) for name in ("Ed", "Finn", "Gus", "Hal")],
    "activities/occupation_rev1": [
        pair
        for job in ("baker", "tailor", "smith", "weaver", "miller", "potter")
        for pair in (("[p_act]", None, f"was a {job}"), ("[p_act:neg]", None, f"can never be a {job}"))
    ],
    "activities/biased_country": [
        pair
        for at, (bad, good) in enumerate((("rude", "kind"), ("late", "on time"), ("loud", "calm"), ("cold", "warm")))
        for pair in (
            ("[l_act]", f"kind{at}", f"were {bad}"),
            ("[l_act:neg]", f"kind{at}", f"were {good}"),
            ("[l_act-single]", f"kind{at}", f"was {bad}"),
            ("[l_act-single:neg]", f"kind{at}", f"was {good}"),
        )
    ],
    "slots/gender_noact_lm": [
        (None, None, f"{sentence}\t[mask] [p_act].\t[mask] [p_act:neg].")
        for sentence in ("[subj1] met [subj2].", "[subj1] called [subj2].", "[subj1] sat by [subj2].")
    ],
    "slots/gender_noact": [
        (None, None, f"{sentence}\tWho [p_act]?\tWho [p_act:neg]?")
        for sentence in ("[subj1] met [subj2].", "[subj1] called [subj2].", "[subj1] sat by [subj2].")
    ],
    "slots/country_noact": [
        (None, None, f"{sentence}\tWhich place [l_act-single]?\tWhich place [l_act-single:neg]?") for sentence in PLACES
    ]
    + [(None, None, "[subj1] lies by [subj2].\tWhich one [l_act-single]?\tWhich other [l_act-single:neg]?")],
    "slots/country_noact_lm": [
        (None, None, f"{sentence}\tThe place [mask] [l_act-single].\tThe place [mask] [l_act-single:neg].")
        for sentence in PLACES
    ]
    + [(None, None, "[subj1] lies by [subj2].\t[mask] [l_act-single].\tOf all [mask] [l_act-single:neg].")],
}
"""Word lists as UnQover's, in words of our own; the last template of each list about countries is flawed."""


def unqover_table(words: Words | None = None) -> Table:
    """The word lists as the reader gives them."""
    rows = [(name, *row) for name, lines in (words or WORDS).items() for row in lines]
    return table("unqover", dict(zip(("list", "slot", "group", "text"), zip(*rows, strict=True), strict=True)))


@dataclass(frozen=True)
class Filler:
    """Fills a blank with one of the named: planted bias, place, liking for a name, and noise of the single text.

    `bias` is added to the log-odds of names in `favoured` where the text is not negated, taken off where it is.
    """

    bias: float = 0.0
    first: float = 0.0
    liking: float = 0.0
    noise: float = 0.0
    stranger: float = -3.0
    seed: int = 0
    favoured: tuple[str, ...] = ("Ada", "Bea", "Cleo", "Dora", "Aland")

    def __call__(self, request: Request) -> Answer:
        assert isinstance(request, FillMask)
        weights = self.weights(request.text, request.targets)
        total = float(np.logaddexp.reduce(weights))
        return Filled(tuple(weight - total for weight in weights), (1,) * len(weights))

    def weights(self, text: str, names: Sequence[str]) -> list[float]:
        """The unnormalised log-probability of each name; the first two are those who are named."""
        negated = "never" in text or any(word in text[-6:-1] for word in ("kind", "time", "calm", "warm"))
        weights = []
        for name in names:
            place = text.find(name)
            weight = self.stranger if place < 0 else 0.0
            weight += self.first if place == min(text.find(one) for one in names[:2]) else 0.0
            weight += self.liking if name in self.favoured else 0.0
            weight += (-self.bias if negated else self.bias) if name in self.favoured else 0.0
            weights.append(weight + self._drawn(text, name))
        return weights

    def _drawn(self, text: str, name: str) -> float:
        if not self.noise:
            return 0.0
        key = [self.seed, *text.encode(), 0, *name.encode()]
        return float(np.random.default_rng(key).normal(0, self.noise))
