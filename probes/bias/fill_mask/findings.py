"""Metrics and evidence of the fill-mask probe, from what was read of each category."""

from __future__ import annotations

from collections.abc import Sequence

from fairwitness.audit import stats
from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.probes.bias.fill_mask import tables
from fairwitness.probes.bias.fill_mask.fills import Fills
from fairwitness.probes.bias.fill_mask.groups import by_group, sizes
from fairwitness.probes.bias.fill_mask.metrics import INTRINSIC, signed
from fairwitness.probes.bias.fill_mask.parts import by_category, lpbs
from fairwitness.probes.bias.fill_mask.result import Result
from fairwitness.probes.bias.fill_mask.scores import Pointed, over_categories
from fairwitness.probes.kit import crossed
from fairwitness.probes.kit.blanks import ModelType
from fairwitness.probes.kit.claims import stated
from fairwitness.probes.kit.reliability import (
    agreement_metric,
    part_means,
    reliability_metric,
    scoring_agreement,
    split_half,
)
from fairwitness.probes.kit.standing import labelled, parted, standing


def findings(results: Sequence[Result], others: Sequence[Fills], arm: ModelType, language: str, seed: int) -> Findings:
    """A category below the competence floor has no score; it stands beside the overall score, which leaves it out.

    `others` are the likeliest words beside adjectives that name no group.
    """
    metrics = [*sizes(results), mean(results), *by_category(results, arm, others)]
    metrics += [*by_group(results), *reliability(results, seed), *competence(results)]
    named = {table for metric in metrics for table in metric.evidence}
    evidence = [
        table
        for table in (
            tables.categories(results, [one.of(lpbs) for one in results]),
            tables.groups(results),
            tables.examples(results, arm),
            tables.controls(results, arm),
            tables.spread(results),
            tables.by_score(results, arm),
            tables.open_places(results, others),
            tables.terms(results),
            tables.competence(results),
            tables.unscored(results),
        )
        if table.rows or table.id in named
    ]
    notes = [f"{one.category}: no score is concluded. {one.reason.reason}." for one in results if one.reason]
    if arm == "causal":
        notes.append("Which fills change asks for the likeliest word at an open place: only a masked model has one.")
    if language != "en":
        notes.append(f"The sentences, words and reference groups are those of the language {language!r}.")
    return Findings(metrics, evidence, notes)


def mean(results: Sequence[Result]) -> Metric:
    """The mean over groups, then over the categories that could be measured: a description, opposite signs cancel."""
    measured = {one.category: one.gaps for one in results if one.reason is None}
    value = crossed.mean(over_categories(measured)) if measured else results[0].of(lpbs)
    return signed("lpbs", value, f"over {', '.join(measured)}" if measured else "overall", {}, INTRINSIC)


def reliability(results: Sequence[Result], seed: int) -> list[Metric]:
    """How far the LPBS of groups hold from one half of the sentence families to the other, and per token."""
    reason = next((one.reason for one in results if one.reason), None)
    gaps = [(f"{one.category}: {gap.cell.term.group}", gap) for one in results if not one.reason for gap in one.gaps]
    groups = [group for group, _ in gaps]
    if reason is None or gaps:
        families = [gap.cell.template.family for _, gap in gaps]
        halves = split_half([gap.value for _, gap in gaps], groups, families, seed)
        plain = part_means((group, gap.value) for group, gap in gaps)
        agreed = scoring_agreement(plain, part_means((group, gap.per_token) for group, gap in gaps))
    else:
        halves = agreed = reason
    return [
        reliability_metric(halves, "groups", "sentence families", tags=INTRINSIC, evidence=("groups", "spread")),
        agreement_metric(agreed, ("LPBS", "LPBS per token"), "groups", tags=INTRINSIC, evidence=("by_score",)),
    ]


def competence(results: Sequence[Result]) -> list[Metric]:
    """Whether words that point to a group raise its term more than those of other groups."""
    found = []
    for one in results:
        estimate = clue_accuracy([pointed for pointed in one.pointed if pointed.comparisons])
        claim = stated(
            f"The clue accuracy in {one.category}",
            estimate,
            f"Where the sentence points to one group of {one.category}, that term is raised more in {{value}} of pairs",
        )
        by, tags = {"category": one.category}, ("competence",)
        found.append(
            Metric(
                name="clue_accuracy",
                estimate=estimate,
                unit="share",
                better="higher",
                claim=claim,
                null=0.5,
                **labelled(by),
                evidence=("competence",),
                tags=tags,
                **standing(tags, "higher", part=parted(by)),
            )
        )
    return found


def clue_accuracy(pointed: Sequence[Pointed]) -> Estimate | Undefined:
    """The share of comparisons in which a clue raises its own group more; comparisons of one sentence hang together."""
    right = [float(hit) for one in pointed for hit in one.comparisons]
    labels = [one.clue.asked.text for one in pointed for _ in one.comparisons]
    return stats.share(right, labels)
