"""`fairwitness.run` and its neighbours: what the command line does, with objects for names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import fairwitness
from fairwitness.audit import cli, document
from fairwitness.audit.errors import BadConfig, BadData, BadOption, BadPolicy, BadRun, UnknownModel, UnknownProbe
from fairwitness.audit.probe import Context, ProbeRun
from fakes import FakeProbe, spec

COLUMNS = {"label": "truth", "prediction": "decision", "group": "group"}
ASKED = {**COLUMNS, "probes": "group_fairness", "quiet": True}
POLICY = 'version = 1\n[[rules]]\nid = "a"\nselect = "group_fairness/accuracy[]"\nop = ">="\nvalue = 0.1\n'


@pytest.fixture(scope="session")
def decisions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """People of two groups; a fifth of group b is selected, half of group a."""
    lines = ["group,truth,decision"]
    for number in range(600):
        group = "ab"[number % 2]
        chosen = (number // 2) % (5 if group == "b" else 2) == 0
        lines.append(f"{group},{(number // 4) % 2},{int(chosen)}")
    file = tmp_path_factory.mktemp("decisions") / "decisions.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


def audited(decisions: Path, **more: Any) -> fairwitness.Report:
    return fairwitness.run(f"predictions:{decisions}", **{**ASKED, **more})


def comparable(folder: Path) -> dict[str, Any]:
    """The document without what may differ between equal runs."""
    data: dict[str, Any] = json.loads((folder / "audit.json").read_text())
    del data["manifest"]["run"]
    return data


@pytest.mark.slow
def test_the_same_inputs_give_the_same_document_as_the_command_line(decisions: Path, tmp_path: Path) -> None:
    report = audited(decisions, out=tmp_path / "python", limit=None, seed=3)
    words = [word for key, value in COLUMNS.items() for word in (f"--{key}", value)]
    line = ["run", f"predictions:{decisions}", "-p", "group_fairness", *words, "--seed", "3", "-q"]
    assert cli.invoke([*line, "-o", str(tmp_path / "line")]) == report.exit_code == 1
    assert comparable(tmp_path / "python") == comparable(tmp_path / "line")
    assert document.read(tmp_path / "python") == report.audit
    assert report.outcome == "fail"


@pytest.mark.slow
def test_without_a_folder_the_run_lives_as_long_as_its_report(decisions: Path, tmp_path: Path) -> None:
    report = audited(decisions)
    folder = report.folder
    assert (folder / "report.html").read_text() == report.to_html()
    report.save(tmp_path / "kept")
    del report
    assert not folder.exists()
    kept = fairwitness.read(tmp_path / "kept")
    assert kept.exit_code == 1
    assert (tmp_path / "kept" / "report.html").is_file()


def test_a_mistake_leaves_no_temporary_folder(decisions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(BadData, match=r"no column 'decison'; did you mean 'decision'\?"):
        audited(decisions, prediction="decison")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("more", "error", "said"),
    [
        ({"limt": 3}, BadOption, r"no setting 'limt'; did you mean 'limit'\?"),
        ({"polcy": "x"}, BadOption, r"no setting 'polcy'; did you mean 'policy'\?"),
        ({"frobnicate": 1}, BadOption, r"no setting 'frobnicate' \(settings: probe, baseline, baseline_optional, "),
        ({"json": True}, BadOption, "json: this is a setting of the command line alone"),
        ({"seed": "many"}, BadOption, "'seed': input should be a valid integer"),
        ({"probes": ["group_fairnes"]}, UnknownProbe, r"no probe 'group_fairnes'; did you mean 'group_fairness'\?"),
        ({"probes": []}, BadOption, "probes: the list is empty"),
        ({"probes": 3}, BadOption, "probes: give names, files or Probe objects, got 3"),
        ({"probes": [3]}, BadOption, "probes: give names, files or Probe objects, got 3"),
        ({"suite": "bias"}, BadOption, "exclude each other"),
        ({"policy": "version = 1\nruls = []\n"}, BadPolicy, r"Python:2: unknown key 'ruls'; did you mean 'rules'"),
        ({"policy": {"version": 1, "ruls": []}}, BadPolicy, "unknown key 'ruls'; did you mean 'rules'"),
        ({"policy": 3}, BadOption, "policy: give a file, a TOML text, a mapping or 'report-only', got 3"),
        ({"policy": "none.toml"}, BadPolicy, "no file none.toml"),
        ({"label": pd.Series([0, 1], name="y")}, BadOption, r"label: .* \(label='y'\?\), .* a Series of 2 values$"),
        ({"group": [np.zeros((9, 2))]}, BadOption, "group: give the name of a column, .* a ndarray of 9 × 2 values$"),
        ({"label": ["a\nb", 3]}, BadOption, r"'label': input should be a valid string, got \['a.nb', 3\]"),
        ({"data": 3}, BadOption, "data: give a path or a DataFrame, or several by probe, got 3"),
        ({"data": {"group_fairnes": "x.csv"}}, BadData, r"no file x\.csv"),
        ({"tokenizer": object()}, BadOption, "tokenizer=: predictions:.* brings its own"),
        ({"config": "none.toml"}, BadConfig, "no file none.toml"),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_the_nearest_right_one(
    decisions: Path, more: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        audited(decisions, **more)


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_no_model_says_what_one_may_be(nothing: object) -> None:
    with pytest.raises(UnknownModel, match="no model: give a spec or path, a loaded model"):
        fairwitness.run(nothing)


@pytest.mark.slow
def test_a_policy_may_be_a_file_a_text_or_a_mapping(decisions: Path, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(POLICY)
    mapping = {"version": 1, "rules": [{"id": "a", "select": "group_fairness/accuracy[]", "op": ">=", "value": 0.1}]}
    reports = [audited(decisions, policy=policy) for policy in (tmp_path / "p.toml", POLICY, mapping)]
    assert [report.outcome for report in reports] == ["pass"] * 3
    assert len({report.verdicts.to_json() for report in reports}) == 1
    of_file, of_text, of_mapping = (report.audit.manifest for report in reports)
    assert of_file.policy.sha256 == of_text.policy.sha256
    assert of_text.policy.path == of_mapping.policy.path == "given in Python"
    assert str(of_file.config["command"]).startswith("fairwitness run predictions:")
    assert str(of_text.config["command"]).startswith("fairwitness.run('predictions:")
    assert "policy=policy" in str(of_text.config["command"])


def test_a_probe_object_may_not_take_the_name_of_an_installed_one(decisions: Path) -> None:
    with pytest.raises(BadOption, match="a probe of the name 'gender' is installed already: rename this one"):
        audited(decisions, probes=[FakeProbe(spec("gender"), lambda ctx: iter(()))])  # type: ignore[arg-type, return-value]


@pytest.mark.slow
def test_what_was_decided_is_said_unless_quiet(decisions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    audited(decisions, probes=["group_fairness", "gender"], quiet=False)
    said = capsys.readouterr()
    assert said.out == ""
    assert "is a predictions (" in said.err
    assert "asked: group_fairness\n" in said.err
    assert "not asked: gender: it asks a model for" in said.err
    audited(decisions)
    assert capsys.readouterr() == ("", "")


@pytest.mark.slow
def test_a_settings_file_is_read_only_where_it_is_named(
    decisions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fairwitness.toml").write_text("seed = 9\n")
    assert audited(decisions).audit.manifest.seed == 0
    assert audited(decisions, config="fairwitness.toml").audit.manifest.seed == 9
    monkeypatch.setenv("FAIRWITNESS_SEED", "5")
    assert audited(decisions).audit.manifest.seed == 5
    assert audited(decisions, seed=0).audit.manifest.seed == 0


@pytest.mark.slow
def test_lists_may_be_a_single_item_and_pairs_a_mapping(decisions: Path) -> None:
    config = audited(decisions, group=["group"], reference={"group": "b"}, favourable=1).audit.manifest.config
    assert config["resolved"]["reference"] == ["group=b"]
    assert config["resolved"]["favourable"] == "1"
    assert audited(decisions).audit.manifest.config["resolved"]["group"] == ["group"]


@pytest.mark.slow
def test_two_runs_are_compared_by_report_or_folder(decisions: Path, tmp_path: Path) -> None:
    before, after = audited(decisions, out=tmp_path / "a"), audited(decisions, seed=1)
    found = before.compare(after)
    assert found.exit_code == 0
    assert set(found.changes.finding) <= {"no_change_shown", "equivalent", "not_tested"}
    assert fairwitness.compare(tmp_path / "a", after).changes.equals(found.changes)
    found.save(tmp_path / "c")
    assert (tmp_path / "c" / "comparison.html").read_text() == found.to_html()
    with pytest.raises(BadRun, match="are the same folder"):
        fairwitness.compare(before, tmp_path / "a")
    with pytest.raises(BadRun, match="is not empty and holds no comparison"):
        found.save(tmp_path / "a")


@pytest.mark.slow
def test_several_runs_a_side_are_compared_by_their_spread(decisions: Path, tmp_path: Path) -> None:
    text = decisions.read_text().splitlines()
    sides = []
    for noise in ((1, 2, 3), (4, 5, 6)):
        side = []
        for number in noise:
            file = tmp_path / f"{number}.csv"
            flipped = [
                f"{line[:-1]}{1 - int(line[-1])}" if row % 97 < 3 * number else line
                for row, line in enumerate(text[1:])
            ]
            file.write_text("\n".join([text[0], *flipped]) + "\n")
            side.append(audited(file))
        sides.append(side)
    found = fairwitness.compare(*sides)
    assert repr(found).startswith("<Comparison of 3 runs: ")
    tested = found.changes.dropna(subset="change")
    assert len(tested)
    assert set(tested.scale) == {"difference"}
    assert "3 runs: " in found.to_html()
    with pytest.raises(BadRun, match="BASE is 1 run"):
        fairwitness.compare(sides[0][0], sides[1])
    with pytest.raises(BadRun, match="the same run stands there twice"):
        fairwitness.compare(sides[0], [*sides[1], sides[0][0]])


def test_a_subject_is_what_a_run_would_ask(decisions: Path) -> None:
    subject = fairwitness.load(f"predictions:{decisions}", prediction="decision")
    assert isinstance(subject, fairwitness.Subject)
    assert subject.info.capabilities == ("Predict",)
    with pytest.raises(BadOption, match=r"no setting 'devise' of loading; did you mean 'device'\?"):
        fairwitness.load(f"predictions:{decisions}", devise="cpu")


def interrupted(ctx: Context) -> ProbeRun:
    """A probe during which somebody presses Ctrl-C."""
    yield []
    raise KeyboardInterrupt


@pytest.mark.slow
def test_ctrl_c_is_passed_on_once_what_is_finished_is_kept(
    decisions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = FakeProbe(spec("slow", (("Predict",),)), interrupted)
    with pytest.raises(KeyboardInterrupt):
        audited(decisions, probes=["group_fairness", probe], out=tmp_path / "run")
    kept = fairwitness.read(tmp_path / "run")
    assert (kept.outcome, kept.exit_code, kept.audit.status) == ("incomplete", 130, "incomplete")
    spare = tmp_path / "spare"
    spare.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(spare))
    with pytest.raises(KeyboardInterrupt):
        fairwitness.run(f"predictions:{decisions}", probes=probe, prediction="decision", quiet=True)
    assert list(spare.iterdir()) == []


@pytest.mark.slow
def test_a_crashed_probe_is_told_and_no_exception(decisions: Path) -> None:
    def crashed(ctx: Context) -> ProbeRun:
        yield []
        raise ValueError("no such thing")

    probe = FakeProbe(spec("broken", (("Predict",),)), crashed)
    report = audited(decisions, probes=["group_fairness", probe])
    assert report.exit_code == 1  # the broken rule of the other probe weighs more
    alone = fairwitness.run(f"predictions:{decisions}", probes=probe, prediction="decision", quiet=True)
    assert (alone.outcome, alone.exit_code) == ("incomplete", 3)
    with pytest.raises(UnknownProbe, match="'broken' was not measured: ValueError: no such thing"):
        alone.items("broken")
