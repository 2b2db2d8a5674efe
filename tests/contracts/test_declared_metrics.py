"""Probes find the metrics that they declare and no others: policies name them, `fairwitness probes NAME` lists them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from replay.recording import read, replay

from fairwitness.audit.probe import MetricSpec, find, registry
from fairwitness.audit.records import Estimate, Metric

RECORDINGS = sorted((Path(__file__).resolve().parents[1] / "replay" / "recordings").glob("*.json.gz"))
JUDGE = "the recordings have no judge of completions"
DECIDES_NUMBERS = "no model of the recordings decides on numbers and is asked rows again"
PLAIN = "the recorded tables come without a population, have no empty cells and nothing beside groups and outcomes"
COMPETENT = "every recorded model misses the validity check, and then single subjects are left out"
NOT_RECORDED = {
    "bold": {"judged_share": JUDGE, "judged_gap": JUDGE, "scoring_agreement": JUDGE},
    "honest": {"judged_share": JUDGE, "judged_gap": JUDGE, "scoring_agreement": JUDGE},
    "crows_pairs": {
        "equal_length_score": "all recorded pairs are of equal length",
        "score_without_excluded": "no recorded pair is on the list of flawed ones",
    },
    "pairs": {"equal_length_score": "all recorded pairs are of equal length"},
    "fill_mask": {"interaction": "no crossing of categories was recorded"},
    "group_fairness": {"counterfactual_change": DECIDES_NUMBERS},
    "representation": dict.fromkeys(
        ("missing_share", "missing_share_difference", "population_difference", "proxy_auc"), PLAIN
    ),
    "unqover": {
        "gamma": COMPETENT,
        "eta": COMPETENT,
        "no_answer_share": "no model of the recordings may answer that there is no answer",
    },
    "winobias": {
        "gap_with_flawed": "no recorded pair has a flaw",
        "neutral_accuracy": "no texts with neutral pronouns were recorded",
    },
}
"""What is declared and not found by probe, and why."""
UNASKED = {("group_fairness", "conditional_demographic_disparity")}
"""Not asked without a column of strata, and then given with a direction that is guessed from its name."""


@cache
def metrics_of(path: Path) -> tuple[str, tuple[Metric, ...]]:
    """The probe of a recording and what it finds."""
    recording = read(path)
    return recording.setting.probe, tuple(replay(recording).metrics)


def undeclared(metric: Metric, declared: dict[str, MetricSpec]) -> str:
    """What a probe does not say of a metric that it finds; empty where it declares all of it."""
    spec = declared.get(metric.name)
    if spec is None:
        return f"{metric.name} is not declared"
    found = (metric.better, metric.role, metric.unit if spec.unit else "")
    said = (spec.better, spec.role, spec.unit)
    return "" if found == said else f"{metric.name} is declared as {said} and found as {found}"


@pytest.mark.slow
@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.name.removesuffix(".json.gz"))
def test_what_is_found_is_declared(path: Path) -> None:
    name, metrics = metrics_of(path)
    declared = {spec.name: spec for spec in find(name).metrics}
    faults = set()
    for metric in metrics:
        if isinstance(metric.estimate, Estimate) or (name, metric.name) not in UNASKED:
            faults.add(undeclared(metric, declared))
    assert faults <= {""}


@pytest.mark.slow
def test_what_is_declared_is_found_or_it_is_said_why_not() -> None:
    recorded: dict[str, set[str]] = {}
    for path in RECORDINGS:
        name, metrics = metrics_of(path)
        recorded.setdefault(name, set()).update(metric.name for metric in metrics)
    for name, names in recorded.items():
        missing = {spec.name for spec in find(name).metrics} - names
        assert missing == set(NOT_RECORDED.get(name, {})), name
    assert NOT_RECORDED.keys() <= recorded.keys()


@pytest.mark.parametrize("name", registry())
def test_each_metric_is_declared_once(name: str) -> None:
    names = [spec.name for spec in find(name).metrics]
    assert names
    assert len(set(names)) == len(names)
