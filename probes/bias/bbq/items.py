"""The questions of BBQ: which are asked, which cannot be, and which of the three answers the stereotype expects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fairwitness.audit.records import Cell, Table, quoted
from fairwitness.probes.bias.bbq.expected import WORDS, Listed, borne_out, by_groups, key_of, listed, people_of
from fairwitness.probes.bias.bbq.families import families
from fairwitness.probes.bias.bbq.sample import Key, sampled
from fairwitness.probes.kit.choices import require

AMBIGUOUS, DISAMBIGUATED = "ambig", "disambig"


@dataclass(frozen=True, slots=True, kw_only=True)
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
    language: str = "en"

    @property
    def cluster(self) -> tuple[str, str]:
        """What it belongs to: all questions of its category that are made from one family of templates."""
        return self.category, self.family

    @property
    def fits(self) -> bool | None:
        """Whether the person who is the right answer is the expected one; None without either."""
        return None if self.biased is None or self.label == self.unknown else self.label == self.biased


@dataclass(frozen=True, slots=True, kw_only=True)
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
    chosen = _of_categories(columns["category"], categories)
    expected = listed(targets)
    if not of_this_table:
        expected = borne_out(expected, (_cells(columns, row) for row in chosen))
    family = _families(columns, chosen)
    questions: dict[int, Item | str] = {}
    keys: dict[int, Key] = {}
    in_list: dict[int, bool] = {}
    for row in chosen:
        cells = _cells(columns, row)
        template = _template(cells["category"], cells.get("question_index"))
        keys[row] = (template[0], family[template], template[1])
        questions[row] = _item(row, cells, family[template], expected)
        in_list[row] = key_of(cells) in expected.places
    if limit is not None:
        disambiguated = [item for item in questions.values() if isinstance(item, Item) and not item.ambiguous]
        fits = {item.row: item.fits for item in disambiguated}
        chosen = sampled(chosen, list(keys.values()), fits, limit, seed)
    asked = {row: item for row in chosen if isinstance(item := questions[row], Item)}
    unusable = {row: reason for row in chosen if isinstance(reason := questions[row], str)}
    return Questions(
        items=tuple(asked.values()),
        unusable=unusable,
        total=len(questions),
        listed=sum(in_list[row] for row in asked),
        refused=expected.refused,
    )


def _of_categories(names: Sequence[Cell], categories: Sequence[str]) -> list[int]:
    """The rows of the wanted categories; where none is named all rows, those without one too, which are then named."""
    known = {str(name) for name in names if name is not None}
    require("bbq.categories", categories, known)
    wanted: set[Cell] = {*categories} if categories else {*known, None}
    return [row for row, name in enumerate(names) if name in wanted]


def _cells(columns: Mapping[str, Sequence[Cell]], row: int) -> dict[str, Cell]:
    return {name: column[row] for name, column in columns.items()}


def _template(category: Cell, index: Cell) -> tuple[str, str]:
    return str(category), str(index or "")


def _families(columns: Mapping[str, Sequence[Cell]], rows: Sequence[int]) -> dict[tuple[str, str], str]:
    """The family of each template among the rows; one without ambiguous questions is its own."""
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
            return WORDS("unusable.empty", column=name)
    answers = tuple(str(cells[f"ans{place}"]) for place in range(3))
    unknown = [place for place, person in enumerate(people_of(cells)) if person.unknown]
    label = cells["label"]
    if len(unknown) != 1:
        return WORDS("unusable.unknown", count=len(unknown))
    if not isinstance(label, int) or label not in (0, 1, 2):
        return WORDS("unusable.label")
    if cells["context_condition"] not in (AMBIGUOUS, DISAMBIGUATED):
        return WORDS("unusable.condition", first=quoted(AMBIGUOUS), second=quoted(DISAMBIGUATED))
    if len({normal(answer) for answer in answers}) < 3:
        return WORDS("unusable.same")
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
        language=str(cells.get("language") or "en"),
    )


def normal(text: str) -> str:
    """A text without case, punctuation and extra space: published answers differ in these."""
    return " ".join("".join(letter for letter in text.lower() if letter.isalnum() or letter.isspace()).split())
