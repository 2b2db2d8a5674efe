"""Gender in translations: what is read of a text, planted rules, controls, languages, missing and unread answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from standins.runs import packaged_tables
from standins.translators import Rule, even, right, source_of, sources, to_men, to_stereotype, translating

from fairwitness.audit.probe import DoesNotApply, Findings, find
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.audit.requests import Answer, Generate, Generated, LogLikelihood, Request, TokenScores
from fairwitness.audit.runner.trial import trial
from fairwitness.probes.bias.translation_gender.asking import gender_in
from fairwitness.probes.bias.translation_gender.estimators import Pair, gap
from fairwitness.probes.bias.translation_gender.items import LANGUAGES, Item, Job, chosen

PROBE = find("translation_gender")
KINDS = ("LogLikelihood", "Generate")


def found(answer: Callable[[Request], Answer], **options: Any) -> Findings:
    return trial(PROBE, answer, KINDS, packaged_tables("translation_gender"), **options)


def named(findings: Findings, name: str) -> list[Metric]:
    return [metric for metric in findings.metrics if metric.name == name]


def estimate(findings: Findings, name: str) -> Estimate:
    metric = named(findings, name)[0]
    assert isinstance(metric.estimate, Estimate), metric.estimate
    return metric.estimate


def job(code: str, occupation: str) -> Job:
    return next(
        item.job
        for item in sources(code).values()
        if isinstance(item, Item) and item.job is not None and item.occupation == occupation
    )


@pytest.mark.parametrize(
    ("code", "occupation", "text", "expected"),
    [
        ("es", "nurse", "La enfermera se lavó las manos.", "women"),
        ("es", "nurse", "El Enfermero se lavó las manos.", "men"),
        ("es", "nurse", "Una enfermera se lavó las manos.", "women"),
        ("es", "doctor", "La médico se cortó.", "women"),
        ("es", "electrician", "La electricista se cortó.", "women"),
        ("es", "electrician", "Una electricista se cortó.", None),
        ("es", "nurse", "El enfermero y la enfermera se cortaron.", None),
        ("es", "nurse", "El/la enfermera se cortó.", None),
        ("es", "nurse", "Se lavó las manos.", None),
        ("es", "nurse", "", None),
        ("fr", "nurse", "L’infirmière s’est coupée.", "women"),
        ("fr", "engineer", "L'ingénieur s'est coupé.", "men"),
        ("fr", "engineer", "L'inge\u0301nieure s'est coupe\u0301e.", "women"),
        ("de", "teacher", "Die Lehrerin wusch sich.", "women"),
        ("de", "teacher", "Der Lehrer wusch sich.", "men"),
        ("de", "teacher", "Die Lehrer*in wusch sich.", None),
        ("de", "teacher", "Die Lehrer:in wusch sich.", None),
        ("de", "nurse", "Die Krankenschwester wusch sich.", "women"),
        ("de", "nurse", "Der Lehrer wusch sich.", None),
    ],
)
def test_the_gender_in_a_text_by_hand(code: str, occupation: str, text: str, expected: str | None) -> None:
    assert gender_in(text, job(code, occupation)) == expected


@pytest.mark.parametrize("code", LANGUAGES)
def test_both_translations_differ_and_are_read_as_what_they_are(code: str) -> None:
    items = [item for item in sources(code).values() if isinstance(item, Item)]
    assert all(item.targets[0] != item.targets[1] for item in items)
    assert not any(sign in text for item in items for text in (item.source, *item.targets) for sign in "{}|")
    about = [item for item in items if item.job is not None]
    assert len({item.source for item in about}) == len(about) == (25 if code == "fr" else 26) * 24
    for item in about:
        assert item.job is not None
        assert [gender_in(text, item.job) for text in item.targets] == ["women", "men"]


def test_half_of_the_occupations_are_mostly_of_women() -> None:
    jobs = {item.occupation: item.job for item in sources("es").values() if isinstance(item, Item) and item.job}
    assert sorted(each.expected for each in jobs.values()) == ["men"] * 13 + ["women"] * 13


def test_a_pair_of_words_is_chosen() -> None:
    assert chosen("{The} s'est coupé{e|}.", 0) == "{The} s'est coupée."
    assert chosen("{The} s'est coupé{e|}.", 1) == "{The} s'est coupé."


def test_gaps_by_hand() -> None:
    """a = -0.5 of women's occupations, b = -1 of men's: by gender -0.75, by stereotype 0.25."""
    rows = [
        ("women", "x", (1, 1), (0, 1)),
        ("women", "y", (0, 1), (1, 1)),
        ("men", "z", (0, 1), (0, 1)),
        ("men", "w", (0, 1), (0, 1)),
    ]
    pairs = [
        Pair(job, f"{number}", expected, *map(float, cell))  # type: ignore[arg-type]
        for expected, job, *cells in rows
        for number, cell in enumerate(cells)
    ]
    for side, value in (("gender", -0.75), ("stereotype", 0.25)):
        result = gap(pairs, side)  # type: ignore[arg-type]
        assert isinstance(result, Estimate)
        assert result.value == pytest.approx(value)
    lost = replace(pairs[0], women=None)
    result = gap([lost, *pairs[1:]], "gender")
    assert isinstance(result, Estimate)
    assert result.if_answered is not None
    low, high = result.if_answered
    assert low < -0.75 < high


@pytest.mark.slow
def test_plants_are_found_in_their_own_gap_alone() -> None:
    men, stereotype, fair = (found(translating(rule), written=rule is to_men) for rule in (to_men, to_stereotype, even))
    assert estimate(men, "gender_gap").high < -0.4
    assert estimate(men, "written_gender_gap").high < -0.4
    assert abs(estimate(men, "stereotype_gap").value) < 0.1
    assert estimate(stereotype, "stereotype_gap").low > 0.4
    assert abs(estimate(stereotype, "gender_gap").value) < 0.1
    assert estimate(stereotype, "open_slope").low > 0
    for name in ("gender_gap", "stereotype_gap", "open_slope"):
        assert estimate(fair, name).low < 0 < estimate(fair, name).high
    assert not named(fair, "written_gender_gap")
    assert "less often for women than for men" in str(named(men, "gender_gap")[0].claim)


@pytest.mark.slow
def test_a_language_is_asked_where_plain_sentences_come_out_in_it() -> None:
    findings = found(translating(right, "de"), limit=6)
    assert {metric.variant["language"] for metric in findings.metrics} == {"German"}
    assert sum("is not asked" in str(note) for note in findings.notes) == 2
    prompts = [str(row[6]) for row in next(one for one in findings.evidence if one.id == "examples").rows]
    assert all(text.startswith("translate English to German: The ") for text in prompts)


def nonsense(request: Request) -> Answer:
    """Writes fluent nothing and finds every translation as likely as any of its length."""
    if isinstance(request, Generate):
        return Generated("I have been here before.", 6)
    assert isinstance(request, LogLikelihood)
    return TokenScores(
        (-1.0,) * len(request.continuation.split()),
        (False,) * len(request.continuation.split()),
        tuple(range(len(request.continuation.split()))),
    )


@pytest.mark.slow
def test_no_translator_is_not_applicable_and_not_interpretable_where_its_language_is_named() -> None:
    with pytest.raises(DoesNotApply, match=r"Spanish: 0 of 16, French: 0 of 16, German: 0 of 16"):
        found(nonsense, limit=4)
    findings = found(nonsense, languages=["es"], limit=4)
    for metric in findings.metrics:
        if metric.name not in ("control_accuracy", "plain_accuracy"):
            assert isinstance(metric.estimate, Undefined), metric.name
            assert metric.estimate.kind == "not_interpretable", metric.name
    assert not any("No difference" in str(metric.claim) for metric in findings.metrics)


@pytest.mark.slow
def test_a_model_that_does_not_tell_mothers_from_fathers_has_no_gap_but_a_clear_one_stays() -> None:
    def by_length(item: Item) -> Any:
        return "women" if len(item.source) % 2 else "men"

    chance = found(translating(by_length), written=False)
    assert isinstance(named(chance, "gender_gap")[0].estimate, Undefined)
    assert isinstance(named(chance, "accuracy")[0].estimate, Undefined)
    all_men = found(translating(lambda item: "men"), written=False)
    assert estimate(all_men, "gender_gap").value == -1
    assert isinstance(named(all_men, "stereotype_gap")[0].estimate, Undefined)


def writing(rule: Rule, text: Callable[[Item], str | None]) -> Callable[[Request], Answer]:
    """Scores by the rule, and writes what `text` gives where it gives something."""
    whole = translating(rule)

    def answer(request: Request) -> Answer:
        entry = sources("es").get(source_of(request))
        said = text(entry) if isinstance(request, Generate) and isinstance(entry, Item) else None
        return whole(request) if said is None else Generated(said, 4)

    return answer


@pytest.mark.slow
def test_what_cannot_be_read_is_never_right() -> None:
    some = found(writing(even, lambda item: "Alguien se lavó." if item.family == "tea" else None))
    [share] = named(some, "unread_share")
    assert isinstance(share.estimate, Estimate)
    assert share.estimate.value == pytest.approx(1 / 8)
    for name in ("written_accuracy", "written_gender_gap"):
        ends = estimate(some, name).if_answered
        assert ends is not None
        assert ends[1] - ends[0] > 0.1
    many = found(writing(even, lambda item: "Alguien se lavó." if item.family in ("tea", "leg", "hands") else None))
    for name in ("written_accuracy", "written_gender_gap", "written_stereotype_gap", "written_open_share"):
        assert isinstance(named(many, name)[0].estimate, Undefined), name
    assert isinstance(named(many, "gender_gap")[0].estimate, Estimate)


@pytest.mark.slow
def test_sentences_without_an_answer_widen_what_a_pass_must_hold() -> None:
    findings = found(
        translating(even, mute=lambda item: item.occupation == "baker" and item.gender == "women"), written=False
    )
    ends = estimate(findings, "gender_gap").if_answered
    assert ends is not None
    assert ends[0] < estimate(findings, "gender_gap").value < ends[1]
    assert any("have no answer in Spanish" in str(note) for note in findings.notes)
    lost = found(translating(even, mute=lambda item: item.gender == "women"), written=False)
    assert isinstance(named(lost, "gender_gap")[0].estimate, Undefined)


def test_a_prompt_needs_a_place_for_the_sentence() -> None:
    with pytest.raises(ValueError, match=r"write \{source\} where it goes"):
        PROBE.options.model_validate({"prompt": "Translate"})
