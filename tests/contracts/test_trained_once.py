"""Tiny models are trained once a session: another process reads the checkpoint, which answers as the model did."""

from __future__ import annotations

from pathlib import Path

import pytest
from plants.pairs import corpus

import trained
from fairwitness.audit.requests import LogLikelihood
from trained import Tiny, once_a_session, tiny_causal

pytestmark = [pytest.mark.slow, pytest.mark.arithmetic]

REQUEST = LogLikelihood("", "The green one did it.")


def test_a_model_is_trained_once_and_read_as_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(trained.FOLDER, str(tmp_path / "trained"))
    times = []

    def grow(strength: float, seed: int = 0) -> Tiny:
        times.append((strength, seed))
        return tiny_causal(corpus(strength, seed), next(corpus(strength, seed)), 3, seed)

    first = once_a_session(grow)(1.0)
    again = once_a_session(grow)(1.0, seed=0)
    other = once_a_session(grow)(1.0, seed=1)
    assert times == [(1.0, 0), (1.0, 1)]
    assert first is not again
    assert first(REQUEST) == again(REQUEST) != other(REQUEST)
