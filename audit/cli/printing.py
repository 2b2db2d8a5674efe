"""`fairwitness report -f pdf`: the page printed by Chromium, as a PDF with tags for those who hear it read."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from fairwitness.audit import document, private
from fairwitness.audit.cli.terminal import say
from fairwitness.audit.errors import CannotWrite, MissingExtra
from fairwitness.audit.records import Audit
from fairwitness.audit.session.health import BROWSERS
from fairwitness.reports import FORMATS, PRINTED

SECONDS = 180
"""What Chromium may take."""
DATE = re.compile(rb"/(CreationDate|ModDate) \(D:(\d{14})")
NODE = re.compile(rb"node(\d{8})(?=\))")
"""A name by which cells of tables find their headers: the browser counts from where it happens to be."""
BESIDE = re.compile(r' href="(?!#|data:|https?:)[^"]*"')
SAFELY = (
    "--headless=new", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip
"""A browser without a window and without a network."""
TAGGED = ("--export-tagged-pdf", "--generate-pdf-document-outline", "--no-pdf-header-footer")


def print_page(audit: Audit, folder: Path, language: str) -> None:
    """Prints the page into the folder. Raises MissingExtra without Chromium, CannotWrite where it fails."""
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        raise MissingExtra(f"-f pdf prints with Chromium, and none is installed ({', '.join(BROWSERS)})")
    (drawn,) = FORMATS["html"].draw(audit, language).values()
    page = alone(drawn if isinstance(drawn, str) else drawn.decode())
    with tempfile.TemporaryDirectory(prefix="fairwitness-") as place:
        source, target = Path(place, "report.html"), Path(place, PRINTED)
        with private.open_bytes(source) as file:
            file.write(page.encode("utf-8", "replace"))
        _print(browser, source, target)
        content = target.read_bytes() if target.is_file() else b""
    if not content.startswith(b"%PDF") or b"/StructTreeRoot" not in content:
        raise CannotWrite(f"{browser} printed no tagged PDF of the page")
    document.write_file(folder / PRINTED, DATE.sub(_dated(audit), _renumbered(content)))
    say(folder / PRINTED)


def alone(page: str) -> str:
    """The page without links to the files of the run: on paper they would name a folder that is gone."""
    return BESIDE.sub("", page)


def _print(browser: str, source: Path, target: Path) -> None:
    alone = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()  # root has no other way
    profile = f"--user-data-dir={source.parent / 'profile'}"
    try:
        subprocess.run(  # noqa: S603 - the browser of the system, fixed words
            [browser, *SAFELY, *alone, *TAGGED, profile, f"--print-to-pdf={target}", source.as_uri()],
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotWrite(f"{browser} did not print the page: {type(error).__name__}") from error


def _renumbered(content: bytes) -> bytes:
    """The names of nodes counted from 1, in their order and as long as they were: places within a PDF are bytes.

    The browser counts the nodes of a page in one of few orders, so two printings can differ in these names.
    """
    numbers = {number: place for place, number in enumerate(sorted(set(NODE.findall(content))), start=1)}
    return NODE.sub(lambda match: b"node%08d" % numbers[match[1]], content)


def _dated(audit: Audit) -> bytes:
    """The time of the run in place of that of the printing: the same document gives the same bytes."""
    try:
        started = datetime.fromisoformat(str(audit.manifest.run.get("started", ""))).astimezone(UTC)
    except ValueError:
        started = datetime(1970, 1, 1, tzinfo=UTC)
    return rb"/\1 (D:" + f"{started:%Y%m%d%H%M%S}".encode()
