"""Options that several commands share: what is asked before and after a mitigation, and how."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeAlias

from fairwitness.audit.cli import options as of

Command: TypeAlias = Callable[..., int]
OPTIONAL = {
    "probes": of.Probes,
    "option": of.ProbeOption,
    "data": of.Data,
    "policy": of.Policy,
    "limit": of.Limit,
    "seed": of.Seed,
    "device": of.Device,
    "dtype": of.DType,
    "threads": of.Threads,
}
"""Options of `run` that say what is asked; none is given where the user gives none."""


def asking(without: str = "") -> Callable[[Command], Command]:
    """Gives a command, which takes them as `**asked`, the options of what is asked, all but the one named."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    shared = [
        inspect.Parameter(name, keyword, default=None, annotation=annotation)
        for name, annotation in OPTIONAL.items()
        if name != without
    ]
    shared.append(inspect.Parameter("offline", keyword, default=False, annotation=of.Offline))

    def extended(command: Command) -> Command:
        signature = inspect.signature(command, eval_str=True)
        own = [each for each in signature.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]

        @wraps(command)
        def called(*values: Any, **named: Any) -> int:
            return command(*values, **named)

        parameters = [*own, *shared]
        called.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        called.__annotations__ = {each.name: each.annotation for each in parameters}
        return called

    return extended
