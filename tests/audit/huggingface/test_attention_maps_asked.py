"""Attention maps that come back empty are an error, and those of long texts are bounded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import tiny_models
from fairwitness.audit.engine import Engine
from fairwitness.audit.huggingface import Loading, attention, load
from fairwitness.audit.requests import Attend, Attention, Unanswered

pytestmark = pytest.mark.arithmetic
TEXT = "the nurse said that she was tired ."


@contextmanager
def as_it_is(_model: Any) -> Iterator[None]:
    """The attention that was chosen for speed, which returns no maps."""
    yield


@pytest.fixture
def subject(tmp_path: Path) -> Any:
    return load(Loading(str(tiny_models.build("masked:bert", tmp_path))))


def test_maps_that_come_back_empty_raise(subject: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert subject._loaded.model.config._attn_implementation == "sdpa"
    (maps,) = subject.attend([Attend(TEXT)])
    assert isinstance(maps, Attention)
    assert subject._loaded.model.config._attn_implementation == "sdpa"  # as before
    monkeypatch.setattr(attention, "eager", as_it_is)
    with pytest.raises(RuntimeError, match="came back empty"):
        subject.attend([Attend(TEXT)])
    (answer,) = Engine(subject).answer([Attend(TEXT)])
    assert isinstance(answer, Unanswered)
    assert "came back empty" in answer.reason


def test_maps_of_long_texts_are_bounded(subject: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = len(subject.token_texts(TEXT))
    monkeypatch.setattr(attention, "MOST_WEIGHTS", 2 * 4 * tokens**2)
    short, long = subject.attend([Attend(TEXT), Attend(f"{TEXT} tired")])
    assert isinstance(short, Attention)
    assert isinstance(long, Unanswered)
    assert long.fault == "long_text"
    assert f"{tokens + 1} tokens" in long.reason
