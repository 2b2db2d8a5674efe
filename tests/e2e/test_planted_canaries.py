"""No canary leaves the key file: not in a run's files, its log, the terminal or the cache, unless secrets are shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from canary_models import holds_secret
from e2e.test_planted_secrets import bytes_of

from fairwitness.audit import cli
from fairwitness.audit.canaries import FORMATS, Plan, make, write
from fairwitness.audit.canaries.make import rows
from trained import tiny_causal

KEY = make(Plan(coins=8, per_dose=1, doses=(4,), formats=("words", "hex", "key", "email", "signs", "digits")), seed=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The key, a claim, and a model that saw every planted secret."""
    here = tmp_path_factory.mktemp("canaries")
    write(KEY, here)
    (here / "claim.toml").write_text("epsilon = 1.0\ndelta = 1e-5\n")
    texts = [canary.text for canary in rows(KEY)]
    tiny_causal(iter([texts] * 20), texts, steps=20, width=16).save(here / "model")
    return here


def run(folder: Path, out: Path, capfd: pytest.CaptureFixture[str], *more: str) -> dict[str, bytes]:
    """Every byte that came out of a run of both probes."""
    data = [f"canaries={folder / 'canaries.key'}", f"privacy_claim.key={folder / 'canaries.key'}"]
    data.append(f"privacy_claim={folder / 'claim.toml'}")
    given = [word for each in data for word in ("--data", each)]
    options = ["-O", "canaries.references=100", "-O", "canaries.whole=0"]
    line = ["run", str(folder / "model"), "-p", "canaries", "-p", "privacy_claim", *given, *options]
    assert cli.invoke([*line, "-o", str(out / "run"), "--offline", "-v", *more]) in (0, 1, 4)
    said = capfd.readouterr()
    return {"stdout": said.out.encode(), "stderr": said.err.encode(), **dict(bytes_of(out))}


@pytest.mark.slow
def test_no_canary_leaves_a_run(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))
    content = run(folder, tmp_path, capfd)
    assert {name: found for name, each in content.items() if (found := holds_secret(KEY, each))} == {}
    prefixes = {canary.prefix.encode() for canary in KEY.canaries}
    assert not [name for name, each in content.items() if any(prefix in each for prefix in prefixes)]
    assert any(name.endswith("inflated") for name in content)
    assert len({canary.format for canary in KEY.canaries}) > 4
    assert all(FORMATS[canary.format].bits > 12 for canary in KEY.canaries)


@pytest.mark.slow
def test_with_show_secrets_they_are_in_the_document_and_not_in_the_cache(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))
    content = run(folder, tmp_path, capfd, "--show-secrets")
    places = {name for name, each in content.items() if holds_secret(KEY, each)}
    assert "audit.json" in places
    assert not any("sqlite" in place for place in places)
