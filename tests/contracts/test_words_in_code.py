"""What a reader sees stands in a probe's `words.toml`: no phrase of three words in its Python.

Docstrings, what is raised and the descriptions of options are no part of this. Of each file that still has phrases the
number is written down; it may only fall, and where it falls the number is made smaller here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROBES = Path(__file__).parents[2] / "probes"
WORD = re.compile(r"[A-Za-z]{2,}")
LEAST = 3
REMAINING: dict[str, int] = {
    "bias/bbq/intervals.py": 2,
    "bias/bbq/tables.py": 2,
    "bias/bias_nli/tables.py": 1,
    "bias/bug/probe.py": 3,
    "bias/counterfactual/items.py": 1,
    "bias/fill_mask/metrics.py": 1,
    "bias/fill_mask/result.py": 1,
    "bias/gap/items.py": 1,
    "bias/gap/probe.py": 2,
    "bias/gender/probe.py": 1,
    "bias/gender/tables.py": 1,
    "bias/mentions/probe.py": 4,
    "bias/mentions/tables.py": 1,
    "bias/stereoset/estimators.py": 1,
    "bias/unqover/lists.py": 1,
    "bias/unqover/tables.py": 1,
    "bias/winobias/probe.py": 1,
    "bias/winogender/items.py": 2,
    "bias/winogender/probe.py": 2,
    "explanation/attention/probe.py": 2,
    "explanation/attribution/measures.py": 1,
    "fairness/group_fairness/classes.py": 1,
    "fairness/group_fairness/compounds.py": 2,
    "fairness/group_fairness/curves.py": 5,
    "fairness/group_fairness/evidence.py": 3,
    "fairness/group_fairness/gaps.py": 3,
    "fairness/group_fairness/multicalibration.py": 2,
    "fairness/group_fairness/noise.py": 1,
    "fairness/group_fairness/numbers.py": 4,
    "fairness/group_fairness/ratios.py": 2,
    "fairness/group_fairness/score_metrics.py": 7,
    "fairness/group_fairness/small.py": 2,
    "fairness/group_fairness/strata.py": 1,
    "fairness/ll144/__init__.py": 1,
    "fairness/ll144/categories.py": 27,
    "fairness/representation/proxies.py": 2,
    "fairness/representation/sizes.py": 3,
    "kit/completions/shares.py": 1,
    "kit/coreference/findings.py": 1,
    "kit/coreference/questions.py": 3,
    "kit/coreference/tables.py": 1,
    "kit/decisions/categorical.py": 2,
    "kit/decisions/partition.py": 2,
    "kit/decisions/references.py": 2,
    "kit/decisions/table.py": 3,
    "kit/left_out.py": 1,
    "kit/sentences/control_adjusted.py": 1,
    "memorization/extraction/tables.py": 1,
    "memorization/forgetting/probe.py": 2,
    "memorization/known_texts/probe.py": 1,
    "memorization/known_texts/tables.py": 1,
    "memorization/membership/inference.py": 1,
    "memorization/membership/results.py": 2,
    "memorization/membership/tables.py": 1,
}
"""Phrases by file. Names of the law's categories and how tables spell them, units of metrics and names of methods are
strings in the document, the same in every language; what else stands here has still to go to the words."""


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


def counts() -> dict[str, int]:
    """The phrases of every file that has some."""
    by_file = {}
    for path in sorted(PROBES.rglob("*.py")):
        number = len(list(phrases(ast.parse(path.read_text(encoding="utf-8")))))
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
