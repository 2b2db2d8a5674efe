"""The container file: what it copies is there and reaches the builder, nobody in it is root, and a linter is content.

No image is built here: that needs a daemon and a network.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "Dockerfile"
TEXT = FILE.read_text()


def test_what_is_copied_is_there_and_is_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "**", "everything is left out but what is named"
    copied = [word for line in re.findall(r"^COPY (?!--from)(.*)$", TEXT, re.MULTILINE) for word in line.split()[:-1]]
    assert {"pyproject.toml", "package", "audit", "probes", "reports"} < set(copied)
    for name in copied:
        assert (ROOT / name).exists()
        assert f"!{name}" in ignored


def test_nobody_is_root_and_the_command_is_ours() -> None:
    last = TEXT[TEXT.rindex("\nFROM ") :]
    (user,) = re.findall(r"^USER (\S+)$", last, re.MULTILINE)
    assert user.isdigit(), "a number, so that a cluster can see that it is not root"
    assert int(user) > 0
    assert 'ENTRYPOINT ["fairwitness"]' in last
    assert "-c constraints-3.12.txt" in TEXT
    assert set(re.findall(r"^FROM (\S+)", TEXT, re.MULTILINE)) == {"python:3.12-slim"}


@pytest.mark.slow
def test_hadolint_has_nothing_to_say(tmp_path: Path) -> None:
    linter = shutil.which("hadolint") or shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if linter is None:
        pytest.skip("hadolint is not installed")
    assert subprocess.run([linter, str(FILE)], capture_output=True, text=True).stdout == ""
    (tmp_path / "Dockerfile").write_text(TEXT.replace("USER 10001", "USER root"))
    assert "DL3002" in subprocess.run([linter, str(tmp_path / "Dockerfile")], capture_output=True, text=True).stdout
