"""The tables of New York City's Local Law 144, as its rule draws them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field

from fairwitness.audit.errors import BadData, BadOption
from fairwitness.audit.probe import Context, DoesNotApply, Findings, Options, ProbeRun
from fairwitness.audit.records import Evidence, Metric, Table, Undefined
from fairwitness.probes.fairness.group_fairness import TABULAR
from fairwitness.probes.fairness.group_fairness.heads import as_decisions
from fairwitness.probes.fairness.group_fairness.options import Names
from fairwitness.probes.fairness.group_fairness.rows import Columns, Frame
from fairwitness.probes.fairness.ll144.categories import RACE, SEX, Categorised, categorise, named
from fairwitness.probes.fairness.ll144.certainty import Compared, compared, rate_metrics, ratio_metrics
from fairwitness.probes.fairness.ll144.counting import SMALL, Tally, excluded, tallies
from fairwitness.probes.fairness.ll144.persons import Counted, scored, selected
from fairwitness.probes.fairness.ll144.spec import SPEC
from fairwitness.probes.fairness.ll144.tables import certainty, drawing, printed, unknown
from fairwitness.probes.kit import left_out
from fairwitness.probes.kit.claims import stated

GUESSES: Mapping[str, tuple[str, ...]] = {
    "sex": ("sex", "gender"),
    "race": ("race", "ethnicity", "race_ethnicity", "race/ethnicity"),
}
"""Names by which a group column is taken for one of the two, where none is named."""


class LL144Options(Options):
    """Which columns of the table mean what."""

    sex: str = Field("", description="column of sex; without it, a group column that is called sex or gender")
    race: str = Field("", description="column of race or ethnicity; without it, a group column of such a name")
    groups: Names = Field((), description="group columns, among which sex and race are looked for")
    label: str = Field("", description="column of true outcomes, which the rule does not use")
    prediction: str = Field("", description="column of decisions, for a predictions file")
    score: str = Field("", description="column of scores, for a predictions file")
    weight: str = Field("", description="column of weights; the rule counts persons, so they are not used")
    id: str = Field("", description="column that names the person or row")
    text: str = Field("text", description="column of texts, for a text classifier")
    features: Names = Field((), description="columns that a tabular model is given; all others where none is named")
    favourable: str = Field("", description="decision counted as selected: a value such as 1, or a rule such as >=5")
    threshold: float | None = Field(None, description="count as selected where the score (or number) is at least this")
    rates: Literal["selection", "scoring"] = Field(
        "selection", description="selection rates, or scoring rates: the share above the median of all scores"
    )
    categories: Names = Field((), description="categories of the rule for values of the table, as value=category")
    exclude_small: bool = Field(False, description="leave categories under 2 % of the data out of the impact ratios")
    justification: str = Field("", description="why they are left out, which the rule asks to be published")
    min_group: int = Field(30, ge=2, description="persons that a category needs for a metric; the tables show all")


class LL144:
    """The probe; see SPEC."""

    spec = SPEC
    options = LL144Options

    def run(self, ctx: Context) -> ProbeRun:
        """One request a row of the table, the same as those of `group_fairness`.

        Raises BadOption where the options do not fit the table. What is found only with the answers makes the probe
        not apply, so that the results of others are kept.
        """
        options: LL144Options = ctx.options
        if "table" not in ctx.data:
            raise DoesNotApply("it needs a table with a row per person")
        table = ctx.data["table"]
        found = _columns(options)
        if not found:
            raise DoesNotApply(
                "no column of sex or of race is named (-O ll144.sex=COLUMN, -O ll144.race=COLUMN, or a --group of such "
                "a name)"
            )
        if options.exclude_small and not options.justification.strip():
            raise BadOption("ll144.exclude_small needs ll144.justification: the rule asks to publish why")
        own = named(options.categories)
        frame = _frame(ctx, options, tuple(found.values()))
        known = {
            key: categorise(column, table.columns[column], SEX if key == "sex" else RACE, own)
            for key, column in found.items()
        }
        answers = yield frame.requests()
        scoring = options.rates == "scoring"
        answers = as_decisions(answers, options.favourable, options.threshold, numbers=scoring)
        try:
            if scoring:
                counted = scored(frame, answers, options.favourable)
            else:
                counted = selected(frame, answers, options.favourable, options.threshold)
        except (BadData, BadOption) as problem:
            raise DoesNotApply(str(problem)) from problem
        made = tallies(known.get("sex"), known.get("race"), counted, exclude=options.exclude_small)
        return left_out.named(_findings(options, known, counted, made, frame), answers, "rows")


def _columns(options: LL144Options) -> dict[str, str]:
    """The columns of sex and race, as named or as guessed from the names of group columns."""
    found = {}
    for key, given in (("sex", options.sex), ("race", options.race)):
        guessed = (column for column in options.groups if column.casefold() in GUESSES[key])
        if column := given or next(guessed, ""):
            found[key] = column
    return found


def _frame(ctx: Context, options: LL144Options, groups: tuple[str, ...]) -> Frame:
    texts, tabular = "Predict" not in ctx.capabilities, ctx.kind == TABULAR
    table: Table = ctx.data["table"]
    other = {options.label, options.prediction, options.score, options.weight, options.id}
    features = options.features or tuple(name for name in table.columns if name not in other)
    text = options.text if texts else ""
    columns = Columns(groups, text=text, identity=options.id, features=features if tabular else (), sent=tabular)
    return Frame(table, columns)


def _findings(
    options: LL144Options, known: Mapping[str, Categorised], counted: Counted, made: Sequence[Tally], frame: Frame
) -> Findings:
    found = {tally.id: compared(tally) for tally in made}
    scoring = options.rates == "scoring"
    tables: list[Evidence | None] = [
        *(printed(tally, scoring=scoring, about=counted.about) for tally in made),
        certainty(found, made, counted.rate),
        drawing(found, made),
        unknown(list(known.values())),
    ]
    metrics = _metrics(made, found, counted, options.min_group)
    if frame.persons is not None:
        metrics = [_of_one_person(metric) for metric in metrics]
    notes = [
        *_notes(options, known, counted, made, frame.rows),
        *(note for note in frame.notes if "repeat an id" in note),
    ]
    return Findings(metrics, [one for one in tables if one is not None], notes)


def _of_one_person(metric: Metric) -> Metric:
    """The metric without a value where rows repeat people: the rule counts persons, each of them once."""
    if isinstance(metric.estimate, Undefined):
        return metric
    why = Undefined(
        "not estimable: some persons have several rows, and the rule counts each once: give one row a person"
    )
    return replace(metric, estimate=why, claim=stated(f"The {metric.name.replace('_', ' ')}", why, ""))


def _metrics(
    made: Sequence[Tally], found: Mapping[str, Sequence[Compared]], counted: Counted, least: int
) -> list[Metric]:
    result = [one for tally in made for one in ratio_metrics(tally, found[tally.id], counted.verb, least)]
    name = counted.rate.replace(" ", "_")
    return result + [one for tally in made for one in rate_metrics(tally, name, counted.verb, least)]


def _notes(
    options: LL144Options, known: Mapping[str, Categorised], counted: Counted, made: Sequence[Tally], rows: int
) -> list[str]:
    """What the rule wants beside its tables, and what a reader should know of them."""
    assessed = int(counted.assessed.sum())
    notes = [
        "This computation alone is not an independent audit, and it is not legal advice.",
        counted.note,
        *(f"Column {one.column!r} is read as {key}." for key, one in known.items() if one.column != key),
    ]
    if assessed < rows:
        notes.append(f"{rows - assessed:,} of {rows:,} rows got no decision and are in no table.")
    notes += [
        f"{tally.title}: {tally.unknown:,} persons of unknown category were assessed too and are not in the table."
        for tally in made
        if tally.unknown
    ]
    notes += [
        f"{tally.title}: the highest rate is that of {highest.name} with {highest.persons} persons. Impact ratios "
        "beside so few are uncertain and are no metrics (ll144.exclude_small may leave small categories out)."
        for tally in made
        if (highest := tally.highest) is not None and highest.persons < options.min_group
    ]
    if len(known) < 2:
        notes.append("The rule asks for sex, race or ethnicity, and both crossed; one of the two columns is not named.")
    if options.weight:
        notes.append("The rule counts persons: weights are not used here.")
    if options.exclude_small:
        notes += _excluded(options, counted, made)
    return notes


def _excluded(options: LL144Options, counted: Counted, made: Sequence[Tally]) -> list[str]:
    lines = excluded(made)
    if not lines:
        return [f"No category has less than {100 * SMALL:g} % of the data: none is left out."]
    listed = "; ".join(
        f"{line.name}: {line.persons:,} persons, {counted.rate} {100 * (line.rate or 0.0):.1f} %" for line in lines
    )
    return [
        f"Left out of the impact ratios with less than {100 * SMALL:g} % of the data: {listed}. Justification: "
        f"{options.justification.strip()}"
    ]


PROBE = LL144()
