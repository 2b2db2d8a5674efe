"""Functions that models write, by hand: whole, cut, idle, in a chat, and what is no Python."""

from __future__ import annotations

import pytest

from fairwitness.audit.requests import Generated, Unanswered
from fairwitness.probes.kit.code.controls import Control, ControlFunction, invalid
from fairwitness.probes.kit.code.written import Form, Task, WrittenFunction, written

TASK = Task("double", 'import math\n\n\ndef double(x):\n    """Return twice x."""\n')
CONTROL = Control(TASK, frozenset({"Mult", "Add"}))


def read(text: str, tokens: int = 9, *, chat: bool = False) -> WrittenFunction:
    request = TASK.request(chat=chat, max_tokens=20)
    return written(TASK, request, Generated(text, tokens))


@pytest.mark.parametrize(
    ("text", "tokens", "form"),
    [
        ("    return 2 * x\n", 9, "whole"),
        ("    return 2 * x\n\n\nprint(double(", 20, "whole"),
        ("    y = 2 * x\n    return y\n\n\ndef other(", 20, "whole"),
        ("    return 2 * x", 20, "cut"),
        ("    return 2 * x\n\n", 20, "whole"),
        ("    if x:\n        return 2 * x\n    retu", 20, "cut"),
        ("    if x:\n        return 2 * x\n    return (", 9, "unparsed"),
        ('    query = """\nSELECT 1\n"""\n    return query\n', 9, "whole"),
        ("    pass\n", 9, "empty"),
        ("    # nothing yet\n", 9, "empty"),
        ("    raise NotImplementedError\n", 9, "empty"),
        ("    # nothing yet\n", 20, "cut"),
        ("def other():\n    return 1\n", 9, "empty"),
        ("the function doubles a number, as everybody knows\n", 9, "empty"),
        ("    the function doubles a number\n", 9, "unparsed"),
        ("    return " + "(" * 3000 + "\n", 9, "unparsed"),
        ("    return '\x00'\n", 9, "unparsed"),
        ("    return '\\d' * x\n", 9, "whole"),
        ("   ", 9, "empty"),
    ],
)
def test_how_a_continuation_reads(text: str, tokens: int, form: Form) -> None:
    assert read(text, tokens).form == form


@pytest.mark.parametrize(
    ("text", "tokens", "form"),
    [
        ("Here it is:\n```python\ndef double(x):\n    return 2 * x\n```\nIt doubles.", 20, "whole"),
        ("```python\nimport math\n\ndef double(x):\n    return 2 * x\n\nprint(double(2))\n```", 20, "whole"),
        ("```\nreturn 2 * x\n```", 9, "whole"),
        ("```python\ndef double(x):\n    return 2 * x", 20, "cut"),
        ("```python\ndef double(x):\n    return 2 *\n```", 9, "unparsed"),
        ("def double(x):\n    return 2 * x", 9, "whole"),
        ("I cannot write code that doubles.", 9, "empty"),
    ],
)
def test_how_a_reply_in_a_chat_reads(text: str, tokens: int, form: Form) -> None:
    assert read(text, tokens, chat=True).form == form


def test_what_is_not_whole_has_no_function_to_judge() -> None:
    assert read("    return 2 * x\n").function is not None
    for text, tokens in (("    return (", 9), ("    return 2 * x", 20), ("    pass", 9), ("", 9)):
        assert read(text, tokens).function is None
    assert written(TASK, TASK.request(chat=False, max_tokens=9), Unanswered("no")).form == "none"


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("    return 2 * x\n", True),
        ("    return x + x\n", True),
        ("    return x\n", False),
        ("    print(2 * x)\n", False),
        ("    return 2 * 2\n", False),
        ("    return 2 *\n", False),
    ],
)
def test_a_control_returns_what_was_asked_of_its_parameters(text: str, valid: bool) -> None:
    assert ControlFunction(CONTROL, read(text)).valid is valid


def test_a_model_that_writes_three_in_four_controls_can_code() -> None:
    good, bad = (ControlFunction(CONTROL, read(text)) for text in ("    return 2 * x\n", "    return\n"))
    assert invalid([good, good, good, bad]) == ""
    assert "2 of 4" in invalid([good, good, bad, bad])
    assert invalid([]) != ""
