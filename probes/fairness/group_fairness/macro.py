"""The mean of the recalls of all classes, by group, and its contrasts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from fairwitness.audit import stats
from fairwitness.audit.metrics import DEFINITIONS, SHARES
from fairwitness.audit.records import Metric, Undefined
from fairwitness.probes.fairness.group_fairness import words
from fairwitness.probes.fairness.group_fairness.contrasts import differences, unless_shared
from fairwitness.probes.fairness.group_fairness.ends import completed, rate_ends
from fairwitness.probes.fairness.group_fairness.rates import NOT_ESTIMABLE, Group, Limits, Part
from fairwitness.probes.kit.claims import concluded, escaped, stated
from fairwitness.probes.kit.standing import standing
from fairwitness.probes.kit.unanswered import Ends, difference_if_answered

MACRO = DEFINITIONS["macro_recall"]
RECALL = SHARES["true_positive_rate"]


def macro(of_each: Mapping[str, Sequence[Part]], limits: Limits) -> Iterator[Metric]:
    """The mean of the recalls of all classes that truly occur, by group, and its contrasts."""
    for parts in zip(*of_each.values(), strict=True):
        part, named = parts[0], dict(zip(of_each, parts, strict=True))
        samples = {group: mean_recall(named, group, limits) for group in part.groups}
        for group, sample in samples.items():
            estimate = sample if isinstance(sample, Undefined) else sample.estimate("square-and-add", (0.0, 1.0))
            estimate = completed(estimate, _mean_ends(named, group))
            what = f"The mean recall over {len(of_each)} outcomes of {words.of_group(part, group)}"
            claim = stated(what, estimate, f"{escaped(what)} is {{value}}")
            tags = words.group_tags(part)
            yield Metric(
                name=MACRO.name,
                estimate=estimate,
                unit=MACRO.unit,
                better=MACRO.better,
                claim=claim,
                null=None,
                by=part.by(group),
                evidence=("classes",),
                tags=tags,
                **standing(tags, MACRO.better, part=bool(part.by(group))),
            )
        if part.reference is not None:
            yield from _macro_differences(
                part, part.reference, {group: samples[group] for group in part.compared}, named
            )


def _macro_differences(
    part: Part, reference: Group, samples: Mapping[Group, stats.Sample | Undefined], named: Mapping[str, Part]
) -> Iterator[Metric]:
    base = _mean_ends(named, reference)
    found = differences(samples, reference, "square-and-add", (-1.0, 1.0))
    for group, estimate in unless_shared(found, named[next(iter(named))], reference).items():
        own = _mean_ends(named, group)
        if own is not None and base is not None:
            estimate = difference_if_answered(estimate, own, base)
        who, other = words.of_group(part, group), words.of_group(part, reference)
        what = f"The difference in mean recall between {who} and {other}"
        who, other = escaped(who), escaped(other)
        claim = concluded(
            what,
            estimate,
            above=f"The mean recall of {who} is {{size}} higher than that of {other}",
            below=f"The mean recall of {who} is {{size}} lower than that of {other}",
            unshown=f"Whether the mean recalls of {who} and of {other} differ is not shown",
        )
        by, tags = part.by(group), words.contrast_tags(part, "simultaneous")
        name = f"{MACRO.name}_difference"
        yield Metric(
            name=name,
            estimate=estimate,
            unit=MACRO.unit,
            better="near_zero",
            claim=claim,
            null=0.0,
            by=by,
            against=words.crossing(reference),
            evidence=("classes",),
            tags=tags,
            **standing(tags, "near_zero", part=bool(by)),
        )


def mean_recall(parts: Mapping[str, Part], group: Group, limits: Limits) -> stats.Sample | Undefined:
    """The mean of the recalls of all classes; each must be estimable, so that groups are compared in the same."""
    samples: list[tuple[float, stats.Sample]] = []
    for name, part in parts.items():
        condition = f"rows that truly are {name!r}"
        others = [one for other, one in parts.items() if other != name and one.people]
        beside = [(one.people[group], RECALL, 1.0) for one in others]
        sample = part.sample(RECALL, group, limits, condition=condition, beside=beside)
        if isinstance(sample, Undefined):
            return sample
        samples.append((1 / len(parts), sample))
    return stats.linear(samples) if samples else Undefined(f"{NOT_ESTIMABLE}no true outcome is known")


def _mean_ends(parts: Mapping[str, Part], group: Group) -> Ends | None:
    """Rows of different true classes are different rows, so all recalls may be at their ends at once."""
    found = [rate_ends(part, RECALL, group, labelled=True) for part in parts.values()]
    known = [ends for ends in found if ends is not None]
    if not known or len(known) < len(found):
        return None
    return sum(low for low, _ in known) / len(known), sum(high for _, high in known) / len(known)
