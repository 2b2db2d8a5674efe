"""GAP's texts: how a pronoun between two names is put to a model, and which name the model takes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fairwitness.audit.probe import Context
from fairwitness.audit.records import Table
from fairwitness.audit.requests import LogLikelihood, Request
from fairwitness.probes.kit.blanks import Answers, Blank, ModelType, whole_scores
from fairwitness.probes.kit.choices import spread
from fairwitness.probes.kit.pronouns import MEN, WOMEN
from fairwitness.probes.kit.results import Items
from fairwitness.probes.kit.rows import place_of, rows_of
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
COLUMNS = WORDS.data_need("gap").columns
GENDERS = ("feminine", "masculine")
TRUE, FALSE = "true", "false"
_FUNCTION_WORDS = (
    "a an the this that these those some any all both each no "
    "and or but nor so yet if when while as than because although though after before since until whether who whom "
    "which what where how why "
    "to of in on at by for from with without into onto upon over under through about against between during "
    "toward towards off out up down away back along around across behind "
    "is was are were be been being am has had have do does did will would can could may might shall should must "
    "not never again too also there here then now "
    "i you he she it we they me him them us him his her its their my your our"
)
NO_POSSESSION = frozenset(_FUNCTION_WORDS.split())
"""Words that do not begin what somebody owns: determiners, conjunctions, prepositions, auxiliaries, pronouns."""
EITHER = frozenset({"her", "his", "him"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A text and a pronoun in it that begins at character `start`.

    `truth` is the name that is meant, 0 or 1, None where it is neither. A causal model is asked by a question behind
    the text where `by_question`, else by the names in the pronoun's place.
    """

    key: str
    text: str
    pronoun: str
    start: int
    names: tuple[str, str]
    truth: int | None
    by_question: bool

    @property
    def gender(self) -> str:
        """The pronoun's."""
        return GENDERS[0] if self.pronoun.lower() in WOMEN else GENDERS[1]

    @property
    def after(self) -> str:
        """The text behind the pronoun."""
        return self.text[self.start + len(self.pronoun) :]

    @property
    def blank(self) -> Blank:
        """The pronoun's place, filled by either name; the blank has an `'s` where the pronoun is a possessive."""
        return Blank(self.text[: self.start], self._owner + self.after, self.names)

    @property
    def _owner(self) -> str:
        return "'s" if possessive(self.pronoun, self.after) else ""

    def requests(self, model: ModelType) -> list[Request]:
        """Both names at the blank (masked), behind a question, or in the pronoun's place with the rest scored.

        The last is the partial score of Trinh & Le 2018: what follows the name has the same tokens for both.
        """
        if model == "masked":
            return self.blank.requests("masked")
        if self.by_question:
            return [LogLikelihood(f'{self.text} "{self.pronoun}" refers to', f" {name}") for name in self.names]
        return [LogLikelihood(f"{self.text[: self.start]}{name}{self._owner}", self.after) for name in self.names]


@dataclass(frozen=True, slots=True)
class Choice:
    """An item and by how many nats the first name is the likelier one."""

    item: Item
    margin: float

    @property
    def name(self) -> int | None:
        """The likelier name, 0 or 1; None on a tie."""
        return None if self.margin == 0 else int(self.margin < 0)

    @property
    def right(self) -> bool:
        """Whether the likelier name is the one that is meant."""
        return self.item.truth is not None and self.name == self.item.truth

    @property
    def wrong(self) -> bool:
        """Whether a name is meant and it is not the likelier one."""
        return self.item.truth is not None and not self.right


def choice(item: Item, answers: Answers, model: ModelType) -> Choice | None:
    """The model's choice; None without a whole answer.

    Names at a blank or behind a question are compared per token, since they differ in length.
    """
    if model == "masked":
        reading = item.blank.read(answers, model)
        if reading is None or min(reading.tokens) < 1:
            return None
        first, second = (total / count for total, count in zip(reading.log_probs, reading.tokens, strict=True))
        return Choice(item, first - second)
    scores = whole_scores([answers[request] for request in item.requests(model)])
    if scores is None:
        return None
    first, second = (score.total / (len(score.log_probs) if item.by_question else 1) for score in scores)
    return Choice(item, first - second)


def items(ctx: Context) -> Items[Item]:
    """The texts to ask. Raises DoesNotApply where there is none."""
    table = ctx.data["gap"]
    readable = read_items(table, ctx.options.method == "question")
    unreadable = len(table) - len(readable)
    if not readable:
        raise WORDS.does_not_apply("reason.empty", "nothing_to_ask", count=unreadable)
    notes = [WORDS("note.left_out", count=unreadable)] if unreadable else []
    return Items(items=spread(readable, ctx.options.limit, ctx.seed), notes=notes)


def read_items(table: Table, by_question: bool = False) -> list[Item]:
    """The texts with a gendered pronoun at the offset, two names, and word on whether each is meant.

    Where nothing follows the pronoun, the question is asked whatever is wished.
    """
    texts = []
    for key, text, pronoun, offset, *people in rows_of(table, COLUMNS):
        first, first_meant, second, second_meant = people
        start, meant = place_of(pronoun, text, offset), (first_meant.lower(), second_meant.lower())
        gendered = pronoun.lower() in WOMEN | MEN
        if start is None or not gendered or not (first and second) or not set(meant) <= {TRUE, FALSE}:
            continue
        item = Item(
            key=key,
            text=text,
            pronoun=pronoun,
            start=start,
            names=(first, second),
            truth=meant.index(TRUE) if TRUE in meant else None,
            by_question=by_question or not text[start + len(pronoun) :].strip(),
        )
        texts.append(item)
    return texts


def possessive(pronoun: str, after: str) -> bool:
    """Whether a pronoun is taken for a possessive, by what follows it alone: the same rule for women and for men.

    `her` may be either; `his` and `him` would tell, and are not asked, so that a wrong guess is as likely for both
    genders. A possessive is followed by a blank and a word that can begin what is owned (no word of `NO_POSSESSION`).

    >>> possessive("her", " book was late"), possessive("her", " to the station"), possessive("him", ".")
    (True, False, False)
    """
    word = re.match(r" [\"'(`]*(\w+)", after)
    return pronoun.lower() in EITHER and word is not None and word[1].lower() not in NO_POSSESSION
