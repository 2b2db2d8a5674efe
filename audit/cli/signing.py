"""`fairwitness keys`, `sign` and `verify`: who stands for a run, and whether it is still the one that was signed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fairwitness.audit import document, signing
from fairwitness.audit.cli.terminal import say, tell
from fairwitness.audit.errors import BadKey, BadRun

NOT_AS_SIGNED = 1
SAID: Mapping[str, str] = {
    "changed": "changed: {name}",
    "missing": "missing: {name}",
    "added": "added: {name}",
    "renamed": "renamed: {name} is now {also}",
    "redacted": "redacted: rows are out of {name}, and the signature covers what is left",
    "removed": "removed by redaction, hash on record: {name}",
    "unsigned": "{name}",
}


def new_keys(file: Path) -> int:
    """Makes a pair of keys and says where they are."""
    private, public = signing.new_keys(file)
    say(f"private key: {private} (mode 0600; whoever has it signs as you)", f"public key:  {public}")
    return 0


def sign_run(folder: Path, key: Path) -> int:
    """Signs every file of a run."""
    from fairwitness.audit.cli.redaction import allowed
    from fairwitness.reports.outputs.intoto import predicate

    if not folder.is_dir():
        raise BadRun(f"{folder} is no folder of a run")
    if folder.resolve() in key.resolve().parents:
        raise BadKey(f"{key} lies in the folder of the run, which is handed on with it: keep the key elsewhere")
    private = signing.private_key(key)
    path, count = signing.sign(folder, private, predicate(document.read(folder)), allowed(folder))
    say(f"signed {count} files of {folder}: {path}")
    return 0


def verify_run(folder: Path, key: Path) -> int:
    """Holds a run to its signature: 0 as signed, 1 not."""
    made = signing.verify(folder, signing.public_key(key))
    for difference in made.differences:
        text = SAID[difference.change].format(name=_one_line(difference.name), also=_one_line(difference.also))
        (say if made.holds else tell)(text)
    if made.holds:
        say(f"verified: {made.files} files of {folder} are as signed by key {made.key[:16]}")
        return 0
    tell(f"not verified: {folder} is not as this key signed it")
    return NOT_AS_SIGNED


def _one_line(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
