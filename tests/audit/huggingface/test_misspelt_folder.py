"""A folder's name that is misspelt does not leave the machine."""

from __future__ import annotations

from pathlib import Path

import huggingface_hub
import pytest

from fairwitness.audit.errors import UnknownModel
from fairwitness.audit.huggingface.locate import locate


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the hub is asked for, in a folder that holds models/checkpoint."""
    names: list[str] = []

    def fetch(name: str, **_: object) -> str:
        names.append(name)
        return str(tmp_path / "models" / "checkpoint")

    (tmp_path / "models" / "checkpoint").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", fetch)
    return names


def test_beside_one_of_nearly_that_name_the_hub_is_not_asked(asked: list[str]) -> None:
    with pytest.raises(
        UnknownModel, match=r"no folder 'models/chekpoint'; did you mean 'checkpoint'\? .* name \S+@main"
    ):
        locate("models/chekpoint", offline=False, allow_pickle=False)
    assert asked == []


@pytest.mark.parametrize("spec", ["models/chekpoint@main", "other/chekpoint", "models/quite-another"])
def test_any_other_name_is_looked_up(asked: list[str], spec: str) -> None:
    locate(spec, offline=False, allow_pickle=False)
    assert set(asked) == {spec.partition("@")[0]}
