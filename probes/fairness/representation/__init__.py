"""Who is in the data: sizes of groups, base rates, empty cells, and columns that give a group away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from pydantic import Field, model_validator

from fairwitness.audit.errors import BadData, BadOption
from fairwitness.audit.probe import Context, Findings, ProbeRun
from fairwitness.audit.records import Metric, Name, quoted
from fairwitness.probes.fairness.representation import absent, labels, sizes
from fairwitness.probes.fairness.representation.absent import hole_metrics, hole_table, holes
from fairwitness.probes.fairness.representation.groupings import WORDS, Grouping, grouping
from fairwitness.probes.fairness.representation.labels import MOST_OUTCOMES, base_rates, label_table
from fairwitness.probes.fairness.representation.proxies import PROXY_AUC, proxies, proxy_metrics, proxy_table
from fairwitness.probes.fairness.representation.sizes import group_shares, group_table, population
from fairwitness.probes.kit.decisions.categorical import Flags
from fairwitness.probes.kit.decisions.counted import counted_of, matches
from fairwitness.probes.kit.decisions.cross_validated import Plan
from fairwitness.probes.kit.decisions.features import features
from fairwitness.probes.kit.decisions.options import Names, TableOptions, check_outcome_name, table_of
from fairwitness.probes.kit.decisions.references import reference_groups
from fairwitness.probes.kit.decisions.rows import undecided_rows
from fairwitness.probes.kit.decisions.table import TABLE, DecisionTable
from fairwitness.probes.kit.decisions.words import WORDS as DECISION_WORDS
from fairwitness.probes.kit.measures import specs_of
from fairwitness.probes.kit.pictured import dots

PICTURE = dots(WORDS, "group_share", "base_rate", compared=("population_difference", "base_rate_difference"))


class RepresentationOptions(TableOptions):
    """Which columns of the table mean what."""

    label: str = Field("", description="column of true outcomes; without it no base rates are measured")
    prediction: str = Field("", description="column of decisions, which tells nothing of who is in the data")
    score: str = Field("", description="column of scores, likewise")
    weight: str = Field("", description="column of weights: how many people a row stands for")
    id: str = Field("", description="column that names the person or row")
    features: Names = Field((), description="columns that may give a group away; all others where none is named")
    reference: Names = Field((), description="group to compare with, as column=value; the largest where none is named")
    favourable: str = Field("", description="true outcome whose rate is compared: a value, or a rule such as >=5")
    outcome_name: str = Field("", description="what that outcome means: repaid within two years")
    population: Names = Field((), description="share of a group in the population, as column=group:share")
    min_group: int = Field(30, ge=2, description="rows that a group needs to be compared")
    folds: int = Field(5, ge=2, le=20, description="folds of the cross-validation of proxies")
    proxy_rows: int = Field(20_000, ge=100, description="most rows from which proxies are learnt; more are sampled")
    missing_columns: int = Field(20, ge=0, description="most columns whose empty cells are compared between groups")

    @model_validator(mode="after")
    def _name_of_a_named_truth(self) -> Self:
        check_outcome_name(self.outcome_name, self.label, self.favourable)
        return self

    def describing(self, table: Sequence[str]) -> tuple[str, ...]:
        """The columns that describe a person."""
        return self.features or tuple(name for name in self.others(table) if name not in self.groups)


class Representation:
    """The probe; see its words. It asks the model nothing.

    Proxies are learnt with scikit-learn, which shap and lime bring along; it is imported when it is needed.
    """

    spec = WORDS.spec(name="representation", family="fairness", needs=((),), data=(TABLE, "population"))
    options = RepresentationOptions
    metrics = specs_of(
        sizes.SHARE,
        sizes.DIFFERENCE,
        labels.BASE_RATE,
        labels.DIFFERENCE,
        absent.SHARE,
        absent.DIFFERENCE,
        PROXY_AUC,
    )

    def run(self, ctx: Context) -> ProbeRun:
        """One empty round, before which options are checked. Raises BadOption or BadData where they do not fit."""
        options: RepresentationOptions = ctx.options
        table = _table(ctx)
        named = reference_groups(table, options.reference)
        known = population(options.population, ctx.data.get("population"), options.groups)
        yield []
        groupings = [grouping(table, column, named) for column in table.coded]
        return Analysis(table, options, groupings, known, ctx.seed).findings()


def _table(ctx: Context) -> DecisionTable:
    """The table of the run, checked. Raises DoesNotApply without a table or a group column, BadOption or BadData."""
    options: RepresentationOptions = ctx.options
    table = table_of(ctx, "person_or_text")
    if not options.groups:
        raise DECISION_WORDS.does_not_apply("unfit.no_group_column", "option_unfit")
    named = {*options.groups, options.label, options.prediction, options.score, options.weight, options.id}
    if clash := [name for name in options.features if name in named]:
        raise BadOption(f"features: {clash[0]!r} is a column of groups, outcomes, decisions, weights or ids")
    roles = replace(options.common_roles, outcome_name=options.outcome_name, features=options.features)
    return DecisionTable(table, roles)


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """Who is in a table, by the groups of each column."""

    table: DecisionTable
    options: RepresentationOptions
    groupings: Sequence[Grouping]
    population: Mapping[str, Mapping[str, float]]
    seed: int
    notes: list[str] = field(default_factory=list)

    def findings(self) -> Findings:
        """Sizes, base rates, proxies and empty cells, each with its table."""
        table, options, groupings = self.table, self.options, self.groupings
        sized = []
        for each in groupings:
            sized += group_shares(each, table.weights, self.population.get(each.column, {}), options.min_group)
        rated, positive = self._base_rates()
        columns = table.table.columns
        telling, unused = features({name: columns[name] for name in options.describing(tuple(columns))})
        for name, kinds in unused.items():
            self.notes.append(WORDS("note.unused", column=quoted(name), kinds=kinds, rows=table.rows))
        plan = Plan(options.folds, options.min_group, options.proxy_rows, self.seed)
        proxies_found = [proxy for each in groupings for proxy in proxies(each, telling, plan)] if telling else []
        if not telling:
            self.notes.append(WORDS("note.no_columns"))
        elif any(int(each.known.sum()) > options.proxy_rows for each in groupings):
            self.notes.append(WORDS("note.sampled", rows=f"{options.proxy_rows:,}"))
        empty, most = holes(columns), options.missing_columns
        if (count := sum(each.count > 0 for each in empty)) > most:
            self.notes.append(WORDS("note.emptiest", count=count, most=most))
        labelled = table.truth.known if options.label else None
        tables = [
            group_table(groupings, sized, labelled, positive, table.weights),
            label_table(groupings, table.truth) if options.label else None,
            hole_table(empty, groupings),
            proxy_table(proxies_found),
        ]
        metrics = [
            *(metric for share in sized for metric in share.metrics),
            *rated,
            *proxy_metrics(proxies_found, len(telling)),
            *hole_metrics(empty, groupings, table, options.min_group, most),
        ]
        shown = [each for each in tables if each is not None]
        return Findings(
            metrics=metrics,
            evidence=shown,
            notes=(*table.notes, *self.notes),
            items=undecided_rows(table, positive),
            pictures=[PICTURE],
        )

    def _base_rates(self) -> tuple[list[Metric], Flags | None]:
        """Base rates, and which rows have the counted outcome; a note says why there may be none."""
        table, options = self.table, self.options
        counts = Counter(table.truth.counts)
        if not options.label:
            self.notes.append(WORDS("note.no_label"))
            return [], None
        try:
            counted = counted_of(options.favourable, counts, Counter())
            positive = matches(f"label {options.label!r}", counted, table.truth)
        except (BadOption, BadData) as problem:
            many = WORDS("note.many", count=len(counts)) if len(counts) > MOST_OUTCOMES else ""
            self.notes.append(WORDS("note.no_rates", column=quoted(options.label), problem=Name(problem), many=many))
            return [], None
        truth = table.naming.outcome(counted).truth
        self.notes.append(WORDS("note.base_rate", rows=table.naming.rows, truth=truth))
        rates: list[Metric] = []
        for each in self.groupings:
            rates += base_rates(each, positive, table.truth.known, table.weights, options.min_group, truth)
        return rates, positive


PROBE = Representation()
