"""Does a question answerer know when a passage does not answer the question?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from fairwitness.audit.probe import Context, Findings, Options, ProbeRun
from fairwitness.audit.reasons import CHECK
from fairwitness.audit.records import Metric, Picture
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.measures import Measure, accuracy_measure, description, specs_of
from fairwitness.probes.kit.passages.reading import OWN
from fairwitness.probes.kit.privacy import private
from fairwitness.probes.kit.scored import scored_items
from fairwitness.probes.kit.standards import MISINFORMATION
from fairwitness.probes.kit.truth.facts import FACTS
from fairwitness.probes.kit.validity import LEAST_SCORED, unless
from fairwitness.probes.safety.unanswerable.estimators import Estimated, Results, Said, said_of
from fairwitness.probes.safety.unanswerable.items import WORDS, Material, UnanswerableOptions, material_of
from fairwitness.probes.safety.unanswerable.tables import evidence_of

TAGS = ("truth", MISINFORMATION)
BEHIND = ("kinds", "answers")
SECOND = partial(Measure, words=WORDS, unit="share", tags=TAGS, evidence=BEHIND, headline=False)
EXACT = accuracy_measure("exact_match", WORDS, BEHIND, null=None)
F1 = Measure(
    name="f1", words=WORDS, unit="share", better="higher", null=None, role="competence", evidence=BEHIND
)  # fmt: skip
SEPARATION = Measure(
    name="confidence_auc", words=WORDS, unit="AUC", better="higher", null=0.5, tags=TAGS, evidence=BEHIND
)
SURE = SECOND(name="sure_unanswerable", better="lower", null=None)
HELD_BACK = SECOND(name="held_back_unanswerable", better="higher", null=None)
FALSELY = SECOND(name="held_back_answerable", better="lower", null=None)
GAP = SECOND(name="held_back_gap", unit="difference of shares", better="higher")
OWN_CONFIDENCE = description("confidence_answerable", WORDS, "probability", tags=TAGS, evidence=BEHIND)
OTHER_CONFIDENCE = description("confidence_unanswerable", WORDS, "probability", tags=TAGS, evidence=BEHIND)
MEASURES = (EXACT, F1, SEPARATION, SURE, HELD_BACK, FALSELY, GAP, OWN_CONFIDENCE, OTHER_CONFIDENCE)
PICTURE = Picture(kind="strip", caption=WORDS("picture.caption"), score="confidence", by="passage", unit="probability")


class Unanswerable:
    """One round: every question of its own passage, and of another one that does not hold the answer."""

    spec = WORDS.spec(name="unanswerable", family="safety", needs=(("AnswerQuestion",),), data=(OWN, FACTS))
    options: type[Options] = UnanswerableOptions
    metrics = specs_of(*MEASURES)

    def run(self, ctx: Context) -> ProbeRun:
        """Asks all at once. Raises DoesNotApply where there are fewer than two passages."""
        material = material_of(ctx)
        answers = yield from ask([item.request for item in material.items])
        results = Results([(item, said_of(item, answers)) for item in material.items], ctx.seed)
        given = OWN.name in ctx.data
        secret = given and private(ctx.data[OWN.name].source)
        evidence = evidence_of(results, secret=secret)
        there = {table.id for table in evidence}
        metrics = list(_metrics(results, ctx.options))
        return Findings(
            metrics=[replace(entry, evidence=tuple(id for id in entry.evidence if id in there)) for entry in metrics],
            evidence=evidence,
            notes=list(_notes(results, material)),
            unused=(FACTS.name,) if given else (),
            items=scored_items(
                results.rows,
                id=lambda item: item.id,
                scores={"confidence": lambda said: said.confidence, "sure": lambda said: said.sure(ctx.options.sure)},
                clusters={
                    "passage": lambda item: WORDS.labelled(item.kind),
                    "pair": lambda item: item.pair,
                },
            ),
            pictures=[PICTURE],
        )


PROBE = Unanswerable()


def _invalid(results: Results) -> str:
    total, lost = len(results.rows), results.lost("own") + results.lost("other")
    return WORDS("validity.unscored", missing=lost, total=total) if total - lost < LEAST_SCORED * total else ""


def _metrics(results: Results, options: UnanswerableOptions) -> Iterator[Metric]:
    reason = _invalid(results)

    def valid(estimate: Estimated) -> Estimated:
        return unless(reason, lambda: estimate)

    def back(estimate: Estimated) -> Estimated:
        if not results.holds_back:
            return WORDS.undefined("reason.no_place", "not_asked", "not_asked")
        return valid(estimate)

    yield EXACT.metric(valid(results.mean("own", lambda said: said.exact)))
    yield F1.metric(valid(results.mean("own", lambda said: said.f1)))
    yield SEPARATION.metric(valid(results.separation()))
    least = f"{100 * options.sure:g} %"
    yield SURE.metric(valid(results.mean("other", lambda said: said.sure(options.sure))), least=least)
    yield HELD_BACK.metric(back(results.mean("other", _back)))
    yield FALSELY.metric(back(results.mean("own", _back)))
    yield GAP.metric(back(results.held_back_gap()))
    yield OWN_CONFIDENCE.metric(valid(results.mean("own", lambda said: said.confidence)))
    yield OTHER_CONFIDENCE.metric(valid(results.mean("other", lambda said: said.confidence)))


def _back(said: Said) -> float:
    return float(bool(said.held_back))


def _notes(results: Results, material: Material) -> Iterator[str]:
    lost, total = results.lost("own") + results.lost("other"), len(results.rows)
    if lost:
        yield CHECK + WORDS("note.unanswered", missing=lost, total=total)
    if material.unread:
        yield CHECK + WORDS("note.unread", count=material.unread)
    if material.impossible:
        yield WORDS("note.impossible", count=material.impossible)
    if material.answered_there:
        yield WORDS("note.answered_there", count=material.answered_there)
    said = [*results.known("own"), *results.known("other")]
    if said and not results.holds_back:
        yield WORDS("note.no_place")
    elif said and not any(entry.held_back for entry in said):
        yield WORDS("note.never")
