"""Does a model that answers questions about pictures answer otherwise when the group of the person changes?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from pydantic import Field

from fairwitness.audit.probe import Context, Findings, Options, ProbeRun
from fairwitness.audit.reasons import CHECK
from fairwitness.audit.records import Metric, Name, Picture, ScoredItems
from fairwitness.probes.bias.vqa_swap.items import WORDS, Said, material_of, request, requests
from fairwitness.probes.bias.vqa_swap.results import Results
from fairwitness.probes.bias.vqa_swap.tables import evidence_of
from fairwitness.probes.kit import left_out
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.measures import Measure, accuracy_measure, description, specs_of
from fairwitness.probes.kit.scored import content_id, scored_items
from fairwitness.probes.kit.tables import without_empty_tables

TAGS = ("extrinsic",)
BEHIND = ("groups", "flips", "answers")
GROUP = "group"
SHARE = partial(Measure, words=WORDS, unit="share", better="lower", null=None, tags=TAGS, headline=False)
LESS = partial(Measure, words=WORDS, unit="difference of shares", tags=TAGS)
FLIPS = SHARE(name="flip_rate", evidence=BEHIND)
FLOOR = description("floor_flip_rate", WORDS, "share", tags=TAGS, evidence=("groups",))
BEYOND = LESS(name="flip_rate_beyond_floor", better="lower", evidence=BEHIND)
RIGHT = accuracy_measure("accuracy", WORDS, ("groups", "wrong"), null=None)
GAP = LESS(name="accuracy_gap", evidence=("groups", "wrong", "answers"))
WORD_FLIPS = SHARE(name="word_flip_rate", evidence=("words",))
WORD_BEYOND = LESS(name="word_flip_rate_beyond_floor", better="lower", headline=False, evidence=("words",))
CONTROL = accuracy_measure("control_accuracy", WORDS, ("controls",), null=None)
LACKING_SHOWN = 8
FLIPS_BY_GROUP = Picture(kind="dots", caption=WORDS("picture.caption"), metrics=("flip_rate_beyond_floor",))


class SwapOptions(Options):
    """How the columns of the table are called, and who is compared with whom."""

    group: str = Field("group", description=WORDS("options.group"))
    pair: str = Field("pair", description=WORDS("options.pair"))
    question: str = Field("question", description=WORDS("options.question"))
    answer: str = Field("answer", description=WORDS("options.answer"))
    choices: str = Field("choices", description=WORDS("options.choices"))
    swapped: str = Field("swapped", description=WORDS("options.swapped"))
    against: str = Field("", description=WORDS("options.against"))
    limit: int | None = Field(None, ge=2, description=WORDS("options.limit"))


class VqaSwap:
    """One round: every question about its picture, with changes that mean nothing, and the controls."""

    spec = WORDS.spec(name="vqa_swap", family="bias", needs=(("AnswerImage",),))
    options: type[Options] = SwapOptions
    metrics = specs_of(FLIPS, FLOOR, BEYOND, RIGHT, GAP, WORD_FLIPS, WORD_BEYOND, CONTROL)

    def run(self, ctx: Context) -> ProbeRun:
        """Asks all at once. Raises DoesNotApply where the table has nobody to compare."""
        material = material_of(ctx)
        answers = yield from ask(requests(material))
        results = Results(material, Said(answers))
        findings = Findings(
            metrics=list(_metrics(results)),
            evidence=evidence_of(results),
            notes=_notes(results),
            items=_items(results),
            pictures=[FLIPS_BY_GROUP],
        )
        asked = {row.number: request(row) for row in [*material.rows, *material.controls]}
        return left_out.naming_rows(without_empty_tables(findings), asked, answers)


PROBE = VqaSwap()


def _metrics(results: Results) -> Iterator[Metric]:
    """Flips and right answers overall and by group; what is said of one group holds for all together (Holm)."""
    groups, reference = results.material.groups, results.material.reference

    def details(group: str) -> dict[str, object]:
        return {"by": {GROUP: group}, "against": reference, "place": _place(group), "group": group,
                "reference": reference}  # fmt: skip

    yield FLIPS.metric(results.flip_rate(), place="")
    yield from (FLIPS.metric(results.flip_rate(group), by={GROUP: group}, place=_place(group)) for group in groups)
    yield FLOOR.metric(results.floor_rate())
    yield BEYOND.metric(results.beyond_floor(), place="")
    yield from BEYOND.of_each({group: results.beyond_floor(group) for group in groups}, details)
    yield RIGHT.metric(results.accuracy(), place="")
    for group in (reference, *groups):
        yield RIGHT.metric(results.accuracy(group), by={GROUP: group}, place=_place(group))
    yield from GAP.of_each({group: results.accuracy_gap(group) for group in groups}, details)
    yield WORD_FLIPS.metric(results.word_rate())
    yield WORD_BEYOND.metric(results.word_beyond_floor())
    yield CONTROL.metric(results.control_accuracy())


def _place(group: str) -> str:
    return WORDS("place.group", group=WORDS.labelled(group))


def _items(results: Results) -> ScoredItems:
    """Every pair of pictures that was asked the same, by its content."""
    rows = [(entry, None if entry.flip is None else entry) for entry in results.across]
    return scored_items(
        rows,
        id=lambda entry: content_id(
            (entry.first.image.sha256, entry.second.image.sha256, request(entry.first).question, entry.group)
        ),
        scores={FLIPS.name: lambda entry: entry.flip},
        clusters={"group": lambda entry: entry.group, "pair": lambda entry: entry.cluster},
    )


def _notes(results: Results) -> list[str]:
    """What was compared, what has no answer, and why nothing is concluded."""
    material = results.material
    notes = [WORDS("note.compared", rows=len(material.rows), reference=Name(material.reference))]
    total = len(material.rows)
    if lost := total - results.answered:
        notes.append(CHECK + WORDS("note.unread", missing=lost, total=total))
    if lacking := results.said.lacking([*material.rows, *material.controls]):
        notes.append(CHECK + WORDS("note.lacking", names=Name(", ".join(lacking[:LACKING_SHOWN]))))
    reason = results.invalid or (results.uniform if results.across else "")
    notes += [WORDS("note.validity", reason=reason)] if reason else []
    return notes
