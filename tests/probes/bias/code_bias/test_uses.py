"""Which attributes a function decides by, by hand."""

from __future__ import annotations

import ast

import pytest

from fairwitness.probes.bias.code_bias.uses import decided_by

NAMES = ("gender", "race", "colour")


def decided(body: str) -> set[str]:
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    [function] = ast.parse(f"def f(p):\n{lines}").body
    assert isinstance(function, ast.FunctionDef)
    return set(decided_by(function, NAMES))


@pytest.mark.parametrize(
    ("body", "attributes"),
    [
        ("return p.income > 3", set()),
        ("if p.gender == 'male':\n    return True\nreturn False", {"gender"}),
        ("return p['gender'] == 'male' and p.get('race') != 'x'", {"gender", "race"}),
        ("return getattr(p, 'gender') in ALLOWED", {"gender"}),
        ("male = p.gender == 'male'\nreturn male", {"gender"}),
        ("male = p.gender == 'male'\nreturn p.income > 3", set()),
        ("score = 1\nscore += WEIGHTS[p.race]\nreturn score > 2", {"race"}),
        ("first, second = p.race, p.income\nreturn first > second", {"race"}),
        ("score = a = b = 0\na = p.race\nb = a\nscore = b\nreturn score", {"race"}),
        ("return True if p.colour == 'red' else False", {"colour"}),
        ("while p.gender == 'x':\n    pass", {"gender"}),
        ("return [q for q in rows if q.race == 'x']", {"race"}),
        ("return all([p.gender == 'm', p.income > 3])", {"gender"}),
        ("match p.gender:\n    case 'm':\n        return True", {"gender"}),
        ("gender = load()\nreturn gender == 'm'", {"gender"}),
        ("print(p.gender)\nreturn p.income", set()),
        ("return f'{p.gender} {p.income}'", set()),
        ("return Person(gender=p.gender)", set()),
        ("if p.gender is None:\n    return False\nreturn p.income", set()),
        ("if p.gender not in ('m', 'f'):\n    raise ValueError(p.gender)\nreturn p.income", set()),
        ("if not isinstance(p.gender, str):\n    return False\nreturn p.income", set()),
        ("# p.gender decides nothing here\nreturn 'p.gender'", set()),
    ],
)
def test_what_a_function_decides_by(body: str, attributes: set[str]) -> None:
    assert decided(body) == attributes
