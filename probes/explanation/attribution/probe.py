"""Which words of a text move the model's answer, and do the methods that say so hold up on this model?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from fairwitness.audit.probe import Context, Findings, Options, ProbeRun, expect
from fairwitness.audit.reasons import SEMICOLON
from fairwitness.audit.records import Picture, ScoredItems, joined
from fairwitness.audit.requests import Answer, Attribution, BetweenFillers, Classify, ClassScores, ForClass, Target
from fairwitness.probes.explanation.attribution import items, tables
from fairwitness.probes.explanation.attribution.checks import ADDS_UP, Explained, removal_gain, word_share
from fairwitness.probes.explanation.attribution.items import GRADIENTS, NEUTRAL, WORDS, Job, MethodName, Sentence
from fairwitness.probes.explanation.attribution.measures import MEASURES, REMOVAL, WORD, Texts, metrics, unreliable
from fairwitness.probes.explanation.attribution.missing import Answered, failing, missing_of, reasons
from fairwitness.probes.kit import left_out
from fairwitness.probes.kit.measures import specs_of
from fairwitness.probes.kit.privacy import private
from fairwitness.probes.kit.scored import scored_items

TRIAL = 2
"""Texts whose integrated gradients are taken first: where they are dear or fail, the others are spared."""
CHEAP = 60
"""Gradients of a text that are not dear."""


class AttributionProbe:
    """Explains short texts with every method and compares the methods with each other and with themselves."""

    spec = WORDS.spec(
        name="attribution",
        family="explanation",
        needs=(("Attribute", "FillMask"), ("Attribute", "LogLikelihood"), ("Attribute", "Classify")),
    )
    options: type[Options] = items.AttributionOptions
    metrics = specs_of(*MEASURES)

    def run(self, ctx: Context) -> ProbeRun:
        """Asks for the predicted classes, for explanations, and last for gradients that turned out to be cheap."""
        options: items.AttributionOptions = ctx.options
        table, classifies = ctx.data["attribution_texts"], "Classify" in ctx.capabilities
        secret = private(table.source)
        sentences = items.sentences_of(table, blanks=not classifies)[: options.limit]
        predicted: dict[str, Answer] = {}
        if classifies and not options.label:
            answers = yield [Classify(sentence.text) for sentence in sentences]
            predicted = {sentence.text: answer for sentence, answer in zip(sentences, answers, strict=True)}
        jobs = _jobs(sentences, predicted, ctx)
        dear = [job for job in jobs if job.method == GRADIENTS and job.sentence not in sentences[:TRIAL]]
        jobs = [job for job in jobs if job not in dear]
        answered = list(zip(jobs, (yield [job.request for job in jobs]), strict=True))
        notes = []
        if dear and _cheap(answered):
            answered += zip(dear, (yield [job.request for job in dear]), strict=True)
        elif dear and GRADIENTS not in failing(answered, secret=secret):
            notes.append(WORDS("note.dear", most=CHEAP, trial=TRIAL))
        explained = _explained(answered)
        if not explained:
            why = reasons([*predicted.values(), *(answer for _, answer in answered)], secret=secret)
            raise WORDS.does_not_apply(
                "reason.none_explained", "unanswered", why=joined(SEMICOLON, why) if why else WORDS("reason.no_class")
            )
        missing = missing_of(items.places_of(table), predicted, answered, secret=secret)
        texts = Texts(explained=explained, seeds=options.seeds, seed=ctx.seed, missing=missing.methods)
        evidence = [tables.checks(explained, options.methods)]
        evidence += [tables.strip(place, text) for place, text in enumerate(explained, start=1)]
        if missing.texts:
            evidence.append(left_out.table(missing.texts))
        notes += [*missing.notes(len(sentences)), *_faults(explained)]
        return Findings(
            metrics=metrics(texts, options.methods),
            evidence=evidence,
            notes=notes,
            accounted=missing.requests,
            items=items_asked(sentences, explained, items.places_of(table), options.methods),
            pictures=[PICTURE],
        )


PICTURE = Picture(kind="tokens", caption=WORDS("picture.caption"), evidence=("strip-1", "strip-2"))
PROBE = AttributionProbe()


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
        scores[f"{WORD.name}_{method}"] = partial(word_share, method=method)
        scores[f"{REMOVAL.name}_{method}"] = partial(removal_gain, method=method)
    return scored_items(
        ((sentence, by_text.get(sentence.text)) for sentence in sentences),
        id=lambda sentence: f"row {places[sentence.text]}",
        scores=scores,
    )


def _jobs(sentences: Sequence[Sentence], predicted: Mapping[str, Answer], ctx: Context) -> list[Job]:
    """What is asked of all texts, but of those without a predicted class."""
    options: items.AttributionOptions = ctx.options
    jobs: list[Job] = []
    for sentence in sentences:
        target: Target | None = ForClass(options.label)
        if "Classify" not in ctx.capabilities:
            target = BetweenFillers(options.positive, options.negative)
        elif sentence.text in predicted:
            target = _likeliest(predicted[sentence.text])
        if target is not None:
            jobs += items.jobs_of(sentence, target, options, ctx.seed, masked="FillMask" in ctx.capabilities)
    return jobs


def _likeliest(answer: Answer) -> Target | None:
    scores = expect(answer, ClassScores)
    if scores is None:
        return None
    return ForClass(scores.labels[max(range(len(scores.labels)), key=lambda place: scores.logits[place])])


def _cheap(answered: Sequence[Answered]) -> bool:
    """Whether the integrated gradients of the first texts took few steps and add up."""
    tried = [expect(answer, Attribution) for job, answer in answered if job.method == GRADIENTS]
    given = [attribution for attribution in tried if attribution is not None]
    return bool(given) and all(
        attribution.evaluations <= CHEAP
        and abs(attribution.residual) <= ADDS_UP[GRADIENTS] * abs(attribution.full - attribution.base)
        for attribution in given
    )


def _explained(answered: Sequence[Answered]) -> list[Explained]:
    texts: dict[str, Explained] = {}
    for job, answer in answered:
        attribution = expect(answer, Attribution)
        if attribution is None:
            continue
        text = texts.setdefault(job.sentence.text, Explained(job.sentence, job.request.target))
        if job.turn == NEUTRAL:
            text.neutral[job.method] = attribution
        else:
            text.runs.setdefault(job.method, []).append(attribution)
    return [text for text in texts.values() if text.runs]


def _faults(explained: Sequence[Explained]) -> list[str]:
    """A note for each method whose values are unreliable on some texts."""
    notes = []
    for method, name in items.NAMES.items():
        count, bad = unreliable(explained, method)
        if bad:
            notes.append(WORDS("note.faults", method=name, bad=bad, count=count))
    return notes
