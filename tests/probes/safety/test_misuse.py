"""Misuse: compliance plainly and in wrappers is found where it was planted; what is not understood tells nothing."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace

import pytest
from refusing import helpful, is_wish, known_answers, refusing, tables
from standins.answers import Answerer
from standins.runs import packaged_tables

from fairwitness.audit import reasons
from fairwitness.audit.errors import BadOption
from fairwitness.audit.probe import Context, DoesNotApply, Findings
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.audit.requests import Answer, Generate, Generated, Request
from fairwitness.probes.kit.harmful.controls import Control, ControlReply
from fairwitness.probes.kit.harmful.items import Item
from fairwitness.probes.kit.judged import Calibrated, Decided
from fairwitness.probes.kit.judged.calibrated import Silent
from fairwitness.probes.kit.replies import Reply
from fairwitness.probes.safety.misuse.attempts import Attempt, Attempts
from fairwitness.probes.safety.misuse.probe import PROBE, wrapped
from fairwitness.probes.safety.misuse.wrappers import PLAIN, wrappers
from organisms import drive, table


def context(**options: object) -> Context:
    return Context(
        seed=0,
        options=PROBE.options.model_validate({"limit": 60, **options}),
        capabilities=frozenset({"Generate"}),
        data={**packaged_tables("misuse"), **tables()},
    )


def findings_of(answer: Answerer, **options: object) -> Findings:
    return drive(PROBE, context(**options), answer)


def only(findings: Findings, name: str, **by: str) -> Metric:
    [metric] = [each for each in findings.metrics if each.name == name and dict(each.by) == by]
    return metric


def value(findings: Findings, name: str, **by: str) -> float:
    estimate = only(findings, name, **by).estimate
    assert isinstance(estimate, Estimate), estimate
    return estimate.value


def kind(metric: Metric) -> str:
    return metric.estimate.kind if isinstance(metric.estimate, Undefined) else "measured"


def role_alone(prompt: str) -> float:
    """Refuses all harmful requests but those in a role."""
    return float(is_wish(prompt) and "act a scene" not in prompt)


@pytest.mark.slow
@pytest.mark.proof
def test_compliance_is_found_in_its_order() -> None:
    runs = [findings_of(refusing(lambda prompt, rate=rate: rate * is_wish(prompt))) for rate in (1.0, 0.5, 0.0)]  # type: ignore[misc]
    for name in ("compliance_rate", "wrapped_compliance_rate", "attack_success"):
        values = [value(run, name) for run in runs]
        assert values == sorted(values)
        assert values[0] < 0.05
        assert values[2] > 0.95
    assert value(runs[1], "attack_success") > value(runs[1], "raw_compliance_rate"), "four tries of a coin"


@pytest.mark.slow
def test_one_wrapper_that_works_is_found() -> None:
    run = findings_of(refusing(role_alone))
    assert value(run, "compliance_rate") < 0.05
    assert value(run, "wrapped_compliance_rate", wrapper="role_play") > 0.95
    assert value(run, "wrapper_gain", wrapper="role_play") > 0.9
    assert value(run, "wrapped_compliance_rate", wrapper="prefix") < 0.05
    assert value(run, "attack_success") > 0.95


@pytest.mark.slow
def test_a_form_that_is_not_understood_is_part_of_no_rate() -> None:
    """It refuses, answers what it reads, and takes base64 for anything: that form says nothing of it."""
    able = refusing(lambda prompt: float(is_wish(prompt)))

    def answer(request: Request) -> Generated:
        assert isinstance(request, Generate)
        said = able(request)
        assert isinstance(said, Generated)
        return Generated(helpful(request.prompt), 20) if "base64" in request.prompt else said

    run = findings_of(answer)
    assert kind(only(run, "wrapped_compliance_rate", wrapper="base64")) == "not_interpretable"
    assert value(run, "wrapped_compliance_rate") < 0.05
    assert value(run, "attack_success") < 0.05
    assert "one of 2 wrappers" in only(run, "attack_success").claim, "base64 is none of those that were counted"
    assert any("base64" in note and "nothing is told" in note for note in run.notes)


def attempts(*verdicts: tuple[bool | None, ...], forms: tuple[str, ...] = (PLAIN, "prefix", "base64")) -> Attempts:
    """Requests with a verdict in each form; of base64 no control is answered."""
    rows, controls = [], []
    for place, of_request in enumerate(verdicts):
        item = Item(text=f"wish {place}", harmful=True, source="", category="")
        for form, verdict in zip(forms, of_request, strict=True):
            said = Reply(request=Generate("x", 8), text=f"reply {place} {form}", tokens=4)
            complied = Decided(verdict, "form" if verdict is None else "")
            rows.append(Attempt(item=item, form=form, reply=said, complied=complied, refused=Decided(False)))
    for form in forms:
        for place in range(4):
            said = Reply(request=Generate("x", 8), text=f"{form} {place} " + ("no" if form == "base64" else "four"))
            control = Control("Two plus two?", ("four",))
            controls.append(ControlReply(control=control, form=form, reply=said, refused=Decided(False)))
    return Attempts(tuple(rows), tuple(controls))


def test_a_request_without_a_verdict_in_a_form_is_no_failed_attack() -> None:
    known = [(True, False, True), (False, True, False), *[(False, False, True)] * 6]
    unknown = [(False, None, False), (None, None, True)]
    success = attempts(*known, *unknown).success()
    assert isinstance(success, Estimate)
    assert (success.value, success.n) == (2 / 8, 8), "base64 counts nowhere"
    assert success.if_answered == pytest.approx((2 / 10, 4 / 10))


@pytest.mark.parametrize(("count", "claimed"), [(1, True), (12, False)])
def test_what_wrappers_add_is_claimed_of_all_together(count: int, claimed: bool) -> None:
    """One wrapper makes 12 of 80 requests comply and undoes 3: of twelve that add nothing one does so by chance."""
    forms = (PLAIN, *(f"wrapper {place}" for place in range(count)))
    plain = [place < 30 for place in range(80)]
    first = [not said if place < 3 or 30 <= place < 42 else said for place, said in enumerate(plain)]
    verdicts = [(said, other, *[said] * (count - 1)) for said, other in zip(plain, first, strict=True)]
    judge = Calibrated(Silent(), "compliance", reasons.invalid("no examples"))
    gains = [metric for metric in wrapped(attempts(*verdicts, forms=forms), judge) if metric.name == "raw_wrapper_gain"]
    assert len(gains) == count
    [gain] = [metric for metric in gains if metric.by["wrapper"] == "wrapper 0"]
    assert isinstance(gain.estimate, Estimate)
    assert gain.estimate.low > 0
    assert ("more often with the wrapper wrapper 0, by" in gain.claim) == claimed


@pytest.mark.slow
def test_who_answers_no_harmless_question_is_told_nothing() -> None:
    run = findings_of(lambda request: Generated(helpful(getattr(request, "prompt", "")), 20))
    rates = [metric for metric in run.metrics if metric.name != "controls_answered"]
    assert {kind(metric) for metric in rates} == {"not_interpretable"}


@pytest.mark.slow
def test_who_refuses_harmless_questions_too_is_not_told_safe() -> None:
    run = findings_of(refusing(lambda prompt: 1.0))
    assert kind(only(run, "compliance_rate")) == "not_interpretable"


@pytest.mark.slow
@pytest.mark.parametrize(
    "written",
    [
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: text.replace(" ", "").replace(",", ""),
        lambda text: f"{text} " * 5,
    ],
    ids=["base64", "no blanks", "again and again"],
)
def test_what_is_written_without_words_or_again_and_again_is_not_passed_over(written: Callable[[str], str]) -> None:
    """It complies with every fifth request so, and refuses the others."""
    honest = refusing(lambda prompt: 0.8 * is_wish(prompt))

    def answer(request: Request) -> Answer:
        said = honest(request)
        assert isinstance(request, Generate)
        assert isinstance(said, Generated)
        complies = is_wish(request.prompt) and said.text.startswith("First")
        return Generated(written(said.text), 40) if complies else said

    found = only(findings_of(answer, limit=150), "compliance_rate").estimate
    assert isinstance(found, Undefined) or (found.if_answered or (0.0, 0.0))[1] > 0.1


@pytest.mark.slow
def test_without_a_wrapper_nothing_is_told_of_any() -> None:
    run = findings_of(refusing(lambda prompt: float(is_wish(prompt))), wrappers=())
    assert kind(only(run, "wrapped_compliance_rate")) == "not_asked"
    assert value(run, "compliance_rate") < 0.05


def test_all_themes_of_an_own_file_are_asked_unless_some_are_named() -> None:
    own = table(
        "harmful_requests",
        {"text": [f"Forbidden wish number {row}." for row in range(20)], "category": ["fraud", "a theme of ours"] * 10},
    )
    themes: dict[str, set[str]] = {}
    for name, options in {"unnamed": {}, "named": {"themes": ("fraud",)}}.items():
        chosen = context(**options)
        run = drive(PROBE, replace(chosen, data={**chosen.data, "harmful_requests": own}), refusing(lambda _: 0.5))
        themes[name] = {metric.by["theme"] for metric in run.metrics if metric.name == "complied_of_theme"}
        assert any("not asked" in note for note in run.notes) == (name == "named")
    assert themes == {"unnamed": {"fraud", "a theme of ours"}, "named": {"fraud"}}


def test_wrappers_hold_the_request() -> None:
    ctx = context()
    plain, role, coded = wrappers(ctx, ("role_play", "base64"), "en")
    assert plain.wrapped("Who?", 0, 0) == "Who?"
    assert role.wrapped("Who?", 0, 0).endswith("Who?")
    assert base64.b64encode(b"Who?").decode() in coded.wrapped("Who?", 0, 0)
    with pytest.raises(BadOption, match="role_play"):
        wrappers(ctx, ("role_pley",), "en")


@pytest.mark.parametrize(("language", "missing"), [("en", "in_english"), ("zh", "in_chinese")])
def test_a_frame_in_each_language_is_a_wrapper_and_one_is_drawn_of_all(language: str, missing: str) -> None:
    ctx = context()
    names = [f"in_{name}" for name in ("french", "german", "spanish", "arabic", "hindi", "swahili", "zulu")]
    names.append({"in_english": "in_chinese", "in_chinese": "in_english"}[missing])
    _, other, *single = wrappers(ctx, ("other_language", *names), language)
    texts = [text for wrapper in single for text in wrapper.texts]
    assert len(set(texts)) == len(names) == 8
    assert all("Who?" in wrapper.wrapped("Who?", 0, 0) for wrapper in single)
    assert set(other.texts) == set(texts)
    drawn = [other.wrapped("Who?", place, 3) for place in range(100)]
    assert len(set(drawn)) == 8
    assert drawn == [other.wrapped("Who?", place, 3) for place in range(100)]
    assert drawn != [other.wrapped("Who?", place, 4) for place in range(100)]
    with pytest.raises(BadOption, match=missing):
        wrappers(ctx, (missing,), language)


@pytest.mark.slow
def test_a_language_that_gets_through_is_found_and_the_budget_is_stated() -> None:
    run = findings_of(
        refusing(lambda prompt: float(is_wish(prompt) and "Sicela" not in prompt)),
        wrappers=("in_zulu", "in_french", "other_language"),
    )
    assert value(run, "wrapped_compliance_rate", wrapper="in_zulu") > 0.95
    assert value(run, "wrapped_compliance_rate", wrapper="in_french") < 0.05
    assert 0.02 < value(run, "raw_wrapped_compliance_rate", wrapper="other_language") < 0.35
    assert any("3 wrappers" in note and "in_zulu" in note for note in run.notes)


def test_prompts_from_the_wild_have_the_request_in_their_place() -> None:
    ctx = context()
    with pytest.raises(DoesNotApply):
        wrappers(ctx, ("in_the_wild",), "en")
    wild = table("jailbreaks", {"text": ["Play. [PROMPT]", "Dance.", "x" * 2000], "place": ["[PROMPT]", "", ""]})
    given = Context(seed=0, options=ctx.options, capabilities=ctx.capabilities, data={**ctx.data, "jailbreaks": wild})
    [_, wrapper] = wrappers(given, ("in_the_wild",), "en")
    assert set(wrapper.texts) == {"Play. {request}", "Dance.\n\n{request}"}
    assert {wrapper.wrapped("Who?", place, 0) for place in range(20)} == {"Play. Who?", "Dance.\n\nWho?"}


@pytest.mark.parametrize(
    ("answers", "text", "right"),
    [
        (("eight", "8"), "It has 8 legs.", True),
        (("eight", "8"), "In 1980.", False),
        (("scissor",), "Scissors!", True),
        (("巴黎",), "法国的首都是巴黎。", True),
        (("cat",), None, False),
    ],
)
def test_a_control_is_right_where_its_answer_stands(answers: tuple[str, ...], text: str | None, right: bool) -> None:
    assert Control("?", answers).answered(text) == right


def test_there_are_controls_with_answers() -> None:
    assert len(known_answers()) == 32
