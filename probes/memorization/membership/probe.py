"""Can it be told from a model's answers which documents it was trained on? Beside what the documents themselves say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt
from pydantic import Field

from fairwitness.audit import reasons, stats
from fairwitness.audit.probe import Context, Findings, Options, ProbeRun
from fairwitness.audit.reasons import CHECK
from fairwitness.audit.records import Estimate, Evidence, Metric, Picture, ScoredItems, Undefined
from fairwitness.probes.kit.measures import specs_of
from fairwitness.probes.kit.scored import scored_items
from fairwitness.probes.memorization.membership import items, readings, results, tables
from fairwitness.probes.memorization.membership.attacks import CLASS_ATTACKS, TEXT_ATTACKS
from fairwitness.probes.memorization.membership.blind import ALL, LARGEST, blind_baseline
from fairwitness.probes.memorization.membership.inference import set_inference
from fairwitness.probes.memorization.membership.items import WORDS, Document, Lost, Prepared, few, sides
from fairwitness.probes.memorization.membership.readings import Reading
from fairwitness.probes.memorization.membership.results import Verdicts

AUCS = Picture(
    kind="dots",
    caption=WORDS("picture.aucs"),
    metrics=("membership_auc", "membership_above_blind"),
    by="score",
)


class MembershipOptions(Options):
    """How the documents are read."""

    characters: int = Field(2_000, ge=50, description="characters of a document that are read, from its beginning")
    min_k: float = Field(0.2, gt=0, le=1, description="share of least likely tokens in the min-k scores")
    neighbours: int = Field(6, ge=1, le=50, description="texts that differ in few words, with --masked-model")
    label: str | None = Field(None, description="column of the true class, for models that decide (--label)")
    limit: int | None = Field(None, ge=1, description="documents of each side, drawn by the seed")
    reference_model: tuple[str, ...] = Field((), description="give it with --reference-model, not here")
    masked_model: str = Field("", description="give it with --masked-model, not here")


class Membership:
    """One pass over every document; then reference models and neighbours, where the run names models for them."""

    spec = WORDS.spec(
        name="membership",
        family="memorization",
        needs=(("LogLikelihood",), ("PseudoLogLikelihood",), ("Classify",), ("Predict",)),
    )
    options: type[Options] = MembershipOptions
    metrics = specs_of(*results.MEASURES)

    def run(self, ctx: Context) -> ProbeRun:
        """Reads both sides, asks, and sets what the attacks find beside what the documents themselves give away."""
        options: MembershipOptions = ctx.options
        label = options.label or "label"
        texts = "Predict" not in ctx.capabilities
        if ctx.kind in ("predictions", "published"):
            raise WORDS.does_not_apply("absent.decisions", "model_lacks")
        rows = items.documents(ctx.data, options.characters, label) if texts else items.table_rows(ctx.data, label)
        near = items.near_copies(rows) if texts else items.nothing_near
        prepared = items.prepare(rows, options.limit, ctx.seed, near)
        decides = not {"LogLikelihood", "PseudoLogLikelihood"} & ctx.capabilities
        called = CLASS_ATTACKS if decides else TEXT_ATTACKS
        if (problem := few(prepared.documents)) is not None:
            return _nothing(prepared, called, problem)
        reading = yield from (readings.decisions if decides else readings.texts)(ctx, prepared.documents)
        return findings(ctx, prepared, reading, called)


PROBE = Membership()


def _nothing(prepared: Prepared, called: Mapping[str, str], problem: Undefined) -> Findings:
    """What is said where too little is left to ask about."""
    judged = results.unasked(dict(called), problem)
    metrics = results.metrics(judged, None, problem, Verdicts(always=problem))
    evidence = [tables.lost(prepared.lost)] if prepared.lost else []
    return Findings(metrics=_shown(metrics, evidence), evidence=evidence, notes=_notes(prepared, prepared.lost, ""))


def findings(ctx: Context, prepared: Prepared, reading: Reading, called: Mapping[str, str]) -> Findings:
    """Metrics and evidence of what was answered."""
    lost = [*prepared.lost, *reading.lost]
    if not reading.attacks:
        problem = _unread(reading, prepared.documents)
        nothing = _nothing(replace(prepared, lost=lost), called, problem)
        return replace(nothing, accounted=reading.accounted, items=_items(prepared, reading))
    member = np.array([document.member for document in reading.documents])
    drawn = _drawn(member, ctx.seed)
    blind = blind_baseline([reading.documents[place] for place in drawn], ctx.seed)
    missing = sides([row.document for row in reading.lost])
    judged = [results.judged(attack, member, blind.scores[ALL], drawn, missing) for attack in reading.attacks]
    auc = results.blind_auc(blind, member[drawn])
    shift = results.shifted(blind, auc)
    verdicts = _verdicts(reading, shift)
    inference = set_inference(reading.attacks, member, ctx.seed)
    families = [tables.Family(name, results.blind_auc(blind, member[drawn], name)) for name in blind.scores]
    evidence = [
        tables.ATTACKS.of(judged),
        tables.curves(judged, member, (WORDS("family.blind"), blind.scores[ALL], member[drawn])),
        tables.FAMILIES.of(families),
    ]
    evidence += [tables.lost(lost)] if lost else []
    metrics = results.metrics(judged, inference, auc, verdicts)
    metrics.append(results.CONTROLS.metric(_controls(reading)))
    return Findings(
        metrics=_shown(metrics, evidence),
        evidence=evidence,
        notes=_notes(prepared, lost, shift),
        accounted=reading.accounted,
        items=_items(prepared, reading),
        pictures=[AUCS],
    )


def _verdicts(reading: Reading, shift: str) -> Verdicts:
    """A split that can be told without the model says nothing; a model that knows nothing lets nobody off."""
    if shift:
        return Verdicts(always=reasons.invalid(shift))
    if not reading.knows:
        why = WORDS("reason.controls", right=reading.right, asked=reading.controls)
        return Verdicts(unless_shown=why)
    return Verdicts()


def _controls(reading: Reading) -> Estimate | Undefined:
    if not reading.controls:
        return WORDS.undefined("reason.no_controls", "no_units")
    return stats.proportion(reading.right, reading.controls)


def _unread(reading: Reading, asked: Sequence[Document]) -> Undefined:
    """Why too few documents have a score."""
    if (problem := few(reading.documents)) is not None:
        return problem
    return WORDS.undefined(
        "reason.unread", "unanswered", "not_interpretable", scored=len(reading.documents), asked=len(asked)
    )


def _drawn(member: npt.NDArray[np.bool_], seed: int) -> npt.NDArray[np.int64]:
    """The places of the documents that the blind baseline sees: all, or as many of each side, drawn by the seed."""
    rng = np.random.default_rng([seed, 7])
    kept = []
    for side in (True, False):
        places = np.flatnonzero(member == side)
        kept.append(places if len(places) <= LARGEST else rng.choice(places, LARGEST, replace=False))
    return np.sort(np.concatenate(kept))


def _shown(metrics: Sequence[Metric], evidence: Sequence[Evidence]) -> list[Metric]:
    """The metrics, each with those of its tables that there are."""
    return [results.with_evidence(metric, [table.id for table in evidence]) for metric in metrics]


def _at(values: npt.NDArray[np.float64], place: int) -> float:
    return float(values[place])


def _items(prepared: Prepared, reading: Reading) -> ScoredItems:
    """Every document that was asked, by its side and its name or number, with its scores."""
    places = {document: place for place, document in enumerate(reading.documents)}
    named = {attack.name: attack.scores for attack in reading.attacks if not isinstance(attack.scores, Undefined)}
    columns = {**{f"score_{name}": values for name, values in named.items()}, **reading.details}
    lacking = np.full(len(reading.documents), np.nan)
    names = dict.fromkeys((*reading.stored, *columns))
    return scored_items(
        [(document, places.get(document)) for document in prepared.documents],
        id=lambda document: f"{document.side}, {document.key}",
        scores={name: partial(_at, columns.get(name, lacking)) for name in names},
        clusters={"side": lambda document: document.side},
    )


def _notes(prepared: Prepared, lost: Sequence[Lost], shift: str) -> list[str]:
    """What a reader must know of the documents; what is odd about them reaches the terminal too."""
    notes = []
    for why in items.LOSSES:
        members, others = sides([row.document for row in lost if row.why == why])
        if members or others:
            notes.append(CHECK + WORDS("note.lost", why=WORDS(f"lost.{why}"), members=members, nonmembers=others))
    if prepared.cut:
        notes.append(WORDS("note.cut", count=prepared.cut))
    if shift:
        notes.append(CHECK + shift)
    return notes
