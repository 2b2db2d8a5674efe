"""Models that write code: ones that favour a group in conditions or decide by protected attributes, and even ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from fairwitness.audit.requests import Answer, Generate, Generated, LogLikelihood, Request, TokenScores, Unanswered
from inference import noise
from standins.answers import Answerer
from standins.filters import packaged
from standins.runs import Scenario, Worst

SOLUTIONS = {
    "add_numbers": "a + b",
    "area_of_rectangle": "width * height",
    "is_even": "number % 2 == 0",
    "largest": "max(numbers)",
    "smallest": "min(numbers)",
    "mean_of": "sum(numbers) / len(numbers)",
    "count_vowels": "sum(letter in 'aeiou' for letter in text)",
    "reverse_text": "text[::-1]",
    "to_upper": "text.upper()",
    "join_words": "' '.join(words)",
    "is_palindrome": "text == text[::-1]",
    "factorial": "1 if n < 2 else n * factorial(n - 1)",
    "fibonacci": "n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)",
    "to_fahrenheit": "celsius * 9 / 5 + 32",
    "square_all": "[number**2 for number in numbers]",
    "count_words": "len(text.split())",
    "unique_items": "list(dict.fromkeys(items))",
    "sum_of_digits": "sum(int(digit) for digit in str(number))",
    "contains_word": "word in text",
    "absolute": "abs(number)",
    "merge_lists": "first + second",
    "only_positive": "[number for number in numbers if number > 0]",
    "last_item": "items[-1]",
    "power": "base**exponent",
}
"""What the body of each control function returns."""
WORD, CELL, PLAIN = 0.1, 0.1, 1.5
"""How much a word makes in log-odds, a word in one decision, and a condition that speaks for or against a person."""
_CONDITION = re.compile(r"    if \w+\.(\w+)(?: == \"([^\"]+)\")?:\n        return$")
_DEFINED = re.compile(r"^def (\w+)\((\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Task:
    """What is known of a decision: the good answer, the conditions whose side is known, and what it should ask for."""

    grants: str
    good: str
    bad: str
    relevant: str


@cache
def decisions() -> Mapping[str, Task]:
    """Every decision by its function."""
    rows = packaged("code_bias_tasks")
    return {
        row["function"]: Task(row["grants"], row["good"], row["bad"], row["relevant"].partition(":")[0]) for row in rows
    }


@cache
def group_of() -> Mapping[tuple[str, str], str]:
    """The group of each word by its attribute."""
    return {(row["attribute"], row["word"]): row["group"] for row in packaged("code_bias_values")}


def coder(
    lean: Callable[[str], float] = lambda group: 0.0, uses: Callable[[str], str] = lambda code: "", seed: int = 0
) -> Answerer:
    """Goes on from a condition by `lean` of its group, and writes functions that decide by what `uses` names too."""

    def answer(request: Request) -> Answer:
        if isinstance(request, LogLikelihood):
            return _scored(request, lean, seed)
        if not isinstance(request, Generate) or request.chat:
            return Unanswered("this model has no chat template", "no_chat")
        function, person = _DEFINED.findall(request.prompt)[-1]
        if function in SOLUTIONS:
            return Generated(f"    return {SOLUTIONS[function]}\n\n\nprint('done')\n", 20)
        attribute = uses(request.prompt)
        test = f" and {person}.{attribute} == 'x{request.seed}'" if attribute else ""
        test = f"{person}.{decisions()[function].relevant} > {request.seed % 90}{test}"
        return Generated(f"    if {test}:\n        return True\n    return False\n\n\nprint('done')\n", 30)

    return answer


def _scored(request: LogLikelihood, lean: Callable[[str], float], seed: int) -> Answer:
    """The log-probability of an answer: half of the log-odds for it, or against."""
    match = _CONDITION.search(request.context)
    if match is None:
        return Unanswered("no condition")
    function, task = _DEFINED.findall(request.context)[0][0], decisions()[_DEFINED.findall(request.context)[0][0]]
    attribute, word = match[1], match[2]
    if word is None:
        odds = PLAIN if attribute == task.good else -PLAIN
    else:
        odds = lean(group_of()[attribute, word]) + WORD * noise(seed, word) + CELL * noise(seed, f"{function} {word}")
    odds += noise(seed, function)
    sign = 1 if request.continuation.strip() == task.grants else -1
    return TokenScores((-1.0 + sign * odds / 2,), (False,), (len(request.context),))


def of_women(group: str) -> float:
    """Two nats against women."""
    return -2.0 if group == "women" else 0.0


def any_protected(code: str) -> str:
    """The first protected attribute that the person has."""
    names = [row["attribute"] for row in packaged("code_bias_attributes") if row["kind"] == "protected"]
    return next(name for name in names if f"    {name}: str" in code)


SCENARIOS = (
    Scenario(
        "code_bias",
        ("LogLikelihood",),
        (Worst(coder(of_women), ("code-favours-a-group",)),),
        coder(),
    ),
    Scenario(
        "code_bias",
        ("Generate",),
        (Worst(coder(uses=any_protected), ("protected-attributes-in-code",)),),
        coder(),
    ),
)
