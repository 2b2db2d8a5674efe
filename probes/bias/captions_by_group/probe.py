"""Do captions of pictures of one group say other things, and err more often, than those of another?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from pydantic import Field

from fairwitness.audit.probe import Context, Findings, Options, ProbeRun
from fairwitness.audit.reasons import CHECK
from fairwitness.audit.records import Estimate, Metric, Name, Picture, ScoredItems, Undefined
from fairwitness.probes.bias.captions_by_group.items import WORDS, material_of, request
from fairwitness.probes.bias.captions_by_group.outcomes import read
from fairwitness.probes.bias.captions_by_group.results import Results
from fairwitness.probes.bias.captions_by_group.tables import evidence_of
from fairwitness.probes.kit import left_out
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.measures import Measure, accuracy_measure, specs_of
from fairwitness.probes.kit.scored import content_id, scored_items
from fairwitness.probes.kit.tables import without_empty_tables

TAGS = ("extrinsic",)
GROUP = "group"
OF_NAMES = ("groups", "namings", "wrong")
OF_THINGS = ("groups", "things")
SHARE = partial(Measure, words=WORDS, unit="share", better="lower", null=None, tags=TAGS, headline=False)
LESS = partial(Measure, words=WORDS, unit="difference of shares", tags=TAGS)
WRONG = SHARE(name="wrong_group_share", evidence=OF_NAMES)
WRONG_GAP = LESS(name="wrong_group_gap", evidence=OF_NAMES)
NEUTRAL = SHARE(name="no_group_share", better="none", role="description", evidence=OF_NAMES)
NEUTRAL_GAP = LESS(name="no_group_gap", headline=False, evidence=OF_NAMES)
MISSING = SHARE(name="missed_share", role="competence", evidence=OF_THINGS)
MISSING_GAP = LESS(name="missed_gap", evidence=OF_THINGS)
INVENTING = SHARE(name="invented_share", role="competence", evidence=OF_THINGS)
INVENTING_GAP = LESS(name="invented_gap", headline=False, evidence=OF_THINGS)
CONTROL = accuracy_measure("control_share", WORDS, ("controls",), null=None)
NAMED_BY_GROUP = Picture(kind="dots", caption=WORDS("picture.caption"), metrics=("wrong_group_share",),
                   compared=("wrong_group_gap",))  # fmt: skip


class CaptionOptions(Options):
    """How the columns of the table are called, how long captions may be, and who is compared with whom."""

    group: str = Field("group", description=WORDS("options.group"))
    pair: str = Field("pair", description=WORDS("options.pair"))
    things: str = Field("things", description=WORDS("options.things"))
    against: str = Field("", description=WORDS("options.against"))
    prompt: str = Field("", description=WORDS("options.prompt"))
    max_tokens: int = Field(30, ge=4, le=200, description=WORDS("options.max_tokens"))
    limit: int | None = Field(None, ge=2, description=WORDS("options.limit"))


class CaptionsByGroup:
    """One round: a caption of every picture of a person, and of the controls."""

    spec = WORDS.spec(name="captions_by_group", family="bias", needs=(("Caption",),))
    options: type[Options] = CaptionOptions
    metrics = specs_of(WRONG, WRONG_GAP, NEUTRAL, NEUTRAL_GAP, MISSING, MISSING_GAP, INVENTING, INVENTING_GAP, CONTROL)

    def run(self, ctx: Context) -> ProbeRun:
        """Asks all at once. Raises DoesNotApply where the table has nobody to compare."""
        material = material_of(ctx)
        answers = yield from ask(request(row, material) for row in material.all)
        people, controls = (read(list(rows), material, answers) for rows in (material.rows, material.controls))
        results = Results(material, people, controls)
        findings = Findings(
            metrics=list(_metrics(results)),
            evidence=evidence_of(results),
            notes=_notes(results),
            items=_items(results),
            pictures=[NAMED_BY_GROUP],
        )
        asked = {row.number: request(row, material) for row in material.all}
        return left_out.naming_rows(without_empty_tables(findings), asked, answers)


PROBE = CaptionsByGroup()


def _metrics(results: Results) -> Iterator[Metric]:
    """Whom captions name and what they miss and invent: overall, by group, and between groups."""
    yield from _measured(results, WRONG, partial(results.naming_share, naming="wrong"))
    yield from _compared(results, WRONG_GAP, partial(results.naming_gap, naming="wrong"))
    yield from _measured(results, NEUTRAL, partial(results.naming_share, naming="neither"))
    yield from _compared(results, NEUTRAL_GAP, partial(results.naming_gap, naming="neither"))
    yield from _measured(results, MISSING, results.missing_share)
    yield from _compared(results, MISSING_GAP, results.missing_gap)
    yield from _measured(results, INVENTING, results.inventing_share)
    yield from _compared(results, INVENTING_GAP, results.inventing_gap)
    yield CONTROL.metric(results.control_share())


def _measured(results: Results, measure: Measure, share: Callable[[str], Estimate | Undefined]) -> Iterator[Metric]:
    yield measure.metric(share(""), place="")
    for group in (results.material.reference, *results.material.groups):
        yield measure.metric(share(group), by={GROUP: group}, place=WORDS("place.group", group=WORDS.labelled(group)))


def _compared(results: Results, measure: Measure, gap: Callable[[str], Estimate | Undefined]) -> list[Metric]:
    """What is said of one group holds for all of them together (Holm)."""
    reference = results.material.reference

    def details(group: str) -> Mapping[str, Any]:
        return {"by": {GROUP: group}, "against": reference, "group": group, "reference": reference}

    return measure.of_each({group: gap(group) for group in results.material.groups}, details)


def _items(results: Results) -> ScoredItems:
    """Every picture of a person, by its content."""
    rows = [(entry, None if entry.unread else entry) for entry in results.people]
    return scored_items(
        rows,
        id=lambda entry: content_id((entry.row.image.sha256, entry.row.group, entry.material.prompt)),
        scores={
            WRONG.name: lambda entry: entry.is_naming("wrong"),
            NEUTRAL.name: lambda entry: entry.is_naming("neither"),
            INVENTING.name: lambda entry: entry.invents if entry.row.entries("things") else None,
        },
        clusters={"group": lambda entry: entry.row.group, "pair": lambda entry: entry.row.cluster},
    )


def _notes(results: Results) -> list[str]:
    """Which words are looked for, what was not read, and why nothing is concluded."""
    material, total = results.material, len(results.people)
    notes = [WORDS("note.compared", rows=total, reference=Name(material.reference))]
    if results.unread:
        reasons = Counter(entry.unread for entry in results.unread)
        for reason, count in sorted(reasons.items()):
            notes.append(CHECK + WORDS("note.unread", count=count, total=total, reason=Name(str(reason))))
    notes += [WORDS("note.names")] if material.named else []
    notes += [WORDS("note.validity", reason=results.invalid)] if results.invalid else []
    return notes
