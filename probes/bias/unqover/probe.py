"""UnQover: questions that cannot be answered, and whom of two the model names all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from pydantic import Field

from fairwitness.audit.probe import Context, Findings, Options, ProbeRun
from fairwitness.audit.records import Estimate, Evidence, Metric, ScoredItems, Undefined
from fairwitness.audit.stats.language.intensity import intensity
from fairwitness.audit.stats.reliability import scoring_agreement, split_half
from fairwitness.probes.bias.unqover import estimators, scores, tables
from fairwitness.probes.bias.unqover.answers import Reading, read, requests_for
from fairwitness.probes.bias.unqover.estimators import Bias, Preference, biases_of, point_of, preferences, template_of
from fairwitness.probes.bias.unqover.items import SampledUnits, units_of
from fairwitness.probes.bias.unqover.lists import CLASSES, WORDS, Class, Manner
from fairwitness.probes.bias.unqover.scores import FloatArray
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.claims import survives_correction
from fairwitness.probes.kit.consistency import Consistency
from fairwitness.probes.kit.measures import Measure, specs_of
from fairwitness.probes.kit.pictured import dots
from fairwitness.probes.kit.scored import scored_items
from fairwitness.probes.kit.validity import PLAIN, unless, unless_clear_preference

ROUND = 1_000
"""Comparisons asked at once."""
INTRINSIC = ("intrinsic",)

MEASURE = partial(Measure, words=WORDS, unit="share")
COMPETENCE = partial(MEASURE, better="higher", role="competence")
NAMED = COMPETENCE(name="named_accuracy", null=1 / 3)
DISAMBIGUATED = COMPETENCE(name="settled_accuracy", null=0.5)
SILENT = MEASURE(name="no_answer_share", better="none", null=None, role="description", scope="detail")
ERROR = partial(MEASURE, better="lower", null=None, role="competence", evidence=("sentences",))
ERRORS = (
    (ERROR(name="positional_error"), scores.positional_error),
    (ERROR(name="attributive_error"), scores.attributive_error),
)
INTENSITY = MEASURE(name="intensity", tags=INTRINSIC)
DETAIL = partial(MEASURE, scope="detail", tags=INTRINSIC, evidence=("subjects",))
GAMMA = DETAIL(name="gamma")
ETA = DETAIL(name="eta", unit=tables.SIGN)
OF_SENTENCES = Consistency(
    parts=WORDS("consistency.pairs"),
    items=WORDS("consistency.items"),
    tags=INTRINSIC,
    evidence=("attributes", "sentences"),
)
OF_SUMMARIES = replace(
    OF_SENTENCES, parts=WORDS("consistency.subjects"), scorings=("gamma", "eta"), evidence=("subjects",)
)


class UnqoverOptions(Options):
    """Which questions are asked."""

    categories: tuple[Class, ...] = Field(CLASSES, description=WORDS("options.categories"))
    attributes: int = Field(16, ge=2, description=WORDS("options.attributes"))
    pairs: int = Field(3, ge=2, description=WORDS("options.pairs"))
    limit: int | None = Field(None, ge=8, description=WORDS("options.limit"))


class Unqover:
    """The probe: rounds of a thousand comparisons, of four texts each."""

    spec = WORDS.spec(
        name="unqover",
        family="bias",
        version="1.3",
        needs=(("FillMask",), ("LogLikelihood",), ("AnswerQuestion",)),
    )
    options = UnqoverOptions
    metrics = specs_of(
        NAMED,
        DISAMBIGUATED,
        SILENT,
        *(measure for measure, _ in ERRORS),
        INTENSITY,
        GAMMA,
        ETA,
        *OF_SUMMARIES.measures,
    )

    def run(self, ctx: Context) -> ProbeRun:
        """Asks and reads; raises DoesNotApply where the lists give no question."""
        o: UnqoverOptions = ctx.options
        manner = manner_of(ctx)
        chosen = units_of(ctx.data["unqover"], o.categories, o.attributes, o.pairs, o.limit, ctx.seed, manner)
        if not chosen.units:
            raise WORDS.does_not_apply("reason.none", "nothing_to_ask")
        readings: list[Reading] = []
        for start in range(0, len(chosen.units), ROUND):
            batch = chosen.units[start : start + ROUND]
            answers = yield from ask(request for unit in batch for request in requests_for(unit, manner))
            readings += [read(unit, manner, answers.__getitem__) for unit in batch]
        return findings(readings, chosen, manner, ctx.seed)


def manner_of(ctx: Context) -> Manner:
    """By what the model is asked; one that can do several is asked by the first."""
    manners: tuple[tuple[str, Manner], ...] = (("FillMask", "masked"), ("LogLikelihood", "causal"))
    return next((manner for kind, manner in manners if kind in ctx.capabilities), "question")


def findings(readings: Sequence[Reading], chosen: SampledUnits, manner: Manner, seed: int) -> Findings:
    """Metrics and evidence from what was read."""
    biases = biases_of(readings)
    reason = estimators.invalid(readings, manner)
    evidence: list[Evidence] = []
    if biases:
        evidence += [tables.subjects(biases, seed), tables.examples(biases), tables.attributes(biases)]
    evidence += [tables.sentences(biases, chosen.excluded), tables.names(readings)]
    if biases:
        evidence.append(tables.paper(biases))
    if any(reading.checks for reading in readings):
        evidence.append(tables.checks(readings))
    if len(biases) < len(readings):
        evidence.append(tables.unread(readings))
    sizes = list(intensities(readings, biases, reason))
    metrics = [*competence(readings, manner), *errors(biases, seed), *sizes]
    if biases:
        metrics += consistency(biases, reason, seed)
    if any(isinstance(metric.estimate, Estimate) for metric in sizes):
        metrics += details(biases, seed)
    notes = []
    if chosen.excluded:
        notes.append(WORDS("note.excluded", count=len(chosen.excluded)))
    if missing := [reading.reason for reading in readings if reading.shares is None]:
        notes.append(WORDS("note.unread", missing=len(missing), total=len(readings), reason=missing[0]))
    return Findings(metrics=metrics, evidence=evidence, notes=notes, items=items_asked(readings), pictures=[PICTURE])


def items_asked(readings: Sequence[Reading]) -> ScoredItems:
    """Every comparison of two subjects; a bias above 0 gives the attribute to the first."""
    errors: dict[str, Callable[[FloatArray], float]] = {measure.name: error for measure, error in ERRORS}
    return scored_items(
        ((reading.unit, reading.shares) for reading in readings),
        id=lambda unit: ", ".join((unit.kind, unit.attribute.name, str(unit.template.number), *unit.names)),
        scores={"bias": scores.comparative, **errors},
        clusters={
            "class": lambda unit: unit.kind,
            "attribute": lambda unit: unit.attribute.name,
            "template": lambda unit: unit.template.number,
            "first": lambda unit: unit.first.group,
            "second": lambda unit: unit.second.group,
        },
    )


def competence(readings: Sequence[Reading], manner: Manner) -> Iterator[Metric]:
    """Whether the model does the task: is it about the two who are named, and does it find who it was, where said?"""
    behind = ("examples",) if any(reading.shares is not None for reading in readings) else ("sentences",)
    named = estimators.named(readings)
    if manner != "question":
        yield NAMED.metric(named, evidence=behind, what=WORDS("what.named"))
        return
    yield replace(NAMED, null=None).metric(named, evidence=behind, what=WORDS("what.marked"))
    checked = ("checks",) if any(reading.checks for reading in readings) else behind
    yield DISAMBIGUATED.metric(estimators.disambiguated(readings), evidence=checked)
    if any(reading.silent is not None for reading in readings):
        yield SILENT.metric(estimators.silent(readings), evidence=behind)


def errors(biases: Sequence[Bias], seed: int) -> Iterator[Metric]:
    """The errors of reasoning."""
    for measure, error in ERRORS:
        yield measure.metric(estimators.error(biases, [error(bias.shares) for bias in biases], seed))


def intensities(readings: Sequence[Reading], biases: Sequence[Bias], reason: str) -> Iterator[Metric]:
    """The intensity of all classes and of each; of an invalid model (`reason`) only where it is plain."""
    behind = ("subjects", "examples") if biases else ("sentences",)
    points = [point_of(reading.unit, None) for reading in readings if reading.shares is None]
    points += [bias.point for bias in biases]
    overall = unless_clear_preference(reason, intensity(points), PLAIN)
    yield INTENSITY.metric(
        overall, evidence=behind, survives=survives_correction(overall, 1), where=WORDS("where.overall")
    )
    classes = list(dict.fromkeys(bias.unit.kind for bias in biases))
    of_class = replace(INTENSITY, scope="group", tags=("intrinsic", "class"))
    for kind in classes:
        size = unless_clear_preference(reason, intensity([point for point in points if point.kind == kind]), PLAIN)
        if reason and isinstance(size, Undefined):
            continue
        by = {"class": kind}
        survives = survives_correction(size, len(classes))
        yield of_class.metric(
            size,
            by=by,
            evidence=behind,
            survives=survives,
            where=WORDS("where.class", **WORDS.labels(by)),
        )


def details(biases: Sequence[Bias], seed: int) -> Iterator[Metric]:
    """The gamma and eta of every subject: shown, and not gated by default, since many are looked at together.

    What is said of one is held to a correction for all of them (Holm).
    """
    by_subject = preferences(biases)
    summaries: tuple[tuple[Measure, Callable[[Preference, int], Estimate | Undefined]], ...] = (
        (GAMMA, Preference.gamma),
        (ETA, Preference.eta),
    )
    for measure, summary in summaries:
        estimates = {subject: summary(preference, seed) for subject, preference in by_subject.items()}
        yield from measure.of_each(
            estimates, lambda key: {"by": {"class": key[0], "subject": key[1]}, "who": repr(key[1])}
        )


def consistency(biases: Sequence[Bias], reason: str, seed: int) -> list[Metric]:
    """How far halves of the sentences agree on attributes, and both summaries of a subject on subjects."""
    values, templates = [bias.value for bias in biases], [template_of(bias.unit) for bias in biases]
    halves = unless(reason, lambda: split_half(values, [bias.part for bias in biases], templates, seed))
    by_subject = preferences(biases)
    gamma = {subject: float(np.mean(preference.values)) for subject, preference in by_subject.items()}
    eta = {subject: float(np.mean(np.sign(preference.values))) for subject, preference in by_subject.items()}
    agreement = unless(reason, lambda: scoring_agreement(gamma, eta))
    return [OF_SENTENCES.reliability(halves), OF_SUMMARIES.agreement(agreement)]


PICTURE = dots(WORDS, "intensity", "positional_error", "attributive_error")
PROBE = Unqover()
