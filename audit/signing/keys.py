"""Ed25519 keys as PEM files: a private one that its owner alone can read, and the public one beside it."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairwitness.audit.errors import BadKey, CannotWrite, MissingExtra

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PUBLIC = ".pub"
"""What the name of the public key has behind that of the private one."""
LARGEST = 64 * 1024
"""Bytes of a file that may still be a key."""
OTHERS = stat.S_IRWXG | stat.S_IRWXO
KIND = re.compile(r"_?(\w+?)(Private|Public)(Numbers)?Key\w*")


def new_keys(path: Path) -> tuple[Path, Path]:
    """Makes a pair and gives its files; neither may be there already. Raises BadKey, CannotWrite, MissingExtra."""
    need_libraries()
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    known = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    public = path.with_name(path.name + PUBLIC)
    if public.exists() or public.is_symlink():
        raise BadKey(f"{public} is there already: name another file, no key is ever replaced")
    _write_new(path, secret, 0o600)
    _write_new(public, known, 0o644)
    return path, public


def private_key(path: Path) -> Ed25519PrivateKey:
    """The key to sign with. Raises BadKey where others can read the file, or where it is no such key; MissingExtra."""
    need_libraries()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    content, mode = _read(path)
    if b"PUBLIC KEY-----" in content:
        raise BadKey(f"{path} holds a public key: sign with the private one")
    if os.name == "posix" and mode & OTHERS:
        raise BadKey(f"{path} can be read by others than its owner (mode {mode & 0o777:04o}): chmod 600 {path}")
    if b"ENCRYPTED" in content:
        raise BadKey(f"{path} is encrypted: signing asks for no password; give a key without one, of mode 0600")
    key = _parsed(path, lambda: load_pem_private_key(content, password=None))
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey(f"{path} is a key of kind {_kind(key)}: only Ed25519 keys sign runs (`fairwitness keys new`)")
    return key


def public_key(path: Path) -> Ed25519PublicKey:
    """The key to verify with. Raises BadKey where the file holds no such key; MissingExtra."""
    need_libraries()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    content, _ = _read(path)
    if b"PRIVATE KEY-----" in content:
        raise BadKey(f"{path} holds a private key: verify with the public one ({path.name}{PUBLIC})")
    key = _parsed(path, lambda: load_pem_public_key(content))
    if not isinstance(key, Ed25519PublicKey):
        raise BadKey(f"{path} is a key of kind {_kind(key)}: runs are signed with Ed25519 keys")
    return key


def need_libraries() -> None:
    """Raises MissingExtra where the libraries that sign are not installed."""
    try:
        import cryptography
        import securesystemslib.dsse  # noqa: F401 - whether it is there

        del cryptography
    except ImportError as error:
        raise MissingExtra(
            f"signing needs cryptography and securesystemslib ({error}): pip install 'fairwitness[sign]'"
        ) from error


def _parsed(path: Path, load: Callable[[], Any]) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        return load()
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadKey(f"{path} is no key in PEM form that can be read (`fairwitness keys new` makes a pair)") from error


def _kind(key: object) -> str:
    match = KIND.match(type(key).__name__)
    return match[1] if match else type(key).__name__


def _read(path: Path) -> tuple[bytes, int]:
    """The bytes of a key file, and the mode of what was read."""
    try:
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(number, "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
                raise BadKey(f"{path} is no key file")
            return file.read(), status.st_mode
    except (OSError, ValueError) as error:
        raise BadKey(f"cannot read the key {path}: {getattr(error, 'strerror', None) or error}") from error


def _write_new(path: Path, content: bytes, mode: int) -> None:
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError as error:
        raise BadKey(f"{path} is there already: name another file, no key is ever replaced") from error
    except (OSError, ValueError) as error:
        raise CannotWrite(f"cannot write {path}: {getattr(error, 'strerror', None) or error}") from error
    with os.fdopen(number, "wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(content)
