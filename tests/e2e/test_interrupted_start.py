"""Ctrl-C while the program is still being read ends it without a traceback."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

START = """
import builtins, os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
real = builtins.__import__
def slow(name, *rest, **more):
    if name == "typer":
        os.kill(os.getpid(), signal.SIGINT)
    return real(name, *rest, **more)
builtins.__import__ = slow
from fairwitness.__main__ import main
sys.argv = ["fairwitness", "--version"]
main()
"""


@pytest.mark.slow
def test_while_the_command_line_is_imported() -> None:
    done = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, timeout=60)
    assert done.returncode == -signal.SIGINT
    assert done.stderr == ""


@pytest.mark.slow
@pytest.mark.parametrize("after", [0.08, 0.15, 0.3, 0.6])
def test_at_any_moment(after: float) -> None:
    """The interpreter itself may print a traceback before it has read the first line of ours."""
    process = subprocess.Popen(
        [sys.executable, "-m", "fairwitness", "probes"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode in (0, 130, -signal.SIGINT, 1)
    assert "/fairwitness/" not in err.replace("\\", "/") or "Traceback" not in err


@pytest.mark.slow
def test_afterwards_it_is_an_interruption_as_ever() -> None:
    code = (
        "import signal, sys; from fairwitness.audit import cli; sys.argv = ['fairwitness', '--version']\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import fairwitness.__main__ as start\n"
        "try: start.main()\n"
        "except SystemExit as end: print(signal.getsignal(signal.SIGINT) is signal.default_int_handler, end.code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "True 0"
