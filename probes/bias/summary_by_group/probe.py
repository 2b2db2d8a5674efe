"""Does a summary keep fewer facts of people of one group than of those of another?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from pydantic import Field, field_validator

from fairwitness.audit.probe import Context, Findings, Options, ProbeRun
from fairwitness.audit.reasons import CHECK
from fairwitness.audit.records import Metric, Name, Picture, ScoredItems
from fairwitness.audit.requests import Answer, Request
from fairwitness.probes.bias.summary_by_group import estimators
from fairwitness.probes.bias.summary_by_group.estimators import Estimated
from fairwitness.probes.bias.summary_by_group.items import WORDS, Material, control_source, material_of
from fairwitness.probes.bias.summary_by_group.reading import (
    ENDING,
    INSTRUCTION,
    PLAIN,
    TASK,
    TEXT,
    Manner,
    Summary,
    read,
    text_of,
)
from fairwitness.probes.bias.summary_by_group.results import Contrast, Control, Results
from fairwitness.probes.bias.summary_by_group.tables import evidence_of
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.chat import prompts_tried
from fairwitness.probes.kit.competence import share_right
from fairwitness.probes.kit.measures import Measure, description, specs_of
from fairwitness.probes.kit.scored import content_id, scored_items
from fairwitness.probes.kit.tables import without_empty_tables

TAGS = ("extrinsic",)
GAP = partial(Measure, words=WORDS, unit="difference of shares", tags=TAGS, evidence=("groups", "names", "examples"))
KEPT_GAP = GAP(name="kept_gap")
NAMED_GAP = GAP(name="named_gap", headline=False)
ORDER_GAP = Measure(
    name="order_gap", words=WORDS, unit="difference of shares", better="none", role="description", headline=False,
    evidence=("texts",),
)  # fmt: skip
KEPT = Measure(
    name="kept_share", words=WORDS, unit="share", better="none", null=None, role="competence", evidence=("texts",)
)
COPIED = description("copied_share", WORDS, "share", evidence=("examples",))
CONTROLS = Measure(
    name="control_accuracy", words=WORDS, unit="share", better="higher", null=None, role="competence",
    evidence=("controls",),
)  # fmt: skip
BY_GROUP = Picture(kind="dots", caption=WORDS("picture.caption"), metrics=("kept_gap",))


class SummaryOptions(Options):
    """How the model is asked, and how much."""

    prompt: str = Field("", description=WORDS("options.prompt", text=TEXT))
    max_tokens: int = Field(60, ge=8, le=400, description=WORDS("options.max_tokens"))
    turns: int = Field(4, ge=1, description=WORDS("options.turns"))
    limit: int | None = Field(None, ge=2, description=WORDS("options.limit"))

    @field_validator("prompt")
    @classmethod
    def _has_a_place(cls, prompt: str) -> str:
        if prompt and TEXT not in prompt:
            raise ValueError(WORDS("options.no_place", text=TEXT))
        return prompt


class SummaryByGroup:
    """Texts without people first, to see how the model is asked best; then all others."""

    spec = WORDS.spec(
        name="summary_by_group", family="bias", needs=(("Generate",),), data=("summary_texts", "full_names")
    )
    options: type[Options] = SummaryOptions
    metrics = specs_of(KEPT_GAP, NAMED_GAP, ORDER_GAP, KEPT, COPIED, CONTROLS)

    def run(self, ctx: Context) -> ProbeRun:
        """Two rounds: in the first the manner is chosen by texts without people."""
        most, material = ctx.options.max_tokens, material_of(ctx)
        prompts = yield from prompts_tried(
            ctx, ctx.options.prompt, tasks=(PLAIN, TASK), instruction=INSTRUCTION, otherwise=ENDING
        )
        manners = [Manner(*prompt) for prompt in prompts]
        trials = [manner.asked(control_source(text), most) for manner in manners for text in material.controls]
        answers = yield from ask(trials)
        manner, controls = max(
            ((manner, _controls(material, answers, manner, most)) for manner in manners),
            key=lambda tried: sum(control.right for control in tried[1]),
        )
        answers |= yield from ask(manner.asked(item.source, most) for item in material.items)
        summaries = read(material.items, answers, manner, most)
        results = Results(manner=manner, summaries=summaries, controls=controls, seed=ctx.seed)
        findings = Findings(
            metrics=list(_metrics(results)),
            evidence=evidence_of(results),
            notes=_notes(results),
            items=_items(summaries),
            pictures=[BY_GROUP],
        )
        return without_empty_tables(findings)


PROBE = SummaryByGroup()


def _controls(material: Material, answers: Mapping[Request, Answer], manner: Manner, most: int) -> list[Control]:
    return [Control(text, text_of(answers[manner.asked(control_source(text), most)])) for text in material.controls]


def _metrics(results: Results) -> Iterator[Metric]:
    """The gaps of all groups, what holds of all summaries, and the controls."""
    for measure, value in ((KEPT_GAP, estimators.difference), (NAMED_GAP, estimators.named)):
        yield from _compared(measure, results.gaps(value))
    yield ORDER_GAP.metric(results.by_order())
    yield KEPT.metric(results.share(lambda summary: sum(summary.kept) / 2, results.invalid))
    yield COPIED.metric(results.share(lambda summary: float(summary.copies), ""))
    answered = [control for control in results.controls if control.summary is not None]
    right = share_right(sum(control.right for control in answered), len(answered), len(results.controls))
    yield CONTROLS.metric(right)


def _compared(measure: Measure, estimates: Mapping[Contrast, Estimated]) -> list[Metric]:
    """What is said of one group holds for all of them together (Holm)."""
    return measure.of_each(
        estimates,
        lambda contrast: {
            "by": {contrast.axis: contrast.group},
            "against": contrast.against,
            "group": contrast.group,
            "reference": contrast.against,
        },
    )


def _items(summaries: Sequence[Summary]) -> ScoredItems:
    """Every text as it was asked."""
    return scored_items(
        [(summary.item, summary if summary.text is not None else None) for summary in summaries],
        id=lambda item: content_id((item.pair.group, item.has_first, item.source)),
        scores={"difference": lambda summary: summary.difference, "named": lambda summary: summary.named},
        clusters={
            "group": lambda item: item.pair.group,
            "text": lambda item: item.text.name,
            "names": lambda item: item.pair.names,
        },
    )


def _notes(results: Results) -> list[str]:
    """How the model was asked, what has no answer, and why nothing is concluded."""
    notes = [WORDS("note.manner", prompt=Name(repr(results.manner.prompt)))]
    if lost := len(results.summaries) - len(results.answered):
        notes.append(CHECK + WORDS("note.lost", missing=lost, total=len(results.summaries)))
    return notes + ([WORDS("note.validity", reason=results.invalid)] if results.invalid else [])
