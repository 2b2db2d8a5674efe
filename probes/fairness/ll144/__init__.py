"""The tables of New York City's Local Law 144, as its rule draws them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import Field

from fairwitness.audit.errors import BadData, BadOption
from fairwitness.audit.probe import Context, Findings, ProbeRun
from fairwitness.audit.records import DecisionRows, Metric, Name, Table, Undefined, joined
from fairwitness.probes.fairness.ll144.categories import RACE, SEX, WORDS, Categorised, categorise, named
from fairwitness.probes.fairness.ll144.certainty import IMPACT, RATE, compared, rate_metrics, ratio_metrics
from fairwitness.probes.fairness.ll144.counting import SMALL, Tally, tallies
from fairwitness.probes.fairness.ll144.persons import Counted, scored, selected
from fairwitness.probes.fairness.ll144.tables import certainty, drawing, printed, unknown
from fairwitness.probes.kit import left_out
from fairwitness.probes.kit.claims import missing_words
from fairwitness.probes.kit.decisions.categorical import MISSING
from fairwitness.probes.kit.decisions.classifiers import as_decisions
from fairwitness.probes.kit.decisions.options import DecisionOptions, Names, table_of
from fairwitness.probes.kit.decisions.outcomes import decisions
from fairwitness.probes.kit.decisions.table import TABLE, ColumnRoles, DecisionTable, asks_cells, asks_texts
from fairwitness.probes.kit.decisions.words import unfit
from fairwitness.probes.kit.measures import specs_of
from fairwitness.probes.kit.pictured import dots

GUESSES: Mapping[str, tuple[str, ...]] = {
    "sex": ("sex", "gender"),
    "race": ("race", "ethnicity", "race_ethnicity", "race/ethnicity"),
}
"""Names by which a group column is taken for one of the two, where none is named."""

PICTURE = dots(WORDS, "selection_rate", "impact_ratio")


class LL144Options(DecisionOptions):
    """Which columns of the table mean what."""

    groups: Names = Field((), description="group columns, among which sex and race are looked for")
    label: str = Field("", description="column of true outcomes, which the rule does not use")
    weight: str = Field("", description="column of weights; the rule counts persons, so they are not used")
    favourable: str = Field("", description="decision counted as selected: a value such as 1, or a rule such as >=5")
    sex: str = Field("", description="column of sex; without it, a group column that is called sex or gender")
    race: str = Field("", description="column of race or ethnicity; without it, a group column of such a name")
    rates: Literal["selection", "scoring"] = Field(
        "selection", description="selection rates, or scoring rates: the share above the median of all scores"
    )
    categories: Names = Field((), description="categories of the rule for values of the table, as value=category")
    exclude_small: bool = Field(False, description="leave categories under 2 % of the data out of the impact ratios")
    justification: str = Field("", description="why they are left out, which the rule asks to be published")
    min_group: int = Field(30, ge=2, description="persons that a category needs for a metric; the tables show all")

    @property
    def columns(self) -> dict[str, str]:
        """The columns of sex and race, as named or as guessed from the names of group columns."""
        columns = {}
        for key, given in (("sex", self.sex), ("race", self.race)):
            guessed = (column for column in self.groups if column.casefold() in GUESSES[key])
            if column := given or next(guessed, ""):
                columns[key] = column
        return columns

    def roles(self, ctx: Context, table: Table) -> ColumnRoles:
        """The columns by role."""
        return ColumnRoles(
            groups=tuple(self.columns.values()),
            text=self.text if asks_texts(ctx) else "",
            identity=self.id,
            unit=self.unit,
            favourable_name=self.favourable_name,
            features=(self.features or self.others(tuple(table.columns))) if asks_cells(ctx) else (),
            sent=asks_cells(ctx),
        )


class LL144:
    """The probe; see its words."""

    spec = WORDS.spec(name="ll144", family="fairness", needs=(("Predict",), ("Classify",)), data=(TABLE,))
    options = LL144Options
    metrics = specs_of(IMPACT, RATE)

    def run(self, ctx: Context) -> ProbeRun:
        """One request a row of the table, the same as those of `group_fairness`.

        Raises BadOption where the options do not fit the table. What is found only with the answers makes the probe
        not apply, so that the results of others are kept.
        """
        options: LL144Options = ctx.options
        given = table_of(ctx, "person")
        if not options.columns:
            raise WORDS.does_not_apply("reason.no_column", "option_unfit")
        if options.exclude_small and not options.justification.strip():
            raise BadOption("ll144.exclude_small needs ll144.justification: the rule asks to publish why")
        spellings = named(options.categories)
        table = DecisionTable(given, options.roles(ctx, given))
        known = {}
        for key, column in options.columns.items():
            known[key] = categorise(column, given.columns[column], SEX if key == "sex" else RACE, spellings)
        answers = yield table.requests()
        scoring = options.rates == "scoring"
        answers = as_decisions(answers, options.favourable, options.threshold, numbers=scoring)
        try:
            if scoring:
                counted = scored(table, answers, options.favourable)
            else:
                counted = selected(table, answers, options.favourable, options.threshold)
        except (BadData, BadOption) as problem:
            raise unfit(problem) from problem
        made = tallies(known.get("sex"), known.get("race"), counted, exclude=options.exclude_small)
        results = replace(
            Analysis(options, table, known, counted, made).findings(),
            items=_rows(table, known, counted, decisions(table, answers).texts(None)),
        )
        return left_out.named(results, answers, "rows")


def _rows(
    table: DecisionTable, known: Mapping[str, Categorised], counted: Counted, decided: Sequence[str | None]
) -> DecisionRows:
    """Every row by the categories of the rule, which knows no weights and no true outcomes."""
    groups = {}
    for key, column in known.items():
        groups[key] = tuple([column.names[code] if code >= 0 else MISSING for code in column.codes.tolist()])
    return DecisionRows(
        rows=tuple(range(1, table.rows + 1)),
        groups=groups,
        decisions=tuple(decided),
        selected=tuple(counted.hit.tolist()),
        rule=counted.rate,
        persons=() if table.persons is None else tuple((table.persons + 1).tolist()),
    )


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was counted: the categories of sex and race by row, who counts, and the rule's tables."""

    options: LL144Options
    table: DecisionTable
    known: Mapping[str, Categorised]
    counted: Counted
    tallies: Sequence[Tally]

    def findings(self) -> Findings:
        """The rule's tables, and impact ratios with their intervals."""
        scoring, least = self.options.rates == "scoring", self.options.min_group
        comparisons = {tally.id: compared(tally) for tally in self.tallies}
        tables = [
            *(printed(tally, scoring=scoring, about=self.counted.about) for tally in self.tallies),
            certainty(comparisons, self.tallies, self.counted.rate),
            drawing(comparisons, self.tallies),
            unknown(list(self.known.values())),
        ]
        metrics: list[Metric] = []
        for tally in self.tallies:
            metrics += ratio_metrics(tally, comparisons[tally.id], self.counted, least)
        for tally in self.tallies:
            metrics += rate_metrics(tally, self.counted, least)
        if self.table.persons is not None:
            metrics = [_of_one_person(metric) for metric in metrics]
        repeated = [note for note in self.table.notes if "repeat an id" in note]
        return Findings(
            metrics=metrics,
            evidence=[table for table in tables if table is not None],
            notes=[*self.notes(), *repeated],
            pictures=[PICTURE],
        )

    def notes(self) -> Iterator[str]:
        """What the rule wants beside its tables, and what a reader should know of them."""
        yield WORDS("note.no_audit")
        yield self.counted.note
        for key, categorised in self.known.items():
            if categorised.column != key:
                yield WORDS("note.read_as", column=Name(repr(categorised.column)), key=key)
        undecided = self.table.rows - int(self.counted.assessed.sum())
        if undecided:
            yield WORDS("note.undecided", undecided=f"{undecided:,}", rows=f"{self.table.rows:,}")
        for tally in self.tallies:
            if tally.unknown:
                yield WORDS("note.unknown", title=tally.title, unknown=f"{tally.unknown:,}")
        for tally in self.tallies:
            highest = tally.highest
            if highest is not None and highest.persons < self.options.min_group:
                yield WORDS("note.few_highest", title=tally.title, category=Name(highest.name), persons=highest.persons)
        if len(self.known) < 2:
            yield WORDS("note.one_column")
        if self.options.weight:
            yield WORDS("note.weights")
        if self.options.exclude_small:
            yield self._excluded()

    def _excluded(self) -> str:
        lines = [line for tally in self.tallies for line in tally.lines if line.excluded]
        small = f"{100 * SMALL:g}"
        if not lines:
            return WORDS("note.none_excluded", small=small)
        categories = [
            WORDS(
                "part.excluded",
                name=Name(line.name),
                persons=f"{line.persons:,}",
                rate=WORDS(f"part.{self.counted.rate.replace(' ', '_')}"),
                share=f"{100 * (line.rate or 0.0):.1f} %",
            )
            for line in lines
        ]
        justification = self.options.justification.strip()
        named = joined(WORDS("part.semicolon"), categories)
        return WORDS("note.excluded", small=small, categories=named, justification=Name(justification))


def _of_one_person(metric: Metric) -> Metric:
    """The metric without a value where rows repeat people: the rule counts persons, each of them once."""
    if isinstance(metric.estimate, Undefined):
        return metric
    why = WORDS.undefined("reason.several_rows", "ambiguous")
    return replace(
        metric, estimate=why, claim=missing_words(WORDS("part.named", name=WORDS(f"part.{metric.name}")), why)
    )


PROBE = LL144()
