"""The few expressions that our workflows use, as a runner of GitHub reads them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

TOKEN = re.compile(
    r"""(?P<text>'[^']*')
    |hashFiles\(format\('(?P<pattern>[^']*)',\ (?P<argument>[\w.-]+)\)\)
    |(?P<files>hashFiles\((?P<globs>[^)]*)\))
    |(?P<always>always\(\))
    |(?P<name>[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)+)
    |(?P<sign>&&|\|\||[!=]=|!|[()])
    |(?P<blank>\s+)""",
    re.VERBOSE,
)
SIGNS = {"&&": " and ", "||": " or ", "!": " not "}


def value(expression: str, names: Mapping[str, str], folder: Path) -> str | bool:
    """What an expression comes to; a name that is not known is empty, as it is for GitHub. Raises ValueError."""
    words, at = [], 0
    while at < len(expression):
        token = TOKEN.match(expression, at)
        if token is None:
            raise ValueError(f"cannot read {expression[at:]!r}")
        at = token.end()
        if token["text"]:
            words.append(repr(token["text"][1:-1]))
        elif token["pattern"]:
            words.append(repr(hash_files(token["pattern"].format(names.get(token["argument"], "")), folder)))
        elif token["files"]:
            words.append(repr(hash_files(token["globs"], folder)))
        elif token["always"]:
            words.append("True")
        elif token["name"]:
            words.append(repr(names.get(token["name"], "")))
        elif token["sign"]:
            words.append(SIGNS.get(token["sign"], token["sign"]))
    found: str | bool = eval(" ".join(words), {"__builtins__": {}})  # noqa: S307 - words of the tokens above
    return found


def hash_files(globs: str, folder: Path) -> str:
    """A hash over all files that fit one of the quoted patterns; empty where none does."""
    patterns = [pattern.strip().strip("'") for pattern in globs.split(",")]
    files = sorted({path for pattern in patterns for path in folder.glob(pattern) if path.is_file()})
    if any(pattern.endswith("**") for pattern in patterns):
        inside = [path for pattern in patterns if pattern.endswith("**") for path in (folder / pattern[:-2]).rglob("*")]
        files = sorted({*files, *(path for path in inside if path.is_file())})
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest() if files else ""


def filled(text: str, names: Mapping[str, str], folder: Path) -> str:
    """A text with each `${{ expression }}` in it replaced by its value."""
    return re.sub(r"\$\{\{(.*?)\}\}", lambda match: str(value(match[1].strip(), names, folder)), text)
