"""Which texts does a language model know by heart: famous ones, and those that a user gives?"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from pydantic import Field

from fairwitness.audit import reasons, stats
from fairwitness.audit.probe import Context, Findings, Options, ProbeRun
from fairwitness.audit.records import Estimate, Evidence, Metric, Picture, ScoredItems, Undefined
from fairwitness.audit.requests import Answer, Generate, Generated, Request, TokenScores
from fairwitness.probes.kit.claims import percent_words
from fairwitness.probes.kit.measures import Measure, specs_of
from fairwitness.probes.kit.memory.fresh import FRESH, Fresh
from fairwitness.probes.kit.memory.passages import KINDS, Passage, TextKind
from fairwitness.probes.kit.memory.quantities import Quantities, measure, usual_nats
from fairwitness.probes.kit.memory.readings import Loss, read_scores, totals_alone
from fairwitness.probes.kit.memory.start import asked_by_start
from fairwitness.probes.kit.memory.thresholds import ScoredText, limits_of, scored
from fairwitness.probes.kit.scored import scored_items, scored_or_not
from fairwitness.probes.kit.validity import LEAST_SCORED
from fairwitness.probes.memorization.known_texts import items, shares, tables
from fairwitness.probes.memorization.known_texts.items import WORDS, Unscored
from fairwitness.probes.memorization.known_texts.shares import Group
from fairwitness.probes.memorization.known_texts.tables import Continuation

EXTRA_TOKENS = 12
"""Tokens that a continuation is shown beyond its run."""
NUMBER = partial(Measure, words=WORDS, better="none", null=None)
HIT_RATE = NUMBER(name="written_hit_rate", unit="share", role="competence", evidence=("controls",))
UNSEEN = replace(HIT_RATE, name="unseen_share_above", better="lower")
BITS = NUMBER(name="bits_per_byte", unit="bits per byte", role="description", scope="detail")
FRAMED = WORDS["framed"].tree
"""What texts of a frame are, and what can be done."""


class KnownTextsOptions(Options):
    """How the texts are read."""

    prefix: int = Field(50, ge=1, description="tokens of a text that are given before its suffix")
    suffix: int = Field(50, ge=1, description="tokens of the suffix whose probability is taken")
    min_k: float = Field(0.2, gt=0, le=1, description="share of least likely tokens in the min-k score")
    shown: int = Field(5, ge=0, description="texts of each kind whose greedy continuation is shown")
    limit: int | None = Field(
        None, ge=1, description="ask only this many texts of each kind; of yours drawn by the seed"
    )


class KnownTexts:
    """One pass over every text; then, where the model can write, greedy continuations for show."""

    spec = WORDS.spec(
        name="known_texts", family="memorization", needs=(("LogLikelihood",),), version="2.0", data=(FRESH, "texts")
    )
    options: type[Options] = KnownTextsOptions
    metrics = specs_of(HIT_RATE, UNSEEN, *shares.MEASURES, BITS)

    def run(self, ctx: Context) -> ProbeRun:
        """Asks for all texts, and then for the continuations of those with the longest runs."""
        options: KnownTextsOptions = ctx.options
        asked, unscored = items.without_short(items.passages(ctx.data, ctx.seed, options.limit))
        written = [passage for passage in asked if passage.kind == "written"]
        start, answers = yield from asked_by_start(asked, written)
        if totals_alone(answers.values()):
            raise WORDS.does_not_apply("reason.totals", "model_lacks")
        given_scores: list[tuple[Passage, list[TokenScores]]] = []
        for passage in asked:
            given = [answers[request] for request in passage.requests(start=start.used)]
            scores = scores_of(passage, given)
            if isinstance(scores, Unscored):
                unscored.append(scores)
            else:
                given_scores.append((passage, scores))
        usual = usual_nats(scores for passage, scores in given_scores if passage.kind == "written")
        read = [
            measure(passage, scores, [options.prefix], options.suffix, options.min_k, usual)
            for passage, scores in given_scores
        ]
        continued = (yield from _continuations(read, options.shown)) if "Generate" in ctx.capabilities else []
        return findings(ctx, read, unscored, continued)


PASSAGES = Picture(kind="passages", caption=WORDS("picture.passages"), evidence=("own", "public"))
SHARES = Picture(
    kind="dots",
    caption=WORDS("picture.shares"),
    metrics=("own_share_above", "public_share_above", "unseen_share_above"),
)
PROBE = KnownTexts()


def scores_of(passage: Passage, answers: Sequence[Answer]) -> list[TokenScores] | Unscored:
    """The scores of one text, or why they cannot be used; of the user's own texts only the kind of error is told."""
    scores = read_scores(answers, WORDS, private=passage.kind == "own")
    return Unscored(passage, scores.reason, scores.unanswered) if isinstance(scores, Loss) else scores


def _continuations(
    texts: Sequence[Quantities], shown: int
) -> Generator[list[Request], list[Answer], list[Continuation]]:
    """What is written before the longest runs of the famous texts and of the user's."""
    chosen: list[Quantities] = []
    for kind in ("public_domain", "own"):
        group = [text for text in texts if text.passage.kind == kind and text.run.before]
        chosen += sorted(group, key=lambda text: -text.run.length)[:shown]
    if not chosen:
        return []
    answers = yield [Generate(text.run.before, min(text.run.length + EXTRA_TOKENS, 64)) for text in chosen]
    pairs = zip(chosen, answers, strict=True)
    return [Continuation(text, answer.text) for text, answer in pairs if isinstance(answer, Generated)]


def findings(
    ctx: Context, read: Sequence[Quantities], unscored: Sequence[Unscored], continued: Sequence[Continuation]
) -> Findings:
    """Metrics and evidence.

    Without a model that can write plain language at all, runs conclude nothing, but that texts are known by heart.
    """
    by_kind = {kind: [text for text in read if text.passage.kind == kind] for kind in KINDS}
    fresh = Fresh.of(by_kind["written"])
    reason = inconclusive(fresh)
    texts = {kind: scored(group, fresh.calibrations, competent=not reason) for kind, group in by_kind.items()}
    unscored = [*unscored, *(_too_few_tokens(text) for text in texts["own"] if text.undecided)]
    texts["own"] = [text for text in texts["own"] if not text.undecided]
    unscored_own = [text for text in unscored if text.passage.kind == "own"]
    famous = Group.of("public", texts["public_domain"], evidence="public", problem=_problem(reason))
    users = own_texts(texts["own"], unscored_own, reason) if "texts" in ctx.data else NOT_GIVEN
    users = replace(users, despite=users.despite and not fresh.exceeded)
    texts["own"] = [replace(text, competent=text.competent or users.concludes) for text in texts["own"]]

    metrics = [hit_rate_metric(fresh.texts, ctx.seed), UNSEEN.metric(fresh.unseen)]
    for group in (famous, users):
        metrics += shares.metrics(group, fresh.unseen, ctx.options.prefix, ctx.options.suffix)
    metrics += [bits_per_byte(kind, group, ctx.seed) for kind, group in texts.items() if group]
    limits = limits_of(fresh.calibrations, 200)
    notes = [WORDS("note.threshold", rate=percent_words(fresh.hit_rate), count=len(fresh.texts), **limits)]
    notes += _notes(texts["own"], len(unscored_own), reason)
    return Findings(
        metrics=metrics,
        evidence=_evidence(texts, unscored, continued),
        notes=notes,
        items=items_asked(read, unscored),
        pictures=[PASSAGES, SHARES],
    )


def items_asked(read: Sequence[Quantities], unscored: Sequence[Unscored]) -> ScoredItems:
    """Every text that was asked, by its name or number and never by its words."""
    known = {text.passage for text in read}
    lost = [text.passage for text in unscored if text.asked and text.passage not in known]
    rows = scored_or_not(read, lost, lambda text: text.passage)
    return scored_items(
        rows,
        id=lambda passage: f"{passage.kind}, {passage.key}",
        scores={
            "hit_rate": lambda text: text.hits / text.scored,
            "longest_run": lambda text: text.counted,
            "bits_per_byte_of_text": lambda text: text.bits_per_byte,
            "min_k": lambda text: text.min_k,
        },
        clusters={"kind": lambda passage: passage.kind},
    )


def inconclusive(fresh: Fresh) -> str:
    """Why runs of this model, or the threshold that they are held to, say nothing; empty where they do."""
    if fresh.incompetent:
        return WORDS("reason.competence", rate=percent_words(fresh.hit_rate), least=percent_words(fresh.least))
    if isinstance(fresh.unseen, Estimate) and fresh.exceeded:
        return WORDS("reason.exceeded", share=percent_words(fresh.unseen.value), count=round(fresh.unseen.n))
    return ""


def _too_few_tokens(text: ScoredText) -> Unscored:
    return Unscored(text.quantities.passage, WORDS("skipped.undecided", open=text.quantities.open))


NOT_GIVEN = Group("own", [], problem=WORDS.undefined("reason.not_given", "not_asked", "not_asked"))


def own_texts(texts: Sequence[ScoredText], unscored: Sequence[Unscored], reason: str) -> Group:
    """What is said of the user's texts; of those that were not judged the worst is taken, but of empty ones."""
    framed = sum(text.framed for text in texts)
    judged = len(texts) - framed
    asked = len(texts) + sum(text.unanswered for text in unscored)
    if judged < LEAST_SCORED * asked:
        reason = _unread(judged, framed, asked)
    table = "own" if texts else "skipped" if unscored else ""
    group = Group.of("own", texts, evidence=table, problem=_problem(reason))
    unread = sum(bool(text.passage.text.strip()) for text in unscored)
    return replace(group, unscored=group.unscored + unread, despite=True)


def _unread(judged: int, framed: int, asked: int) -> str:
    """Why too few texts were judged, and what can be done."""
    if not framed:
        return WORDS("reason.unread", judged=judged, asked=asked)
    count = asked - judged - framed
    unread = WORDS("reason.and_unread", count=count) if count else ""
    return WORDS("reason.framed", framed=framed, asked=asked, unread=unread, **FRAMED)


def _problem(reason: str) -> Undefined | None:
    return reasons.invalid(reason) if reason else None


def hit_rate_metric(written: Sequence[Quantities], seed: int) -> Metric:
    """The mean over written texts of the share of tokens that the model has right."""
    return HIT_RATE.metric(stats.mean([text.hits / text.scored for text in written], bounds=(0, 1), seed=seed))


def bits_per_byte(kind: TextKind, texts: Sequence[ScoredText], seed: int) -> Metric:
    """The mean over texts of a kind."""
    bits = stats.mean([text.quantities.bits_per_byte for text in texts], seed=seed)
    return BITS.metric(bits, variant={"texts": WORDS(f"kind.{kind}")}, evidence=(tables.table_of(kind),))


def _evidence(
    texts: Mapping[TextKind, Sequence[ScoredText]], unscored: Sequence[Unscored], continued: Sequence[Continuation]
) -> list[Evidence]:
    controls = [*texts["written"], *texts["predictable"], *texts["shuffled"]]
    evidence = [tables.texts("own", texts["own"])] if texts["own"] else []
    evidence += [tables.texts("public", texts["public_domain"]), tables.texts("controls", controls)]
    users = [row for row in continued if row.quantities.passage.kind == "own"]
    famous = [row for row in continued if row.quantities.passage.kind == "public_domain"]
    if users:
        evidence.append(tables.continuations("own_continuations", users, secret=True, written=True))
    if famous:  # where texts of the user's are asked, whatever the model writes may be of them
        evidence.append(tables.continuations("continuations", famous, secret=False, written=bool(users)))
    return [*evidence, tables.UNSCORED.of(unscored)] if unscored else evidence


def _notes(texts: Sequence[ScoredText], unscored: int, reason: str) -> list[str]:
    notes = []
    if not texts and not unscored:
        notes.append(WORDS("note.not_given"))
    if unscored:
        notes.append(WORDS("note.skipped", count=unscored))
    if framed := sum(text.framed for text in texts):
        notes.append(WORDS("note.framed", count=framed, **FRAMED))
    if reason:
        notes.append(WORDS("note.validity", reason=reason))
    return notes
