"""What git says of a folder, without running a program that its repository names."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_NO_PROGRAMS = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
"""A repository's settings can name programs that git runs: none of them is run for a line of ours."""


def git_output(folder: Path, *arguments: str) -> str | None:
    """What a command of git prints; None where it fails, where there is no git, and outside a repository."""
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, no shell
            ["git", *_NO_PROGRAMS, *arguments],  # noqa: S607 - whichever git the user has
            cwd=folder,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
