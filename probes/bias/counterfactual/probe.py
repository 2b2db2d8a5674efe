"""Pairs of texts that differ in the group alone: does a classifier decide otherwise?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, TypeAlias

from pydantic import Field

from fairwitness.audit import reasons, stats
from fairwitness.audit.probe import Context, Findings, Options, ProbeRun
from fairwitness.audit.records import Estimate, Metric, ScoredItems, Undefined, quoted
from fairwitness.audit.requests import Answer, Classify, Request, Unanswered
from fairwitness.audit.stats.reliability import part_means, scoring_agreement, split_half
from fairwitness.probes.bias.counterfactual import tables
from fairwitness.probes.bias.counterfactual.answers import chosen_label, scored_pairs
from fairwitness.probes.bias.counterfactual.estimators import Estimated, Pairs
from fairwitness.probes.bias.counterfactual.items import WORDS, Item, limited, only, own_pairs, written
from fairwitness.probes.bias.counterfactual.tables import PROBABILITY, Group
from fairwitness.probes.kit import left_out
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.claims import survives_correction
from fairwitness.probes.kit.classes import finite
from fairwitness.probes.kit.consistency import Consistency
from fairwitness.probes.kit.groups import NO_GROUP, TERMS, AdjectiveCategory, Crossings, crossings, terms_of
from fairwitness.probes.kit.measures import Measure, specs_of
from fairwitness.probes.kit.pictured import strip
from fairwitness.probes.kit.privacy import private
from fairwitness.probes.kit.scored import scored_items, scored_or_not

OWN = "counterfactual_own"
EXTRINSIC = ("extrinsic",)
OF_GROUP = ("extrinsic", "group")
BEHIND = ("groups", "examples")
SHOWN_AT = 0.05
"""The chance that any claim about a group is wrong, all groups together."""

SHARE = partial(Measure, words=WORDS, unit="share", better="lower", tags=EXTRINSIC, evidence=BEHIND)
SIZE = partial(SHARE, unit=PROBABILITY, headline=False)
FLIP_RATE = SHARE(name="flip_rate", null=None)
FLIP_RATE_LESS = SHARE(name="flip_rate_less_control", headline=False)
CHANGE_SIZE = SIZE(name="change_size", null=None)
CHANGE_SIZE_LESS = SIZE(name="change_size_less_control")
CHANGE = SIZE(name="change", better="near_zero", scope="detail")
OF_CHANGES = Consistency(
    parts=WORDS("consistency.changes"), items=WORDS("consistency.items"), tags=EXTRINSIC, evidence=BEHIND
)
OF_SCORINGS = replace(
    OF_CHANGES, parts=WORDS("consistency.groups"), scorings=(WORDS("consistency.flips"), WORDS("consistency.sizes"))
)


Category: TypeAlias = Literal["gender", "pronoun", "name_gender", "name_race", "dialect", AdjectiveCategory]


class CounterfactualOptions(Options):
    """Which pairs are asked, and which class is looked at."""

    categories: tuple[Category, ...] = Field((), description=WORDS("options.categories"))
    intersections: Crossings = Field((), description=WORDS("options.intersections"))
    label: str = Field("", description=WORDS("options.label"))
    limit: int | None = Field(None, ge=1, description=WORDS("options.limit"))


class Counterfactual:
    """The probe: both texts of every pair, asked in one round."""

    spec = WORDS.spec(
        name="counterfactual",
        family="bias",
        version="2.0",
        needs=(("Classify",),),
        data=("counterfactual_texts", "counterfactual_people", TERMS, "counterfactual_own"),
    )
    options = CounterfactualOptions
    metrics = specs_of(FLIP_RATE, FLIP_RATE_LESS, CHANGE_SIZE, CHANGE_SIZE_LESS, CHANGE, *OF_SCORINGS.measures)

    def run(self, ctx: Context) -> ProbeRun:
        """Asks, reads and measures; of a user's texts those that cannot be asked are named."""
        options: CounterfactualOptions = ctx.options
        items, reasons = pairs_of(ctx)
        answers = yield from ask(Classify(text) for item in items for text in (item.text, item.changed))
        scores = [score for score in map(finite, answers.values()) if score is not None]
        if not scores:
            raise WORDS.does_not_apply("reason.no_answer", "unanswered", count=len(answers))
        label = chosen_label(scores, options.label)
        pairs = Pairs(*scored_pairs(items, lambda text: answers[Classify(text)], label))
        own_texts = OWN in ctx.data
        secret = private(ctx.data[OWN if own_texts else "counterfactual_texts"].source)
        results = Results(pairs=pairs, label=label, seed=ctx.seed, own_texts=own_texts)
        if not own_texts:
            return findings(results, reasons, secret=secret)
        places = unaskable(pairs.unscored, answers)
        total = len({item.family for item in items})
        if len(places) <= left_out.MOST * total:
            results = replace(results, left_out=sum(int(item.family) in places for item in pairs.unscored))
        unanswered = sum(bool(left_out.of_the_text(answer)) for answer in answers.values())
        return left_out.naming(findings(results, reasons, secret=secret), places, total, "texts", unanswered)


def pairs_of(ctx: Context) -> tuple[list[Item], Counter[str]]:
    """The pairs that are asked, and how many texts of the user's gave none, by reason.

    Raises DoesNotApply where there are no pairs.
    """
    options: CounterfactualOptions = ctx.options
    terms = terms_of(ctx.data[TERMS.name], "en")
    terms.pop(NO_GROUP, None)
    terms |= crossings(terms, options.intersections)
    reasons: Counter[str] = Counter()
    if OWN in ctx.data:
        items, reasons = own_pairs(ctx.data[OWN], terms)
    else:
        items = written(ctx.data["counterfactual_texts"], ctx.data["counterfactual_people"], terms)
    items = only(items, (*options.categories, *options.intersections) if options.categories else ())
    if not items:
        texts = "; ".join(WORDS("left_out.texts", count=count, reason=reason) for reason, count in reasons.items())
        raise WORDS.does_not_apply("reason.no_pair", "nothing_to_ask", texts=f" ({texts})" if texts else "")
    return limited(items, options.limit, ctx.seed), reasons


def unaskable(unscored: Sequence[Item], answers: Mapping[Request, Answer]) -> dict[int, Unanswered]:
    """The numbers of a user's texts that the model cannot be asked, and why."""
    places: dict[int, Unanswered] = {}
    for item in unscored:
        first, second = (left_out.of_the_text(answers[Classify(text)]) for text in (item.text, item.changed))
        if missing := first or second:
            places[int(item.family)] = missing
    return places


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """All pairs, the class looked at, and whether the texts are a user's own."""

    pairs: Pairs
    label: str
    seed: int = 0
    own_texts: bool = False
    left_out: int = 0
    """Unscored pairs with a text that cannot be asked."""

    @property
    def invalid(self) -> Undefined | None:
        """Why nothing can be concluded; None when something can."""
        return self.pairs.invalid(self.left_out)

    @property
    def uniform(self) -> Undefined | None:
        """Why flips tell nothing; None when they do."""
        groups = self.pairs.asked.by("category", "group").values()
        return self.pairs.too_uniform([pairs.flip_rate(own_texts=self.own_texts) for pairs in groups])


def findings(results: Results, reasons: Mapping[str, int] | None = None, *, secret: bool = False) -> Findings:
    """Flip rates and changes over all pairs, by category and by group; `secret` texts are not shown."""
    pairs, invalid = results.pairs, results.invalid
    groups = {key: group for key, group in pairs.asked.by("category", "group").items() if group.scored}
    changes = {key: invalid or group.change(results.seed) for key, group in groups.items()}
    known = {key: stats.two_sided_p(change, 0.0) for key, change in changes.items() if isinstance(change, Estimate)}
    pvalues = dict(zip(known, stats.holm(list(known.values())), strict=True))
    flips_invalid = invalid or (results.uniform if pairs.scored else None)
    metrics = [
        *flips(results, flips_invalid),
        *sizes(results, invalid),
        *change_metrics(groups, changes, pvalues, results.label),
        *consistency(results, invalid, flips_invalid),
    ]
    tabled = [
        tables.groups(groups, changes, pvalues),
        tables.examples(pairs.scored, secret=secret),
        tables.missing(pairs.unscored, secret=secret),
    ]
    evidence = [table for table in tabled if table.rows]
    ids = {table.id for table in evidence}
    metrics = [replace(metric, evidence=tuple(id for id in metric.evidence if id in ids)) for metric in metrics]
    notes = [WORDS("note.left_out", count=count, reason=reason) for reason, count in (reasons or {}).items()]
    notes.append(WORDS("note.label", label=quoted(results.label)))
    if pairs.unscored:
        notes.append(WORDS("note.missing", missing=len(pairs.unscored), total=len(pairs.items)))
    return Findings(metrics=metrics, evidence=evidence, notes=notes, items=items_asked(pairs.asked), pictures=[PICTURE])


def items_asked(pairs: Pairs) -> ScoredItems:
    """Every pair of texts about groups, by what was swapped in which: a user's texts are named by their number."""
    rows = scored_or_not(pairs.scored, pairs.unscored, lambda pair: pair.item)
    return scored_items(
        rows,
        id=lambda item: f"{item.category}, {item.group}, {item.family}, {item.who}",
        scores={
            FLIP_RATE.name: lambda pair: pair.flipped,
            CHANGE.name: lambda pair: pair.change if pair.item.oriented else None,
            CHANGE_SIZE.name: lambda pair: abs(pair.change),
        },
        clusters={
            "category": lambda item: item.category,
            "group": lambda item: item.group,
            "family": lambda item: item.family,
            "kind": lambda item: item.kind,
            "phrase": lambda item: item.base or item.who,
        },
    )


def flips(results: Results, invalid: Undefined | None) -> list[Metric]:
    """Flip rates and those less the control, overall, by category and by group.

    A group that flips can disappear in the overall rate, so every group has its own, which rules may look at: less
    the control; as it is for a user's texts and for kinds of edit that no control pair has (pronouns, dialect).
    """
    controls = results.pairs.controls
    metrics = []
    for names in ((), ("category",), ("category", "group")):
        controlled = results.pairs.controlled.by(*names)
        for labels, pairs in results.pairs.asked.by(*names).items():
            by = dict(zip(names, labels, strict=True))
            place = WORDS(f"place.{names[-1]}", **WORDS.labels(by)) if names else ""
            rate = invalid or pairs.flip_rate(own_texts=results.own_texts)
            measure = _of_part(FLIP_RATE, names, judged=labels not in controlled)
            if results.own_texts and not names:
                measure = replace(measure, tags=(*measure.tags, "own_data"))
            metrics.append(measure.metric(rate, by=by, place=place))
            if labels in controlled:
                less = invalid or controlled[labels].flip_rate_less(controls)
                survives = survives_correction(less, len(controlled))
                metrics.append(_of_part(FLIP_RATE_LESS, names).metric(less, by=by, survives=survives, place=place))
    return [*metrics, *not_asked(results)]


def _of_part(measure: Measure, names: Sequence[str], *, judged: bool = True) -> Measure:
    """The measure of all pairs, of a category or of a group, which rules select by its tag where it is `judged`."""
    if not names:
        return measure
    return replace(measure, scope="group", tags=OF_GROUP if judged and "group" in names else EXTRINSIC)


def not_asked(results: Results) -> list[Metric]:
    """The overall metrics that rules name and that these texts cannot give."""
    metrics = []
    if not results.pairs.controlled.items:
        reason = WORDS("reason.own_controls" if results.own_texts else "reason.kind_controls")
        metrics.append(FLIP_RATE_LESS.metric(reasons.unasked(reason), place=""))
    if not results.own_texts:
        of_own = replace(FLIP_RATE, scope="group", tags=("extrinsic", "own_data"))
        unasked = WORDS.undefined("reason.no_own", "not_asked", "not_asked")
        metrics.append(of_own.metric(unasked, variant={"texts": "own texts"}, place=WORDS("place.own")))
    return metrics


def sizes(results: Results, invalid: Undefined | None) -> list[Metric]:
    """The size of the change of all pairs, and of those whose kind of edit control pairs have beyond these."""
    asked, controlled, controls = results.pairs.asked, results.pairs.controlled, results.pairs.controls
    size = invalid or asked.change_size(results.seed)
    metrics = [CHANGE_SIZE.metric(size, label=quoted(results.label))]
    if controlled.scored and controls.scored:
        metrics.append(CHANGE_SIZE_LESS.metric(invalid or controlled.change_size_less(controls)))
    return metrics


def change_metrics(
    groups: Mapping[Group, Pairs], changes: Mapping[Group, Estimated], pvalues: Mapping[Group, float], label: str
) -> list[Metric]:
    """The change of each group; what is said of one holds for all of them together (Holm 1979)."""
    return [
        CHANGE.metric(
            change,
            by=dict(zip(("category", "group"), key, strict=True)),
            survives=pvalues.get(key, 1.0) <= SHOWN_AT,
            label=quoted(label),
            reference=groups[key].scored[0].item.reference,
        )
        for key, change in changes.items()
    ]


def consistency(results: Results, invalid: Undefined | None, flips_invalid: Undefined | None) -> list[Metric]:
    """Whether halves of the sentences tell groups apart alike, and whether flips and sizes of change do."""
    asked = results.pairs.asked.scored
    oriented = [pair for pair in asked if pair.item.oriented]
    halves: Estimated = invalid or split_half(
        [pair.change for pair in oriented],
        [(pair.item.category, pair.item.group) for pair in oriented],
        [pair.item.family for pair in oriented],
        results.seed,
    )
    agreement: Estimated = flips_invalid or scoring_agreement(
        part_means(((pair.item.category, pair.item.group), float(pair.flipped)) for pair in asked),
        part_means(((pair.item.category, pair.item.group), abs(pair.change)) for pair in asked),
    )
    return [OF_CHANGES.reliability(halves), OF_SCORINGS.agreement(agreement)]


PICTURE = strip(WORDS, "change", by="category × group", unit="probability", metrics=("flip_rate",))
PROBE = Counterfactual()
