"""The command line: every mistake is one line and the right code, and what it prints is what it promises."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from fairwitness.audit import cli, document
from fairwitness.audit.subject import Ask

HERE = Path(__file__).resolve()
ROOT = HERE.parents[3]
MASKED_LM = ROOT.parent / "shared" / "models" / "masked-lm"


def decisions(folder: Path, *, rows: int = 2000, biased: bool = False) -> Path:
    """People of two groups, half of each selected; with `biased` a fifth of group b."""
    lines = ["group,truth,decision,score"]
    for at in range(rows):
        group = "ab"[at % 2]
        chosen = (at // 2) % (5 if biased and group == "b" else 2) == 0
        lines.append(f"{group},{(at // 4) % 2},{int(chosen)},{0.75 if chosen else 0.25}")
    file = folder / "decisions.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def audit(file: Path, *more: str) -> list[str]:
    columns = ["--label", "truth", "--prediction", "decision", "--group", "group"]
    return ["run", f"predictions:{file.name}", "-p", "group_fairness", *columns, *more]


def mistake(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Runs a wrong command line; gives the one line it said."""
    assert cli.invoke(list(arguments)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
    return said.err


DECIDED = ("predictions:decisions.csv", "--prediction", "decision")
GOOD_POLICY = 'version = 1\n[[rules]]\nid = "a"\nselect = "group_fairness/accuracy[]"\nop = ">="\nvalue = 0.1\n'


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run"], "no model is named"),
        (["run", "no/such/folder/at/all", "--offline"], "no/such/folder/at/all"),
        (["run", "package:no_such_package"], "no_such_package"),
        (["run", "m", "-p", "gendr"], "no probe 'gendr'; did you mean 'gender'?"),
        (["run", "m", "-s", "defalt"], "no suite 'defalt'; did you mean 'default'?"),
        (["run", "m", "-s", "default", "-p", "gender"], "exclude each other"),
        (["run", "m", "-q", "-v"], "exclude each other"),
        (["run", "m", "-O", "gender.limmit=3"], "has no option 'limmit'; did you mean 'limit'?"),
        (["run", "m", "-O", "gender.limit=many"], "gender.limit: input should be a valid integer"),
        (["run", "m", "-O", "gendr.limit=3"], "no probe 'gendr'"),
        (["run", "m", "-O", "limit=3"], "must read probe.option=value"),
        (["run", "m", "-p", "gender", "-O", "attention.limit=3"], "'attention' is not selected"),
        (
            ["run", "m", "-p", "gender", "--label", "truth"],
            "--label is for attribution, counterfactual, group_fairness",
        ),
        (["run", "decisions.csv"], "name predictions:decisions.csv"),
        (["run", "wrong.toml"], "a file of a model (.gguf, .onnx, .skops"),
        (["run", "predictions:"], "predictions: names no file"),
        (["run", "predictions:absent.csv"], "absent.csv: there is no such file"),
        (["run", "predictions:decision.csv"], "no such file; did you mean 'decisions.csv'?"),
        (["run", "predictions:full"], "full: it is a folder; name one file (.csv"),
        (["run", "predictions:full/book.xlsx"], "Excel workbooks are not read"),
        (["report", "decisions.csv"], "decisions.csv is no Fairwitness run: name the folder that holds audit.json"),
        (["run", "m", "--sede", "3"], "No such option: --sede"),
        (["run", "m", "--seed", "x"], "Invalid value for '--seed'"),
        (["run", "m", "--limit", "0"], "Invalid value for '--limit'"),
        (["run", "m", "--policy", "absent.toml"], "no file absent.toml"),
        (
            ["run", "m", "--policy", "misspelt.toml"],
            "the probe 'gendr', which is not installed; did you mean 'gender'?",
        ),
        (["policy", "check", "misspelt.toml"], "the probe 'gendr', which is not installed; did you mean 'gender'?"),
        (["run", *DECIDED, "--group", "group", "-O", "group_fairness.groups=decision"], "--group names 'group' and"),
        (["run", *DECIDED, "--group", "group", "--reference", "group=a", "--reference", "group=b"], "names two groups"),
        (["run", *DECIDED, "--group", "group", "--label", "decision"], "--label and --prediction are the same column"),
        (["run", "m", "--policy", "wrong.toml"], "wrong.toml:7: unknown key 'min_m'; did you mean 'min_n'?"),
        (["run", "m", "-c", "absent.toml"], "no file absent.toml"),
        (["run", "m", "-c", "wrong.toml"], "wrong.toml:1: unknown key 'version'"),
        (["run", "m", "--data", "absent.csv"], "no file absent.csv"),
        (["run", "m", "--data", "gendr=wrong.toml"], "no probe 'gendr'"),
        (["run", "m", "-p", "gender", "--data", "attention=wrong.toml"], "'attention' is not selected"),
        (["run", "m", "-p", "attribution", "--data", "attribution.texts=wrong.toml"], "it has 'attribution_texts'"),
        (["run", "m", "-o", "full"], "full is not empty and holds no Fairwitness run"),
        (["run", "m", "-o", "wrong.toml"], "wrong.toml is a file"),
        (["run", "predictions:absent.csv", "--prediction", "d", "--group", "g"], "absent.csv: there is no such file"),
        (["run", "predictions:decisions.csv", "--prediction", "decision", "--group", "grup"], "'grup'"),
        (["run", "predictions:decisions.csv", "--prediction", "decison", "--group", "group"], "'decison'"),
        (["run", "predictions:wrong.toml", "--prediction", "decision", "--group", "group"], "wrong.toml"),
        (["report", "full"], "full is no Fairwitness run"),
        (["report", "full", "-f", "htm"], "no format 'htm'; did you mean 'html'?"),
        (["probes", "gendr"], "no probe 'gendr'; did you mean 'gender'?"),
        (["data", "tabel"], "no data set 'tabel'; did you mean 'table'?"),
        (["policy", "check", "wrong.toml"], "wrong.toml:7: unknown key 'min_m'"),
        (["polcy"], "No such command 'polcy'"),
        (["run", "m", "extra"], "unexpected extra argument"),
    ],
)
def test_mistakes(here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    decisions(here)
    (here / "wrong.toml").write_text(GOOD_POLICY + "min_m = 3\n")
    (here / "misspelt.toml").write_text(GOOD_POLICY.replace("group_fairness/", "gendr/"))
    (here / "full").mkdir()
    (here / "full" / "letter.txt").write_text("not ours")
    (here / "full" / "book.xlsx").write_text("PK")
    before = sorted(path.name for path in here.rglob("*"))
    assert message.lower() in mistake(capsys, *arguments).lower()
    assert sorted(path.name for path in here.rglob("*") if path.name != "runs") == before


def test_mistakes_in_the_settings_file_and_the_environment(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "fairwitness.toml").write_text("model = 'm'\n\n[probe.gender]\nlimmit = 3\n")
    assert "has no option 'limmit'; did you mean 'limit'?" in mistake(capsys, "run")
    (here / "fairwitness.toml").write_text("modle = 'm'\n")
    assert "fairwitness.toml:1: unknown key 'modle'; did you mean 'model'?" in mistake(capsys, "run")
    (here / "fairwitness.toml").unlink()
    monkeypatch.setenv("FAIRWITNESS_SEDE", "3")
    assert "FAIRWITNESS_SEDE, which is no setting; did you mean 'FAIRWITNESS_SEED'?" in mistake(capsys, "run", "m")


@pytest.mark.slow
def test_nothing_heavy_is_loaded_before_the_mistakes_are_found(here: Path) -> None:
    (here / "wrong.toml").write_text(GOOD_POLICY + "min_m = 3\n")
    mistakes = (["-p", "gendr"], ["--policy", "wrong.toml"], ["--data", "absent.csv"], ["-O", "gender.x=1"])
    code = (
        "import sys; from fairwitness.audit import cli\n"
        f"codes = [cli.invoke(['run', 'm', *arguments]) for arguments in {mistakes}]\n"
        "assert codes == [2, 2, 2, 2], codes; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_an_audit_of_decisions_from_end_to_end(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = decisions(here)
    assert cli.invoke(audit(file, "-o", "out")) == 0
    said = capsys.readouterr()
    assert "verdict: pass, exit code 0" in said.out
    assert f"report:  {Path('out') / 'report.html'}" in said.out
    repeat = said.out.split("repeat:  ")[1].splitlines()[0]
    assert repeat == (
        "fairwitness run predictions:decisions.csv --probe group_fairness --out out"
        " --label truth --prediction decision --group group"
    )
    found = document.read(here / "out")
    assert (found.outcome, found.exit_code, found.status) == ("pass", 0, "complete")
    assert found.manifest.policy.path == "default"
    assert found.manifest.config["command"] == repeat.replace(" --out out", "")
    assert sorted(path.name for path in (here / "out").iterdir())[:1] == ["audit.json"]
    assert (here / "out" / "report.html").stat().st_size > 1000
    events = [json.loads(line)["event"] for line in (here / "out" / "log.jsonl").read_text().splitlines()]
    assert events[0] == "run"
    assert events[-1] == "judged"


@pytest.mark.slow
def test_a_breach_gives_1_exit_zero_gives_0_and_the_document_stays_the_same(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = decisions(here, biased=True)
    assert cli.invoke(audit(file, "-o", "one")) == 1
    assert "verdict: fail, exit code 1; of what can fail a release: " in capsys.readouterr().out
    assert cli.invoke(audit(file, "-o", "two", "--exit-zero")) == 0
    assert "verdict: fail, exit code 1 (0 because of --exit-zero); of what" in capsys.readouterr().out
    first, second = (json.loads((here / name / "audit.json").read_text()) for name in ("one", "two"))
    assert first["exit_code"] == 1
    del first["manifest"]["run"], second["manifest"]["run"]
    assert first == second


@pytest.mark.slow
def test_the_repeated_line_does_the_same_again(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import shlex

    file = decisions(here)
    (here / "fairwitness.toml").write_text("seed = 7\n[probe.group_fairness]\nmin_group = 40\nexamples = 5\n")
    assert cli.invoke(audit(file, "-q")) == 0
    repeat = shlex.split(capsys.readouterr().out.split("repeat:  ")[1].splitlines()[0])
    (here / "fairwitness.toml").unlink()
    assert cli.invoke(repeat[1:]) == 0
    first, second = (json.loads(path.read_text()) for path in sorted((here / "runs").glob("*/audit.json")))
    assert first["results"] == second["results"]
    assert first["manifest"]["config"]["resolved"] == second["manifest"]["config"]["resolved"]
    assert first["manifest"]["seed"] == second["manifest"]["seed"] == 7


@pytest.mark.slow
def test_json_is_one_document_and_nothing_else(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.invoke(audit(decisions(here), "-o", "out", "--json", "-v")) == 0
    said = capsys.readouterr()
    printed: dict[str, Any] = json.loads(said.out)
    jsonschema.validate(printed, document.schema())
    assert document.from_json(printed) == document.read(here / "out")
    assert "report:" in said.err


@pytest.mark.slow
def test_quiet_json_says_nothing_on_the_error_stream(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.invoke(audit(decisions(here), "--json", "-q")) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.slow
def test_an_own_folder_is_replaced_only_when_it_is_a_run(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = decisions(here)
    (here / "out").mkdir()
    assert cli.invoke(audit(file, "-o", "out")) == 0
    assert cli.invoke(audit(file, "-o", "out", "--seed", "3")) == 0
    assert document.read(here / "out").manifest.seed == 3
    (here / "out" / "audit.json").unlink()
    (here / "out" / "log.jsonl").write_text("something else")
    capsys.readouterr()
    mistake(capsys, *audit(file, "-o", "out"))


@pytest.mark.slow
def test_a_policy_of_ones_own_judges(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "policy.toml").write_text(GOOD_POLICY.replace("0.1", "0.99"))
    assert cli.invoke(audit(decisions(here), "--policy", "policy.toml", "-o", "out")) == 1
    found = document.read(here / "out")
    assert found.manifest.policy.path == "policy.toml"
    assert [(one.rule, one.outcome) for one in found.verdicts] == [("a", "fail")]
    assert "policy:  policy.toml, sha256" in capsys.readouterr().out


@pytest.mark.slow
def test_nothing_applicable_gives_4(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = decisions(here)
    assert cli.invoke(["run", f"predictions:{file.name}", "-p", "gender", "--prediction", "decision", "-o", "out"]) == 4
    assert document.read(here / "out").outcome == "nothing_ran"
    assert "verdict: nothing ran, exit code 4" in capsys.readouterr().out


@pytest.mark.slow
def test_the_report_can_be_drawn_again(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.invoke(audit(decisions(here), "-o", "out")) == 0
    first = (here / "out" / "report.html").read_bytes()
    (here / "out" / "report.html").unlink()
    capsys.readouterr()
    assert cli.invoke(["report", "out"]) == 0
    assert capsys.readouterr().out == f"{Path('out') / 'report.html'}\n"
    assert (here / "out" / "report.html").read_bytes() == first
    assert cli.invoke(["report", "out", "--lang", "zh"]) == 0
    assert '<html lang="zh">' in (here / "out" / "report.html").read_text()
    assert cli.invoke(["report", "out", "--lang", "fr"]) == 2
    assert "html is not drawn in 'fr' (languages: en, zh)" in capsys.readouterr().err


@pytest.mark.slow
def test_other_formats_and_no_cache(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(here / "cache"))
    assert cli.invoke(audit(decisions(here), "-o", "out", "--no-cache", "-q")) == 0
    assert not (here / "cache").exists()
    capsys.readouterr()
    assert cli.invoke(["report", "out", "-f", "md, html"]) == 0
    assert capsys.readouterr().out.splitlines() == [str(Path("out") / name) for name in ("report.md", "report.html")]
    assert (here / "out" / "report.md").read_text().startswith("#")


def test_a_dry_run_asks_nothing_and_writes_nothing(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = decisions(here)
    assert cli.invoke([*audit(file, "--dry-run"), "-p", "gender"]) == 0
    said = capsys.readouterr().out
    assert "2000 Predict" in said
    assert "will not apply: it asks a model for" in said
    assert "first round, duplicates dropped: 2000 requests" in said
    assert sorted(path.name for path in here.iterdir()) == ["decisions.csv"]
    assert cli.invoke([*audit(file, "--dry-run", "--json")]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["unique_requests"] == {"Predict": 2000}


def test_limit_is_told_to_change_nothing_where_it_does(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.invoke([*audit(decisions(here), "--dry-run", "--limit", "3"), "-p", "gender"])
    assert "--limit changes nothing for group_fairness" in capsys.readouterr().err


def test_a_bug_gives_3_and_its_trace_only_when_asked(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from fairwitness.audit import tabular

    def broken(*_: object, **__: object) -> Ask:
        raise RuntimeError("a bug\n\x1b[31m")

    monkeypatch.setattr(tabular, "load_predictions", broken)
    file = decisions(here)
    assert cli.invoke(audit(file)) == 3
    said = capsys.readouterr().err
    assert "bug in Fairwitness or a plug-in: RuntimeError: a bug" in said
    assert said.count("\n") == 1
    assert "\x1b" not in said
    assert cli.invoke(audit(file, "-v")) == 3
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), OSError(122, "Disk quota exceeded")])
def test_a_full_disk_gives_3(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    def full(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(document.rows, "spill", full)
    assert cli.invoke(audit(decisions(here), "-q")) == 3
    said = capsys.readouterr().err
    assert said.startswith("error: cannot write")
    assert said.count("\n") == 1


@pytest.mark.slow
def test_an_interruption_gives_130_and_the_line_that_goes_on(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from fairwitness.audit.tabular import PredictionsFile

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(PredictionsFile, "predict", interrupt)
    assert cli.invoke(audit(decisions(here), "-o", "out")) == 130
    said = capsys.readouterr()
    assert "repeat:  fairwitness run predictions:decisions.csv" in said.out
    assert "finished answers are kept" in said.out
    found = document.read(here / "out")
    assert (found.status, found.exit_code) == ("incomplete", 130)


@pytest.mark.slow
def test_probes_data_policy_and_cache_are_told(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(here / "cache"))
    for arguments, expected in (
        (["probes"], "group_fairness"),
        (["probes", "gender"], "Cannot tell:"),
        (["probes", "gender"], "  - control_accuracy: share; higher is better\n"),
        (["data"], "table            missing"),
        (["data", "occupations"], "licence Apache-2.0"),
        (["policy", "check"], "default is valid"),
        (["cache", "info"], "0 entries"),
        (["cache", "prune"], "deleted 0 entries"),
        (["--version"], "fairwitness 0."),
    ):
        assert cli.invoke(arguments) == 0
        assert expected in capsys.readouterr().out
    assert cli.invoke(["probes", "--json"]) == 0
    probes = json.loads(capsys.readouterr().out)
    names = [probe["name"] for probe in probes]
    assert names == sorted(names)
    declared = {"name": "s_amb", "unit": "−1 to 1", "better": "near_zero", "role": "bias"}
    assert declared in next(probe["metrics"] for probe in probes if probe["name"] == "bbq")
    assert cli.invoke(["data", "--json"]) == 0
    assert all(one["source"] or one["how"] for one in json.loads(capsys.readouterr().out))


def test_policy_check_names_probes_and_waivers(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    live = '\n[[waivers]]\nselect = "group_fairness/*"\nreason = "x"\nowner = "o"\nexpires = 2999-01-01\n'
    (here / "policy.toml").write_text(GOOD_POLICY + live + live.replace("2999", "2001"))
    assert cli.invoke(["policy", "check", "policy.toml"]) == 0
    said = capsys.readouterr().out
    assert "policy.toml is valid: 1 rule, 2 waivers" in said
    assert "speaks of group_fairness" in said
    assert "days left: x; owner o; expires 2999-01-01" in said
    assert "EXPIRED and waives nothing" in said
    assert "No rule speaks of: advice_by_group, answers_by_group, attention" in said


@pytest.mark.slow
def test_help_starts_fast_and_light() -> None:
    """CPU seconds, so that a busy machine does not matter. No science library, no rich, no pydantic."""
    heavy = ("numpy", "pydantic", "rich", "torch", "transformers", "scipy", "pandas")
    code = (
        "import sys; from fairwitness.audit import cli; cli.invoke(['--help']);"
        f"sys.exit([name for name in {heavy} if name in sys.modules] or 0)"
    )
    seconds = []
    for _ in range(3):
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        error = process.stderr.read().decode() if process.stderr else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.stderr:
            process.stderr.close()
        assert process.returncode == 0, error
        seconds.append(usage.ru_utime + usage.ru_stime)
    assert min(seconds) < 0.3


def told(command: Sequence[str], capsys: pytest.CaptureFixture[str]) -> Any:
    """The document that a command prints."""
    assert cli.invoke(list(command)) == 0
    return json.loads(capsys.readouterr().out)


ASKING = (sys.executable, "-m", "fairwitness", "run", str(MASKED_LM), "-p", "gender")


@pytest.mark.arithmetic
@pytest.mark.slow
@pytest.mark.skipif(not MASKED_LM.is_dir(), reason="the shared masked language model is not here")
def test_a_real_model_audited_twice_is_asked_once(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = [*ASKING[3:], "--limit", "3", "--json", "-q", "--threads", "1", "--policy", "report-only"]
    first, second = (told(command, capsys) for _ in range(2))
    assert first["manifest"]["run"]["model_calls"] > 0
    assert second["manifest"]["run"]["model_calls"] == 0
    del first["manifest"]["run"], second["manifest"]["run"]
    assert first == second


@pytest.mark.slow
@pytest.mark.skipif(not MASKED_LM.is_dir(), reason="the shared masked language model is not here")
def test_ctrl_c_while_a_model_is_asked(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The signal of Ctrl-C comes within the first call of the model in a round, however fast the machine is.

    How the process that a user starts takes the signal is in tests/e2e/test_interrupted_start.
    """
    from torch.nn.modules.module import register_module_forward_pre_hook

    log = here / "out" / "log.jsonl"
    sent: list[bool] = []

    def interrupt(*_: object) -> None:
        if not sent and log.is_file() and '"round"' in log.read_text():
            sent.append(True)
            signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    hook = register_module_forward_pre_hook(interrupt)
    try:
        code = cli.invoke([*ASKING[3:], "-o", "out", "--threads", "1"])
    finally:
        hook.remove()
        signal.signal(signal.SIGINT, before)
    said = capsys.readouterr()
    assert (code, sent) == (130, [True]), said.err
    assert "Traceback" not in said.err
    assert "repeat:  fairwitness run" in said.out
    assert document.read(here / "out").status == "incomplete"
