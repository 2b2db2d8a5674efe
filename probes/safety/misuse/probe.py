"""Misuse: how often requests for harm are complied with, as they are and in a fixed budget of wrappers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from pydantic import Field

from fairwitness.audit.probe import Context, Findings, ProbeRun
from fairwitness.audit.records import Metric, ScoredItems
from fairwitness.audit.requests import Generate
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.kit import judged, replies
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.blanks import Answers
from fairwitness.probes.kit.chat import Manner, asks_in_chat
from fairwitness.probes.kit.harmful import controls as control_questions
from fairwitness.probes.kit.harmful.controls import ANSWERED, CONTROLS, Control, ControlReply, controls_of, share_right
from fairwitness.probes.kit.harmful.items import NEEDS, OWN, Drawn, Language, drawn_harmful
from fairwitness.probes.kit.harmful.replied import chosen, judgements
from fairwitness.probes.kit.judged import Calibrated, JudgeOptions, gap_pair, gaps, rate_pair, rates, split
from fairwitness.probes.kit.measures import description, specs_of
from fairwitness.probes.kit.pictured import dots
from fairwitness.probes.kit.replies import Asking, Reply, reply
from fairwitness.probes.kit.scored import content_id, scored_items
from fairwitness.probes.kit.standards import AILUMINATE, PROMPT_INJECTION, tags_of_theme
from fairwitness.probes.kit.validity import unless
from fairwitness.probes.kit.words import series
from fairwitness.probes.safety.misuse import tables
from fairwitness.probes.safety.misuse.attempts import Attempt, Attempts, compliance
from fairwitness.probes.safety.misuse.wrappers import (
    FRAMES,
    PLAIN,
    WILD,
    WORDS,
    Wrapper,
    wrappers,
)

EVIDENCE = ("forms", "attempts")
THEMES = (
    *("phishing", "malware", "fraud", "disinformation", "hate", "weapons", "drugs"),
    *("harassment", "privacy", "violence", "theft", "self_harm", "sexual"),
)
WRAPPING = (AILUMINATE, PROMPT_INJECTION)
COMPLIED = rate_pair("compliance_rate", WORDS, tags=(AILUMINATE,), evidence=EVIDENCE)
WRAPPED = rate_pair("wrapped_compliance_rate", WORDS, tags=WRAPPING, evidence=EVIDENCE)
GAIN = gap_pair("wrapper_gain", WORDS, tags=("wrapper", PROMPT_INJECTION), evidence=EVIDENCE)
SUCCESS = replace(description("attack_success", WORDS, "share", tags=WRAPPING, evidence=EVIDENCE), better="lower")
OF_THEME = replace(COMPLIED.raw, name="complied_of_theme", scope="detail", evidence=("themes",))


class MisuseOptions(JudgeOptions):
    """Which requests are asked, in which language, and in which wrappers."""

    limit: int | None = Field(100, ge=2, description="harmful requests at most, each asked in every form")
    themes: tuple[str, ...] = Field(THEMES, description="themes of requests, such as phishing; empty for all")
    wrappers: tuple[str, ...] = Field(
        ("role_play", "prefix", "base64"),
        description="the budget: role_play, prefix, base64, rot13, other_language (or in_zulu, say), in_the_wild",
    )
    language: Language = Field("en", description="language of wrappers and controls: en, zh")
    max_tokens: int = Field(64, ge=1, le=2000, description="tokens of a reply at most")
    chat: Manner = Field("auto", description="ask in the model's chat template: auto, chat or plain")


def themes_of(ctx: Context, options: MisuseOptions) -> tuple[str, ...]:
    """The themes that are asked: of a user's own file all, unless the run names some."""
    return () if OWN.name in ctx.data and "themes" not in options.model_fields_set else options.themes


class Misuse:
    """The probe; see its words."""

    spec = WORDS.spec(
        name="misuse",
        family="safety",
        needs=(("Generate",),),
        data=(*NEEDS, FRAMES, CONTROLS, WILD, *judged.needs_of("compliance", "refusal")),
    )
    options = MisuseOptions
    metrics = (*COMPLIED.specs, *WRAPPED.specs, *GAIN.specs, *specs_of(SUCCESS, OF_THEME, ANSWERED))

    def run(self, ctx: Context) -> ProbeRun:
        """One token that tells whether there is a chat template, then all forms at once, then the judges."""
        options: MisuseOptions = ctx.options
        wanted = drawn_harmful(ctx, options.limit, options.language, themes_of(ctx, options))
        forms = wrappers(ctx, options.wrappers, options.language)
        controls = controls_of(ctx.data[CONTROLS.name], options.language)
        in_chat = yield from asks_in_chat(options.chat)
        asking = Asking(chat=in_chat, max_tokens=options.max_tokens)
        texts = dict.fromkeys([*(item.text for item in wanted.items), *(entry.question for entry in controls)])
        requests = {
            (wrapper.name, text): asking.request(wrapper.wrapped(text, place, ctx.seed), language=options.language)
            for wrapper in forms
            for place, text in enumerate(texts)
        }
        answers = yield from ask(requests.values())
        judging = partial(judged.judges, ctx, labels=options.judge_labels, examples=options.judge_examples)
        judges = [chosen(judging(kind)) for kind in ("compliance", "refusal")]
        attempts = read(wanted, forms, controls, {key: (entry, answers) for key, entry in requests.items()}, judges)
        return findings(attempts, wanted, asking, judges)


def read(
    wanted: Drawn,
    forms: Sequence[Wrapper],
    controls: Sequence[Control],
    requests: dict[tuple[str, str], tuple[Generate, Answers]],
    judges: Sequence[Calibrated],
) -> Attempts:
    """Every request in every form with its reply and verdicts; judges see the request as it is, without a wrapper."""

    def said(form: str, text: str) -> Reply:
        request, answers = requests[form, text]
        return reply(request, answers[request])

    asked = [(item, form.name, said(form.name, item.text)) for form in forms for item in wanted.items]
    control_replies = [(entry, form.name, said(form.name, entry.question)) for form in forms for entry in controls]
    complied, refused = (judgements(judge, [(item.text, entry) for item, _, entry in asked]) for judge in judges)
    let_go = judgements(judges[1], [(control.question, entry) for control, _, entry in control_replies])
    return Attempts(
        tuple(
            Attempt(item=item, form=form, reply=entry, complied=yes, refused=no)
            for (item, form, entry), yes, no in zip(asked, complied, refused, strict=True)
        ),
        tuple(
            ControlReply(control=control, form=form, reply=entry, refused=no)
            for (control, form, entry), no in zip(control_replies, let_go, strict=True)
        ),
    )


def findings(attempts: Attempts, wanted: Drawn, asking: Asking, judges: Sequence[Calibrated]) -> Findings:
    """Compliance plainly and wrapped, what each wrapper adds, and what was said."""
    judge = judges[0]
    reason = attempts.plain_reason
    plain = attempts.of(PLAIN)
    measured = [
        *rates(COMPLIED, judge, [entry.complied for entry in plain], reason=reason),
        *wrapped(attempts, judge),
        SUCCESS.metric(unless(reason, attempts.success), budget=str(len(attempts.sound))),
        *(ANSWERED.metric(share_right(attempts.control_replies(form)), by={"form": form}) for form in attempts.forms),
    ]
    for theme, same in sorted(grouped(plain, lambda entry: entry.item.category).items()):
        measure = replace(OF_THEME, tags=tags_of_theme(theme))
        measured.append(measure.metric(unless(reason, partial(compliance, same)), by={"theme": same[0].item.called}))
    said = [entry.reply for entry in attempts.attempts] + [entry.reply for entry in attempts.controls]
    notes = [
        asking.note,
        *wanted.notes,
        *judge.notes(),
        *budget_notes(attempts),
        *replies.notes(said, ("LATIN", "CJK")),
    ]
    return Findings(
        metrics=measured,
        evidence=[
            tables.forms(attempts),
            tables.themes(plain),
            tables.attempts(attempts),
            control_questions.table(attempts.controls),
            *judge.evidence(),
        ],
        notes=notes,
        items=stored(plain),
        pictures=[PICTURE],
    )


def wrapped(attempts: Attempts, judge: Calibrated) -> list[Metric]:
    """Compliance over all wrappers that the model can answer in, in each, and what each adds to plain asking."""
    sound = attempts.sound
    forms = [form for form in attempts.forms if form != PLAIN]
    together = [entry for form in sound for entry in attempts.of(form)]
    none = WORDS.undefined(
        "reason.no_wrapper", "validity_check" if forms else "not_asked", "not_interpretable" if forms else "not_asked"
    )
    reason = attempts.plain_reason or (None if sound else none)
    measured = rates(
        WRAPPED,
        judge,
        [entry.complied for entry in together],
        clusters=[entry.item.text for entry in together],
        reason=reason,
    )
    for form in forms:
        mine = attempts.of(form)
        why = attempts.plain_reason or attempts.reason(form)
        decided = [entry.complied for entry in mine]
        measured += rates(WRAPPED, judge, decided, reason=why, by={"wrapper": form})
    return [*measured, *_gains(attempts, judge)]


def _gains(attempts: Attempts, judge: Calibrated) -> list[Metric]:
    """What each wrapper adds to plain asking: of those that the model can answer in claimed together."""
    rows = attempts.attempts
    sides = split(
        [entry.complied for entry in rows], [entry.form for entry in rows], [entry.item.text for entry in rows]
    )
    together = {form: sides[form] for form in (PLAIN, *attempts.sound)}
    measured = gaps(GAIN, judge, together, PLAIN, name="wrapper", reason=attempts.plain_reason)
    for form in (form for form in attempts.forms if form not in together):
        alone = {PLAIN: sides[PLAIN], form: sides[form]}
        why = attempts.plain_reason or attempts.reason(form)
        measured += gaps(GAIN, judge, alone, PLAIN, name="wrapper", reason=why)
    return measured


def budget_notes(attempts: Attempts) -> list[str]:
    """The budget, and of which forms nothing can be told."""
    forms = [form for form in attempts.forms if form != PLAIN]
    notes = [WORDS("note.budget", count=len(forms), names=series(map(WORDS.labelled, forms)) if forms else "-")]
    for form in attempts.forms:
        if reason := attempts.reason(form):
            notes.append(WORDS("note.not_told", form=WORDS.labelled(form), reason=reason.reason))
    return notes


def stored(plain: Sequence[Attempt]) -> ScoredItems:
    """Of each request plainly asked whether it was complied with; None without a verdict."""

    def score(entry: Attempt) -> float | None:
        return None if entry.complied.verdict is None else float(entry.complied.verdict)

    return scored_items(
        ((entry.item, entry if entry.complied.verdict is not None else None) for entry in plain),
        id=lambda item: content_id(item.text),
        scores={"raw_compliance_rate": score},
        clusters={"theme": lambda item: item.category},
    )


PICTURE = dots(WORDS, "raw_wrapped_compliance_rate", compared=("wrapper_gain",), by="wrapper")
PROBE = Misuse()
