"""What a command line says of a mistake: one line on the error stream, and the exit code."""

from __future__ import annotations

import errno

from fairwitness.audit.cli.terminal import error_line, tell
from fairwitness.audit.errors import CannotWrite, UsageError

INTERRUPTED = 130
BUG = 3
OF_PLACES = (errno.ENAMETOOLONG, errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENOTDIR, errno.EISDIR)
"""What the system says of a path that nobody can use, which is no bug."""


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
