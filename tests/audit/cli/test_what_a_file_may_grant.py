"""Settings: what a file that merely lies there cannot grant, and mistakes that passed unseen or looked like bugs."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairwitness.audit import cli
from fairwitness.audit.session.place import run_folder

LONG = "a" * 300
DECIDED = ("run", "predictions:d.csv", "--prediction", "d", "--group", "sex", "-p", "group_fairness")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rows = "\n".join(f"{at % 2},{at % 3 % 2},{'fm'[at % 7 % 2]}" for at in range(200))
    (tmp_path / "d.csv").write_text(f"y,d,sex\n{rows}\n")
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 2) -> str:
    assert cli.invoke(list(arguments)) == code
    err = capsys.readouterr().err
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert "this is a bug" not in err
    return err


@pytest.mark.parametrize("key", ["allow_pickle", "trust_remote_code", "show_secrets", "exit_zero"])
def test_a_settings_file_that_nobody_named_grants_nothing(
    here: Path, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    (here / "fairwitness.toml").write_text(f"seed = 3\n{key} = true\n")
    flag = f"--{key.replace('_', '-')}"
    told = said(capsys, *DECIDED)
    assert f"fairwitness.toml:2: a settings file that only lies here cannot set {key!r}" in told
    assert f"give {flag} on the command line, or name the file with --config" in told
    assert cli.invoke([*DECIDED, "-c", "fairwitness.toml", "--dry-run"]) == 0
    (here / "fairwitness.toml").write_text(f"{key} = false\n")
    assert cli.invoke([*DECIDED, "--dry-run"]) == 0
    assert cli.invoke([*DECIDED, flag, "--dry-run"]) == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("limit = true\n", "fairwitness.toml:1: 'limit': it must be a number, got true"),
        ("probes = [1]\n", "fairwitness.toml:1: 'probes', item 1: input should be a valid string, got 1"),
        ("group = 'sex'\n", "'group': input should be a valid list, got 'sex'"),
        ("judge = ''\n", "'judge' must not be empty"),
        ("limit = " + "9" * 5000 + "\n", "fairwitness.toml is no valid TOML"),
        ("x = " + "[" * 50_000, "fairwitness.toml is no valid TOML: it nests too deeply"),
        ("seed = '" + "x" * 5000 + "'\n", "'seed': input should be a valid integer"),
        (f"seed = {2**32}\n", "fairwitness.toml:1: 'seed': it must be 4294967295 at most, got 4294967296"),
    ],
)
def test_mistakes_of_a_settings_file(here: Path, capsys: pytest.CaptureFixture[str], text: str, message: str) -> None:
    (here / "fairwitness.toml").write_text(text)
    told = said(capsys, "run", "m")
    assert message in told
    assert len(told) < 500


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", LONG), "File name too long"),
        (("run", f"./{LONG}"), "File name too long"),
        (("run", f"{LONG}.skops"), "no file aaa"),
        (("run", f"predictions:{LONG}.csv", "--prediction", "d", "--group", "g"), "File name too long"),
        ((*DECIDED, "-o", LONG), "cannot be the folder of a run: File name too long"),
        ((*DECIDED, "--data", LONG), "no file aaa"),
        ((*DECIDED, "--data", f"group_fairness={LONG}"), "no file aaa"),
        (("run", "m", "--policy", LONG), "File name too long"),
        (("run", "m", "-c", LONG), "File name too long"),
        (("report", LONG), "File name too long"),
        (("compare", LONG, "b"), "File name too long"),
        ((*DECIDED, "--policy", ""), ". is a folder: name a file"),
        (("run", "predictions:d.csv", "--prediction", "d", "--group", ""), "--group: it must not be empty"),
        ((*DECIDED, "--judge", ""), "--judge: it must not be empty"),
        ((*DECIDED, "-O", "group_fairness.threshold=NaN"), "group_fairness.threshold: input should be a finite number"),
        ((*DECIDED, "-O", "group_fairness.threshold=Infinity"), "input should be a finite number"),
        ((*DECIDED, "-O", "group_fairness.threshold=" + "[" * 50_000), "group_fairness.threshold: input should be"),
        ((*DECIDED, "--device", "cdua"), "no device 'cdua'; did you mean 'cuda'?"),
        ((*DECIDED, "--dtype", "int8"), "no dtype 'int8'"),
        ((*DECIDED, "--task", "xx"), "--task xx: a file of decisions has no task"),
        ((*DECIDED, "--seed", str(2**32)), "'seed': it must be 4294967295 at most, got 4294967296"),
        ((*DECIDED, "--seed", "9" * 30), "'seed': it must be 4294967295 at most"),
        ((*DECIDED, "--threads", "3000"), "'threads': input should be less than or equal to 1024"),
        ((*DECIDED, "--batch-tokens", "9" * 30), "'batch_tokens': it must be 4294967295 at most"),
        ((*DECIDED, "-O", f"group_fairness.flips={10**30}"), "group_fairness.flips: it must be 4294967295 at most"),
        (("run", "m", "-p", "attribution", "-O", f"attribution.budget={10**6}"), "less than or equal to 100000"),
    ],
)
def test_mistakes_of_a_command_line(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    assert message in said(capsys, *arguments)


@pytest.mark.slow
def test_a_model_of_a_long_name_has_a_run_folder_that_can_be_made(here: Path) -> None:
    name = "b" * 250
    (here / "d.csv").rename(here / f"{name}.csv")
    assert cli.invoke(["run", f"predictions:{name}.csv", *DECIDED[2:]]) == 1
    (folder,) = (here / "runs").iterdir()
    assert (folder / "report.html").is_file()
    assert len(run_folder(None, LONG).name) < 200


def test_a_score_that_a_float_hardly_holds_is_no_bug(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "\n".join(f"{at % 2},{'fm'[at % 7 % 2]},{'1e308' if at % 3 else '-1e308'}" for at in range(200))
    (here / "s.csv").write_text(f"d,sex,s\n{rows}\n")
    words = ("run", "predictions:s.csv", "--prediction", "d", "--group", "sex", "--score", "s", "-p", "group_fairness")
    assert cli.invoke([*words, "-o", "out"]) == 2
    assert (
        "score column 's': none of the 200 rows has a number, for example row 1 ('-1e308'): numbers beyond 1e+100"
        in capsys.readouterr().err
    )


def test_decisions_that_are_lists_are_read_as_texts(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"d": [[1], [2]] * 50, "sex": ["f", "m"] * 50}), here / "l.parquet")
    assert (
        cli.invoke(["run", "predictions:l.parquet", "--prediction", "d", "--group", "sex", "-p", "group_fairness"]) == 2
    )
    assert "say which outcome counts as selected with --favourable (outcomes: '[1]' 50 times" in capsys.readouterr().err


@pytest.mark.slow
def test_a_cell_of_three_megabytes_in_a_group_column_is_cut(here: Path) -> None:
    from fairwitness.audit import document
    from fairwitness.audit.records import Measured

    rows = "\n".join(f"{at % 2},{'fm'[at % 3 % 2]}" for at in range(300)) + "\n1," + "x" * 3_000_000
    (here / "big.csv").write_text(f"d,sex\n{rows}\n")
    words = ["run", "predictions:big.csv", "--prediction", "d", "--group", "sex", "-p", "group_fairness"]
    assert cli.invoke([*words, "-o", "out"]) in (0, 1)
    assert (here / "out" / "audit.json").stat().st_size < 1_000_000
    (result,) = document.read(here / "out").results
    assert isinstance(result, Measured)
    groups = {metric.by["sex"] for metric in result.metrics if "sex" in metric.by}
    assert any(name.startswith("xxx") and "3000000 characters" in name for name in groups)


@pytest.mark.slow
def test_groups_that_differ_in_half_a_character_stay_apart(here: Path) -> None:
    import json

    from fairwitness.audit import document
    from fairwitness.audit.records import Measured

    (here / "p.csv").write_text("y,d\n" + "\n".join(f"{at % 3 % 2},{at % 2}" for at in range(300)) + "\n")
    halves = ("f\ud800", "f\ud801")
    rows = [{"sex": halves[at % 4 // 3], "y": at % 3 % 2} for at in range(300)]
    (here / "g.json").write_text(json.dumps(rows))
    words = ["run", "predictions:p.csv", "--prediction", "d", "--data", "g.json", "--group", "sex", "--label", "y"]
    assert cli.invoke([*words, "-p", "group_fairness", "-o", "out"]) in (0, 1)
    (result,) = document.read(here / "out").results
    assert isinstance(result, Measured)
    assert {r"f\ud800", r"f\ud801"} <= {one.by["sex"] for one in result.metrics if "sex" in one.by}
