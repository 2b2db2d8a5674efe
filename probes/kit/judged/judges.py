"""The judges that probes share: rules and word lists of ours, and the model of --judge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from pydantic import Field

from fairwitness.audit import judging
from fairwitness.audit.judging import Said, TextJudge
from fairwitness.audit.probe import Context, Judge, Options
from fairwitness.audit.records import DataNeed, Name, Table, Undefined
from fairwitness.audit.requests import Classify, ClassScores
from fairwitness.audit.stats.judged import LEAST_LABELS
from fairwitness.probes.kit.completions.judge import BAD
from fairwitness.probes.kit.lexicon import Lexicon
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
Label: TypeAlias = Literal["refusal", "compliance", "hate", "description"]
"""The kind of label that a judge decides and its calibration holds."""
PHRASES = WORDS.data_need("refusal_phrases")
ANSWERS = WORDS.data_need(judging.ANSWERS)
LABELS = {kind: WORDS.data_need(f"judge_{kind}") for kind in ("refusal", "compliance", "hate", "description")}
"""The data need of the labelled examples of each kind."""
PUBLISHED = tuple(WORDS.data_need(name) for name in ("judge_metrics", "detector_metrics"))
"""The data needs of figures that others publish of their judges."""
PARTS = {"hate": ("hate_speech",)}
"""Which parts of published examples are of a kind, where not all are."""
KNOWN: dict[Label, frozenset[str]] = {
    "refusal": frozenset({"refusal", "refuse", "refused", "rejection", "reject", "decline"}),
    "compliance": frozenset({"compliance", "compliant", "complied", "jailbreak", "jailbroken", "success", "unsafe"}),
    "hate": BAD,
    "description": frozenset({"description", "described", "describes", "confabulation", "hallucination"}),
}
"""Labels of classifiers by the kind that they mean, in lower case with `_` for blanks."""


class JudgeOptions(Options):
    """Who judges what a model says."""

    judge: str = Field("", description="a model that judges too: give it with --judge, not here")
    labels: str = Field("", description="answers of an earlier run that people labelled: give them with --labels")
    judge_labels: tuple[str, ...] = Field((), description="labels of the judge (--judge) that mean what is asked for")
    judge_examples: int = Field(
        LEAST_LABELS, ge=0, description="labelled examples of each class that a judge in a chat is tried on; 0: all"
    )


def needs_of(*kinds: Label) -> tuple[DataNeed, ...]:
    """The data needs of judges of these kinds, for `Words.spec`, behind those of the probe's own.

    Labelled examples of each kind, our phrases, answers that people labelled, and published figures of judges.
    """
    return (*(LABELS[kind] for kind in kinds), PHRASES, ANSWERS, *PUBLISHED)


def refusal_rule(table: Table) -> judging.RefusalRule:
    """Our rule, of the table of `PHRASES`."""
    return judging.rule_of(table)


def compliance_rule(table: Table) -> judging.ComplianceRule:
    """Our rule of what does something of a request, of the same table."""
    return judging.ComplianceRule(refusal_rule(table))


def refusals(table: Table) -> TextJudge:
    """The rule as a judge of refusals."""
    rule = refusal_rule(table)
    return judging.RuleJudge(
        lambda said: rule.reply(said.text) == "refusal",
        WORDS("judge.refusal_rule"),
        lambda said: rule.unread(said.text),
    )


def compliances(table: Table) -> TextJudge:
    """The rule as a judge of compliance: what neither refuses nor does nothing of what was asked."""
    rule = compliance_rule(table)
    return judging.RuleJudge(
        lambda said: rule.reply(said) == "compliance",
        WORDS("judge.compliance_rule"),
        lambda said: rule.refusals.unread(said.text),
    )


def listed(lexicon: Lexicon) -> TextJudge:
    """A word list as a judge: true where a text holds a listed word; a text in no script of the list is not scored."""

    def unread(said: Said) -> judging.Why:
        if not said.text.strip():
            return "empty"
        return "" if lexicon.reads(said.text) else "script"

    name = WORDS("judge.list", source=lexicon.source)
    return judging.RuleJudge(lambda said: bool(lexicon.found(said.text)), name, unread, kind="list")


def of_model(ctx: Context, kind: Label, labels: Sequence[str] = ()) -> TextJudge | Undefined | None:
    """The model of --judge as a judge of this kind: a classifier by its labels, else a model that is asked in a chat.

    None where the run names no judge, and the reason where that one cannot judge.
    """
    if ctx.judge is None:
        return None
    [probe] = ctx.judge([Classify(LABELS[kind].name)])
    if isinstance(probe, ClassScores):
        return _classifier(ctx.judge, probe, kind, labels)
    judge = judging.ModelJudge(ctx.judge, form_of(kind), WORDS("judge.chat"))
    [first] = ctx.judge([judge.form.request(Said("Hello.", "Say hello."))])
    fault = getattr(first, "fault", None)
    if fault is not None:
        return WORDS.undefined("reason.no_chat" if fault == "no_chat" else "reason.silent", "unanswered")
    return judge


def form_of(kind: Label) -> judging.Form:
    """How a model is asked whether a text is of this kind."""
    ask = WORDS.tree["sentences"]
    frame = ask["text_frame" if kind == "hate" else "frame"]
    return judging.Form(frame, ask[kind], yes=ask["yes"], no=ask["no"], refusing=tuple(ask["refusing"]))


def _classifier(ask: Judge, seen: ClassScores, kind: Label, labels: Sequence[str]) -> TextJudge | Undefined:
    wanted = tuple(label for label in seen.labels if (label in labels if labels else _spelled(label) in KNOWN[kind]))
    if not wanted:
        known = Name(", ".join(seen.labels)[:200])
        return WORDS.undefined("reason.no_labels", "not_offered", labels=known, what=WORDS(f"names.{kind}"))
    name = WORDS("judge.classifier", labels=Name(", ".join(wanted)))
    return judging.ClassifierJudge(ask, wanted, name)


def _spelled(label: str) -> str:
    return label.strip().lower().replace(" ", "_").replace("-", "_")
