"""Every words file of the repository is there in Chinese and says the same: keys, places to fill in, nothing empty.

Files are found by walking, so that one without its translation fails. A text that is the same in both languages has its
reason here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ENGLISH = sorted(path for folder in ("audit", "probes", "examples") for path in (ROOT / folder).glob("**/words.toml"))
NOT_WORDS = re.compile(r"^(citations|data_licence|data\.[^.]+\.(?!what$).*|sentences\.|probe\.\w+\.(citations|data))")
"""Names of works, licences, columns and files, and what a model is asked: the same in every language."""
BY_KEY = re.compile(r"^(table\.[^.]+\.heads|heads|metrics|units|labels|nouns|remedy)\.")
"""What is called by its key where the English words say nothing else, so that a translation may have it alone."""
SURENESS = {
    r"Difference detected": r"(?<!未)检出差异",
    r"\b[Nn]o (difference|association|trend|preference|shift)\b.*\bdetected\b": r"未检出",
    r"Not enough evidence": r"证据不足",
    r"not estimable": r"无法估计",
}
"""What a text says of how sure it is, as patterns of both languages: where one says it, so does the other."""
ONE_TERM = {
    "限值": "界限 (limit)",
    "政策": "策略 (policy)",
    "裁决": "判定 (verdict)",
    "纳特": "奈特 (nat)",
    "优势比": "几率 (odds)",
    "基准群体": "参照群体 (reference group)",
    "题目": "条目 (item)",
    "项目": "条目 (item)",
    "份额": "占比 (share)",
    "独立单位": "独立单元 (unit)",
    "可检出的最小": "可检测的最小 (smallest detectable)",
    "从这些数据无法": "凭这些数据无法 (cannot be told)",
}
"""Terms that a translation does not use, and the one that stands for the same everywhere."""
OTHER_SENSE = re.compile("法律和政策|本项目")
"""Where such a word means another thing."""
SAME = {
    "AUC": "a name",
    "{get}": "a place alone",
    "{get_not}": "a place alone",
    "{name}": "a place alone",
    "{values} {unit}": "places alone",
    "F1": "a name",
    "LIME": "a name",
    "LPBS": "a name",
    "SHAP": "a name",
    "ICAT": "a name",
    "LMS": "a name",
    "net neutral": "a name",
    "fraction neutral": "a name",
    "{score}": "a place alone",
    "{what}": "a place alone",
}
"""Texts that are the same in both languages, each with its reason."""


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
    yield from (f"{name} is not in English" for name in said.keys() - known.keys() if not BY_KEY.match(name))
    for name, text in said.items():
        if bool(text.strip()) != bool(known.get(name, "x").strip()):
            yield f"{name} is {'full' if text.strip() else 'empty'}"
        if name in known and places(text) != places(known[name]):
            yield f"{name} has other places: {text}"
        if name in known and sureness(known[name], text):
            yield f"{name} is not as sure: {text}"
        if name in known and text.strip() and text == known[name] and text not in SAME:
            yield f"{name} is English: {text}"


def chinese_files() -> list[Path]:
    """Every file with Chinese words: those of probes, the catalogue of the page and the shipped policy."""
    named = [ROOT / "reports/assets/zh.json", ROOT / "audit/policy/default_policy.toml"]
    return [path.with_name("words.zh.toml") for path in ENGLISH] + named


@pytest.mark.parametrize("path", chinese_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_one_concept_has_one_term(path: Path) -> None:
    text = OTHER_SENSE.sub("", path.read_text(encoding="utf-8"))
    assert {term: instead for term, instead in ONE_TERM.items() if term in text} == {}


@pytest.mark.parametrize("path", chinese_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_marks_between_ideographs_are_chinese(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert (
        re.findall(r"[\u3400-\u9fff][,;:?!(][\u3400-\u9fff]|[\u3400-\u9fff][A-Za-z]|[A-Za-z][\u3400-\u9fff]", text)
        == []
    )


def sureness(english: str, other: str) -> list[str]:
    """What one of two texts says of how sure it is and the other does not."""
    return [said for said, alike in SURENESS.items() if bool(re.search(said, english)) != bool(re.search(alike, other))]


def places(text: str) -> list[str]:
    """The places to fill in, in any order."""
    return sorted(set(re.findall(r"\{(\w+)\}", text)))


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def test_there_are_words() -> None:
    assert {path.parent.name for path in ENGLISH} >= {"audit", "kit", "sentences", "crows_pairs", "nationality"}


@pytest.mark.parametrize("path", ENGLISH, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_of_words_is_there_in_chinese_and_says_the_same(path: Path) -> None:
    chinese = path.with_name("words.zh.toml")
    assert sorted(differences(read(path), read(chinese))) == []


def test_no_translation_stands_alone() -> None:
    lonely = [path for folder in ("audit", "probes", "examples") for path in (ROOT / folder).glob("**/words.*.toml")]
    assert [path for path in lonely if not path.with_name("words.toml").exists()] == []


def test_what_is_listed_as_the_same_is() -> None:
    chinese = [path.with_name("words.zh.toml") for path in ENGLISH]
    used = {text for path in chinese if path.exists() for _, text in texts(read(path))}
    assert sorted(SAME.keys() - used) == []


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"note": "{count} 行", "list": ["一"]}, "list.1 is missing"),
        ({"note": "{count} 行", "list": ["一", " "]}, "list.1 is empty"),
        ({"note": "{number} 行", "list": ["一", "二"]}, "note has other places: {number} 行"),
        ({"note": "{count} 行", "list": ["一", "二"], "more": "多"}, "more is not in English"),
        ({"note": "{count} 行", "list": ["一", "two"]}, "list.1 is English: two"),
        ({"note": "{count} 行：检出差异", "list": ["一", "二"]}, "note is not as sure: {count} 行：检出差异"),
    ],
)
def test_a_translation_that_differs_is_seen(other: dict[str, Any], said: str) -> None:
    english = {"note": "{count} rows", "list": ["one", "two"], "citations": ["Ada 1843"]}
    assert list(differences(english, other)) == [said]
