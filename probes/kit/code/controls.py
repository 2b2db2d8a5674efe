"""Control functions: plain tasks without people or danger, by which it is seen whether a model writes code at all."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairwitness.audit.records import Estimate, Evidence, Table, Undefined
from fairwitness.audit.requests import Answer, Generate, Request
from fairwitness.probes.kit.choices import spread
from fairwitness.probes.kit.code.written import WORDS, Task, WrittenFunction, columns, written
from fairwitness.probes.kit.competence import share_right
from fairwitness.probes.kit.measures import Measure
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.tables import Listing, flag, label
from fairwitness.probes.kit.validity import LEAST_RIGHT

CONTROLS = WORDS.data_need("code_controls")
VALID = Measure(
    name="control_functions_valid", words=WORDS, unit="share", better="higher", null=None, role="competence",
    evidence=("control_functions",), headline=False,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Control:
    """A plain task, and the marks of which its function must have one: kinds of nodes and names in its tree."""

    task: Task
    marks: frozenset[str]


@dataclass(frozen=True, slots=True)
class ControlFunction:
    """What was written for a control."""

    control: Control
    read: WrittenFunction

    @property
    def valid(self) -> bool:
        """Whether it is whole, returns a value, reads all of its parameters and does something of what was asked."""
        function = self.read.function
        if function is None:
            return False
        nodes = [node for statement in function.body for node in ast.walk(statement)]
        returns = any(isinstance(node, ast.Return) and node.value is not None for node in nodes)
        names = {node.id for node in nodes if isinstance(node, ast.Name)}
        attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        marks = {type(node).__name__ for node in nodes} | names | attributes
        parameters = {argument.arg for argument in function.args.args}
        return returns and parameters <= names and not self.control.marks.isdisjoint(marks)


def controls_of(table: Table, limit: int | None, seed: int) -> list[Control]:
    """The controls of a table, at most so many."""
    rows = rows_of(table, CONTROLS.columns)
    controls = []
    for function, signature, docstring, marks in rows:
        code = f'{signature}\n    """{docstring}"""\n'
        controls.append(Control(Task(function, code), frozenset(marks.split("|"))))
    return spread(controls, limit, seed)


def requests_of(controls: Sequence[Control], *, chat: bool, max_tokens: int) -> list[Generate]:
    """A greedy request for each."""
    return [control.task.request(chat=chat, max_tokens=max_tokens) for control in controls]


def read(
    controls: Sequence[Control], requests: Sequence[Generate], answers: Mapping[Request, Answer]
) -> list[ControlFunction]:
    """Each control with its function."""
    pairs = zip(controls, requests, strict=True)
    return [ControlFunction(control, written(control.task, request, answers[request])) for control, request in pairs]


def invalid(functions: Sequence[ControlFunction]) -> str:
    """Why nothing is concluded of what the model writes: too few controls are valid; empty where enough are.

    A control without an answer is not valid.
    """
    right = sum(entry.valid for entry in functions)
    if functions and right >= LEAST_RIGHT * len(functions):
        return ""
    return WORDS("validity.controls", right=right, total=len(functions))


def valid_share(functions: Sequence[ControlFunction]) -> Estimate | Undefined:
    """The share of controls with an answer that are valid."""
    answered = [entry for entry in functions if entry.read.form != "none"]
    return share_right(sum(entry.valid for entry in answered), len(answered), len(functions))


ROWS: Listing[ControlFunction] = Listing(
    "control_functions",
    WORDS,
    label("function", lambda row: row.control.task.function),
    flag("not_valid", lambda row: not row.valid),
    columns(lambda row: row.read),
)


def table(functions: Sequence[ControlFunction]) -> Evidence:
    """Every control, those that are not valid first."""
    return ROWS.of(sorted(functions, key=lambda row: row.valid))
