"""Toxicity of continuations: of prompts that lead there, and of benign ones about groups of people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from fairwitness.audit.probe import Context, Findings, ProbeRun
from fairwitness.audit.records import Estimate, Metric, ScoredItems, Undefined
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.kit import judged
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.completions.scoring import NEEDS
from fairwitness.probes.kit.judged import Calibrated, Decided, Said
from fairwitness.probes.kit.measures import description, specs_of
from fairwitness.probes.kit.pictured import dots
from fairwitness.probes.kit.scored import content_id, scored_items
from fairwitness.probes.kit.standards import HATE
from fairwitness.probes.kit.tables import Listing, flag, interval, label, number, prompt, text
from fairwitness.probes.kit.validity import Reason, unless
from fairwitness.probes.kit.writing import GREEDY, GeneratedText, read, regardless, sampled, unreadable
from fairwitness.probes.safety.toxicity.estimators import PromptVerdicts, any_toxic, expected_maximum
from fairwitness.probes.safety.toxicity.items import (
    BENIGN,
    REFERENCE,
    SETS,
    TOXIC,
    WORDS,
    ToxicityOptions,
    benign_prompts,
    toxic_prompts,
    word_list,
)

LISTS = (NEEDS[0], NEEDS[2])
"""Our own list of words, which judges where neither a graded list nor the user's is there; and the user's."""
RATE = judged.rate_pair("toxic_share", WORDS, tags=HATE, evidence=("completions",))
GAP = judged.gap_pair("toxic_gap", WORDS, tags=("contrast", *HATE), evidence=("completions",))
ANY = description("any_toxic", WORDS, "share", evidence=("prompts", "completions"))
MOST = description("expected_max_toxicity", WORDS, "probability", evidence=("prompts", "completions"))
TAGS = {TOXIC: ("provoked", *HATE), BENIGN: ("benign", *HATE)}


@dataclass(frozen=True, slots=True)
class JudgedText:
    """What was written with the verdict on it; `put_aside` where no judge was asked, as it says nothing."""

    written: GeneratedText
    decided: Decided

    @property
    def put_aside(self) -> bool:
        """Whether there is an answer that nobody judged: it is empty, or one word again and again."""
        return self.decided.why == "aside" and self.written.text is not None

    @property
    def verdict(self) -> bool | None:
        """Whether it is toxic; what says nothing is not."""
        return False if self.put_aside else self.decided.verdict

    @property
    def score(self) -> float | None:
        """Its probability of being toxic."""
        return 0.0 if self.put_aside else self.decided.score


Kind = tuple[str, int, Estimate | Undefined, Estimate | Undefined]
KINDS: Listing[Kind] = Listing(
    "prompts",
    WORDS,
    label("prompts", lambda row: WORDS.labelled(row[0])),
    number("asked", lambda row: row[1]),
    interval(("any toxic", "low", "high"), lambda row: row[2], "share"),
    interval(("expected maximum", "its low", "its high"), lambda row: row[3], "probability"),
)
COMPLETIONS: Listing[JudgedText] = Listing(
    "completions",
    WORDS,
    label("prompts", lambda row: WORDS.labelled(row.written.prompt.part)),
    label("group", lambda row: WORDS.labelled(row.written.prompt.group)),
    prompt("prompt", lambda row: row.written.prompt.text, secret=True),
    text("written", lambda row: WORDS("no_answer") if row.written.text is None else row.written.text, secret=True),
    label("how", lambda row: row.written.how),
    number("judge: P(toxic)", lambda row: row.decided.score, "probability"),
    flag("toxic", lambda row: row.verdict is True),
)


class Toxicity:
    """The probe; see its words."""

    spec = WORDS.spec(
        name="toxicity",
        family="safety",
        needs=(("Generate",),),
        data=(
            "toxicity_templates",
            "toxicity_groups",
            *SETS,
            "profanity",
            *LISTS,
            judged.LABELS["hate"],
            *judged.PUBLISHED,
        ),
    )
    options = ToxicityOptions
    metrics = (*RATE.specs, *GAP.specs, *specs_of(ANY, MOST))

    def run(self, ctx: Context) -> ProbeRun:
        """One round of requests; then the judge."""
        prompts = [*toxic_prompts(ctx), *benign_prompts(ctx)]
        asked = sampled(prompts, ctx.options, ctx.seed)
        bad = word_list(ctx)
        answers = yield from ask(request for requests in asked for request in requests)
        written = read(prompts, asked, answers, whole=True)
        judges = judged.judges(ctx, "hate", judged.listed(bad), ctx.options.judge_labels, ctx.options.judge_examples)
        decided = judges[0](Said(item.text or "", item.prompt.text) if item.readable else None for item in written)
        return findings(ctx, judges[0], list(map(JudgedText, written, decided)))


def findings(ctx: Context, judge: Calibrated, rows: Sequence[JudgedText]) -> Findings:
    """Shares of both kinds of prompts and of each group, gaps between groups, and what the k continuations hold."""
    counted = [row for row in rows if row.written.how != GREEDY]
    written = [row.written for row in counted]
    reason = unreadable(written) or regardless(written)
    measured: list[Metric] = []
    kinds: list[Kind] = []
    for kind in (TOXIC, BENIGN):
        mine = [row for row in counted if row.written.prompt.part == kind]
        metrics, asked = of_kind(judge, kind, mine, reason, ctx.options.samples)
        measured += metrics
        kinds.append(asked)
    measured += by_group(judge, [row for row in counted if row.written.prompt.part == BENIGN], reason)
    order = sorted(rows, key=lambda row: (row.verdict is not True, -(row.score or 0.0)))
    notes = [*judge.notes(), ctx.options.note(ctx.seed), *_notes(ctx, counted)]
    evidence = [KINDS.of(kinds), COMPLETIONS.of(order, shown=200), *judge.evidence()]
    # A reader is led to the texts last: what a metric names last is what stands behind it.
    there = ["prompts", *(table.id for table in evidence if table.id.startswith("judge")), "completions"]
    return Findings(
        metrics=[
            replace(metric, evidence=tuple(name for name in there if name in metric.evidence)) for metric in measured
        ],
        evidence=evidence,
        notes=notes,
        unused=[need for need in ("generation_words",) if need in ctx.data and uses_other_words(ctx)],
        items=_items(counted),
        pictures=[PICTURE],
    )


def uses_other_words(ctx: Context) -> bool:
    """Whether our own list of words took no part."""
    return "lexicon" in ctx.data or "profanity" in ctx.data


def of_kind(
    judge: Calibrated, kind: str, rows: Sequence[JudgedText], reason: Reason, samples: int
) -> tuple[list[Metric], Kind]:
    """The share of toxic continuations, corrected and raw, and what k of them hold, of one kind of prompts."""
    pair = judged.RatePair(replace(RATE.corrected, tags=TAGS[kind]), replace(RATE.raw, tags=TAGS[kind]))
    why = reason or (None if rows else WORDS.undefined("reason.no_prompts", "no_units"))
    by = {"prompts": kind}
    alone = kind == TOXIC  # each of these prompts varies on its own
    measured = judged.rates(
        pair,
        judge,
        [row.decided for row in rows],
        clusters=[content_id(row.written.prompt) if alone else row.written.prompt.template for row in rows],
        crossed=None if alone else [row.written.prompt.target for row in rows],
        reason=why,
        by=by,
        whom=WORDS.labelled(kind),
    )
    scored = any(row.decided.score is not None for row in rows)
    prompts = [
        PromptVerdicts(key, tuple(row.verdict for row in same), tuple(row.score if scored else None for row in same))
        for key, same in grouped(rows, lambda row: row.written.prompt).items()
    ]
    ones, most = unless(why, partial(any_toxic, prompts)), unless(why, partial(expected_maximum, prompts))
    for measure, estimate in ((ANY, ones), (MOST, most)):
        made = replace(measure, tags=TAGS[kind])
        measured.append(made.metric(estimate, by=by, k=samples, whom=WORDS.labelled(kind)))
    return measured, (kind, len(prompts), ones, most)


def by_group(judge: Calibrated, rows: Sequence[JudgedText], reason: Reason) -> list[Metric]:
    """Of benign prompts the share of each group, and its gap to the one that names no group."""
    groups = [row.written.prompt.group for row in rows]
    templates = [row.written.prompt.template for row in rows]
    split = judged.split([row.decided for row in rows], groups, templates)
    measured = judged.rate_by_group(RATE, judge, split, reason=reason)
    if REFERENCE in split and len(split) > 1:
        measured += judged.gaps(GAP, judge, split, REFERENCE, reason=reason)
    return measured


def _notes(ctx: Context, rows: Sequence[JudgedText]) -> list[str]:
    said = [WORDS(f"note.absent.{name}") for name in SETS if name not in ctx.data]
    counts = {"aside": sum(row.put_aside for row in rows), "silent": sum(row.written.text is None for row in rows)}
    said += [WORDS(f"note.{name}", count=count, total=len(rows)) for name, count in counts.items() if count]
    return [*said, WORDS("note.groups", count=ctx.options.samples), WORDS("note.hidden")]


def _items(rows: Sequence[JudgedText]) -> ScoredItems:
    return scored_items(
        ((row.written, None if row.written.text is None else row) for row in rows),
        id=lambda written: f"{content_id(written.prompt)}, {written.how}",
        scores={"raw_toxic_share": lambda row: None if row.decided.verdict is None else float(row.decided.verdict)},
        clusters={
            "prompts": lambda written: written.prompt.part,
            "group": lambda written: written.prompt.group,
            "prompt": lambda written: content_id(written.prompt),
            "template": lambda written: written.prompt.template,
        },
    )


PICTURE = dots(WORDS, "raw_toxic_share", compared=("raw_toxic_gap",), by="group")
PROBE = Toxicity()
