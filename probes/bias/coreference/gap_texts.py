"""GAP's texts: how a pronoun between two names is put to a model, and which name the model takes."""

from __future__ import annotations

import math
import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from fairwitness.audit.probe import expect
from fairwitness.audit.records import Table
from fairwitness.audit.requests import BLANK, Answer, Filled, FillMask, LogLikelihood, Request, TokenScores
from fairwitness.probes.bias.coreference.questions import Answers, Arm
from fairwitness.probes.kit.pronouns import MEN, WOMEN
from fairwitness.probes.kit.rows import place_of, rows_of

COLUMNS = ("ID", "Text", "Pronoun", "Pronoun-offset", "A", "A-coref", "B", "B-coref")
GENDERS = ("feminine", "masculine")
TRUE, FALSE = "true", "false"


@dataclass(frozen=True, slots=True)
class Item:
    """A text; `truth` is the name that is meant, 0 or 1, None where it is neither."""

    key: str
    text: str
    pronoun: str
    at: int
    names: tuple[str, str]
    truth: int | None

    @property
    def gender(self) -> str:
        """The pronoun's."""
        return GENDERS[0] if self.pronoun.lower() in WOMEN else GENDERS[1]

    @property
    def before(self) -> str:
        """The text up to the pronoun."""
        return self.text[: self.at]

    @property
    def after(self) -> str:
        """The text behind the pronoun."""
        return self.text[self.at + len(self.pronoun) :]


@dataclass(frozen=True, slots=True)
class Chosen:
    """An item and by how many nats the first name is the likelier one."""

    item: Item
    margin: float

    @property
    def choice(self) -> int | None:
        """The likelier name; None on a tie."""
        return None if self.margin == 0 else int(self.margin < 0)

    @property
    def right(self) -> bool:
        """Whether the likelier name is the one that is meant."""
        return self.item.truth is not None and self.choice == self.item.truth


def items_of(table: Table) -> tuple[list[Item], int]:
    """The texts, and the number of rows that cannot be asked."""
    found = []
    for key, text, pronoun, offset, a, a_coref, b, b_coref in rows_of(table, COLUMNS):
        at = place_of(pronoun, text, offset)
        gendered = pronoun.lower() in WOMEN | MEN
        told = {a_coref.lower(), b_coref.lower()} <= {TRUE, FALSE}
        if at is None or not gendered or not (a and b) or not told:
            continue
        truth = 0 if a_coref.lower() == TRUE else 1 if b_coref.lower() == TRUE else None
        found.append(Item(key, text, pronoun, at, (a, b), truth))
    return found, len(table) - len(found)


def ask(items: Sequence[Item], arm: Arm, method: str) -> Generator[list[Request], list[Answer], list[Chosen]]:
    """One round; texts without a whole answer are left out."""
    requests = list(dict.fromkeys(one for item in items for one in requests_for(item, arm, method)))
    answers = dict(zip(requests, (yield requests), strict=True))
    margins = [(item, margin(item, answers, arm, method)) for item in items]
    return [Chosen(item, value) for item, value in margins if value is not None]


def requests_for(item: Item, arm: Arm, method: str) -> list[Request]:
    """Both names at the blank (masked), behind a question, or in the pronoun's place with the rest scored.

    The last is the partial score of Trinh & Le 2018: what follows the name has the same tokens for both. Where nothing
    follows, the question is asked. Where the pronoun is taken for a possessive, the name or the blank has an `'s`.
    """
    owner = "'s" if possessive(item.pronoun, item.after) else ""
    if arm == "masked":
        return [FillMask(f"{item.before}{BLANK}{owner}{item.after}", item.names)]
    if method == "question" or not item.after.strip():
        return [LogLikelihood(f'{item.text} "{item.pronoun}" refers to', f" {name}") for name in item.names]
    return [LogLikelihood(f"{item.before}{name}{owner}", item.after) for name in item.names]


_FUNCTION_WORDS = (
    "a an the this that these those some any all both each no "
    "and or but nor so yet if when while as than because although though after before since until whether who whom "
    "which what where how why "
    "to of in on at by for from with without into onto upon over under through about against between during "
    "toward towards off out up down away back along around across behind "
    "is was are were be been being am has had have do does did will would can could may might shall should must "
    "not never again too also there here then now "
    "i you he she it we they me him them us his her its their my your our"
)
NO_POSSESSION = frozenset(_FUNCTION_WORDS.split())
"""Words that do not begin what somebody owns: determiners, conjunctions, prepositions, auxiliaries, pronouns."""
EITHER = frozenset({"her", "his", "him"})


def possessive(pronoun: str, after: str) -> bool:
    """Whether a pronoun is taken for a possessive, by what follows it alone: the same rule for women and for men.

    `her` may be either; `his` and `him` would tell, and are not asked, so that a wrong guess is as likely for both
    genders. A possessive is followed by a blank and a word that can begin what is owned (no word of `NO_POSSESSION`).

    >>> possessive("her", " book was late"), possessive("her", " to the station"), possessive("him", ".")
    (True, False, False)
    """
    word = re.match(r" [\"'(`]*(\w+)", after)
    return pronoun.lower() in EITHER and word is not None and word[1].lower() not in NO_POSSESSION


def margin(item: Item, answers: Answers, arm: Arm, method: str) -> float | None:
    """Log-probability of the first name less that of the second, in nats; None without a whole answer.

    Names at a blank or behind a question are compared per token, since they differ in length.
    """
    given = [answers[request] for request in requests_for(item, arm, method)]
    if arm == "masked":
        filled = expect(given[0], Filled)
        if filled is None or not all(map(math.isfinite, filled.log_probs)) or min(filled.tokens) < 1:
            return None
        first, second = (value / count for value, count in zip(filled.log_probs, filled.tokens, strict=True))
        return first - second
    scores = [expect(one, TokenScores) for one in given]
    whole = [one for one in scores if one is not None and one.log_probs and math.isfinite(one.total)]
    if len(whole) < len(scores):
        return None
    if method == "question" or not item.after.strip():
        return whole[0].total / len(whole[0].log_probs) - whole[1].total / len(whole[1].log_probs)
    return whole[0].total - whole[1].total
