"""The parts of the command line that need no whole run: progress, estimates, what is told."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import pytest

from fairwitness.audit import config, private, probe
from fairwitness.audit.cli import dry as cli_dry
from fairwitness.audit.cli import terminal as cli_terminal
from fairwitness.audit.cli.policies import check_policy
from fairwitness.audit.cli.run import gather
from fairwitness.audit.cli.show import show_data
from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.requests import Attribute, ForClass, Generate, LogLikelihood, Predict, PseudoLogLikelihood
from fairwitness.audit.runner import data_binding
from fairwitness.audit.verbs import cost


def test_following_what_is_told_of_a_data_set_gives_the_file_to_that_need(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_data(None, as_json=True) == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == sum(len(one.spec.data) for one in probe.registry().values())
    for row in rows:
        [key] = re.findall(r"--data (\S+)=(?:FILE|FOLDER)", row["how"])
        taken = data_binding.assign([probe.find(row["probe"]).spec], {key: Path("mine.csv")})
        assert list(taken) == [(row["probe"], row["name"])]


def test_the_cache_follows_fairwitness_then_xdg_then_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "a"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
    monkeypatch.setenv("HOME", str(tmp_path / "h"))
    assert private.cache_folder() == tmp_path / "a"
    monkeypatch.delenv("FAIRWITNESS_CACHE_DIR")
    assert private.cache_folder() == tmp_path / "x" / "fairwitness"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert private.cache_folder() == tmp_path / "h" / ".cache" / "fairwitness"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_bars_on_a_terminal_and_lines_elsewhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    with cli_terminal.Screen(quiet=False, verbose=False) as screen:
        for done in (1, 2, 3):
            screen.progress("LogLikelihood", done, 3)
    assert capsys.readouterr().err == "scoring texts: 3 of 3\n"

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with cli_terminal.Screen(quiet=False, verbose=False) as screen:
        screen.progress("LogLikelihood", 3, 3)
        screen.hint("a [bold]hint[/bold]")
    assert "3/3" in terminal.getvalue()
    assert "a [bold]hint[/bold]" in terminal.getvalue()
    assert not any(f"\x1b[{colour}m" in terminal.getvalue() for colour in range(30, 50))

    silent = Terminal()
    monkeypatch.setattr(sys, "stderr", silent)
    with cli_terminal.Screen(quiet=True, verbose=False) as screen:
        screen.progress("LogLikelihood", 3, 3)
        screen.hint("x")
        screen.event("probe_failed", {"probe": "p", "reason": "r"})
    assert silent.getvalue() == ""


def test_events_tell_crashes_always_and_the_rest_when_verbose(capsys: pytest.CaptureFixture[str]) -> None:
    for verbose, expected in ((False, "p crashed: r\n"), (True, "round: number 1\np crashed: r\n")):
        with cli_terminal.Screen(quiet=False, verbose=verbose) as screen:
            screen.event("round", {"number": 1})
            screen.event("probe_failed", {"probe": "p", "reason": "r"})
        assert capsys.readouterr().err == expected


@pytest.mark.parametrize("hostile", ["\x1b[31mred", "\x1b]0;title\x07", "a\rb", "\u202etxt", "\x9b31m"])
def test_what_a_file_or_model_says_cannot_steer_the_terminal(hostile: str, capsys: pytest.CaptureFixture[str]) -> None:
    cli_terminal.tell(hostile)
    cli_terminal.error_line(hostile)
    said = capsys.readouterr().err
    assert not any(sign in said for sign in "\x1b\x07\r\u202e\x9b")


def test_a_policy_cannot_steer_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "policy.toml"
    rule = 'version = 1\n[[rules]]\nid = "\\u001b[31m"\nselect = "gender/gap"\nop = "<="\nvalue = 1\n'
    waiver = '[[waivers]]\nselect = "gender/gap"\nreason = "\\u202ex\\u001b[2J"\nowner = "o"\nexpires = {}-01-01\n'
    path.write_text(rule + waiver.format(2999) + waiver.format(2001))
    assert check_policy(path) == 0
    said = capsys.readouterr().out
    assert said.count("?x?[2J") == 2
    assert not set(said) & {"\x1b", "\u202e"}


def test_colour_needs_a_terminal_that_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert cli_terminal.coloured()
    monkeypatch.setenv("NO_COLOR", "1")
    assert not cli_terminal.coloured()
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not cli_terminal.coloured()


def info(parameters: int | None) -> SubjectInfo:
    return SubjectInfo(
        spec="m",
        fingerprint="",
        kind="causal_lm",
        architecture="A",
        parameters=parameters,
        dtype="float32",
        capabilities=("LogLikelihood",),
    )


def test_the_estimate_grows_with_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_dry, "multiply_rate", lambda: 1e9)
    one = LogLikelihood("x" * 40, "y" * 40)
    assert cli_dry.estimate(info(1_000_000), []) == 0.0
    assert cli_dry.estimate(info(None), [one]) is None
    # (80 / 4 + 2) tokens x 2 x 1e6 operations over 0.7 of 1e9 a second, to a tenth of a second
    assert cli_dry.estimate(info(1_000_000), [one] * 10) == pytest.approx(0.6)
    assert cost(Predict((("row", 1),))) == 0
    assert cost(PseudoLogLikelihood("x" * 40)) == pytest.approx(144)
    assert cost(Generate("x" * 40, 30)) == pytest.approx(42)
    assert cost(Attribute("x" * 40, ForClass("a"), "shap", budget=10)) == pytest.approx(120)


@pytest.mark.slow
def test_this_machine_multiplies_at_a_believable_rate() -> None:
    assert 1e8 < cli_dry.multiply_rate() < 1e14


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "unknown"), (0.0, "under a second"), (42.4, "about 42 seconds"), (200.0, "about 3 minutes")],
)
def test_durations(seconds: float | None, words: str) -> None:
    assert cli_dry.duration(seconds) == words


def test_a_zero_on_the_command_line_is_stronger_than_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRWITNESS_SEED", "5")
    unset: dict[str, object] = {"offline": False, "limit": None, "data": []}
    assert config.resolve(gather({"seed": 0, **unset})).seed == 0
    assert config.resolve(gather(unset)).seed == 5
