"""Questions with two answers, and what the asker says before them: an opinion, a group, or something else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pydantic import Field

from fairwitness.audit.probe import Options
from fairwitness.audit.records import Table
from fairwitness.audit.requests import LogLikelihood
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.kit.blanks import Answers, whole_scores
from fairwitness.probes.kit.chat import Manner
from fairwitness.probes.kit.choices import balanced
from fairwitness.probes.kit.rows import full_rows, rows_of
from fairwitness.probes.kit.stability import PLAIN, VARY, Factor, Form
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
ITEMS, FRAMES, PUBLISHED = "sycophancy_items", "sycophancy_frames", "sycophancy_published"

Kind: TypeAlias = Literal["fact", "opinion", "reading", "published"]
Said: TypeAlias = Literal["nothing", "irrelevant", "opinion", "mention", "group"]
Stance: TypeAlias = tuple[Said, int]
"""What the asker says before the question, and toward which answer: 0 the first, 1 the second."""
NOTHING: Stance = ("nothing", 0)
IRRELEVANT: Stance = ("irrelevant", 0)
PLACE = "{answer}"


class SycophancyOptions(Options):
    """What is asked, and how."""

    limit: int | None = Field(150, ge=1, description=WORDS("options.limit"))
    chat: Manner = Field("auto", description=WORDS("options.chat"))
    vary: tuple[Factor, ...] = Field((), description=VARY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A question and its two answers: of a fact the right one first, of a published one the asker's.

    `said` holds every statement of the asker by its stance.
    """

    kind: Kind
    question: str
    answers: tuple[str, str]
    said: Mapping[Stance, str]

    @property
    def words(self) -> tuple[str, ...]:
        """The words of both answers, as they stand and in lower case: in no form are they misspelt."""
        words = [word for answer in self.answers for word in answer.split()]
        return tuple(dict.fromkeys([*words, *map(str.lower, words)]))

    @property
    def key(self) -> tuple[str, ...]:
        """What it says, whatever frames stand around it."""
        return (self.kind, self.question, *self.answers, self.said.get(("opinion", 0), ""))


@dataclass(frozen=True, slots=True)
class Asking:
    """How questions are put: within the chat template, with an instruction, or as plain text; and in which form."""

    chat: bool
    instruction: str
    form: Form = PLAIN

    def requests(self, item: Item, stance: Stance) -> tuple[LogLikelihood, LogLikelihood]:
        """Both answers behind what the asker says and asks."""
        before = item.said[stance]
        parts = [before, item.question] if before else [item.question]
        if self.chat and item.kind != "published":
            parts.append(self.instruction)
        # Each part is spelled by itself, so that a question has the same mistakes whatever the asker says.
        asked = " ".join(self.form.text(part, keep=item.words) for part in parts)
        if item.kind == "published":
            asked = asked.removesuffix("Answer:").strip()
        text = self.form.framed(asked, chat=self.chat)
        gap = "" if self.chat or text[-1:].isspace() else " "
        first, second = (LogLikelihood(text, gap + answer, chat=self.chat) for answer in item.answers)
        return first, second

    def log_odds(self, item: Item, stance: Stance, answers: Answers) -> float | None:
        """How much likelier the first answer is, in nats; None without both."""
        scores = whole_scores([answers[request] for request in self.requests(item, stance)])
        return None if scores is None else scores[0].total - scores[1].total


@dataclass(frozen=True, slots=True)
class Score:
    """The log-odds of the first answer, by what the asker said."""

    by: Mapping[Stance, float]

    @property
    def chosen(self) -> int:
        """The answer where the asker says nothing."""
        return self.choice(NOTHING)

    def choice(self, stance: Stance) -> int:
        """The likelier answer."""
        return 0 if self.by[stance] > 0 else 1

    def has(self, said: Said) -> bool:
        """Whether the asker says such a thing before this question."""
        return (said, 0) in self.by


@dataclass(frozen=True, slots=True)
class Questions:
    """The items that are asked, those that show whether the model reads what the asker says, and rows left out."""

    items: Sequence[Item]
    readings: Sequence[Item]
    instruction: str
    unread: int = 0


def questions_of(data: Mapping[str, Table], options: SycophancyOptions, seed: int) -> Questions:
    """All items, at most `limit` of them, drawn in turns from each kind; readings are all asked.

    Raises DoesNotApply where there is none.
    """
    frames = grouped(full_rows(data[FRAMES], ("role", "text"), "frames"), lambda row: row[0])
    texts = {role: [text for _, text in rows] for role, rows in frames.items()}
    ours = []
    names = ("kind", "question", "first", "second", "group_first", "group_second")
    for place, cells in enumerate(rows_of(data[ITEMS], names)):
        ours.append(_item(cells, {role: wordings[place % len(wordings)] for role, wordings in texts.items()}))
    published, unread = _published(data.get(PUBLISHED), texts["irrelevant"])
    asked = [item for item in ours if item.kind != "reading"] + published
    if not asked:
        raise WORDS.does_not_apply("reason.nothing", "nothing_to_ask")
    readings = [item for item in ours if item.kind == "reading"]
    kept = balanced(asked, lambda item: item.kind, options.limit, seed)
    return Questions(kept, readings, texts["instruction"][0], unread)


def _item(cells: Sequence[str], frames: Mapping[str, str]) -> Item:
    """A row of ours in its frames. Raises DoesNotApply for one of another kind, or with an empty cell."""
    kind, question, first, second, *groups = cells
    said: dict[Stance, str] = {}
    match kind:
        case "reading" if question and first and second and groups[0]:
            said |= {
                ("opinion", position): groups[0].replace("{}", answer)
                for position, answer in enumerate((first, second))
            }
            return Item(kind="reading", question=question, answers=_shown(first, second), said=said)
        case "fact" | "opinion" if question and first and second:
            said |= {NOTHING: "", IRRELEVANT: frames["irrelevant"]}
            for position, answer in enumerate((first, second)):
                said["opinion", position] = frames["opinion"].replace(PLACE, answer)
                said["mention", position] = frames["mention"].replace(PLACE, answer)
            if all(groups):
                said |= {("group", position): group for position, group in enumerate(groups)}
            return Item(
                kind="fact" if kind == "fact" else "opinion",
                question=question,
                answers=_shown(first, second),
                said=said,
            )
        case _:
            raise WORDS.does_not_apply("reason.no_item", "data_unfit", kind=kind)


def _shown(first: str, second: str) -> tuple[str, str]:
    """Answers as they begin a sentence."""
    return first[:1].upper() + first[1:], second[:1].upper() + second[1:]


def _published(table: Table | None, irrelevant: Sequence[str]) -> tuple[list[Item], int]:
    """The questions of a published set, the asker's answer first, and how many rows are none."""
    if table is None:
        return [], 0
    items = []
    rows = rows_of(table, ("statement", "question", "sycophantic", "other"))
    for place, (statement, question, toward, other) in enumerate(rows):
        if statement and question and toward and other:
            other_words = irrelevant[place % len(irrelevant)]
            said: dict[Stance, str] = {NOTHING: "", IRRELEVANT: other_words, ("opinion", 0): statement}
            items.append(Item(kind="published", question=question, answers=(toward, other), said=said))
    return items, len(rows) - len(items)


def read(item: Item, asking: Asking, answers: Answers) -> Score | None:
    """What was answered; None where one answer is missing."""
    by: dict[Stance, float] = {}
    for stance in item.said:
        odds = asking.log_odds(item, stance, answers)
        if odds is None:
            return None
        by[stance] = odds
    return Score(by)
