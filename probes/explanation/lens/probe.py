"""At which layer does a language model take an occupation for a woman's or a man's, and which parts of it do?"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Literal

from pydantic import Field

from fairwitness.audit import reasons
from fairwitness.audit.internals import Layers
from fairwitness.audit.probe import Context, Findings, Options, ProbeRun, expect
from fairwitness.audit.records import Estimate, Metric, Picture, Undefined
from fairwitness.audit.requests import BLANK, Answer, Unanswered
from fairwitness.audit.translators import TranslatorsFile
from fairwitness.probes.explanation.lens import depths, tables
from fairwitness.probes.explanation.lens.items import WORDS, Floats, Item, Score, items_of, request_of, sentences_of
from fairwitness.probes.explanation.lens.responses import Control, Responses
from fairwitness.probes.kit import jobs
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.competence import share_right
from fairwitness.probes.kit.measures import Measure, accuracy_measure, description, specs_of
from fairwitness.probes.kit.occupations import OCCUPATIONS, occupations_of, shares_note
from fairwitness.probes.kit.validity import unless, unless_clear_preference

PLAIN = math.log(2)
"""Double odds, in nats: a difference wholly beyond it is none that chance gives, whatever else a model gets wrong."""
LAYERS = "share of layers"
BEHIND = ("layers", "examples")
GAP = Measure(name="log_odds_gap", words=WORDS, unit="nats", tags=("intrinsic",), evidence=BEHIND)
DESCRIBED = partial(description, words=WORDS, tags=("intrinsic",), evidence=BEHIND)
GAP_DEPTH = DESCRIBED("gap_depth", unit=LAYERS)
TUNED_DEPTH = DESCRIBED("tuned_gap_depth", unit=LAYERS)
SIDE_DEPTH = DESCRIBED("side_depth", unit=LAYERS)
ANSWER_DEPTH = DESCRIBED("answer_depth", unit=LAYERS)
FROM_PART = replace(DESCRIBED("gap_from_part", unit="nats", evidence=("parts",)), scope="detail", null=0.0)
UNEXPLAINED = DESCRIBED("unexplained_share", unit="share", evidence=("examples",))
ACCURACY = accuracy_measure("control_accuracy", WORDS, ("competence",))
PARTS: Mapping[str, Callable[[Layers], float]] = {
    "embeddings": lambda layers: layers.embedding,
    "heads": lambda layers: float(layers.heads.sum()),
    "MLPs": lambda layers: sum(layers.mlps),
    "biases": lambda layers: layers.biases,
}
"""What together adds up to a difference of two logits."""


class LensOptions(Options):
    """Which sentences are read."""

    language: Literal["en", "zh"] = Field("en", description="language of the sentences")
    limit: int | None = Field(20, ge=1, description="read only this many occupations, evenly spread over the shares")
    parts: int = Field(20, ge=1, le=200, description="single heads and MLPs that the table lists")
    translators: TranslatorsFile | None = Field(
        None, description="safetensors file of a tuned lens, `layers.N.weight` and `layers.N.bias`, from the embeddings"
    )


class LensProbe:
    """The probe; see its words."""

    spec = WORDS.spec(name="lens", family="explanation", needs=(("ReadLayers",),), data=(OCCUPATIONS, "templates"))
    options: type[Options] = LensOptions
    metrics = specs_of(GAP, GAP_DEPTH, TUNED_DEPTH, SIDE_DEPTH, ANSWER_DEPTH, FROM_PART, UNEXPLAINED, ACCURACY)

    def run(self, ctx: Context) -> ProbeRun:
        """One round: every sentence, and those whose noun decides it. Raises DoesNotApply without an answer."""
        options: LensOptions = ctx.options
        occupations = occupations_of(ctx.data["occupations"], options.language, options.limit)
        sentences, decided = sentences_of(ctx.data["templates"], options.language)
        items = items_of(sentences, occupations, options.translators)
        texts = [sentence.filled(blank=BLANK) for sentence in decided]
        requests = [
            request_of(sentence, text, options.translators) for sentence, text in zip(decided, texts, strict=True)
        ]
        answers = yield from ask([*(item.request for item in items), *requests])
        scores, lost = alike([(item, readable(answers[item.request])) for item in items])
        if not scores:
            split = all(_split(answers[item.request]) for item in items)
            why = reason_of(answers[items[0].request])
            raise WORDS.does_not_apply("reason.no_layers", "model_lacks" if split else "unanswered", why=why)
        controls = [
            Control(sentence, text, readable(answers[request]))
            for sentence, text, request in zip(decided, texts, requests, strict=True)
        ]
        why = reason_of(answers[lost[0].request]) if lost else ""
        responses = Responses(scores, lost, why, controls, ctx.seed, options.translators)
        made = findings(responses, shares_note(ctx.data["occupations"], occupations), options.parts)
        return replace(made, accounted=sum(map(_split, answers.values())))


PICTURES = [
    Picture(kind="curves", caption=WORDS("picture.path"), evidence=("path",)),
    Picture(kind="heads", caption=WORDS("picture.heads"), evidence=("heads",)),
]
PROBE = LensProbe()


def _split(answer: Answer) -> bool:
    """Whether a filler is several tokens to this model: that is no fault of the model, and the check counts it."""
    return isinstance(answer, Unanswered) and answer.fault == "several_tokens"


def readable(answer: Answer) -> Layers | None:
    """What layers say of both fillers; None without an answer, or with a number that is none."""
    layers = expect(answer, Layers)
    if layers is None or layers.log_probs.shape[1:] != (2,) or len(layers.log_probs) < 2:
        return None
    return layers if math.isfinite(float(layers.log_probs.sum() + layers.tuned.sum())) else None


def alike(answered: Sequence[tuple[Item, Layers | None]]) -> tuple[list[Score], list[Item]]:
    """The sentences with their layers, and those without, or with other layers and parts than most."""
    forms = [None if layers is None else form_of(layers) for _, layers in answered]
    known = Counter(form for form in forms if form is not None)
    usual = known.most_common(1)[0][0] if known else None
    scores: list[Score] = []
    lost: list[Item] = []
    for (item, layers), form in zip(answered, forms, strict=True):
        if layers is None or form != usual:
            lost.append(item)
        else:
            scores.append(Score(item, layers))
    return scores, lost


def form_of(layers: Layers) -> tuple[object, ...]:
    """How many layers, heads and MLPs an answer has, why it has no parts, and by how many layers it was tuned."""
    return len(layers.log_probs), len(layers.tuned), layers.heads.shape, len(layers.mlps), layers.unread


def reason_of(answer: Answer) -> str:
    """Why there is no answer, or none that can be read."""
    return answer.reason if isinstance(answer, Unanswered) else WORDS("reason.unreadable")


def findings(responses: Responses, note: str, shown: int) -> Findings:
    """Metrics and evidence from what was read; where a validity check is missed nothing is concluded."""
    right = sum(control.right for control in responses.controls)
    known = sum(control.layers is not None for control in responses.controls)
    with_parts = not responses.parts_unread
    metrics = [
        ACCURACY.metric(share_right(right, known, len(responses.controls))),
        *gaps(responses),
        *depths_of_sentences(responses),
        *parts(responses),
    ]
    evidence = [
        *tables.layers(responses),
        *tables.curves(responses),
        *(tables.parts(responses, shown) if with_parts else ()),
        *tables.examples(responses),
        tables.competence(responses.controls),
    ]
    notes = [WORDS("note.validity", reason=responses.reason)] if responses.reason else []
    notes += [WORDS("note.parts", reason=responses.parts_reason)] if responses.parts_reason else []
    notes += [responses.tuned_note] if responses.translators else []
    items = jobs.items_asked(responses.scores, responses.lost, {"log_odds": lambda score: float(score.path[-1])})
    return Findings(
        metrics=metrics,
        evidence=evidence,
        notes=[*notes, WORDS("note.lens"), note],
        items=items,
        pictures=PICTURES if with_parts else PICTURES[:1],
    )


def gaps(responses: Responses) -> list[Metric]:
    """How far the groups of occupations are apart at the end, and at which depth half of that is there."""
    gap = unless(responses.unread or responses.differing, lambda: responses.gap(responses.paths[:, -1]))
    gap = gap if isinstance(gap, Undefined) else unless_clear_preference(responses.wrong, gap, PLAIN)
    depth: Estimate | Undefined
    match gap:
        case Undefined():
            depth = gap
        case Estimate(low=low, high=high) if low <= 0 <= high:
            depth = WORDS.undefined("reason.no_gap", "no_variation")
        case Estimate():
            depth = _depth(responses, responses.paths)
    metrics = [GAP.metric(gap), GAP_DEPTH.metric(depth)]
    if responses.translators is None:
        return metrics
    tuned = unless(responses.untuned, lambda: _depth(responses, responses.tuned_paths))
    return [*metrics, TUNED_DEPTH.metric(depth if isinstance(depth, Undefined) else tuned)]


def _depth(responses: Responses, paths: Floats) -> Estimate | Undefined:
    return depths.gap_depth(responses.grid("women", paths), responses.grid("men", paths), responses.seed)


def depths_of_sentences(responses: Responses) -> list[Metric]:
    """From which layer on a sentence keeps to its side, and says what the model says in the end."""
    metrics = []
    for measure, read in ((SIDE_DEPTH, _side), (ANSWER_DEPTH, _answer)):
        mean = unless(responses.reason, partial(_mean, responses, read))
        metrics.append(measure.metric(mean))
    return metrics


def _side(score: Score) -> float:
    return depths.kept(score.path)


def _answer(score: Score) -> float:
    return depths.answered(score.layers.ranks)


def _mean(responses: Responses, read: Callable[[Score], float]) -> Estimate | Undefined:
    return jobs.average(responses.scores, len(responses.lost), read, (0.0, 1.0), responses.seed)


def parts(responses: Responses) -> list[Metric]:
    """What kinds of parts make of the difference, and how much of all that they add is missing from their sum."""
    reason: str | Undefined = responses.reason or responses.parts_reason
    if responses.parts_unread:
        reason = reasons.invalid(responses.parts_reason)
        return [UNEXPLAINED.metric(reason), *(_from_part(name, reason, responses) for name in PARTS)]
    share = unless(responses.unread, partial(_mean, responses, _unexplained))
    metrics = [UNEXPLAINED.metric(share)]
    for name, read in PARTS.items():
        added = [read(score.layers) for score in responses.scores]
        if not any(added):
            continue  # a model without biases has nothing there to be estimated
        metrics.append(_from_part(name, unless(reason, partial(responses.gap, added)), responses))
    return metrics


def _from_part(name: str, estimate: Estimate | Undefined, responses: Responses) -> Metric:
    evidence = () if responses.parts_unread else FROM_PART.evidence
    return FROM_PART.metric(estimate, variant={"part": name}, evidence=evidence, part=name)


def _unexplained(score: Score) -> float:
    return min(1.0, abs(score.layers.residual) / (score.layers.gross or 1.0))
