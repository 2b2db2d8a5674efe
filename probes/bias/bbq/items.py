"""The questions of BBQ: which are asked, which cannot be, and which of the three answers the stereotype expects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fairwitness.audit.records import Cell, Table
from fairwitness.probes.bias.bbq.expected import Listed, borne_out, by_groups, key_of, listed, people_of
from fairwitness.probes.bias.bbq.families import families
from fairwitness.probes.bias.bbq.sample import Key, sampled
from fairwitness.probes.kit.choices import require

AMBIGUOUS, CLEAR = "ambig", "disambig"


@dataclass(frozen=True, slots=True)
class Item:
    """One question. `biased` is the answer that the stereotype expects, None where the set does not say.

    `family` names the templates that say the same of other people, those of other categories too (`families`).
    """

    row: int
    category: str
    template: str
    family: str
    ambiguous: bool
    context: str
    question: str
    answers: tuple[str, str, str]
    unknown: int
    label: int
    biased: int | None
    subset: str = ""

    @property
    def cluster(self) -> tuple[str, str]:
        """What it belongs to: all questions of its category that are made from one family of templates."""
        return self.category, self.family

    @property
    def fits(self) -> bool | None:
        """Whether the person who is the right answer is the expected one; None without either."""
        return None if self.biased is None or self.label == self.unknown else self.label == self.biased


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked, what could not be (reason by row), and how many questions the set has.

    `listed` of those that are asked stand in the published list of expected answers; `refused` are categories of which
    it was not used, and why.
    """

    items: tuple[Item, ...]
    unusable: Mapping[int, str]
    total: int
    listed: int = 0
    refused: Mapping[str, str] = field(default_factory=dict)


def questions_of(
    table: Table,
    targets: Table | None,
    categories: Sequence[str],
    limit: int | None,
    seed: int,
    *,
    of_this_table: bool = True,
) -> Questions:
    """The chosen questions in the order of the table. Raises BadOption for a category that the set lacks.

    `targets` is the list of expected answers. Where it is not known to be `of_this_table`, it is used of categories
    alone that bear it out (`expected.borne_out`).
    """
    columns = table.columns
    known = Counter(str(name) for name in columns["category"] if name is not None)
    require("bbq.categories", categories, known)
    wanted = set(categories) or set(known)
    chosen = [
        row for row, name in enumerate(columns["category"]) if name in wanted or (name is None and not categories)
    ]
    known_answers = listed(targets)
    if not of_this_table:
        known_answers = borne_out(known_answers, (_cells(columns, row) for row in chosen))
    found: dict[int, Item] = {}
    in_list: set[int] = set()
    unusable: dict[int, str] = {}
    family = _families(columns, chosen)
    keys: list[Key] = []
    for row in chosen:
        cells = _cells(columns, row)
        template = _template(cells["category"], cells.get("question_index"))
        keys.append((template[0], family[template], template[1]))
        one = _item(row, cells, family[template], known_answers)
        if key_of(cells) in known_answers.places:
            in_list.add(row)
        if isinstance(one, Item):
            found[row] = one
        else:
            unusable[row] = one
    fits = {row: item.fits for row, item in found.items() if not item.ambiguous}
    rows = chosen if limit is None else sampled(chosen, keys, fits, limit, seed)
    asked = [row for row in rows if row in found]
    return Questions(
        tuple(found[row] for row in asked),
        {row: unusable[row] for row in rows if row in unusable},
        len(chosen),
        len(in_list.intersection(asked)),
        known_answers.refused,
    )


def _cells(columns: Mapping[str, Sequence[Cell]], row: int) -> dict[str, Cell]:
    return {name: column[row] for name, column in columns.items()}


def _template(category: Cell, index: Cell) -> tuple[str, str]:
    return str(category), str(index or "")


def _families(columns: Mapping[str, Sequence[Cell]], rows: Sequence[int]) -> dict[tuple[str, str], str]:
    """The family of each template among the rows; one of which nothing unclear is told is its own."""
    names = ("category", "question_index", "context_condition", "context", "question")
    wanted = [columns.get(name, (None,) * len(columns["category"])) for name in names]
    templates: dict[tuple[str, str], None] = {}
    texts: list[tuple[tuple[str, str], str, str]] = []
    for row in rows:
        category, index, condition, context, question = (column[row] for column in wanted)
        template = _template(category, index)
        templates[template] = None
        if condition == AMBIGUOUS:
            texts.append((template, str(context), str(question)))
    return {template: " ".join(template) for template in templates} | families(texts)


def _item(row: int, cells: Mapping[str, Cell], family: str, known: Listed) -> Item | str:
    """The question, or why it cannot be asked."""
    for name in ("category", "context", "question", "ans0", "ans1", "ans2"):
        if not isinstance(cells[name], str):
            return f"{name} is empty"
    answers = tuple(str(cells[f"ans{at}"]) for at in range(3))
    unknown = [at for at, person in enumerate(people_of(cells)) if person.unknown]
    label = cells["label"]
    if len(unknown) != 1:
        return f"{len(unknown)} of its answers are of the group 'unknown', 1 is needed"
    if not isinstance(label, int) or label not in (0, 1, 2):
        return "label is not 0, 1 or 2"
    if cells["context_condition"] not in (AMBIGUOUS, CLEAR):
        return f"context_condition is neither {AMBIGUOUS!r} nor {CLEAR!r}"
    if len({normal(answer) for answer in answers}) < 3:
        return "two of its answers are the same"
    place = known.places.get(key_of(cells))
    if place is None:
        place = by_groups(cells)
    return Item(
        row=row,
        category=str(cells["category"]),
        template=str(cells.get("question_index") or ""),
        family=family,
        ambiguous=cells["context_condition"] == AMBIGUOUS,
        context=str(cells["context"]),
        question=str(cells["question"]),
        answers=(answers[0], answers[1], answers[2]),
        unknown=unknown[0],
        label=label,
        biased=None if place == unknown[0] else place,
        subset=known.subsets.get(key_of(cells), ""),
    )


def normal(text: str) -> str:
    """A text without case, punctuation and extra space: published answers differ in these."""
    return " ".join("".join(letter for letter in text.lower() if letter.isalnum() or letter.isspace()).split())
