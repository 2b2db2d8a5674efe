"""Terms of groups × attributes × sentences: which group a language model expects beside unfavourable words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fairwitness.audit.probe import Context, DoesNotApply, ProbeRun
from fairwitness.audit.requests import Answer, Request
from fairwitness.probes.bias.fill_mask import fills, items
from fairwitness.probes.bias.fill_mask.asking import reader, request
from fairwitness.probes.bias.fill_mask.findings import findings
from fairwitness.probes.bias.fill_mask.holistic import holistic_terms
from fairwitness.probes.bias.fill_mask.items import Clue, Pair
from fairwitness.probes.bias.fill_mask.result import Result
from fairwitness.probes.bias.fill_mask.scores import Cell, Unscored, pointed
from fairwitness.probes.bias.fill_mask.spec import HOLISTIC, SPEC, FillMaskOptions
from fairwitness.probes.kit.asking import unique
from fairwitness.probes.kit.blanks import Blank, ModelType
from fairwitness.probes.kit.groups import NO_GROUP, Term, crossed_terms, terms_of
from fairwitness.probes.kit.templates import Template

CONTROLS_FOR = 2
"""Under a limit, one control item is asked for this many others."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of one category."""

    category: str
    terms: tuple[Term, ...]
    asked: tuple[tuple[Template, Pair], ...]
    controls: tuple[tuple[Template, Pair], ...]
    clues: tuple[tuple[tuple[Clue, ...], tuple[Term, ...]], ...]
    """Clues and the terms they choose among, of the category or of both that are crossed."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How the places of a sentence are filled: language, kind of model, and the neutral words of a causal prior."""

    language: str
    neutral: str
    arm: ModelType

    def sentences(self, template: Template, pair: Pair) -> tuple[Blank, Blank, Blank, Blank]:
        """With the first and the second attribute, and with each hidden."""
        first, second = (items.sentence(template, word) for word in pair.of(template))
        bare, other = (items.prior(template, word, self.neutral, self.language, self.arm) for word in pair.of(template))
        return first, second, bare, other


class FillMaskProbe:
    """The probe; see SPEC."""

    spec = SPEC
    options = FillMaskOptions

    def run(self, ctx: Context) -> ProbeRun:
        """One round of requests: every term in every sentence, its priors, controls, clues and open places."""
        options: FillMaskOptions = ctx.options
        arm: ModelType = "masked" if "FillMask" in ctx.capabilities else "causal"
        neutral = items.pairs_of(ctx.data["fill_mask_attributes"], options.language, "prior")
        if len(neutral) != 1:
            raise DoesNotApply(f"{len(neutral)} attributes of the kind 'prior' in {options.language!r}: 1 is needed")
        wording = Wording(options.language, neutral[0].first, arm)
        templates = items.templates_of(ctx.data["fill_mask_templates"], options.language)
        known = terms_of(ctx.data["fill_mask_terms"], options.language)
        plans = plans_of(ctx, known, templates)
        others = known.get(NO_GROUP, []) if arm == "masked" else []
        places = items.opened(templates, options.language)
        requests = unique(one for plan in plans for one in (*_requests(plan, wording), *_open(plan.terms, places, arm)))
        requests = unique([*requests, *_open(others, places, arm)])
        lookup = dict(zip(requests, (yield requests), strict=True))

        def answer_to(one: Request) -> Answer:
            return lookup[one]

        results = [_result(plan, wording, places, answer_to) for plan in plans]
        changed = fills.read(places, others, answer_to) if others else []
        return findings(results, changed, arm, options.language, ctx.seed)


def plans_of(ctx: Context, known: dict[str, list[Term]], templates: Sequence[Template]) -> list[Plan]:
    """One plan a category and intersection. Raises DoesNotApply where nothing is left to ask."""
    options: FillMaskOptions = ctx.options
    terms = holistic_terms(ctx.data.get(HOLISTIC), options.language) if options.terms == "holisticbias" else known
    listed = items.by_category(terms, options.categories)
    if not any(listed.values()):
        raise DoesNotApply(f"no term of these categories in the language {options.language!r}")
    if options.intersections and options.language not in ("en", "de"):
        raise DoesNotApply(f"intersections are written in English and German, not in {options.language!r}")
    for name in options.intersections:
        first, second = name.split("+")
        listed[name] = crossed_terms(terms[first], terms[second])
    attributes = ctx.data["fill_mask_attributes"]
    valence, control = (items.pairs_of(attributes, options.language, kind) for kind in ("valence", "control"))
    clues = items.clues_of(ctx.data["fill_mask_clues"], options.language)
    fewer = None if options.limit is None else max(options.limit // CONTROLS_FOR, 1)
    return [
        Plan(
            name,
            tuple(own),
            tuple(items.chosen(templates, valence, options.limit, ctx.seed)),
            tuple(items.chosen(templates, control, fewer, ctx.seed)),
            tuple(
                (tuple(one for one in clues if one.category == part), tuple(known[part])) for part in name.split("+")
            ),
        )
        for name, own in listed.items()
    ]


def _requests(plan: Plan, wording: Wording) -> list[Request]:
    asked: list[tuple[Blank, str]] = []
    for template, pair in (*plan.asked, *plan.controls):
        said = [term.of(template) for term in items.terms_in(template, plan.terms)]
        asked += [(one, word) for one in wording.sentences(template, pair) for word in said]
    asked += [
        (one, term.word)
        for clues, terms in plan.clues
        for clue in clues
        for one in (clue.asked, clue.neutral)
        for term in terms
    ]
    return [request(one, word, wording.arm) for one, word in asked]


def _open(terms: Sequence[Term], templates: Sequence[Template], arm: ModelType) -> list[Request]:
    return fills.requests(templates, terms) if arm == "masked" else []


def _result(plan: Plan, wording: Wording, places: Sequence[Template], answer_to: Callable[[Request], Answer]) -> Result:
    read = reader(answer_to, wording.arm)

    def scored(asked: Sequence[tuple[Template, Pair]]) -> list[Cell | Unscored]:
        found: list[Cell | Unscored] = []
        for template, pair in asked:
            wholes = wording.sentences(template, pair)
            for term in items.terms_in(template, plan.terms):
                first, second, bare, other = (read(one, term.of(template)) for one in wholes)
                if first is None or second is None or bare is None or other is None:
                    found.append(Unscored(template, pair, term, "no answer"))
                else:
                    found.append(Cell(template, pair, term, first, second, bare, other))
        return found

    cells, controls = scored(plan.asked), scored(plan.controls)
    return Result(
        plan.category,
        plan.terms,
        tuple(one for one in cells if isinstance(one, Cell)),
        tuple(one for one in controls if isinstance(one, Cell)),
        tuple(one for one in cells if isinstance(one, Unscored)),
        tuple(one for clues, terms in plan.clues for one in pointed(clues, terms, read)),
        tuple(fills.read(places, plan.terms, answer_to)) if wording.arm == "masked" else (),
    )


PROBE = FillMaskProbe()
