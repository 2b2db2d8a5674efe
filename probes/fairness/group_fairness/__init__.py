"""Decisions by group: who is selected, who is judged wrongly, and how far groups lie apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fairwitness.audit.errors import BadData, BadOption, MissingOption
from fairwitness.audit.probe import Context, DoesNotApply, Findings, ProbeRun
from fairwitness.audit.records import DataNeed, Evidence, Metric, ProbeSpec
from fairwitness.audit.requests import Answer, ClassScores
from fairwitness.probes.fairness.group_fairness import asked, classes, curves, flips, individual, numbers
from fairwitness.probes.fairness.group_fairness.evidence import decision_table, tables
from fairwitness.probes.fairness.group_fairness.heads import CLASSES, as_decisions
from fairwitness.probes.fairness.group_fairness.meaning import not_interpretable
from fairwitness.probes.fairness.group_fairness.metrics import Compared, known_rates, metrics
from fairwitness.probes.fairness.group_fairness.multicalibration import within_groups
from fairwitness.probes.fairness.group_fairness.noise import noise_metrics, noise_table
from fairwitness.probes.fairness.group_fairness.options import GroupFairnessOptions
from fairwitness.probes.fairness.group_fairness.parts import partitions, reference_groups
from fairwitness.probes.fairness.group_fairness.rates import Limits, Part
from fairwitness.probes.fairness.group_fairness.rows import (
    Frame,
    Outcomes,
    counted_outcome,
    decide,
    decisions,
    odd_decisions,
)
from fairwitness.probes.fairness.group_fairness.selection import with_selection
from fairwitness.probes.fairness.group_fairness.small import judged_together, small_groups, small_metrics, small_table
from fairwitness.probes.fairness.group_fairness.small import notes as small_notes
from fairwitness.probes.fairness.group_fairness.strata import disparities
from fairwitness.probes.fairness.group_fairness.unmeasured import (
    OF_CLASSES,
    OF_NUMBERS,
    of_columns,
    of_rates,
    of_undivided,
    of_valueless,
    unasked_of_small,
)
from fairwitness.probes.kit import left_out

SPEC = ProbeSpec(
    name="group_fairness",
    version="1.1",
    family="fairness",
    title="Decisions by group",
    question="Do groups of people get different decisions, and different errors?",
    why=(
        "A model that selects, refuses or ranks people can do so at different rates for different groups, or be wrong "
        "more often about some of them. Law and policy ask for these rates; an overall accuracy hides them."
    ),
    how_to_read=(
        "A rate is a share of the rows of a group, from 0 to 1. A difference is a group's rate minus that of the "
        "reference group: 0 is no difference, negative means less often. A ratio is the lower of two rates over "
        "the higher: 1 is no difference, 0 that one group is never selected; the impact ratio is the lowest rate of a "
        "column over its highest. The differences of one column hold together: with 95 % probability all "
        "its intervals are right at once. A gap is the highest rate minus the lowest; it is above 0 by chance alone, "
        "so read it beside the gap that is expected when groups do not differ. Groups that are too small are "
        "judged together: as one, by the spread of their true rates (a standard deviation) and by the distance of the "
        "furthest. A flip rate is how often a decision changes when nothing but the group in a row is changed; "
        "consistency is how alike the decisions about similar rows are, 1 if always the same."
    ),
    needs=(("Predict",), ("Classify",)),
    citations=(
        "Hardt, Price & Srebro 2016, Equality of Opportunity in Supervised Learning, https://arxiv.org/abs/1610.02413",
        "Feldman et al. 2015, Certifying and Removing Disparate Impact, https://arxiv.org/abs/1412.3756",
        "Chouldechova 2017, Fair Prediction with Disparate Impact, https://arxiv.org/abs/1703.00056",
        "Buolamwini & Gebru 2018, Gender Shades (intersections), https://proceedings.mlr.press/v81/buolamwini18a.html",
        "Berk et al. 2018, Fairness in Criminal Justice Risk Assessments, https://arxiv.org/abs/1703.09207",
        "Speicher et al. 2018, A Unified Approach to Quantifying Algorithmic Unfairness, "
        "https://arxiv.org/abs/1807.00787",
        "Zemel et al. 2013, Learning Fair Representations, Proceedings of ICML (consistency)",
        "Kusner et al. 2017, Counterfactual Fairness, https://arxiv.org/abs/1703.06856",
        "Kish 1965, Survey Sampling (effective number of rows)",
        "Zou & Donner 2008, Construction of Confidence Limits about Effect Measures, Statistics in Medicine 27, "
        "1693-1702",
        "Newcombe 1998, Interval Estimation for the Difference Between Independent Proportions, Statistics in "
        "Medicine 17, 873-890",
        "Donner & Zou 2012, Closed-form Confidence Intervals for Functions of the Normal Mean and Standard Deviation, "
        "Statistical Methods in Medical Research 21, 347-359 (ratios)",
        "Uniform Guidelines on Employee Selection Procedures 1978, 29 CFR 1607.4(D) (four fifths of the highest rate)",
        "Hothorn, Bretz & Westfall 2008, Simultaneous Inference in General Parametric Models, Biometrical Journal 50",
        "Korn & Graubard 1998, Confidence Intervals for Proportions with Small Expected Number of Positive Counts, "
        "Survey Methodology 24, 193-201 (several rows of one person)",
        "Obuchowski 1997, Nonparametric Analysis of Clustered ROC Curve Data, Biometrics 53, 567-578",
        "Hébert-Johnson et al. 2018, Multicalibration, Proceedings of ICML, https://arxiv.org/abs/1711.08513",
        "Wachter, Mittelstadt & Russell 2021, Why Fairness Cannot Be Automated, Computer Law & Security Review 41, "
        "105567 (conditional demographic disparity)",
        "Kamiran, Žliobaitė & Calders 2013, Quantifying Explainable and Non-explainable Discrimination, Knowledge and "
        "Information Systems 35, 613-644",
        "Viechtbauer 2007, Confidence Intervals for the Amount of Heterogeneity in Meta-analysis, Statistics in "
        "Medicine 26, 37-52 (spread of small groups)",
    ),
    limits=(
        "It describes decisions; it does not say why groups differ, nor which difference is justified.",
        "Rates that need true outcomes are only as good as the labels, which may carry the same bias as the decisions.",
        "When base rates differ, several of these rates cannot all be equal at once (Chouldechova 2017).",
        "Rows are taken to be independent people. Where people have several rows, name the column that tells who is "
        "who (option id): without it intervals are too narrow.",
        "Changing the group in a row changes nothing that goes with it in life: a model can use other columns in its "
        "place, and a flip rate of 0 does not show that it does not.",
        "Groups that the table does not name are not seen. An interval that holds 0 does not show that groups are "
        "treated alike.",
    ),
    data=(DataNeed("table", "your table: one row a person or text, with group columns and, if known, true outcomes"),),
)


TABULAR = "tabular"


class GroupFairness:
    """The probe; see SPEC."""

    spec = SPEC
    options = GroupFairnessOptions

    def run(self, ctx: Context) -> ProbeRun:
        """One request a row of the table; of a tabular model, then some rows again with their group changed.

        Raises BadOption or BadData where the table does not fit the options. What a text classifier turns out to
        decide is known only once it was asked: where that does not fit, the probe does not apply and others go on.
        """
        options: GroupFairnessOptions = ctx.options
        texts = "Predict" not in ctx.capabilities
        frame = _frame(ctx, texts=texts)
        references = reference_groups(frame, options.reference)
        told = frame.told(())
        both = {options.kind_of(frame.truth), options.kind_of(told.truth)}
        if both == {"binary"} and len(told.truth.counts) > 1:
            counted_outcome(options.favourable, frame.known_labels, [])
        answers = yield frame.requests()
        measured = options.kind_of(told.truth) == "regression"
        answers = as_decisions(answers, options.favourable, options.threshold, numbers=measured)
        _refuse_numbers_of_classes(answers, averaged=measured and options.kind == "auto")
        try:
            frame = frame.told(decisions(frame, answers).counts)
            found = _findings(ctx, frame, answers, references)
            odd = odd_decisions(frame, answers, classes=options.kind_of(frame.truth) == "multiclass")
            found = left_out.named(replace(found, notes=(*found.notes, *odd)), answers, "rows")
        except (BadData, BadOption) as problem:
            if texts:
                raise DoesNotApply(str(problem)) from problem
            raise
        are_numbers = options.kind_of(frame.truth) == "regression"
        if not (frame.columns.sent and options.flips):
            return replace(found, metrics=[*found.metrics, *flips.unasked(frame, numbers=are_numbers)])
        decided = decisions(frame, answers)
        changed = flips.plan(frame, decided, options.flips, ctx.seed)
        again = (yield changed.requests) if changed.twins else []
        more, shown = flips.findings(changed, decided, again, numbers=are_numbers, seed=ctx.seed)
        return replace(
            found,
            metrics=[*found.metrics, *more],
            evidence=[*found.evidence, *shown],
            notes=(*found.notes, *changed.notes),
        )


def _refuse_numbers_of_classes(answers: Sequence[Answer], *, averaged: bool) -> None:
    if averaged and any(isinstance(answer, ClassScores) for answer in answers):
        raise DoesNotApply(CLASSES)


def _frame(ctx: Context, *, texts: bool) -> Frame:
    """The table of the run, checked. Raises DoesNotApply without a table or, for texts, without a group column."""
    options: GroupFairnessOptions = ctx.options
    if "table" not in ctx.data:
        raise DoesNotApply("it needs a table with a row per person or text")
    if not options.groups and texts:
        raise DoesNotApply("no group column is named (--group COLUMN)")
    if not options.groups:
        raise MissingOption("group_fairness needs a group column: name one with --group COLUMN")
    table = ctx.data["table"]
    columns = options.columns(tuple(table.columns), texts=texts, tabular=ctx.kind == TABULAR)
    return Frame(table, columns)


def _findings(ctx: Context, frame: Frame, answers: Sequence[Answer], references: Mapping[str, str]) -> Findings:
    """What the decisions show, by what kind they are, and which group columns could not be compared."""
    options: GroupFairnessOptions = ctx.options
    limits, crossed = Limits(options.min_group, options.min_class), options.intersections
    kind, decided = options.kind_of(frame.truth), decisions(frame, answers)
    match kind:
        case "binary":
            outcomes = decide(frame, answers, favourable=options.favourable, threshold=options.threshold)
            found = _two_outcomes(ctx, frame, outcomes, references)
            rates = known_rates(outcomes)
            more = [*of_columns(frame, references, limits, of_rates(rates), of_undivided(rates))]
            more += [] if outcomes.has_labels else unasked_of_small("binary", labelled=bool(options.label))
        case "multiclass":
            found = classes.findings(frame, decided, references, limits, ctx.seed, crossed=crossed)
            more = [
                *of_columns(frame, references, limits, OF_CLASSES, asked.OF_CLASSES),
                *unasked_of_small("multiclass"),
            ]
        case _:  # regression
            found = numbers.findings(
                frame, decided, references, limits, ctx.seed, crossed=crossed, examples=options.examples
            )
            more = [*of_columns(frame, references, limits, OF_NUMBERS), *unasked_of_small("regression")]
    found = replace(found, metrics=[*found.metrics, *more])
    if kind == "binary":
        return found
    return with_selection(found, frame, decided, references, limits, crossed=crossed)


def _two_outcomes(ctx: Context, frame: Frame, outcomes: Outcomes, references: Mapping[str, str]) -> Findings:
    options: GroupFairnessOptions = ctx.options
    limits = Limits(options.min_group, options.min_class)
    parts = partitions(frame, outcomes, references, limits, crossed=options.intersections)
    small = small_groups(known_rates(outcomes), parts, limits)
    parts = judged_together(parts, small)
    compared = Compared.of(outcomes, parts, limits, ctx.seed)
    score_metrics, score_evidence, score_notes = curves.analysis(frame, outcomes, parts, limits, ctx.seed)
    between, between_evidence = _within(frame, outcomes, parts, limits, compared)
    alike, alike_notes = individual.consistency(frame, outcomes, options.neighbours, ctx.seed)
    table, table_notes = decision_table(
        frame, outcomes.decisions, outcomes.answered, outcomes.scores, outcomes.selected
    )
    return Findings(
        [
            *metrics(parts, outcomes, limits, compared),
            *map(compared.meaning.of_metric, small_metrics(small, outcomes, limits)),
            *of_valueless(parts, of_rates(known_rates(outcomes))),
            *asked.of_two_outcomes(outcomes, parts, named=bool(options.label)),
            *score_metrics,
            *between,
            *alike,
        ],
        [
            *tables(frame, outcomes, parts, compared, options.examples),
            small_table(small),
            *score_evidence,
            *between_evidence,
            *table,
        ],
        (
            *frame.notes,
            *outcomes.notes,
            *small_notes(small),
            *score_notes,
            *alike_notes,
            *table_notes,
            *(part.note for part in parts if part.note),
        ),
    )


def _within(
    frame: Frame, outcomes: Outcomes, parts: Sequence[Part], limits: Limits, compared: Compared
) -> tuple[list[Metric], list[Evidence]]:
    """Calibration within groups, disparity within strata, and what wrong labels could hide."""
    metrics, evidence = within_groups(frame, outcomes, parts, limits) if outcomes.has_labels else ([], [])
    of_strata, strata = disparities(frame, outcomes, parts, limits)
    metrics, evidence = [*metrics, *of_strata], [*evidence, *strata]
    if outcomes.has_labels:
        why = compared.meaning.of_errors
        noise = noise_metrics(parts, limits)
        metrics += noise if why is None else (not_interpretable(metric, why) for metric in noise)
        evidence.append(noise_table(parts))
    return metrics, evidence


PROBE = GroupFairness()
