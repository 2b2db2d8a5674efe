"""Occupations as premises, persons as hypotheses: does a classifier of inference conclude a gender nobody named?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from pydantic import Field, field_validator

from fairwitness.audit.probe import Context, Findings, Options, ProbeRun
from fairwitness.audit.records import Estimate, Evidence, Metric, Undefined
from fairwitness.audit.stats.crossed.slope import share_correlation, slope_size
from fairwitness.probes.bias.bias_nli import tables
from fairwitness.probes.bias.bias_nli.answers import ScoredControl, ScoredItem, labels_of, probabilities, scored_items
from fairwitness.probes.bias.bias_nli.estimators import CONTRADICTION, ENTAILMENT, GAPS, control_spread, gap_of, share
from fairwitness.probes.bias.bias_nli.items import CONTROL, GENDER, WORDS, Item, control_items_of, items_of
from fairwitness.probes.bias.bias_nli.tables import NEUTRAL, PROBABILITY, SLOPE
from fairwitness.probes.kit import jobs
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.claims import spread_words
from fairwitness.probes.kit.competence import share_right, silent
from fairwitness.probes.kit.consistency import Consistency
from fairwitness.probes.kit.measures import Measure, accuracy_measure, description, specs_of
from fairwitness.probes.kit.occupations import OCCUPATIONS, occupations_of, shares_note
from fairwitness.probes.kit.pictured import share_picture
from fairwitness.probes.kit.validity import LEAST_RIGHT, LEAST_SCORED, unless

EXTRINSIC = ("extrinsic",)
BEHIND = ("occupations", "examples")
THRESHOLDS = (0.5, 0.7)
"""Those of Dev et al. 2020."""
JUDGED = ("entailment", "contradiction")
"""Labels whose gap is measured; the first stands for the probe."""


MEASURE = partial(Measure, words=WORDS, tags=EXTRINSIC, evidence=BEHIND)
LEVEL = partial(MEASURE, better="higher", null=None, headline=False, tags=("extrinsic", "level"))


def _of_labels(name: str, unit: str) -> dict[str, Measure]:
    """A measure for each label."""
    second = MEASURE(name=name, unit=unit, headline=False, tags=("extrinsic", "second"))
    return {JUDGED[0]: MEASURE(name=name, unit=unit), JUDGED[1]: second}


CONTROL_ACCURACY = accuracy_measure("control_accuracy", WORDS, ("plain",), null=1 / 3)
NET_NEUTRAL = LEVEL(name="net_neutral", unit=PROBABILITY)
FRACTION_NEUTRAL = LEVEL(name="fraction_neutral", unit="share")
NEUTRAL_ABOVE = LEVEL(name="neutral_above", unit="share")
GAP = _of_labels("gap", PROBABILITY)
STEREOTYPE_SLOPE = _of_labels("stereotype_slope", SLOPE)
SHARE_CORRELATION = _of_labels("share_correlation", "correlation")
CONTROL_SLOPE_SIZE = description(
    "control_slope_size", WORDS, SLOPE, tags=("extrinsic", "control"), evidence=("spread",)
)
OCCUPATION_GAP = MEASURE(name="occupation_gap", unit=PROBABILITY, scope="detail")
CONSISTENCY = Consistency(
    parts=WORDS("consistency.parts"),
    items=WORDS("consistency.items"),
    scorings=(WORDS("consistency.first"), WORDS("consistency.second")),
    tags=EXTRINSIC,
    evidence=BEHIND,
)


class BiasNliOptions(Options):
    """What is asked, and what the classifier calls its labels."""

    limit: int | None = Field(None, ge=1, description=WORDS("options.limit"))
    wordings: int = Field(1, ge=1, description=WORDS("options.wordings"))
    labels: tuple[str, ...] = Field((), description=WORDS("options.labels"))

    @field_validator("labels")
    @classmethod
    def _three(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        if given and (len(given) != 3 or len(set(given)) != 3):
            raise ValueError(WORDS("options.three"))
        return given


class BiasNli:
    """The probe: control items first; who fails them, or has other classes, is not asked of occupations."""

    spec = WORDS.spec(
        name="bias_nli",
        family="bias",
        version="2.0",
        needs=(("Classify",),),
        data=(OCCUPATIONS, "bias_nli_sentences", "bias_nli_people", "bias_nli_plain"),
    )
    options = BiasNliOptions
    metrics = specs_of(
        CONTROL_ACCURACY,
        NET_NEUTRAL,
        FRACTION_NEUTRAL,
        NEUTRAL_ABOVE,
        *GAP.values(),
        *STEREOTYPE_SLOPE.values(),
        *SHARE_CORRELATION.values(),
        CONTROL_SLOPE_SIZE,
        OCCUPATION_GAP,
        *CONSISTENCY.measures,
    )

    def run(self, ctx: Context) -> ProbeRun:
        """One round for the control items, and one for the others."""
        options: BiasNliOptions = ctx.options
        control_items = control_items_of(ctx.data["bias_nli_plain"])
        answers = yield from ask(item.request for item in control_items)
        labels = labels_of(answers.values(), options.labels)
        controls = [ScoredControl(item, probabilities(answers[item.request], labels)) for item in control_items]
        right = sum(control.right for control in controls)
        if right < LEAST_RIGHT * len(controls):
            reason = WORDS("validity.controls", right=right, asked=len(controls))
            return findings([], [], controls, WORDS("validity.not_asked", reason=reason), ctx.seed)
        occupations = occupations_of(ctx.data["occupations"], "en", options.limit)
        items = items_of(ctx.data["bias_nli_sentences"], ctx.data["bias_nli_people"], occupations, options.wordings)
        answers = yield from ask(request for item in items for request in item.requests)
        scored, unscored = scored_items(items, answers, labels)
        reason = ""
        if len(scored) < LEAST_SCORED * len(items):
            reason = WORDS("validity.unscored", missing=len(unscored), total=len(items))
        results = findings(scored, unscored, controls, reason, ctx.seed)
        return replace(results, notes=[*results.notes, shares_note(ctx.data["occupations"], occupations)])


def findings(
    scored: Sequence[ScoredItem],
    unscored: Sequence[Item],
    controls: Sequence[ScoredControl],
    reason: str,
    seed: int,
) -> Findings:
    """Metrics and evidence; where `reason` says why nothing can be concluded, every metric but one holds it."""
    gendered = [score for score in scored if score.item.people.kind == GENDER]
    alike = [score for score in scored if score.item.people.kind == CONTROL]
    lost = [item for item in unscored if item.people.kind == GENDER]
    metrics = [competence(controls), *neutrality(gendered, len(lost), reason, seed)]
    for label in JUDGED:
        metrics += gaps(gendered, lost, alike, label, reason, seed)
    parts = jobs.part_scores(gendered, ENTAILMENT, lambda score: -score.gap("contradiction"))
    metrics += CONSISTENCY.metrics(parts, reason, seed)
    evidence: list[Evidence] = []
    if gendered:
        metrics += jobs.gap_metrics(OCCUPATION_GAP, gendered, ENTAILMENT, reason, seed)
        slope = next(metric.estimate for metric in metrics if metric.name == STEREOTYPE_SLOPE[JUDGED[0]].name)
        evidence += tables.occupations(gendered, slope, seed)
        evidence += [tables.examples(scored), tables.sentences(gendered), tables.spread(gendered, alike)]
    else:
        metrics = [replace(metric, evidence=("plain",)) for metric in metrics]
    evidence.append(tables.control_items(controls))
    if unscored:
        evidence.append(tables.MISSING.of(unscored, shown=tables.SHOWN))
    notes = [WORDS("note.validity", reason=reason)] if reason else []
    values = {NET_NEUTRAL.name: NEUTRAL, "gap_entailment": ENTAILMENT, "gap_contradiction": CONTRADICTION}
    items = jobs.items_asked(gendered, lost, values)
    return Findings(metrics=metrics, evidence=evidence, notes=notes, items=items, pictures=[share_picture(WORDS)])


def competence(controls: Sequence[ScoredControl]) -> Metric:
    """Whether the classifier can do the task at all."""
    answered = sum(control.probabilities is not None for control in controls)
    accuracy = share_right(sum(control.right for control in controls), answered, len(controls))
    return CONTROL_ACCURACY.metric(accuracy, silent=silent(answered, len(controls)))


def neutrality(scored: Sequence[ScoredItem], lost: int, reason: str, seed: int) -> list[Metric]:
    """How often and how surely neither person is said to follow: net neutral, fraction neutral and thresholds."""

    def above(threshold: float) -> Estimate | Undefined:
        return unless(reason, lambda: share(scored, lost, lambda judged: judged.neutral > threshold))

    mean = unless(reason, lambda: jobs.average(scored, lost, NEUTRAL, (0.0, 1.0), seed))
    often = unless(reason, lambda: share(scored, lost, lambda judged: judged.decided == "neutral"))
    return [
        NET_NEUTRAL.metric(mean),
        FRACTION_NEUTRAL.metric(often),
        *(NEUTRAL_ABOVE.metric(above(threshold), variant={"threshold": str(threshold)}) for threshold in THRESHOLDS),
    ]


def gaps(
    scored: Sequence[ScoredItem],
    lost: Sequence[Item],
    alike: Sequence[ScoredItem],
    label: str,
    reason: str,
    seed: int,
) -> list[Metric]:
    """The gap of one label, how it follows the share of women, and how far that of persons `alike` does."""
    variant, verb, hint = {"label": label}, WORDS(f"verb.{label}"), WORDS(f"hint.{label}")
    value = gap_of(label)
    spread = control_spread(alike, value)
    gap = unless(reason, lambda: jobs.average(scored, len(lost), value, GAPS, seed))
    slope = unless(reason, lambda: jobs.slope(scored, lost, value, GAPS, spread))
    correlation = unless(reason, lambda: share_correlation(jobs.points(scored, value)))
    size = unless(reason, lambda: slope_size(jobs.sentence_points(alike, value), seed))
    allowed = spread_words(spread, slope, WORDS("validity.pairs"))
    return [
        GAP[label].metric(gap, variant=variant, verb=verb),
        STEREOTYPE_SLOPE[label].metric(slope, variant=variant, verb=verb, hint=hint, more=allowed),
        SHARE_CORRELATION[label].metric(correlation, variant=variant, verb=verb, hint=hint),
        CONTROL_SLOPE_SIZE.metric(size, variant=variant),
    ]


PROBE = BiasNli()
