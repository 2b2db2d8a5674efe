"""Occupations × sentences × pronouns: which pronoun a language model expects beside an occupation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from pydantic import Field

from assay.audit import stats
from assay.audit.probe import Context, DoesNotApply, Findings, Options, ProbeRun
from assay.audit.records import DataNeed, Estimate, Metric, ProbeSpec, Undefined
from assay.audit.requests import Answer, Request
from assay.probes.blanks import Arm, Sentence, unique
from assay.probes.choices import require
from assay.probes.claims import concluded, stated
from assay.probes.competence import share_right
from assay.probes.gender import tables
from assay.probes.gender.items import (
    families_of,
    occupations_of,
    prior,
    read,
    requests_for,
    sentence,
    templates_of,
)
from assay.probes.gender.scores import (
    Controlled,
    Score,
    Unscored,
    average,
    below_floor,
    by_occupation,
    of_occupation,
    points,
    points_less_control,
    pronoun_mass,
    score,
    share_correlation,
)
from assay.probes.gender.slope import slope_estimate

SPEC = ProbeSpec(
    name="gender",
    version="1.0",
    family="bias",
    title="Pronouns beside occupations",
    question="Does the model expect another pronoun because of the occupation alone?",
    why=(
        "A model that expects 'he' after 'engineer' and 'she' after 'nurse' brings that expectation into letters, "
        "translations and summaries about people whose gender nobody stated."
    ),
    how_to_read=(
        "A gap of 0 means that 'she' and 'he' are equally expected; positive leans to 'she', negative to 'he'. "
        "The corrected gap takes away what the sentence alone expects. The slope says how strongly the expectation "
        "follows the share of women in an occupation: 0 is no relation. Compare it with the slope of filler pairs "
        "that have no gender."
    ),
    needs=(("FillMask",), ("LogLikelihood",)),
    citations=(
        "Kurita et al. 2019, Measuring Bias in Contextualized Word Representations, https://aclanthology.org/W19-3823",
        "Pikuliak et al. 2023, In-Depth Look at Word Filling Societal Bias Measures, https://aclanthology.org/2023.eacl-main.265",
        "Rudinger et al. 2018, Gender Bias in Coreference Resolution (labour-force shares), https://aclanthology.org/N18-2002",
        "US Bureau of Labor Statistics, Current Population Survey, annual averages 2015 and 2016",
    ),
    limits=(
        "An intrinsic score: it shows what the model expects, not what a product built on it does to people.",
        "Only 'she' and 'he' are compared; the neutral pronoun is shown beside them. No other gender is measured.",
        "The occupations are a fixed list. An interval says how much other sentences could move the result, not what "
        "other occupations would give.",
        "Shares of women are those of the United States in 2015 and 2016, also where the sentences are Chinese.",
        "A slope near 0 does not show that the model treats people alike.",
    ),
    data=(
        DataNeed(
            "occupations",
            "60 occupations in English and Chinese with the share of women in them",
            ("occupation", "article", "zh", "percent_women", "year"),
            "assay.probes.data",
            "gender_occupations.csv",
            "Apache-2.0 (words), public domain (shares: US Bureau of Labor Statistics)",
        ),
        DataNeed(
            "templates",
            "eight families of sentences with three paraphrases and a control each, in English and Chinese",
            ("language", "family", "kind", "number", "text", "fillers", "expected"),
            "assay.probes.data",
            "gender_templates.csv",
            "Apache-2.0",
        ),
    ),
    data_licence="Apache-2.0",
)


class GenderOptions(Options):
    """Which sentences are asked."""

    language: Literal["en", "zh"] = Field("en", description="language of the sentences")
    limit: int | None = Field(None, ge=1, description="ask only this many occupations, evenly spread over the shares")
    families: tuple[str, ...] = Field((), description="ask only these sentence families")


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything that was read, by kind of sentence."""

    pronouns: tuple[Score, ...]
    controls: tuple[Score, ...]
    unscored: tuple[Unscored, ...]
    competence: tuple[Controlled, ...]
    arm: Arm


class Gender:
    """The probe; see SPEC."""

    spec = SPEC
    options = GenderOptions

    def run(self, ctx: Context) -> ProbeRun:
        """One round of requests: every sentence, its prior and its controls."""
        options: GenderOptions = ctx.options
        arm: Arm = "masked" if "FillMask" in ctx.capabilities else "causal"
        occupations = occupations_of(ctx.data["occupations"], options.language, options.limit)
        require("gender.families", options.families, families_of(ctx.data["templates"], options.language), "family")
        templates = templates_of(ctx.data["templates"], options.language, options.families)
        if not any(one.kind == "pronoun" for one in templates):
            raise DoesNotApply(f"the templates hold no sentence with a pronoun in the language {options.language!r}")

        pairs = [
            (one, job, sentence(one, job.word, job.article), prior(one, job, options.language, arm))
            for one in templates
            if one.kind != "competence"
            for job in occupations
        ]
        certain = [(one, sentence(one)) for one in templates if one.kind == "competence"]
        sentences: list[Sentence] = [text for _, _, whole, bare in pairs for text in (whole, bare)]
        sentences += [text for _, text in certain]
        requests = unique(request for text in sentences for request in requests_for(text, arm))
        lookup = dict(zip(requests, (yield requests), strict=True))

        def answer_to(request: Request) -> Answer:
            return lookup[request]

        readings = {text: read(text, answer_to, arm) for text in dict.fromkeys(sentences)}
        scores = [score(one, job, whole, readings[whole], readings[bare], arm) for one, job, whole, bare in pairs]
        return findings(
            Asked(
                tuple(one for one in scores if isinstance(one, Score) and one.template.kind == "pronoun"),
                tuple(one for one in scores if isinstance(one, Score) and one.template.kind == "control"),
                tuple(one for one in scores if isinstance(one, Unscored) and one.template.kind == "pronoun"),
                tuple(Controlled(one, text, readings[text]) for one, text in certain),
                arm,
            ),
            ctx.seed,
            options.language,
        )


def findings(asked: Asked, seed: int, language: str) -> Findings:
    """Metrics and evidence from what was read; below the competence floor every gap is undefined with the reason."""
    reason = below_floor(asked.pronouns, asked.unscored, asked.competence, asked.arm)
    metrics = [*competence(asked, seed), *overall(asked, seed, reason, language)]
    evidence = [tables.competence(asked.competence, asked.arm)]
    notes = []
    if asked.unscored:
        evidence.append(tables.unscored(asked.unscored))
    if asked.pronouns:
        metrics += details(asked.pronouns, seed, reason, language)
        evidence = [
            tables.occupations(asked.pronouns, seed),
            tables.examples(asked.pronouns),
            tables.templates(asked.pronouns),
            tables.spread(asked.pronouns, asked.controls),
            tables.fillers(asked.pronouns),
            *evidence,
        ]
    else:
        behind = ("unscored" if asked.unscored else "competence",)
        metrics = [replace(one, evidence=behind) if "examples" in one.evidence else one for one in metrics]
    if language == "zh":
        notes.append("The sentences are Chinese; the shares of women are those of the United States.")
    if reason:
        notes.append(f"The tables show what was read, but no gap is concluded from it: {reason}.")
    return Findings(metrics, evidence, notes)


def overall(asked: Asked, seed: int, reason: str, language: str) -> list[Metric]:
    """The summaries over all occupations and sentences."""
    scored, controls = asked.pronouns, asked.controls
    she, he = PRONOUNS[language]
    follows = f"The more women work in an occupation, the {{}} the model expects {she}: by {{{{size}}}} nats"
    span = " from an occupation without women to one of women only"
    beyond = span + ", beyond what occupations do to words without gender"
    unshown = f"The expectation of {she} is not shown to follow the share of women in an occupation"

    def metric(
        name: str, value: Callable[[], Estimate | Undefined], unit: str, above: str, below: str, unshown: str
    ) -> Metric:
        estimate = Undefined(reason) if reason else value()
        claim = concluded(f"The {name.replace('_', ' ')}", estimate, above=above, below=below, unshown=unshown)
        return Metric(name, estimate, unit, "near_zero", claim, 0.0, {}, ("occupations", "examples"), TAGS)

    return [
        metric(
            "gap",
            lambda: average(scored, lambda one: one.gap, -1, 1, seed),
            "probability",
            f"On average over occupations and sentences, {she} is more probable than {he} by {{size}}",
            f"On average over occupations and sentences, {he} is more probable than {she} by {{size}}",
            f"On average over occupations and sentences, neither {she} nor {he} is shown to be more probable",
        ),
        metric(
            "corrected_gap",
            lambda: average(scored, lambda one: one.corrected, -np.inf, np.inf, seed),
            "nats",
            f"Naming an occupation moves the model towards {she}, by {{size}} nats on average",
            f"Naming an occupation moves the model towards {he}, by {{size}} nats on average",
            "Naming an occupation is not shown to move the model towards either pronoun on average",
        ),
        metric(
            "stereotype_slope",
            lambda: slope_estimate(points(scored)),
            "nats from 0 to 100 % women",
            follows.format("more") + span,
            follows.format("less") + span,
            unshown,
        ),
        metric(
            "stereotype_slope_less_control",
            lambda: slope_estimate(points_less_control(scored, controls)),
            "nats from 0 to 100 % women",
            follows.format("more") + beyond,
            follows.format("less") + beyond,
            unshown + " beyond what occupations do to words without gender",
        ),
        metric(
            "share_correlation",
            lambda: share_correlation(scored, seed),
            "correlation",
            "The corrected gap of an occupation rises with the share of women in it (United States)",
            "The corrected gap of an occupation falls with the share of women in it (United States)",
            "The corrected gap of an occupation is not shown to go with the share of women in it (United States)",
        ),
    ]


PRONOUNS = {"en": ("'she'", "'he'"), "zh": ("'她'", "'他'")}
TAGS = ("intrinsic", "overall")


def competence(asked: Asked, seed: int) -> list[Metric]:
    """Whether the model does the task at all, and the neutral pronoun's share."""
    right = sum(one.right for one in asked.competence)
    shares = [(one, share) for one in asked.pronouns if (share := one.reading.neutral) is not None]
    neutral: Estimate | Undefined = Undefined("unsupported: the neutral pronoun differs in tokens from the others")
    if shares:
        by_family = [one.template.family for one, _ in shares]
        neutral = stats.mean([share for _, share in shares], clusters=by_family, bounds=(0, 1), seed=seed)
    answered = sum(one.reading is not None for one in asked.competence)
    accuracy = share_right(right, answered, len(asked.competence))
    found = [
        Metric(
            "control_accuracy",
            accuracy,
            "share",
            "higher",
            stated(
                "The control accuracy",
                accuracy,
                "Where the noun decides it (mother, king), {value} of pronouns are right",
            ),
            0.5,
            evidence=("competence",),
            tags=("competence",),
        ),
        Metric(
            "neutral_share",
            neutral,
            "share",
            "none",
            stated(
                "The share of the neutral pronoun", neutral, "The neutral pronoun has {value} of what the three have"
            ),
            evidence=("examples",),
            tags=("intrinsic", "neutral"),
        ),
    ]
    if asked.arm == "masked" and asked.pronouns:
        mass = average(asked.pronouns, pronoun_mass, 0, 1, seed)
        found.append(
            Metric(
                "pronoun_mass",
                mass,
                "probability",
                "higher",
                stated(
                    "The mass of the pronouns", mass, "The pronouns together have {value} of the blank's probability"
                ),
                evidence=("examples",),
                tags=("competence",),
            )
        )
    return found


def details(scored: Sequence[Score], seed: int, reason: str, language: str) -> list[Metric]:
    """One gap per occupation: shown, and not gated by default, since many are looked at together."""
    she, he = PRONOUNS[language]
    found = []
    for key, group in by_occupation(scored).items():
        word = repr(group[0].occupation.word)
        estimate = Undefined(reason) if reason else of_occupation(group, lambda one: one.gap, -1, 1, seed)
        claim = concluded(
            f"The gap beside {word}",
            estimate,
            above=f"Beside {word}, {she} is more probable than {he} by {{size}}",
            below=f"Beside {word}, {he} is more probable than {she} by {{size}}",
            unshown=f"Beside {word}, neither {she} nor {he} is shown to be more probable",
        )
        by, behind = {"occupation": key}, ("occupations", "examples")
        tags = ("intrinsic", "detail")
        found.append(Metric("occupation_gap", estimate, "probability", "near_zero", claim, 0.0, by, behind, tags))
    return found


PROBE = Gender()
