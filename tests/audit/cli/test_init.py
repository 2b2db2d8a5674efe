"""`fairwitness init` writes what works as it is, from what lies there, and replaces nothing that is not its own."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

import pytest

from fairwitness.audit import cli, policy
from fairwitness.audit.cli.init import pipelines, policy_file, settings_file
from fairwitness.audit.cli.init.surroundings import PIPELINES, look_around
from fairwitness.audit.session.suites import SUITES

HEAD = "sex,granted,repaid,score\n"
ROWS = "".join(
    f"{'fm'[at % 2]},{'no' if at // 2 % 2 else 'yes'},{'no' if at // 4 % 2 else 'yes'},{at % 97 / 100}\n"
    for at in range(400)
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository on the branch `trunk`."""
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "-q", "-b", "trunk"], check=True)
    return tmp_path


def init(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert cli.invoke(["init", *words]) == code
    said = capsys.readouterr()
    return said.out + said.err


def model_folder(path: Path) -> None:
    path.mkdir(parents=True)
    (path / "config.json").write_text("{}")
    (path / "model.safetensors").write_bytes(b"")


@pytest.mark.parametrize(
    ("name", "pipeline"),
    [
        (".github/workflows/tests.yml", "github"),
        (".gitlab-ci.yml", "gitlab"),
        ("azure-pipelines.yml", "azure"),
        ("Jenkinsfile", "jenkins"),
        (".pre-commit-config.yaml", "pre-commit"),
        ("README.md", "none"),
    ],
)
def test_the_pipeline_is_known_by_its_file(here: Path, name: str, pipeline: str) -> None:
    (here / name).parent.mkdir(parents=True, exist_ok=True)
    (here / name).touch()
    seen = look_around(here)
    assert seen.pipeline == pipeline
    assert seen.branch == "trunk"
    assert seen.why in name


@pytest.mark.parametrize(
    ("remote", "pipeline"),
    [
        ("git@github.com:people/model.git", "github"),
        ("https://gitlab.example.org/people/model", "gitlab"),
        ("https://who@dev.azure.com/people/_git/model", "azure"),
        ("ssh://git@git.example.org:22/github.com/model", "none"),
    ],
)
def test_without_a_file_the_pipeline_is_that_of_the_host(here: Path, remote: str, pipeline: str) -> None:
    subprocess.run(["git", "remote", "add", "origin", remote], check=True)
    assert look_around(here).pipeline == pipeline


def test_a_file_goes_before_the_host_and_the_host_decides_between_two(here: Path) -> None:
    subprocess.run(["git", "remote", "add", "origin", "https://gitlab.com/people/model"], check=True)
    (here / "Jenkinsfile").touch()
    assert look_around(here).pipeline == "jenkins"
    (here / ".gitlab-ci.yml").touch()
    (here / ".github").mkdir()
    assert look_around(here).pipeline == "gitlab"


def test_models_and_tables_of_others_are_not_seen(here: Path) -> None:
    for folder in ("candidate", "deep/er", "venv/lib", ".hidden", "node_modules/a", "a/b/c/d"):
        model_folder(here / folder)
    (here / "venv" / "pyvenv.cfg").touch()
    (here / "half").mkdir()
    (here / "half" / "config.json").touch()
    (here / "small.gguf").touch()
    (here / "data").mkdir()
    (here / "data" / "people.csv").write_text(HEAD)
    (here / "candidate" / "vocabulary.csv").write_text(HEAD)
    seen = look_around(here)
    assert seen.models == ("./candidate", "./small.gguf", "./deep/er")
    assert seen.tables == ("candidate/vocabulary.csv", "data/people.csv")


@pytest.mark.slow
def test_a_table_of_decisions_is_audited_as_it_lies(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "cities.csv").write_text("city,size\n" + "a,1\nb,2\n" * 50)
    (here / "people.csv").write_text(HEAD + ROWS)
    said = init(capsys)
    settings = tomllib.loads((here / "fairwitness.toml").read_text())
    assert settings == {
        "model": "predictions:people.csv",
        "prediction": "granted",
        "label": "repaid",
        "score": "score",
        "group": ["sex"],
        "policy": "policy.toml",
        "suite": "fairness",
    }
    assert "wrote  fairwitness.toml: predictions:people.csv, asked: group_fairness" in said
    assert "no pipeline was found here: --ci writes one" in said
    assert cli.invoke(["run", "--dry-run"]) == 0
    assert cli.invoke(["policy", "check", "policy.toml"]) == 0


def test_a_table_that_does_not_call_its_columns_decisions_and_groups_is_left_alone(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "cities.csv").write_text("city,coast\n" + "a,yes\nb,no\na,no\nb,yes\n" * 50)
    assert "no model was found here" in init(capsys)
    assert "model" not in tomllib.loads((here / "fairwitness.toml").read_text())
    (here / "fairwitness.toml").unlink()
    assert "kept   policy.toml" in init(capsys, "--model", "predictions:cities.csv")
    assert tomllib.loads((here / "fairwitness.toml").read_text())["prediction"] == "coast"


@pytest.mark.slow
def test_what_is_there_stays(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "people.csv").write_text(HEAD + ROWS)
    (here / "policy.toml").write_text("version = 1\n")
    own = here / ".github" / "workflows" / "fairwitness.yml"
    own.parent.mkdir(parents=True)
    own.write_text("mine\n")
    said = init(capsys)
    assert "kept   policy.toml: it is there already (--overwrite replaces it)" in said
    assert own.read_text() == "mine\n"
    assert (own.parent / "fairwitness-audit.yml").exists()
    init(capsys, "--overwrite")
    assert (here / "policy.toml").read_text() != "version = 1\n"
    assert own.read_text() == "mine\n", "a pipeline of somebody else is replaced by nothing"
    before = {path: path.read_bytes() for path in here.rglob("*") if path.is_file() and ".git/" not in str(path)}
    assert init(capsys).count("kept   ") == 3
    assert before == {path: path.read_bytes() for path in before}


def test_a_file_beside_and_what_a_link_leads_to_are_replaced_by_nothing(
    here: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (here / "policy.toml").symlink_to(outside / "policy.toml")
    folder = here / ".github" / "workflows"
    folder.mkdir(parents=True)
    for name in ("fairwitness.yml", "fairwitness-audit.yml"):
        (folder / name).write_text("mine\n")
    said = init(capsys, "--overwrite")
    assert "kept   policy.toml: it is a link" in said
    assert list(outside.iterdir()) == []
    assert "no pipeline of yours is replaced" in said
    assert (folder / "fairwitness-audit.yml").read_text() == "mine\n"


@pytest.mark.slow
def test_settings_that_stay_say_which_model_it_is(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "people.csv").write_text(HEAD + ROWS)
    model_folder(here / "candidate")
    (here / "fairwitness.toml").write_text(
        'model = "predictions:people.csv"\nprediction = "granted"\ngroup = ["sex"]\n'
    )
    init(capsys, "--ci", "github")
    assert "hashFiles('people.csv', 'fairwitness.toml')" in (here / pipelines.PLACES["github"].usual).read_text()
    said = init(capsys, "--model", "./candidate", code=2)
    assert "fairwitness.toml is there already and names predictions:people.csv" in said


def test_settings_that_are_there_and_do_not_work_are_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "fairwitness.toml").write_text('model = "./candidate"\nsuite = "relaese"\n')
    assert "does not work yet: no suite 'relaese'; did you mean 'release'?" in init(capsys)
    (here / "fairwitness.toml").write_text("model = 3\n")
    assert init(capsys, code=2) == "error: fairwitness.toml:1: 'model': input should be a valid string, got 3\n"


@pytest.mark.parametrize("pipeline", [name for name in PIPELINES if name != "none"])
def test_every_pipeline_is_written_beside_one_of_the_user_and_says_how_it_is_read(
    here: Path, capsys: pytest.CaptureFixture[str], pipeline: str
) -> None:
    place = pipelines.PLACES[pipeline]
    said = init(capsys, "--ci", pipeline)
    assert f"wrote  {place.usual}" in said
    written = (here / place.usual).read_text()
    assert pipelines.MADE in written
    assert not pipelines.PLACE.search(written), "a place was not filled"
    assert place.then in said
    (here / place.usual).write_text("mine\n")
    said = init(capsys, "--ci", pipeline)
    assert f"wrote  {place.beside}" in said
    assert place.then_beside in said
    assert (here / place.usual).read_text() == "mine\n"


def test_a_pipeline_is_written_at_the_top_of_a_repository_alone(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "inner").mkdir()
    monkeypatch.chdir(here / "inner")
    said = init(capsys, "--ci", "github", code=2)
    assert (
        said
        == f"error: init: pipelines are read at the top of a repository, which is {here}: run it there, or add "
        + ("--ci none\n")
    )
    assert not list((here / "inner").iterdir())
    init(capsys, "--ci", "none")
    assert sorted(path.name for path in (here / "inner").iterdir()) == ["fairwitness.toml", "policy.toml"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--ci", "githup"], "error: --ci githup: no such pipeline; did you mean 'github'?"),
        (["--modle", "x"], "error: No such option: --modle"),
    ],
)
def test_mistakes(here: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str) -> None:
    said = init(capsys, *words, code=2)
    assert said.startswith(message)
    assert said.count("\n") == 1
    assert [path.name for path in here.iterdir()] == [".git"]


def test_a_model_that_cannot_be_read_yet_is_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = init(capsys, "--model", "predictions:no.csv")
    assert "fairwitness.toml does not work yet: no.csv: there is no such file" in said


def test_names_cannot_break_the_files(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "a'b\") }} ${{ x }}.csv"
    (here / name).write_text(HEAD.replace("sex", 'sex "q"\\') + ROWS)
    init(capsys, "--ci", "github", "--model", f"predictions:{name}")
    assert tomllib.loads((here / "fairwitness.toml").read_text())["model"] == f"predictions:{name}"
    assert name not in (here / pipelines.PLACES["github"].usual).read_text()
    assert settings_file.toml("\x7f\x00é") == '"\\u007f\\u0000é"'


def test_the_policy_is_that_of_fairwitness_for_the_probes_of_the_suite() -> None:
    probes = SUITES["default"].probes
    text = "version = 1\n[defaults]\non_not_measured = 'fail'\n" + policy_file.rules(probes)
    begun, _ = policy.given(text)
    own, _ = policy.load(None)
    assert begun.defaults == own.defaults
    expected = [rule for rule in own.rules if any(rule.selector.takes_probe(probe) for probe in probes)]
    assert list(begun.rules) == expected
    assert 10 < len(expected) < len(own.rules)
    assert "# Decisions (group_fairness)." in text
    assert "(unqover)" not in text, "what is said of a rule goes where it goes"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "lines"),
    [
        ("predictions:people.csv", ['python -m pip install "fairwitness==VERSION"']),
        ("./model.skops", ['python -m pip install "fairwitness[tabular]==VERSION"']),
        ("./model.gguf", ['python -m pip install "fairwitness[gguf]==VERSION"']),
        ("package:no_such_package", ['python -m pip install "fairwitness==VERSION"']),
    ],
)
def test_what_is_installed(model: str, lines: list[str]) -> None:
    from fairwitness import __version__

    assert pipelines.install_lines(model) == [line.replace("VERSION", __version__) for line in lines]
