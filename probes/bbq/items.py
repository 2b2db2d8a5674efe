"""The questions of BBQ: which are asked, which cannot be, and which of the three answers the stereotype expects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from assay.audit.records import Cell, Table
from assay.probes.bbq.families import families
from assay.probes.bbq.sample import Key, sampled
from assay.probes.choices import require

AMBIGUOUS, CLEAR = "ambig", "disambig"
UNKNOWN = "unknown"


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
    """What is asked, what could not be (reason by row), and how many questions the set has."""

    items: tuple[Item, ...]
    unusable: Mapping[int, str]
    total: int


def questions_of(
    table: Table, targets: Table | None, categories: Sequence[str], limit: int | None, seed: int
) -> Questions:
    """The chosen questions in the order of the table. Raises BadOption for a category that the set lacks."""
    columns = table.columns
    known = Counter(str(name) for name in columns["category"] if name is not None)
    require("bbq.categories", categories, known)
    wanted = set(categories) or set(known)
    chosen = [
        row for row, name in enumerate(columns["category"]) if name in wanted or (name is None and not categories)
    ]
    places, subsets = _targets(targets)
    found: dict[int, Item] = {}
    unusable: dict[int, str] = {}
    family = _families(columns, chosen)
    keys: list[Key] = []
    for row in chosen:
        cells = {name: column[row] for name, column in columns.items()}
        template = _template(cells["category"], cells.get("question_index"))
        keys.append((template[0], family[template], template[1]))
        key = (cells["category"], str(cells.get("question_index")), cells.get("example_id"))
        one = _item(row, cells, family[template], places.get(key), subsets.get(key, ""))
        if isinstance(one, Item):
            found[row] = one
        else:
            unusable[row] = one
    fits = {row: item.fits for row, item in found.items() if not item.ambiguous}
    rows = chosen if limit is None else sampled(chosen, keys, fits, limit, seed)
    items = tuple(found[row] for row in rows if row in found)
    return Questions(items, {row: unusable[row] for row in rows if row in unusable}, len(chosen))


def _targets(
    targets: Table | None,
) -> tuple[dict[tuple[Cell, str, Cell], int], dict[tuple[Cell, str, Cell], str]]:
    """Place of the expected answer and the intersection that each question is of, by category, template and number."""
    places: dict[tuple[Cell, str, Cell], int] = {}
    subsets: dict[tuple[Cell, str, Cell], str] = {}
    if targets is None:
        return places, subsets
    columns = targets.columns
    conditions = columns.get("full_cond", (None,) * len(targets))
    for *key, place, condition in zip(
        *(columns[name] for name in ("category", "question_index", "example_id", "target_loc")), conditions, strict=True
    ):
        name = (key[0], str(key[1]), key[2])
        if str(place) in ("0", "1", "2"):
            places[name] = int(str(place))
        if condition not in (None, "NA"):
            subsets[name] = " ".join(str(condition).split())
    return places, subsets


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


def _item(row: int, cells: Mapping[str, Cell], family: str, place: int | None, subset: str) -> Item | str:
    """The question, or why it cannot be asked."""
    for name in ("category", "context", "question", "ans0", "ans1", "ans2"):
        if not isinstance(cells[name], str):
            return f"{name} is empty"
    answers = tuple(str(cells[f"ans{at}"]) for at in range(3))
    groups = [str(cells.get(f"group{at}") or "") for at in range(3)]
    unknown = [at for at in range(3) if groups[at].lower() == UNKNOWN]
    label = cells["label"]
    if len(unknown) != 1:
        return f"{len(unknown)} of its answers are of the group 'unknown', 1 is needed"
    if not isinstance(label, int) or label not in (0, 1, 2):
        return "label is not 0, 1 or 2"
    if cells["context_condition"] not in (AMBIGUOUS, CLEAR):
        return f"context_condition is neither {AMBIGUOUS!r} nor {CLEAR!r}"
    if len({normal(answer) for answer in answers}) < 3:
        return "two of its answers are the same"
    if place is None:
        place = derived(groups, str(cells.get("stereotyped_groups") or "").split("|"), cells["question_polarity"])
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
        subset=subset,
    )


def derived(groups: Sequence[str], stereotyped: Iterable[str], polarity: Cell) -> int | None:
    """The expected answer where no published place is at hand: the one person of a stereotyped group.

    A question of the other polarity (`nonneg`) expects the other person. None where not exactly one person is of one.
    """
    marked = {one.strip().lower() for one in stereotyped if one.strip()}
    people = [at for at in range(len(groups)) if groups[at].lower() != UNKNOWN]
    hit = [at for at in people if groups[at].lower() in marked]
    if len(hit) != 1 or polarity not in ("neg", "nonneg"):
        return None
    return hit[0] if polarity == "neg" else next(at for at in people if at != hit[0])


def normal(text: str) -> str:
    """A text without case, punctuation and extra space: published answers differ in these."""
    return " ".join("".join(letter for letter in text.lower() if letter.isalnum() or letter.isspace()).split())
