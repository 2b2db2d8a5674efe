"""Decisions by group: who is selected, who is judged wrongly, and how far groups lie apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from assay.audit.errors import BadData, BadOption
from assay.audit.probe import Context, DoesNotApply, Findings, Options, ProbeRun
from assay.audit.records import DataNeed, ProbeSpec
from assay.probes.group_fairness.evidence import evidence
from assay.probes.group_fairness.metrics import gaps, metrics
from assay.probes.group_fairness.parts import partitions, reference_groups
from assay.probes.group_fairness.rates import Limits
from assay.probes.group_fairness.rows import Columns, Frame, Outcomes, counted_outcome, decide

SPEC = ProbeSpec(
    name="group_fairness",
    version="1.0",
    family="fairness",
    title="Decisions by group",
    question="Do groups of people get different decisions, and different errors?",
    why=(
        "A model that selects, refuses or ranks people can do so at different rates for different groups, or be wrong "
        "more often about some of them. Law and policy ask for these rates; an overall accuracy hides them."
    ),
    how_to_read=(
        "A rate is a share of the rows of a group, from 0 to 1. A difference is a group's rate minus that of the "
        "reference group: 0 is no difference, negative means less often. A ratio is a group's rate over that of the "
        "reference group: 1 is no difference. The differences of one column hold together: with 95 % probability all "
        "its intervals are right at once. A gap is the highest rate minus the lowest; it is above 0 by chance alone, "
        "so read it beside the gap that is expected when groups do not differ. Groups that are too small are listed "
        "as not estimable."
    ),
    needs=(("Predict",), ("Classify",)),
    citations=(
        "Hardt, Price & Srebro 2016, Equality of Opportunity in Supervised Learning, https://arxiv.org/abs/1610.02413",
        "Feldman et al. 2015, Certifying and Removing Disparate Impact, https://arxiv.org/abs/1412.3756",
        "Chouldechova 2017, Fair Prediction with Disparate Impact, https://arxiv.org/abs/1703.00056",
        "Buolamwini & Gebru 2018, Gender Shades (intersections), https://proceedings.mlr.press/v81/buolamwini18a.html",
        "Newcombe 1998, Interval Estimation for the Difference Between Independent Proportions, Statistics in "
        "Medicine 17, 873-890",
        "Katz et al. 1978, Obtaining Confidence Intervals for the Risk Ratio in Cohort Studies, Biometrics 34, 469-474",
        "Hothorn, Bretz & Westfall 2008, Simultaneous Inference in General Parametric Models, Biometrical Journal 50",
    ),
    limits=(
        "It describes decisions; it does not say why groups differ, nor which difference is justified.",
        "Rates that need true outcomes are only as good as the labels, which may carry the same bias as the decisions.",
        "When base rates differ, several of these rates cannot all be equal at once (Chouldechova 2017).",
        "Rows are taken to be independent people; repeated rows of one person make intervals too narrow.",
        "Groups that the table does not name are not seen. An interval that holds 0 does not show that groups are "
        "treated alike.",
    ),
    data=(DataNeed("table", "your table: one row a person or text, with group columns and, if known, true outcomes"),),
)


def _split(value: Any) -> Any:
    """Lets a comma-separated text stand for a list."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_split)]


class GroupFairnessOptions(Options):
    """Which columns of the table mean what."""

    groups: Names = Field((), description="columns that say which group a row belongs to")
    label: str = Field("", description="column of true outcomes; without it only selection rates are measured")
    prediction: str = Field("", description="column of decisions, for a predictions file")
    score: str = Field("", description="column of scores, for a predictions file")
    text: str = Field("text", description="column of texts, for a text classifier")
    reference: Names = Field((), description="group to compare with, as column=value; the largest where none is named")
    favourable: str = Field("", description="outcome counted as selected: a value such as 1, or a rule such as >=5")
    threshold: float | None = Field(None, description="count as selected where the score (or number) is at least this")
    intersections: bool = Field(True, description="also measure the crossings of every two group columns")
    min_group: int = Field(30, ge=2, description="rows that a group needs to be measured")
    min_class: int = Field(10, ge=1, description="rows that the condition of a conditional rate needs")
    examples: int = Field(200, ge=0, description="rows shown as examples, wrong decisions first")


class GroupFairness:
    """The probe; see SPEC."""

    spec = SPEC
    options = GroupFairnessOptions

    def run(self, ctx: Context) -> ProbeRun:
        """One request a row of the table.

        Raises BadOption or BadData where the table does not fit the options. What a text classifier turns out to
        decide is known only once it was asked: where that does not fit, the probe does not apply and others go on.
        """
        options: GroupFairnessOptions = ctx.options
        texts = "Predict" not in ctx.capabilities
        if "table" not in ctx.data:
            raise DoesNotApply("it needs a table with a row per person or text")
        if not options.groups and texts:
            raise DoesNotApply("no group column is named (--group COLUMN)")
        if not options.groups:
            raise BadOption("group_fairness needs a group column: name one with --group COLUMN")
        frame = Frame(ctx.data["table"], Columns(options.groups, options.label, options.text if texts else ""))
        references = reference_groups(frame, options.reference)
        if len(set(frame.known_labels)) > 1:
            counted_outcome(options.favourable, frame.known_labels, [])
        answers = yield frame.requests()
        try:
            outcomes = decide(frame, answers, favourable=options.favourable, threshold=options.threshold)
        except (BadData, BadOption) as problem:
            if texts:
                raise DoesNotApply(str(problem)) from problem
            raise
        return self._findings(ctx, frame, outcomes, references)

    def _findings(self, ctx: Context, frame: Frame, outcomes: Outcomes, references: Mapping[str, str]) -> Findings:
        options: GroupFairnessOptions = ctx.options
        limits = Limits(options.min_group, options.min_class)
        parts = partitions(frame, outcomes, references, limits, crossed=options.intersections)
        found = gaps(parts, outcomes, limits, ctx.seed)
        return Findings(
            metrics(parts, outcomes, limits, found),
            evidence(frame, outcomes, parts, found, options.examples),
            (*frame.notes, *outcomes.notes, *(part.note for part in parts if part.note)),
        )


PROBE = GroupFairness()
