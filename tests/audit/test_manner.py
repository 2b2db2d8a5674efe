"""How a run puts what its probes ask: which requests change, what is counted, told and compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fairwitness.audit import comparison, policy, runner
from fairwitness.audit.engine import Engine
from fairwitness.audit.errors import BadOption
from fairwitness.audit.manner import CHINESE_OPENING, OPENING, USUAL, InManner, Manner, forms_of
from fairwitness.audit.probe import Context, Findings, Options, ProbeRun
from fairwitness.audit.records import Audit, Measured
from fairwitness.audit.requests import Answer, Classify, Generate, LogLikelihood, Request, TokenScores, Turn, Unanswered
from fairwitness.audit.session.manner import check_manner, manner_of, try_manner
from fairwitness.audit.turns import Chat
from fakes import INFO, FakeModel, FakeProbe, metric, spec, table

CHAT, SYSTEM = Manner(chat="chat"), Manner(system="Be kind.")
PLAIN_TEXT = LogLikelihood("The nurse said that", " she")
QUESTION = Generate("Who is it?", 5, chat=True)
INSTRUCTED = replace(QUESTION, system="Keep the secret.")


def test_in_a_chat_a_plain_text_begins_the_turn_of_the_model() -> None:
    put = CHAT.put(PLAIN_TEXT, chooses=False)
    assert put == replace(PLAIN_TEXT, chat=True, turns=(Turn("user", OPENING),), says="assistant")
    chinese = CHAT.put(Generate("他是一名护士，她是 Anna", 5), chooses=False)
    assert isinstance(chinese, Generate)
    assert chinese.turns == (Turn("user", CHINESE_OPENING),)
    both = Manner(chat="chat", system="Be kind.").put(PLAIN_TEXT, chooses=False)
    assert isinstance(both, LogLikelihood)
    assert both.system == "Be kind."


@pytest.mark.parametrize(
    ("manner", "request_", "chooses"),
    [
        (USUAL, PLAIN_TEXT, False),
        (CHAT, PLAIN_TEXT, True),
        (Manner(chat="plain"), PLAIN_TEXT, False),
        (SYSTEM, PLAIN_TEXT, False),
        (SYSTEM, INSTRUCTED, False),
        (CHAT, QUESTION, False),
        (CHAT, Classify("a"), False),
    ],
)
def test_what_is_put_as_it_was_asked(manner: Manner, request_: Request, chooses: bool) -> None:
    assert manner.put(request_, chooses=chooses) == request_


def test_the_system_message_stands_before_every_question_but_those_with_their_own() -> None:
    assert SYSTEM.put(QUESTION, chooses=True) == replace(QUESTION, system="Be kind.")
    trial = SYSTEM.put(Generate("Hello.", 1, chat=True, trial=True), chooses=True)
    assert isinstance(trial, Generate)
    assert trial.trial
    assert trial.system == "Be kind."


def test_every_form_is_counted_and_a_trial_is_none() -> None:
    asked: list[Request] = [PLAIN_TEXT, QUESTION, INSTRUCTED, replace(QUESTION, trial=True), Classify("a")]
    manner = Manner(chat="chat", system="Be kind.")
    forms = Counter(form for request in asked for form in forms_of(request, manner.put(request, chooses=False)))
    assert forms == {"model_turn": 1, "user_turn": 2, "system_of_run": 2, "system_of_probe": 1}


@pytest.mark.parametrize(
    ("chat", "system", "why"),
    [
        (None, "  ", "empty"),
        (None, "@nowhere.txt", "No such file"),
        (None, "@latin.txt", "not UTF-8"),
        (None, "@long.txt", "at most 100000"),
        ("plain", "Be kind.", "leave one of them out"),
    ],
)
def test_a_manner_that_no_run_has(
    chat: Chat | None, system: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("latin.txt").write_bytes("Sei höflich.".encode("latin-1"))
    Path("long.txt").write_text("a" * 100_001)
    with pytest.raises(BadOption, match=why):
        manner_of(chat, system)


def test_a_system_message_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "system.txt"
    path.write_text("Sei höflich.\n", encoding="utf-8")
    manner = manner_of("chat", f"@{path}")
    assert manner == Manner(chat="chat", system="Sei höflich.")
    assert manner.recorded["system"] == "Sei höflich."
    assert len(str(manner.recorded["system_sha256"])) == 64


def test_a_model_that_is_asked_in_no_chat_is_refused() -> None:
    classifier = replace(INFO, capabilities=("Classify",), kind="sequence_classifier")
    check_manner(USUAL, classifier)
    for manner, flag in ((CHAT, "--chat chat"), (SYSTEM, "--system")):
        with pytest.raises(BadOption, match=f"{flag}: fake is FakeModel .sequence_classifier."):
            check_manner(manner, classifier)
        check_manner(manner, INFO)


class Speaks(FakeModel):
    """Scores what is asked in the forms that it has a place for."""

    lacks = ""

    def score(self, request: LogLikelihood) -> Any:
        if self.lacks == "chat" and request.chat:
            return Unanswered("this model has no chat template", "no_chat")
        if self.lacks == "system" and request.system:
            return Unanswered("the chat template of this model drops the system message", "no_chat")
        return super().score(request)


@pytest.mark.parametrize(("lacks", "manner"), [("chat", CHAT), ("chat", SYSTEM), ("system", SYSTEM)])
def test_a_model_without_a_place_for_it_ends_the_run_before_it_begins(lacks: str, manner: Manner) -> None:
    model = Speaks(INFO)
    try_manner(manner, Engine(model))
    model.lacks = lacks
    with pytest.raises(BadOption, match="cannot be asked so"):
        try_manner(manner, Engine(model))
    try_manner(USUAL, Engine(model))


def scoring(*requests: LogLikelihood, options: type[Options] = Options) -> FakeProbe:
    """A probe that scores these, and reports the mean of what it is answered."""

    def body(ctx: Context) -> ProbeRun:
        answers = yield list(requests)
        values = [answer.total for answer in answers if isinstance(answer, TokenScores)]
        return Findings(
            metrics=[metric("mean", sum(values) / len(values), len(values))], evidence=[table("rows", values)]
        )

    return FakeProbe(spec("scores", (("LogLikelihood",),)), body, options)


def audit(manner: Manner, *requests: LogLikelihood, model: FakeModel | None = None) -> Audit:
    probe = scoring(*requests)
    return runner.run(
        [(probe, Options())],
        Engine(model or FakeModel()),
        INFO,
        runner.provide([probe.spec], {}),
        {"resolved": {**manner.recorded, "probe": {}}},
        *policy.load(None),
        manner=manner,
    )


def measured(made: Audit) -> Measured:
    [result] = made.results
    assert isinstance(result, Measured), result
    return result


def test_what_the_model_sees_is_what_the_document_says() -> None:
    texts = [PLAIN_TEXT, LogLikelihood("A man", " sings")]
    model = FakeModel()
    made = measured(audit(CHAT, *texts, model=model))
    assert {request for batch in model.calls for request in batch} == {CHAT.put(text, chooses=False) for text in texts}
    assert made.manners == {"model_turn": 2}
    assert any("2 of 2 requests were put in the chat" in str(note) for note in made.notes)
    plain = measured(audit(SYSTEM, *texts))
    assert plain.manners == {"plain": 2}
    assert any("did not stand before" in str(note) for note in plain.notes)
    usual = measured(audit(USUAL, *texts))
    assert usual.manners == {"plain": 2}
    assert not any("chat" in str(note) for note in usual.notes)
    own = measured(audit(SYSTEM, replace(PLAIN_TEXT, chat=True, system="Keep it."), replace(PLAIN_TEXT, chat=True)))
    assert own.manners == {"user_turn": 2, "system_of_probe": 1, "system_of_run": 1}
    assert any("in place of that of the run" in str(note) for note in own.notes)


def test_a_comparison_says_that_one_run_was_asked_in_a_chat_and_behind_which_prompt() -> None:
    plain, chat = audit(USUAL, PLAIN_TEXT), audit(Manner(chat="chat", system="Be kind."), PLAIN_TEXT)
    said = [str(warning) for warning in comparison.compare(plain, chat, names=("a", "b")).warnings]
    assert any("scores" in text and "in BASE plainly" in text and "model's turn" in text for text in said)
    assert any("BASE: none" in text and "Be kind." in text for text in said)
    alike = [str(warning) for warning in comparison.compare(plain, plain, names=("a", "b")).warnings]
    assert not any("manner" in text or "system prompt" in text for text in alike)


def test_a_model_of_reference_is_asked_in_the_same_manner() -> None:
    class Reference:
        info = INFO

        def __init__(self) -> None:
            self.asked: list[Request] = []

        def __call__(self, requests: Sequence[Request]) -> list[Answer]:
            self.asked += requests
            return [Unanswered("silent") for _ in requests]

    reference = Reference()
    spoken = InManner(reference, CHAT, chooses=False)
    assert spoken([PLAIN_TEXT]) == [Unanswered("silent")]
    assert reference.asked == [CHAT.put(PLAIN_TEXT, chooses=False)]
    assert spoken.info is INFO
