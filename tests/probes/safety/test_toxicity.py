"""Toxicity: planted shares, k continuations, groups and judges come out with the right sign and order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from toxic import BAD, hate_labels, led, writer

from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Estimate, Table, Undefined
from fairwitness.audit.requests import Answer, Classify, ClassScores, Generated, Request
from fairwitness.probes.kit.judged import LABELS
from fairwitness.probes.kit.writing import Prompt
from fairwitness.probes.safety.toxicity.estimators import PromptVerdicts, any_toxic, expected_maximum
from fairwitness.probes.safety.toxicity.items import graded
from fairwitness.probes.safety.toxicity.probe import PROBE
from organisms import Answerer, context, drive, metric, table, value

TABLES = {"toxicity_prompts": led(40), LABELS["hate"].name: hate_labels()}


def asked(answer: Answerer, data: dict[str, Table] | None = None, **options: Any) -> Findings:
    return drive(PROBE, context(PROBE, ["Generate"], TABLES if data is None else data, **options), answer)


def test_planted_shares_come_out_by_kind_of_prompt_and_in_their_order() -> None:
    found = asked(writer(lambda prompt: 0.5 if prompt.startswith("Led") else 0.1))
    led_to, benign = (value(found, "toxic_share", prompts=kind) for kind in ("toxic prompts", "benign prompts"))
    assert led_to.low < 0.5 < led_to.high
    assert benign.low < 0.1 < benign.high
    assert benign.high < led_to.low
    most = value(found, "any_toxic", prompts="toxic prompts")
    assert most.low < 1 - 0.5**5 < most.high
    assert value(found, "any_toxic", prompts="benign prompts").value == pytest.approx(1 - 0.9**5, abs=0.12)


def test_a_group_that_is_written_of_badly_has_a_gap_and_the_others_none() -> None:
    labels = hate_labels(groups=("people", "Muslims", "women", "men", "Jews"))
    plant = writer(lambda prompt: 0.7 if "Muslims" in prompt else 0.05)
    found = asked(plant, {**TABLES, labels.source.name: labels})
    assert value(found, "toxic_gap", group="Muslims", against="people").low > 0.15
    for group in ("women", "men", "Jews"):
        estimate = metric(found, "toxic_gap", group=group, against="people").estimate
        assert isinstance(estimate, Undefined) or estimate.low <= 0 <= estimate.high
    assert value(found, "raw_toxic_share", group="Muslims").low > 0.4
    pooled = metric(asked(plant), "toxic_gap", group="Muslims", against="people").estimate
    assert isinstance(pooled, Undefined)  # nothing shows that the judge errs alike on both
    assert pooled.kind == "not_interpretable"


def test_a_raw_gap_says_its_direction() -> None:
    """Less is toxic of women than of people: more often, by as many points, would say the contrary."""
    raw = metric(
        asked(writer(lambda prompt: 0.7 if "people" in prompt else 0.02)),
        "raw_toxic_gap",
        group="women",
        against="people",
    )
    assert isinstance(raw.estimate, Estimate)
    assert raw.estimate.high < -0.2
    assert "toxic less often" in raw.claim


def test_k_is_what_is_asked_and_more_of_them_hold_more() -> None:
    shares = [
        value(asked(writer(lambda _: 0.2), samples=k), "any_toxic", prompts="benign prompts").value for k in (1, 4, 12)
    ]
    assert shares == sorted(shares)
    assert shares[0] == pytest.approx(0.2, abs=0.08)
    assert shares[2] > 0.85


def test_without_labelled_examples_nothing_is_corrected() -> None:
    found = asked(writer(lambda _: 0.3), {"toxicity_prompts": led(20)})
    missing = metric(found, "toxic_share", prompts="benign prompts").estimate
    assert isinstance(missing, Undefined)
    assert missing.kind == "not_interpretable"
    assert value(found, "raw_toxic_share", prompts="benign prompts").value > 0.1


def test_without_a_set_of_toxic_prompts_that_half_is_not_measured() -> None:
    found = asked(writer(lambda _: 0.0), {LABELS["hate"].name: hate_labels()})
    for name in ("toxic_share", "any_toxic"):
        assert isinstance(metric(found, name, prompts="toxic prompts").estimate, Undefined)
        assert value(found, name, prompts="benign prompts").value == 0


@pytest.mark.parametrize("text", ["", "go go go go go go go", "and then it was fine."])
def test_who_babbles_or_says_one_thing_is_not_called_harmless(text: str) -> None:
    found = asked(lambda request: Generated(text, 5))
    for one in found.metrics:
        assert isinstance(one.estimate, Undefined), one.name


def test_a_classifier_gives_expected_maxima_and_a_list_none() -> None:
    plain = asked(writer(lambda _: 0.3))
    assert isinstance(metric(plain, "expected_max_toxicity", prompts="benign prompts").estimate, Undefined)

    def classifies(requests: Any) -> list[Answer]:
        return [scored(request) for request in requests]

    ctx = replace(context(PROBE, ["Generate"], TABLES), judge=classifies)
    found = drive(PROBE, ctx, writer(lambda prompt: 0.5 if prompt.startswith("Led") else 0.05))
    led_to, benign = (
        value(found, "expected_max_toxicity", prompts=kind) for kind in ("toxic prompts", "benign prompts")
    )
    assert led_to.low > benign.high
    assert 0.85 < led_to.value <= 0.9
    assert "judge" in {table.id for table in found.evidence}


def scored(request: Request) -> Answer:
    """0.9 for a text with a bad word, 0.1 for another."""
    assert isinstance(request, Classify)
    logit = 2.1972245773362196 if BAD in request.text else -2.1972245773362196
    return ClassScores(("toxic",), (logit,), True)


def test_prompts_and_continuations_are_hidden() -> None:
    found = asked(writer(lambda _: 0.3))
    [shown] = [table for table in found.evidence if table.id == "completions"]
    assert [column.secret for column in shown.columns if column.role in ("prompt", "text")] == [True, True]


def test_grades_of_listed_words_count_from_the_least_on_and_names_of_groups_never() -> None:
    rows = table("profanity", {"text": ["meek", "grim", "vile", "women"], "severity_description": [*GRADED, "Severe"]})
    kept = {
        grade: {" ".join(entry) for entry in graded(rows, grade, ("women",)).entries}
        for grade in ("mild", "strong", "severe")
    }
    assert kept == {"mild": {"meek", "grim", "vile"}, "strong": {"grim", "vile"}, "severe": {"vile"}}


GRADED = ("Mild", "Strong", "Severe")


def prompts(count: int) -> list[Prompt]:
    return [Prompt(f"p{place}", "g", f"t{place}", f"t{place}") for place in range(count)]


def test_any_and_most_by_hand() -> None:
    rows = [
        PromptVerdicts(prompt, verdicts, scores)
        for prompt, verdicts, scores in zip(
            prompts(4),
            [(True, False), (False, False), (None, True), (None, False)],
            [(0.9, 0.2), (0.1, 0.3), (None, 0.8), (None, 0.2)],
            strict=True,
        )
    ]
    found = any_toxic(rows)
    assert not isinstance(found, Undefined)
    assert found.value == pytest.approx(2 / 3)  # the last one is not known: a sample without an answer may be toxic
    assert found.if_answered == pytest.approx((0.5, 0.75))
    most = expected_maximum(rows)
    assert not isinstance(most, Undefined)
    assert most.value == pytest.approx(0.6)  # (0.9 + 0.3) / 2
