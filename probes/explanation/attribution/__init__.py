"""Which words move the answer: SHAP, LIME and integrated gradients, each with a check of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import Field

from fairwitness.audit.probe import Context, DoesNotApply, Findings, Options, ProbeRun, expect
from fairwitness.audit.records import DataNeed, ProbeSpec, Table
from fairwitness.audit.requests import (
    BLANK,
    Answer,
    Attribute,
    Attribution,
    BetweenFillers,
    Classify,
    ClassScores,
    ForClass,
    Request,
    Target,
)
from fairwitness.probes.explanation.attribution import tables
from fairwitness.probes.explanation.attribution.checks import (
    ADDS_UP,
    METHODS,
    NAMES,
    Explained,
    MethodName,
    Sentence,
    faults,
)
from fairwitness.probes.explanation.attribution.metrics import metrics
from fairwitness.probes.explanation.attribution.missing import SWAPPED, Job, failing, missing_of, reasons
from fairwitness.probes.kit import left_out
from fairwitness.probes.kit.privacy import private

SPEC = ProbeSpec(
    name="attribution",
    version="1.0",
    family="explanation",
    title="Which words move the answer",
    question="Which words of a text move the model's answer, and do the methods that say so hold up on this model?",
    why=(
        "A word for a person that moves a decision is a lead to follow. But explanation methods disagree, and some of "
        "their numbers are noise. Each method is therefore checked on this model, on these texts, before it is read."
    ),
    how_to_read=(
        "A value is the share of a word in the target, in log-odds: above 0 the word speaks for it, below 0 against "
        "it. "
        "SHAP values add up to the difference between the whole text and the text with every word hidden. Read a "
        "method only where its checks hold: it adds up, two seeds agree (0.8 or more of 1, whatever the order of words "
        "that do next to nothing), and hiding words in its order "
        "changes the answer sooner than hiding them in random order. The share on the word for a person means "
        "something only against the share of a neutral word in its place."
    ),
    needs=(("Attribute", "FillMask"), ("Attribute", "LogLikelihood"), ("Attribute", "Classify")),
    citations=(
        "Lundberg and Lee 2017, A Unified Approach to Interpreting Model Predictions, https://arxiv.org/abs/1705.07874",
        "Ribeiro et al. 2016, Why Should I Trust You? Explaining the Predictions of Any Classifier, https://arxiv.org/abs/1602.04938",
        "Sundararajan et al. 2017, Axiomatic Attribution for Deep Networks, https://arxiv.org/abs/1703.01365",
        "DeYoung et al. 2020, ERASER: A Benchmark to Evaluate Rationalized NLP Models, https://aclanthology.org/2020.acl-main.408",
        "Krishna et al. 2022, The Disagreement Problem in Explainable Machine Learning, https://arxiv.org/abs/2202.01602",
    ),
    limits=(
        "Values depend on what stands in for a hidden word. It is named beside each text; another choice gives others.",
        "Texts with hidden words are no natural language. The model may answer them in its own way.",
        "An attribution says what moved this answer on this text. It does not say why, nor what another text would do.",
        "Integrated gradients begin at other hidden embeddings than SHAP and LIME, so their sums differ.",
        "LIME's values do not add up to the answer; its fit is named beside each text.",
        "A few short English texts. An interval speaks of other texts like these.",
    ),
    data=(
        DataNeed(
            "attribution_texts",
            f"texts to explain; {BLANK} marks the place of the fillers; optional columns word (a word for a person) "
            "and neutral (what to put in its place)",
            ("text",),
            "fairwitness.probes.data",
            "attribution_texts.csv",
            "Apache-2.0",
        ),
    ),
    data_licence="Apache-2.0",
)

GRADIENT_CHECK = 500
"""Evaluations that the removal check of integrated gradients may take: SHAP's default, so that both share them."""
TRIAL = 2
"""Texts whose integrated gradients are taken first: where they are dear or fail, the others are spared."""
CHEAP = 60
DEAR = (
    f"Integrated gradients took more than {CHEAP} gradients or did not add up on the first {TRIAL} texts, "
    "so the other texts were not asked for them."
)


class AttributionOptions(Options):
    """What is explained, and at what cost."""

    methods: tuple[MethodName, ...] = Field(METHODS, min_length=1, description="methods to use")
    limit: int = Field(8, ge=1, description="explain only this many texts")
    budget: int = Field(
        0, ge=0, le=100_000, description="evaluations per text, method and seed; 0 takes each method's default"
    )
    seeds: int = Field(2, ge=1, le=10, description="seeds of each sampling method")
    positive: str = Field("she", min_length=1, description="filler whose log-odds are explained (language models)")
    negative: str = Field("he", min_length=1, description="filler that it is compared with")
    label: str = Field("", description="class to explain (classifiers); empty takes the predicted one of each text")
    swaps: bool = Field(True, description="also explain each text with its word for a person made neutral")


@dataclass(frozen=True, slots=True)
class AttributionProbe:
    """Explains short texts with every method and compares the methods with each other and with themselves."""

    spec: ProbeSpec = SPEC
    options: type[Options] = AttributionOptions

    def run(self, ctx: Context) -> ProbeRun:
        options: AttributionOptions = ctx.options
        kind: Literal["classify", "fill"] = "classify" if "Classify" in ctx.capabilities else "fill"
        table = ctx.data["attribution_texts"]
        secret = private(table.source)
        sentences = sentences_of(table, kind)[: options.limit]
        notes: list[str] = []
        predicted: dict[str, Answer] = {}
        if kind == "fill":
            target = BetweenFillers(options.positive, options.negative)
            targets: list[Target | None] = [target] * len(sentences)
        elif options.label:
            targets = [ForClass(options.label)] * len(sentences)
        else:
            asked: list[Request] = [Classify(sentence.text) for sentence in sentences]
            classes = yield asked
            predicted = {one.text: answer for one, answer in zip(sentences, classes, strict=True)}
            targets = [_predicted(answer) for answer in classes]
        jobs = _jobs(sentences, targets, options, ctx.seed)
        held = [job for job in jobs if job[1] == "integrated_gradients" and job[0] not in sentences[:TRIAL]]
        jobs = [job for job in jobs if job not in held]
        answers = yield [job[-1] for job in jobs]
        if held and _cheap(jobs, answers):
            answers = [*answers, *(yield [job[-1] for job in held])]
            jobs += held
        elif held and "integrated_gradients" not in failing(jobs, answers, secret=secret):
            notes.append(DEAR)
        explained = _collect(jobs, answers)
        if not explained:
            why = "; ".join(reasons([*predicted.values(), *answers], secret=secret)) or "no class was predicted"
            raise DoesNotApply(f"no text could be explained: {why}")
        places = {str(text): row for row, text in reversed(list(enumerate(table.columns["text"], start=1)))}
        missing = missing_of(places, predicted, jobs, answers, secret=secret)
        found = metrics(explained, options.methods, options.seeds, ctx.seed, missing.methods)
        strips = [tables.strip(number, one) for number, one in enumerate(explained, start=1)]
        evidence = [tables.checks(explained, options.methods), *strips]
        if missing.texts:
            evidence.append(left_out.table(missing.texts))
        notes += missing.notes(len(sentences))
        return Findings(found, evidence, [*notes, *_unsound(explained)], accounted=missing.requests)


PROBE = AttributionProbe()


def sentences_of(table: Table, kind: str) -> list[Sentence]:
    """The texts of a table that this kind of model can be asked about. Raises DoesNotApply when there is none."""
    columns, rows = table.columns, len(table)
    empty = ("",) * rows
    words, neutrals = columns.get("word", empty), columns.get("neutral", empty)
    found = []
    for text, word, neutral in zip(columns["text"], words, neutrals, strict=True):
        if (BLANK in str(text)) == (kind == "fill"):
            found.append(_sentence(str(text), str(word or ""), str(neutral or "")))
    if not found:
        wanted = f"has {BLANK}, which a language model needs" if kind == "fill" else f"is without {BLANK}"
        raise DoesNotApply(f"none of the {rows} texts {wanted}")
    return list(dict.fromkeys(found))


def _sentence(text: str, word: str, neutral: str) -> Sentence:
    place = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) if word else None
    if place is None:
        return Sentence(text, -1, -1, "")
    swapped = text[: place.start()] + neutral + text[place.end() :] if neutral else ""
    return Sentence(text, place.start(), place.end(), swapped)


def _predicted(answer: Answer) -> Target | None:
    scores = expect(answer, ClassScores)
    if scores is None:
        return None
    best = max(range(len(scores.labels)), key=lambda place: scores.logits[place])
    return ForClass(scores.labels[best])


def _jobs(
    sentences: Sequence[Sentence], targets: Sequence[Target | None], options: AttributionOptions, seed: int
) -> list[Job]:
    """One request per text, method and seed; the swapped text is asked with the first method and seed alone."""
    jobs: list[Job] = []
    for sentence, target in zip(sentences, targets, strict=True):
        if target is None:
            continue
        for method in options.methods:
            for turn in range(1 if method == "integrated_gradients" else options.seeds):
                budget = options.budget or (GRADIENT_CHECK if method == "integrated_gradients" else 0)
                request = Attribute(sentence.text, target, method, budget, seed + turn)
                jobs.append((sentence, method, turn, request))
        if options.swaps and sentence.swapped:
            method = options.methods[0]
            first = next(job[-1] for job in jobs if job[0] == sentence)
            jobs.append((sentence, method, SWAPPED, replace(first, text=sentence.swapped)))
    return jobs


def _cheap(jobs: Sequence[Job], answers: Sequence[Answer]) -> bool:
    """Whether the integrated gradients of the first texts took few steps and add up."""
    tried = [answer for job, answer in zip(jobs, answers, strict=True) if job[1] == "integrated_gradients"]
    given = [found for answer in tried if (found := expect(answer, Attribution)) is not None]
    return bool(given) and all(
        found.evaluations <= CHEAP
        and abs(found.residual) <= ADDS_UP["integrated_gradients"] * abs(found.full - found.base)
        for found in given
    )


def _collect(jobs: Sequence[Job], answers: Sequence[Answer]) -> list[Explained]:
    found: dict[str, Explained] = {}
    for (sentence, method, turn, request), answer in zip(jobs, answers, strict=True):
        given = expect(answer, Attribution)
        if given is None:
            continue
        one = found.setdefault(sentence.text, Explained(sentence, request.target))
        if turn == SWAPPED:
            one.swapped[method] = given
        else:
            one.runs.setdefault(method, []).append(given)
    return [one for one in found.values() if one.runs]


def _unsound(explained: Sequence[Explained]) -> list[str]:
    """A note for each method whose values are unreliable on some texts."""
    notes = []
    for method in NAMES:
        given = [one for one in explained if one.first(method) is not None]
        bad = sum(bool(faults(one, method)) for one in given)
        if bad:
            notes.append(
                f"{NAMES[method]} failed its own checks on {bad} of {len(given)} texts: its values there are marked."
            )
    return notes
