"""What the lens probe says of a tuned lens: beside the logit lens, and nothing of one that is worse than it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pronouns import stereotyped
from standins.answers import Answerer
from standins.explanations import SHARES, layered
from transformers import BertForMaskedLM
from tuned import maps, translators, written

import tiny_models
from fairwitness.audit import cli, document
from fairwitness.audit.internals import Layers, ReadLayers, Translators
from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Measured, Undefined
from fairwitness.audit.requests import BLANK, Answer, Request
from fairwitness.probes.explanation.lens.probe import PROBE
from organisms import context, drive, first_requests, metric, value
from trained import Tiny, bert_config, word_tokenizer

pytestmark = pytest.mark.arithmetic

NAMED = Translators("ab" * 32, "lens.safetensors", 4, 8)
TUNED = (0.2, 1.0, 1.0, 1.0, 1.0)
"""How much of the end each layer says through the translators: the gap is there from the first layer on."""


def tuned(shares: tuple[float, ...], divergences: tuple[float, ...]) -> Answerer:
    """The layered model, read through translators where a request names some."""
    plain, through = (layered(stereotyped("FillMask"), each) for each in (SHARES, shares))

    def answer(request: Request) -> Answer:
        layers, other = plain(request), through(request)
        if getattr(request, "translators", None) is None or not isinstance(layers, Layers):
            return layers
        assert isinstance(other, Layers)
        return replace(layers, tuned=other.log_probs, tuned_ranks=other.ranks, tuned_divergences=divergences)

    return answer


def measure(answer: Answerer, named: Translators | None = NAMED) -> Findings:
    return drive(PROBE, context(PROBE, ["ReadLayers"], translators=named), answer)


GOOD = tuned(TUNED, (0.5, 0.1, 0.1, 0.0, 0.0))


@pytest.mark.slow
def test_both_lenses_are_shown_and_each_has_its_depth() -> None:
    findings, plain = measure(GOOD), measure(GOOD, None)
    assert value(findings, "gap_depth") == value(plain, "gap_depth")
    assert value(findings, "tuned_gap_depth").value == pytest.approx((0.3 / 0.8) / 4)  # from 0.2 to 1 of the end
    assert value(findings, "tuned_gap_depth").high < value(findings, "gap_depth").low
    assert "tuned_gap_depth" not in {each.name for each in plain.metrics}
    gap = value(findings, "log_odds_gap").value
    [table] = [each for each in findings.evidence if each.id == "tuned"]
    assert [row[1] for row in table.rows] == pytest.approx([share * gap for share in SHARES], rel=1e-4)
    assert [row[2] for row in table.rows] == pytest.approx([share * gap for share in TUNED], rel=1e-4)
    assert [row[4] for row in table.rows] == pytest.approx([0.5, 0.1, 0.1, 0.0, 0.0])
    curves = {each.id: {row[0] for row in each.rows} for each in findings.evidence if each.kind == "curves"}
    assert curves["gap_path"] == {"gap between the occupations", "the same, tuned lens"}
    [note] = [note for note in findings.notes if note.startswith("Translators abababababab")]
    assert "0.175 nats away" in note
    assert "0.7 without them" in note
    assert "tuned" not in {each.id for each in plain.evidence}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (tuned(TUNED, (2.0, 1.0, 1.0, 0.0, 0.0)), "may be those of another model"),
        (layered(stereotyped("FillMask")), "came back without what the translators make of them"),
    ],
    ids=["worse", "ignored"],
)
def test_translators_that_are_of_no_use_are_concluded_from_nothing(answer: Answerer, why: str) -> None:
    findings = measure(answer)
    depth = metric(findings, "tuned_gap_depth").estimate
    assert isinstance(depth, Undefined)
    assert why in depth.reason
    assert depth.kind == "not_interpretable"
    assert any("Nothing is concluded from the translators" in note and why in note for note in findings.notes)
    assert value(findings, "gap_depth").value > 0.5


@pytest.mark.slow
def test_translators_that_change_nothing_are_not_worse() -> None:
    same = tuned(SHARES, tuple(1.0 - share for share in SHARES))
    findings = measure(same)
    assert value(findings, "tuned_gap_depth") == value(findings, "gap_depth")


def run(file: str) -> int:
    asked = ["run", "model", "-p", "lens", "-O", f"lens.translators={file}", "-O", "lens.limit=4"]
    return cli.invoke([*asked, "-o", "out", "--offline"])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with a cache of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path


@pytest.mark.slow
def test_a_file_that_does_not_fit_is_refused_before_anything_is_asked(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny_models.build("masked:bert", here / "model")
    written(here / "narrow.safetensors", maps(2, 16))
    written(here / "nan.safetensors", {**maps(2, 32), "layers.1.bias": np.full(32, np.nan, np.float32)})
    capsys.readouterr()
    for file, why, loaded in (
        ("nowhere", "lens.translators: no file 'nowhere'", False),
        ("model/config.json", "'model/config.json' is no safetensors file, or a damaged one", False),
        ("nan.safetensors", "layers.1.bias holds a value that is not a finite number", False),
        ("narrow.safetensors", "its translators are 16 wide, and the model's states are 32", True),
    ):
        assert run(file) == 2
        [*before, last] = capsys.readouterr().err.splitlines()
        assert why in last
        assert ("loading model" in before) is loaded
        assert not any("reading layers" in line for line in before)
        assert not (here / "out" / "audit.json").exists()


def untrained(folder: Path) -> Path:
    """A masked model that knows every word that the probe asks about, and nothing else."""
    requests = first_requests(PROBE, context(PROBE, ["ReadLayers"], limit=4))
    texts = [" ".join((request.text, *request.targets)) for request in requests if isinstance(request, ReadLayers)]
    tokenizer = word_tokenizer([text.replace(BLANK, "") for text in texts], "bert")
    return Tiny(BertForMaskedLM(bert_config(tokenizer, 32)), tokenizer).save(folder)


@pytest.mark.proof
def test_a_run_takes_a_file_and_says_which(here: Path) -> None:
    untrained(here / "model")
    named = translators(here / "good.safetensors", maps(2, 32))
    assert run("good.safetensors") == 4  # nothing here is judged
    made = document.read(here / "out")
    assert named.sha256 in json.dumps(made.manifest.config["resolved"]["probe"]["lens"])
    [result] = made.results
    assert isinstance(result, Measured)
    assert "tuned" in {each.id for each in result.evidence}
    assert any(note.startswith(f"Translators {named.sha256[:12]}") for note in result.notes)
