"""A run that is killed goes on where it was and ends in the document of a run that was not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import proof
import tiny_models
from fairwitness.audit import cli

ROOT = Path(__file__).resolve().parents[2]

RUN = '''
"""A slow model whose arithmetic depends on its batch, as real ones' does in the last bits."""
import sys, time
from pathlib import Path
from fakes import INFO, TreeModel, asking, metric, spec, FakeProbe, number, table
from fairwitness.audit import document, policy, runner
from fairwitness.audit.cache import AnswerCache
from fairwitness.audit.engine import Engine
from fairwitness.audit.probe import Findings, Options
from fairwitness.audit.requests import Attribute, Attribution, Classify, ClassScores, ForClass, LogLikelihood
from fairwitness.audit.requests import TokenScores

cache_dir, out, delay = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])

class Slow(TreeModel):
    def classify(self, batch):
        time.sleep(delay)
        noise = 1e-6 * number(*(one.text for one in batch))
        return [ClassScores(answer.labels, tuple(value + noise for value in answer.logits))
                for answer in super().classify(batch)]
    def log_likelihoods(self, rows):
        time.sleep(delay)
        noise = 1e-6 * number(*(one.continuation for row in rows for one in row))
        return [[TokenScores(tuple(value - noise for value in answer.log_probs), answer.greedy, answer.starts)
                 for answer in row] for row in super().log_likelihoods(rows)]

class Explainer:
    def about(self, subject):
        return self
    def explain(self, requests, ask):
        for_all = []
        for request in requests:
            words = request.text.split()
            values = []
            for turn in range(3):
                answers = ask([Classify(" ".join(words[turn:])), Classify(f"{request.text} {turn}")])
                values.append(answers[0].logits[1] - answers[1].logits[1])
            for_all.append(Attribution(tuple(words), (0,) * len(words), tuple(values), 0.0, 0.0, 0.0, 6))
        return for_all

def scoring(ctx):
    values = []
    for turn in range(4):
        answers = yield [LogLikelihood(f"{at // 4} is asked in round {turn}", f" and {at}") for at in range(60)]
        values += [answer.total for answer in answers]
    return Findings(metrics=[metric("total", sum(values), len(values))], evidence=[table("rows", values)])

def explaining(ctx):
    answers = yield [Attribute(f"some words number {at}", ForClass("yes"), "shap") for at in range(8)]
    values = [value for answer in answers for value in answer.values]
    return Findings(metrics=[metric("total", sum(values), len(values))], evidence=[table("rows", values)])

probes = [asking("classify", [f"text {at} " * (at % 7 + 1) for at in range(80)], rounds=3),
          FakeProbe(spec("scoring", (("LogLikelihood",),)), scoring), FakeProbe(spec("explaining"), explaining)]
rules, info = policy.load(None)
document.prepare(out)
with runner.EventLog(out / "log.jsonl") as log, AnswerCache(cache_dir, INFO.fingerprint) as cache:
    engine = Engine(Slow(), cache=cache, batch_tokens=256, explainer=Explainer())
    data = runner.provide([probe.spec for probe in probes], {})
    audit = runner.run([(probe, Options()) for probe in probes], engine, INFO, data, {}, rules, info, log=log)
document.write(audit, out)
'''


def start(folder: Path, cache: str, out: str, delay: float) -> subprocess.Popen[bytes]:
    script = folder / "run.py"
    script.write_text(RUN)
    words = [sys.executable, str(script), str(folder / cache), str(folder / out), str(delay)]
    return subprocess.Popen(
        words, cwd=folder, env={"PYTHONPATH": str(ROOT / "tests" / "support"), "PATH": "/usr/bin:/bin"}
    )


def finished(folder: Path, out: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The document without `manifest.run`, and that."""
    data = json.loads((folder / out / "audit.json").read_text("utf-8"))
    return data, data["manifest"].pop("run")


def logged(folder: Path, out: str) -> bool:
    """Whether the run has begun to ask; beside an earlier run its log has no place of its own yet."""
    try:
        logs = [folder / out / "log.jsonl", *(folder / out).glob(".log.jsonl.*")]
        return any('"round"' in path.read_text("utf-8") for path in logs if path.exists())
    except OSError:
        return False


KILLS = pytest.mark.parametrize("kills", [2, pytest.param(10, marks=proof.AT_LENGTH)])


@pytest.mark.slow
@KILLS
def test_kills_at_random_moments(tmp_path: Path, kills: int) -> None:
    assert start(tmp_path, "calm", "whole", 0.0).wait(120) == 0
    whole, run = finished(tmp_path, "whole")
    assert [result["status"] for result in whole["results"]] == ["measured"] * 3
    calls = run["model_calls"]
    assert calls > 40

    delay = 0.04
    moments = np.random.default_rng(7).uniform(0, delay * calls, size=kills)
    killed = 0
    for turn, moment in enumerate(moments):
        process = start(tmp_path, f"cache{turn}", "out", delay)
        give_up = time.monotonic() + 60
        while not logged(tmp_path, "out") and time.monotonic() < give_up:
            time.sleep(0.005)
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        killed += process.wait(60) == -signal.SIGKILL
        assert start(tmp_path, f"cache{turn}", "out", 0.0).wait(120) == 0
        resumed, again = finished(tmp_path, "out")
        assert resumed == whole
        assert again["model_calls"] + again["cache_hits"] >= 1
        assert again["model_calls"] < calls or moment < 3 * delay
        (tmp_path / "out" / "log.jsonl").unlink()
    assert killed >= kills - max(1, kills // 5)


FINISHED = 4
"""Nothing was judged: the shipped rules about these two probes are warnings."""


def command(folder: Path, model: Path, out: str) -> list[str]:
    """The audit of a tiny real model by two probes, behind `fairwitness`."""
    return [
        "run",
        str(model),
        "-p",
        "gender",
        "-p",
        "attention",
        "--limit",
        "12",
        "--exit-zero",
        "--offline",
        "-q",
        "-o",
        str(folder / out),
    ]


def started(folder: Path, model: Path, cache: str, out: str) -> subprocess.Popen[bytes]:
    """The audit as a user starts it."""
    words = [sys.executable, "-m", "fairwitness", *command(folder, model, out)]
    environment = {**os.environ, "FAIRWITNESS_CACHE_DIR": str(folder / cache)}
    return subprocess.Popen(words, cwd=folder, env=environment)


@pytest.mark.proof
@KILLS
def test_kills_of_a_real_model(tmp_path: Path, kills: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes are killed; what they began is taken up in this one, which has loaded the libraries already."""
    monkeypatch.chdir(tmp_path)
    model = tiny_models.build("causal:llama", tmp_path / "model")

    def audit(cache: str, out: str) -> int:
        monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / cache))
        return cli.invoke(command(tmp_path, model, out))

    assert audit("calm", "whole") == FINISHED
    whole, run = finished(tmp_path, "whole")
    assert [result["status"] for result in whole["results"]] == ["measured"] * 2

    killed, helped = 0, 0
    for turn, moment in enumerate(np.random.default_rng(11).uniform(0, run["seconds"], size=kills)):
        process = started(tmp_path, model, f"cache{turn}", "out")
        give_up = time.monotonic() + 60
        while not logged(tmp_path, "out") and time.monotonic() < give_up:
            time.sleep(0.005)
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        killed += process.wait(60) == -signal.SIGKILL
        assert audit(f"cache{turn}", "out") == FINISHED
        resumed, again = finished(tmp_path, "out")
        assert resumed == whole
        helped += again["model_calls"] < run["model_calls"]
        (tmp_path / "out" / "log.jsonl").unlink()
    assert killed >= kills - max(1, kills // 5)
    assert helped >= kills // 2
