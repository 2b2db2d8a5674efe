"""Samples of a log -> items: what was asked once or several times is one item, with the mean of its scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fairwitness.audit.imported.record import Reply, Scale, Task
from fairwitness.audit.records import ScoredItems, score_name

UNIT = "unit"
"""The cluster of the stored items whose labels are the independent units of all intervals."""
TASK, CATEGORY = "task", "category"


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a task with all its samples, each one answer."""

    task: str
    samples: tuple[Reply, ...]

    @property
    def first(self) -> Reply:
        """The sample that tells what was asked."""
        return self.samples[0]

    @property
    def id(self) -> str:
        """The same in every log over the same data: task, item and what it says."""
        first = self.first
        return f"{self.task}/{first.item}#{first.content[:8]}" if first.content else f"{self.task}/{first.item}"

    @property
    def unit(self) -> str:
        """What it shares with others, or itself: the independent unit that it belongs to."""
        return self.id if self.first.cluster is None else f"{self.task}/{self.first.cluster}"

    def score(self, measure: str) -> float | None:
        """The mean of its scores; None where one of its samples has none, since the rest may be the easier part."""
        scores = [sample.scores.get(measure) for sample in self.samples]
        known = [score for score in scores if score is not None]
        return sum(known) / len(known) if known and len(known) == len(scores) else None


@dataclass(frozen=True, slots=True)
class Column:
    """The scores of a task by one measure, item by item; None where an item has none."""

    task: Task
    measure: str
    items: tuple[Item, ...]
    scores: tuple[float | None, ...]

    @property
    def scale(self) -> Scale:
        """What the numbers are."""
        return self.task.scales[self.measure]

    @property
    def name(self) -> str:
        """What the metric is called."""
        return self.scale.name or self.measure

    @property
    def title(self) -> str:
        """What the metric is called in a sentence, with its way of measuring."""
        ways = ", ".join(f"{key} {value}" for key, value in self.scale.variant.items())
        return f"{self.name} ({ways})" if ways else self.name

    @property
    def variant(self) -> dict[str, str]:
        """What tells the metric from others of its name."""
        return {TASK: self.task.name, **self.scale.variant}

    def known(self) -> tuple[list[float], list[str]]:
        """The scores that there are, and the unit of each."""
        pairs = [(score, item.unit) for item, score in zip(self.items, self.scores, strict=True) if score is not None]
        return [score for score, _ in pairs], [unit for _, unit in pairs]

    def whole_answers(self) -> tuple[list[float], list[str]]:
        """The score of every answer to an item that has a score itself, and the unit of each."""
        whole = [item for item, score in zip(self.items, self.scores, strict=True) if score is not None]
        given = [(sample.scores[self.measure], item.unit) for item in whole for sample in item.samples]
        answers = [(score, unit) for score, unit in given if score is not None]
        return [score for score, _ in answers], [unit for _, unit in answers]

    @property
    def evenly_repeated(self) -> bool:
        """Whether every item with a score was answered as often as every other."""
        pairs = zip(self.items, self.scores, strict=True)
        return len({len(item.samples) for item, score in pairs if score is not None}) == 1

    def answers(self) -> list[float]:
        """The score of every answer that has one, whatever item it is to."""
        given = (sample.scores.get(self.measure) for item in self.items for sample in item.samples)
        return [score for score in given if score is not None]

    @property
    def bounded(self) -> bool:
        """Whether one answer scores from 0 to 1: the format says so, or all that were seen are 0 or 1."""
        seen = set(self.answers())
        return self.scale.bounded or (bool(seen) and seen <= {0.0, 1.0})

    def of_category(self, category: str) -> Column:
        """Its items of one category."""
        keep = [place for place, item in enumerate(self.items) if item.first.category == category]
        items, scores = tuple(self.items[place] for place in keep), tuple(self.scores[place] for place in keep)
        return Column(self.task, self.measure, items, scores)

    @property
    def categories(self) -> list[str]:
        """The categories of its items where there are several, in alphabetical order; none of what is no mean."""
        if self.scale.not_a_mean:
            return []
        named = {item.first.category for item in self.items if item.first.category is not None}
        return sorted(named) if len(named) > 1 else []


def items_of(task: Task) -> tuple[Item, ...]:
    """The items of a task in the order of the log."""
    by_name: dict[str, list[Reply]] = {}
    for sample in task.samples:
        by_name.setdefault(sample.item, []).append(sample)
    return tuple(Item(task.name, tuple(samples)) for samples in by_name.values())


def columns_of(task: Task) -> list[Column]:
    """The scores of a task by each of its measures. An item that another measure alone is about is no part of one."""
    items = items_of(task)
    columns = []
    for measure in task.scales:
        about = tuple(item for item in items if any(measure in sample.scores for sample in item.samples))
        asked = about or items
        columns.append(Column(task, measure, asked, tuple(item.score(measure) for item in asked)))
    return columns


def stored(columns: Sequence[Column]) -> ScoredItems:
    """All items of all tasks, with their scores by the name of the metric; what tells ways apart is in the name."""
    items = {item.id: item for column in columns for item in column.items}
    scores: dict[str, dict[str, float | None]] = {}
    for column in columns:
        by_item = scores.setdefault(score_name(column.name, column.scale.variant), {})
        by_item.update((item.id, score) for item, score in zip(column.items, column.scores, strict=True))
    known = {name for by_item in scores.values() for name, score in by_item.items() if score is not None}
    return ScoredItems(
        ids=tuple(items),
        scores={name: tuple(by_item.get(item) for item in items) for name, by_item in scores.items()},
        clusters={
            TASK: tuple(item.task for item in items.values()),
            UNIT: tuple(item.unit for item in items.values()),
            **_categories(items.values()),
        },
        unanswered=tuple(name not in known for name in items),
        unit=UNIT,
    )


def _categories(items: Iterable[Item]) -> dict[str, tuple[str, ...]]:
    labels = [item.first.category for item in items]
    return {CATEGORY: tuple(label or "" for label in labels)} if any(labels) else {}
