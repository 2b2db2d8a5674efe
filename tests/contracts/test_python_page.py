"""docs/python.md: every line runs, and prints what the page says."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

import tiny_models

PAGE = Path(__file__).resolve().parents[2] / "docs" / "python.md"


def examples(model: Path) -> doctest.DocTest:
    """The page's examples, with a small model in place of the one of the hub."""
    text = PAGE.read_text(encoding="utf-8").replace("bert-base-uncased", str(model)).replace("```", "")
    return doctest.DocTestParser().get_doctest(text, {}, PAGE.name, str(PAGE), 0)


@pytest.mark.arithmetic
@pytest.mark.slow
def test_every_line_of_the_page_runs_and_prints_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tiny_models.build("masked:roberta", tmp_path / "model")
    monkeypatch.chdir(tmp_path)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    capsys.readouterr()
    result = runner.run(examples(model))
    assert result.failed == 0, capsys.readouterr().out
    assert result.attempted > 20
