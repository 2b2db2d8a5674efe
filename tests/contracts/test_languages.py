"""Translations say the same as the English words: the same keys, the same places to fill in, nothing empty."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
TRANSLATED = sorted(path for folder in ("audit", "probes") for path in (ROOT / folder).glob("**/words.*.toml"))
NOT_WORDS = re.compile(r"^(citations|data_licence|data\.[^.]+\.(?!what$).*)")
"""Names of works, licences, columns and files: the same in every language."""
HEADS = re.compile(r"^table\.[^.]+\.heads\.")
"""A column is called by its key where the English words say nothing else, so a translation may have it alone."""


def texts(tree: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Every text by its dotted name; of a list by its place."""
    for key, value in tree.items():
        match value:
            case dict():
                yield from texts(value, f"{before}{key}.")
            case list():
                yield from texts({str(place): item for place, item in enumerate(value)}, f"{before}{key}.")
            case _:
                yield f"{before}{key}", str(value)


def differences(english: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    """Where a translation does not say what the English words say."""
    known = {name: text for name, text in texts(english) if not NOT_WORDS.match(name)}
    said = dict(texts(other))
    yield from (f"{name} is missing" for name in known.keys() - said.keys())
    yield from (f"{name} is not in English" for name in said.keys() - known.keys() if not HEADS.match(name))
    for name, text in said.items():
        if not text.strip():
            yield f"{name} is empty"
        if name in known and places(text) != places(known[name]):
            yield f"{name} has other places: {text}"


def places(text: str) -> list[str]:
    """The places to fill in, in any order."""
    return sorted(set(re.findall(r"\{(\w+)\}", text)))


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def test_there_are_translations() -> None:
    assert {path.parent.name for path in TRANSLATED} >= {"kit", "sentences", "crows_pairs"}


@pytest.mark.parametrize("path", TRANSLATED, ids=lambda path: str(path.relative_to(ROOT)))
def test_translations_have_the_keys_and_places_of_english(path: Path) -> None:
    assert sorted(differences(read(path.with_name("words.toml")), read(path))) == []


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"note": "{count} 行", "list": ["一"]}, "list.1 is missing"),
        ({"note": "{count} 行", "list": ["一", " "]}, "list.1 is empty"),
        ({"note": "{number} 行", "list": ["一", "二"]}, "note has other places: {number} 行"),
        ({"note": "{count} 行", "list": ["一", "二"], "more": "多"}, "more is not in English"),
    ],
)
def test_a_translation_that_differs_is_seen(other: dict[str, Any], said: str) -> None:
    english = {"note": "{count} rows", "list": ["one", "two"], "citations": ["Ada 1843"]}
    assert list(differences(english, other)) == [said]
