"""What a log of another harness says of a model, measured again from its samples: intervals, units, gaps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fairwitness.audit.imported.record import ImportedRun, Task
from fairwitness.audit.probe import Context, Findings, MetricSpec, Options, ProbeRun
from fairwitness.audit.records import Metric, Name, ProbeSpec
from fairwitness.probes.imported.estimators import WORDS, Check, check, contradicted, estimate
from fairwitness.probes.imported.items import CATEGORY, TASK, Column, columns_of, stored
from fairwitness.probes.imported.tables import tables
from fairwitness.probes.kit.measures import Measure
from fairwitness.probes.kit.words import Words

ABOUT = ("samples",)
"""The evidence behind every metric."""


class ImportedOptions(Options):
    """What of the log must be equal for two imports to be compared: it is data of the log, and nobody sets it."""

    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ImportedProbe:
    """A probe over one log: it asks nothing, and finds what was written down."""

    run_of_log: ImportedRun

    @property
    def words(self) -> Words:
        """The words of this harness."""
        return WORDS[f"probe.{self.run_of_log.tool}"]

    @property
    def spec(self) -> ProbeSpec:
        """What it is: the harness is its name."""
        return self.words.spec(name=self.run_of_log.tool, family="imported", needs=((),), data=())

    @property
    def options(self) -> type[Options]:
        """The settings of the log."""
        return ImportedOptions

    @property
    def metrics(self) -> tuple[MetricSpec, ...]:
        """The metrics of the log, each name once."""
        measures = {column.name: _measure(column, "overall") for column in self._columns()}
        return tuple(measure.spec for measure in measures.values())

    def settings(self) -> dict[str, Any]:
        """What of the log must be equal for two imports to be compared; under `task` what must be so of each task."""
        run = self.run_of_log
        return {"harness": run.version, **run.settings, TASK: {task.name: dict(task.settings) for task in run.tasks}}

    def run(self, ctx: Context) -> ProbeRun:
        """Asks nothing. Raises DoesNotApply (unanswered) where the log lacks samples that it says there are."""
        run = self.run_of_log
        for name in ctx.data:  # the files of the log: all of them stand behind what is found
            ctx.data[name]
        for task in run.tasks:
            if gap := _gap(task):
                raise gap
        columns = self._columns()
        checks = [check(column, stated) for column in columns for stated in column.task.stated if _of(column, stated)]
        yield []
        return Findings(
            metrics=[metric for column in columns for metric in _metrics(column, checks)],
            evidence=tables(run, columns, checks),
            notes=list(_notes(run, columns, checks)),
            items=stored(columns),
            recorded=sum(len(task.samples) for task in run.tasks),
            unrecorded=sum(_unscored(task) for task in run.tasks),
        )

    def _columns(self) -> list[Column]:
        return [column for task in self.run_of_log.tasks for column in columns_of(task)]


def _of(column: Column, stated: Any) -> bool:
    return bool(column.measure == stated.measure)


def _unscored(task: Task) -> int:
    """Samples that have no score at all."""
    return sum(all(score is None for score in sample.scores.values()) for sample in task.samples)


def _gap(task: Task) -> Exception | None:
    """Why the samples are not all that were asked; None where they are."""
    name, held = Name(task.name), len(task.samples)
    if task.missing:
        return WORDS.does_not_apply(
            "reason.cut_off", "unanswered", task=name, held=held, expected=task.expected, missing=task.missing
        )
    if task.unexplained:
        return WORDS.does_not_apply("reason.uncompleted", "unanswered", task=name, held=held, left=task.unexplained)
    if stopped := task.stopped or ("" if held else "no samples"):
        return WORDS.does_not_apply("reason.stopped", "unanswered", task=name, held=held, how=Name(stopped))
    return None


def _measure(column: Column, of: str) -> Measure:
    share, scale = column.bounded, column.scale
    return Measure(
        name=column.name,
        words=WORDS,
        unit="share" if share else "score",
        better=scale.better,
        null=None,
        role=scale.role,
        evidence=ABOUT,
        wording=f"{'share' if share else 'score'}_{of}",
        headline=False,
        tags=("imported",),
    )


def _metrics(column: Column, checks: Sequence[Check]) -> Iterator[Metric]:
    """The metric of all items, and one of each category where there are several.

    Where the log gives another number for the same samples, one of both is wrong, and nobody can tell which.
    """
    denied = next((row for row in checks if row.column is column and row.differs), None)
    metric, task, variant = Name(column.title), Name(column.task.name), _named(column.variant)
    whole = estimate(column) if denied is None else contradicted(denied)
    yield _measure(column, "overall").metric(whole, variant=variant, metric=metric, task=task)
    for category in map(Name, column.categories):
        part, by = column.of_category(category), {CATEGORY: category}
        measure = _measure(column, "category")
        value = estimate(part) if denied is None else contradicted(denied)
        yield measure.metric(value, by=by, variant=variant, metric=metric, task=task, group=category)


def _named(labels: Mapping[str, str]) -> dict[str, str]:
    return {key: Name(value) for key, value in labels.items()}


def _notes(run: ImportedRun, columns: list[Column], checks: list[Check]) -> Iterator[str]:
    """What was taken for granted, and where the log says otherwise than its samples."""
    yield WORDS("note.read", tool=Name(run.tool), version=Name(run.version or "?"), files=len(run.files))
    for task in run.tasks:
        of_task = [column for column in columns if column.task is task]
        items = of_task[0].items if of_task else ()
        tied = [item for item in items if item.first.cluster is not None]
        if tied:
            units = len({item.unit for item in items})
            yield WORDS("note.tied", task=Name(task.name), items=len(items), units=units)
        if len(task.samples) > len(items):
            yield WORDS("note.repeated", task=Name(task.name), items=len(items), samples=len(task.samples))
        if task.expected is None:
            yield WORDS("note.uncounted", task=Name(task.name), samples=len(task.samples))
    for row in checks:
        if row.differs:
            yield WORDS("note.differs", task=Name(row.column.task.name), name=Name(row.column.name), **row.both)
