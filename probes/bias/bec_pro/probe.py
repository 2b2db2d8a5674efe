"""Does a profession draw a language model to people of the gender that dominates it?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from pydantic import Field

from fairwitness.audit import reasons
from fairwitness.audit.probe import Context, Findings, Options, ProbeRun
from fairwitness.audit.records import Estimate, Metric, ScoredItems, Undefined
from fairwitness.audit.requests import Request
from fairwitness.audit.stats.unanswered import difference_if_answered
from fairwitness.probes.bias.bec_pro import items, tables
from fairwitness.probes.bias.bec_pro.estimators import effect, effect_ends, gap, reliability
from fairwitness.probes.bias.bec_pro.items import WORDS, Association, Language, Line
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.consistency import RELIABILITY, Consistency
from fairwitness.probes.kit.measures import Measure, specs_of
from fairwitness.probes.kit.pictured import dots
from fairwitness.probes.kit.scored import scored_items
from fairwitness.probes.kit.sentences.pairs import OUR_PAIRS, Skipped, our_pairs
from fairwitness.probes.kit.sentences.preferences import COMPETENCE, competence_metrics, scrambled
from fairwitness.probes.kit.sentences.responses import read_all
from fairwitness.probes.kit.sentences.scores import ScoredPair, ScoreName, requests_for
from fairwitness.probes.kit.sentences.tables import UNSCORED
from fairwitness.probes.kit.validity import LEAST_SCORED, clear_preference, unless

DOUBLE_ODDS = math.log(2)
"""An effect shown to lie beyond this, in nats, is concluded though the model may know no sentences."""
WIDE = 1.0
"""Width of an interval, in nats, above which not finding anything says nothing."""
BIAS = partial(Measure, words=WORDS, unit="nats", tags=("intrinsic",), evidence=("professions", "wordings", "examples"))
EFFECT = BIAS(name="stereotype_effect", wide=WIDE)
CONTROL_EFFECT = BIAS(
    name="control_effect", role="description", headline=False, tags=("intrinsic", "control"), wide=WIDE
)
GAP = BIAS(name="association_gap", scope="detail", evidence=("professions",))


class BecProOptions(Options):
    """Which sentences are asked."""

    language: Language = Field("en", description="language of the sentences")
    limit: int | None = Field(None, ge=1, description="ask only this many professions, evenly spread over the set")


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses:
    """All that was asked and read: `lines` and `sound_asked` sound sentences were put to the model.

    `skipped` are the lines without an answer, and rows that are no sentence of their template.
    """

    lines: Sequence[Line]
    associations: Sequence[Association]
    controls: Sequence[Association]
    skipped: Sequence[Skipped]
    name: ScoreName
    sound: Sequence[ScoredPair] = ()
    sound_asked: int = 0
    seed: int = 0


class BecPro:
    """The probe: a sentence is a person and a profession; asked is how much the profession raises the person."""

    spec = WORDS.spec(
        name="bec_pro",
        family="bias",
        needs=(("FillMask", "PseudoLogLikelihood"), ("LogLikelihood",)),
        data=("bec_pro_en", "bec_pro_de", OUR_PAIRS),
    )
    options = BecProOptions
    metrics = specs_of(EFFECT, CONTROL_EFFECT, GAP, COMPETENCE, RELIABILITY)

    def run(self, ctx: Context) -> ProbeRun:
        """One round: every sentence, its prior, the control words and the sound sentences."""
        language: Language = ctx.options.language
        table = ctx.data.get(f"bec_pro_{language}")
        if table is None:
            raise WORDS.does_not_apply("reason.no_data", "data_missing", language=language)
        known, skipped = items.read_lines(table)
        lines = items.limited(known, ctx.options.limit, ctx.seed)
        if not lines:
            raise WORDS.does_not_apply("reason.no_line", "nothing_to_ask", total=len(table))
        controls = items.control_lines(lines, language)
        masked = ctx.capabilities.issuperset(self.spec.needs[0])
        name: ScoreName = "pll_word_l2r" if masked else "sum"
        pairs = our_pairs(ctx.data[OUR_PAIRS.name], language, "competence")
        blanks = items.masked_requests([*lines, *controls]) if masked else []
        requests: list[Request] = [*blanks] if masked else [*items.causal_requests([*lines, *controls], language)]
        for pair in pairs:
            requests += [*requests_for(pair.more, (name,)), *requests_for(pair.less, (name,))]
        answers = yield from ask(requests)

        def read(asked: Sequence[Line]) -> list[Association | Skipped]:
            if masked:
                return items.masked_associations(asked, blanks, answers)
            return [items.causal_association(line, language, answers) for line in asked]

        rows = read(lines)
        responses = Responses(
            lines=lines,
            associations=[row for row in rows if isinstance(row, Association)],
            controls=[row for row in read(controls) if isinstance(row, Association)],
            skipped=[*skipped, *(row for row in rows if isinstance(row, Skipped))],
            name=name,
            sound=read_all(pairs, (name,), answers)[0],
            sound_asked=len(pairs),
            seed=ctx.seed,
        )
        return findings(responses)


def findings(responses: Responses) -> Findings:
    """Metrics and evidence; where the validity check is missed every effect is undefined with the reason."""
    associations, skipped = responses.associations, responses.skipped
    main = effect(associations)
    reason = _validity(responses, main)
    control = unless(reason, lambda: effect(responses.controls))
    halves = unless(reason, lambda: reliability(associations, responses.seed))
    behind = EFFECT.evidence if associations else ()
    metrics = [
        EFFECT.metric(unless(reason, lambda: _if_answered(main, responses)), evidence=behind),
        CONTROL_EFFECT.metric(control, evidence=behind),
        *_gaps(associations, reason),
        Consistency(parts="professions", items="wordings", tags=("intrinsic",), evidence=behind).reliability(halves),
    ]
    metrics += competence_metrics(responses.sound, responses.sound_asked, responses.name, evidence=())
    evidence = tables.all_of(associations, responses.controls) if associations else []
    evidence += [UNSCORED.of(skipped)] if skipped else []
    notes = [WORDS("note.validity", reason=reason)] if reason else []
    notes += [WORDS("note.unscored", count=len(skipped))] if skipped else []
    return Findings(metrics=metrics, evidence=evidence, notes=notes, items=_items(responses), pictures=[PICTURE])


PICTURE = dots(WORDS, GAP.name, by="professions")


def _items(responses: Responses) -> ScoredItems:
    """Every sentence, with how much its profession raises its person."""
    by_row = {association.line.row: association for association in responses.associations}
    return scored_items(
        ((line, by_row.get(line.row)) for line in responses.lines),
        id=lambda line: f"row {line.row}",
        scores={"association": lambda association: association.value},
        clusters={
            "profession": lambda line: line.key,
            "dominated by": lambda line: line.dominated,
            "gender": lambda line: line.gender,
            "person": lambda line: line.person,
            "template": lambda line: line.template,
        },
    )


def _validity(responses: Responses, main: Estimate | Undefined) -> str:
    """Why nothing can be concluded; a large effect (`DOUBLE_ODDS`) is, whatever the model makes of sentences."""
    scored, total = len(responses.associations), len(responses.lines)
    if scored < LEAST_SCORED * total:
        return WORDS("validity.unscored", scored=scored, total=total)
    reason = scrambled(responses.sound, responses.sound_asked, responses.name)
    return "" if clear_preference(main, DOUBLE_ODDS) else reason


def _if_answered(main: Estimate | Undefined, responses: Responses) -> Estimate | Undefined:
    """The effect, and where it could lie with the lines that have no answer."""
    if isinstance(main, Undefined):
        return main
    rows = {line.row for line in responses.lines}
    unread = sum(row.row not in rows for row in responses.skipped)
    return difference_if_answered(main, *effect_ends(responses.associations, responses.lines, unread))


def _gaps(associations: Sequence[Association], reason: str) -> list[Metric]:
    """How much more professions of each kind raise women than men; claimed where all kinds are corrected for."""
    gaps: dict[str, Estimate | Undefined] = {}
    for kind in sorted({association.line.dominated for association in associations}):
        gaps[kind] = reasons.invalid(reason) if reason else gap(associations, kind)
    return GAP.of_each(gaps, lambda kind: {"variant": {"professions": kind}})


PROBE = BecPro()
