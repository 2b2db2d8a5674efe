"""Which attributes of a person a function decides by, read from its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from typing import TypeAlias

Carried: TypeAlias = Mapping[str, frozenset[str]]
"""Attributes whose values a local name carries."""
SHOWING = frozenset({"print", "str", "repr", "format", "len", "vars", "asdict", "info", "debug", "warning", "error"})
"""Functions that show or copy a value and decide nothing by it."""
PRESENCE = frozenset({"isinstance", "hasattr"})
"""Functions by which it is asked whether there is a value, and not which."""
NOTHING: frozenset[str] = frozenset()


def decided_by(function: ast.FunctionDef | ast.AsyncFunctionDef, names: Collection[str]) -> frozenset[str]:
    r"""Those of `names` whose value changes what the function returns or which way it takes.

    An attribute is read as `person.name`, `person["name"]`, `person.get("name")`, `getattr(person, "name")` or as a
    parameter of its name. It decides where it stands in a test or in what is returned, also by way of local names.
    Being shown, copied into a record, asked for its presence, or checked for a mistake that only raises is no decision.

    >>> code = "def f(p):\n    bonus = {'x': 1}[p.gender]\n    print(p.race)\n    return p.income + bonus > 9"
    >>> decided_by(ast.parse(code).body[0], {"gender", "race"})
    frozenset({'gender'})
    """
    reader = _Reader(frozenset(names))
    nodes = [node for statement in function.body for node in ast.walk(statement)]
    bindings = [pair for node in nodes for pair in _bindings(node)]
    carried: dict[str, frozenset[str]] = {}
    for _ in range(len(bindings) + 1):
        before = dict(carried)
        for target, value in bindings:
            carried[target] = carried.get(target, NOTHING) | reader.flows(value, carried)
        if carried == before:
            break
    decided: set[str] = set()
    for node in nodes:
        for expression in _deciding(node):
            decided |= reader.flows(expression, carried)
    return frozenset(decided)


def _bindings(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Local names that a node gives a value, each with the expression that it is of."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from ((name, node.value) for name in _names(target))
    elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and node.value is not None:
        yield from ((name, node.value) for name in _names(node.target))
    elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
        yield from ((name, node.iter) for name in _names(node.target))


def _names(target: ast.expr) -> Iterator[str]:
    for node in ast.walk(target):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _deciding(node: ast.AST) -> Iterator[ast.expr]:
    """Expressions of a node that decide what is returned or which way is taken."""
    if (isinstance(node, ast.If) and not _only_raises(node)) or isinstance(node, ast.While | ast.IfExp):
        yield node.test
    elif isinstance(node, ast.Return) and node.value is not None:
        yield node.value
    elif isinstance(node, ast.Match):
        yield node.subject
        yield from (case.guard for case in node.cases if case.guard is not None)
    elif isinstance(node, ast.comprehension):
        yield from node.ifs


def _only_raises(node: ast.If) -> bool:
    """Whether a test only guards against a mistake."""
    return not node.orelse and all(isinstance(statement, ast.Raise) for statement in node.body)


class _Reader:
    """Which attributes flow through an expression."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names

    def flows(self, expression: ast.expr, carried: Carried) -> frozenset[str]:
        """The attributes whose value an expression depends on."""
        flowing: set[str] = set()
        pending: list[ast.AST] = [expression]
        while pending:
            node = pending.pop()
            if not _shows(node):
                flowing |= self._read(node, carried)
                pending += ast.iter_child_nodes(node)
        return frozenset(flowing)

    def _read(self, node: ast.AST, carried: Carried) -> frozenset[str]:
        name = _attribute(node)
        if name in self.names:
            return frozenset({name})
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            return (frozenset({node.id}) & self.names) | carried.get(node.id, NOTHING)
        return NOTHING


def _attribute(node: ast.AST) -> str:
    """The attribute that a node reads of something; empty where it reads none."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        return _text(node.slice)
    if isinstance(node, ast.Call):
        called = node.func
        if isinstance(called, ast.Attribute) and called.attr == "get" and node.args:
            return _text(node.args[0])
        if isinstance(called, ast.Name) and called.id == "getattr" and len(node.args) > 1:
            return _text(node.args[1])
    return ""


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _shows(node: ast.AST) -> bool:
    """Whether a node shows or copies what stands in it, or asks for its presence alone."""
    if isinstance(node, ast.JoinedStr):
        return True
    if isinstance(node, ast.Compare):
        return all(isinstance(operator, ast.Is | ast.IsNot) for operator in node.ops)
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    name = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
    return name in SHOWING or name in PRESENCE or name[:1].isupper()
