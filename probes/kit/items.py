"""A probe of items: each is asked, read and scored alone; measures and tables are made from all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

from fairwitness.audit import reasons
from fairwitness.audit.probe import Context, Findings, MetricSpec, Options, ProbeRun
from fairwitness.audit.records import Estimate, Evidence, Metric, Picture, ProbeSpec, Undefined
from fairwitness.audit.requests import Request
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.blanks import Answers, ModelType, model_type
from fairwitness.probes.kit.measures import Measure, specs_of
from fairwitness.probes.kit.results import Items, Results
from fairwitness.probes.kit.scored import content_id, scored_items
from fairwitness.probes.kit.words import Words

I = TypeVar("I")  # noqa: E741
S = TypeVar("S")


Labels: TypeAlias = Mapping[str, str]
"""Groups of an item by the name of the grouping, as in `Metric.by`."""


@dataclass(frozen=True, kw_only=True)
class Declared(Generic[I, S]):
    """A measure and what it is estimated from: all results, or those of each group of items in turn.

    `by` gives the groups of an item; `groups` are told whether or not an item is in them. What differs from the null
    value in a group is claimed where it survives a correction for all groups (Holm 1979). A measure that is `checked`
    is not interpretable where the validity check is missed.
    """

    measure: Measure
    estimate: Callable[[Results[I, S]], Estimate | Undefined]
    by: Callable[[I], Labels] = lambda item: {}
    groups: Sequence[Labels] = ()
    checked: bool = True

    def metrics(self, results: Results[I, S], reason: str) -> list[Metric]:
        """One metric, or one a group in the order of the items; undefined where there is a `reason` and it counts."""
        groups: dict[tuple[tuple[str, str], ...], Labels] = {}
        for labels in (*self.groups, *map(self.by, results.items)):
            groups.setdefault(tuple(labels.items()), labels)
        estimates: dict[tuple[tuple[str, str], ...], Estimate | Undefined] = {}
        for key, labels in (groups or {(): {}}).items():
            estimates[key] = self._estimate(results, labels, reason)
        if self.measure.null is not None and len(estimates) > 1:
            return self.measure.of_each(estimates, lambda key: {"by": dict(key)})
        return [self.measure.metric(estimate, by=dict(key)) for key, estimate in estimates.items()]

    def _estimate(self, results: Results[I, S], labels: Labels, reason: str) -> Estimate | Undefined:
        if self.checked and reason:
            return reasons.invalid(reason)
        return self.estimate(results.where(lambda item: self.by(item) == labels))


@dataclass(frozen=True, kw_only=True)
class ItemProbe(Generic[I, S]):
    """A probe as a declaration: one round, in which every item and every control item is asked once.

    `requests` and `score` are of one item; a score is None without a whole answer. `scores`, `clusters` and `id` say
    what is stored of each item, as in `scored_items`: by this two models are compared item by item. `validity` says why
    nothing can be concluded, and is empty where something can. `pictures` name what of it is drawn first. `more` are
    metrics of another form, made by the measures that `further` declares, and `notes` what else to tell; both are given
    that reason. The probe's words have a text `note.validity` with the place {reason} in it.
    """

    spec: ProbeSpec
    words: Words
    items: Callable[[Context], Items[I]]
    requests: Callable[[I, ModelType], Sequence[Request]]
    score: Callable[[I, Answers, ModelType], S | None]
    scores: Mapping[str, Callable[[S], float | None]]
    validity: Callable[[Results[I, S]], str]
    measures: Sequence[Declared[I, S]]
    tables: Sequence[Callable[[Results[I, S]], Evidence]]
    more: Callable[[Results[I, S], str], Sequence[Metric]] = lambda results, reason: ()
    further: Sequence[Measure] = ()
    notes: Callable[[Results[I, S]], Sequence[str]] = lambda results: ()
    options: type[Options] = Options
    clusters: Mapping[str, Callable[[I], object]] = field(default_factory=dict)
    id: Callable[[I], str] = content_id
    pictures: Sequence[Picture] = ()

    @property
    def metrics(self) -> tuple[MetricSpec, ...]:
        """What it declares: its measures and the further ones."""
        return specs_of(*(declared.measure for declared in self.measures), *self.further)

    def run(self, ctx: Context) -> ProbeRun:
        """Asks, reads and measures. `items` raises DoesNotApply where the data hold nothing to ask."""
        asked, model = self.items(ctx), model_type(ctx)
        answers = yield from ask(
            request for item in (*asked.items, *asked.controls) for request in self.requests(item, model)
        )
        results = Results(
            items=tuple(asked.items),
            scores=tuple(self.score(item, answers, model) for item in asked.items),
            controls=tuple(asked.controls),
            control_scores=tuple(self.score(item, answers, model) for item in asked.controls),
            ctx=ctx,
            model=model,
        )
        reason = self.validity(results)
        metrics = [metric for declared in self.measures for metric in declared.metrics(results, reason)]
        notes = [*asked.notes, *self.notes(results)]
        if reason:
            notes.append(self.words("note.validity", reason=reason))
        return Findings(
            metrics=[*metrics, *self.more(results, reason)],
            evidence=[table(results) for table in self.tables],
            notes=notes,
            items=scored_items(
                zip(results.items, results.scores, strict=True), id=self.id, scores=self.scores, clusters=self.clusters
            ),
            pictures=self.pictures,
        )
