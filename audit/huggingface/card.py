"""Reads what a model's own card, licence and settings of generation say; it is foreign text, and no fact."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from huggingface_hub import ModelCard

from fairwitness.audit.huggingface.quiet import quiet
from fairwitness.audit.records import CardClaim, CardFile

README, GENERATION = "README.md", "generation_config.json"
LICENCES = ("LICENSE*", "LICENCE*")
CARD_FILES = (README, *LICENCES)
"""Fetched from a hub beside what is needed; `generation_config.json` is needed."""
KEYS = (
    "license",
    "license_name",
    "license_link",
    "language",
    "datasets",
    "base_model",
    "pipeline_tag",
    "library_name",
    "tags",
)
"""What is read of a card's metadata, in this order."""
MOST_BYTES = 1_000_000
"""A longer file is no card."""
MOST_METADATA = 64_000
"""Characters of metadata: a longer block is not parsed."""
MOST_LICENCES = 5
"""Files of licences that are read."""
MOST_VALUES, LONGEST = 40, 300
"""Values of a list, and characters of a value, that are kept."""
HEADING = "## "


def read_card(folder: Path) -> tuple[CardFile, ...]:
    """The files of a model's folder that say something of it, in a fixed order; none is an error."""
    licences = sorted(path.name for pattern in LICENCES for path in folder.glob(pattern))
    names = [README, *licences[:MOST_LICENCES], GENERATION]
    made = (_read(folder / name) for name in dict.fromkeys(names))
    return tuple(file for file in made if file is not None)


def _read(path: Path) -> CardFile | None:
    """What one file says; None where it is not there, or where it leads to a file that is none of the model's."""
    try:
        if not path.is_file() or not _within(path):
            return None
        with path.open("rb") as stream:
            raw = stream.read(MOST_BYTES + 1)
    except OSError:
        return None
    digest = hashlib.sha256(raw).hexdigest()
    try:
        if len(raw) > MOST_BYTES:
            raise ValueError("too long")
        claims = tuple(_claims(path.name, raw.decode("utf-8-sig")))
    except Exception:  # foreign text, and so is most of what reads it
        return CardFile(name=path.name, sha256="" if len(raw) > MOST_BYTES else digest, readable=False)
    return CardFile(name=path.name, sha256=digest, claims=claims)


def _within(path: Path) -> bool:
    """Whether a file lies in its folder or, in a cache of the hub, among the blobs that its snapshots lead to."""
    folder = path.parent.resolve()
    home = folder.parent.parent if folder.parent.name == "snapshots" else folder
    return path.resolve().is_relative_to(home)


def _claims(name: str, text: str) -> Iterator[CardClaim]:
    """Raises what the readers of YAML and JSON raise."""
    match name:
        case "README.md":
            yield from _of_card(text)
        case "generation_config.json":
            yield from _of_settings(json.loads(text))
        case _:
            first = next((line.strip() for line in text.splitlines() if line.strip()), "")
            if first:
                yield CardClaim(name="first line", text=_short(first))


def _of_card(text: str) -> Iterator[CardClaim]:
    """The metadata that say whose the model is and what it was made of, and the headings of the card."""
    head = text.lstrip()
    end = head.find("\n---", len("---")) if head.startswith("---") else -1
    if end > MOST_METADATA:
        raise ValueError("more metadata than any card has")
    if end > 0:
        with quiet():
            card = ModelCard(text, ignore_metadata_errors=True)
        for key in KEYS:
            if values := _texts(getattr(card.data, key, None)):
                yield CardClaim(name=key, text=", ".join(values))
        text = card.text
    headings = [line.removeprefix(HEADING).strip() for line in text.splitlines() if line.startswith(HEADING)]
    if headings:
        yield CardClaim(name="sections", text="; ".join(map(_short, headings[:MOST_VALUES])))


def _of_settings(values: object) -> Iterator[CardClaim]:
    """The numbers, words and switches of a JSON object. Raises ValueError for anything else."""
    if not isinstance(values, dict):
        raise ValueError("no JSON object")
    for key in sorted(values)[:MOST_VALUES]:
        value = values[key]
        if isinstance(value, str | int | float):
            said = str(value).lower() if isinstance(value, bool) else str(value)
            yield CardClaim(name=_short(str(key)), text=_short(said))


def _texts(value: object) -> list[str]:
    """A value or the plain values of a list as texts; nothing of what is neither."""
    items = value if isinstance(value, list) else [value]
    return [_short(str(item)) for item in items[:MOST_VALUES] if isinstance(item, str | int | float) and str(item)]


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
