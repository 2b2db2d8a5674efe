"""How many questions are put at once, when again, and where the budget ends: without a network."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from fairwitness.audit.budget import Budget, Cost, OutOfBudget
from fairwitness.audit.endpoints.dispatch import FIRST, Arrived, Dispatcher, Patience
from fairwitness.audit.endpoints.http import NoReply, Reply, Said, waiting
from fairwitness.audit.endpoints.questions import Question

QUICK = Patience(tries=3, first=0.002, longest=0.01, most=5.0)
YES = Said({})
BROKEN, BUSY = NoReply("cut_off", "broke off", billed=True), NoReply("throttled", "HTTP 429")


class Endpoint:
    """Answers by a rule from the text and how often it was asked; notes how many are asked at once."""

    def __init__(self, rule: Callable[[str, int], Reply] = lambda text, before: YES, seconds: float = 0.0) -> None:
        self.rule = rule
        self.seconds = seconds
        self.asked: list[str] = []
        self.times: list[float] = []
        self.working = self.busiest = 0
        self._lock = threading.Lock()

    def __call__(self, question: Question) -> Reply:
        text = question.payload["prompt"]
        with self._lock:
            self.asked.append(text)
            self.times.append(time.monotonic())
            before = self.asked.count(text) - 1
            self.working += 1
            self.busiest = max(self.busiest, self.working)
        time.sleep(self.seconds)
        with self._lock:
            self.working -= 1
        return self.rule(text, before)


def costs(question: Question, reply: Reply | None) -> Cost:
    """At most ten tokens, and four where it was answered."""
    return Cost(10, 1.0) if reply is None else Cost(4, 0.4) if isinstance(reply, Said) else Cost()


def asked(texts: str) -> list[Question]:
    return [Question("completions", {"prompt": text}) for text in texts]


def arrived(endpoint: Endpoint, texts: str, budget: Budget | None = None, at_once: int | None = 4) -> dict[str, Reply]:
    dispatcher = Dispatcher(endpoint, costs, at_once, QUICK)
    replies = list(dispatcher.replies("Generate", asked(texts), budget or Budget()))
    assert len({reply.place for reply in replies}) == len(replies)
    return {texts[reply.place]: reply.reply for reply in replies}


def test_every_question_has_one_reply_and_no_more_are_asked_at_once_than_said() -> None:
    endpoint = Endpoint(seconds=0.05)
    assert arrived(endpoint, "abcdefghijkl", at_once=3) == dict.fromkeys("abcdefghijkl", YES)
    assert endpoint.busiest == 3
    assert sorted(endpoint.asked) == list("abcdefghijkl")


def test_a_passing_trouble_is_tried_anew_and_a_lasting_one_given_up() -> None:
    endpoint = Endpoint(lambda text, before: BROKEN if text == "b" or (text == "a" and before < 2) else YES)
    assert arrived(endpoint, "abc") == {"a": YES, "b": BROKEN, "c": YES}
    assert [endpoint.asked.count(text) for text in "abc"] == [3, 3, 1]


def test_what_does_not_pass_is_not_tried_anew() -> None:
    refused = NoReply("certificate", "no", passing=False)
    endpoint = Endpoint(lambda text, before: refused)
    assert arrived(endpoint, "a") == {"a": refused}
    assert endpoint.asked == ["a"]


def test_a_request_to_wait_is_no_try_and_everybody_waits() -> None:
    wait = NoReply("throttled", "HTTP 429", wait=0.05)
    endpoint = Endpoint(lambda text, before: wait if text == "a" and before < 1 else YES)
    assert arrived(endpoint, "ab", at_once=1) == {"a": YES, "b": YES}
    assert sorted(endpoint.asked) == ["a", "a", "b"]
    assert all(later - endpoint.times[0] >= 0.05 for later in endpoint.times[1:]), "the other one waits too"
    often = Endpoint(lambda text, before: BUSY if before < 6 else YES)
    assert arrived(often, "a") == {"a": YES}, "more waits than tries"


def test_too_long_a_wait_ends_it() -> None:
    endpoint = Endpoint(lambda text, before: NoReply("throttled", "HTTP 429", wait=3600.0))
    reply = arrived(endpoint, "a")["a"]
    assert isinstance(reply, NoReply)
    assert not reply.passing
    assert "3,600 seconds" in reply.words


def test_an_endpoint_that_only_asks_to_wait_is_given_up() -> None:
    endpoint = Endpoint(lambda text, before: BUSY)
    dispatcher = Dispatcher(endpoint, costs, 1, Patience(first=0.002, longest=0.005, most=0.03))
    [reply] = dispatcher.replies("Generate", asked("a"), Budget())
    assert isinstance(reply.reply, NoReply)
    assert not reply.reply.passing


def test_more_are_asked_at_once_as_answers_come_and_fewer_where_it_asks_to_wait() -> None:
    endpoint = Endpoint(seconds=0.05)
    dispatcher = Dispatcher(endpoint, costs, None, QUICK)
    list(dispatcher.replies("Generate", asked("abcdefghijklmnopqrstuvwxyz"), Budget()))
    assert endpoint.busiest > FIRST
    before = dispatcher.limit
    busy = Dispatcher(Endpoint(lambda text, before: BUSY if before < 1 else YES), costs, None, QUICK)
    list(busy.replies("Generate", asked("abcd"), Budget()))
    assert busy.limit < before
    assert busy.limit >= 1


def test_a_request_limit_counts_every_try() -> None:
    endpoint = Endpoint(lambda text, before: BROKEN)
    budget = Budget(requests=2)
    with pytest.raises(OutOfBudget):
        arrived(endpoint, "abc", budget, at_once=1)
    assert (len(endpoint.asked), budget.asked) == (2, 2)


@pytest.mark.parametrize(("limit", "budget"), [("tokens", Budget(tokens=25)), ("price", Budget(price=2.5))])
def test_a_cap_is_never_passed_and_what_was_answered_comes_first(limit: str, budget: Budget) -> None:
    endpoint = Endpoint(seconds=0.05)
    dispatcher = Dispatcher(endpoint, costs, 8, QUICK)
    got: list[Arrived] = []
    with pytest.raises(OutOfBudget) as end:
        got.extend(dispatcher.replies("Generate", asked("abcdefghij"), budget))
    assert len(got) == 4
    assert end.value.limit == limit
    assert endpoint.busiest == 2, "of two the most is set aside, and a third has to wait for what they cost"
    assert len(endpoint.asked) == 4, "4 · 4 = 16 are spent, and 10 more may pass 25"
    assert budget.spent.tokens == 16
    assert (budget.held.tokens, budget.held.price) == (0, 0)


def test_minutes_end_while_it_waits() -> None:
    endpoint = Endpoint(lambda text, before: NoReply("throttled", "HTTP 429", wait=4.0))
    begun = time.monotonic()
    with pytest.raises(OutOfBudget) as end:
        arrived(endpoint, "a", Budget(minutes=0.05))
    assert end.value.limit == "minutes"
    assert time.monotonic() - begun < 1


def test_a_stop_waits_for_what_is_on_its_way() -> None:
    endpoint = Endpoint(seconds=0.01)
    round_ = Dispatcher(endpoint, costs, 3, QUICK).replies("Generate", asked("abcdefgh"), Budget())
    places = []
    for reply in round_:
        places.append(reply.place)
        round_.stop()
    assert 3 <= len(places) <= 5
    assert len(places) == len(endpoint.asked)


def test_a_bug_in_a_thread_reaches_the_caller() -> None:
    def broken(question: Question) -> Reply:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(Dispatcher(broken, costs, 2, QUICK).replies("Generate", asked("a"), Budget()))


@pytest.mark.parametrize("said", [None, "", "soon", "nan", "inf", "Thu, 99 Foo 1970"])
def test_a_retry_after_that_says_nothing_is_none(said: str | None) -> None:
    assert waiting(said) is None
