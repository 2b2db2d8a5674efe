"""What a reader sees stands in a probe's `words.toml`: no phrase of three words in its Python.

Docstrings, what is raised, descriptions of options and keys of the words are no part of this. Of each file that still
has phrases the number is written down; it may only fall, and where it falls the number is made smaller here.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

PROBES = Path(__file__).parents[2] / "probes"
WORD = re.compile(r"[A-Za-z]{2,}")
LEAST = 3
REMAINING: dict[str, int] = {
    "bias/bbq/intervals.py": 2,
    "bias/bbq/tables.py": 2,
    "bias/code_bias/items.py": 1,
    "bias/fill_mask/result.py": 1,
    "bias/gap/items.py": 1,
    "bias/stereoset/estimators.py": 1,
    "bias/unqover/lists.py": 1,
    "bias/unqover/tables.py": 1,
    "fairness/group_fairness/compounds.py": 2,
    "fairness/group_fairness/multicalibration.py": 1,
    "fairness/group_fairness/noise.py": 1,
    "fairness/group_fairness/numbers.py": 1,
    "fairness/group_fairness/score_metrics.py": 4,
    "fairness/group_fairness/small.py": 1,
    "fairness/ll144/__init__.py": 1,
    "fairness/ll144/categories.py": 18,
    "fairness/representation/sizes.py": 2,
    "kit/completions/shares.py": 1,
    "kit/coreference/questions.py": 3,
    "kit/decisions/categorical.py": 2,
    "kit/decisions/cross_validated.py": 1,
    "kit/decisions/references.py": 2,
    "kit/decisions/table.py": 3,
    "kit/sentences/control_adjusted.py": 1,
    "kit/truth/listed.py": 1,
    "memorization/membership/inference.py": 1,
    "memorization/membership/results.py": 1,
    "safety/calibration/items.py": 1,
    "safety/injection/items.py": 1,
    "safety/injection/probe.py": 1,
    "safety/truthfulness/estimators.py": 1,
}
"""Phrases by file: names of methods and of the law's categories, which are the same in every language, what models are
asked, and clauses of error messages. A phrase that a reader of the page sees is none of these."""


def phrases(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every string of three words and more with its line; of an f-string what stands between its braces' places."""
    passed = set(map(id, _not_shown(tree)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in passed:
            text = _text(node)
            if isinstance(node, ast.JoinedStr):
                passed |= set(map(id, node.values))
            if " " in text and len(WORD.findall(text)) >= LEAST:
                yield node.lineno, text


def _text(node: ast.Constant | ast.JoinedStr) -> str:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    values = [part.value if isinstance(part, ast.Constant) else "{}" for part in parts]
    return "".join(value for value in values if isinstance(value, str))


def _not_shown(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes of docstrings, of what is raised, and of descriptions of options."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            yield from ast.walk(node)
        if isinstance(node, ast.keyword) and node.arg == "description":
            yield from ast.walk(node.value)


def keys() -> set[str]:
    """Every key of the words files, which code names a text by: units, heads of columns, labels and nouns."""
    trees = [tomllib.loads(path.read_text(encoding="utf-8")) for path in PROBES.rglob("words*.toml")]
    return set(chain.from_iterable(map(_keys, trees)))


def _keys(tree: Mapping[str, Any]) -> Iterator[str]:
    for key, value in tree.items():
        yield key
        if isinstance(value, dict):
            yield from _keys(value)


def counts() -> dict[str, int]:
    """The phrases of every file that has some, but for keys of the words."""
    by_file, named = {}, keys()
    for path in sorted(PROBES.rglob("*.py")):
        found = phrases(ast.parse(path.read_text(encoding="utf-8")))
        number = len([text for _, text in found if text not in named])
        if number:
            by_file[path.relative_to(PROBES).as_posix()] = number
    return by_file


@pytest.mark.slow
def test_no_file_has_more_phrases_than_are_written_down() -> None:
    today = counts()
    more = {name: number for name, number in today.items() if number > REMAINING.get(name, 0)}
    assert more == {}, "phrases for a reader belong into words.toml"


@pytest.mark.slow
def test_what_fell_is_written_down() -> None:
    today = counts()
    fewer = {name: today.get(name, 0) for name, number in REMAINING.items() if today.get(name, 0) < number}
    assert fewer == {}, "make the numbers in REMAINING as small"


def test_a_phrase_is_seen_and_what_is_not_shown_is_not() -> None:
    source = '''
"""A docstring of words."""
caption = "How many rows there are"
note = f"{count} rows were left out"
short = "two words"
key = "three_words_in_one"
limit: int = Field(0, description="rows that a group needs")
def check():
    """Another docstring of words."""
    raise BadOption(f"{limit} is not a number")
'''
    assert [line for line, _ in phrases(ast.parse(source))] == [3, 4]
