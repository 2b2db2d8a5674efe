"""Which words of a text move the model's answer, and do the methods that say so hold up on this model?"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from functools import partial
from typing import TypeAlias

from fairwitness.audit.probe import Context, Findings, Options, ProbeRun, expect
from fairwitness.audit.reasons import SEMICOLON
from fairwitness.audit.records import Picture, ScoredItems, Undefined, joined
from fairwitness.audit.requests import (
    Answer,
    Attribution,
    BetweenFillers,
    Classify,
    ClassScores,
    ForClass,
    Request,
    Target,
    Unanswered,
    Weights,
)
from fairwitness.probes.explanation.attribution import cards, items, knowledge, summary, tables, tagged
from fairwitness.probes.explanation.attribution.cards import Card, Skipped
from fairwitness.probes.explanation.attribution.checks import (
    ADDS_UP,
    Explained,
    comprehensiveness_gain,
    sufficiency_gain,
    word_share,
)
from fairwitness.probes.explanation.attribution.items import GRADIENTS, WORDS, AttributionOptions, MethodName, Sentence
from fairwitness.probes.explanation.attribution.jobs import Job, Plan
from fairwitness.probes.explanation.attribution.measures import MEASURES, Texts, agreements
from fairwitness.probes.explanation.attribution.missing import Answered, failing, missing_of, reasons
from fairwitness.probes.kit import left_out
from fairwitness.probes.kit.measures import specs_of
from fairwitness.probes.kit.privacy import private
from fairwitness.probes.kit.scored import scored_items

TRIAL = 2
"""Texts whose integrated gradients are taken first: where they are dear or fail, the others are spared."""
CHEAP = 60
"""Gradients of a text that are not dear."""
Asking: TypeAlias = Generator[list[Request], list[Answer], list[Answered]]
STEPS: tuple[tuple[Weights, cards.Check], ...] = (("head", cards.HEAD), ("all", cards.ALL))


class AttributionProbe:
    """Explains short texts with every method and compares the methods with each other and with the model."""

    spec = WORDS.spec(
        name="attribution",
        family="explanation",
        needs=(
            ("Attribute", "FillMask"),
            ("Attribute", "LogLikelihood"),
            ("Attribute", "Classify"),
            ("Attribute", "TagTokens"),
        ),
    )
    options: type[Options] = items.AttributionOptions
    metrics = specs_of(*MEASURES)

    def run(self, ctx: Context) -> ProbeRun:
        """Asks for predicted classes, explanations, what they are checked by, and last for drawn weights."""
        options: AttributionOptions = ctx.options
        table, classifies = ctx.data["attribution_texts"], "Classify" in ctx.capabilities
        secret = private(table.source)
        tagger = not classifies and "TagTokens" in ctx.capabilities
        sentences = items.sentences_of(table, blanks=not (classifies or tagger), tags=tagger)[: options.limit]
        predicted: dict[str, Answer] = {}
        if classifies:
            answers = yield [Classify(sentence.text) for sentence in sentences]
            predicted = {sentence.text: answer for sentence, answer in zip(sentences, answers, strict=True)}
        plan = Plan(options=options, seed=ctx.seed, masked="FillMask" in ctx.capabilities or tagger)
        tags = (yield from tagged.asked(sentences, options.label)) if tagger else None
        sentences = sentences if tags is None else list(tags.sentences)
        targets = _targets(sentences, predicted, ctx) if tags is None else tags.targets
        answered, notes = yield from _first(plan, sentences, targets, secret=secret)
        explained = _explained(answered)
        if not explained:
            why = reasons([*predicted.values(), *(answer for _, answer in answered)], secret=secret)
            raise WORDS.does_not_apply(
                "reason.none_explained", "unanswered", why=joined(SEMICOLON, why) if why else WORDS("reason.no_class")
            )
        answered += yield from _asked([job for text in explained for job in plan.checking(text)])
        explained = _explained(answered)
        missing = missing_of(items.places_of(table), predicted, answered, secret=secret)
        texts = Texts(
            explained=explained,
            seed=ctx.seed,
            missing=missing.methods,
            same=_same(predicted, explained),
        )
        skipped, lost = yield from _randomised(plan, texts, secret=secret)
        unasked = cards.unasked_checks(options)
        made = cards.cards(texts, options.methods, {**skipped, **unasked})
        known = knowledge.of(sentences, predicted, explained)
        summed = _summed(made, explained)
        rows = [] if tags is None else (yield from tagged.rows(tags, explained, summed))
        evidence = [tables.card(made), tables.checks(explained, made)]
        evidence += [tagged.table(rows, secret=secret)] if rows else []
        evidence += [tables.strip(place, text, made, secret=secret) for place, text in enumerate(explained, start=1)]
        others = (tables.counterpart(place, text, made) for place, text in enumerate(explained, start=1))
        evidence += [other for other in others if other is not None]
        evidence.append(summary.words(explained, made[summed], secret=secret))
        evidence.append(summary.swarm(explained, made[summed], secret=secret))
        if missing.texts:
            evidence.append(left_out.table(missing.texts))
        return Findings(
            metrics=[
                *cards.metrics(texts, made),
                *agreements(texts, options.methods),
                *summary.person_metrics(texts, options.methods, made),
                known.metric(),
                *([] if tags is None else tagged.metrics(rows, made[summed], ctx.seed)),
            ],
            evidence=evidence,
            notes=[
                *(*known.notes(), *texts.notes(), *cards.notes(made, texts), *(() if tags is None else tags.notes())),
                *(*cards.unasked_note(unasked, texts), *notes, *missing.notes(len(sentences))),
            ],
            accounted=missing.requests + lost + (0 if tags is None else tags.lost),
            items=items_asked(sentences, explained, items.places_of(table), options.methods),
            pictures=_pictures({item.id for item in evidence}),
        )


PROBE = AttributionProbe()


def _pictures(ids: set[str]) -> list[Picture]:
    pictures = [Picture(kind="tokens", caption=WORDS("picture.caption"), evidence=("strip-1", "strip-2"))]
    if "counterpart-1" in ids:
        pair = ("strip-1", "counterpart-1")
        pictures.append(Picture(kind="pair", caption=WORDS("picture.pair"), evidence=pair))
    return [*pictures, Picture(kind="beeswarm", caption=WORDS("picture.swarm"), evidence=("swarm",))]


def items_asked(
    sentences: Sequence[Sentence],
    explained: Sequence[Explained],
    places: Mapping[str, int],
    methods: Sequence[MethodName],
) -> ScoredItems:
    """Every text by the number of its row, with what each method says of it."""
    by_text = {text.sentence.text: text for text in explained}
    scores: dict[str, Callable[[Explained], float | None]] = {}
    for method in methods:
        scores[f"word_share_{method}"] = partial(word_share, method=method)
        scores[f"comprehensiveness_gain_{method}"] = partial(comprehensiveness_gain, method=method)
        scores[f"sufficiency_gain_{method}"] = partial(sufficiency_gain, method=method)
    return scored_items(
        ((sentence, by_text.get(sentence.text)) for sentence in sentences),
        id=lambda sentence: f"row {places[sentence.text]}",
        scores=scores,
    )


def _targets(sentences: Sequence[Sentence], predicted: Mapping[str, Answer], ctx: Context) -> dict[str, Target]:
    """What is explained of each text; none of those without a predicted class."""
    options: AttributionOptions = ctx.options
    targets: dict[str, Target] = {}
    for sentence in sentences:
        target: Target | None = ForClass(options.label)
        if "Classify" not in ctx.capabilities:
            target = BetweenFillers(options.positive, options.negative)
        elif not options.label and sentence.text in predicted:
            target = _likeliest(predicted[sentence.text])
        if target is not None:
            targets[sentence.text] = target
    return targets


def _same(predicted: Mapping[str, Answer], explained: Sequence[Explained]) -> dict[str, str]:
    """The texts that the tokenizer does not know whole, with what the model is given of them."""
    scores = {text: expect(answer, ClassScores) for text, answer in predicted.items()}
    same = {text: given.unread for text, given in scores.items() if given is not None and given.unread}
    for text in explained:
        for attribution in (text.first(method) for method in text.shown):
            if attribution is not None and attribution.unread:
                same[text.sentence.text] = attribution.unread
    return same


def _likeliest(answer: Answer) -> Target | None:
    scores = expect(answer, ClassScores)
    return None if scores is None else ForClass(knowledge.likeliest(scores))


def _asked(jobs: Sequence[Job]) -> Asking:
    """Jobs with their answers; nothing is asked where there are none."""
    if not jobs:
        return []
    answers = yield [job.request for job in jobs]
    return list(zip(jobs, answers, strict=True))


def _first(
    plan: Plan, sentences: Sequence[Sentence], targets: Mapping[str, Target], *, secret: bool
) -> Generator[list[Request], list[Answer], tuple[list[Answered], list[str]]]:
    """What is shown of every text; integrated gradients of all of them only where those of the first are cheap."""
    given = [sentence for sentence in sentences if sentence.text in targets]
    jobs = [job for sentence in given for job in plan.first(sentence, targets[sentence.text])]
    dear = [job for job in jobs if job.method == GRADIENTS and job.sentence not in sentences[:TRIAL]]
    answered = yield from _asked([job for job in jobs if job not in dear])
    if dear and _cheap(answered):
        answered += yield from _asked(dear)
    elif dear and GRADIENTS not in failing(answered, secret=secret):
        return answered, [WORDS("note.dear", most=CHEAP, trial=TRIAL)]
    return answered, []


def _randomised(
    plan: Plan, texts: Texts, *, secret: bool
) -> Generator[list[Request], list[Answer], tuple[Skipped, int]]:
    """Adds explanations with drawn weights to the texts: first of the head; of all where a map has changed by then.

    One is asked before all others: where the model's weights cannot be drawn, that is all. Gives why checks were not
    run, and how many requests had no answer, which the cards tell of.
    """
    skipped: dict[tuple[str, MethodName], Undefined] = {}
    lost = 0
    left = [method for method in plan.options.methods if method not in texts.missing]
    for weights, check in STEPS:
        name = check.measure.name
        jobs = [job for method in left for job in plan.randomised(texts.explained, method, weights)]
        trial = yield from _asked(jobs[:1])
        if trial and isinstance(trial[0][1], Unanswered):
            why = joined(SEMICOLON, reasons([trial[0][1]], secret=secret))
            skipped |= {
                (name, method): WORDS.undefined("reason.not_drawn", "unanswered", reason=why) for method in left
            }
            lost += 1
            continue
        if weights == "head" and left:
            asked = {job.request for job in jobs}
            jobs += [job for job in plan.reference(texts.explained) if job.request not in asked]
        answered = [*trial, *(yield from _asked(jobs[1:]))]
        for job, answer in answered:
            _add(texts.explained, job, answer)
        lost += sum(isinstance(answer, Unanswered) for _, answer in answered)
        for method in plan.options.methods:
            if plan.options.randomised and method not in left and method not in texts.missing:
                skipped[name, method] = WORDS.undefined("reason.head_stays", "not_asked", "not_asked")
        left = [method for method in left if not _stays(texts, method, check)]
    return skipped, lost


def _stays(texts: Texts, method: MethodName, check: cards.Check) -> bool:
    """Whether the map of a method has failed with a random head, so that no more is asked."""
    status = check.status(check.estimate(texts, method))
    return cards.head_status(texts, method, status)[0] == "failed"


def _cheap(answered: Sequence[Answered]) -> bool:
    """Whether the integrated gradients of the first texts took few steps and add up."""
    tried = [expect(answer, Attribution) for job, answer in answered if job.method == GRADIENTS]
    given = [attribution for attribution in tried if attribution is not None]
    return bool(given) and all(
        attribution.evaluations <= CHEAP
        and abs(attribution.residual) <= ADDS_UP * abs(attribution.full - attribution.base)
        for attribution in given
    )


def _explained(answered: Sequence[Answered]) -> list[Explained]:
    """The texts that a method explained, in their order, with all that was answered of them."""
    texts: dict[str, Explained] = {}
    for job, _ in answered:
        texts.setdefault(job.sentence.text, Explained(job.sentence, job.request.target))
    for job, answer in answered:
        _add([texts[job.sentence.text]], job, answer)
    return [text for text in texts.values() if text.shown]


def _add(explained: Sequence[Explained], job: Job, answer: Answer) -> None:
    attribution = expect(answer, Attribution)
    for text in explained:
        if attribution is not None and text.sentence.text == job.sentence.text:
            text.answers.setdefault((job.method, job.role), []).append(attribution)


def _summed(made: Mapping[MethodName, Card], explained: Sequence[Explained]) -> MethodName:
    """The method whose words are summed up: the first that no check failed, else the first that explained a text."""
    given = [method for method in made if any(text.first(method) is not None for text in explained)]
    return next((method for method in given if made[method].status != "failed"), given[0])
