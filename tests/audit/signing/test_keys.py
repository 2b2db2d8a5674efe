"""Keys of runs: who may read them, what kind they are, and one line and an exit code for each that will not do."""

from __future__ import annotations

import builtins
import os
from pathlib import Path
from typing import Any

import pytest
from golden.sample import sample

from fairwitness.audit import cli, document
from fairwitness.audit.signing import SIGNATURE

pytest.importorskip("securesystemslib", reason="securesystemslib is not installed")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a run, and a pair of keys beside it."""
    document.write(sample(), tmp_path / "run")
    assert cli.invoke(["keys", "new", str(tmp_path / "key")]) == 0
    return tmp_path


def written(path: Path, key: Any, password: bytes | None = None) -> Path:
    from cryptography.hazmat.primitives import serialization as form

    locked: Any = form.BestAvailableEncryption(password) if password else form.NoEncryption()
    path.write_bytes(key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, locked))
    path.chmod(0o600)
    known = key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    path.with_name(f"{path.name}.pub").write_bytes(known)
    return path


def others(folder: Path) -> dict[str, Path]:
    """Keys that no run is signed with, by what is said of them."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

    good = ed25519.Ed25519PrivateKey.generate()
    (folder / "text").write_text("no key")
    (folder / "empty").touch()
    (folder / "large").write_bytes(b"x" * 100_000)
    for name in ("text", "empty", "large"):
        (folder / name).chmod(0o600)
        (folder / f"{name}.pub").write_bytes((folder / name).read_bytes())
    (folder / "folder").mkdir()
    (folder / "folder.pub").mkdir()
    return {
        "of kind RSA": written(folder / "rsa", rsa.generate_private_key(65537, 2048)),
        "of kind EC": written(folder / "ec", ec.generate_private_key(ec.SECP256R1())),
        "of kind Ed448": written(folder / "ed448", ed448.Ed448PrivateKey.generate()),
        "is encrypted": written(folder / "locked", good, password=b"secret"),
        "no key in PEM form": folder / "text",
        "that can be read": folder / "empty",
        "is no key file": folder / "large",
        "folder": folder / "folder",
        "No such file": folder / "nowhere",
    }


@pytest.mark.slow
def test_a_key_is_its_owners_alone(place: Path) -> None:
    assert (place / "key").stat().st_mode & 0o777 == 0o600
    assert b"PRIVATE" not in (place / "key.pub").read_bytes()
    assert cli.invoke(["sign", str(place / "run"), "--key", str(place / "key")]) == 0
    assert cli.invoke(["verify", str(place / "run"), "--key", str(place / "key.pub")]) == 0


def test_an_open_umask_changes_nothing(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        assert cli.invoke(["keys", "new", str(tmp_path / "key")]) == 0
    finally:
        os.umask(before)
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "key.pub").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("name", ["key", "key.pub"])
def test_no_key_is_ever_replaced(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).write_text("mine")
    assert cli.invoke(["keys", "new", str(tmp_path / "key")]) == 2
    assert "is there already" in capsys.readouterr().err
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {name: "mine"}
    (tmp_path / name).unlink()
    (tmp_path / name).symlink_to(tmp_path / "elsewhere")
    assert cli.invoke(["keys", "new", str(tmp_path / "key")]) == 2
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o777])
def test_a_key_that_others_can_read_signs_nothing(mode: int, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "key").chmod(mode)
    (place / "link").symlink_to(place / "key")
    for name in ("key", "link"):
        capsys.readouterr()
        assert cli.invoke(["sign", str(place / "run"), "--key", str(place / name)]) == 2
        said = capsys.readouterr().err.strip()
        assert f"mode {mode:04o}" in said
        assert "chmod 600" in said
        assert len(said.splitlines()) == 1
    assert not (place / "run" / SIGNATURE).exists()


@pytest.mark.slow
@pytest.mark.parametrize("which", range(9))
def test_a_key_of_another_kind_is_told_in_one_line(
    which: int, place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said, path = list(others(place).items())[which]
    capsys.readouterr()
    assert cli.invoke(["sign", str(place / "run"), "--key", str(path)]) == 2
    told = capsys.readouterr().err.strip()
    assert len(told.splitlines()) == 1
    assert said in told or said == "folder"
    assert "secret" not in told
    assert cli.invoke(["sign", str(place / "run"), "--key", str(place / "key")]) == 0
    capsys.readouterr()
    code = cli.invoke(["verify", str(place / "run"), "--key", f"{path}.pub"])
    told = capsys.readouterr().err.strip()
    assert code == (1 if said == "is encrypted" else 2)  # the public half of an encrypted key is a key like any other
    assert len(told.splitlines()) == (2 if code == 1 else 1)


@pytest.mark.slow
def test_keys_are_not_taken_for_each_other(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for mode in (0o600, 0o644):
        (place / "key.pub").chmod(mode)
        assert cli.invoke(["sign", str(place / "run"), "--key", str(place / "key.pub")]) == 2
        said = capsys.readouterr().err
        assert "holds a public key" in said
        assert "mode" not in said, "to close a public key to others helps nobody"
    assert cli.invoke(["verify", str(place / "run"), "--key", str(place / "key")]) == 2
    assert "holds a private key" in capsys.readouterr().err


def test_a_key_within_the_run_is_refused(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inner = place / "run" / "items"
    inner.mkdir(exist_ok=True)
    (place / "key").rename(inner / "key")
    assert cli.invoke(["sign", str(place / "run"), "--key", str(inner / "key")]) == 2
    assert "keep the key elsewhere" in capsys.readouterr().err


@pytest.mark.slow
def test_what_is_not_as_signed_ends_with_one(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    verify = ["verify", str(place / "run"), "--key", str(place / "key.pub")]
    assert cli.invoke(verify) == 1
    assert "the run is not signed" in capsys.readouterr().err
    assert cli.invoke(["sign", str(place / "run"), "--key", str(place / "key")]) == 0
    assert cli.invoke(["keys", "new", str(place / "other")]) == 0
    capsys.readouterr()
    assert cli.invoke([*verify[:-1], str(place / "other.pub")]) == 1
    assert "not by this key" in capsys.readouterr().err
    (place / "run" / "new\nline \x1b[31m").touch()
    assert cli.invoke(verify) == 1
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 2
    assert said.startswith("added: new")
    assert "\x1b" not in said


@pytest.mark.slow
def test_no_run_is_told_from_a_changed_one(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("nowhere", "empty", "key"):
        assert cli.invoke(["verify", str(tmp_path / name), "--key", str(place / "key.pub")]) == 2
        assert cli.invoke(["sign", str(tmp_path / name), "--key", str(place / "key")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 6


def test_without_the_libraries_one_line_says_what_to_install(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    original = builtins.__import__

    def lacking(name: str, *rest: Any) -> Any:
        if name.startswith("securesystemslib"):
            raise ImportError("No module named 'securesystemslib'")
        return original(name, *rest)

    monkeypatch.setattr(builtins, "__import__", lacking)
    for command in (
        ["keys", "new", str(place / "more")],
        ["sign", str(place / "run"), "--key", str(place / "key")],
        ["verify", str(place / "run"), "--key", str(place / "key.pub")],
    ):
        capsys.readouterr()
        assert cli.invoke(command) == 2
        said = capsys.readouterr().err
        assert "fairwitness[sign]" in said
        assert len(said.splitlines()) == 1
