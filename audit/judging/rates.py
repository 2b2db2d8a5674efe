"""What verdicts say of a model: the raw share, the share corrected for the judge's errors, and gaps between groups."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from fairwitness.audit import reasons, stats
from fairwitness.audit.judging.texts import Decided
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats import judged, unanswered
from fairwitness.audit.stats.judged import Errors
from fairwitness.audit.stats.levels import estimate, normal_quantile
from fairwitness.audit.stats.mover import Statistic, linear_combination
from fairwitness.audit.stats.prediction_powered import Stratum, prediction_powered
from fairwitness.audit.stats.proportions import exact_limits, wilson
from fairwitness.audit.stats.shares import crossed_counts
from fairwitness.audit.stats.weights import clustered_counts

LEAST_JUDGED = 0.8
"""Share of texts that must have a verdict: of fewer nothing is told, whatever the others would have been."""
REGION = "errors of either group anywhere in the calibration's joint region"
OWN = "each group corrected for its own errors (MOVER)"


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Verdicts on texts of a run; `clusters` tie together those of one prompt (several samples of it), say.

    Texts that were put `aside` before judging count nowhere; those that are not scored count as missing.
    """

    decided: tuple[Decided, ...]
    clusters: tuple[Hashable, ...] | None = None
    crossed: tuple[Hashable, ...] | None = None
    """A second label that ties texts together across the first: the group that stands in a beginning, say."""

    @classmethod
    def of(
        cls,
        decided: Iterable[Decided],
        clusters: Iterable[Hashable] | None = None,
        crossed: Iterable[Hashable] | None = None,
    ) -> Verdicts:
        """The verdicts without those put aside. Raises ValueError where clusters are more or fewer."""
        rows = tuple(decided)
        kept = [place for place, said in enumerate(rows) if said.why != "aside"]

        def of_kept(labels: Iterable[Hashable] | None) -> tuple[Hashable, ...] | None:
            if labels is None:
                return None
            return tuple(label for said, label in zip(rows, labels, strict=True) if said.why != "aside")

        return cls(tuple(rows[place] for place in kept), of_kept(clusters), of_kept(crossed))

    @property
    def known(self) -> list[bool]:
        """The verdicts that there are."""
        return [said.verdict for said in self.decided if said.verdict is not None]

    @property
    def labels(self) -> list[Hashable] | None:
        """The clusters of these."""
        return self._of_known(self.clusters)

    @property
    def crossed_labels(self) -> list[Hashable] | None:
        """The second labels of these."""
        return self._of_known(self.crossed)

    def _of_known(self, labels: Sequence[Hashable] | None) -> list[Hashable] | None:
        if labels is None:
            return None
        return [label for said, label in zip(self.decided, labels, strict=True) if said.verdict is not None]

    @property
    def missing(self) -> int:
        """Number of texts without a verdict."""
        return len(self.decided) - len(self.known)

    @property
    def problem(self) -> Undefined | None:
        """Why no rate is told: there is no text, or too few have a verdict."""
        if not self.decided:
            return reasons.stated("no_rows", "no_units")
        if len(self.known) < LEAST_JUDGED * len(self.decided):
            return reasons.stated("few_judged", "unanswered", missing=self.missing, total=len(self.decided))
        return None

    @property
    def labelled(self) -> int:
        """Number of texts that people labelled."""
        return sum(said.human is not None for said in self.decided)

    def counts(self) -> tuple[float, float]:
        """Hits and size, effective where clusters tie verdicts together."""
        known, labels, crossed = self.known, self.labels, self.crossed_labels
        if labels is not None and crossed is not None:
            return crossed_counts([float(each) for each in known], labels, crossed)
        if labels is None or len(set(labels)) == len(labels):
            return float(sum(known)), float(len(known))
        places = {label: place for place, label in enumerate(dict.fromkeys(labels))}
        codes = [places[label] for label in labels]
        hits, sizes = np.bincount(codes, weights=known), np.bincount(codes)
        return clustered_counts(hits, sizes, float(len(known)), float(len(known)))

    def ends(self) -> tuple[float, float]:
        """Where the raw share could lie had every text been scored."""
        hits, total = sum(self.known), len(self.decided)
        return hits / total, (hits + self.missing) / total


def raw_rate(verdicts: Verdicts) -> Estimate | Undefined:
    """The share of texts of which the judge says true: what it counts, with its errors in it."""
    if problem := verdicts.problem:
        return problem
    labels, crossed = verdicts.labels, verdicts.crossed_labels
    tied = labels if labels is None or crossed is None else (labels, crossed)
    result = stats.share([float(each) for each in verdicts.known], tied)
    return unanswered.completed(result, verdicts.ends())


def corrected_rate(verdicts: Verdicts, errors: Errors) -> Estimate | Undefined:
    """The share that is true, corrected for the judge's errors (`stats.judged.corrected`).

    Its ends hold the raw share too: a judge may err less on these texts than on its examples, and then a rate that
    passes by its correction alone is none that does. Undefined as that is, and without verdicts on enough of the texts.
    """
    if problem := verdicts.problem:
        return problem
    if len(verdicts.known) < 2:
        return reasons.few(len(verdicts.known), 2, "values")
    result = judged.corrected(*verdicts.counts(), errors)
    if isinstance(result, Undefined):
        return result
    if result.method == judged.ONE_ERROR:
        return unanswered.with_ends(result, _by_one_error(result.value, verdicts, errors))
    ends = [value for end in verdicts.ends() for value in (end, _point(end, errors))]
    return unanswered.with_ends(result, (min(ends), max(ends)))


def _by_one_error(value: float, verdicts: Verdicts, errors: Errors) -> tuple[float, float]:
    """The ends of a rate whose limits rest on one error: what was not judged moves it by that error alone."""
    share = sum(verdicts.known) / len(verdicts.known)
    low, high = verdicts.ends()
    less = (share - low) * errors.negatives / max(1, errors.let_go)
    more = (high - share) * errors.positives / max(1, errors.called)
    return max(0.0, value - less), min(1.0, value + more)


def labelled_rate(verdicts: Verdicts) -> Estimate | Undefined:
    """The share that is true by the verdicts on all texts and the labels that people gave some of them.

    Texts without a verdict are a stratum of their own (`stats.prediction_powered`): no text is left out. Undefined
    without texts, and with too few labels.
    """
    if not verdicts.decided:
        return reasons.stated("no_rows", "no_units")
    strata: dict[bool | None, list[int]] = {}
    for place, said in enumerate(verdicts.decided):
        strata.setdefault(said.verdict, []).append(place)
    clusters = verdicts.clusters or tuple(said.id or place for place, said in enumerate(verdicts.decided))
    made = []
    for places in strata.values():
        labelled = [place for place in places if verdicts.decided[place].human is not None]
        hits = sum(verdicts.decided[place].human is True for place in labelled)
        made.append(Stratum(len(places), len(labelled), hits, len({clusters[place] for place in labelled})))
    return prediction_powered(made, len(set(clusters)))


def raw_gap(first: Verdicts, second: Verdicts) -> Estimate | Undefined:
    """The raw share of first less that of second; clusters of the same label tie the sides together."""
    for side in (first, second):
        if problem := side.problem:
            return problem
    values = [[float(each) for each in side.known] for side in (first, second)]
    labels = first.labels, second.labels
    if labels[0] is not None and labels[1] is not None:
        result = stats.share_difference(values[0], values[1], labels[0], labels[1])
    else:
        result = stats.difference(*first.counts(), *second.counts())
    return unanswered.difference_if_answered(result, first.ends(), second.ends())


def error_region(errors: Errors, level: float = stats.LEVEL) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where sensitivity and specificity jointly lie at a level: exact limits of either at half of what is left."""
    each = 1 - (1 - level) / 2
    return exact_limits(errors.called, errors.positives, each), exact_limits(errors.let_go, errors.negatives, each)


def corrected_gap(first: Verdicts, second: Verdicts, errors: Errors | tuple[Errors, Errors]) -> Estimate | Undefined:
    """The corrected share of first less that of second.

    With errors of each group's own, from the limits of both. With pooled errors nothing shows that the judge errs alike
    on both groups: the interval is the range of gaps that errors of either group give which lie anywhere in the joint
    region of the calibration, and where that no longer says what the raw gap says (above 0, below, or neither) the gap
    is not interpretable.
    """
    raw = raw_gap(first, second)
    if isinstance(raw, Undefined):
        return raw
    if isinstance(errors, tuple):
        return _own(first, second, errors)
    sides = first.counts(), second.counts()
    for side in sides:
        if (why := judged.unusable(errors) or judged.contradiction(*side, errors)) is not None:
            return why
    result = estimate(
        _point(sides[0][0] / sides[0][1], errors) - _point(sides[1][0] / sides[1][1], errors),
        lambda level: _range(sides, errors, level),
        n=sides[0][1] + sides[1][1],
        method=REGION,
        bounds=(-1.0, 1.0),
    )
    if _side(result.low, result.high) != _side(raw.low, raw.high):
        return reasons.undefined(
            reasons.WORDS,
            "reason.pooled_errors",
            "validity_check",
            "not_interpretable",
            low=f"{100 * result.low:.1f}",
            high=f"{100 * result.high:.1f}",
            raw=f"{100 * raw.value:.1f}",
        )
    return _with_gap_ends(result, first, second, (errors, errors))


def _own(first: Verdicts, second: Verdicts, errors: tuple[Errors, Errors]) -> Estimate | Undefined:
    parts: list[Statistic] = []
    for side, known in zip((first, second), errors, strict=True):
        hits, n = side.counts()
        if (why := judged.unusable(known) or judged.contradiction(hits, n, known)) is not None:
            return why
        parts.append(Statistic(_point(hits / n, known), 0.0, n, _limits(hits, n, known)))
    both = linear_combination([(1.0, parts[0]), (-1.0, parts[1])])
    return _with_gap_ends(both.estimate(OWN, (-1.0, 1.0)), first, second, errors)


def _limits(hits: float, n: float, errors: Errors) -> Callable[[float], tuple[float, float]]:
    value = _point(hits / n, errors)

    def limits(z: float) -> tuple[float, float]:
        low, high = judged.lang_reiczigel(hits, n, errors, stats.levels.normal_level(z))
        return min(value, max(0.0, low)), max(value, min(1.0, high))

    return limits


def _with_gap_ends(
    result: Estimate, first: Verdicts, second: Verdicts, errors: tuple[Errors, Errors]
) -> Estimate | Undefined:
    ends = [
        tuple(_point(end, known) for end in side.ends()) for side, known in zip((first, second), errors, strict=True)
    ]
    return unanswered.difference_if_answered(result, (ends[0][0], ends[0][1]), (ends[1][0], ends[1][1]))


def _range(sides: Sequence[tuple[float, float]], errors: Errors, level: float) -> tuple[float, float]:
    """The lowest and highest gap over all errors in the region and both Wilson limits of the raw shares."""
    region = error_region(errors, level)
    if region[0][0] + region[1][0] <= 1:
        return -1.0, 1.0
    z = normal_quantile(level)
    rates = []
    for hits, n in sides:
        corners = [(p + sp - 1) / (se + sp - 1) for p, se, sp in product(wilson(hits, n, z), *region)]
        rates.append([min(1.0, max(0.0, rate)) for rate in corners])
    return min(rates[0]) - max(rates[1]), max(rates[0]) - min(rates[1])


def _side(low: float, high: float) -> int:
    return 1 if low > 0 else -1 if high < 0 else 0


def _point(share: float, errors: Errors) -> float:
    """The corrected value of a raw share, within 0 and 1."""
    return min(1.0, max(0.0, (share + errors.let_go / errors.negatives - 1) / errors.youden))
