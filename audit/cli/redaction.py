"""`fairwitness report --redact-rows`: the rows of private people leave a run, and its signature still holds."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from fairwitness.audit import document, signing
from fairwitness.audit.cli.terminal import say
from fairwitness.audit.document import files
from fairwitness.audit.errors import BadRun
from fairwitness.audit.records import Audit
from fairwitness.audit.session.run import COMPARED
from fairwitness.reports import FORMATS, LANGUAGES, NAMES

PAGE = "report.html"
LANGUAGE = re.compile(r'<html lang="([\w-]+)"')


def redact_rows(folder: Path) -> int:
    """Takes the rows out of the document, its files and the page, and what else was drawn from them."""
    if not document.is_run(folder):
        raise BadRun(f"{folder} is no folder of a run")
    if left := document.left_over(folder):
        raise BadRun(f"{folder} is being written, or was left so ({left[0].name}): redact a finished run")
    redacted = document.redact(folder)
    gone = [folder / name for name in [*redacted.files, *_drawn(folder)]]
    present = [path for path in gone if path.exists()]
    if not redacted.changed and not present:
        say(f"{folder} holds no rows of private people: nothing was taken out")
        return 0
    page = _page(folder, redacted.audit)
    if redacted.changed:
        document.write_file(folder / document.AUDIT, redacted.text)
    if page is not None:
        document.write_file(folder / PAGE, page)
    for path in present:
        files.remove(path)
        if path.exists():
            raise BadRun(f"{path} cannot be deleted: delete it, and redact again")
        say(f"taken out: {path}")
    say(f"redacted: {folder} holds how many rows there were and the hash of each file and table, and no row of them")
    if (folder / signing.SIGNATURE).exists():
        say(f"the signature covers what is left: `fairwitness verify {folder} --key FILE`")
    return 0


def allowed(folder: Path) -> signing.Allowed:
    """What a redaction may do to a run that is being signed."""
    redacted = document.redact(folder)
    if not redacted.changed:
        return signing.Allowed()
    changed = {document.AUDIT: _hash(redacted.text.encode("utf-8", "backslashreplace"))}
    page = _page(folder, redacted.audit)
    if page is not None:
        changed[PAGE] = _hash(page.encode("utf-8", "replace"))
    inner = [path.relative_to(folder).as_posix() for name in _drawn(folder) for path in _inside(folder / name)]
    return signing.Allowed(changed=changed, removed=frozenset([*redacted.files, *inner]))


def _page(folder: Path, audit: Audit) -> str | None:
    """The page without these rows, in the language that it has; None where there is none."""
    try:
        head = (folder / PAGE).read_text("utf-8", "replace")[:500]
    except OSError:
        return None
    said = LANGUAGE.search(head)
    language = said[1] if said and said[1] in LANGUAGES else LANGUAGES[0]
    drawn = FORMATS["html"].draw(document.with_scores(audit, folder), language)[PAGE]
    return drawn if isinstance(drawn, str) else drawn.decode()


def _drawn(folder: Path) -> list[str]:
    """What else was drawn from the document or compared with it; it can be drawn again."""
    return [name for name in (*NAMES, *COMPARED) if name != PAGE and (folder / name).exists()]


def _inside(path: Path) -> list[Path]:
    return sorted(inner for inner in path.rglob("*") if inner.is_file()) if path.is_dir() else [path]


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
