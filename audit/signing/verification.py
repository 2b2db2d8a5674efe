"""A folder held to its signature: every file that is not as signed, by its name and by what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from fairwitness.audit import document
from fairwitness.audit.errors import BadRun
from fairwitness.audit.signing.envelope import SIGNATURE, NotSigned, Signed, opened
from fairwitness.audit.signing.hashes import hashes

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Change: TypeAlias = Literal["changed", "missing", "added", "renamed", "redacted", "removed", "unsigned"]
BY_REDACTION: frozenset[Change] = frozenset({"redacted", "removed"})
"""What the signature itself allows: rows of private people taken out, the hash of what is left on record."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One file that is not as it was signed; of a renamed one also its new name, of `unsigned` the reason."""

    change: Change
    name: str
    also: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What came of it."""

    files: int
    """How many files the signature covers."""
    key: str
    """The id of the key that signed; empty where it did not."""
    differences: tuple[Difference, ...]

    @property
    def holds(self) -> bool:
        """Whether the run is as it was signed, but for what its signature lets a redaction take out."""
        return all(difference.change in BY_REDACTION for difference in self.differences)


def verify(folder: Path, key: Ed25519PublicKey) -> Verification:
    """Holds a run to its signature. Raises BadRun where the folder holds no run."""
    if not folder.is_dir() or not ((folder / SIGNATURE).exists() or document.is_run(folder)):
        raise BadRun(f"{folder} is no Fairwitness run")
    try:
        signed = opened(folder, key)
        present = hashes(folder, SIGNATURE)
    except (NotSigned, BadRun) as problem:
        return Verification(files=0, key="", differences=(Difference("unsigned", str(problem)),))
    return Verification(files=len(signed.files), key=signed.key, differences=tuple(_differences(signed, present)))


def _differences(signed: Signed, present: Mapping[str, str]) -> Iterator[Difference]:
    redacted = present.get(document.AUDIT) == signed.allowed.changed.get(document.AUDIT, "")
    added = {name: digest for name, digest in present.items() if name not in signed.files}
    for name, digest in signed.files.items():
        if present.get(name) == digest:
            continue
        if name in present:
            alike = redacted and present[name] == signed.allowed.changed.get(name)
            yield Difference("redacted" if alike else "changed", name)
        elif redacted and name in signed.allowed.removed:
            yield Difference("removed", name)
        elif other_name := next((other for other, same in added.items() if same == digest), ""):
            del added[other_name]
            yield Difference("renamed", name, other_name)
        else:
            yield Difference("missing", name)
    yield from (Difference("added", name) for name in added)
