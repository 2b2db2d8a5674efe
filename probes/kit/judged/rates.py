"""Rates of what a judge says of a model: raw and corrected side by side, and gaps between groups."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from fairwitness.audit.judging import Decided, Verdicts, corrected_gap, corrected_rate, labelled_rate, raw_gap, raw_rate
from fairwitness.audit.probe import MetricSpec
from fairwitness.audit.records import Better, Estimate, Metric, Name, Undefined
from fairwitness.audit.stats.judged import LEAST_LABELS, ONE_ERROR
from fairwitness.audit.stats.prediction_powered import LEAST_OF_STRATUM
from fairwitness.probes.kit.judged.calibrated import Calibrated
from fairwitness.probes.kit.judged.judges import WORDS
from fairwitness.probes.kit.measures import Measure, description
from fairwitness.probes.kit.validity import Reason, unless
from fairwitness.probes.kit.words import Words

RAW = "raw_"


@dataclass(frozen=True, slots=True)
class RatePair:
    """A rate in two measures of the caller's: corrected (the headline), and raw, which describes it."""

    corrected: Measure
    raw: Measure

    @property
    def specs(self) -> tuple[MetricSpec, ...]:
        """What a probe declares of both."""
        return self.corrected.spec, self.raw.spec


def rate_pair(
    name: str, words: Words, *, better: Better = "lower", tags: tuple[str, ...] = (), evidence: tuple[str, ...] = ()
) -> RatePair:
    """The measures NAME and raw_NAME; the words of either stand under `[measure.NAME]` and `[measure.raw_NAME]`."""
    measure = Measure(
        name=name, words=words, unit="share", better=better, null=None, tags=tags, evidence=("judge", *evidence)
    )
    return RatePair(measure, description(f"{RAW}{name}", words, "share", tags=tags, evidence=("judge", *evidence)))


def rates(
    pair: RatePair,
    judge: Calibrated,
    decided: Iterable[Decided],
    *,
    clusters: Iterable[Hashable] | None = None,
    crossed: Iterable[Hashable] | None = None,
    reason: Reason = None,
    by: Mapping[str, str] | None = None,
    variant: Mapping[str, str] | None = None,
    **values: Any,
) -> list[Metric]:
    """The corrected share of texts that are what the judge decides, and the raw one.

    Where the judge's errors correct nothing the corrected share is undefined with that reason, and the claim of the raw
    one says that it is no rate. `clusters` tie texts together (samples of one prompt), and `crossed` ties them across
    these; `reason` is one of the caller's against either.
    """
    verdicts = Verdicts.of(decided, clusters, crossed)
    raw = unless(reason, lambda: raw_rate(verdicts))
    estimate = unless(reason, lambda: corrected(judge, verdicts))
    more = _by_one_error(estimate)
    more += "" if reason else of_labels(judge, verdicts) + beside(judge, verdicts, estimate, raw)
    return [
        pair.corrected.metric(estimate, by=by, variant=variant, more=more, **values),
        pair.raw.metric(raw, by=by, variant=variant, more=_more(judge, verdicts), **values),
    ]


def corrected(judge: Calibrated, verdicts: Verdicts) -> Estimate | Undefined:
    """The corrected share, or why the judge's errors correct nothing.

    Where people labelled enough answers of this run it is made from these, which need no labelled examples of others.
    """
    if (labelled := _by_labels(judge, verdicts)) is not None:
        return labelled
    errors = judge.errors
    return errors if isinstance(errors, Undefined) else corrected_rate(verdicts, errors)


def _by_labels(judge: Calibrated, verdicts: Verdicts) -> Estimate | None:
    """The share by labels of people, where they make one: enough, and drawn by the verdicts of this judge."""
    labelled = labelled_rate(verdicts) if judge.labels and not judge.drawn_by_another else None
    return labelled if isinstance(labelled, Estimate) else None


def of_labels(judge: Calibrated, verdicts: Verdicts) -> str:
    """What a claim adds where people labelled answers of the run: that the rate is made of these, or why it is not."""
    if not judge.labels or not verdicts.decided:
        return ""
    if verdicts.labelled and judge.drawn_by_another:
        return WORDS("labelled.otherwise")
    made = _by_labels(judge, verdicts) is not None
    counts = {"labelled": verdicts.labelled, "total": len(verdicts.decided)}
    return WORDS(f"labelled.{'made' if made else 'few'}", needed=LEAST_LABELS, least=LEAST_OF_STRATUM, **counts)


def _by_one_error(estimate: Estimate | Undefined) -> str:
    """What a claim adds where the judge is seen to err otherwise than on its labelled examples."""
    if isinstance(estimate, Undefined) or estimate.method != ONE_ERROR:
        return ""
    return WORDS(f"one_error.{'more' if estimate.value > 0 else 'fewer'}")


def beside(judge: Calibrated, verdicts: Verdicts, rate: Estimate | Undefined, raw: Estimate | Undefined) -> str:
    """What a claim adds where the correction takes a rate so far from the raw share that its interval does not hold it.

    Empty where labels of people made the rate, which needs no trust in the judge.
    """
    if isinstance(rate, Undefined) or isinstance(raw, Undefined) or rate.low <= raw.value <= rate.high:
        return ""
    if _by_labels(judge, verdicts) is not None:
        return ""
    return WORDS("raw.beside", raw=f"{100 * raw.value:.0f}")


@dataclass(frozen=True, slots=True, kw_only=True)
class GapPair:
    """A gap between a group and a reference in two measures: what may be claimed, and the raw one."""

    gap: Measure
    raw: Measure

    @property
    def specs(self) -> tuple[MetricSpec, ...]:
        """What a probe declares of both."""
        return self.gap.spec, self.raw.spec


def gap_pair(name: str, words: Words, *, tags: tuple[str, ...] = (), evidence: tuple[str, ...] = ()) -> GapPair:
    """The measures NAME and raw_NAME of a difference of shares, with {group} and {reference} in their words."""
    both = ("judge", *evidence)
    gap = Measure(name=name, words=words, unit="share", tags=tags, evidence=both)
    return GapPair(gap=gap, raw=description(f"{RAW}{name}", words, "share", tags=tags, evidence=both))


def gaps(
    pair: GapPair,
    judge: Calibrated,
    groups: Mapping[str, Verdicts],
    reference: str,
    *,
    name: str = "group",
    reason: Reason = None,
    variant: Mapping[str, str] | None = None,
    **values: Any,
) -> list[Metric]:
    """Of each other group the gap to the reference: what may be claimed, and the raw one.

    Each group's own errors correct its share where the calibration names both groups; else the gap is what errors
    anywhere in the joint region leave of it, or not interpretable (`audit.judging.corrected_gap`). All gaps are claimed
    together, and all raw ones (Holm).
    """
    others = [group for group in groups if group != reference]
    estimates = {group: unless(reason, partial(_gap, judge, groups, group, reference)) for group in others}
    raw = {group: unless(reason, partial(raw_gap, groups[group], groups[reference])) for group in others}

    def details(group: str) -> dict[str, Any]:
        return _details(name, group, reference, variant, values)

    return [
        *pair.gap.of_each(estimates, details),
        *pair.raw.of_each(raw, lambda group: {**details(group), "more": _more(judge)}),
    ]


def _gap(judge: Calibrated, groups: Mapping[str, Verdicts], group: str, reference: str) -> Estimate | Undefined:
    errors = judge.errors_of(group), judge.errors_of(reference)
    if errors[0] is not None and errors[1] is not None:
        return corrected_gap(groups[group], groups[reference], (errors[0], errors[1]))
    pooled = judge.errors
    return pooled if isinstance(pooled, Undefined) else corrected_gap(groups[group], groups[reference], pooled)


def _details(
    name: str, group: str, reference: str, variant: Mapping[str, str] | None, values: Mapping[str, Any]
) -> dict[str, Any]:
    labels = {"group": group, "reference": reference}
    return {"by": {name: group}, "against": reference, "variant": variant, **labels, **values}


def rate_by_group(
    pair: RatePair,
    judge: Calibrated,
    groups: Mapping[str, Verdicts],
    *,
    name: str = "group",
    reason: Reason = None,
    variant: Mapping[str, str] | None = None,
    **values: Any,
) -> list[Metric]:
    """Of each group the corrected share, by the judge's errors on that group alone, and the raw one.

    Where the calibration does not know these the corrected share is not interpretable.
    """
    said: list[Metric] = []
    for group, verdicts in groups.items():
        details = {"by": {name: group}, "variant": variant, "group": group, **values}
        estimate = unless(reason, partial(_of_group, judge, verdicts, group))
        more = _by_one_error(estimate) + ("" if reason else of_labels(judge, verdicts))
        said.append(pair.corrected.metric(estimate, more=more, **details))
        raw = unless(reason, partial(raw_rate, verdicts))
        said.append(pair.raw.metric(raw, more=_more(judge, verdicts), **details))
    return said


def _more(judge: Calibrated, *verdicts: Verdicts) -> str:
    """What a claim of a raw share adds where nothing shows how often the judge errs: neither examples nor labels."""
    shown = verdicts and all(_by_labels(judge, each) is not None for each in verdicts)
    return WORDS("raw.no_rate") if judge.reason is not None and not shown else ""


def _of_group(judge: Calibrated, verdicts: Verdicts, group: str) -> Estimate | Undefined:
    if (labelled := _by_labels(judge, verdicts)) is not None:
        return labelled
    if isinstance(judge.errors, Undefined):
        return judge.errors
    errors = judge.errors_of(group)
    if errors is None:
        return WORDS.undefined("reason.not_of_group", "validity_check", "not_interpretable", group=Name(group))
    return corrected_rate(verdicts, errors)


def split(
    decided: Sequence[Decided], groups: Sequence[str], clusters: Sequence[Hashable] | None = None
) -> dict[str, Verdicts]:
    """Verdicts by group, in the order in which groups come."""
    labels = range(len(decided)) if clusters is None else clusters
    rows = list(zip(decided, groups, labels, strict=True))
    return {
        group: Verdicts.of(
            [said for said, mine, _ in rows if mine == group],
            None if clusters is None else [label for _, mine, label in rows if mine == group],
        )
        for group in dict.fromkeys(groups)
    }
