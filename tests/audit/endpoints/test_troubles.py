"""Every trouble of an endpoint has one message; what was answered stays, nothing is scored, and no key is told."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from fairwitness.audit import endpoints
from fairwitness.audit.budget import Budget
from fairwitness.audit.endpoints.address import Secret, read
from fairwitness.audit.endpoints.dispatch import Patience
from fairwitness.audit.endpoints.http import Connection, NoReply, _certificate
from fairwitness.audit.errors import BadOption, LostEndpoint, UnfitEndpoint, UnknownModel
from fairwitness.audit.requests import Answer, Generate, Generated, Unanswered
from scripted_endpoint import Scripted, completion, error, plain, served, text_of

KEY = "sk-very-secret-0123456789"
HOW = endpoints.How(at_once=2, timeout=0.3, patience=Patience(tries=2, first=0.002, longest=0.01, most=2.0))
PAGE = Scripted(b"<html><body>Log in</body></html>", headers={"Content-Type": "text/html"})


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRWITNESS_API_KEY", KEY)


def asked(
    trouble: Any, texts: Sequence[str] = ("a", "BAD", "b"), how: endpoints.How = HOW
) -> tuple[dict[str, Answer], str]:
    """The answers that came, and the message that ended it, of a server that has the trouble with one text."""

    def answer(path: str, payload: Mapping[str, Any], number: int) -> Scripted:
        return trouble(path, payload) if text_of(payload).startswith("BAD") else plain(path, payload, number)

    got: dict[str, Answer] = {}
    with served(answer) as server:
        subject = endpoints.load(server.spec(), how)
        try:
            for item in subject.arriving([Generate(text, 4) for text in texts], Budget()):
                got[texts[item.place]] = item.answer
        except LostEndpoint as lost:
            return got, str(lost)
    return got, ""


SINGLE = {
    "500": (lambda path, payload: error(500, "server_error"), "HTTP 500"),
    "400": (lambda path, payload: error(400, "bad_value", f"{KEY} cannot read BAD"), "HTTP 400 (bad_value)"),
    "cut off": (lambda path, payload: Scripted(completion(payload), cut=True), "broke off"),
    "wrong JSON": (lambda path, payload: Scripted(b'{"choices": [{"text": "y'), "no JSON object"),
    "a list": (lambda path, payload: Scripted([1, 2]), "no JSON object"),
    "HTML": (lambda path, payload: PAGE, "a page (HTML)"),
    "no choice": (lambda path, payload: Scripted({**completion(payload), "choices": []}), "`choices` are empty"),
    "other form": (lambda path, payload: Scripted({**completion(payload), "choices": "yes"}), "no list `choices`"),
    "no text": (lambda path, payload: Scripted({**completion(payload), "choices": [{}]}), "no text"),
    "slow": (lambda path, payload: _slow(payload), "within 0.3 seconds"),
    "filtered": (lambda path, payload: _ended(payload, "content_filter"), "filter of the endpoint"),
}


def _slow(payload: Mapping[str, Any]) -> Scripted:
    import time

    time.sleep(0.45)
    return Scripted(completion(payload))


def _ended(payload: Mapping[str, Any], reason: str) -> Scripted:
    body = completion(payload)
    body["choices"][0]["finish_reason"] = reason
    return Scripted(body)


@pytest.mark.parametrize("name", SINGLE)
def test_a_trouble_with_one_text_leaves_that_text_unanswered(name: str) -> None:
    trouble, words = SINGLE[name]
    answers, message = asked(trouble)
    assert message == ""
    bad = answers["BAD"]
    assert isinstance(bad, Unanswered)
    assert words in bad.reason
    assert KEY not in bad.reason + bad.said
    assert all(isinstance(answers[text], Generated) for text in "ab")


def test_the_words_of_a_refusal_are_kept_apart_as_they_may_quote_what_was_asked() -> None:
    answers, _ = asked(SINGLE["400"][0])
    bad = answers["BAD"]
    assert isinstance(bad, Unanswered)
    assert "BAD" not in bad.reason
    assert "[key] cannot read BAD" in bad.said


def test_a_request_to_wait_is_followed() -> None:
    seen: list[str] = []

    def busy(path: str, payload: Mapping[str, Any]) -> Scripted:
        seen.append(path)
        headers = {"Retry-After": "0"} if len(seen) == 1 else {}
        return error(429, "rate_limit", **headers) if len(seen) < 3 else plain(path, payload, 0)

    answers, message = asked(busy)
    assert message == ""
    assert len(seen) == 3
    assert isinstance(answers["BAD"], Generated)


FATAL = {
    "other model": (lambda path, payload: Scripted(completion(payload, model="other")), "other (fp_1) does now"),
    "other fingerprint": (lambda path, payload: Scripted(completion(payload, fingerprint="fp_2")), "tiny (fp_2)"),
    "no fingerprint": (lambda path, payload: Scripted(completion(payload, fingerprint=None)), "another model"),
    "key refused": (lambda path, payload: error(401, "invalid_api_key", f"bad key {KEY}"), "HTTP 401"),
    "key in a name": (lambda path, payload: Scripted(completion(payload, model=KEY)), "[key]"),
    "gone": (lambda path, payload: error(404, "model_not_found"), "HTTP 404"),
    "nothing left": (lambda path, payload: error(429, "insufficient_quota"), "nothing left"),
    "elsewhere": (lambda path, payload: Scripted({}, 307, {"Location": f"http://h/{KEY}"}), "sends us elsewhere"),
    "long wait": (lambda path, payload: error(429, "limit", **{"Retry-After": "7200"}), "wait 7,200 seconds"),
}


@pytest.mark.parametrize("name", FATAL)
def test_what_no_other_text_mends_ends_the_run_and_keeps_what_was_answered(name: str) -> None:
    trouble, words = FATAL[name]
    texts = ["a", "b", "BAD", *"cdefghijklmnop"]
    answers, message = asked(trouble, texts)
    assert words in message
    assert "kept in the cache" in message
    assert KEY not in message
    assert {"a", "b"} <= set(answers), "finished answers stay"
    assert "BAD" not in answers, "what another model said is no answer of this one"
    assert len(answers) < len(texts) - 1, "nothing more is asked"


@pytest.mark.parametrize("name", ["500", "HTML", "other form", "cut off"])
def test_a_trouble_with_every_text_ends_the_run_soon(name: str) -> None:
    texts = [f"BAD {number}" for number in range(40)]
    answers, message = asked(SINGLE[name][0], texts)
    assert "5 questions in a row have no answer" in message
    assert len(answers) < 10
    assert not any(isinstance(answer, Generated) for answer in answers.values())


def test_a_refusal_of_the_model_is_what_it_said() -> None:
    def refusing(path: str, payload: Mapping[str, Any], number: int) -> Scripted:
        body = completion(payload, chat=path == "chat/completions")
        if path == "chat/completions":
            body["choices"][0]["message"] = {"role": "assistant", "content": None, "refusal": "I can't help with that."}
        return Scripted(body)

    with served(refusing) as server:
        [answer] = endpoints.load(server.spec(), HOW).generate([Generate("How?", 9, chat=True)])
    assert isinstance(answer, Generated)
    assert answer.text == "I can't help with that."


def test_hidden_thinking_that_left_no_text_is_no_empty_answer() -> None:
    def thinking(path: str, payload: Mapping[str, Any], number: int) -> Scripted:
        body = completion(payload, "", chat=path == "chat/completions")
        body["choices"][0]["finish_reason"] = "length"
        body["usage"]["completion_tokens_details"] = {"reasoning_tokens": 4}
        return Scripted(body)

    with served(thinking) as server:
        answers = endpoints.load(server.spec(), HOW).generate([Generate("How?", 4, chat=True), Generate("How?", 4)])
    assert all(isinstance(answer, Unanswered) and "hidden thinking" in answer.reason for answer in answers)


def test_an_empty_text_is_an_answer() -> None:
    with served(lambda path, payload, number: Scripted(completion(payload, "", chat=path[:4] == "chat"))) as server:
        [answer] = endpoints.load(server.spec(), HOW).generate([Generate("How?", 4)])
    assert answer == Generated("", 0)


def test_an_endpoint_that_is_down_is_told_of_before_anything_is_asked() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(UnfitEndpoint, match=r"nothing answers there; is the server running"):
        endpoints.load(f"openai:m@http://127.0.0.1:{port}/v1", HOW)


@pytest.mark.parametrize(
    ("sent", "error_type", "words"),
    [
        (error(401, "invalid_api_key", f"Incorrect key {KEY}"), UnfitEndpoint, "the key is refused"),
        (error(404, "model_not_found", "no such model"), UnknownModel, "knows no model 'tiny'"),
        (error(404), UnfitEndpoint, "neither chat/completions nor completions"),
        (error(400, "weird", KEY), UnfitEndpoint, r"HTTP 400 \(weird\)"),
        (PAGE, UnfitEndpoint, r"a page \(HTML\).*Most end in /v1"),
        (Scripted(b"hello"), UnfitEndpoint, "no JSON object"),
        (Scripted({"answer": "yes"}), UnfitEndpoint, "no list `choices`"),
        (Scripted(completion({"prompt": "", "model": "m"}), cut=True), UnfitEndpoint, "broke off"),
        (error(503), UnfitEndpoint, "HTTP 503"),
        (Scripted({}, 302, {"Location": "http://x/"}), UnfitEndpoint, "sends us elsewhere"),
    ],
)
def test_what_is_no_endpoint_is_told_of_before_anything_is_asked(
    sent: Scripted, error_type: type[Exception], words: str
) -> None:
    impatient = endpoints.How(timeout=0.3, patience=Patience(tries=2, first=0.002, longest=0.01, most=0.05))
    with served(lambda path, payload, number: sent) as server, pytest.raises(error_type, match=words) as told:
        endpoints.load(server.spec(), impatient)
    assert KEY not in str(told.value)


def test_offline_asks_nobody_on_another_machine() -> None:
    with pytest.raises(BadOption, match="--offline"):
        endpoints.load("openai:m@https://example.com/v1", endpoints.How(offline=True))
    with served() as server:
        endpoints.load(server.spec(), endpoints.How(offline=True))


def test_a_certificate_that_nobody_vouches_for_is_named() -> None:
    cause = ssl.SSLCertVerificationError("self-signed certificate")
    failed = ConnectionError("x")
    failed.__cause__ = cause
    assert _certificate(failed)
    assert not _certificate(ConnectionError("x"))


def test_a_proxy_of_the_environment_does_not_carry_texts_away_from_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with served() as server:
        endpoints.load(server.spec(), HOW)
        assert server.asked


def test_an_answer_without_end_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fairwitness.audit.endpoints.http.LARGEST", 1000)
    with served(lambda path, payload, number: Scripted(b"{" + b" " * 5000 + b"}")) as server:
        reply = Connection(read(server.spec()), Secret(), 1.0).post("completions", {})
    assert isinstance(reply, NoReply)
    assert reply.trouble == "large"


def test_the_key_goes_along_as_a_header_alone() -> None:
    with served() as server:
        endpoints.load(server.spec(), HOW)
    assert set(server.keys) == {f"Bearer {KEY}"}
    assert KEY not in str(server.asked)
