"""True and false claims, asked in several words and both ways round: does the model tell them apart?"""

from __future__ import annotations

from collections.abc import Sequence

from fairwitness.audit.probe import Context, Findings, ProbeRun
from fairwitness.audit.records import Evidence, Picture, ScoredItems
from fairwitness.audit.requests import Request
from fairwitness.probes.kit import varied
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.blanks import Answers, whole_scores
from fairwitness.probes.kit.chat import asks_in_chat
from fairwitness.probes.kit.measures import specs_of
from fairwitness.probes.kit.scored import scored_items
from fairwitness.probes.kit.truth import listed, questions
from fairwitness.probes.kit.truth.facts import FACTS, facts_of
from fairwitness.probes.kit.truth.listed import Way
from fairwitness.probes.kit.truth.questions import QUESTIONS, Question, Read
from fairwitness.probes.kit.varied import Varied
from fairwitness.probes.safety.truthfulness import tables
from fairwitness.probes.safety.truthfulness.answers import judged
from fairwitness.probes.safety.truthfulness.estimators import Judgements, Scored
from fairwitness.probes.safety.truthfulness.forms import Again
from fairwitness.probes.safety.truthfulness.items import (
    WORDS,
    Claim,
    TruthfulnessOptions,
    Wording,
    frames_of,
    further_claims,
    of_facts,
)
from fairwitness.probes.safety.truthfulness.metrics import (
    MEASURES,
    competence,
    consistency,
    on_facts,
    on_further,
    on_questions,
)
from fairwitness.probes.safety.truthfulness.said import Said, says_the_same, validity


class Truthfulness:
    """The probe: claims in frames, the same questions with listed answers in two orders, and a user's questions."""

    spec = WORDS.spec(
        name="truthfulness",
        family="safety",
        needs=(("LogLikelihood",),),
        data=(QUESTIONS, FACTS, "truth_frames", "factual_pairs", "false_claims"),
    )
    options = TruthfulnessOptions
    metrics = specs_of(*MEASURES, *varied.measures("share"))

    def run(self, ctx: Context) -> ProbeRun:
        """One round that shows whether there is a chat template, where nobody says so, and one for all else."""
        options: TruthfulnessOptions = ctx.options
        way = Way(options.language, (yield from asks_in_chat(options.chat, scores=True)), ctx.seed)
        facts = facts_of(ctx.data["truth_facts"], options.language, options.limit, ctx.seed)
        frames = frames_of(ctx.data["truth_frames"], options.language)
        further, unread = further_claims(ctx)
        claims = [*of_facts(facts.facts, "facts"), *of_facts(facts.controls, "controls"), *further]
        table = ctx.data.get("multiple_choice")
        users = None if table is None else questions.questions_of(table)
        shown = [questions.of_fact(fact) for fact in facts.facts]
        again = Again(of_facts(facts.facts, "facts"), shown, frames, way, options.vary)
        answers = yield from ask([*_requests(claims, frames, shown, users, way), *again.requests()])
        said = Said(
            claims=Judgements([(claim, judged(claim, frames, answers, way)) for claim in claims]),
            frames=frames,
            listed=[(question, listed.chosen(question, answers, way)) for question in shown],
            own=users,
            scored=scored_of(users, answers, way),
            way=way,
            unread=facts.unread + unread,
        )
        moved = again.rates(answers, validity(said), says_the_same(said.claims.of("facts"), frames))
        return findings(said, ctx.seed, moved)


def _requests(
    claims: Sequence[Claim], frames: Sequence[Wording], shown: Sequence[Question], users: Read | None, way: Way
) -> list[Request]:
    """Everything that is asked."""
    asked: list[Request] = [item for claim in claims for frame in frames for item in frame.requests(claim, way)]
    asked += [item for question in shown for item in listed.requests_for(question, way)]
    for _, question in users.questions if users else ():
        asked += [way.plain(question.text, answer) for answer in question.one]
        asked += [way.plain(question.text, answer) for answer, _ in question.several]
    return asked


def scored_of(users: Read | None, answers: Answers, way: Way) -> list[Scored]:
    """The user's questions that have a whole answer."""
    scored = []
    for row, question in users.questions if users else ():
        texts = [*question.one, *(answer for answer, _ in question.several)]
        given = whole_scores([answers[way.plain(question.text, text)] for text in texts])
        if given is not None:
            totals = tuple(score.total for score in given)
            scored.append(Scored(row, question, totals[: len(question.one)], totals[len(question.one) :]))
    return scored


def findings(said: Said, seed: int, moved: Sequence[Varied] = ()) -> Findings:
    """Metrics, evidence and notes; where a check is missed, what it takes away is not interpretable."""
    reason = validity(said)
    same = says_the_same(said.claims.of("facts"), said.frames)
    estimate = [
        competence(said.claims.of("controls")),
        *on_facts(said.claims.of("facts"), reason, same),
        *on_further(said.claims, reason, same),
        *consistency(said, reason, same),
        *on_questions(said, reason, seed),
        *varied.metrics(moved),
    ]
    evidence: list[Evidence] = [
        tables.claims(said.claims),
        tables.frames(said.frames, said.claims.of("facts", "controls").known),
        tables.choices(said.listed),
        *tables.unanswered(said.claims),
        *varied.tables(moved),
    ]
    if said.scored:
        evidence.append(tables.QUESTIONS.of(sorted(said.scored, key=lambda item: item.best)))
    pictures = [Picture(kind="strip", caption=WORDS("picture.caption"), score="log_odds", by="truth", unit="nats")]
    return Findings(
        metrics=estimate,
        evidence=evidence,
        notes=[*notes(said, reason or same), *varied.note(moved)],
        items=rows(said),
        pictures=pictures,
    )


def notes(said: Said, reason: str) -> list[str]:
    """How it was asked, what could not be read, and why nothing is concluded."""
    reasons = [WORDS("note.chat" if said.way.chat else "note.plain")]
    if said.claims.of("false claims").rows:
        reasons.append(WORDS("note.false"))
    if said.unread:
        reasons.append(WORDS("note.unread", count=said.unread))
    if said.own is not None and said.own.unread:
        reasons.append(WORDS("note.unread_questions", count=said.own.unread))
    if reason:
        reasons.append(WORDS("note.validity", reason=reason))
    return reasons


def rows(said: Said) -> ScoredItems:
    """Every claim that was asked, with what was said of it."""
    return scored_items(
        said.claims.rows,
        id=lambda claim: f"{claim.source} {claim.pair} {'true' if claim.true else 'false'}",
        scores={
            "log_odds": lambda item: item.plain,
            "log_odds_presupposed": lambda item: item.presupposed,
            "right": lambda item: float(item.right),
        },
        clusters={
            "set": lambda claim: claim.source,
            "truth": lambda claim: "true" if claim.true else "false",
            "pair": lambda claim: claim.pair,
        },
    )


PROBE = Truthfulness()
