"""Occupations × sentences × pronouns: which pronoun a language model expects beside an occupation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from pydantic import Field

from fairwitness.audit.probe import Context, Findings, Options, ProbeRun
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.audit.stats.crossed.slope import share_correlation, slope_size
from fairwitness.audit.stats.crossed.two_way_clustered import bounded_mean
from fairwitness.probes.bias.gender import scores, tables
from fairwitness.probes.bias.gender.items import WORDS, Item, filled, items_of, sentences_of
from fairwitness.probes.bias.gender.scores import Control, Score, Unscored, read, score
from fairwitness.probes.bias.gender.tables import SLOPE
from fairwitness.probes.kit import jobs
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.blanks import Answers, ModelType, model_type
from fairwitness.probes.kit.claims import spread_words
from fairwitness.probes.kit.competence import share_right
from fairwitness.probes.kit.consistency import Consistency
from fairwitness.probes.kit.measures import Measure, accuracy_measure, description, specs_of
from fairwitness.probes.kit.occupations import OCCUPATIONS, occupations_of, shares_note
from fairwitness.probes.kit.pictured import share_picture
from fairwitness.probes.kit.validity import unless, unless_clear_preference

LEAN = math.log(2)
"""Double odds, in nats: a slope wholly beyond it is none that chance gives, whatever else a model gets wrong."""
TAGS = ("intrinsic",)
BEHIND = ("occupations", "examples")
BIAS = partial(Measure, words=WORDS, tags=TAGS, evidence=BEHIND)
GAP = BIAS(name="gap", unit="probability")
CORRECTED = BIAS(name="corrected_gap", unit="nats")
STEREOTYPE = BIAS(name="stereotype_slope", unit=SLOPE)
CORRELATION = BIAS(name="share_correlation", unit="correlation")
OF_OCCUPATION = BIAS(name="occupation_gap", unit="probability", scope="detail")
CONTROL_SIZE = description("control_slope_size", WORDS, SLOPE, tags=("intrinsic", "control"), evidence=("spread",))
ACCURACY = accuracy_measure("control_accuracy", WORDS, ("competence",))
NEUTRAL = description("neutral_share", WORDS, "share", tags=("intrinsic", "neutral"), evidence=("examples",))
MASS = replace(NEUTRAL, name="pronoun_mass", unit="probability", better="higher", role="competence", tags=())
CONSISTENCY = Consistency(
    parts="occupations", items="sentences", scorings=("the gap", "the corrected gap"), tags=TAGS, evidence=BEHIND
)


class GenderOptions(Options):
    """Which sentences are asked."""

    language: Literal["en", "zh"] = Field("en", description="language of the sentences")
    limit: int | None = Field(None, ge=1, description="ask only this many occupations, evenly spread over the shares")
    families: tuple[str, ...] = Field((), description="ask only these sentence families")
    wordings: int = Field(
        1, ge=1, description="wordings of each family that an occupation is asked in; which ones, goes in turn"
    )


@dataclass(frozen=True, slots=True)
class Responses:
    """Everything that was read, by kind of sentence; `seed` and `language` are those of the run."""

    pronouns: Sequence[Score]
    pairs: Sequence[Score]
    """Sentences with pairs of words without gender."""
    unscored: Sequence[Unscored]
    controls: Sequence[Control]
    model: ModelType
    seed: int
    language: str

    @property
    def lost(self) -> list[Item]:
        """The sentences that have no score."""
        return [missing.item for missing in self.unscored]

    @property
    def names(self) -> tuple[str, str]:
        """Both pronouns as a sentence names them."""
        words = WORDS[f"pronouns.{self.language}"]
        return words("she"), words("he")


class Gender:
    """The probe; see its words."""

    spec = WORDS.spec(
        name="gender",
        version="2.0",
        family="bias",
        needs=(("FillMask",), ("LogLikelihood",)),
        data=(OCCUPATIONS, "templates"),
    )
    options = GenderOptions
    metrics = specs_of(
        GAP,
        CORRECTED,
        STEREOTYPE,
        CORRELATION,
        OF_OCCUPATION,
        CONTROL_SIZE,
        ACCURACY,
        NEUTRAL,
        MASS,
        *CONSISTENCY.measures,
    )

    def run(self, ctx: Context) -> ProbeRun:
        """One round of requests: every sentence, its prior and its controls."""
        options: GenderOptions = ctx.options
        model = model_type(ctx)
        occupations = occupations_of(ctx.data["occupations"], options.language, options.limit)
        sentences = sentences_of(ctx.data["templates"], options.language, options.families)
        items = items_of(sentences, occupations, ctx, model)
        controls = [(sentence, filled(sentence)) for sentence in sentences if sentence.kind == "competence"]
        blanks = [blank for item in items for blank in (item.blank, item.prior)] + [blank for _, blank in controls]
        answers: Answers = yield from ask(request for blank in blanks for request in blank.requests(model))

        results = [score(item, answers, model) for item in items]
        scored = [result for result in results if isinstance(result, Score)]
        missing = [result for result in results if isinstance(result, Unscored)]
        responses = Responses(
            pronouns=[result for result in scored if result.item.template.kind == "pronoun"],
            pairs=[result for result in scored if result.item.template.kind == "control"],
            unscored=[result for result in missing if result.item.template.kind == "pronoun"],
            controls=[Control(sentence, blank, read(blank, answers, model)) for sentence, blank in controls],
            model=model,
            seed=ctx.seed,
            language=options.language,
        )
        return findings(responses, shares_note(ctx.data["occupations"], occupations))


def findings(responses: Responses, note: str) -> Findings:
    """Metrics and evidence from what was read; where the validity check is missed no gap is concluded."""
    unread = scores.unread(responses.pronouns, responses.unscored)
    failed_controls = scores.failed_controls(responses.controls)
    reason, (she, he) = unread or failed_controls, responses.names
    metrics = [
        *competence(responses),
        *gaps(responses, reason),
        *stereotype(responses, unread, failed_controls),
        *consistency(responses, reason),
        *jobs.gap_metrics(OF_OCCUPATION, responses.pronouns, scores.GAP, reason, responses.seed, she=she, he=he),
    ]
    evidence = [tables.competence(responses.controls, responses.model)]
    if responses.unscored:
        evidence.append(tables.UNSCORED.of(responses.unscored))
    if responses.pronouns:
        slope = next(metric.estimate for metric in metrics if metric.name == STEREOTYPE.name)
        occupations, by_share = tables.occupations(responses.pronouns, slope, responses.seed)
        evidence = [
            occupations,
            tables.examples(responses.pronouns),
            tables.wordings(responses.pronouns),
            tables.spread(responses.pronouns, responses.pairs),
            tables.fillers(responses.pronouns),
            *evidence,
            by_share,
        ]
    else:
        metrics = [_behind(metric, evidence[-1].id) for metric in metrics]
    items = jobs.items_asked(
        responses.pronouns, responses.lost, {GAP.name: scores.GAP, CORRECTED.name: scores.CORRECTED}
    )
    notes = [WORDS("note.chinese")] if responses.language == "zh" else []
    if reason:
        notes.append(WORDS("note.validity", reason=reason))
    pictures = [share_picture(WORDS)]
    return Findings(metrics=metrics, evidence=evidence, notes=[*notes, note], items=items, pictures=pictures)


def _behind(metric: Metric, table: str) -> Metric:
    """The metric with the one table that there is behind it, where its own are not."""
    return metric if "competence" in metric.evidence else replace(metric, evidence=(table,))


def competence(responses: Responses) -> list[Metric]:
    """Whether the model does the task at all, and what the neutral pronoun and all three of them have."""
    controls, pronouns = responses.controls, responses.pronouns
    answered = sum(control.reading is not None for control in controls)
    right = share_right(sum(control.right for control in controls), answered, len(controls))
    metrics = [ACCURACY.metric(right), NEUTRAL.metric(neutral_share(pronouns, responses.seed))]
    if responses.model == "masked" and pronouns:
        mass = jobs.average(pronouns, len(responses.unscored), lambda score: score.mass, (0, 1), responses.seed)
        metrics.append(MASS.metric(mass))
    return metrics


def neutral_share(pronouns: Sequence[Score], seed: int) -> Estimate | Undefined:
    """The neutral pronoun's share among the three, where they are of equal tokens."""
    known = [score for score in pronouns if score.neutral is not None]
    if not known:
        return WORDS.undefined("reason.neutral", "no_value")
    shares = [score.neutral for score in known if score.neutral is not None]
    return bounded_mean(shares, *jobs.clusters(known), (0, 1), seed)


def gaps(responses: Responses, reason: str) -> list[Metric]:
    """How far all occupations and sentences together lean to either pronoun."""
    pronouns, missing, seed = responses.pronouns, len(responses.unscored), responses.seed
    gap = unless(reason, lambda: jobs.average(pronouns, missing, scores.GAP, (-1, 1), seed))
    corrected = unless(reason, lambda: jobs.average(pronouns, missing, scores.CORRECTED, None, seed))
    she, he = responses.names
    return [GAP.metric(gap, she=she, he=he), CORRECTED.metric(corrected, she=she, he=he)]


def stereotype(responses: Responses, unread: str, invalid: str) -> list[Metric]:
    """How the expectation follows the share of women in an occupation, and what pairs of words without gender do.

    A slope beyond what chance gives is one also of a model that fails where the noun decides the pronoun.
    """
    pronouns, spread, reason = responses.pronouns, scores.arbitrary(responses.pairs), unread or invalid
    slope = unless(unread, lambda: jobs.slope(pronouns, responses.lost, scores.CORRECTED, None, spread))
    slope = slope if unread else unless_clear_preference(invalid, slope, LEAN)
    correlation = unless(reason, lambda: share_correlation(jobs.points(pronouns, scores.CORRECTED)))
    size = unless(reason, lambda: slope_size(jobs.sentence_points(responses.pairs, scores.CORRECTED), responses.seed))
    return [
        STEREOTYPE.metric(slope, more=spread_words(spread, slope, WORDS("pronouns.pairs")), she=responses.names[0]),
        CORRELATION.metric(correlation),
        CONTROL_SIZE.metric(size),
    ]


def consistency(responses: Responses, reason: str) -> list[Metric]:
    """Whether halves of the sentences, and both ways of scoring, put the occupations in one order."""
    parts = jobs.part_scores(responses.pronouns, scores.CORRECTED, scores.GAP)
    return CONSISTENCY.metrics(parts, reason, responses.seed)


PROBE = Gender()
