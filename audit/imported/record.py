"""What another harness wrote down of a run, whichever harness it was: one frozen record for all formats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from fairwitness.audit.errors import BadData
from fairwitness.audit.own_cells import LARGEST
from fairwitness.audit.records import Better, Cell, DataSource, Role

Tool: TypeAlias = Literal["lm_eval", "inspect_ai", "garak"]
"""The harnesses whose logs are read; an import is the probe of this name in its document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer to one item: with several epochs or generations an item has several."""

    item: str
    """What names the item within its task, in every log over the same data."""
    repeat: int = 1
    scores: Mapping[str, float | None] = field(default_factory=dict)
    """By measure; None where the log has the sample and no score of it."""
    cluster: str | None = None
    """The document, passage or template that it shares with other items; None where the log names none."""
    category: str | None = None
    asked: str = ""
    answered: str = ""
    target: str = ""
    content: str = ""
    """A hash of what the item says, so that another item of the same name is another; empty where nothing tells."""
    problem: str = ""
    """Why it has no score, in the words of the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What a number of a log is: which direction is better, and whether one sample can only score from 0 to 1."""

    better: Better
    role: Role = "competence"
    bounded: bool = False
    """Whether the format says that a sample scores from 0 to 1; scores of 0 and 1 alone are known without it."""
    not_a_mean: str = ""
    """How the log makes one number of the samples, where that is no mean and so is not made again."""
    variant: Mapping[str, str] = field(default_factory=dict)
    """What tells it from others of its name in the task: a filter, a detector."""
    name: str = ""
    """What its metric is called, where its key among the scores says more than that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A number that the log itself gives for all samples of a task, and its standard error where it has one."""

    measure: str
    value: float
    error: float | None = None
    pooled: bool = False
    """Whether every answer weighs the same in it, and not every item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What was asked under one name. Raises BadData where an item repeats, or a score is no number."""

    name: str
    samples: tuple[Reply, ...]
    scales: Mapping[str, Scale]
    """By measure."""
    expected: int | None
    """How many samples the log says that there are; None where it does not say."""
    stated: tuple[Stated, ...] = ()
    settings: Mapping[str, Cell] = field(default_factory=dict)
    """What must be equal in two logs for their numbers to mean the same: the version of the task, examples shown."""
    stopped: str = ""
    """How the log says that the task did not come to its end; empty where it did."""
    uncompleted: int = 0
    """How many samples the log counts and does not say were completed, whether or not they stand in it."""

    def __post_init__(self) -> None:
        counts = Counter((sample.item, sample.repeat) for sample in self.samples)
        for (item, repeat), count in counts.items():
            if count > 1:
                which = "" if repeat == 1 else f", repeat {repeat}"
                raise BadData(f"task {self.name!r}: the sample {item!r}{which} stands there {count} times")
        for sample in self.samples:
            for measure, score in sample.scores.items():
                if score is not None and not abs(score) <= LARGEST:
                    raise BadData(
                        f"task {self.name!r}: the sample {sample.item!r} has the score {measure} = {score:g}; what is "
                        f"no number, or beyond {LARGEST:g}, cannot be averaged"
                    )

    @property
    def missing(self) -> int:
        """How many samples the log says that there are and does not hold."""
        return 0 if self.expected is None else max(0, self.expected - len(self.samples))

    @property
    def unexplained(self) -> int:
        """How many samples were not completed by the log's own count, beyond those that say why they have no score."""
        return max(0, self.uncompleted - self.missing - sum(bool(sample.problem) for sample in self.samples))


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedRun:
    """A run of another harness, as its log tells it. Raises BadData where nothing in it has a score."""

    tool: Tool
    version: str
    """Of the harness; empty where the log does not say."""
    model: str
    """As the log names it."""
    tasks: tuple[Task, ...]
    files: tuple[DataSource, ...]
    """The files that were read, with their hashes."""
    settings: Mapping[str, Cell] = field(default_factory=dict)
    """What the log says of how the model was asked."""
    limit: int | None = None
    """At most so many items of a task were asked; None where all were."""

    def __post_init__(self) -> None:
        where = self.files[0].source
        counts = Counter(task.name for task in self.tasks)
        if twice := [name for name, count in counts.items() if count > 1]:
            raise BadData(f"{where}: the task {twice[0]!r} stands there {counts[twice[0]]} times")
        if not any(task.samples for task in self.tasks):
            raise BadData(f"{where}: the log holds no samples; what was not written down cannot be measured again")
        scored = (score for task in self.tasks for sample in task.samples for score in sample.scores.values())
        if all(score is None for score in scored):
            raise BadData(f"{where}: no sample has a score; let the harness score its samples first")
