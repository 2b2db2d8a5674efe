"""What a trial finds of an endpoint, and what is read from log-probabilities: nothing that it does not tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from fairwitness.audit import endpoints
from fairwitness.audit.endpoints import reading
from fairwitness.audit.endpoints.dispatch import Patience
from fairwitness.audit.requests import Answer, Generate, Generated, LogLikelihood, TokenScores, Turn, Unanswered
from scripted_endpoint import Scripted, Server, completion, error, log_prob, served, text_of, tokens

HOW = endpoints.How(at_once=2, timeout=2.0, patience=Patience(tries=2, first=0.002, longest=0.01, most=2.0))
TOP = {" A": -0.5, " B": -1.5, "Hello": -2.5}


def giving(**gives: Any) -> Callable[[str, Mapping[str, Any], int], Scripted]:
    return lambda path, payload, number: Scripted(completion(payload, chat=path[:4] == "chat", **gives))


def asked(server: Server, *requests: LogLikelihood) -> list[Answer]:
    subject = endpoints.load(server.spec(), HOW)
    assert isinstance(subject, endpoints.ScoringEndpoint)
    return list(subject.log_likelihoods([list(requests)])[0])


def test_an_echo_scores_the_tokens_behind_the_context() -> None:
    text = "She met the nurse."
    with served(giving(echoes=True)) as server:
        subject = endpoints.load(server.spec(), HOW)
        first, whole, inside = asked(
            server, LogLikelihood("She met", " the nurse."), LogLikelihood("", text), LogLikelihood("She m", "et the")
        )
    assert subject.info.capabilities == ("Generate", "LogLikelihood")
    pieces = tokens(text)
    expected = tuple(log_prob("".join(pieces[:at]), piece) for at, piece in enumerate(pieces))
    assert first == TokenScores(expected[2:], (True,) * 3, (7, 11, 17))
    assert whole == TokenScores(expected[1:], (True,) * 4, (3, 7, 11, 17)), "the first has nothing before it"
    assert isinstance(inside, TokenScores)
    assert inside.starts == (3, 7), "a token that straddles the end of the context belongs behind it"
    assert server.asked[-1][1]["echo"] is True


def _values(change: Callable[[list[Any]], list[Any]]) -> Callable[[dict[str, Any]], None]:
    def changed(told: dict[str, Any]) -> None:
        told["token_logprobs"] = change(told["token_logprobs"])

    return changed


NO_ECHOES = {
    "zeros": _values(lambda values: [None, *(0.0 for _ in values[1:])]),
    "none": _values(lambda values: [None] * len(values)),
    "in the place of -inf": _values(lambda values: [None, *(-9999.0 for _ in values[1:])]),
    "positive": _values(lambda values: [None, *(2.5 + place for place, _ in enumerate(values[1:]))]),
    "fewer": _values(lambda values: values[:-2]),
    "other tokens": lambda told: told.update(tokens=["x"] * len(told["tokens"])),
    "words": _values(lambda values: ["-1.0"] * len(values)),
}


@pytest.mark.parametrize("name", NO_ECHOES)
def test_an_echo_that_tells_nothing_is_none(name: str) -> None:
    def answer(path: str, payload: Mapping[str, Any], number: int) -> Scripted:
        body = completion(payload, chat=path[:4] == "chat", echoes=True)
        if payload.get("echo"):
            NO_ECHOES[name](body["choices"][0]["logprobs"])
        return Scripted(body)

    with served(answer) as server:
        subject = endpoints.load(server.spec(), HOW)
    assert subject.info.capabilities == ("Generate",)
    assert "kind_not_asked" in {note.code for note in subject.info.notes}


@pytest.mark.parametrize("value", [None, -9999.0, 3.0, "x", True])
def test_one_token_without_a_log_probability_leaves_the_text_without_an_answer(value: Any) -> None:
    def answer(path: str, payload: Mapping[str, Any], number: int) -> Scripted:
        body = completion(payload, chat=path[:4] == "chat", echoes=True)
        if payload.get("echo") and text_of(payload).startswith("BAD"):
            body["choices"][0]["logprobs"]["token_logprobs"][2] = value
        return Scripted(body)

    with served(answer) as server:
        good, bad = asked(server, LogLikelihood("She met", " the nurse."), LogLikelihood("BAD", " the nurse."))
    assert isinstance(good, TokenScores)
    assert isinstance(bad, Unanswered)


def test_a_start_token_of_the_endpoint_is_no_part_of_the_text() -> None:
    def answer(path: str, payload: Mapping[str, Any], number: int) -> Scripted:
        body = completion(payload, chat=path[:4] == "chat", echoes=True)
        if payload.get("echo"):
            told = body["choices"][0]["logprobs"]
            told["tokens"].insert(0, "<s>")
            told["token_logprobs"] = [None, -3.5, *told["token_logprobs"][1:]]
            told["top_logprobs"].insert(0, None)
        return Scripted(body)

    with served(answer) as server:
        with_start, without = asked(server, LogLikelihood("", "She met"), LogLikelihood("", "She met", bos=False))
    assert isinstance(with_start, TokenScores)
    assert isinstance(without, TokenScores)
    assert (with_start.log_probs[0], with_start.starts) == (-3.5, (0, 3))
    assert without.starts == (3,)


def test_of_the_likeliest_next_tokens_one_is_read_and_any_other_is_unanswered() -> None:
    with served(giving(top=TOP)) as server:
        subject = endpoints.load(server.spec(), HOW)
        assert isinstance(subject, endpoints.ScoringEndpoint)
        before = len(server.asked)
        asks = ["Which?", "Which?", "Which?", "Which?", ""]
        continuations = [" A", " B", " C", " A B", " A"]
        pairs = zip(asks, continuations, strict=True)
        first, second, third, several, empty = subject.log_likelihoods([[LogLikelihood(*pair) for pair in pairs]])[0]
        assert len(server.asked) - before == 1, "one question tells of all continuations"
    assert subject.info.capabilities == ("Generate", "NextToken")
    assert first == TokenScores((-0.5,), (True,), (6,))
    assert second == TokenScores((-1.5,), (False,), (6,))
    for answer in (third, several, empty):
        assert isinstance(answer, Unanswered)
        assert answer.fault == "outside_top"


def test_two_tokens_of_one_spelling_are_neither() -> None:
    twice = [{"token": "\ufffd", "logprob": -1.0}, {"token": "\ufffd", "logprob": -2.0}]
    body = {"choices": [{"logprobs": {"content": [{"token": "a", "logprob": -1, "top_logprobs": twice}]}}]}
    assert isinstance(reading.next_token(LogLikelihood("x", "\ufffd"), body), Unanswered)


def test_a_chat_is_read_as_the_beginning_of_the_answer() -> None:
    with served(giving(top={"Yes": -0.1, "No": -3.0})) as server:
        [yes] = asked(server, LogLikelihood("Really?", "Yes", chat=True, system="Be brief."))
        messages = server.asked[-1][1]["messages"]
    assert yes == TokenScores((-0.1,), (True,), (7,))
    assert [message["role"] for message in messages] == ["system", "user"]


def test_likeliest_tokens_that_are_all_alike_tell_nothing() -> None:
    with served(giving(top={" A": 0.0, " B": 0.0})) as server:
        assert endpoints.load(server.spec(), HOW).info.capabilities == ("Generate",)


def test_less_is_asked_for_where_more_is_refused() -> None:
    def strict(path: str, payload: Mapping[str, Any], number: int) -> Scripted:
        if payload.get("echo") or payload.get("logprobs") == 20 or payload.get("top_logprobs") == 20:
            return error(400, "invalid_value")
        if "max_tokens" in payload and path == "chat/completions":
            return error(400, "unsupported_parameter", "use max_completion_tokens")
        return Scripted(completion(payload, chat=path[:4] == "chat", top=TOP))

    with served(strict) as server:
        subject = endpoints.load(server.spec(), HOW)
        assert len(server.asked) <= 8
        assert subject.offer.limit_name == "max_completion_tokens"
        assert dict(subject.offer.top) == {"chat/completions": 3, "completions": 3}
        [answer] = subject.generate([Generate("Hi", 7, chat=True, temperature=0.5, seed=3, top_p=0.9)])
        sent = server.asked[-1][1]
    assert isinstance(answer, Generated)
    assert {**sent, "messages": 0} == {
        **{"model": "tiny", "temperature": 0.5, "seed": 3, "top_p": 0.9, "max_completion_tokens": 7, "messages": 0}
    }


def test_what_cannot_be_asked_is_not_sent() -> None:
    with served(
        lambda path, payload, number: error(404) if path[:4] == "chat" else Scripted(completion(payload))
    ) as server:
        subject = endpoints.load(server.spec(), HOW)
        before = len(server.asked)
        turn = (Turn("user", "Hi"),)
        requests = [
            *(Generate("Hi", 3, chat=True), Generate("Hi", 3, system="Be brief.")),
            Generate("Once", 3, chat=True, turns=turn, says="assistant"),
        ]
        answers = subject.generate(requests)
        assert len(server.asked) == before
    assert all(isinstance(answer, Unanswered) and answer.fault == "no_chat" for answer in answers)


def test_who_answers_is_part_of_the_fingerprint() -> None:
    prints = set()
    with served(giving()) as server:
        prints.add(endpoints.load(server.spec(), HOW).info.fingerprint)
        prints.add(endpoints.load(server.spec(), HOW).info.fingerprint)
        prints.add(endpoints.load(server.spec("other"), HOW).info.fingerprint)
    assert len(prints) == 2
