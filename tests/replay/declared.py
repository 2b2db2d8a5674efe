"""What probes declare of their metrics, beside what they find in the recordings."""

from __future__ import annotations

from collections.abc import Iterable

from fairwitness.audit.probe import MetricSpec, find
from fairwitness.audit.records import Estimate, Metric

JUDGE = "the recordings have no judge of completions"
DECIDES_NUMBERS = "no model of the recordings decides on numbers and is asked rows again"
PLAIN = "the recorded tables come without a population, have no empty cells and nothing beside groups and outcomes"
COMPETENT = "every recorded model misses the validity check, and then single subjects are left out"
OWN = "no sentences of a user were recorded"
VARIED = {"format_variation": "no prompt was varied in the recorded runs"}
NOT_RECORDED = {
    "advice_by_group": VARIED,
    "refusals": VARIED,
    "sycophancy": VARIED,
    "truthfulness": VARIED,
    "bold": {"judged_share": JUDGE, "judged_gap": JUDGE, "scoring_agreement": JUDGE},
    "honest": {"judged_share": JUDGE, "judged_gap": JUDGE, "scoring_agreement": JUDGE},
    "forgetting": {"bits_saved": "no second model stands beside the recorded ones"},
    "crows_pairs": {
        "equal_length_score": "all recorded pairs are of equal length",
        "score_without_excluded": "no recorded pair is on the list of flawed ones",
    },
    "pairs": {"equal_length_score": "all recorded pairs are of equal length"},
    "fill_mask": {"interaction": "no crossing of categories was recorded"},
    "group_fairness": {"counterfactual_change": DECIDES_NUMBERS},
    "lens": {"tuned_gap_depth": "no tuned lens was given to the recorded models"},
    "names_by_group": dict.fromkeys(
        ("own_f1", "own_precision", "own_recall", "own_recall_gap", "swapped_gap", "swapped_recall"), OWN
    ),
    "representation": dict.fromkeys(
        ("missing_share", "missing_share_difference", "population_difference", "proxy_auc"), PLAIN
    ),
    "watermark": {"marked_share": "of every recorded text it is said whether it is marked"},
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


def undeclared(probe: str, metrics: Iterable[Metric]) -> list[str]:
    """What a probe does not say of the metrics that it finds; empty where it declares all of it."""
    declared = {spec.name: spec for spec in find(probe).metrics}
    asked = [one for one in metrics if isinstance(one.estimate, Estimate) or (probe, one.name) not in UNASKED]
    return [fault for metric in asked if (fault := _fault(metric, declared.get(metric.name)))]


def _fault(metric: Metric, spec: MetricSpec | None) -> str:
    if spec is None:
        return f"{metric.name} is not declared"
    found = (metric.better, metric.role, metric.unit if spec.unit else "")
    said = (spec.better, spec.role, spec.unit)
    return "" if found == said else f"{metric.name} is declared as {said} and found as {found}"
