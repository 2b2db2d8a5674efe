"""Does a tagger miss names of people of one group more often than those of another?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from pydantic import Field

from fairwitness.audit.probe import Context, Findings, Options, ProbeRun, expect
from fairwitness.audit.reasons import CHECK
from fairwitness.audit.records import Metric, Name, Picture, ScoredItems
from fairwitness.audit.requests import Answer, Embed, Embedding, Request, Tagged, TagTokens
from fairwitness.probes.bias.names_by_group import marked_metrics, marked_results
from fairwitness.probes.bias.names_by_group.estimators import Estimated, Read, recall
from fairwitness.probes.bias.names_by_group.items import FREQUENCY, TAGGED, WORDS, Item, material_of
from fairwitness.probes.bias.names_by_group.marked import own_sentences
from fairwitness.probes.bias.names_by_group.outcomes import is_person, read
from fairwitness.probes.bias.names_by_group.results import Contrast, Results
from fairwitness.probes.bias.names_by_group.tables import evidence_of
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.competence import share_right
from fairwitness.probes.kit.measures import Measure, specs_of
from fairwitness.probes.kit.privacy import private
from fairwitness.probes.kit.scored import content_id, scored_items
from fairwitness.probes.kit.validity import unless

TAGS = ("extrinsic",)
BEHIND = ("groups", "names", "examples")
RECALL = partial(Measure, words=WORDS, unit="share", better="higher", null=None, role="competence", headline=False)
GAP = partial(Measure, words=WORDS, unit="difference of shares", tags=TAGS, evidence=BEHIND)
FOUND = RECALL(name="recall", evidence=BEHIND)
IN_PART = RECALL(name="partial_recall", evidence=("groups", "outcomes"), scope="detail")
RECALL_GAP = GAP(name="recall_gap")
PARTIAL_GAP = GAP(name="partial_recall_gap", evidence=("groups", "outcomes"), headline=False)
ADJUSTED = GAP(name="adjusted_gap", evidence=("groups", "shapes", "names"), headline=False)
CONTROL = partial(Measure, words=WORDS, unit="difference of shares", better="none", role="description", headline=False)
SHAPE = CONTROL(name="shape_gap", evidence=("groups", "shapes"))
RARITY = CONTROL(name="rarity_gap", evidence=("groups", "names"))
FALSE_PERSONS = Measure(
    name="false_person_share", words=WORDS, unit="share", better="lower", null=None, role="competence",
    evidence=("controls",),
)  # fmt: skip
KNOWN = RECALL(name="known_recall", evidence=("controls",))
LABELS_SHOWN = 8
BY_GROUP = Picture(kind="dots", caption=WORDS("picture.caption"), metrics=("recall",), compared=("recall_gap",))


class NameOptions(Options):
    """What means a person, and which names and sentences are asked."""

    persons: tuple[str, ...] = Field((), description=WORDS("options.persons"))
    against: str = Field("", description=WORDS("options.against"))
    names: int | None = Field(None, ge=4, description=WORDS("options.names"))
    limit: int | None = Field(None, ge=2, description=WORDS("options.limit"))
    swaps: int = Field(100, ge=1, description=WORDS("options.swaps"))


class NamesByGroup:
    """One round: every name and its made-up one in every sentence, the controls, and how many tokens names have."""

    spec = WORDS.spec(name="names_by_group", family="bias", needs=(("TagTokens",),))
    options: type[Options] = NameOptions
    metrics = specs_of(
        FOUND, IN_PART, RECALL_GAP, PARTIAL_GAP, ADJUSTED, SHAPE, RARITY, FALSE_PERSONS, KNOWN, *marked_metrics.MEASURES
    )

    def run(self, ctx: Context) -> ProbeRun:
        """Asks all at once. Raises DoesNotApply for a tagger none of whose labels means a person."""
        material = material_of(ctx)
        fillers = [item.filler for item in (*material.names, *material.made_up)]
        lengths = [Embed(filler) for filler in fillers if Embed.__name__ in ctx.capabilities]
        given = own_sentences(ctx, material.persons)
        asked = [TagTokens(item.text) for item in material.all]
        answers = yield from ask([*asked, *lengths, *marked_results.requests(given)])
        labels = _labels(answers)
        if labels and not any(is_person(label, material.persons) for label in labels):
            shown = Name(", ".join(label for label, _ in labels.most_common(LABELS_SHOWN)))
            raise WORDS.does_not_apply("absent.labels", "option_unfit", spans=labels.total(), labels=shown)
        parts = (material.names, material.made_up, material.controls)
        names, made, controls = (Read(items, read(items, answers, material.persons)) for items in parts)
        results = Results(material=material, names=names, made_up=made, controls=controls, tokens=_tokens(answers))
        unanswered = [request for request in lengths if expect(answers[request], Embedding) is None]
        marked = None if given is None else marked_results.own_results(given, answers, material.persons)
        evidence = evidence_of(results)
        if marked is not None:
            evidence += marked_metrics.evidence_of(marked, secret=private(ctx.data[TAGGED.name].source))
        there = {table.id for table in evidence}
        metrics = [*_metrics(results), *([] if marked is None else marked_metrics.metrics(marked, results.invalid))]
        return Findings(
            metrics=[replace(entry, evidence=tuple(id for id in entry.evidence if id in there)) for entry in metrics],
            evidence=evidence,
            notes=[*_notes(results, labels), *(() if marked is None else marked_metrics.notes(marked))],
            unused=("full_names", "first_names", "name_pairs", "published_names") if material.own else (),
            accounted=len(dict.fromkeys(unanswered)),
            items=_items(names),
            pictures=[BY_GROUP],
        )


PROBE = NamesByGroup()


def _labels(answers: Mapping[Request, Answer]) -> Counter[str]:
    """How often each label was given."""
    return Counter(label for answer in answers.values() if isinstance(answer, Tagged) for _, _, label in answer.spans)


def _tokens(answers: Mapping[Request, Answer]) -> dict[str, int]:
    """Tokens of each name alone, with those that the model adds to every text."""
    return {
        request.text: answer.tokens
        for request, answer in answers.items()
        if isinstance(request, Embed) and isinstance(answer, Embedding)
    }


def _metrics(results: Results) -> Iterator[Metric]:
    """Recall overall and by group, the gaps between groups, and what controls them."""
    known, others = results.controls.kind("known"), results.controls.kind("place", "thing")
    for measure, whole in ((FOUND, True), (IN_PART, False)):
        estimate = unless(results.invalid, partial(recall, results.names, whole=whole))
        yield measure.metric(estimate, place="")
        for (axis, group), share in results.recalls(whole=whole).items():
            by = {axis: group}
            yield measure.metric(share, by=by, place=WORDS("place.group", group=WORDS.labels(by)[axis]))
    yield from _compared(RECALL_GAP, results.gaps(whole=True))
    yield from _compared(PARTIAL_GAP, results.gaps(whole=False))
    yield from _compared(ADJUSTED, results.adjusted_gaps())
    yield from _compared(SHAPE, results.shape_gaps())
    rarity = [estimate for entry, estimate in results.gaps(whole=True).items() if entry.axis == FREQUENCY]
    yield from (RARITY.metric(estimate) for estimate in rarity)
    yield KNOWN.metric(_share(known))
    yield FALSE_PERSONS.metric(_share(others))


def _compared(measure: Measure, estimates: Mapping[Contrast, Estimated]) -> list[Metric]:
    """What is said of one group holds for all of them together (Holm); rare names are no group of people."""
    groups = {entry: estimate for entry, estimate in estimates.items() if entry.axis != FREQUENCY}
    return measure.of_each(
        groups,
        lambda entry: {
            "by": {entry.axis: entry.group},
            "against": entry.against,
            "group": entry.group,
            "reference": entry.against,
        },
    )


def _share(controls: Read) -> Estimated:
    """The share of controls in which a person is found, whole or in part."""
    return share_right(round(sum(controls.values(whole=False))), len(controls.known), len(controls.items))


def _items(names: Read) -> ScoredItems:
    """Every name in every sentence, by its content."""
    rows = zip(names.items, names.found, strict=True)
    return scored_items(
        rows,
        id=lambda item: content_id((item.text, item.filler)),
        scores={"recall": lambda entry: entry.exact, "partial_recall": lambda entry: entry.touched},
        clusters={
            "group": _group,
            "sentence": lambda item: item.sentence.number,
            "person": lambda item: item.name.person if item.name else "",
        },
    )


def _group(item: Item) -> str:
    return ", ".join(item.name.groups.values()) if item.name else ""


def _notes(results: Results, labels: Counter[str]) -> list[str]:
    """What counts as a person, what has no answer, and why nothing is concluded."""
    persons = [label for label, _ in labels.most_common() if is_person(label, results.material.persons)]
    others = [label for label, _ in labels.most_common() if label not in persons][:LABELS_SHOWN]
    none = WORDS("note.no_others")
    shown = [Name(", ".join(names)) if names else none for names in (persons, others)]
    notes = [WORDS("note.persons", labels=shown[0], others=shown[1])]
    parts = (results.names, results.made_up, results.controls)
    if lost := sum(part.lost for part in parts):
        notes.append(CHECK + WORDS("note.unread", missing=lost, total=sum(len(part.items) for part in parts)))
    notes += [] if results.tokens else [WORDS("note.untold")]
    notes += [WORDS("note.own")] if results.material.own else []
    notes += [WORDS("note.validity", reason=results.invalid)] if results.invalid else []
    return notes
