"""Pairs of texts that differ in the group alone: does a classifier decide otherwise?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fairwitness.audit.probe import Context, DoesNotApply, ProbeRun, expect
from fairwitness.audit.requests import Answer, Classify, ClassScores, Request
from fairwitness.probes.bias.counterfactual.findings import findings
from fairwitness.probes.bias.counterfactual.items import Item, Skipped, crossings, limited, only, own, written
from fairwitness.probes.bias.counterfactual.scores import chosen_label, finite, judged
from fairwitness.probes.bias.counterfactual.spec import OWN, SPEC, CounterfactualOptions
from fairwitness.probes.kit import left_out
from fairwitness.probes.kit.asking import unique
from fairwitness.probes.kit.groups import NO_GROUP, terms_of
from fairwitness.probes.kit.privacy import private


class Counterfactual:
    """The probe; see SPEC."""

    spec = SPEC
    options = CounterfactualOptions

    def run(self, ctx: Context) -> ProbeRun:
        """One round of requests: both texts of every pair."""
        options: CounterfactualOptions = ctx.options
        items, skipped = pairs_of(ctx)
        requests: list[Request] = unique(Classify(text) for one in items for text in (one.text, one.swapped))
        answers: Mapping[Request, Answer] = dict(zip(requests, (yield requests), strict=True))
        given = [expect(answers[one], ClassScores) for one in requests]
        scores = [one for one in given if one is not None and finite(one)]
        if not scores:
            raise DoesNotApply(f"the classifier answered none of {len(requests)} texts with finite numbers")
        label = chosen_label(scores, options.label)
        found, missing = judged(items, lambda text: answers[Classify(text)], label)
        mine = OWN in ctx.data
        texts = ctx.data[OWN if mine else "counterfactual_texts"]
        secret = private(texts.source)
        if not mine:
            return findings(found, missing, skipped, label, ctx.seed, secret=secret)
        places = _unasked(missing, answers)
        total = len({one.family for one in items})
        spared = sum(int(one.family) in places for one in missing) if len(places) <= left_out.MOST * total else 0
        shown = findings(found, missing, skipped, label, ctx.seed, mine=True, secret=secret, left_out=spared)
        unanswered = sum(bool(left_out.of_the_text(answer)) for answer in answers.values())
        return left_out.naming(shown, places, total, "texts", unanswered)


def _unasked(missing: Sequence[Item], answers: Mapping[Request, Answer]) -> dict[int, str]:
    """The numbers of a user's texts that the model cannot be asked, and why."""
    places: dict[int, str] = {}
    for one in missing:
        reasons = (left_out.of_the_text(answers[Classify(text)]) for text in (one.text, one.swapped))
        if why := next(filter(None, reasons), ""):
            places[int(one.family)] = why
    return places


def pairs_of(ctx: Context) -> tuple[list[Item], list[Skipped]]:
    """The pairs that are asked. Raises DoesNotApply where there are none."""
    options: CounterfactualOptions = ctx.options
    listed = terms_of(ctx.data["fill_mask_terms"], "en")
    terms = {name: terms for name, terms in listed.items() if name != NO_GROUP}
    whole = terms | {name: crossings(name, terms) for name in options.intersections}
    if OWN in ctx.data:
        items, skipped = own(ctx.data[OWN], whole)
    else:
        items = written(ctx.data["counterfactual_texts"], ctx.data["counterfactual_people"], whole)
        skipped = []
    kept = only(items, (*options.categories, *options.intersections) if options.categories else ())
    if not kept:
        told = "; ".join(f"{one.texts} texts: {one.reason}" for one in skipped)
        raise DoesNotApply(f"no pair of texts to ask{f' ({told})' if told else ''}")
    return limited(kept, options.limit, ctx.seed), skipped


PROBE = Counterfactual()
