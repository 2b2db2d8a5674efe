"""Who is in the data: sizes of groups, base rates, empty cells, and columns that give a group away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from pydantic import Field

from fairwitness.audit.errors import BadData, BadOption
from fairwitness.audit.probe import Context, DoesNotApply, Findings, Options, ProbeRun
from fairwitness.audit.records import Evidence, Metric, Table
from fairwitness.probes.fairness.group_fairness.cells import Flags
from fairwitness.probes.fairness.group_fairness.options import Names
from fairwitness.probes.fairness.group_fairness.parts import reference_groups
from fairwitness.probes.fairness.group_fairness.rows import Columns, Frame
from fairwitness.probes.fairness.group_fairness.rules import counted_of, matches
from fairwitness.probes.fairness.representation.absent import Holes, hole_metrics, hole_table, holes
from fairwitness.probes.fairness.representation.columns import features
from fairwitness.probes.fairness.representation.contrasts import base_rates
from fairwitness.probes.fairness.representation.groupings import Grouping, grouping
from fairwitness.probes.fairness.representation.proxies import Plan, Proxy, proxies
from fairwitness.probes.fairness.representation.sizes import group_shares, population, share_metrics
from fairwitness.probes.fairness.representation.spec import SPEC
from fairwitness.probes.fairness.representation.tables import (
    MOST_OUTCOMES,
    group_table,
    label_table,
    proxy_metrics,
    proxy_table,
)


class RepresentationOptions(Options):
    """Which columns of the table mean what."""

    groups: Names = Field((), description="columns that say which group a row belongs to")
    label: str = Field("", description="column of true outcomes; without it no base rates are measured")
    prediction: str = Field("", description="column of decisions, which tells nothing of who is in the data")
    score: str = Field("", description="column of scores, likewise")
    weight: str = Field("", description="column of weights: how many people a row stands for")
    id: str = Field("", description="column that names the person or row")
    features: Names = Field((), description="columns that may give a group away; all others where none is named")
    reference: Names = Field((), description="group to compare with, as column=value; the largest where none is named")
    favourable: str = Field("", description="true outcome whose rate is compared: a value, or a rule such as >=5")
    population: Names = Field((), description="share of a group in the population, as column=group:share")
    min_group: int = Field(30, ge=2, description="rows that a group needs to be compared")
    folds: int = Field(5, ge=2, le=20, description="folds of the cross-validation of proxies")
    proxy_rows: int = Field(20_000, ge=100, description="most rows from which proxies are learnt; more are sampled")
    missing_columns: int = Field(20, ge=0, description="most columns whose empty cells are compared between groups")

    @property
    def spoken_for(self) -> set[str]:
        """Columns that are no features of a person."""
        return {*self.groups, self.label, self.prediction, self.score, self.weight, self.id}


class Representation:
    """The probe; see SPEC. It asks the model nothing.

    Proxies are learnt with scikit-learn, which shap and lime bring along; it is imported when it is needed.
    """

    spec = SPEC
    options = RepresentationOptions

    def run(self, ctx: Context) -> ProbeRun:
        """One empty round, before which options are checked. Raises BadOption or BadData where they do not fit."""
        options: RepresentationOptions = ctx.options
        frame = _frame(ctx)
        table = frame.table
        named = reference_groups(frame, options.reference)
        known = population(options.population, ctx.data.get("population"), options.groups)
        yield []
        groupings = [grouping(frame, column, named) for column in frame.coded]
        sized = [
            share
            for one in groupings
            for share in group_shares(one, frame.weights, known.get(one.column, {}), options.min_group)
        ]
        rated, positive, notes = _labels(frame, groupings, options)
        empty = holes(table.columns)
        told, telling, more = _proxies(table, groupings, options, ctx.seed)
        tables: list[Evidence | None] = [
            group_table(groupings, sized, frame.truth.known if options.label else None, positive, frame.weights),
            label_table(groupings, frame.truth) if options.label else None,
            hole_table(empty, groupings),
            proxy_table(told),
        ]
        return Findings(
            [
                *share_metrics(sized),
                *rated,
                *proxy_metrics(told, telling),
                *hole_metrics(empty, groupings, frame.weights, options.min_group, options.missing_columns),
            ],
            [one for one in tables if one is not None],
            (*frame.notes, *notes, *more, *_cut(empty, options.missing_columns)),
        )


def _frame(ctx: Context) -> Frame:
    """The table of the run, checked. Raises DoesNotApply without a table or a group column, BadOption or BadData."""
    options: RepresentationOptions = ctx.options
    if "table" not in ctx.data:
        raise DoesNotApply("it needs a table with a row per person or text")
    if not options.groups:
        raise DoesNotApply("no group column is named (--group COLUMN)")
    if clash := [name for name in options.features if name in options.spoken_for]:
        raise BadOption(f"features: {clash[0]!r} is a column of groups, outcomes, decisions, weights or ids")
    columns = Columns(
        options.groups, options.label, weight=options.weight, identity=options.id, features=options.features
    )
    return Frame(ctx.data["table"], columns)


def _labels(
    frame: Frame, groupings: Sequence[Grouping], options: RepresentationOptions
) -> tuple[list[Metric], Flags | None, list[str]]:
    """Base rates, which rows have the counted outcome, and why there may be none."""
    counts = Counter(frame.truth.counts)
    if not options.label:
        return [], None, ["No column of true outcomes is named (--label COLUMN): no base rates are measured."]
    try:
        counted = counted_of(options.favourable, counts, Counter())
        positive = matches(f"label {options.label!r}", counted, frame.truth)
    except (BadOption, BadData) as problem:
        many = f" It has {len(counts)} different values." if len(counts) > MOST_OUTCOMES else ""
        return [], None, [f"No base rates of column {options.label!r}: {problem}.{many}"]
    words = f"the outcome '{counted}'"
    rates = [
        metric
        for one in groupings
        for metric in base_rates(one, positive, frame.truth.known, frame.weights, options.min_group, words)
    ]
    return rates, positive, [f"The base rate is the share of rows that truly have {words}."]


def _proxies(
    table: Table, groupings: Sequence[Grouping], options: RepresentationOptions, seed: int
) -> tuple[list[Proxy], int, list[str]]:
    """What tells groups apart, by how many columns, and what a reader should know of it."""
    names = options.features or tuple(name for name in table.columns if name not in options.spoken_for)
    telling, own = features({name: table.columns[name] for name in names})
    plan = Plan(options.folds, options.min_group, options.proxy_rows, seed)
    notes = [
        f"Column {name!r} is left out of the proxies: it has {kinds} different texts in {len(table)} rows."
        for name, kinds in own.items()
    ]
    if not telling:
        return [], 0, [*notes, "No column is left from which groups could be told."]
    found = [proxy for one in groupings for proxy in proxies(one, telling, plan)]
    if any(int(np.sum(one.known)) > options.proxy_rows for one in groupings):
        notes.append(
            f"Proxies are learnt from {options.proxy_rows:,} rows drawn with the seed of the run "
            "(-O representation.proxy_rows=NUMBER takes more)."
        )
    return found, len(telling), notes


def _cut(empty: Sequence[Holes], most: int) -> list[str]:
    count = sum(one.count > 0 for one in empty)
    return (
        [f"{count} columns have empty cells; the {most} emptiest are compared between groups."] if count > most else []
    )


PROBE = Representation()
