"""The signed statement of a run: made, written, and read back."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairwitness.audit import document
from fairwitness.audit.errors import BadRun
from fairwitness.audit.signing.hashes import REDACTED, REMOVABLE, Allowed, hashes
from fairwitness.audit.signing.keys import need_libraries

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SIGNATURE = "report.intoto.jsonl"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
PAYLOAD = "application/vnd.in-toto+json"


class NotSigned(Exception):
    """The folder has no signature that this key made: the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What a signature says of the files of a run."""

    files: Mapping[str, str]
    allowed: Allowed
    key: str
    """The id of the key."""


def sign(
    folder: Path, key: Ed25519PrivateKey, predicate: Mapping[str, Any], allowed: Allowed | None = None
) -> tuple[Path, int]:
    """Signs every file of a run, and gives the file of the signature and how many files it covers.

    Raises BadRun where the folder holds no run, one that is being written, or links; CannotWrite.
    """
    need_libraries()
    from securesystemslib.dsse import Envelope

    document.read(folder)
    if left := document.left_over(folder):
        raise BadRun(f"{folder} is being written, or was left so ({left[0].name}): sign a finished run")
    files = hashes(folder, SIGNATURE)
    envelope = Envelope(_dumped(_statement(files, predicate, allowed or Allowed())), PAYLOAD, {})
    envelope.sign(_signers().CryptoSigner(key))
    document.write_file(folder / SIGNATURE, _spelled(envelope))
    return folder / SIGNATURE, len(files)


def opened(folder: Path, key: Ed25519PublicKey) -> Signed:
    """What the signature of a run says, once it is seen to be this key's. Raises NotSigned."""
    need_libraries()
    from securesystemslib.exceptions import VerificationError

    known = _signers().SSlibKey.from_crypto(key)
    content, envelope = _read(folder)
    if known.keyid not in envelope.signatures:
        others = ", ".join(sorted(other[:16] for other in envelope.signatures)) or "no key"
        raise NotSigned(f"{SIGNATURE} is signed by {others}, not by this key ({known.keyid[:16]})")
    try:
        envelope.verify([known], 1)
    except VerificationError as error:
        raise NotSigned(f"{SIGNATURE} was changed: the signature is not that of what it holds") from error
    if content != _spelled(envelope) or envelope.payload_type != PAYLOAD or len(envelope.signatures) != 1:
        raise NotSigned(f"{SIGNATURE} was changed: it is not spelled as it was signed")
    return _signed(json.loads(envelope.payload), known.keyid)


def _signers() -> Any:
    """The library's module of signers and keys, whose names it does not export by type."""
    return importlib.import_module("securesystemslib.signer")


def _read(folder: Path) -> tuple[bytes, Any]:
    from securesystemslib.dsse import Envelope
    from securesystemslib.exceptions import FormatError

    path = folder / SIGNATURE
    try:
        if path.is_symlink():
            raise NotSigned(f"{SIGNATURE} is a link")
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise NotSigned(f"the run is not signed: there is no {SIGNATURE}") from error
    except OSError as error:
        raise NotSigned(f"{SIGNATURE} cannot be read: {error.strerror or error}") from error
    try:
        return content, Envelope.from_dict(json.loads(content))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, FormatError) as error:
        raise NotSigned(f"{SIGNATURE} was changed: it is no DSSE envelope") from error


def _statement(files: Mapping[str, str], predicate: Mapping[str, Any], allowed: Allowed) -> dict[str, Any]:
    subjects = []
    for name, digest in files.items():
        notes: dict[str, Any] = {}
        if name in allowed.changed:
            notes[REDACTED] = allowed.changed[name]
        if name in allowed.removed:
            notes[REMOVABLE] = True
        subjects.append({"name": name, "digest": {"sha256": digest}, **({"annotations": notes} if notes else {})})
    return {"_type": STATEMENT, "subject": subjects, "predicateType": PREDICATE, "predicate": dict(predicate)}


def _signed(statement: Any, key: str) -> Signed:
    """The files of a statement. Raises NotSigned where the key signed something else than a run."""
    try:
        if (statement["_type"], statement["predicateType"]) != (STATEMENT, PREDICATE):
            raise NotSigned(f"{SIGNATURE} holds a statement of another kind, and not of a run")
        files, changed, removed = {}, {}, set()
        for subject in statement["subject"]:
            name, notes = str(subject["name"]), subject.get("annotations", {})
            files[name] = str(subject["digest"]["sha256"])
            if REDACTED in notes:
                changed[name] = str(notes[REDACTED])
            if notes.get(REMOVABLE) is True:
                removed.add(name)
    except (KeyError, TypeError, AttributeError) as error:
        raise NotSigned(f"{SIGNATURE} holds a statement of another kind, and not of a run") from error
    return Signed(files=files, allowed=Allowed(changed=changed, removed=frozenset(removed)), key=key)


def _dumped(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


def _spelled(envelope: Any) -> bytes:
    """The one form in which an envelope is written: another byte is a change."""
    return _dumped(envelope.to_dict()) + b"\n"
