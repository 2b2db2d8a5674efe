"""What is written to a terminal: cleaned, whole where the stream knows few letters, and nothing where it is closed."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import pytest

from fairwitness.audit import cli
from fairwitness.audit.cli.terminal import Screen, say, say_json, tell

ODD = "\x1b[31m\u202e\u200b\u061c\ufeff\u2028\u2029\u2066\x07\x9b"
STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
DECIDED = "y,d,sex\n" + "\n".join(f"{at % 2},{at % 3 % 2},{'fm'[at % 7 % 2]}" for at in range(200)) + "\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d.csv").write_text(DECIDED)
    return tmp_path


def test_a_line_can_neither_steer_nor_begin_another(capsys: pytest.CaptureFixture[str]) -> None:
    say(f"a{ODD}b\n::error::pwn", "second")
    tell(f"a{ODD}b\r\n::error::pwn")
    for said, lines in zip(capsys.readouterr(), (2, 1), strict=True):
        assert not STEERS.search(said)
        assert said.count("\n") == lines
        assert not re.search("^::", said, re.MULTILINE)


def test_a_plain_line_of_progress_says_how_long_the_rest_takes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 0.0, 20.0, 40.0, 100.0])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    with Screen(quiet=False, verbose=False) as screen:
        for done in (0, 10, 20, 50):
            screen.progress("LogLikelihood", done, 50)
    assert capsys.readouterr().err.splitlines() == [
        "scoring texts: 10 of 50, about 80 s left",
        "scoring texts: 20 of 50, about 60 s left",
        "scoring texts: 50 of 50",
    ]


def test_half_a_character_is_no_crash(capsys: pytest.CaptureFixture[str]) -> None:
    say("half \ud800")
    say_json({"half": "\ud800"})
    said = capsys.readouterr().out
    assert said.startswith("half ?\n")
    assert json.loads(said.partition("\n")[2]) == {"half": "\ud800"}


def test_policy_check_keeps_rules_and_waivers_on_their_lines(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trap = "\\n::error file=a,line=1::pwn\\u2028\\u200b\\u061c\\ufeff\\u001b[31m"
    (here / "policy.toml").write_text(
        f'version = 1\n[[rules]]\nid = "a{trap}"\nselect = "group_fairness/accuracy[]"\nop = ">="\nvalue = 0.1\n'
        f'[[waivers]]\nselect = "group_fairness/*"\nreason = "x{trap}"\nowner = "o{trap}"\nexpires = 2999-01-01\n'
    )
    assert cli.invoke(["policy", "check", "policy.toml"]) == 0
    said = capsys.readouterr().out
    assert "::error" in said
    assert not re.search("^::", said, re.MULTILINE)
    assert not STEERS.search(said)


@pytest.mark.slow
def test_a_dry_run_and_the_line_that_repeats_a_run_are_cleaned(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "d\x1b[31m\u202e.csv"
    (here / "d.csv").rename(here / name)
    words = ["run", f"predictions:{name}", "--prediction", "d", "--group", "sex", "-p", "group_fairness"]
    assert cli.invoke([*words, "--dry-run"]) == 0
    assert cli.invoke([*words, "-o", "out\u202e"]) in (0, 1)
    said = capsys.readouterr()
    assert not STEERS.search(said.out)
    assert not STEERS.search(said.err)
    assert "repeat:  fairwitness run" in said.out


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_stream_that_knows_few_letters_loses_letters_and_no_run(
    here: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    words = ["run", "predictions:d.csv", "--prediction", "d", "--group", "sex", "-p", "group_fairness", "-q"]
    assert cli.invoke(words) == 1
    assert cli.invoke([*words, "--json"]) == 1
    sys.stdout.flush()
    text = raw.getvalue().decode(encoding)
    whole = json.loads(text[text.index("\n{") :])
    assert whole["exit_code"] == 1
    assert any("–" in str(note) or "%" in str(note) for note in [text])


@pytest.mark.slow
def test_closed_streams_are_no_crash(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    words = ["run", "predictions:d.csv", "--prediction", "d", "--group", "sex", "-p", "group_fairness"]
    assert cli.invoke([*words, "-o", "out"]) == 1
    assert (here / "out" / "report.html").is_file()
    assert cli.invoke([*words, "--json"]) == 1
    assert cli.invoke(["run", "nothing/here"]) == 2


def test_numbers_steer_no_terminal_and_lose_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """A text that the caller typed, or that a model wrote, stands in them whole."""
    value = {f"a{ODD}b": [f"“{ODD}” 护\n\t🙂", 1.5]}
    say_json(value)
    said = capsys.readouterr().out
    assert not STEERS.search(said)
    assert "护" in said
    assert json.loads(said) == value
