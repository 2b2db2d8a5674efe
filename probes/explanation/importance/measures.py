"""How much each column decides, how much of it protected columns and their proxies do, and the checks of methods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.reasons import SEMICOLON
from fairwitness.audit.records import Estimate, Metric, Name, Undefined, joined, quoted
from fairwitness.probes.explanation.importance.checks import Checks
from fairwitness.probes.explanation.importance.columns import LEAST_ROWS
from fairwitness.probes.explanation.importance.explained import Explained
from fairwitness.probes.explanation.importance.options import WORDS
from fairwitness.probes.kit.decisions.categorical import MISSING, Categorical, Codes, Floats
from fairwitness.probes.kit.measures import Measure, description

PLUS = " + "
Outcome = Estimate | Undefined
TAGS = ("attribution", "tables")
COLUMN = replace(description("column_importance", WORDS, "", tags=TAGS, evidence=("columns",)), scope="detail")
SHUFFLED = replace(COLUMN, name="permutation_importance")
PROTECTED = Measure(
    name="protected_share",
    words=WORDS,
    unit="share",
    better="lower",
    null=None,
    tags=TAGS,
    evidence=("columns", "checks"),
)
PROXY = replace(PROTECTED, name="proxy_share", evidence=("columns", "proxies", "checks"))
OF_GROUP = Measure(
    name="protected_contribution",
    words=WORDS,
    unit="",
    scope="group",
    joint=True,
    tags=TAGS,
    evidence=("by_group", "checks"),
)
OF_PROXIES = replace(OF_GROUP, name="proxy_contribution")
UNEXPLAINED = description("unexplained", WORDS, "share of the difference", tags=TAGS, evidence=("checks",))
SEEDS = description("seed_agreement", WORDS, "agreement", tags=TAGS, evidence=("checks",))
GAIN = replace(description("removal_gain", WORDS, "", tags=TAGS, evidence=("checks",)), better="higher", null=0.0)
MEASURES = (COLUMN, SHUFFLED, PROTECTED, PROXY, OF_GROUP, OF_PROXIES, UNEXPLAINED, SEEDS, GAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSample:
    """What is known of the sampled rows: the person of each, the groups of protected columns, the columns asked.

    `judged` are the protected columns of which other columns could be seen to give them away, or not to.
    """

    names: tuple[str, ...]
    persons: Codes
    groups: Mapping[str, Categorical]
    proxies: Mapping[str, tuple[str, ...]]
    judged: frozenset[str]
    least: int
    seed: int

    def mean(self, values: Floats, rows: Codes, bounds: tuple[float, float] = (-np.inf, np.inf)) -> Outcome:
        """The mean over rows that have a value, those of one person tied together."""
        known = np.isfinite(values)
        if known.sum() < 2:
            return WORDS.undefined("reason.few_explained", "few_units", count=int(known.sum()))
        persons = self.persons[rows[known]]
        if len(np.unique(persons)) < len(persons):
            return stats.mean(values[known], persons, bounds, seed=self.seed, weigh="values")
        return stats.mean(values[known], bounds=bounds, seed=self.seed)


def value_of(estimate: Outcome | None) -> float:
    """The value of an estimate, NaN where there is none."""
    return estimate.value if isinstance(estimate, Estimate) else np.nan


def column_means(sample: RowSample, explained: Explained) -> dict[str, Outcome]:
    """The mean size of the values of each column that the model may take."""
    means = {}
    for place, name in enumerate(sample.names):
        if explained.taken[place]:
            means[name] = sample.mean(np.abs(explained.values[:, place]), explained.rows, (0.0, np.inf))
    return means


def of_columns(sample: RowSample, explained: Explained, means: Mapping[str, Outcome]) -> Iterator[Metric]:
    """How far each column moves what is explained."""
    measure = replace(COLUMN, unit=explained.scale)
    for name, mean in means.items():
        variant = {"column": name, "method": explained.used}
        yield measure.metric(mean, variant=variant, name=quoted(name))


def of_shuffles(means: Mapping[tuple[str, ...], Outcome], loss: str) -> Iterator[Metric]:
    """What shuffling costs, of single columns and of those that go together."""
    for names, mean in means.items():
        measure = replace(SHUFFLED, unit=WORDS.term("units", loss))
        name = joined(WORDS("and"), [quoted(name) for name in names])
        variant = {"column": Name(PLUS.join(names))} if len(names) > 1 else {"column": names[0]}
        yield measure.metric(mean, variant=variant, name=name, loss=WORDS(f"loss.{loss}"))


def protected(sample: RowSample, explained: Explained, checks: Checks) -> list[Metric]:
    """The share of each protected column and of its proxies, and how far they part the groups."""
    if not sample.groups:
        why = WORDS.undefined("reason.no_group", "not_asked", "not_asked")
        return [PROTECTED.metric(why, variant={"method": explained.used}, name=WORDS("part.protected"))]
    metrics: list[Metric] = []
    for column in sample.groups:
        itself = (column,) if column in sample.names else ()
        for measure, contrast, names in (
            (PROTECTED, OF_GROUP, itself),
            (PROXY, OF_PROXIES, sample.proxies.get(column, ())),
        ):
            places = [sample.names.index(name) for name in names]
            places = [place for place in places if explained.taken[place]]
            variant = {"column": column, "method": explained.used}
            share = _unreadable(explained, checks) or _share(
                sample, explained, places, measure, judged=column in sample.judged
            )
            metrics.append(measure.metric(share, variant=variant, name=quoted(column)))
            metrics += _contrasts(sample, explained, checks, contrast, column, places)
    return metrics


def _unreadable(explained: Explained, checks: Checks) -> Undefined | None:
    """Why nothing of what a method says may be concluded."""
    if not len(explained.rows):
        return WORDS.undefined("reason.silent", "unanswered", why=explained.why_silent)
    if not np.abs(explained.values).any():
        return WORDS.undefined("reason.constant", "no_variation", "not_interpretable")
    if checks.faults:
        names = joined(SEMICOLON, [WORDS(f"check.{name}") for name in checks.faults])
        return WORDS.undefined("reason.faults", "validity_check", "not_interpretable", checks=names)
    if checks.unchecked:
        return WORDS.undefined("reason.unchecked", "validity_check", "not_interpretable")
    return None


def _share(
    sample: RowSample, explained: Explained, places: Sequence[int], measure: Measure, *, judged: bool
) -> Outcome:
    if not places:
        if measure is PROXY and not judged:
            return WORDS.undefined("reason.untold", "few_units", least=LEAST_ROWS)
        if measure is PROXY:
            return WORDS.undefined("reason.no_proxy", "no_units")
        return WORDS.undefined("reason.not_taken", "not_asked", "not_asked")
    return sample.mean(explained.sizes[:, places].sum(axis=1), explained.rows, (0.0, 1.0))


def group_values(sample: RowSample, explained: Explained, column: str, places: Sequence[int]) -> dict[str, Floats]:
    """The values of these columns together, of the explained rows of each group that has enough, the largest first."""
    groups = sample.groups[column]
    counts = groups.counts
    values = explained.values[:, list(places)].sum(axis=1)
    made = {}
    for name in sorted(counts, key=lambda name: (-counts[name], name)):
        inside = groups.where(name.__eq__)[explained.rows]
        if name != MISSING and inside.sum() >= sample.least:
            made[name] = values[inside]
    return made


def _contrasts(
    sample: RowSample, explained: Explained, checks: Checks, measure: Measure, column: str, places: Sequence[int]
) -> Iterator[Metric]:
    """How much more these columns speak for the target in a group than in the largest one."""
    if not places:
        return
    parts = group_values(sample, explained, column, places)
    names = list(parts)
    if len(names) < 2:
        return
    why = _unreadable(explained, checks)
    inside = [sample.groups[column].where(name.__eq__)[explained.rows] for name in names]
    persons = [sample.persons[explained.rows[group]] for group in inside]
    tied = any(len(np.unique(each)) < len(each) for each in persons)
    contrasts = stats.mean_contrasts(
        list(parts.values()), 0, persons if tied else None, seed=sample.seed, weigh="values" if tied else None
    )
    for name, contrast in zip(names[1:], contrasts, strict=True):
        yield replace(measure, unit=explained.scale).metric(
            why or contrast,
            by={column: name},
            against=names[0],
            variant={"method": explained.used},
            name=quoted(column),
            group=quoted(name),
            other=quoted(names[0]),
        )


def of_checks(explained: Explained, checks: Checks) -> list[Metric]:
    """The checks that have a number."""
    variant = {"method": explained.used}
    return [
        UNEXPLAINED.metric(checks.unexplained, variant=variant),
        SEEDS.metric(checks.seeds, variant=variant),
        GAIN.metric(checks.gain, variant=variant),
    ]
