"""Functions that a model writes, read as syntax trees and never run."""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

from fairwitness.audit.probe import expect
from fairwitness.audit.records import Name
from fairwitness.audit.requests import Answer, Generate, Generated
from fairwitness.probes.kit.tables import Head, label, prompt, text
from fairwitness.probes.kit.words import Words

T = TypeVar("T")
WORDS = Words.beside(__file__)
Form: TypeAlias = Literal["none", "empty", "unparsed", "cut", "whole"]
"""How a function reads: no answer came; it does nothing; it is no Python; it was cut at the limit; or it is whole."""
LONGEST = 20_000
"""Characters of an answer that are read at most."""
_FENCE = re.compile(r"```[^\S\n]*(?:python|py|Python|python3)?[^\S\n]*\n(.*?)(?:\n```|\Z)", re.DOTALL)
_CLOSING = (")", "]", "}", "#")
"""What may stand at the beginning of a line within a function."""


@dataclass(frozen=True, slots=True)
class Task:
    """A function to be written: its name, and the code before its body, which ends in its signature and docstring."""

    function: str
    code: str

    def request(self, *, chat: bool, max_tokens: int, temperature: float = 0.0, seed: int = 0) -> Generate:
        """The code to be gone on with, or in a chat the request to complete it."""
        asked = WORDS("sentences.complete", code=self.code.rstrip()) if chat else self.code
        return Generate(str(asked), max_tokens, temperature, seed, chat=chat)

    @property
    def head(self) -> str:
        """What stands before the function: imports and classes."""
        start = self.code.rfind(f"def {self.function}(")
        return self.code[:start]


@dataclass(frozen=True, slots=True)
class WrittenFunction:
    """A function as a model wrote it; `tree` is that of the whole module, None where nothing parses.

    `program` is the text that was read. What was cut has the tree of what stands before the cut.
    """

    task: Task
    request: Generate
    text: str | None
    form: Form
    program: str = ""
    tree: ast.Module | None = None

    @property
    def function(self) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """The function that was asked for, of a whole one."""
        return None if self.tree is None or self.form != "whole" else _function(self.tree, self.task.function)


def written(task: Task, request: Generate, answer: Answer) -> WrittenFunction:
    """An answer read as the function that was asked for."""
    said = expect(answer, Generated)
    if said is None:
        return WrittenFunction(task, request, None, "none")
    if not said.text.strip():
        return WrittenFunction(task, request, said.text, "empty")
    full = said.tokens >= request.max_tokens
    best: WrittenFunction | None = None
    for program, closed in _programs(task, said.text[:LONGEST], chat=request.chat):
        form, lines, tree = _read(program, task, full=full and not closed)
        read = WrittenFunction(task, request, said.text, form, lines, tree)
        if form == "whole":
            return read
        best = read if best is None or (best.form == "unparsed" and form != "unparsed") else best
    return best or WrittenFunction(task, request, said.text, "unparsed")


def _programs(task: Task, text: str, *, chat: bool) -> Iterator[tuple[str, bool]]:
    """What an answer may mean as code, the likeliest first, and whether a fence closes it."""
    if not chat:
        yield task.code + text, False
        return
    blocks = [(match[1], match[0].endswith("```")) for match in _FENCE.finditer(text)]
    opening = f"def {task.function}("
    for block, closed in [*(entry for entry in blocks if opening in entry[0]), *blocks]:
        if opening in block:
            yield f"{task.head}\n{textwrap.dedent(block)}", closed
        else:
            yield task.code + textwrap.indent(textwrap.dedent(block), "    "), closed
    if not blocks and opening in text:
        yield f"{task.head}\n{text[text.index(opening) :]}", False
    if not blocks:
        yield task.code + text, False
        yield task.code + textwrap.indent(textwrap.dedent(text), "    "), False


def _read(program: str, task: Task, *, full: bool) -> tuple[Form, str, ast.Module | None]:
    """How a program reads up to the end of the function, the lines that were read, and their tree."""
    lines = program.replace("\r\n", "\n").split("\n")
    first = _line_of(lines, task.function)
    if first is None:
        return "unparsed", program, None
    for end in [*(place for place in range(first + 1, len(lines)) if _leaves(lines[place])), len(lines)]:
        tree = parsed("\n".join(lines[:end]))
        function = None if tree is None else _function(tree, task.function)
        if function is not None and tree is not None:
            if not does_something(function):
                return ("cut" if full and end == len(lines) else "empty"), "\n".join(lines[:end]), tree
            open_ended = full and end == len(lines) and not _ended(function, lines)
            return ("cut" if open_ended else "whole"), "\n".join(lines[:end]), tree
    if not full:
        return "unparsed", program, None
    for end in range(len(lines) - 1, first, -1):
        tree = parsed("\n".join(lines[:end]))
        if tree is not None and _function(tree, task.function) is not None:
            return "cut", "\n".join(lines[:end]), tree
    return "unparsed", program, None


def _line_of(lines: Sequence[str], function: str) -> int | None:
    """The last line that begins the function at the margin."""
    places = [place for place, line in enumerate(lines) if re.match(rf"(?:async )?def\s{re.escape(function)}\(", line)]
    return places[-1] if places else None


def _leaves(line: str) -> bool:
    """Whether a line stands at the margin, so that a function above it is over."""
    return bool(line) and not line[0].isspace() and not line.startswith(_CLOSING)


def _ended(function: ast.FunctionDef | ast.AsyncFunctionDef, lines: Sequence[str]) -> bool:
    """Whether nothing can follow: its last statement leaves it, and a line begins behind that."""
    last = function.body[-1]
    return isinstance(last, ast.Return | ast.Raise) and (last.end_lineno or 0) < len(lines)


def parsed(program: str) -> ast.Module | None:
    """The syntax tree of a program; None where it is no Python, or nested beyond reading."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(program)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _function(tree: ast.Module, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    known = [
        node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name
    ]
    return known[-1] if known else None


def does_something(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function has a statement beyond a docstring, `pass`, `...` and that it is not implemented."""
    return any(not _idle(statement) for statement in function.body)


def _idle(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return True
    raises = isinstance(statement, ast.Raise) and any(
        isinstance(node, ast.Name) and node.id == "NotImplementedError" for node in ast.walk(statement)
    )
    return isinstance(statement, ast.Pass | ast.Import | ast.ImportFrom) or raises


def columns(of: Callable[[T], WrittenFunction]) -> tuple[Head[T], ...]:
    """Columns of a table: the code that was asked to be completed, what was written, both secret, how it reads."""
    return (
        prompt("request", lambda row: of(row).request.prompt, secret=True),
        text("code", lambda row: _shown(of(row)), secret=True),
        label("reads", lambda row: WORDS.labelled(f"code {of(row).form}")),
    )


def _shown(read: WrittenFunction) -> str:
    return WORDS("no_answer") if read.text is None else Name(read.text)


def notes(functions: Sequence[WrittenFunction]) -> list[str]:
    """How many functions are missing, idle, no Python or cut: these are judged neither way."""
    said = []
    for form in ("none", "empty", "unparsed", "cut"):
        count = sum(entry.form == form for entry in functions)
        if count:
            said.append(WORDS(f"note.{form}", count=count, total=len(functions)))
    return [*said, WORDS("note.never_run")]
