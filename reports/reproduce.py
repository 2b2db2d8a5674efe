"""The line that installs what a run was made with, beside Fairwitness itself."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fairwitness.audit.records import Audit

NAME = re.compile(r"[A-Za-z0-9][\w.-]*")
VERSION = re.compile(r"[0-9][\w.!]*")


def install_line(audit: Audit) -> str:
    """`pip install` with the versions of the run; without the build of a library, which an index may not have.

    Empty where the document knows no versions. What is no name or no version of a package stays out.
    """
    libraries = audit.manifest.environment.get("libraries")
    known = libraries if isinstance(libraries, Mapping) else {}
    pinned = [_pin(str(name), str(version)) for name, version in sorted(known.items())]
    pinned = [pin for pin in pinned if pin]
    return " ".join(["pip install", *pinned]) if pinned else ""


def _pin(name: str, version: str) -> str:
    public = version.partition("+")[0]
    return f"{name}=={public}" if NAME.fullmatch(name) and VERSION.fullmatch(public) else ""
