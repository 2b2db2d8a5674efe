"""BBQ: does a model answer questions about people by stereotype, where the text does not say and where it does?"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

from pydantic import Field

from fairwitness.audit import stats
from fairwitness.audit.errors import BadOption
from fairwitness.audit.probe import Context, Findings, Options, ProbeRun
from fairwitness.audit.records import Evidence, Metric, Name, ScoredItems, Translated
from fairwitness.audit.requests import LIKELIEST_NEXT
from fairwitness.audit.stats.reliability import scoring_agreement, split_half
from fairwitness.audit.turns import Chat
from fairwitness.probes.bias.bbq import scores, tables
from fairwitness.probes.bias.bbq.answers import Form, Manner, reply, requests_for
from fairwitness.probes.bias.bbq.collected import EQUAL, Collected
from fairwitness.probes.bias.bbq.expected import WORDS
from fairwitness.probes.bias.bbq.intervals import chance, invalid, scored
from fairwitness.probes.bias.bbq.items import Item, Questions, questions_of
from fairwitness.probes.bias.bbq.scores import ScoreFunction, Tally
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.chat import asks_in_chat
from fairwitness.probes.kit.claims import survivors
from fairwitness.probes.kit.consistency import Consistency
from fairwitness.probes.kit.measures import Measure, specs_of
from fairwitness.probes.kit.pictured import dots
from fairwitness.probes.kit.privacy import private
from fairwitness.probes.kit.scored import scored_items
from fairwitness.probes.kit.validity import PLAIN, unless, unless_clear_preference

TARGETS = "bbq_targets"
SAMPLE = 2_000
"""Questions that a model is asked where nothing else is said: the whole set takes hours on a CPU."""
ROUND = 6_000
"""Requests asked at once: enough to share beginnings, few enough to be held."""
WIDE = 0.4
"""Width of an interval above which nothing found means not enough evidence, not nothing there."""
EVIDENCE = ("categories", "examples")

BIAS = partial(Measure, words=WORDS, unit=tables.SCORE, tags=("extrinsic",), evidence=EVIDENCE, wide=WIDE)
ACCURACY = partial(Measure, words=WORDS, unit="share", better="higher", null=None, role="competence", evidence=EVIDENCE)
BIASES: Mapping[ScoreFunction, Measure] = {
    scores.s_amb: BIAS(name="s_amb"),
    scores.s_dis: BIAS(name="s_dis"),
    scores.accuracy_difference: BIAS(name="accuracy_difference", scope="detail"),
}
ACCURACIES: Mapping[ScoreFunction, Measure] = {
    scores.accuracy_named: ACCURACY(name="accuracy_named", null=0.5),
    scores.accuracy_disambiguated: ACCURACY(name="accuracy_disambiguated"),
    scores.accuracy_ambiguous: ACCURACY(name="accuracy_ambiguous", role="bias", scope="detail"),
}
"""Shares; null is what a coin between the two people has, where that does not depend on how often "unknown" is said."""
CONSISTENCY = Consistency(
    parts=WORDS("consistency.parts"),
    items=WORDS("consistency.items"),
    scorings=(WORDS("consistency.sum"), WORDS("consistency.mean")),
    tags=("extrinsic",),
    evidence=EVIDENCE,
)


class BBQOptions(Options):
    """Which questions are asked, and how."""

    categories: tuple[str, ...] = Field((), description=WORDS("options.categories"))
    limit: int | None = Field(None, ge=0, description=WORDS("options.limit"))
    form: Literal["plain", "listed"] = Field("plain", description=WORDS("options.form"))
    scoring: Literal["sum", "mean"] = Field("sum", description=WORDS("options.scoring"))
    chat: Chat = Field("plain", description=WORDS("options.chat"))
    orders: int = Field(3, ge=1, le=6, description=WORDS("options.orders"))


class BBQ:
    """The probe: rounds of some thousand requests; of the answers only counts and a few examples are held."""

    spec = WORDS.spec(
        name="bbq", family="bias", version="1.3", needs=(("LogLikelihood",), (LIKELIEST_NEXT,), ("Predict",))
    )
    options = BBQOptions
    metrics = specs_of(*BIASES.values(), *ACCURACIES.values(), *CONSISTENCY.measures)

    def run(self, ctx: Context) -> ProbeRun:
        """Asks all questions and counts the replies; every question goes to a table that need not be held."""
        options: BBQOptions = ctx.options
        form = _form(ctx)
        questions = _questions(ctx, form)
        chat = form != "published" and (yield from asks_in_chat(options.chat, scores=True))
        how = Manner(form, options.orders, chat, ctx.seed)
        if form == "listed" and options.scoring == "mean":
            raise BadOption(WORDS("options.no_mean"))
        collected = Collected(options.scoring if form == "plain" else "sum")
        table = tables.question_listing(collected.scoring, how)
        writer = ctx.open_table(table.id, WORDS("table.questions.caption"), table.columns())
        choices: list[int | None] = []
        size = max(1, ROUND // len(requests_for(questions.items[0], how)))
        for start in range(0, len(questions.items), size):
            batch = questions.items[start : start + size]
            answers = yield from ask(request for item in batch for request in requests_for(item, how))
            for item in batch:
                answer = reply(item, how, answers)
                collected.add(answer)
                choices.append(answer.choice(collected.scoring))
                writer.add(table.cells(answer))
        results = findings(collected, questions, how, writer.evidence())
        return replace(results, items=items_asked(questions.items, choices))


@dataclass(frozen=True, slots=True)
class ChosenAnswer:
    """A question and the answer that was chosen."""

    item: Item
    choice: int

    @property
    def stereotyped(self) -> float | None:
        """Whether the expected person is named, of the two; None where no person is, or nobody knows the expected."""
        if self.item.biased is None or self.choice == self.item.unknown:
            return None
        return float(self.choice == self.item.biased)


def items_asked(items: Sequence[Item], choices: Sequence[int | None]) -> ScoredItems:
    """Every question with what was chosen."""
    pairs = zip(items, choices, strict=True)
    return scored_items(
        ((item, None if choice is None else ChosenAnswer(item, choice)) for item, choice in pairs),
        id=lambda item: f"row {item.row}",
        scores={
            "right": lambda chosen: chosen.choice == chosen.item.label,
            "unknown": lambda chosen: chosen.choice == chosen.item.unknown,
            "stereotyped": lambda chosen: chosen.stereotyped,
        },
        clusters={
            "category": lambda item: item.category,
            "condition": lambda item: "ambiguous" if item.ambiguous else "disambiguated",
            "template": lambda item: item.template,
            "family": lambda item: item.family,
        },
    )


def _form(ctx: Context) -> Form:
    if "LogLikelihood" in ctx.capabilities:
        form: Form = ctx.options.form
        return form
    if LIKELIEST_NEXT in ctx.capabilities:
        return "listed"  # letters are single tokens; what is none of the likeliest has no answer
    if ctx.decides and (ctx.kind == "tabular" or not private(ctx.data["bbq"].source)):
        raise WORDS.does_not_apply("reason.decides", "model_lacks")
    return "published"


def _questions(ctx: Context, form: Form) -> Questions:
    """The questions, with the published list of expected answers where one is here. Raises DoesNotApply without any.

    A file of the user's that came without a list may be a part of the published set or hold other questions.
    """
    table, targets, limit = ctx.data["bbq"], ctx.data.get(TARGETS), ctx.options.limit
    if limit is None and form != "published":
        limit = SAMPLE
    own_questions = targets is not None and private(table.source) and not private(targets.source)
    questions = questions_of(
        table, targets, ctx.options.categories, limit or None, ctx.seed, of_this_table=not own_questions
    )
    if not questions.items:
        reason = next(iter(questions.unusable.values()), "")
        raise WORDS.does_not_apply("reason.none", "nothing_to_ask", total=questions.total, reason=reason)
    return questions


def findings(collected: Collected, questions: Questions, how: Manner, table: Evidence) -> Findings:
    """Metrics and evidence of everything that was answered; `table` holds all of it."""
    evidence = [
        tables.categories(collected.answered),
        tables.examples(collected, how),
        tables.habits(collected),
        table,
    ]
    if collected.subsets:
        evidence.append(tables.intersections(collected.subsets))
    if questions.unusable or collected.reasons:
        evidence.append(tables.unasked(collected, questions.unusable, how))
    return Findings(
        metrics=tuple(metrics(collected)),
        evidence=evidence,
        notes=list(notes(collected, questions, how)),
        unused=() if questions.listed else (TARGETS,),
        pictures=[PICTURE],
    )


def notes(collected: Collected, questions: Questions, how: Manner) -> Iterator[str]:
    """What was asked, and what could not be."""
    yield WORDS("note.asked", count=len(questions.items), total=questions.total)
    if how.chat:
        yield WORDS("note.chat")
    if questions.unusable:
        yield WORDS("note.unusable", count=len(questions.unusable))
    for reason, count in sorted(collected.reasons.items()):
        yield WORDS("note.unanswered", count=count, reason=reason)
    for category, reason in sorted(questions.refused.items()):
        yield WORDS("note.refused", category=category, reason=reason)
    if count := sum(item.biased is None for item in questions.items):
        yield WORDS("note.not_expected", count=count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """Answers that a group of metrics is about: all of them, those of a category, or under another scoring.

    `where` says so in words; `reason` is why their scores mean nothing. `surviving` are the scores that differ from 0
    once all parts of the kind are corrected for.
    """

    kind: Literal["overall", "category", "scoring"]
    tally: Tally
    reason: str
    where: str
    by: Mapping[str, str] = field(default_factory=dict)
    variant: Mapping[str, str] = field(default_factory=dict)
    category: str | None = None
    surviving: Collection[ScoreFunction] = tuple(BIASES)

    def accuracies(self) -> Iterator[Metric]:
        """Whether the task is done at all; read whatever the validity check says."""
        for statistic, measure in ACCURACIES.items():
            share = scored(self.tally, statistic, self.category)
            yield measure.metric(share, by=self.by, variant=self.variant, where=self.where)

    def biases(self) -> Iterator[Metric]:
        """How answers follow the stereotype."""
        for statistic, measure in BIASES.items():
            score = unless_clear_preference(self.reason, scored(self.tally, statistic, self.category), PLAIN)
            survives = statistic in self.surviving
            yield self._of_kind(measure).metric(
                score, by=self.by, variant=self.variant, survives=survives, where=self.where
            )

    def _of_kind(self, measure: Measure) -> Measure:
        if self.kind == "overall":
            return measure
        scope: Literal["group", "overall"] = "group" if self.kind == "category" else "overall"
        return replace(measure, scope=scope, headline=False, tags=("extrinsic", self.kind))


def metrics(collected: Collected) -> Iterator[Metric]:
    """Every metric: the overall ones, then by category, then by scoring.

    A model that fails the validity check fails it in every category; the other scorings have accuracies alone.
    """
    tally = collected.answered
    reason, count = invalid(tally), len(tally.categories)
    where = WORDS("where.mean", count=count) if count > 1 else WORDS("where.overall")
    overall = Partition(kind="overall", tally=tally, reason=reason, where=where)
    yield from overall.accuracies()
    yield from overall.biases()
    yield from consistency(collected, reason)
    for part in by_category(tally, reason):
        yield from part.accuracies()
        yield from part.biases()
    for part in by_scoring(collected):
        yield from part.accuracies()
        if not reason:
            yield from part.biases()


def by_category(tally: Tally, reason: str) -> Iterator[Partition]:
    """The categories, whose scores are corrected for all of them (Holm)."""
    surviving: dict[str, list[ScoreFunction]] = {category: [] for category in tally.categories}
    for statistic in BIASES:
        adjusted = stats.holm([chance(tally.of(category), statistic) for category in surviving])
        for category, pvalue in zip(surviving, adjusted, strict=True):
            if pvalue < 1 - stats.LEVEL:
                surviving[category].append(statistic)
    for category, statistics in surviving.items():
        yield Partition(
            kind="category",
            tally=tally,
            reason=reason or invalid(tally, category),
            where=WORDS("where.category", category=_spoken(category)),
            by={"category": category},
            category=category,
            surviving=statistics,
        )


def by_scoring(collected: Collected) -> Iterator[Partition]:
    """The scorings, where there are several; claims are held to a correction for these (Holm)."""
    tallies = collected.scorings
    if len(tallies) < 2:
        return
    holds = {
        statistic: survivors({name: scored(tally, statistic) for name, tally in tallies.items()})
        for statistic in BIASES
    }
    for name, tally in tallies.items():
        yield Partition(
            kind="scoring",
            tally=tally,
            reason=invalid(tally),
            where=WORDS("where.equal" if name == EQUAL else "where.scoring", scoring=WORDS.labelled(name)),
            variant={"scoring": name},
            surviving=[statistic for statistic, names in holds.items() if name in names],
        )


def consistency(collected: Collected, reason: str) -> Iterator[Metric]:
    """How far halves of the families, and both ways of scoring an answer, agree on the `s_amb` of categories."""
    asked = [(*cluster, row) for cluster, row in collected.answered.clusters.items() if row[scores.OPEN]]
    preferences = [float((2 * row[scores.BIASED] - row[scores.KNOWN]) / row[scores.OPEN]) for *_, row in asked]
    categories, families = [category for category, _, _ in asked], [family for _, family, _ in asked]
    yield CONSISTENCY.reliability(unless(reason, lambda: split_half(preferences, categories, families, 0)))
    if {"sum", "mean"} <= collected.scorings.keys():
        by_sum, by_mean = (_category_scores(collected.scorings[name]) for name in ("sum", "mean"))
        yield CONSISTENCY.agreement(unless(reason, lambda: scoring_agreement(by_sum, by_mean)))


def _category_scores(tally: Tally) -> dict[str, float]:
    """The `s_amb` of each category that has one."""
    values = {category: float(scores.s_amb(tally.of(category).sum(axis=0))) for category in tally.categories}
    return {category: value for category, value in values.items() if math.isfinite(value)}


def _spoken(category: str) -> str:
    """A category as a sentence says it."""
    read, spoken = WORDS.labelled(category), category.replace("_", " ")
    return Translated(spoken, read.translations) if isinstance(read, Translated) else Name(spoken)


PICTURE = dots(WORDS, "s_amb", "s_dis", by="category")
PROBE = BBQ()
