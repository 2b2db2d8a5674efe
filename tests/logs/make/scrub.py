"""Copies logs without what tells of one machine: `python scrub.py WORK FOLDER FILE...`.

Texts are changed; an archive is copied as it is, and refused where it holds any of it.
"""

import json
import os
import platform
import re
import socket
import sys
import zipfile
from pathlib import Path

work, folder, files = Path(sys.argv[1]).resolve(), Path(sys.argv[2]), [Path(name) for name in sys.argv[3:]]
PRIVATE = {str(work): "WORK", str(Path.home()): "HOME", socket.gethostname(): "HOST", platform.platform(): "PLATFORM"}
PRIVATE = {text: word for text, word in PRIVATE.items() if len(text) > 5}
EMPTIED = ("pretty_env_info", "git_hash", "upper_git_hash")


def scrubbed(text: str) -> str:
    """The text with a word in the place of what is private."""
    for private, word in PRIVATE.items():
        text = text.replace(private, word)
    return re.sub(r"(?<=[\"' ])/(?:home|root|tmp|usr|opt|work)/[^\"' ]*", "PATH", text)


def of_file(path: Path) -> str:
    """The scrubbed text of a log."""
    text = scrubbed(path.read_text(encoding="utf-8"))
    if path.suffix == ".jsonl":  # garak repeats its whole setup behind the end of the run
        return "".join(line for line in text.splitlines(keepends=True) if '"entry_type": "digest"' not in line[:40])
    if path.suffix == ".json" and "pretty_env_info" not in text:
        return json.dumps(json.loads(text), ensure_ascii=False) + "\n"
    if path.suffix != ".json" or "pretty_env_info" not in text:
        return text
    tree = json.loads(text)
    return json.dumps({**tree, **{key: "" for key in EMPTIED if key in tree}}, indent=1, ensure_ascii=False) + "\n"


for path in files:
    if path.suffix == ".eval":
        with zipfile.ZipFile(path) as archive:
            names = " ".join(archive.namelist())
        raw = path.read_bytes()
        wrong = [text for text in PRIVATE if text in names or text.encode() in raw]
        if wrong:
            sys.exit(f"{path} holds {wrong[0]}")
        (folder / path.name).write_bytes(raw)
        continue
    (folder / path.name).write_text(of_file(path), encoding="utf-8")
    os.utime(folder / path.name, (0, 0))
