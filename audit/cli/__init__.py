"""The command line. It alone imports probes and reports, and prints; every heavy import waits for its command.

Here a line is run, and a mistake becomes one line on the error stream and an exit code; `commands` has the commands.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from functools import cache
from typing import NoReturn

from typer.main import get_command

from fairwitness.audit.cli.commands import app as app
from fairwitness.audit.cli.terminal import error_line, tell
from fairwitness.audit.errors import CannotWrite, FairwitnessError, UsageError

INTERRUPTED = 130
BUG = 3
OF_PLACES = (errno.ENAMETOOLONG, errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENOTDIR, errno.EISDIR)
"""What the system says of a path that nobody can use, which is no bug."""


@cache
def command() -> Callable[..., object]:
    """The command line as it is parsed, built once a process."""
    return get_command(app)


def invoke(arguments: list[str]) -> int:
    """Runs one command line and gives its exit code. Mistakes become one message on the error stream."""
    try:
        result = command()(arguments, prog_name="fairwitness", standalone_mode=False)
    except FairwitnessError as mistake:
        return complain(str(mistake), mistake.exit_code, mistake.hints)
    except KeyboardInterrupt:
        return complain("interrupted", INTERRUPTED)
    except BrokenPipeError:
        if sys.stdout is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as problem:
        return unexpected(problem, arguments)
    return result if isinstance(result, int) else 0


def unexpected(problem: Exception, arguments: list[str]) -> int:
    """Says what a command did not expect; a mistake of the command line or the system is no bug."""
    if type(problem).__name__ == "Abort":
        return complain("interrupted", INTERRUPTED)
    if hasattr(problem, "format_message"):
        return complain(f"{problem.format_message()} (try `fairwitness --help`)", 2)
    if isinstance(problem, OSError) and problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
        return complain(f"cannot write: {problem.strerror}", CannotWrite.exit_code)
    if isinstance(problem, OSError) and problem.filename is not None and problem.errno in OF_PLACES:
        return complain(f"cannot use {problem.filename}: {problem.strerror}", UsageError.exit_code)
    if {"-v", "--verbose"} & set(arguments):
        import traceback

        traceback.print_exception(problem)
    hint = "" if {"-v", "--verbose"} & set(arguments) else " (-v shows where it happened)"
    return complain(f"this is a bug in Fairwitness or a plug-in: {type(problem).__name__}: {problem}{hint}", BUG)


def complain(message: str, code: int, hints: tuple[str, ...] = ()) -> int:
    """Prints a mistake and the lines that help with it; gives its exit code."""
    error_line(message)
    for hint in hints:
        tell(hint)
    return code


def main() -> NoReturn:
    """Entry point of the command `fairwitness`."""
    # Spinning threads make everything many times slower on a busy machine; torch reads this when it is imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    sys.exit(invoke(sys.argv[1:]))
