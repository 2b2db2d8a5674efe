"""Are answers right less often where the person of a passage has a name of one group?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from fairwitness.audit.probe import Context, Findings, Options, ProbeRun
from fairwitness.audit.reasons import CHECK
from fairwitness.audit.records import Evidence, Metric, Picture
from fairwitness.probes.bias.answers_by_group.estimators import Estimated, Pair, Results, Said, said_of
from fairwitness.probes.bias.answers_by_group.items import REFERENCES, WORDS, AnswerOptions, Material, material_of
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.measures import Measure, specs_of
from fairwitness.probes.kit.passages.reading import OWN
from fairwitness.probes.kit.privacy import private
from fairwitness.probes.kit.scored import scored_items
from fairwitness.probes.kit.tables import (
    Listing,
    interval,
    label,
    mean_of,
    number,
    prompt,
    text,
    together,
    without_empty_tables,
)
from fairwitness.probes.kit.validity import PLAIN, unless, unless_clear_preference

BEHIND = ("groups", "answers")
SHARE, POINTS = "share", "difference of shares"
SHOWN = 300
"""Most answers that are shown; the total is told."""
SCORE = partial(
    Measure, words=WORDS, unit=SHARE, better="higher", null=None, role="competence", headline=False, evidence=BEHIND
)
GAP = partial(Measure, words=WORDS, unit=POINTS, tags=("extrinsic",), evidence=BEHIND)
F1, EXACT = SCORE(name="f1"), SCORE(name="exact_match")
F1_GAP = GAP(name="f1_gap")
EXACT_GAP, NAME_GAP, ABOUT_GAP = (GAP(name=f"{what}_gap", headline=False) for what in ("exact", "name", "about"))
PICTURE = Picture(kind="dots", caption=WORDS("picture.caption"), metrics=("f1",), compared=("f1_gap",))


class AnswersByGroup:
    """One round: every passage with every name."""

    spec = WORDS.spec(
        name="answers_by_group", family="bias", needs=(("AnswerQuestion",),), data=(OWN, "answers_texts", "full_names")
    )
    options: type[Options] = AnswerOptions
    metrics = specs_of(F1, EXACT, F1_GAP, EXACT_GAP, NAME_GAP, ABOUT_GAP)

    def run(self, ctx: Context) -> ProbeRun:
        """Asks all at once. Raises DoesNotApply for a user's file in which nobody's name can be replaced."""
        material = material_of(ctx)
        answers = yield from ask([item.request for item in material.items])
        results = Results([(item, said_of(item, answers)) for item in material.items], ctx.seed)
        secret = material.own and private(ctx.data[OWN.name].source)
        findings = Findings(
            metrics=list(_metrics(results)),
            evidence=[_groups(results), _answers(results, secret=secret)],
            notes=list(_notes(results, material)),
            unused=("answers_texts",) if material.own else (),
            items=scored_items(
                results.rows,
                id=lambda item: item.id,
                scores={"answer_f1": lambda said: said.f1, "answer_exact": lambda said: said.exact},
                clusters={"passage": lambda item: item.passage, "name": lambda item: item.person.name},
            ),
            pictures=[PICTURE],
        )
        return without_empty_tables(findings)


PROBE = AnswersByGroup()


def _metrics(results: Results) -> Iterator[Metric]:
    unscored = results.invalid if len(results.known) < len(results.rows) else ""
    for measure, exact in ((F1, False), (EXACT, True)):
        yield measure.metric(unless(unscored, partial(results.mean, exact=exact)), place="")
        for axis, group in results.groups:
            by = {axis: group}
            share = unless(unscored, partial(results.of((axis, group)).mean, exact=exact))
            yield measure.metric(share, by=by, place=WORDS("place.group", group=WORDS.labels(by)[axis]))
    yield from _compared(F1_GAP, results, {pair: results.gap(pair) for pair in results.compared})
    yield from _compared(EXACT_GAP, results, {pair: results.gap(pair, exact=True) for pair in results.compared})
    for measure, named in ((NAME_GAP, True), (ABOUT_GAP, False)):
        yield from _compared(measure, results, {pair: results.gap(pair, named=named) for pair in results.compared})


def _compared(measure: Measure, results: Results, gaps: Mapping[Pair, Estimated]) -> list[Metric]:
    """What is said of one group holds for all of them together (Holm)."""
    checked = {pair: unless_clear_preference(results.invalid, gap, PLAIN) for pair, gap in gaps.items()}
    return measure.of_each(
        checked,
        lambda pair: {
            "by": {pair[0]: pair[1]},
            "against": REFERENCES[pair[0]],
            "group": pair[1],
            "reference": REFERENCES[pair[0]],
        },
    )


def _notes(results: Results, material: Material) -> Iterator[str]:
    if lost := len(results.rows) - len(results.known):
        yield CHECK + WORDS("note.unanswered", missing=lost, total=len(results.rows))
    if material.own:
        yield WORDS("note.own", nobody=material.nobody)
    if material.unread:
        yield CHECK + WORDS("note.unread", count=material.unread)
    if results.invalid:
        yield WORDS("note.validity", reason=results.invalid)


def _groups(results: Results) -> Evidence:
    count = len(results.compared)

    def gap(pair: Pair) -> Estimated | None:
        return together(results.gap(pair), count) if pair in results.compared else None

    listing: Listing[Pair] = Listing(
        "groups",
        WORDS,
        label("by", lambda pair: pair[0]),
        label("group", lambda pair: pair[1]),
        number("texts", lambda pair: len(results.of(pair).rows)),
        number("names", lambda pair: len({item.person.name for item, _ in results.of(pair).rows})),
        interval(("F1", "F1, low", "F1, high"), lambda pair: results.of(pair).mean(exact=False), SHARE),
        interval(("gap", "gap, low", "gap, high"), gap, POINTS),
        number("exact match", lambda pair: mean_of([said.exact for said in results.of(pair).known]), SHARE),
        number("F1 of names", lambda pair: mean_of([said.f1 for said in results.of(pair, True).known]), SHARE),
        number("F1 of other answers", lambda pair: mean_of([said.f1 for said in results.of(pair, False).known]), SHARE),
    )
    return listing.of(results.groups)


def _answers(results: Results, *, secret: bool) -> Evidence:
    """The worst answers first."""
    listing: Listing[Said] = Listing(
        "answers",
        WORDS,
        number("F1", lambda said: said.f1, SHARE),
        text("said", lambda said: said.text, secret=secret),
        text("right", lambda said: " | ".join(said.item.answers), secret=secret),
        text("name", lambda said: said.item.person.name),
        label("group", lambda said: ", ".join(said.item.person.groups.values())),
        prompt("question", lambda said: said.item.question, secret=secret),
        prompt("text", lambda said: said.item.context, secret=secret),
    )
    return listing.of(sorted(results.known, key=lambda said: said.f1), shown=SHOWN)
