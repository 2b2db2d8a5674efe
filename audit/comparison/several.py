"""What changed between two sets of runs, such as those of one training with several seeds.

A run is one value of each metric here, and the spread between runs of a side is the noise. What sampling other items
would change is no part of it: all runs asked the same ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from fairwitness.audit import reasons, stats
from fairwitness.audit.comparison.flips import flips_of
from fairwitness.audit.comparison.flips_of_sides import flips_of_sides
from fairwitness.audit.comparison.judging import judge
from fairwitness.audit.comparison.matching import Key, gate, gated, match, side
from fairwitness.audit.comparison.types import NO_CHANGE, Change, Comparison, Flips, Side, Unmatched
from fairwitness.audit.comparison.verdicts import verdict_changes
from fairwitness.audit.comparison.words import WORDS
from fairwitness.audit.errors import BadRun
from fairwitness.audit.reasons import SEMICOLON
from fairwitness.audit.records import Audit, Estimate, Measured, Metric, MetricKey, Undefined, joined

LEAST = 2
"""Runs of a side, below which nothing shows how much runs differ."""
OF_TWO = ("same_subject", "not_fingerprinted")
"""Remarks on two runs that say nothing of two sets of them."""
SEVERITY = (
    "pass",
    "reported",
    "nothing_judged",
    "nothing_ran",
    "inconclusive",
    "likely_violated",
    "fail",
    "incomplete",
)
"""Outcomes of runs from the best to the worst: several runs are known by their worst; one that was stopped is that."""


def compare_several(
    base: Sequence[Audit],
    new: Sequence[Audit],
    *,
    names: tuple[Sequence[str], Sequence[str]],
    margin: float | None = None,
    min_effect: float | None = None,
    other_data: bool = False,
) -> Comparison:
    """What the runs of NEW measured otherwise than those of BASE, on average: Welch's t interval over runs.

    A metric that one of the runs did not measure is not compared, nor one of which all runs of a side have the same
    value, since nothing shows then how much runs differ. An answer is another one where it is so in every pair of a run
    of BASE and one of NEW. Raises BadRun for fewer than two runs on a side, and where nothing can be compared.
    """
    for name, audits in (("BASE", base), ("NEW", new)):
        if len(audits) < LEAST:
            raise BadRun(f"{name} is {len(audits)} run: nothing shows how much runs differ; give {LEAST} at least")
    for name, number in (("margin", margin), ("min_effect", min_effect)):
        if number is not None and number <= 0:
            raise ValueError(f"{name} {number} is not above 0")
    matches = [match(base[0], audit, other_data=other_data) for audit in (*base[1:], *new)]
    unmatched: dict[str, Unmatched] = {}
    for matched in matches:
        unmatched |= {missing.probe: missing for missing in matched.unmatched if missing.probe not in unmatched}
    changes: list[Change] = []
    gone: list[Unmatched] = []
    rules = gated(*base, *new)
    for probe in _probes(base[0], unmatched):
        for key in _keys(probe, (*base, *new)):
            compared = _compared(probe, key, base, new, rules)
            (changes if isinstance(compared, Change) else gone).append(compared)  # type: ignore[arg-type]
    if not changes:
        missed = "; ".join(f"{missing.probe}: {missing.reason}" for missing in unmatched.values())
        raise BadRun(f"the runs have nothing to compare: {missed or 'no metric is in all of them'}")
    remarks = dict.fromkeys(remark for matched in matches for remark in matched.warnings)
    warnings = [remark.text for remark in remarks if remark.code not in OF_TWO]
    return Comparison(
        base=_side(base, names[0]),
        new=_side(new, names[1]),
        changes=judge(changes, margin, min_effect),
        unmatched=(*(_gated(missing, base, rules) for missing in unmatched.values()), *gone),
        warnings=(WORDS("warning.spread"), *warnings),
        margin=margin,
        min_effect=min_effect,
        verdicts=verdict_changes(base, new),
        flips=tuple(flips_of_sides([_flips(ours, theirs, other_data) for ours in base for theirs in new])),
    )


def _flips(base: Audit, new: Audit, other_data: bool) -> list[Flips]:
    return [flips for couple in match(base, new, other_data=other_data).couples for flips in flips_of(couple)]


def _probes(audit: Audit, unmatched: dict[str, Unmatched]) -> Iterator[str]:
    for result in audit.results:
        if isinstance(result, Measured) and result.probe.name not in unmatched:
            yield result.probe.name


def _metrics(audit: Audit, probe: str) -> dict[MetricKey, Metric]:
    results = (result for result in audit.results if isinstance(result, Measured) and result.probe.name == probe)
    return {metric.key: metric for result in results for metric in result.metrics}


def _keys(probe: str, audits: Sequence[Audit]) -> Iterable[MetricKey]:
    return dict.fromkeys(key for audit in audits for key in _metrics(audit, probe))


def _gated(missing: Unmatched, base: Sequence[Audit], rules: frozenset[Key]) -> Unmatched:
    """A probe that cannot be compared is gated where a run of BASE measured what a rule can fail a release for."""
    return next((gated for audit in base if (gated := gate(missing, audit, rules)).gated), missing)


def _compared(
    probe: str, key: MetricKey, base: Sequence[Audit], new: Sequence[Audit], rules: frozenset[Key]
) -> Change | Unmatched:
    """The change of a metric that all runs have; one that some lack is not compared."""
    before, after = ([_metrics(audit, probe).get(key) for audit in audits] for audits in (base, new))
    metrics = [metric for metric in (*before, *after) if metric is not None]
    ruled = (probe, key) in rules
    if len(metrics) < len(base) + len(new):
        reason = WORDS("unmatched.some", count=len(metrics), total=len(base) + len(new))
        measured = any(metric is not None and isinstance(metric.estimate, Estimate) for metric in before)
        return Unmatched(probe, metrics[0], "base" if measured else "new", reason, ruled and measured)
    estimates = [[metric.estimate for metric in side if metric is not None] for side in (before, after)]
    return _change(probe, metrics[0], *estimates, gated=ruled)


def _change(
    probe: str,
    metric: Metric,
    before: Sequence[Estimate | Undefined],
    after: Sequence[Estimate | Undefined],
    *,
    gated: bool,
) -> Change:
    values = [[run.value for run in runs if isinstance(run, Estimate)] for runs in (before, after)]
    means = [_mean(*pair) for pair in zip(("BASE", "NEW"), (before, after), strict=True)]
    undefined = [mean for mean in means if isinstance(mean, Undefined)]
    if undefined:
        sentence = joined(SEMICOLON, [mean.reason for mean in undefined])
        change: Estimate | Undefined = replace(undefined[0], reason=sentence)
    else:
        change = stats.mean_difference(values[1], values[0])
    p_value = stats.two_sided_p(change, NO_CHANGE["difference"]) if isinstance(change, Estimate) else None
    return Change(probe, metric, means[0], means[1], change, "difference", "independent", gated, p_value)


def _mean(name: str, runs: Sequence[Estimate | Undefined]) -> Estimate | Undefined:
    """The mean over the runs of a side, by their spread."""
    values = [run.value for run in runs if isinstance(run, Estimate)]
    if len(values) < len(runs):
        lacking = {"count": len(runs) - len(values), "total": len(runs)}
        return reasons.stated("runs_lack", "no_value", run=name, **lacking)
    if len(set(values)) == 1:
        return reasons.stated("runs_alike", "no_variation", run=name, count=len(values), value=f"{values[0]:.4g}")
    return stats.mean(values)


def _side(audits: Sequence[Audit], names: Sequence[str]) -> Side:
    """What the comparison says of several runs: each name and model once, what they have in common."""
    sides = [side(audit, name) for audit, name in zip(audits, names, strict=True)]
    first = sides[0]
    outcomes = {run.outcome for run in sides}
    return replace(
        first,
        folder=f"{len(sides)} runs: {', '.join(run.folder for run in sides)}",
        spec=", ".join(dict.fromkeys(run.spec for run in sides)),
        fingerprint=first.fingerprint if len({run.fingerprint for run in sides}) == 1 else "",
        outcome=first.outcome if len(outcomes) == 1 else max(outcomes, key=SEVERITY.index),
    )
