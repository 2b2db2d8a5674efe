"""Terms of groups × attributes × sentences: which group a language model expects beside unfavourable words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from pydantic import Field

from fairwitness.audit.probe import Context, Findings, Options, ProbeRun
from fairwitness.audit.records import Picture, ScoredItems, quoted
from fairwitness.audit.requests import Request
from fairwitness.probes.bias.fill_mask import fills, items, metrics, tables
from fairwitness.probes.bias.fill_mask.fills import Fills
from fairwitness.probes.bias.fill_mask.holistic import HOLISTIC, holistic_terms
from fairwitness.probes.bias.fill_mask.items import WORDS, Clue, Pair
from fairwitness.probes.bias.fill_mask.result import Result
from fairwitness.probes.bias.fill_mask.scores import AskedTerm, Cell, Place, Reader, clue_scores, of_term, reader
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.blanks import Answers, Blank, ModelType, model_type
from fairwitness.probes.kit.groups import NO_GROUP, TERMS, AdjectiveCategory, Crossings, Term, crossings, terms_of
from fairwitness.probes.kit.measures import specs_of
from fairwitness.probes.kit.scored import scored_items
from fairwitness.probes.kit.templates import Template

CONTROLS_FOR = 2
"""Under a limit, one control item is asked for this many others."""


class FillMaskOptions(Options):
    """Which groups and sentences are asked."""

    language: Literal["en", "es", "fr", "de", "zh"] = Field("en", description="language of the sentences")
    categories: tuple[AdjectiveCategory, ...] = Field((), description="ask only these categories")
    intersections: Crossings = Field(
        (), description="also cross two categories, such as age+religion (English and German)"
    )
    terms: Literal["ours", "holisticbias"] = Field("ours", description="whose words for groups are asked")
    limit: int | None = Field(
        None, ge=1, description="ask only this many pairs of sentence and words in each category, evenly spread"
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of one category."""

    category: str
    terms: Sequence[Term]
    places: Sequence[Place]
    controls: Sequence[Place]
    clues: Sequence[tuple[Sequence[Clue], Sequence[Term]]]
    """Clues and the terms they choose among, of the category or of both that are crossed."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How the places of a sentence are filled: language, kind of model, and the neutral words of a causal prior."""

    language: str
    neutral: str
    model: ModelType

    def blanks(self, template: Template, pair: Pair) -> tuple[Blank, Blank, Blank, Blank]:
        """With the first and the second attribute, and with each hidden."""
        attributes = pair.of(template)
        first, second = (items.sentence(template, word) for word in attributes)
        bare, other = (items.prior(template, word, self.neutral, self.language, self.model) for word in attributes)
        return first, second, bare, other


class FillMaskProbe:
    """The probe; see its words."""

    spec = WORDS.spec(
        name="fill_mask",
        family="bias",
        needs=(("FillMask",), ("LogLikelihood",)),
        data=(TERMS, "fill_mask_attributes", "fill_mask_templates", "fill_mask_clues", "holisticbias_descriptors"),
    )
    options = FillMaskOptions
    metrics = specs_of(*metrics.MEASURES)

    def run(self, ctx: Context) -> ProbeRun:
        """One round of requests: every term in every sentence, its priors, controls, clues and open places."""
        options: FillMaskOptions = ctx.options
        model = model_type(ctx)
        neutral = items.pairs_of(ctx.data["fill_mask_attributes"], options.language, "prior")
        if len(neutral) != 1:
            raise WORDS.does_not_apply(
                "reason.priors", "nothing_to_ask", count=len(neutral), language=quoted(options.language)
            )
        wording = Wording(options.language, neutral[0].first, model)
        templates = items.templates_of(ctx.data["fill_mask_templates"], options.language)
        known = terms_of(ctx.data["fill_mask_terms"], options.language)
        plans = plans_of(ctx, known, templates)
        others = known.get(NO_GROUP, []) if model == "masked" else []
        open_places = items.opened(templates, options.language) if model == "masked" else []
        requests = chain.from_iterable(requests_of(plan, wording, open_places) for plan in plans)
        answers = yield from ask([*requests, *fills.requests(open_places, others)])

        results = [result_of(plan, wording, open_places, answers) for plan in plans]
        changed = fills.read(open_places, others, answers) if others else []
        return findings(results, changed, wording, ctx.seed)


def plans_of(ctx: Context, known: Mapping[str, Sequence[Term]], templates: Sequence[Template]) -> list[Plan]:
    """One plan a category and intersection. Raises DoesNotApply where nothing is left to ask."""
    options: FillMaskOptions = ctx.options
    language, limit = options.language, options.limit
    terms = holistic_terms(ctx.data.get(HOLISTIC), language) if options.terms == "holisticbias" else known
    categories = items.by_category(terms, options.categories)
    if not any(categories.values()):
        raise WORDS.does_not_apply("reason.no_term", "nothing_to_ask", language=quoted(language))
    if options.intersections and language not in ("en", "de"):
        raise WORDS.does_not_apply("reason.no_intersections", "option_unfit", language=quoted(language))
    categories |= crossings(terms, options.intersections)
    attributes = ctx.data["fill_mask_attributes"]
    valence, control = (items.pairs_of(attributes, language, kind) for kind in ("valence", "control"))
    clues = items.clues_of(ctx.data["fill_mask_clues"], language)
    fewer = None if limit is None else max(limit // CONTROLS_FOR, 1)
    places = items.chosen(templates, valence, limit, ctx.seed)
    controls = items.chosen(templates, control, fewer, ctx.seed)
    plans = []
    for name, terms_of_category in categories.items():
        parts = [([clue for clue in clues if clue.category == part], known[part]) for part in name.split("+")]
        plans.append(Plan(name, terms_of_category, places, controls, parts))
    return plans


def requests_of(plan: Plan, wording: Wording, open_places: Sequence[Template]) -> Iterator[Request]:
    """Everything that is asked of a category."""
    for template, pair in (*plan.places, *plan.controls):
        for blank in wording.blanks(template, pair):
            for term in items.terms_in(template, plan.terms):
                yield from of_term(blank, term.of(template)).requests(wording.model)
    for clues, terms in plan.clues:
        for clue in clues:
            for blank in (clue.asked, clue.neutral):
                for term in terms:
                    yield from of_term(blank, term.word).requests(wording.model)
    yield from fills.requests(open_places, plan.terms)


def result_of(plan: Plan, wording: Wording, open_places: Sequence[Template], answers: Answers) -> Result:
    """What was read of a category."""
    read = reader(answers, wording.model)
    cells, unscored = cells_of(plan.places, plan.terms, wording, read)
    return Result(
        plan.category,
        tuple(plan.terms),
        tuple(cells),
        tuple(cells_of(plan.controls, plan.terms, wording, read)[0]),
        tuple(unscored),
        tuple(chain.from_iterable(clue_scores(clues, terms, read) for clues, terms in plan.clues)),
        tuple(fills.read(open_places, plan.terms, answers)) if open_places else (),
    )


def cells_of(
    places: Sequence[Place], terms: Sequence[Term], wording: Wording, read: Reader
) -> tuple[list[Cell], list[AskedTerm]]:
    """The terms with an answer to all four sentences, and those without."""
    cells, unscored = [], []
    for template, pair in places:
        blanks = wording.blanks(template, pair)
        for term in items.terms_in(template, terms):
            first, second, bare, other = (read(blank, term.of(template)) for blank in blanks)
            if first is None or second is None or bare is None or other is None:
                unscored.append(AskedTerm(template, pair, term))
            else:
                cells.append(Cell(template, pair, term, first, second, bare, other))
    return cells, unscored


def findings(results: Sequence[Result], others: Sequence[Fills], wording: Wording, seed: int) -> Findings:
    """A category that misses its validity check has no score; the overall score leaves it out.

    `others` are the likeliest words beside adjectives that name no group.
    """
    model = wording.model
    measured = [
        *metrics.largest_sizes(results),
        metrics.mean(results),
        *metrics.by_category(results, model, others),
        *metrics.by_group(results),
        *metrics.consistency(results, seed),
        *metrics.competence(results),
    ]
    evidence = [
        tables.categories(results),
        tables.groups(results),
        tables.by_words(results),
        tables.items("examples", [gap for result in results for gap in result.gaps], model),
        tables.items("controls", [gap for result in results for gap in result.control_gaps], model),
        tables.spread(results),
        tables.by_score(results, model),
        tables.open_places(results, others),
        tables.terms(results),
        tables.competence(results),
        tables.unscored(results),
    ]
    named = {table for metric in measured for table in metric.evidence}
    notes = []
    for result in results:
        if result.reason:
            notes.append(WORDS("note.no_score", category=result.category, reason=result.reason.reason))
    if model == "causal":
        notes.append(WORDS("note.causal"))
    if wording.language != "en":
        notes.append(WORDS("note.language", language=quoted(wording.language)))
    shown = [table for table in evidence if table.rows or table.id in named]
    return Findings(metrics=measured, evidence=shown, notes=notes, items=items_asked(results), pictures=[PICTURE])


PICTURE = Picture(
    kind="matrix",
    caption=WORDS("picture.caption"),
    evidence=("by_words",),
    sides=(WORDS("picture.lower"), WORDS("picture.higher")),
)


def items_asked(results: Sequence[Result]) -> ScoredItems:
    """Every term in every sentence: how much more the unfavourable word raises it than the favourable one, in nats."""
    rows: list[tuple[AskedTerm, Cell | None]] = []
    for result in results:
        rows += [(cell.asked, cell) for cell in result.cells]
        rows += [(lost, None) for lost in result.unscored]
    return scored_items(
        sorted(rows, key=lambda row: repr((row[0].term.category, row[0]))),
        id=lambda item: ", ".join(
            (item.term.category, item.term.group, item.term.word, item.template.label, item.pair.name)
        ),
        scores={"contrast": lambda cell: cell.contrast, "contrast_per_token": lambda cell: cell.contrast_per_token},
        clusters={
            "category": lambda item: item.term.category,
            "group": lambda item: item.term.group,
            "family": lambda item: item.template.family,
            "pair": lambda item: item.pair.name,
        },
    )


PROBE = FillMaskProbe()
