"""Every probe tells what it asked or what was decided, row by row, so that two runs can be compared by it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import pytest
from replay.recording import Recording, read, replay
from replay.test_replay import RECORDINGS
from standins.every import in_part

from fairwitness.audit.probe import DoesNotApply, Findings, find
from fairwitness.audit.records import DecisionRows, Estimate, Metric, ScoredItems
from fairwitness.audit.requests import Request, Unanswered
from organisms import drive

pytestmark = pytest.mark.slow

WITHOUT: Mapping[str, str] = {"weights": "it reads the model alone and asks about no item"}
"""Probes that have no rows to be compared by, and why."""
CONTROLS_FIRST = ("bias_nli",)
"""Probes that ask nothing but control items of a model that fails these."""
LANGUAGES_FIRST = ("translation_gender",)
"""Probes that ask only in the languages into which a model is seen to translate.

The recorded model translates into Spanish alone. One that says nothing is asked in all languages: it is not known that
it lacks any, and leaving them out would hide that nothing was measured.
"""
NOISY = [path for path in RECORDINGS if "-noisy" in path.name]
NAMES = [path.name.removesuffix("-noisy.json.gz") for path in NOISY]
IN_PART = in_part([pytest.param(name, id=name) for name in NAMES])
MEANS = frozenset(
    {
        "bias_nli/net_neutral",
        "bug/accuracy",
        "code_bias/protected_use",
        "counterfactual/change",
        "counterfactual/change_size",
        "counterfactual/flip_rate",
        "captions_by_group/invented_share",
        "captions_by_group/no_group_share",
        "captions_by_group/wrong_group_share",
        "crows_pairs/stereotype_score",
        *(
            f"forgetting/{name}_{score}"
            for name in ("forget", "retain")
            for score in ("bits", "hit_rate", "known_share")
        ),
        "gap/accuracy",
        "names_by_group/partial_recall",
        "misuse/raw_compliance_rate",
        "names_by_group/recall",
        "toxicity/raw_toxic_share",
        "gender/corrected_gap",
        "gender/gap",
        "honest/hurtful_share",
        "pairs/stereotype_score",
        "personal_data/known_value_rate",
        "personal_data/shaped_value_rate",
        "unqover/attributive_error",
        "unqover/positional_error",
        "vqa_swap/flip_rate",
        "watermark/detection_rate",
        "watermark/false_alarms",
        "watermark/unmarked_called_marked",
    }
)
"""Metrics that are the plain mean of a score of the items, by their probes."""


@cache
def recording(name: str) -> Recording:
    return read(next(path for path in NOISY if path.name == f"{name}-noisy.json.gz"))


@cache
def found(name: str) -> Findings:
    return replay(recording(name))


def silent(recording: Recording) -> Findings | None:
    """What the probe finds where nothing is answered; None where it does not apply then."""

    def answer(request: Request) -> Unanswered:
        return Unanswered("not in this world")

    try:
        return drive(find(recording.setting.probe), recording.setting.context(), answer)
    except DoesNotApply:
        return None


def rows_in(items: ScoredItems, languages: Sequence[str]) -> list[tuple[str, dict[str, str]]]:
    """The ids and labels of the items in these languages, in their order."""
    rows = [
        (item, {name: labels[place] for name, labels in items.clusters.items()}) for place, item in enumerate(items.ids)
    ]
    return [row for row in rows if row[1]["language"] in languages]


def averaged(findings: Findings) -> Iterator[tuple[Metric, list[float]]]:
    """The metrics with a value that are called as a score, with the scores of the items that they speak of."""
    items = findings.items
    if not isinstance(items, ScoredItems):
        return
    for metric in findings.metrics:
        if metric.name not in items.scores or metric.against is not None or metric.variant:
            continue
        if not set(metric.by) <= set(items.clusters):
            continue
        labels = zip(*(items.clusters[name] for name in metric.by), strict=True) if metric.by else None
        spoken_of = [True] * len(items) if labels is None else [row == tuple(metric.by.values()) for row in labels]
        scores = [score for score, spoken in zip(items.scores[metric.name], spoken_of, strict=True) if spoken]
        if isinstance(metric.estimate, Estimate):
            yield metric, [score for score in scores if score is not None]


@pytest.mark.parametrize("name", IN_PART)
def test_there_are_items_or_rows_unless_the_list_says_why(name: str) -> None:
    probe = recording(name).setting.probe
    assert (found(name).items is None) == (probe in WITHOUT), probe


@pytest.mark.parametrize("name", IN_PART)
def test_what_is_unanswered_has_no_score_and_all_else_has_one(name: str) -> None:
    items = found(name).items
    if isinstance(items, ScoredItems):
        assert items.scores, "nothing to compare by"
        for place, unanswered in enumerate(items.unanswered):
            scored = any(scores[place] is not None for scores in items.scores.values())
            assert not (scored and unanswered), items.ids[place]


@pytest.mark.parametrize("name", IN_PART)
def test_the_same_items_are_there_whatever_is_answered(name: str) -> None:
    """Nothing is left out where a model says nothing: rows are what was asked, and all of them are unanswered."""
    items, findings = found(name).items, silent(recording(name))
    none = None if findings is None else findings.items
    match items, none:
        case ScoredItems(), ScoredItems():
            assert none.scores.keys() == items.scores.keys()
            assert all(none.unanswered)
            probe = recording(name).setting.probe
            if probe in LANGUAGES_FIRST:
                assert set(items.clusters["language"]) < set(none.clusters["language"])
                assert rows_in(none, items.clusters["language"]) == rows_in(items, items.clusters["language"])
            elif none.ids or probe not in CONTROLS_FIRST:
                assert (none.ids, none.clusters) == (items.ids, items.clusters)
            if any(isinstance(metric.estimate, Estimate) for metric in found(name).metrics):
                assert not all(items.unanswered)
        case DecisionRows(), DecisionRows():
            assert none.rows == items.rows
        case ScoredItems(), None:
            assert findings is None
        case _:
            pass


@pytest.mark.parametrize("name", IN_PART)
def test_rows_are_those_of_the_table_and_decisions_those_that_were_given(name: str) -> None:
    items = found(name).items
    if isinstance(items, DecisionRows):
        setting = recording(name).setting
        assert len(items) == len(setting.tables["table"])
        first = recording(name).rounds[0][1] if setting.capabilities else []
        missing = sum(isinstance(answer, Unanswered) for answer in first)
        assert sum(decision is None for decision in items.decisions) == missing
        for decision, selected in zip(items.decisions, items.selected, strict=bool(items.selected)):
            assert decision is not None or not selected


@pytest.mark.parametrize("name", IN_PART)
def test_a_score_that_is_called_as_a_metric_is_averaged_to_it(name: str) -> None:
    for metric, scores in averaged(found(name)):
        assert isinstance(metric.estimate, Estimate)
        mean = math.fsum(scores) / len(scores)
        assert mean == pytest.approx(metric.estimate.value, rel=1e-9, abs=1e-12), metric.key


@pytest.mark.proof
def test_the_means_that_are_known_are_those_that_were_compared() -> None:
    """A probe that drops its score, or calls it otherwise, is seen here."""
    compared = set()
    for name in NAMES:
        probe = recording(name).setting.probe
        compared |= {f"{probe}/{metric.name}" for metric, _ in averaged(found(name))}
    assert compared == MEANS


@pytest.mark.parametrize("name", IN_PART)
def test_ids_and_labels_hold_no_secret(name: str) -> None:
    """What evidence marks as secret stands in no id and no label."""
    items = found(name).items
    secrets = {
        str(row[place])
        for table in found(name).evidence
        for place, column in enumerate(table.columns)
        if column.secret
        for row in table.rows
    }
    if isinstance(items, ScoredItems):
        texts = {*items.ids, *(label for labels in items.clusters.values() for label in labels)}
        assert not [secret for secret in secrets for text in texts if len(secret) > 3 and secret in text]
