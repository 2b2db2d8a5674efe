"""A bias planted in a function is found, and its unbiased twin is not failed; what is unanswered never passes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pandas as pd
import pytest
from adapted import (
    LETTER,
    REQUESTS,
    applicants,
    audited,
    going_on,
    grants,
    hires,
    likelihoods,
    metrics_of,
    outcomes_of,
    result_of,
    tokens,
)

from fairwitness.audit.adapters import Classifier, Generator, Predictions, Scorer, Tabular
from fairwitness.audit.datasets.frames import table_of
from fairwitness.audit.records import Audit, Estimate, Failed, NotApplicable
from fairwitness.audit.subject import Subject
from generation import honest_table
from organisms import table
from sentence_pairs import crows_table

DECISIONS = {"groups": ("sex",), "label": "hired", "features": ("sex", "able"), "favourable": "yes"}


def estimate(audit: Audit, probe: str, name: str) -> Estimate:
    """The overall estimate of a metric."""
    found = [
        metric.estimate for metric in metrics_of(audit, probe) if metric.name == name and metric.scope == "overall"
    ]
    assert isinstance(found[0], Estimate)
    return found[0]


def of_texts(fn: Callable[..., Any]) -> Audit:
    own = {"counterfactual_own": table("counterfactual_own", {"text": REQUESTS})}
    subject = Classifier(fn, ["grant"], name="grants")
    return audited(subject, {"counterfactual": {"categories": ("gender",)}}, own)


def of_rows(subject: Subject, people: pd.DataFrame, **options: Any) -> Audit:
    return audited(subject, {"group_fairness": {**DECISIONS, **options}}, {"table": table_of(people)})


@pytest.mark.slow
def test_a_classifier_that_grants_women_less() -> None:
    biased, fair = (of_texts(partial(grants, gap=gap)) for gap in (0.6, 0.0))
    assert estimate(biased, "counterfactual", "flip_rate").low > 0.4
    assert "fail" in outcomes_of(biased, "counterfactual")
    assert biased.exit_code == 1
    assert estimate(fair, "counterfactual", "flip_rate").value == 0
    assert fair.outcome == "pass"


@pytest.mark.slow
def test_a_function_over_rows_that_hires_fewer_women() -> None:
    people = applicants()
    biased, fair = (of_rows(Tabular(partial(hires, gap=gap), name="hires"), people) for gap in (0.2, 0.0))
    truth = [able > 0.5 for able in people["able"]]
    women = people["sex"] == "female"
    expected = 1 - (people["able"][women] > 0.7).sum() / people["able"][women].gt(0.5).sum()
    gaps = [m.estimate for m in metrics_of(biased, "group_fairness") if m.name == "true_positive_rate_gap"]
    assert isinstance(gaps[0], Estimate)
    assert gaps[0].value == pytest.approx(expected)
    assert "fail" in outcomes_of(biased, "group_fairness")
    assert estimate(fair, "group_fairness", "accuracy").value == 1
    assert estimate(fair, "group_fairness", "selection_rate").value == pytest.approx(sum(truth) / len(truth))
    assert fair.outcome == "pass"


@pytest.mark.slow
def test_decisions_in_a_frame_are_judged_as_those_of_the_function() -> None:
    people = applicants()
    decided = people.assign(decision=hires(people, gap=0.2))
    of_frame = of_rows(Predictions(decided, "decision", label="hired"), decided, prediction="decision")
    of_function = of_rows(Tabular(partial(hires, gap=0.2)), people)
    for name in ("selection_rate", "accuracy"):
        assert estimate(of_frame, "group_fairness", name) == estimate(of_function, "group_fairness", name)
    assert "fail" in outcomes_of(of_frame, "group_fairness")
    assert of_frame.manifest.subject.fingerprint
    assert not of_function.manifest.subject.fingerprint


@pytest.mark.slow
def test_a_writer_that_insults_women() -> None:
    biased, fair = (
        audited(
            Generator(partial(going_on, gap=gap), name="writer"),
            {"honest": {"limit": None, "samples": 2}},
            {"honest_templates": honest_table()},
        )
        for gap in (0.8, 0.0)
    )
    gaps = [metric.estimate for metric in metrics_of(biased, "honest") if metric.name == "hurtful_gap"]
    assert isinstance(gaps[0], Estimate)
    assert gaps[0].low > 0.3
    assert {"fail", "likely_violated"} & outcomes_of(biased, "honest")
    assert not {"fail", "likely_violated"} & outcomes_of(fair, "honest")


@pytest.mark.slow
def test_a_scorer_that_prefers_stereotypes() -> None:
    biased, fair = (
        audited(Scorer(partial(likelihoods, gap=gap)), {"pairs": {}}, {"pairs": crows_table(60)}) for gap in (2.0, 0.0)
    )
    assert estimate(biased, "pairs", "stereotype_score").value == 100
    assert "fail" in outcomes_of(biased, "pairs")
    assert estimate(fair, "pairs", "stereotype_score").value == pytest.approx(46.67, abs=0.01)
    assert "fail" not in outcomes_of(fair, "pairs")


@pytest.mark.slow
def test_a_scorer_that_knows_a_text_by_heart() -> None:
    texts = {"texts": table("texts", {"id": ["letter"], "text": [LETTER]})}
    biased, fair = (audited(Scorer(partial(tokens, known=known)), {"known_texts": {}}, texts) for known in (LETTER, ""))
    assert estimate(biased, "known_texts", "own_share_above").value == 1
    assert "fail" in outcomes_of(biased, "known_texts")
    assert estimate(fair, "known_texts", "own_share_above").value == 0
    assert "fail" not in outcomes_of(fair, "known_texts")


def test_a_scorer_without_tokens_is_not_said_to_know_nothing_by_heart() -> None:
    texts = {"texts": table("texts", {"id": ["letter"], "text": [LETTER]})}
    audit = audited(Scorer(partial(likelihoods, gap=0.0)), {"known_texts": {}}, texts)
    result = result_of(audit, "known_texts")
    assert isinstance(result, NotApplicable)
    assert "whether it was the likeliest" in result.reason
    assert "pass" not in outcomes_of(audit, "known_texts")


def broken(texts: Sequence[str]) -> list[float]:
    raise ConnectionError("no route to host")


def half(texts: Sequence[str]) -> list[float]:
    return [float("nan") if "woman" in text else 0.9 for text in texts]


@pytest.mark.parametrize(
    ("fn", "reason"),
    [
        (broken, "ConnectionError: no route to host"),
        (half, "nan where a finite number"),
        (lambda texts: None, "nothing (None)"),
        (lambda texts: [7.0] * len(texts), "7 where a probability"),
    ],
)
def test_a_function_without_answers_passes_nothing(fn: Callable[..., Any], reason: str) -> None:
    audit = of_texts(fn)
    result = result_of(audit, "counterfactual")
    assert isinstance(result, Failed | NotApplicable)
    assert reason in result.reason
    assert "pass" not in outcomes_of(audit, "counterfactual")
    assert audit.exit_code != 0


def test_another_probe_of_the_run_is_not_lost() -> None:
    def only_grants(texts: Sequence[str]) -> list[float]:
        if not all("euros" in text for text in texts):
            raise ValueError("no grant is asked for")
        return grants(texts, gap=0.0)

    probes = {"counterfactual": {"categories": ("gender",)}, "attribution": {}}
    own = {"counterfactual_own": table("counterfactual_own", {"text": REQUESTS})}
    audit = audited(Classifier(only_grants, ["grant"]), probes, own)
    assert estimate(audit, "counterfactual", "flip_rate").value == 0
    assert isinstance(result_of(audit, "attribution"), Failed | NotApplicable)


@pytest.mark.slow
def test_a_few_rows_that_raise_are_counted_as_unanswered() -> None:
    people = applicants(400)
    people.loc[[7, 300], "able"] = -1.0

    def fussy(rows: pd.DataFrame) -> pd.Series:
        if (rows["able"] < 0).any():
            raise ValueError("no such ability")
        return hires(rows, gap=0.0)

    audit = of_rows(Tabular(fussy), people)
    result = result_of(audit, "group_fairness")
    assert result.status == "measured"
    assert estimate(audit, "group_fairness", "selection_rate").n == 398
    assert any("2 of 400 rows got no decision" in note for note in result.notes)
