"""Which limits and seeds were tried on a model, as the answer cache remembers them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tiny_models
from fairwitness.audit import cli, document
from fairwitness.audit.cache import AnswerCache
from fairwitness.audit.records import Audit, Look
from fairwitness.reports import html, terminal


def test_the_cache_remembers_looks_of_its_subject_alone(tmp_path: Path) -> None:
    first, second = Look("gender", "a", 20, 0), Look("gender", "a", None, 0)
    with AnswerCache(tmp_path, "f" * 64) as cache:
        assert cache.remember([first]) == [first]
    with AnswerCache(tmp_path, "f" * 64) as cache:
        assert cache.remember([second, first]) == [first, second]
    with AnswerCache(tmp_path, "e" * 64) as cache:
        assert cache.remember([]) == []


def test_a_broken_file_forgets_and_goes_on(tmp_path: Path) -> None:
    with AnswerCache(tmp_path, "f" * 64) as cache:
        cache.remember([Look("gender", "a", 20, 0)])
    cache.path.write_bytes(b"no database" * 1_000)
    with AnswerCache(tmp_path, "f" * 64) as cache:
        assert cache.remember([Look("gender", "a", 40, 0)]) == [Look("gender", "a", 40, 0)]


def _run(model: Path, folder: Path, *more: str) -> Audit:
    assert (
        cli.invoke(["run", str(model), "-p", "attention", "-o", str(folder), "--policy", "report-only", "-q", *more])
        == 0
    )
    return document.read(folder)


@pytest.mark.arithmetic
def test_runs_tell_the_limits_that_were_tried_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    model = tiny_models.build("causal:llama", tmp_path / "model")
    first = _run(model, tmp_path / "one", "--limit", "2")
    assert first.manifest.run["limits_tried"] == {"attention": [2]}
    assert terminal.render(first).count("Asked before") == 0
    second = _run(model, tmp_path / "two", "--seed", "7")
    assert second.manifest.run["limits_tried"] == {"attention": [2, None]}
    assert second.manifest.run["seeds_tried"] == {"attention": [0, 7]}
    assert second.manifest.run["looks_known"] is True
    assert "Asked before with other limits or seeds: attention" in terminal.render(second, 200)
    page = re.sub(r"<[^>]+>", "", html.render(second))
    assert "Looked at before" in page
    assert "attention: limits 2, none; seeds 0, 7" in page
    alone = _run(model, tmp_path / "three", "--no-cache")
    assert alone.manifest.run["limits_tried"] == {"attention": [None]}
    assert alone.manifest.run["looks_known"] is False
