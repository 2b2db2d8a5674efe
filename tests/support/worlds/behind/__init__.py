"""The estimators behind headlines and verdicts, in worlds whose truth is known: one module a section of the page.

A module here with `ROWS` is a section of that name in docs/statistics.md; nothing has to be registered.
"""

from importlib import import_module
from pkgutil import iter_modules

from worlds.behind.rows import Row


def sections() -> dict[str, tuple[Row, ...]]:
    """The rows of every section, by the name of its module."""
    names = sorted(one.name for one in iter_modules(__path__) if one.name != "rows")
    return {name: import_module(f"worlds.behind.{name}").ROWS for name in names}


__all__ = ["Row", "sections"]
