"""A probe in a file that is not installed: `-p ./my_probe.py`."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import traceback
from functools import cache
from pathlib import Path

from fairwitness.audit.errors import UnknownProbe, nearest

NAME = "PROBE"


def is_file(name: str) -> bool:
    """Whether a probe is named by its file."""
    return name.endswith(".py")


@cache
def read(name: str) -> object:
    """What the file calls PROBE; it is run once a process, and may import what lies beside it.

    Raises UnknownProbe where there is no file, where it cannot be run (with the place and the mistake), and where it
    has no PROBE.
    """
    path = Path(name).resolve()
    if not path.is_file():
        near = nearest(path.name, (other.name for other in path.parent.glob("*.py"))) if path.parent.is_dir() else ""
        raise UnknownProbe(f"no probe file {name}{near}")
    module_name = f"fairwitness_probe_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(module_name, path)
    if spec is None or spec.loader is None:
        raise UnknownProbe(f"{name} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module  # dataclasses look their module up by its name
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # a file may fail in any way, and its author wants to know where
        del sys.modules[module_name]
        raise UnknownProbe(f"{name} cannot be run: {_place(error, path)}{type(error).__name__}: {error}") from None
    finally:
        sys.path.remove(str(path.parent))
    if not hasattr(module, NAME):
        near = nearest(NAME, vars(module))
        raise UnknownProbe(f"{name} has no {NAME}{near} (it ends with `{NAME} = …`, the probe itself)")
    probe: object = getattr(module, NAME)
    return probe


def _place(error: BaseException, path: Path) -> str:
    """The last line of the file itself that the mistake went through."""
    if isinstance(error, SyntaxError) and error.lineno:
        return f"line {error.lineno}: "
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == path]
    return f"line {lines[-1]}: " if lines else ""
