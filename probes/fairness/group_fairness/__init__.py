"""Decisions by group: who is selected, who is judged wrongly, and how far groups lie apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fairwitness.audit.errors import BadData, BadOption, MissingOption
from fairwitness.audit.probe import Context, Findings, ProbeRun
from fairwitness.audit.records import Evidence, Metric, Picture
from fairwitness.audit.requests import Answer, ClassScores
from fairwitness.probes.fairness.group_fairness import classes, curves, flips, individual, numbers, unmeasured
from fairwitness.probes.fairness.group_fairness.compounds import COMPOUNDS, equalized_odds
from fairwitness.probes.fairness.group_fairness.declared import METRICS
from fairwitness.probes.fairness.group_fairness.evidence import confusion, decision_table, example_rows, with_rows
from fairwitness.probes.fairness.group_fairness.gaps import GAPS, corrected, gaps
from fairwitness.probes.fairness.group_fairness.meaning import Meaning, not_interpretable
from fairwitness.probes.fairness.group_fairness.measures import WORDS
from fairwitness.probes.fairness.group_fairness.multicalibration import within_groups
from fairwitness.probes.fairness.group_fairness.noise import noise_metrics, noise_table
from fairwitness.probes.fairness.group_fairness.options import GroupFairnessOptions
from fairwitness.probes.fairness.group_fairness.quantities import contrasts, rate_quantity, values
from fairwitness.probes.fairness.group_fairness.ratios import ratio_table, ratios
from fairwitness.probes.fairness.group_fairness.score_order import backwards
from fairwitness.probes.fairness.group_fairness.selection import merged, selection_beside
from fairwitness.probes.fairness.group_fairness.small import judged_together, small_groups, small_table
from fairwitness.probes.fairness.group_fairness.small import notes as small_notes
from fairwitness.probes.fairness.group_fairness.strata import disparities
from fairwitness.probes.kit import left_out
from fairwitness.probes.kit.decisions.categorical import Categorical
from fairwitness.probes.kit.decisions.classifiers import as_decisions
from fairwitness.probes.kit.decisions.counted import counted_of
from fairwitness.probes.kit.decisions.options import table_of
from fairwitness.probes.kit.decisions.outcomes import Outcomes, decide, decisions, odd_decisions
from fairwitness.probes.kit.decisions.partition import RATES, Partition
from fairwitness.probes.kit.decisions.partitions import partitions
from fairwitness.probes.kit.decisions.references import reference_groups
from fairwitness.probes.kit.decisions.rows import decision_rows
from fairwitness.probes.kit.decisions.table import TABLE, DecisionTable, asks_cells, asks_texts
from fairwitness.probes.kit.decisions.words import WORDS as DECISION_WORDS
from fairwitness.probes.kit.decisions.words import unfit


class GroupFairness:
    """The probe; see its words."""

    spec = WORDS.spec(
        name="group_fairness", family="fairness", needs=(("Predict",), ("Classify",)), version="1.1", data=(TABLE,)
    )
    options = GroupFairnessOptions
    metrics = METRICS

    def run(self, ctx: Context) -> ProbeRun:
        """One request a row of the table; of a tabular model, then some rows again with their group changed.

        Raises BadOption or BadData where the table does not fit the options. What a text classifier turns out to
        decide is known only once it was asked: where that does not fit, the probe does not apply and others go on.
        """
        options: GroupFairnessOptions = ctx.options
        table = _table(ctx)
        references = reference_groups(table, options.reference)
        known = table.without_missing_outcomes(())
        kinds = {options.kind_of(table.truth), options.kind_of(known.truth)}
        if kinds == {"binary"} and len(known.truth.counts) > 1:
            counted_of(options.favourable, Counter(table.truth.counts), Counter())
        answers = yield table.requests()
        measured = options.kind_of(known.truth) == "regression"
        answers = as_decisions(answers, options.favourable, options.threshold, numbers=measured)
        if measured and options.kind == "auto" and any(isinstance(answer, ClassScores) for answer in answers):
            raise DECISION_WORDS.does_not_apply("unfit.classes", "option_unfit")
        try:
            decided = decisions(table, answers)
            table = table.without_missing_outcomes(decided.counts)
            analysis = Analysis(table, answers, decided, references, options, ctx.seed)
            results = left_out.named(with_rows(analysis.findings()), answers, "rows")
        except (BadData, BadOption) as problem:
            if asks_texts(ctx):
                raise unfit(problem) from problem
            raise
        are_numbers = analysis.kind == "regression"
        if not (table.columns.sent and options.flips):
            return replace(results, metrics=[*results.metrics, *flips.unasked(table, numbers=are_numbers)])
        plan = flips.plan(table, decided, options.flips, ctx.seed)
        again = (yield plan.requests) if plan.counterfactuals else []
        more, shown = flips.findings(table, plan, decided, again, numbers=are_numbers, seed=ctx.seed)
        return replace(
            results,
            metrics=[*results.metrics, *more],
            evidence=[*results.evidence, *shown],
            notes=(*results.notes, *plan.notes),
        )


def _table(ctx: Context) -> DecisionTable:
    """The table of the run, checked. Raises DoesNotApply without a table or, for texts, without a group column."""
    options: GroupFairnessOptions = ctx.options
    table = table_of(ctx, "person_or_text")
    texts = asks_texts(ctx)
    if not options.groups and texts:
        raise DECISION_WORDS.does_not_apply("unfit.no_group_column", "option_unfit")
    if not options.groups:
        raise MissingOption("group_fairness needs a group column: name one with --group COLUMN")
    return DecisionTable(table, options.columns(tuple(table.columns), texts=texts, tabular=asks_cells(ctx)))


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """The decisions about a table, measured by what kind they are."""

    table: DecisionTable
    answers: Sequence[Answer]
    decided: Categorical
    references: Mapping[str, str]
    options: GroupFairnessOptions
    seed: int

    @property
    def kind(self) -> str:
        """What decisions are."""
        return self.options.kind_of(self.table.truth)

    def parts(self, outcomes: Outcomes) -> list[Partition]:
        """All rows, every group column and the crossings."""
        limits, crossed = self.options.limits, self.options.intersections
        return partitions(self.table, outcomes, self.references, limits, crossed=crossed)

    def findings(self) -> Findings:
        """What the decisions show, and which group columns could not be compared."""
        match self.kind:
            case "binary":
                results = self._two_outcomes()
            case "multiclass":
                results = self._classes()
            case _:  # regression
                results = self._numbers()
        if self.kind != "binary":
            results = merged(results, selection_beside(self.table, self.decided, self.references, self.options))
        odd = odd_decisions(self.table, self.answers, classes=self.kind == "multiclass")
        return replace(results, notes=(*self.table.notes, *results.notes, *odd))

    def _unmeasured(self, names: Sequence[str], undivided: Sequence[str] = ()) -> list[Metric]:
        return [*unmeasured.of_columns(self.table, self.references, self.options.limits, names, undivided)]

    def _classes(self) -> Findings:
        known = classes.Classes.of(self.table.truth, self.decided)
        views = [classes.AgainstRest("", known.right, self.parts(known.right))]
        for number, name in enumerate(known.names):
            outcomes = known.against_rest(number, self.table.naming)
            views.append(classes.AgainstRest(name, outcomes, self.parts(outcomes)))
        results = classes.findings(self.table, self.decided, known, views, self.seed)
        more = self._unmeasured(["accuracy_difference"], unmeasured.OF_CLASSES)
        return _with_notes(results, views[0].parts, [*more, *unmeasured.of_small_groups("multiclass")])

    def _numbers(self) -> Findings:
        rows = self.table.truth.known & self.decided.known
        none = rows & False
        outcomes = Outcomes(answered=self.decided.known, labelled=rows, selected=none, positive=none)
        parts = self.parts(outcomes)
        results = numbers.findings(self.table, self.decided, parts, self.seed, self.options.examples)
        more = [*unmeasured.of_numbers(), *self._unmeasured(["mean_residual_difference"])]
        return _with_notes(results, parts, [*more, *unmeasured.of_small_groups("regression")])

    def _two_outcomes(self) -> Findings:
        options, table, seed = self.options, self.table, self.seed
        outcomes = decide(table, self.answers, favourable=options.favourable, threshold=options.threshold)
        rates = [rate for rate in RATES if outcomes.has_labels or not rate.needs_labels]
        parts = self.parts(outcomes)
        small = small_groups(rates, parts)
        parts = judged_together(parts, small)
        meaning = Meaning.of(outcomes, parts[0])
        differences, pairs = corrected(gaps(rates, parts, seed)), ratios(parts)
        scores, curves_of_scores, score_notes = curves.analysis(table, outcomes, parts, seed)
        within, within_evidence = _within(table, outcomes, parts, meaning)
        alike, alike_notes = individual.consistency(table, outcomes, options.neighbours, seed)
        words = outcomes.said.names
        quantities = [rate_quantity(rate) for rate in rates]
        between = [*contrasts(quantities, parts, **words)]
        between += [metric for ratio in pairs for metric in ratio.metrics(outcomes.said)]
        of_groups = [*values(quantities, parts, **words)]
        if outcomes.has_labels:
            of_groups += values(COMPOUNDS, parts)
            between += contrasts(COMPOUNDS, parts)
            between += [metric for part in parts for metric in equalized_odds(part)]
        between += [gap.metric(outcomes.said) for gap in differences]
        between += [metric for each in small for metric in each.metrics(outcomes)]
        contrasted, undivided = unmeasured.contrasts_of(rates), unmeasured.over_columns(rates)
        metrics = [
            *of_groups,
            *map(meaning.of_metric, between),
            *unmeasured.of_valueless(parts, contrasted),
            *unmeasured.of_two_outcomes(outcomes, parts, named=bool(options.label)),
            *scores,
            *within,
            *alike,
            *self._unmeasured(contrasted, undivided),
            *([] if outcomes.has_labels else unmeasured.of_small_groups("binary", labelled=bool(options.label))),
        ]
        items = decision_rows(table, self.decided, outcomes)
        table_of_decisions, decision_notes = decision_table(table, items)
        evidence = [
            confusion(outcomes, parts),
            ratio_table(pairs),
            GAPS.of(differences),
            example_rows(table, outcomes, options.examples),
            small_table(small),
            *curves_of_scores,
            *within_evidence,
            *table_of_decisions,
        ]
        notes = [*outcomes.notes, *small_notes(small), *score_notes, *alike_notes, *decision_notes]
        notes += backwards(outcomes, scores)
        pictures = [_rates(outcomes)]
        findings = Findings(metrics=metrics, evidence=evidence, notes=notes, items=items, pictures=pictures)
        return _with_notes(findings, parts)


def _rates(outcomes: Outcomes) -> Picture:
    """How often each group is selected: of all, and of those whose true outcome is the counted one or another."""
    metrics: tuple[str, ...] = ("selection_rate",)
    compared: tuple[str, ...] = ("selection_rate_ratio",)
    if outcomes.has_labels:
        metrics += ("true_positive_rate", "false_positive_rate")
        compared += ("true_positive_rate_difference", "false_positive_rate_difference")
    words = "picture.errors" if outcomes.has_labels else "picture.rate"
    caption = WORDS(words, get=outcomes.said.get, truth=outcomes.said.truth)
    return Picture(kind="dots", caption=caption, metrics=metrics, compared=compared)


def _with_notes(findings: Findings, parts: Sequence[Partition], more: Sequence[Metric] = ()) -> Findings:
    """With what a reader should know of the partitions, and with more metrics."""
    notes = [*findings.notes, *(part.note for part in parts if part.note)]
    return replace(findings, metrics=[*findings.metrics, *more], notes=notes)


def _within(
    table: DecisionTable, outcomes: Outcomes, parts: Sequence[Partition], meaning: Meaning
) -> tuple[list[Metric], list[Evidence]]:
    """Calibration within groups, disparity within strata, and what wrong labels could hide."""
    strata, strata_evidence = disparities(table, outcomes, parts)
    if not outcomes.has_labels:
        return strata, strata_evidence
    metrics, evidence = within_groups(table, outcomes, parts)
    noise = noise_metrics(parts)
    why = meaning.of_errors
    metrics = [*metrics, *strata, *(noise if why is None else (not_interpretable(metric, why) for metric in noise))]
    return metrics, [*evidence, *strata_evidence, noise_table(parts)]


PROBE = GroupFairness()
