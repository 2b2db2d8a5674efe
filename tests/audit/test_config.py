"""Settings: which place wins, what is refused, and the line that repeats a run."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

from fairwitness.audit import config
from fairwitness.audit.errors import BadConfig, BadOption, FairwitnessError


def read(
    tmp_path: Path, text: str = "", environment: dict[str, str] | None = None, **typed: Any
) -> tuple[config.Given, config.RunConfig]:
    file = None
    if text:
        file = tmp_path / "fairwitness.toml"
        file.write_text(text)
    given = config.gather(file, typed, environment or {})
    return given, config.resolve(given)


def test_command_line_over_environment_over_file_over_default(tmp_path: Path) -> None:
    file, environment = "seed = 1\nlimit = 11\ndevice = 'a'", {"FAIRWITNESS_SEED": "2", "FAIRWITNESS_LIMIT": "22"}
    assert read(tmp_path)[1].seed == 0
    _, found = read(tmp_path, file, environment, seed=3)
    assert (found.seed, found.limit, found.device, found.dtype) == (3, 22, "a", None)


def test_a_stronger_place_may_choose_probes_where_a_weaker_chose_a_suite(tmp_path: Path) -> None:
    _, found = read(tmp_path, "suite = 'default'", {"FAIRWITNESS_PROBES": "gender, attention"})
    assert found.probes == ("gender", "attention")
    given, found = read(tmp_path, "probes = ['gender']", suite="default")
    assert (found.probes, found.suite) == ((), "default")
    assert "suite" in given.merged()
    with pytest.raises(BadOption, match="exclude each other"):
        read(tmp_path, probes=["gender"], suite="default")


def test_options_of_probes_add_up_over_all_places(tmp_path: Path) -> None:
    typed = config.options_from(["gender.limit=4", "known_texts.texts=a=b"])
    file = "[probe.gender]\nlimit = 3\nlanguage = 'zh'"
    _, found = read(tmp_path, file, {"FAIRWITNESS_OPTION": "attention.maps=2"}, probe=typed)
    assert found.probe == {
        "gender": {"limit": "4", "language": "zh"},
        "attention": {"maps": "2"},
        "known_texts": {"texts": "a=b"},
    }


def test_paths_of_a_file_are_read_from_where_it_lies(tmp_path: Path) -> None:
    _, found = read(tmp_path, "policy = 'p.toml'\nout = '/abs'\ndata = ['a.csv', 'known_texts=b.txt']")
    assert found.policy == tmp_path / "p.toml"
    assert found.out == Path("/abs")
    assert found.data == (str(tmp_path / "a.csv"), f"known_texts={tmp_path / 'b.txt'}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sede = 1", "fairwitness.toml:1: unknown key 'sede'; did you mean 'seed'?"),
        ("model = 'm'\nseed = 'x'", "fairwitness.toml:2: 'seed': input should be a valid integer"),
        ("[prob.gender]\nlimit = 1", "fairwitness.toml:1: unknown key 'prob'; did you mean 'probe'?"),
        ("limit = 0", "fairwitness.toml:1: 'limit': input should be greater than or equal to 1, got 0"),
        ("quiet = true\nverbose = true", "'quiet' and 'verbose' exclude each other"),
        ("seed = ", "is no valid TOML"),
    ],
)
def test_mistakes_in_the_file(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadConfig) as mistake:
        read(tmp_path, text)
    assert message in str(mistake.value)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"FAIRWITNESS_SEDE": "1"}, "sets FAIRWITNESS_SEDE, which is no setting; did you mean 'FAIRWITNESS_SEED'?"),
        ({"FAIRWITNESS_SEED": "many"}, "the environment variable FAIRWITNESS_SEED: 'seed'"),
        ({"FAIRWITNESS_OFFLINE": "perhaps"}, "the environment variable FAIRWITNESS_OFFLINE"),
    ],
)
def test_mistakes_in_the_environment(tmp_path: Path, variables: dict[str, str], message: str) -> None:
    with pytest.raises(BadConfig) as mistake:
        read(tmp_path, "", variables)
    assert message in str(mistake.value)


def test_the_cache_folder_and_other_variables_are_no_settings(tmp_path: Path) -> None:
    assert read(tmp_path, "", {"FAIRWITNESS_CACHE_DIR": "/x", "HOME": "/y"})[0].environment == {}


@pytest.mark.parametrize("text", ["gender", "gender.limit", "gender=3", ".x=1", "gender.=1"])
def test_what_is_no_probe_option(text: str) -> None:
    with pytest.raises(BadOption, match=r"probe\.option=value"):
        config.options_from([text])


def test_readings_of_a_typed_value_and_of_a_value_of_a_file() -> None:
    (typed,) = config.options_from(["p.o=3"])["p"].values()
    assert config.readings(typed) == [3, "3", ["3"]]
    (listed,) = config.options_from(["p.o=he,she"])["p"].values()
    assert config.readings(listed) == ["he,she", ["he", "she"]]
    assert config.readings("3") == ["3"]


def test_the_repeated_line_gives_the_same_settings(tmp_path: Path) -> None:
    file = "model = 'my model'\nlimit = 3\n[probe.gender]\nlanguage = 'zh'\nfamilies = ['a', \"it's\"]"
    given, found = read(tmp_path, file, {"FAIRWITNESS_OFFLINE": "1"}, probes=["gender"], group=["a", "b"], json=True)
    words = shlex.split(config.command(given, found))
    assert words[:3] == ["fairwitness", "run", "my model"]
    assert [word for word in words if word.startswith("-")] == [
        "--probe", "-O", "-O", "--limit", "--group", "--group", "--offline", "--json",
    ]  # fmt: skip
    assert 'gender.families=["a", "it\'s"]' in words
    assert "--json" not in shlex.split(config.command(given, found, showing=False))


def test_what_is_recorded_leaves_out_how_the_run_was_shown(tmp_path: Path) -> None:
    given, found = read(
        tmp_path, "seed = 5\nout = 'x'", {"FAIRWITNESS_JSON": "1"}, model="m", exit_zero=True, quiet=True
    )
    record = config.recorded(given, found, {"gender": {"limit": None}})
    assert record["given"] == {"file": {"seed": 5}, "environment": {}, "command_line": {"model": "m"}}
    assert record["resolved"]["seed"] == 5
    assert record["resolved"]["probe"] == {"gender": {"limit": None}}
    assert not {"out", "json", "quiet", "exit_zero"} & set(record["resolved"])
    assert record["command"] == "fairwitness run m --seed 5"


def test_every_mistake_is_of_the_user(tmp_path: Path) -> None:
    for text in ("seed = 'x'", "a", "[probe]\ngender = 3"):
        with pytest.raises(FairwitnessError) as mistake:
            read(tmp_path, text)
        assert mistake.value.exit_code == 2


def test_a_system_message_in_a_file_is_read_from_where_the_settings_lie(tmp_path: Path) -> None:
    folder = tmp_path / "settings"
    folder.mkdir()
    (folder / "a.toml").write_text('model = "m"\nchat = "chat"\nsystem = "@prompts/system.txt"\n', encoding="utf-8")
    made = config.load(folder / "a.toml", {}, {})
    assert (made.chat, made.system) == ("chat", f"@{folder / 'prompts' / 'system.txt'}")
    with pytest.raises(BadOption, match="chat"):
        config.load(None, {"chat": "always"}, {})
