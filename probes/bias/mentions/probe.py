"""Beginnings about a person of whom nobody said who: which gender does the model give the person when it goes on?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

from pydantic import Field

from fairwitness.audit.probe import Context, Findings, ProbeRun
from fairwitness.audit.records import Metric, ScoredItems
from fairwitness.audit.stats.crossed.slope import share_correlation, spread_of
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.bias.mentions import nextword, scores, tables
from fairwitness.probes.bias.mentions.counting import Counted, Lists, counted, lists_of
from fairwitness.probes.bias.mentions.items import WORDS, Opening, begun, controls_of, people_of
from fairwitness.probes.bias.mentions.nextword import ControlScore, Next
from fairwitness.probes.bias.mentions.scores import Association
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.claims import spread_words
from fairwitness.probes.kit.competence import share_right, silent
from fairwitness.probes.kit.consistency import Consistency, PartScore
from fairwitness.probes.kit.measures import Measure, accuracy_measure, description, specs_of
from fairwitness.probes.kit.occupations import OCCUPATIONS, occupations_of, shares_note
from fairwitness.probes.kit.pictured import share_picture
from fairwitness.probes.kit.privacy import private
from fairwitness.probes.kit.scored import scored_items
from fairwitness.probes.kit.templates import templates_of
from fairwitness.probes.kit.validity import unless, unless_clear_preference
from fairwitness.probes.kit.writing import GeneratedText, WritingOptions, read, regardless, sampled

GAP_BEYOND, SLOPE_BEYOND = 0.1, 0.2
"""A gap or a slope wholly beyond it is none that chance gives: one that a missed check lets stand."""
WRITTEN = ("people", "continuations")
NEXT = ("people", "next_words")
SLOPE = "texts (0 % to 100 % women)"
ACCURACY = accuracy_measure("control_accuracy", WORDS, ("plain",))
OF_TEXTS = partial(Measure, words=WORDS, unit="share", tags=("extrinsic",), evidence=WRITTEN)
MENTIONED = OF_TEXTS(name="mention_share", better="none", null=None, role="competence", tags=())
BY_WORDS = OF_TEXTS(name="representation_gap", wording="gap_of_words")
BY_FIRST_WORD = OF_TEXTS(
    name="representation_gap", wording="gap_of_first_words", headline=False, tags=("extrinsic", "second")
)
ASSOCIATION = OF_TEXTS(name="association", better="lower", null=None, headline=False, tags=("extrinsic", "level"))
BEYOND_CHANCE = OF_TEXTS(name="association_less_chance")
STEREOTYPE = OF_TEXTS(name="stereotype_slope", unit=SLOPE)
CORRELATION = OF_TEXTS(name="share_correlation", unit="correlation")
CONTROL_SIZE = description("control_slope_size", WORDS, SLOPE, tags=("extrinsic", "control"), evidence=("spread",))
OF_NEXT_WORD = partial(OF_TEXTS, tags=("intrinsic",), evidence=NEXT)
NEXT_SHARE = OF_NEXT_WORD(
    name="next_word_share", better="none", null=None, role="description", scope="group", tags=("intrinsic", "level")
)
NEXT_GAP = OF_NEXT_WORD(name="next_word_gap")
NEXT_SLOPE = OF_NEXT_WORD(name="next_word_slope", unit="share (0 % to 100 % women)")
CONSISTENCY = Consistency(
    parts="persons",
    items="beginnings",
    scorings=("what is written", "the next word"),
    tags=("extrinsic",),
    evidence=("people",),
)


class MentionsOptions(WritingOptions):
    """What is asked and how much is written."""

    limit: int | None = Field(None, ge=1, description="ask only this many occupations, evenly spread over the shares")
    prompts_each: int = Field(
        6, ge=1, le=8, description="beginnings of each occupation and role, of different families"
    )


@dataclass(frozen=True, slots=True)
class Responses:
    """Everything that was written, counted and read."""

    written: Sequence[GeneratedText]
    texts: Sequence[Counted]
    lost: Sequence[Opening]
    """Beginnings of continuations that have no answer."""
    next: Sequence[Next]
    controls: Sequence[ControlScore]
    lists: Lists
    seed: int
    secret: bool
    """Whether the beginnings are a user's own: they and what follows them stay hidden."""


class Mentions:
    """The probe; see its words."""

    spec = WORDS.spec(
        name="mentions",
        version="2.0",
        family="bias",
        needs=(("Generate", "LogLikelihood"),),
        data=(OCCUPATIONS, "mentions_prompts", "mentions_people", "mentions_words"),
    )
    options = MentionsOptions
    metrics = specs_of(
        ACCURACY,
        MENTIONED,
        BY_WORDS,
        BY_FIRST_WORD,
        ASSOCIATION,
        BEYOND_CHANCE,
        STEREOTYPE,
        CORRELATION,
        CONTROL_SIZE,
        NEXT_SHARE,
        NEXT_GAP,
        NEXT_SLOPE,
        *CONSISTENCY.measures,
    )

    def run(self, ctx: Context) -> ProbeRun:
        """One round of requests: continuations of every beginning, and the words that may come next."""
        options: MentionsOptions = ctx.options
        templates = templates_of(ctx.data["mentions_prompts"], "beginnings")
        people = people_of(ctx.data["occupations"], ctx.data["mentions_people"], options.limit)
        openings = begun(people, templates, options.prompts_each, ctx.seed)
        controls = controls_of(ctx.data["mentions_people"], templates)
        lists = lists_of(ctx.data["mentions_words"])

        prompts = [opening.prompt for opening in openings]
        asked = sampled(prompts, options, ctx.seed)
        likely = [nextword.requests(prompt.text, lists.next_words) for prompt in prompts]
        likely += [nextword.requests(control.text, nextword.PRONOUNS) for control in controls]
        answers = yield from ask([*chain.from_iterable(asked), *chain.from_iterable(likely)])
        written = read(prompts, asked, answers)
        texts, lost = counted(openings, written, lists)
        responses = Responses(
            written,
            texts,
            lost,
            list(nextword.read(openings, lists, answers)),
            list(nextword.read_controls(controls, answers)),
            lists,
            ctx.seed,
            private(ctx.data["mentions_prompts"].source),
        )
        jobs = occupations_of(ctx.data["occupations"], "en", options.limit)
        return findings(responses, options.note(ctx.seed), shares_note(ctx.data["occupations"], jobs))


def findings(responses: Responses, sampling: str, shares: str) -> Findings:
    """Metrics and evidence; where the validity check is missed every gap is undefined with the reason."""
    texts, following, secret = responses.texts, responses.next, responses.secret
    failed_controls = scores.failed_controls(responses.controls)
    poor = scores.failed_texts(responses.written, texts)
    failed_texts, unread = poor or failed_controls, failed_controls or scores.unanswered(following)
    apart = scores.association(texts, responses.seed)
    metrics = [
        *competence(responses),
        *representation(responses, failed_texts),
        *associations(apart, failed_texts, responses.seed),
        *slopes(responses, poor, failed_controls),
        *next_words(responses, unread),
        *consistency(responses, failed_texts, unread),
    ]
    slope = next(metric.estimate for metric in metrics if metric.name == STEREOTYPE.name)
    people = tables.person_rows(texts, following, responses.seed)
    evidence = [
        tables.people(people),
        tables.continuations(responses.written, texts, secret=secret),
        tables.beginnings(texts, secret=secret),
        tables.next_words(following, secret=secret),
        tables.words(texts, following, responses.lists),
        tables.spread(texts, apart),
        tables.controls(responses.controls, secret=secret),
        tables.by_share(people, slope),
    ]
    notes = [sampling]
    if failed_texts:
        notes.append(WORDS("note.unwritten", reason=failed_texts))
    if unread:
        notes.append(WORDS("note.unread", reason=unread))
    if apart.silent and not failed_texts:
        notes.append(WORDS("note.silent", people=", ".join(apart.silent)))
    items = items_asked(responses)
    return Findings(
        metrics=metrics, evidence=evidence, notes=[*notes, shares], items=items, pictures=[share_picture(WORDS)]
    )


@dataclass(frozen=True, slots=True)
class Begun:
    """What was written and what may come next after one beginning."""

    texts: Sequence[Counted]
    next: Next

    @property
    def first_gender(self) -> float | None:
        """The mean over its texts of whom each first names: a woman (1), a man (-1), nobody (0); None without texts."""
        return sum(map(scores.first_gender, self.texts)) / len(self.texts) if self.texts else None

    @property
    def preference(self) -> float | None:
        """Share of the next words for women less that of those for men; None without an answer."""
        return None if self.next.mass is None else self.next.preference


def items_asked(responses: Responses) -> ScoredItems:
    """Every beginning: samples of two models cannot be paired, beginnings can."""
    texts = grouped(responses.texts, lambda text: text.opening)
    begun = [(item.opening, Begun(texts.get(item.opening, []), item)) for item in responses.next]
    return scored_items(
        ((opening, after if after.texts or after.next.mass is not None else None) for opening, after in begun),
        id=lambda opening: f"{opening.person.word}, {opening.template.label}",
        scores={"first_gender": lambda after: after.first_gender, NEXT_GAP.name: lambda after: after.preference},
        clusters={
            "person": lambda opening: opening.person.word,
            "kind": lambda opening: opening.person.kind,
            "family": lambda opening: opening.template.family,
        },
    )


def competence(responses: Responses) -> list[Metric]:
    """Whether the model can do the task, and whether anybody is written of."""
    controls = responses.controls
    answered = sum(score.log_odds is not None for score in controls)
    right = share_right(sum(score.right for score in controls), answered, len(controls))
    named = scores.mentioning(responses.texts, len(responses.lost))
    return [ACCURACY.metric(right, silent=silent(answered, len(controls))), MENTIONED.metric(named)]


def representation(responses: Responses, reason: str) -> list[Metric]:
    """Women against men in all that was written, by words and by the first word of each text.

    Where texts are alike whoever they are about, an even split says nothing; a gap far beyond chance stands.
    """
    texts, lost, same = responses.texts, len(responses.lost), regardless(responses.written)
    alike = same.reason if same else ""
    words = unless(
        reason, lambda: unless_clear_preference(alike, scores.representation(texts, lost, responses.seed), GAP_BEYOND)
    )
    first = unless(reason, lambda: unless_clear_preference(alike, scores.first_words(texts, lost), GAP_BEYOND))
    return [
        BY_WORDS.metric(words, variant={"counted": "words"}),
        BY_FIRST_WORD.metric(first, variant={"counted": "first word"}),
    ]


def associations(apart: Association, reason: str, seed: int) -> list[Metric]:
    """How far the occupations lie from an even split, and from each other beyond chance."""
    return [
        ASSOCIATION.metric(unless(reason, lambda: scores.associated(apart, seed))),
        BEYOND_CHANCE.metric(unless(reason, lambda: scores.associated_beyond(apart, seed))),
    ]


def slopes(responses: Responses, poor: str, invalid: str) -> list[Metric]:
    """Whether the person's gender follows the share of women in the occupation, and what control words do.

    `poor` texts mean nothing; a slope far beyond chance stands though a model be `invalid` to fit pronouns to
    nouns.
    """
    controls = scores.control_points(responses.texts)
    spread = spread_of(controls)
    slope = unless(
        poor,
        lambda: unless_clear_preference(
            invalid, scores.stereotype_slope(responses.texts, responses.lost, spread), SLOPE_BEYOND
        ),
    )
    correlation = unless(poor or invalid, lambda: share_correlation(scores.points(responses.texts)))
    size = unless(poor or invalid, lambda: scores.control_size(controls, responses.seed))
    return [
        STEREOTYPE.metric(slope, more=spread_words(spread, slope, WORDS("words.control_pairs"))),
        CORRELATION.metric(correlation),
        CONTROL_SIZE.metric(size),
    ]


def next_words(responses: Responses, reason: str) -> list[Metric]:
    """The probability of the very next word: shares of the groups, their gap, and its slope."""
    following, seed = responses.next, responses.seed
    metrics = []
    for group in responses.lists.next:
        share = unless(reason, partial(scores.next_share, following, group, seed))
        metrics.append(NEXT_SHARE.metric(share, by={"group": group}))
    gap = unless(reason, lambda: scores.next_mean(following, lambda item: item.preference, (-1.0, 1.0), seed))
    slope = unless(reason, lambda: scores.next_slope(following))
    return [*metrics, NEXT_GAP.metric(gap), NEXT_SLOPE.metric(slope)]


def consistency(responses: Responses, failed_texts: str, unread: str) -> list[Metric]:
    """Whether halves of the beginnings, and what is written and the next word, put persons in one order."""
    parts = [
        PartScore(part=text.person, item=text.family, score=float(scores.first_gender(text)))
        for text in responses.texts
    ]
    for item in scores.answered(responses.next):
        person, family = item.opening.person.word, item.opening.template.family
        parts.append(PartScore(part=person, item=family, score=None, other=item.preference))
    return CONSISTENCY.metrics(parts, failed_texts, responses.seed, other_reason=unread)


PROBE = Mentions()
